"""Helpers for tests of the normalising macros: values in, one SQL expression, values out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb


def evaluate(con: duckdb.DuckDBPyConnection, expression: str, values: Sequence[str | None]) -> list[Any]:
    """Returns the value of an SQL expression over ``x`` for every text, in order."""
    rows = con.execute(
        f"""with texts as materialized (select unnest(range(len($texts))) as number, unnest($texts::varchar[]) as x)
        select {expression} from texts order by number""",
        {"texts": list(values)},
    ).fetchall()
    return [row[0] for row in rows]
