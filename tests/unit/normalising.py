"""Helpers for tests of the normalising macros: values in, one SQL expression, values out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb


def evaluate(con: duckdb.DuckDBPyConnection, expression: str, values: Sequence[str | None]) -> list[Any]:
    """Returns the value of an SQL expression over ``x`` for every text, in order."""
    con.execute("create or replace temp table texts (number integer, x varchar)")
    con.executemany("insert into texts values (?, ?)", list(enumerate(values)))
    return [row[0] for row in con.execute(f"select {expression} from texts order by number").fetchall()]
