"""Returns the tables of a release in a form that can be compared: total order, stable hashes, deterministic Parquet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingest.settings import Settings

MART_KEYS: dict[str, tuple[str, ...]] = {
    "enterprise_profile": ("uscc",),
    "enterprise_domain_profile": ("uscc", "domain_code"),
    "positive_list": ("domain_code", "uscc"),
    "positive_list_changes": ("period", "domain_code", "uscc"),
    "positive_list_candidates": ("domain_code", "uscc"),
    "serious_dishonesty": ("domain_code", "uscc", "published_on"),
    "repair_reminders": ("domain_code", "uscc", "listed_on"),
    "dishonesty_dynamics": ("period", "domain_code", "district_code"),
    "inspections": ("inspection_id",),
    "inspection_tasks": ("task_no",),
    "inspection_draws": ("domain_code", "period", "draw_no", "uscc"),
    "combined_inspections": ("uscc", "window_start"),
    "grade_conflicts": ("uscc", "domain_code_a", "domain_code_b"),
    "risk_warnings": ("warning_type", "subject_key", "uscc"),
    "coverage_obligations": ("period", "department_code", "domain_code", "feed"),
    "coverage_domain_period": ("period", "domain_code"),
    "coverage_department_period": ("period", "department_code"),
    "coverage_programme_period": ("period",),
    "submissions": ("received_at", "submission_id"),
    "findings": ("submission_id", "finding_no"),
    "unresolved_records": ("feed", "submission_id", "row_id"),
    "open_corrections": ("department_code", "feed", "submission_id", "row_id"),
}
"""Order of the rows of a mart (design.md 7). Where it is not unique, the remaining columns decide."""

ROW_GROUP_ROWS = 122_880  # DuckDB's default, written down so that the bytes do not depend on it


@dataclass(frozen=True)
class TableFacts:
    """One published table."""

    table_name: str
    row_count: int
    row_hash: str  # sum over the rows of DuckDB's hash: the order of rows does not matter, repeats do
    order_by: tuple[str, ...]
    is_key_unique: bool


def quoted(name: str) -> str:
    """Returns an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def open_database(settings: Settings, database: Path, *, read_only: bool = True) -> Any:
    """Returns a connection within the limits of the deployment; what does not fit spills beside the warehouse."""
    import duckdb

    settings.scratch.mkdir(parents=True, exist_ok=True)
    return duckdb.connect(
        str(database),
        read_only=read_only,
        config={
            "memory_limit": settings.memory_limit,
            "threads": settings.threads,
            "temp_directory": str(settings.scratch),
            "autoinstall_known_extensions": "false",
        },
    )


def table_names(con: Any, schema: str) -> list[str]:
    """Returns the names of the tables of a schema, sorted."""
    rows = con.execute(
        "select table_name from duckdb_tables() where schema_name = ? order by table_name", [schema]
    ).fetchall()
    return [row[0] for row in rows]


def column_names(con: Any, schema: str, table: str) -> list[str]:
    """Returns the column names of a table in their order."""
    rows = con.execute(
        "select column_name from duckdb_columns() where schema_name = ? and table_name = ? order by column_index",
        [schema, table],
    ).fetchall()
    return [row[0] for row in rows]


def measure(con: Any, schema: str, table: str) -> TableFacts:
    """Returns row count, hash and total order of a table."""
    columns = column_names(con, schema, table)
    source = f"{quoted(schema)}.{quoted(table)}"
    row_count, total = con.execute(
        f"select count(*), coalesce(sum(hash({', '.join(map(quoted, columns))})::hugeint), 0) from {source}"
    ).fetchall()[0]
    key = tuple(c for c in MART_KEYS.get(table, ()) if c in columns)
    is_unique = bool(key)
    if key:
        grouped = f"select 1 from {source} group by {', '.join(map(quoted, key))} having count(*) > 1 limit 1"
        is_unique = not con.execute(f"select count(*) from ({grouped})").fetchall()[0][0]
    order_by = key if is_unique else (*key, *(c for c in columns if c not in key))
    return TableFacts(table, int(row_count), f"{int(total) % 2**64:016x}", order_by, is_unique)


def ordered(schema: str, facts: TableFacts) -> str:
    """Returns the query that reads a table in its total order."""
    order = ", ".join(f"{quoted(c)} asc nulls first" for c in facts.order_by)
    return f"select * from {quoted(schema)}.{quoted(facts.table_name)} order by {order}"


def write_parquet(con: Any, query: str, path: Path) -> None:
    """Writes an ordered query as Parquet; the same rows give the same bytes."""
    target = str(path).replace("'", "''")
    con.execute(f"copy ({query}) to '{target}' (format parquet, compression zstd, row_group_size {ROW_GROUP_ROWS})")


def comments(con: Any) -> dict[tuple[str, str | None], str]:
    """Returns the comments of the release by (``schema.table``, column); column None: of the table itself."""
    found: dict[tuple[str, str | None], str] = {}
    for schema, table, comment in con.execute(
        "select schema_name, table_name, coalesce(comment, '') from duckdb_tables()"
    ).fetchall():
        found[f"{schema}.{table}", None] = comment
    for schema, table, column, comment in con.execute(
        "select schema_name, table_name, column_name, coalesce(comment, '') from duckdb_columns() where not internal"
    ).fetchall():
        found[f"{schema}.{table}", column] = comment
    return found


def header(comment: str, fallback: str) -> str:
    """Returns the column header for people: the comment up to its first stop, without what stands in brackets."""
    words = re.sub(r"（[^（）]*）|\([^()]*\)", "", comment)
    return re.split(r"[，。；：,;:（(]", words)[0].strip() or fallback
