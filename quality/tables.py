"""Writes rows of Python values into DuckDB tables in one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


def insert_rows(
    con: duckdb.DuckDBPyConnection, table: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]]
) -> None:
    """Inserts the rows: a list per column goes over at once, which costs far less than a statement per row.

    Args:
        con: where.
        table: existing table.
        columns: names and DuckDB types, in the order of the values.
        rows: one sequence of values per row.
    """
    if not rows:
        return
    names = ", ".join(f'"{name}"' for name, _ in columns)
    values = ", ".join(f'unnest(cast(? as {kind}[])) as "{name}"' for name, kind in columns)
    con.execute(f"insert into {table} ({names}) select {values}", [list(column) for column in zip(*rows, strict=True)])


FINDINGS = (
    ("submission_id", "varchar"),
    ("row_id", "bigint"),
    ("source_file", "varchar"),
    ("sheet", "varchar"),
    ("row_number", "bigint"),
    ("column_name", "varchar"),
    ("rule_id", "varchar"),
    ("rule_version", "integer"),
    ("kind", "varchar"),
    ("severity", "varchar"),
    ("value_shown", "varchar"),
    ("reason", "varchar"),
    ("remedy", "varchar"),
)

VERDICTS = (
    ("submission_id", "varchar"),
    ("decided_at", "timestamp"),
    ("cause", "varchar"),
    ("verdict", "varchar"),
    ("rows_received", "bigint"),
    ("rows_accepted", "bigint"),
    ("rows_quarantined", "bigint"),
    ("rule_versions", "varchar"),
    ("decided_by", "varchar"),
    ("reason", "varchar"),
    ("cause_submission_id", "varchar"),
)

DOMAINS = (
    ("submission_id", "varchar"),
    ("domain_code", "varchar"),
    ("is_own_domain", "boolean"),
    ("rows_received", "bigint"),
    ("rows_accepted", "bigint"),
    ("subject_count", "bigint"),
    ("former_subject_count", "bigint"),
    ("is_zero_report", "boolean"),
)

LIST_DECISIONS = (
    ("submission_id", "varchar"),
    ("domain_code", "varchar"),
    ("decided_at", "timestamp"),
    ("list_state", "varchar"),
    ("decided_by", "varchar"),
    ("reason", "varchar"),
)

MEASURES = (
    ("submission_id", "varchar"),
    ("feed", "varchar"),
    ("rule_id", "varchar"),
    ("rule_version", "integer"),
    ("dimension", "varchar"),
    ("severity", "varchar"),
    ("evaluated", "bigint"),
    ("unexpected", "bigint"),
    ("share", "double"),
    ("threshold", "double"),
    ("success", "boolean"),
)
