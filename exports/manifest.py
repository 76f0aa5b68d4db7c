"""Returns the manifest and the checksums of a release folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from exports.build_info import BuildInfo
from exports.files import files_below, sha256_of
from exports.tables import TableFacts

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
TOOLS = ("duckdb", "jinja2", "python-docx", "xlsxwriter")  # a new version of one of these may change bytes


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


def stamp(moment: datetime) -> str:
    """Returns a UTC time in ISO form."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
