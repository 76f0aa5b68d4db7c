"""Returns what another process sees in a release file: the counts of its tables, the examples that bind.

Run as a program, in a process of its own: within the building process DuckDB may hand back what it still holds in
memory, so only a stranger can say that the file is complete (stack.md).
"""

from __future__ import annotations

import json
import sys
from typing import Any

import duckdb


def inspect(database: str) -> dict[str, Any]:
    """Returns the row count of every table, and the example queries that do not run."""
    with duckdb.connect(database, read_only=True) as con:
        tables = con.execute(
            "select schema_name, table_name from duckdb_tables() where not internal order by all"
        ).fetchall()
        counts = {
            f"{schema}.{table}": con.execute(f'select count(*) from "{schema}"."{table}"').fetchall()[0][0]
            for schema, table in tables
        }
        broken = []
        for title, sql in con.execute("select title, sql from meta.example_queries order by query_no").fetchall():
            try:
                con.execute(f"explain {sql}")
            except duckdb.Error as error:
                broken.append(f"{title}: {error}")
    return {"counts": counts, "broken_examples": broken}


def main(arguments: list[str]) -> int:
    """Prints the inspection of the file named on the command line as JSON; returns 0."""
    sys.stdout.write(json.dumps(inspect(arguments[0]), ensure_ascii=True))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
