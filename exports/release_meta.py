"""Returns the tables of schema ``meta`` that make a release explain itself: what it is, what went in, how to ask it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from exports.build_info import BuildInfo
from exports.release_problems import known_problems
from exports.tables import TableFacts, quoted
from exports.text_meta import META_COMMENTS

ROWS_AT_ONCE = 100  # one statement per batch: row by row is ten times slower
EXAMPLE_QUERIES = Path(__file__).parent / "example_queries.sql"

# Columns that hold something else than text.
TYPES = {
    "as_of": "timestamp",
    "received_at": "timestamp",
    "reference_date": "date",
    "due_on": "date",
    "is_final": "boolean",
    "is_vertical": "boolean",
    "is_required": "boolean",
    "success": "boolean",
    "is_this": "boolean",
    "problem_no": "integer",
    "amount": "bigint",
    "assumed_count": "bigint",
    "weight": "double",
    "row_count": "bigint",
    "rows_received": "bigint",
    "rule_version": "integer",
    "catalogue": "integer",
    "query_no": "integer",
    "sort_order": "integer",
    "domain_no": "integer",
    "reason_order": "integer",
    "threshold_value": "double",
    "evaluated": "bigint",
    "unexpected": "bigint",
    "observed": "double",
    "threshold": "double",
}
SEED_TEXT = {"notice_thresholds": {"threshold": "varchar"}}  # there the column is a name, in period_gates a number


def example_queries(marts: Sequence[str]) -> list[tuple[str, str]]:
    """Returns title and query of the examples whose marts the release holds, in the order of the file."""
    found = []
    for block in EXAMPLE_QUERIES.read_text(encoding="utf-8").split("\n\n"):
        lines = block.strip().splitlines()
        title = lines[0].removeprefix("--").strip()
        sql = "\n".join(lines[1:]).rstrip(";")
        used = {word.strip("(),").removeprefix("marts.") for word in sql.split() if word.startswith("marts.")}
        if used <= set(marts):
            found.append((title, sql))
    return found


def write_meta(con: Any, build: BuildInfo, release_name: str, tables: Sequence[TableFacts]) -> None:
    """Writes every meta table with its Chinese comments; whatever an earlier attempt left there is replaced."""
    con.execute("begin transaction")
    con.execute("drop schema if exists meta cascade")
    con.execute("create schema meta")
    engine = con.execute("select version()").fetchall()[0][0]
    examples = example_queries([t.table_name for t in tables])
    content: dict[str, Sequence[Mapping[str, Any]]] = {
        "release": [
            {
                "release_name": release_name,
                "programme": build.programme,
                "period": build.period,
                "as_of": build.as_of,
                "reference_date": build.reference_date,
                "is_final": build.is_final,
                "fingerprint": build.fingerprint,
                "code_version": build.code_version,
                "rules_version": build.rules_version,
                "engine_version": engine,
            }
        ],
        "tables": [
            {
                "table_name": t.table_name,
                "row_count": t.row_count,
                "row_hash": t.row_hash,
                "key_columns": ", ".join(t.order_by),
            }
            for t in tables
        ],
        "rule_versions": [vars(rule) for rule in build.rules],
        "contract_versions": [vars(feed) for feed in build.feeds],
        "contract_columns": [vars(column) for column in build.columns],
        "submissions_used": [vars(submission) for submission in build.submissions],
        "example_queries": [
            {"query_no": number, "title": title, "sql": sql} for number, (title, sql) in enumerate(examples, start=1)
        ],
        "period_gates": build.period_gates,
        "releases": [
            *(vars(former) | {"is_this": False} for former in build.former),
            {
                "release_name": release_name,
                "period": build.period,
                "as_of": build.as_of,
                "is_final": build.is_final,
                "fingerprint": build.fingerprint,
                "is_this": True,
            },
        ],
        "policy_tables": [vars(policy) for policy in build.policy_tables],
        "known_problems": known_problems(con, build),
    } | dict(build.seeds)
    for table, (comment, columns) in META_COMMENTS.items():
        _write(con, table, comment, columns, content.get(table, ()))
    con.execute("commit")


def _write(con: Any, table: str, comment: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    types = TYPES | SEED_TEXT.get(table, {})
    declared = ", ".join(f"{quoted(c)} {types.get(c, 'varchar')}" for c in columns)
    con.execute(f"create table meta.{table} ({declared})")
    places = f"({', '.join('?' for _ in columns)})"
    for start in range(0, len(rows), ROWS_AT_ONCE):
        batch = rows[start : start + ROWS_AT_ONCE]
        values = [row.get(c) for row in batch for c in columns]
        con.execute(f"insert into meta.{table} values {', '.join(places for _ in batch)}", values)
    con.execute(f"comment on table meta.{table} is {_literal(comment)}")
    for column, words in columns.items():
        con.execute(f"comment on column meta.{table}.{quoted(column)} is {_literal(words)}")


def _literal(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"
