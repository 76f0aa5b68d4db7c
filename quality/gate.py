"""Judges what has landed: typing, row rules, batch rules, verdict, quarantine, measures (design.md 4).

One pass judges all submissions of a feed that do not depend on each other: thirty small files cost about as much as
one. A pass that fails falls back to one submission at a time; what still fails stays pending and is reported, the
others go on.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.clock import LOCAL_OFFSET
from ingest.contract_model import Contract, load_contracts
from ingest.durable import is_disk_full
from ingest.seeds import seed_rows
from quality.batch import Arrived, Judged, judge_batch
from quality.lookups import load_policy
from quality.store import reject_unread, write_empty
from quality.suite import import_in_background
from quality.verdict import BatchFinding
from quality.waves import waves

if TYPE_CHECKING:
    from types import TracebackType

    import duckdb

    from ingest.ledger import Submission
    from ingest.parse import ParseResult
    from ingest.settings import Settings

log = logging.getLogger(__name__)

Progress = Callable[[str], None]

ROWS_PER_PASS = 1_000_000
"""Rows after which a pass takes no further submission: keeps memory bounded, a larger file is a pass of its own."""


@dataclass(frozen=True)
class GateError:
    """A submission that could not be judged; it stays pending."""

    submission_id: str
    feed: str | None
    department_code: str | None
    period: str | None
    message: str

    def __str__(self) -> str:
        return (
            f"submission {self.submission_id} (feed {self.feed}, department {self.department_code}, period "
            f"{self.period}) could not be judged and stays pending: {self.message}; the others went on, run again "
            "once the cause is removed"
        )


@dataclass
class GateSummary:
    """What a gate run did."""

    submission_ids: list[str] = field(default_factory=list)
    verdicts: dict[str, str] = field(default_factory=dict)
    rows_received: int = 0
    rows_accepted: int = 0
    errors: list[GateError] = field(default_factory=list)

    def add(self, judged: Judged) -> None:
        """Adds one judged submission."""
        self.submission_ids.append(judged.submission_id)
        self.verdicts[judged.submission_id] = judged.verdict.name
        self.rows_received += judged.counts.rows
        self.rows_accepted += judged.verdict.rows_accepted


def gate_pending(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    progress: Progress | None = None,
    disabled: frozenset[str] = frozenset(),
) -> GateSummary:
    """Returns what was judged of everything that has landed and was not judged yet, in the order of receipt.

    Args:
        con: the warehouse.
        settings: of the deployment.
        progress: told which feed is being judged.
        disabled: ids of rules that are off; only tests switch rules off.
    """
    from ingest.ledger import pending

    contracts = load_contracts()
    summary = GateSummary()
    prepare(con)
    for contract in contracts.values():
        write_empty(con, settings, contract)
    submissions = pending(con)
    if submissions:
        import_in_background()
        load_policy(con, settings)
        judge_submissions(con, settings, contracts, submissions, summary, progress, disabled)
    return summary


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Installs the macros of the gate on the connection."""
    con.execute(Path(__file__).with_name("macros.sql").read_text(encoding="utf-8"))


def judge_submissions(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    contracts: dict[str, Contract],
    submissions: list[Submission],
    summary: GateSummary,
    progress: Progress | None,
    disabled: frozenset[str],
) -> None:
    """Judges the submissions wave by wave and adds them to the summary."""
    from ingest.parse import text_file

    folder = settings.scratch / "gate"
    for feed, wave in waves(submissions, contracts):
        if progress:
            progress(f"gate {feed or 'unknown feed'}: {len(wave)} submissions")
        for part in _passes(con, settings, contracts, wave, folder, summary):
            contract = contracts.get(feed or "")
            for judged in _judge(con, settings, contract, part, summary, disabled):
                summary.add(judged)
                log.info(
                    "feed=%s submission=%s verdict=%s rows=%d accepted=%d",
                    feed,
                    judged.submission_id,
                    judged.verdict.name,
                    judged.counts.rows,
                    judged.verdict.rows_accepted,
                )
            for s, _ in part:
                text_file(folder, s).unlink(missing_ok=True)


def _passes(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    contracts: dict[str, Contract],
    wave: list[Submission],
    folder: Path,
    summary: GateSummary,
) -> Iterator[list[tuple[Submission, Arrived]]]:
    """Yields the submissions of a wave, read, in portions that fit one pass."""
    from ingest.parse import parse_submission

    part: list[tuple[Submission, Arrived]] = []
    for s in wave:
        try:
            parsed = parse_submission(con, settings, s, contracts, folder)
        except Exception as error:
            if is_disk_full(error):  # no fault of the submission: stop, nothing can be kept
                raise
            log.exception("%s could not be read", _place(s), exc_info=_without_values(error))
            summary.errors.append(_error(s, error))
            continue
        part.append((s, _arrived(settings, contracts.get(s.feed or ""), s, parsed)))
        if sum(a.rows for _, a in part) >= ROWS_PER_PASS:
            yield part
            part = []
    if part:
        yield part


def _arrived(settings: Settings, contract: Contract | None, s: Submission, parsed: ParseResult) -> Arrived:
    """Returns the submission as read, with what is wrong about its place and time."""
    problems = [
        BatchFinding(p.rule_id, dict(p.values), p.source_file or None, p.sheet or None, p.row_number, p.column)
        for p in parsed.problems
    ]
    if s.channel == "drop" and s.department_code is None:
        names = "、".join(r["department_name"] for r in seed_rows("departments", settings.programme))
        problems.append(BatchFinding("X-SENDER", {"value": s.sender_folder, "expected": names}))
    if s.channel == "drop" and s.period is None:
        problems.append(BatchFinding("X-PERIOD", {"value": s.period_folder}))
    if s.remark and s.remark.startswith("X-CLOCK"):
        problems.append(
            BatchFinding(
                "X-CLOCK",
                {"value": _later_time(s.remark), "expected": f"{s.received_at + LOCAL_OFFSET:%Y-%m-%d %H:%M}"},
            )
        )
    zero = None
    if parsed.is_zero_report:
        zero = parsed.zero_domain or ""
    elif parsed.rows == 0 and contract is not None:
        zero = ""
    return Arrived(s.submission_id, parsed.texts, parsed.rows, zero, tuple(problems))


def _later_time(remark: str) -> str | None:
    """Returns the time that the landing remark names, as local time."""
    from datetime import datetime

    found = re.search(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}", remark)
    if found is None:
        return None
    return f"{datetime.fromisoformat(found.group()) + LOCAL_OFFSET:%Y-%m-%d %H:%M}"


def _judge(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    contract: Contract | None,
    part: list[tuple[Submission, Arrived]],
    summary: GateSummary,
    disabled: frozenset[str],
) -> Iterator[Judged]:
    """Yields the verdicts of one pass; one by one if the pass as a whole fails."""
    if contract is None:
        yield from reject_unread(con, [a for _, a in part])
        return
    try:
        yield from judge_batch(con, settings, contract, [a for _, a in part], disabled)
    except Exception as error:
        if is_disk_full(error):
            raise
        if len(part) == 1:
            log.exception("%s could not be judged", _place(part[0][0]), exc_info=_without_values(error))
            summary.errors.append(_error(part[0][0], error))
            return
        log.warning(
            "feed=%s a pass of %d submissions failed: judging one by one",
            contract.feed,
            len(part),
            exc_info=_without_values(error),
        )
        for one in part:
            yield from _judge(con, settings, contract, [one], summary, disabled)


def _place(s: Submission) -> str:
    return f"feed={s.feed} department={s.department_code} period={s.period} submission={s.submission_id}"


def _error(s: Submission, error: Exception) -> GateError:
    message = str(_without_values(error)[1])
    return GateError(s.submission_id, s.feed, s.department_code, s.period, message)


def _without_values(error: Exception) -> tuple[type[BaseException], BaseException, TracebackType | None]:
    """Returns the exception for a log: messages of the database may quote cells, our own never (design.md 10)."""
    name = type(error).__name__
    is_ours = type(error).__module__.split(".")[0] in ("ingest", "quality")
    return RuntimeError, RuntimeError(f"{name}: {str(error).splitlines()[0]}" if is_ours else name), error.__traceback__
