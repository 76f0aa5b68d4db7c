"""Returns the manifest, the checksums and the dictionary of a release folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from exports import text
from exports.build_info import BuildInfo
from exports.files import files_below, sha256_of
from exports.tables import TableFacts, comments
from exports.workbook import Sheet, write_workbook

MANIFEST, SUMS, DICTIONARY = "manifest.json", "SHA256SUMS", "dictionary.xlsx"
TOOLS = ("duckdb", "python-docx", "xlsxwriter")  # a new version of one of these may change bytes


def write_manifest(
    folder: Path, database: Path, build: BuildInfo, release_name: str, tables: Sequence[TableFacts]
) -> None:
    """Writes ``manifest.json`` and ``SHA256SUMS``; each file is read once.

    What is under ``compared`` is equal for equal input; the database file is not.

    Two identical builds of a DuckDB file differ in bytes (stack.md): its tables are compared by their hashes, its own
    checksum stands outside.
    """
    sums = {path: sha256_of(path) for path in files_below(folder)}
    compared: dict[str, Any] = {
        "release_name": release_name,
        "programme": build.programme,
        "period": build.period,
        "as_of": stamp(build.as_of),
        "reference_date": build.reference_date.isoformat(),
        "is_final": build.is_final,
        "fingerprint": build.fingerprint,
        "code_version": build.code_version,
        "tool_versions": {tool: version(tool) for tool in TOOLS},
        "contract_versions": {feed.feed: feed.contract_version for feed in build.feeds},
        "rule_versions": {rule.rule_id: rule.rule_version for rule in build.rules},
        "submissions_used": [
            {
                "submission_id": s.submission_id,
                "feed": s.feed,
                "department_code": s.department_code,
                "period": s.period,
                "received_at": stamp(s.received_at),
                "verdict": s.verdict,
                "sha256": s.sha256,
            }
            for s in build.submissions
        ],
        "tables": [
            {"table": t.table_name, "rows": t.row_count, "row_hash": t.row_hash, "order_by": list(t.order_by)}
            for t in tables
        ],
        "files": [
            {"path": path.relative_to(folder).as_posix(), "bytes": path.stat().st_size, "sha256": sha256}
            for path, sha256 in sums.items()
            if path != database
        ],
        "csv": "UTF-8 with BOM; a text that begins with = + - @ or a tab is preceded by an apostrophe",
    }
    content = {
        "compared": compared,
        "database": {
            "path": database.relative_to(folder).as_posix(),
            "bytes": database.stat().st_size,
            "sha256": sums[database],
        },
    }
    path = folder / MANIFEST
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    sums[path] = sha256_of(path)
    lines = [f"{sha256}  {path.relative_to(folder).as_posix()}\n" for path, sha256 in sorted(sums.items())]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def write_dictionary(con: Any, folder: Path, created: datetime) -> Path:
    """Returns ``dictionary.xlsx``: every table and column with its Chinese comment, and the codes in words."""
    found = comments(con)
    tables, columns = [], []
    for schema, table in con.execute(
        """
        select schema_name, table_name from duckdb_tables()
        where schema_name in ('marts', 'meta') order by schema_name, table_name
        """
    ).fetchall():
        rows = con.execute(f'select count(*) from "{schema}"."{table}"').fetchall()[0][0]
        tables.append((schema, table, found[f"{schema}.{table}", None], rows))
        for position, name, kind, nullable in con.execute(
            """
            select column_index, column_name, data_type, is_nullable from duckdb_columns()
            where schema_name = ? and table_name = ? order by column_index
            """,
            [schema, table],
        ).fetchall():
            columns.append((schema, table, position, name, kind, bool(nullable), found[f"{schema}.{table}", name]))
    codes = [(column, code, words) for column, pairs in text.CODES.items() for code, words in pairs.items()]
    codes += [
        ("reason_code", code, words)
        for code, words in con.execute(
            "select reason_code, reason_zh from meta.reason_codes order by reason_order, reason_code"
        ).fetchall()
    ]
    path = folder / DICTIONARY
    sheets = [
        Sheet(title, title, headers, rows)
        for title, headers, rows in (
            (text.DICTIONARY_TABLES, text.DICTIONARY_TABLE_HEADERS, tables),
            (text.DICTIONARY_COLUMNS, text.DICTIONARY_COLUMN_HEADERS, columns),
            (text.DICTIONARY_CODES, text.DICTIONARY_CODE_HEADERS, codes),
        )
    ]
    write_workbook(path, sheets, created)
    return path


def stamp(moment: datetime) -> str:
    """Returns a UTC time in ISO form."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
