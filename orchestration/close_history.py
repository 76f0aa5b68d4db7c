"""Returns the closes that were published, from ``meta.closes``: of every period the last one is in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings


@dataclass(frozen=True)
class FormerClose:
    """A close in ``meta.closes``."""

    period: str
    as_of: datetime
    is_final: bool
    fingerprint: str
    release_name: str


def all_closes(con: duckdb.DuckDBPyConnection, programme: str) -> list[FormerClose]:
    """Returns every published close of a programme, the oldest first."""
    rows = con.execute(
        "select period, as_of, is_final, fingerprint, release_name from meta.closes "
        "where programme = ? order by closed_at",
        [programme],
    ).fetchall()
    return [FormerClose(*row) for row in rows]


def closes_in_force(con: duckdb.DuckDBPyConnection, programme: str) -> list[FormerClose]:
    """Returns the close in force of every period, the last published one, in the order of the periods."""
    last = {close.period: close for close in all_closes(con, programme)}
    return [last[period] for period in sorted(last)]


def close_in_force(con: duckdb.DuckDBPyConnection, programme: str, period: str) -> FormerClose | None:
    """Returns the close in force of a period, None if it was never closed."""
    return next((c for c in closes_in_force(con, programme) if c.period == period), None)


def was_interrupted(con: duckdb.DuckDBPyConnection, programme: str, period: str) -> bool:
    """Returns whether a run was killed after it closed this period and before it closed a later one again.

    Whoever closes a period closes the later ones after it: one that is older than this still rests on its former close.
    """
    last = {close.period: (number, close.is_final) for number, close in enumerate(all_closes(con, programme))}
    own, _ = last.get(period, (-1, False))
    return any(later > period and is_final and number < own for later, (number, is_final) in last.items())


def releases_in_use(con: duckdb.DuckDBPyConnection, settings: Settings) -> set[str]:
    """Returns the names of the releases that may not be deleted: in force, or the source of an issued notice."""
    issued = con.execute("select release_name from meta.notices where programme = ?", [settings.programme]).fetchall()
    return {c.release_name for c in closes_in_force(con, settings.programme)} | {name for (name,) in issued}
