"""Returns what a close is made of: its two dates, what was known by then, its fingerprint (semantics.md 1.3)."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from ingest import clock, durable
from orchestration import times
from orchestration.close_history import FormerClose, all_closes, closes_in_force
from orchestration.stages import CloseError, Stopwatch
from orchestration.version import code_hash

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """One close, decided: which period as known at which instant, and the fingerprint of everything that goes in."""

    programme: str
    period: str
    previous_period: str | None
    as_of: datetime
    reference_date: date
    is_final: bool
    fingerprint: str


def due_at_of(settings: Settings, period: str) -> datetime:
    """Returns when a period is due, UTC.

    Raises:
        CloseError: the text is no period, or the programme asks for no reports in it.
    """
    if not clock.is_period(period):
        raise CloseError(
            "this is no period", expected="YYYY-MM", got=period, do="name the month that the data describe"
        )
    due_at = clock.due_at(settings, period)
    if due_at is None:
        raise CloseError(
            "no reports are due for this period",
            where="seed reporting_calendar",
            expected=f"a period in which programme {settings.programme} was running",
            got=period,
            do="name a later month",
        )
    return due_at


def resolve_as_of(
    con: duckdb.DuckDBPyConnection, settings: Settings, period: str, due_at: datetime, given: datetime | None
) -> datetime:
    """Returns the instant by which things must have been known to count (semantics.md 1.3).

    Raises:
        CloseError: the instant lies in the future or before the period, or a final close would become provisional.
    """
    now = clock.now()
    finals = [c for c in all_closes(con, settings.programme) if c.period == period and c.is_final]
    if given is None and finals:
        return finals[-1].as_of
    as_of = given or now
    if as_of > now:
        raise CloseError(
            "what will be known cannot be closed yet", where="--as-of", expected=f"up to {times.show(now)}",
            got=times.show(as_of), do="close as of a time that has passed",
        )  # fmt: skip
    if clock.local_date(as_of) < clock.period_start(period):
        raise CloseError(
            "the period has not begun by then", where="--as-of", expected=f"{period}-01 or later",
            got=times.show(as_of), do="name a later time or an earlier period",
        )  # fmt: skip
    if finals and as_of < due_at:
        raise CloseError(
            "a final close cannot become provisional", where=f"period {period}",
            expected=f"a time from {times.show(due_at)} on", got=times.show(as_of),
            do="name a later --as-of, or none to rebuild the close in force",
        )  # fmt: skip
    return as_of


def prepare(con: duckdb.DuckDBPyConnection, settings: Settings, period: str, as_of: datetime, watch: Stopwatch) -> Plan:
    """Returns the close to be made, after rows quarantined for want of an identity were tried again (semantics 1.4)."""
    from quality import identity

    with watch.stage("identity"):
        released = identity.retry_identity(con, settings, period, as_of)
        if released:
            log.info("period=%s rows_released=%d identity found in the registry as of %s", period, released, as_of)
    with watch.stage("fingerprint"):
        return make_plan(con, settings, period, as_of)


def stored_plan(con: duckdb.DuckDBPyConnection, settings: Settings) -> Plan:
    """Returns the close that ``meta.close_parameters`` describes, for a step that runs after the one that planned it.

    Raises:
        CloseError: nothing is planned.
    """
    row = con.execute("select period, as_of from meta.close_parameters").fetchone()
    if row is None:
        raise CloseError("no close is planned", where="meta.close_parameters", do="plan the close of a month first")
    return make_plan(con, settings, row[0], row[1])


def make_plan(con: duckdb.DuckDBPyConnection, settings: Settings, period: str, as_of: datetime) -> Plan:
    """Returns the close of a period as of an instant, as things stand in the ledger."""
    former = [c for c in closes_in_force(con, settings.programme) if c.period < period and c.is_final]
    previous = former[-1] if former else None
    return Plan(
        programme=settings.programme,
        period=period,
        previous_period=previous.period if previous else None,
        as_of=as_of,
        reference_date=min(clock.period_end(period), clock.local_date(as_of)),
        is_final=as_of >= due_at_of(settings, period),
        fingerprint=fingerprint(con, settings.programme, period, as_of, previous),
    )


def fingerprint(
    con: duckdb.DuckDBPyConnection, programme: str, period: str, as_of: datetime, previous: FormerClose | None
) -> str:
    """Returns the sha256, hex, over everything that goes into a close: what was known, the rules, the former close."""
    digest = hashlib.sha256()
    parts = [programme, period, as_of.isoformat(), code_hash(), previous.fingerprint if previous else ""]
    digest.update("\0".join(parts).encode())
    known = "select submission_id from quality.submissions where received_at <= $as_of and period <= $period"
    decided = f"decided_at <= $as_of and submission_id in ({known})"
    for sql in (
        f"{known} order by all",
        f"select * from quality.submission_verdicts where {decided} order by all",
        f"select * from quality.list_decisions where {decided} order by all",
    ):
        for row in con.execute(sql, {"as_of": as_of, "period": period}).fetchall():
            digest.update(repr(row).encode())
    # A draw once made stands, and one made again is decided by a person (semantics.md 5.11).
    own = "programme = $programme and period = $period"
    for sql in (
        f"select draw_no, domain_code, decided_at, reason from quality.redraws where {own} and decided_at <= $as_of",
        f"select distinct as_of from meta.closes where {own} and is_final and as_of < $as_of",
    ):
        values = {"programme": programme, "period": period, "as_of": as_of}
        digest.update(repr(con.execute(f"{sql} order by all", values).fetchall()).encode())
    # Row decisions can be millions: an order-free hash inside DuckDB instead of rows in Python.
    rows = con.execute(
        f"select count(*), sum(hash(d)::hugeint), bit_xor(hash(d)) from quality.row_decisions as d where {decided}",
        {"as_of": as_of, "period": period},
    ).fetchall()
    digest.update(repr(rows).encode())
    return digest.hexdigest()


def judge_period(con: duckdb.DuckDBPyConnection, settings: Settings, plan: Plan, watch: Stopwatch) -> None:
    """Stores the period gates of the close, and the one row of parameters that dbt reads."""
    from quality import period_gate

    with watch.stage("period gate"):
        period_gate.run(con, settings, plan.period, plan.as_of)
    _restore_former_closes(con, settings)
    con.begin()
    con.execute("delete from meta.close_parameters")
    con.execute(
        "insert into meta.close_parameters values (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            plan.programme,
            plan.period,
            plan.previous_period,
            clock.period_start(plan.period),
            clock.period_end(plan.period),
            plan.as_of,
            plan.reference_date,
            plan.is_final,
        ],
    )
    with durable.point("plan.parameters"):
        con.commit()


def _restore_former_closes(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Makes the rows of former closes those of the closes in force, whatever a killed run left there."""
    from exports import closes, release

    release.clean_up(settings)  # before anything reads former closes, and before the build needs the room
    final = [c for c in closes_in_force(con, settings.programme) if c.is_final]
    in_force = {c.period: settings.published / c.release_name for c in final}
    for mended in closes.restore(settings, in_force):
        log.warning("period=%s rows of the former close were not those of the close in force: mended", mended)
