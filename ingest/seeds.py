"""Returns policy tables. The CSV files of the dbt project are their one home; dbt and Python read the same files."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.errors import SeedError

if TYPE_CHECKING:
    import duckdb

SEEDS = Path(__file__).parents[1] / "dbt_project" / "seeds"

# Type by name (house style: same meaning, same name); whatever is not named here is text.
_INTEGERS = frozenset({"domain_no", "sort_order", "rank", "shrink_floor"})
_INTEGER_ENDINGS = ("_months", "_rank", "_days", "_length", "_limit")
_DOUBLES = frozenset({"score_min", "score_max", "weight", "threshold_value"})
_DOUBLE_ENDINGS = ("_rate", "_share", "_likeness")
_DATES = frozenset({"valid_from", "valid_to"})
_DATE_ENDINGS = ("_on", "_date")
_BOOLEANS = frozenset({"assumed"})
_BOOLEAN_STARTS = ("is_", "has_", "counts_")


def seed_type(column: str) -> str:
    """Returns the DuckDB type of a seed's column, by its name."""
    if column in _BOOLEANS or column.startswith(_BOOLEAN_STARTS):
        return "BOOLEAN"
    if column in _INTEGERS or column.endswith(_INTEGER_ENDINGS):
        return "INTEGER"
    if column in _DOUBLES or column.endswith(_DOUBLE_ENDINGS):
        return "DOUBLE"
    if column in _DATES or column.endswith(_DATE_ENDINGS):
        return "DATE"
    return "VARCHAR"


@lru_cache(maxsize=64)
def seed_path(name: str) -> Path:
    """Returns the CSV file of a seed.

    Raises:
        SeedError: there is no file, or more than one.
    """
    found = sorted(SEEDS.rglob(f"{name}.csv"))
    if len(found) == 1:
        return found[0]
    raise SeedError(
        "a policy table is missing" if not found else "a policy table has two homes",
        where=f"dbt_project/seeds/**/{name}.csv",
        expected="one file",
        got=", ".join(str(p.relative_to(SEEDS)) for p in found) or "none",
        do="restore the file from version control",
    )


def load_seed(
    con: duckdb.DuckDBPyConnection, name: str, programme: str, on: date | None, table: str | None = None
) -> str:
    """Returns the name of a temporary table, ``seed_<name>``, that holds the seed's rows of one programme.

    Args:
        con: where to create the table.
        name: of the seed.
        programme: whose rows.
        on: only rows in force on that day; None: all.
        table: another name for the table.
    """
    import csv

    path = seed_path(name)
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    columns = ", ".join(f'cast("{c}" as {seed_type(c)}) as "{c}"' for c in header)
    in_force = (
        "" if on is None else "and cast(valid_from as date) <= $on and coalesce(cast(valid_to as date) >= $on, true)"
    )
    target = table or f"seed_{name}"
    con.execute(
        f"create or replace temp table {target} as select {columns} "
        "from read_csv($path, header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"', "
        "encoding = 'utf-8', nullstr = '', allow_quoted_nulls = true) "
        f"where programme = $programme {in_force}",
        {"path": str(path), "programme": programme} | ({} if on is None else {"on": on}),
    )
    return target


@lru_cache(maxsize=256)
def _rows(name: str, programme: str, on: date | None) -> tuple[dict[str, Any], ...]:
    import duckdb

    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as con:
        target = load_seed(con, name, programme, on)
        result = con.execute(f"select * from {target}")
        names = [d[0] for d in result.description or []]
        return tuple(dict(zip(names, row, strict=True)) for row in result.fetchall())


def seed_rows(name: str, programme: str, on: date | None = None) -> list[dict[str, Any]]:
    """Returns the seed's rows of one programme, typed, in file order; with ``on`` only those in force on that day.

    Read once per process: seeds change with a new version of the product, never while it runs.
    """
    return [dict(row) for row in _rows(name, programme, on)]


@lru_cache(maxsize=1)
def rules_version() -> str:
    """Returns the first digits of the sha256 over all seeds: which rules are in use, whatever the code."""
    digest = hashlib.sha256()
    for path in sorted(SEEDS.rglob("*.csv")):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]
