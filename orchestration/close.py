"""Returns the close of a month: pull, land, gate, receipts, identity, period gate, build, publish (semantics.md 1.3).

Knows nothing of Dagster and nothing of the command line; both call ``close_month`` or its stages.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ingest import clock, durable
from orchestration import times
from orchestration.close_history import close_in_force, closes_in_force, releases_in_use, was_interrupted
from orchestration.counts import Counts, arrived_later, release_counts
from orchestration.intake import refuse_loss, take_in
from orchestration.lock import exclusive
from orchestration.plan import Plan, due_at_of, judge_period, make_plan, prepare, resolve_as_of
from orchestration.stages import CloseError, Progress, Stopwatch
from orchestration.version import code_version

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings
    from orchestration.dbt import BuildResult


@dataclass(frozen=True)
class Decided:
    """A plan, and the release that already fulfils it; None: it has to be built."""

    plan: Plan
    release: Path | None
    arrived_later: int


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
            taken = take_in(con, settings, until, watch, progress)
            # 'Now' is the moment after the intake, else what has just been received would come too late for its close.
            resolved = resolve_as_of(con, settings, period, due_at, as_of)
            refuse_loss(taken.violations)
            decided = _decide(con, settings, period, resolved, watch)
            interrupted = was_interrupted(con, settings.programme, period)
        result = _carry_out(settings, decided, watch, progress, taken.problems)
        if result.state == "unchanged" and not interrupted:
            return result
        return replace(result, reclosed=tuple(close_later(settings, period, progress)))


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


def _decide(
    con: duckdb.DuckDBPyConnection, settings: Settings, period: str, as_of: datetime, watch: Stopwatch
) -> Decided:
    """Returns whether the close in force still holds; if not, the plan of the new one, its period gates judged."""
    later = arrived_later(con, period, as_of)
    with watch.stage("fingerprint"):
        plan = make_plan(con, settings, period, as_of)
        release = _standing_release(con, settings, plan)
    if release is None:
        plan = prepare(con, settings, period, as_of, watch)
        judge_period(con, settings, plan, watch)
    return Decided(plan, release, later)


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
