"""Returns the close of a month: pull, land, gate, receipts, identity, period gate, build, publish (semantics.md 1.3).

Knows nothing of Dagster and nothing of the command line; both call ``close_month`` or its stages.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ingest import clock, durable
from ingest.errors import FeedError
from orchestration import times
from orchestration.lock import exclusive
from orchestration.version import code_hash, code_version

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings
    from orchestration.dbt import BuildResult

log = logging.getLogger(__name__)

Progress = Callable[[str], None]


class CloseError(FeedError):
    """A month cannot be closed as asked; nothing was published."""


@dataclass(frozen=True)
class Intake:
    """What one intake took in: submissions landed, judged, and what went wrong without stopping the others."""

    pulled_records: int
    landed: tuple[str, ...]
    judged: tuple[str, ...]
    problems: tuple[str, ...]
    violations: tuple[str, ...]  # of the conservation check: any of them forbids a release


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


@dataclass(frozen=True)
class Decided:
    """A plan, and the release that already fulfils it; None: it has to be built."""

    plan: Plan
    release: Path | None
    arrived_later: int


@dataclass(frozen=True)
class Counts:
    """What a release says about its period: submissions and rows that came, rows that went out."""

    submissions: int = 0
    rows_received: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    enterprises: int = 0
    on_positive_lists: int = 0
    vetoed: int = 0
    rows_published: int = 0


@dataclass(frozen=True)
class FeedTotals:
    """What came of one feed for one period, as first judged."""

    submissions: int = 0
    rejected: int = 0
    rows_received: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0


@dataclass(frozen=True)
class FeedGate:
    """One period gate of one domain, as judged at the last close that was planned."""

    department_code: str
    domain_code: str
    check_name: str
    observed: float | None
    threshold: float | None
    success: bool | None  # None: could not be judged

    def shown(self) -> str:
        """Returns the gate in one line."""
        observed = "—" if self.observed is None else f"{self.observed:.4f}"
        return f"{self.department_code} {self.domain_code} {self.check_name}: {observed}, threshold {self.threshold}"


@dataclass(frozen=True)
class CloseResult:
    """What a close did; ``unchanged``: the close in force was made of the same input by the same code."""

    period: str
    as_of: datetime
    is_final: bool
    state: Literal["closed", "unchanged"]
    release: Path
    counts: Counts
    problems: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    arrived_later: int = 0  # submissions of the period received after as_of: an amendment would take them in
    reclosed: tuple[CloseResult, ...] = ()  # later periods, closed again at their own as_of

    @property
    def is_clean(self) -> bool:
        """Whether everything that was tried worked, here and in the periods closed again."""
        return not self.problems and all(result.is_clean for result in self.reclosed)


@dataclass(frozen=True)
class FormerClose:
    """A close in ``meta.closes``."""

    period: str
    as_of: datetime
    is_final: bool
    fingerprint: str
    release_name: str


class Stopwatch:
    """Seconds per stage, in order; a stage that comes twice adds up."""

    def __init__(self, progress: Progress | None, period: str) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress
        self._period = period

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times the block as that stage, and tells what is going on."""
        if self._progress:
            self._progress(f"{self._period} {name}")
        started = time.perf_counter()
        try:
            yield
        finally:
            taken = time.perf_counter() - started
            self.seconds[name] = self.seconds.get(name, 0.0) + taken
            log.info("period=%s stage=%s seconds=%.2f", self._period, name, taken)


def close_month(
    settings: Settings, period: str, as_of: datetime | None = None, progress: Progress | None = None
) -> CloseResult:
    """Returns the close of a period, after taking in whatever arrived; later closed periods are closed again.

    Args:
        settings: of the deployment.
        period: YYYY-MM.
        as_of: UTC; what is known by then counts. None: that of the period's final close, else now.
        progress: told the stage that begins.

    Raises:
        FeedError: the month cannot be closed as asked, or our own checks failed; then nothing was published.
    """
    from ingest import warehouse

    due_at = due_at_of(settings, period)
    with exclusive(settings, f"close of {period}"):
        watch = Stopwatch(progress, period)
        with warehouse.connect(settings) as con:
            until = resolve_as_of(con, settings, period, due_at, as_of)
            taken = intake(con, settings, until, watch, progress)
            # 'Now' is the moment after the intake, else what has just been received would come too late for its close.
            resolved = resolve_as_of(con, settings, period, due_at, as_of)
            refuse_loss(taken.violations)
            decided = _decide(con, settings, period, resolved, watch)
            interrupted = was_interrupted(con, settings.programme, period)
        result = _carry_out(settings, decided, watch, progress, taken.problems)
        if result.state == "unchanged" and not interrupted:
            return result
        return replace(result, reclosed=tuple(close_later(settings, period, progress)))


def was_interrupted(con: duckdb.DuckDBPyConnection, programme: str, period: str) -> bool:
    """Returns whether a run was killed after it closed this period and before it closed a later one again.

    Whoever closes a period closes the later ones after it: one that is older than this still rests on its former close.
    """
    last = {close.period: (number, close.is_final) for number, close in enumerate(all_closes(con, programme))}
    own, _ = last.get(period, (-1, False))
    return any(later > period and is_final and number < own for later, (number, is_final) in last.items())


def close_later(settings: Settings, period: str, progress: Progress | None = None) -> list[CloseResult]:
    """Returns the closes of later periods that had to be made again, each at its own ``as_of`` (semantics.md 1.3)."""
    from ingest import warehouse

    with warehouse.connect(settings) as con:
        later = [c for c in closes_in_force(con, settings.programme) if c.period > period and c.is_final]
    results = []
    for former in later:
        watch = Stopwatch(progress, former.period)
        with warehouse.connect(settings) as con:
            decided = _decide(con, settings, former.period, former.as_of, watch)
        result = _carry_out(settings, decided, watch, progress, ())
        if result.state == "closed":
            results.append(result)
    return results


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


def intake(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    until: datetime,
    watch: Stopwatch,
    progress: Progress | None = None,
) -> Intake:
    """Returns what was pulled, landed, judged and receipted; the failure of one sender never stops the others."""
    from ingest import gateways, landing
    from quality import conservation, gate, receipt

    with watch.stage("pull"):
        pulls = gateways.pull_all(con, settings, until, progress)
    with watch.stage("land"):
        landed = landing.land_inbox(con, settings, progress)
    with watch.stage("gate"):
        summary = gate.gate_pending(con, settings, progress)
    with watch.stage("receipts"):
        receipt.remove_leftovers(settings)
        receipt.write_receipts(con, settings, _without_receipt(con, settings), progress)
    with watch.stage("conservation"):
        violations = conservation.check(con, settings)
    problems = [f"gateway {pull.gateway}: {pull.error}" for pull in pulls if pull.error]
    return Intake(
        pulled_records=sum(pull.records for pull in pulls),
        landed=tuple(landed),
        judged=tuple(summary.submission_ids),
        problems=(*problems, *(str(error) for error in summary.errors)),
        violations=tuple(str(violation) for violation in violations),
    )


def _without_receipt(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[str]:
    """Returns the judged submissions without a receipt, each after those that it corrects.

    Without one are those judged just now, and those of a killed run. A correction changes what the receipts of earlier
    submissions say; as they come first, they are written anew until the correction has its own.
    """
    rows = con.execute(
        """
        select s.submission_id, s.corrects_submission_id
        from quality.submissions as s
        where s.submission_id in (select submission_id from quality.submission_verdicts)
        order by s.received_at, s.sha256, s.submission_id
        """
    ).fetchall()
    written = {path.parent.name for path in settings.outbox.glob("*/*/receipt.json")}
    waiting = {submission_id for submission_id, _ in rows} - written
    for submission_id, corrected in reversed(rows):
        if submission_id in waiting and corrected is not None:
            waiting.add(corrected)
    return [submission_id for submission_id, _ in rows if submission_id in waiting]


def refuse_loss(violations: Sequence[str]) -> None:
    """Refuses to go on if a row was lost or doubled between ledger, Parquet and quarantine (design.md 4).

    Raises:
        CloseError: there is a violation: our bug, nothing may be published.
    """
    if violations:
        raise CloseError(
            f"rows were lost or doubled in {len(violations)} places",
            expected="received = accepted + quarantined, in ledger, raw batch and quarantine",
            got="; ".join(violations[:5]),
            do="report this with the submission ids; nothing was published, the archive holds every byte",
        )


def _decide(
    con: duckdb.DuckDBPyConnection, settings: Settings, period: str, as_of: datetime, watch: Stopwatch
) -> Decided:
    """Returns whether the close in force still holds; if not, the plan of the new one, its period gates judged."""
    arrived_later = _arrived_later(con, period, as_of)
    with watch.stage("fingerprint"):
        plan = _plan(con, settings, period, as_of)
        release = _standing_release(con, settings, plan)
    if release is None:
        plan = prepare(con, settings, period, as_of, watch)
        judge_period(con, settings, plan, watch)
    return Decided(plan, release, arrived_later)


def _carry_out(
    settings: Settings, decided: Decided, watch: Stopwatch, progress: Progress | None, problems: tuple[str, ...]
) -> CloseResult:
    """Returns the close as decided: built and published, or as it stands."""
    plan, release = decided.plan, decided.release
    state: Literal["closed", "unchanged"] = "unchanged"
    if release is None:
        build_marts(settings, watch, progress)
        release = publish(settings, plan, watch)
        state = "closed"
    return CloseResult(
        period=plan.period,
        as_of=plan.as_of,
        is_final=plan.is_final,
        state=state,
        release=release,
        counts=release_counts(release / "xinyong.duckdb", plan.period),
        problems=problems,
        seconds=watch.seconds,
        arrived_later=decided.arrived_later,
    )


def _standing_release(con: duckdb.DuckDBPyConnection, settings: Settings, plan: Plan) -> Path | None:
    """Returns the release in force if it was made of the same input by the same code, else None.

    The fingerprint of a close is taken after identities were tried again. If it still holds, trying them once more
    would find nothing: it looks at the same rows, the same registry and the same code.
    """
    in_force = close_in_force(con, plan.programme, plan.period)
    if in_force is None or in_force.fingerprint != plan.fingerprint:
        return None
    release = settings.published / in_force.release_name
    return release if (release / "manifest.json").is_file() else None


def prepare(con: duckdb.DuckDBPyConnection, settings: Settings, period: str, as_of: datetime, watch: Stopwatch) -> Plan:
    """Returns the close to be made, after rows quarantined for want of an identity were tried again (semantics 1.4)."""
    from quality import identity

    with watch.stage("identity"):
        released = identity.retry_identity(con, settings, period, as_of)
        if released:
            log.info("period=%s rows_released=%d identity found in the registry as of %s", period, released, as_of)
    with watch.stage("fingerprint"):
        return _plan(con, settings, period, as_of)


def stored_plan(con: duckdb.DuckDBPyConnection, settings: Settings) -> Plan:
    """Returns the close that ``meta.close_parameters`` describes, for a step that runs after the one that planned it.

    Raises:
        CloseError: nothing is planned.
    """
    row = con.execute("select period, as_of from meta.close_parameters").fetchone()
    if row is None:
        raise CloseError("no close is planned", where="meta.close_parameters", do="plan the close of a month first")
    return _plan(con, settings, row[0], row[1])


def _plan(con: duckdb.DuckDBPyConnection, settings: Settings, period: str, as_of: datetime) -> Plan:
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


def build_marts(settings: Settings, watch: Stopwatch, progress: Progress | None = None) -> BuildResult:
    """Returns the dbt build of the close that ``meta.close_parameters`` describes, into ``release_build.duckdb``."""
    started = time.perf_counter()
    from orchestration import dbt

    build = dbt.run_build(settings, progress)
    total = time.perf_counter() - started
    watch.seconds["dbt import and checks"] = total - sum(build.seconds.values())
    watch.seconds.update(build.seconds)
    return build


def publish(settings: Settings, plan: Plan, watch: Stopwatch) -> Path:
    """Returns the folder of the release that was built; from then on it is the close in force.

    Raises:
        CloseError: another run has prepared another close in the meantime, or a row was lost.
        FeedError: the release was refused; ``published/current`` stays as it was.
    """
    from exports import release, release_prune
    from exports.build_info import read_build_info
    from ingest import warehouse
    from orchestration import dbt_docs
    from quality import conservation

    with watch.stage("publish"):
        with warehouse.connect(settings) as con:
            built = con.execute("select period, as_of from meta.close_parameters").fetchone()
            if built != (plan.period, plan.as_of):
                raise CloseError(
                    "the build at hand is not the one to be published", where=str(settings.release_build),
                    expected=f"{plan.period} as of {times.show(plan.as_of)}", got=str(built),
                    do="another run came between: close the month again",
                )  # fmt: skip
            refuse_loss([str(violation) for violation in conservation.check(con, settings)])
            info = read_build_info(con, fingerprint=plan.fingerprint, code_version=code_version(), violations=())
        published = release.publish(settings, info, {dbt_docs.PAGE: dbt_docs.docs_page(settings)})
        with warehouse.connect(settings) as con:
            in_force = close_in_force(con, plan.programme, plan.period)
            if in_force and (in_force.fingerprint, in_force.release_name) == (plan.fingerprint, published.name):
                return published.path
            with durable.point("close.ledger"):
                con.execute(
                    "insert into meta.closes values (?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        plan.programme, plan.period, plan.as_of, plan.reference_date, plan.is_final, clock.now(),
                        plan.fingerprint, published.name,
                    ],
                )  # fmt: skip
            in_use = releases_in_use(con, settings)
        release_prune.prune(settings, in_use)
    return published.path


def releases_in_use(con: duckdb.DuckDBPyConnection, settings: Settings) -> set[str]:
    """Returns the names of the releases that may not be deleted: in force, or the source of an issued notice."""
    issued = con.execute("select release_name from meta.notices where programme = ?", [settings.programme]).fetchall()
    return {c.release_name for c in closes_in_force(con, settings.programme)} | {name for (name,) in issued}


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


def _arrived_later(con: duckdb.DuckDBPyConnection, period: str, as_of: datetime) -> int:
    """Returns how many submissions of the period came after the instant of its close."""
    sql = "select count(*) from quality.submissions where period = ? and received_at > ?"
    return int(con.execute(sql, [period, as_of]).fetchall()[0][0])


def release_counts(database: Path, period: str) -> Counts:
    """Returns what a release says about its own period."""
    import duckdb

    with duckdb.connect(str(database), read_only=True) as con:
        submissions = con.execute(
            "select count(*), coalesce(sum(rows_received), 0), coalesce(sum(rows_accepted), 0), "
            "coalesce(sum(rows_quarantined), 0) from marts.submissions where period = ?",
            [period],
        ).fetchall()[0]
        enterprises = con.execute("select count(*) from marts.enterprise_profile").fetchall()[0][0]
        listed, vetoed = con.execute(
            "select count(*) filter (status = 'listed'), count(*) filter (status = 'vetoed') from marts.positive_list"
        ).fetchall()[0]
        marts = con.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        rows = sum(con.execute(f'select count(*) from marts."{name}"').fetchall()[0][0] for (name,) in marts)
    return Counts(*(int(n) for n in (*submissions, enterprises, listed, vetoed, rows)))


def feed_totals(con: duckdb.DuckDBPyConnection, period: str) -> dict[str, FeedTotals]:
    """Returns per feed what came for a period, from the stored verdicts."""
    rows = con.execute(
        """
        select s.feed, count(*), count(*) filter (v.verdict = 'rejected'), coalesce(sum(v.rows_received), 0),
            coalesce(sum(v.rows_accepted), 0), coalesce(sum(v.rows_quarantined), 0)
        from quality.submissions as s
        inner join quality.submission_verdicts as v using (submission_id)
        where v.cause = 'judged' and s.period = ? and s.feed is not null
        group by s.feed
        """,
        [period],
    ).fetchall()
    return {feed: FeedTotals(*(int(n) for n in numbers)) for feed, *numbers in rows}


def feed_gates(con: duckdb.DuckDBPyConnection, period: str) -> dict[str, list[FeedGate]]:
    """Returns per feed the period gates of the latest close that was planned for a period."""
    rows = con.execute(
        """
        select feed, department_code, domain_code, check_name, observed, threshold, success
        from quality.period_gates
        where period = $period and as_of = (select as_of from meta.close_parameters where period = $period)
        order by all
        """,
        {"period": period},
    ).fetchall()
    found: dict[str, list[FeedGate]] = {}
    for feed, *gate in rows:
        found.setdefault(feed, []).append(FeedGate(*gate))
    return found
