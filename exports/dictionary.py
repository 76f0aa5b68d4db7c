"""Returns the data dictionary of a release, as a workbook and as a page: every table, column and code in Chinese."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from exports import text
from exports.tables import MART_KEYS, comments, quoted
from exports.text_pages import DICTIONARY_PAGE_COLUMNS, DICTIONARY_PAGE_TABLES
from exports.workbook import Sheet, write_workbook

WORKBOOK, PAGE = "dictionary.xlsx", "dictionary.html"
SCHEMAS = ("marts", "meta")


@dataclass(frozen=True)
class Column:
    """A column as the release has it."""

    position: int
    name: str
    kind: str
    is_nullable: bool
    comment: str


@dataclass(frozen=True)
class Table:
    """A table as the release has it."""

    schema: str
    name: str
    comment: str
    rows: int
    key: str
    columns: list[Column] = field(default_factory=list)


@dataclass(frozen=True)
class Dictionary:
    """Everything that the dictionary says."""

    tables: list[Table]
    codes: list[tuple[str, str, str]]
    examples: list[tuple[str, str]]


def read_dictionary(con: Any) -> Dictionary:
    """Returns what an open release file says about itself."""
    found = comments(con)
    tables = []
    for schema, name in con.execute(
        """
        select schema_name, table_name from duckdb_tables()
        where schema_name in ('marts', 'meta') order by schema_name, table_name
        """
    ).fetchall():
        rows = con.execute(f"select count(*) from {quoted(schema)}.{quoted(name)}").fetchall()[0][0]
        columns = [
            Column(position, column, kind, bool(nullable), found[f"{schema}.{name}", column])
            for position, column, kind, nullable in con.execute(
                """
                select column_index, column_name, data_type, is_nullable from duckdb_columns()
                where schema_name = ? and table_name = ? order by column_index
                """,
                [schema, name],
            ).fetchall()
        ]
        key = ", ".join(MART_KEYS.get(name, ())) if schema == "marts" else ""
        tables.append(Table(schema, name, found[f"{schema}.{name}", None], int(rows), key, columns))
    codes = [(column, code, words) for column, pairs in text.CODES.items() for code, words in pairs.items()]
    codes += [
        ("reason_code", code, words)
        for code, words in con.execute(
            "select reason_code, reason_zh from meta.reason_codes order by reason_order, reason_code"
        ).fetchall()
    ]
    examples = con.execute("select title, sql from meta.example_queries order by query_no").fetchall()
    return Dictionary(tables, codes, examples)


def write_dictionary(con: Any, folder: Path, created: datetime, note: str) -> list[Path]:
    """Returns ``dictionary.xlsx`` and ``dictionary.html``, written from one reading of the release file.

    Args:
        con: read-only connection to the release file.
        folder: of the release under construction.
        created: stands in the properties of the workbook.
        note: the line under the title: which month, as of when.
    """
    content = read_dictionary(con)
    return [_write_workbook(content, folder / WORKBOOK, created), _write_page(content, folder / PAGE, note)]


def _write_workbook(content: Dictionary, path: Path, created: datetime) -> Path:
    tables = [(t.schema, t.name, t.comment, t.rows) for t in content.tables]
    columns = [
        (t.schema, t.name, c.position, c.name, c.kind, c.is_nullable, c.comment)
        for t in content.tables
        for c in t.columns
    ]
    sheets = [
        Sheet(title, title, headers, rows)
        for title, headers, rows in (
            (text.DICTIONARY_TABLES, text.DICTIONARY_TABLE_HEADERS, tables),
            (text.DICTIONARY_COLUMNS, text.DICTIONARY_COLUMN_HEADERS, columns),
            (text.DICTIONARY_CODES, text.DICTIONARY_CODE_HEADERS, content.codes),
        )
    ]
    write_workbook(path, sheets, created)
    return path


def _write_page(content: Dictionary, path: Path, note: str) -> Path:
    from exports.pages import write_page

    return write_page(
        path,
        "dictionary.html.j2",
        {
            "note": note,
            "tables": content.tables,
            "codes": content.codes,
            "examples": content.examples,
            "table_header": DICTIONARY_PAGE_TABLES,
            "column_header": DICTIONARY_PAGE_COLUMNS,
            "code_header": text.DICTIONARY_CODE_HEADERS,
        },
    )
