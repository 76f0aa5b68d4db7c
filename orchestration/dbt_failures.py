"""Returns what a failed dbt node found, for the error message; marts and staging hold no ID numbers (design.md 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingest.settings import Settings

SHOWN_ROWS = 5  # of a failing test


def explain(settings: Settings, failed: list[Any]) -> str:
    """Returns one paragraph per failed node: name, message, and for a test the first rows that it found."""
    parts = []
    for run in failed:
        parts.append(f"\n  {run.node.resource_type} {run.node.name}: {str(run.message or run.status).strip()}")
        if str(run.node.resource_type) == "test" and run.failures:
            parts.append(_failing_rows(settings, run.node.compiled_code))
    return "".join(parts)


def _failing_rows(settings: Settings, sql: str | None) -> str:
    """Returns the first rows of a failing test as text; marts and staging hold no ID numbers (design.md 10)."""
    import duckdb

    from ingest import warehouse

    if not sql:
        return ""
    try:
        with warehouse.connect(settings) as con:
            release = str(settings.release_build.absolute()).replace("'", "''")
            con.execute(f"attach '{release}' as release (read_only)")
            result = con.execute(f"select * from ({sql}) limit {SHOWN_ROWS}")
            names = [column[0] for column in result.description or []]
            return "".join(f"\n    {dict(zip(names, row, strict=True))}" for row in result.fetchall())
    except duckdb.Error as error:
        return f"\n    (the rows cannot be shown: {error})"
