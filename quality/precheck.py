"""Checks a file as the gate would, before it is sent; stores nothing (``xinyong check``)."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest import clock, ledger, warehouse
from ingest.contract_model import load_contracts
from ingest.errors import FeedError
from ingest.landing import loose_submission

if TYPE_CHECKING:
    import duckdb

    from ingest.ledger import Submission
    from ingest.settings import Settings

KNOWLEDGE = ("submissions", "submission_verdicts", "submission_domains", "list_decisions", "row_decisions", "findings")
"""Ledger tables that judging looks back at."""


RECEIPT = "预检回执"
"""Folder of the receipt that a check writes on request: what is in it was neither received nor stored."""

MONTH = re.compile(r"(?<![0-9])(20[0-9]{2})(?:[-_.]|年)?([0-9]{1,2})(?=月|[^0-9]|$)")
"""A month in the name of a file or folder."""


@dataclass(frozen=True)
class CheckResult:
    """What would become of the file, as its receipt would say it."""

    verdict: str
    rows_received: int
    rows_accepted: int
    rows_quarantined: int
    has_knowledge: bool  # compared with what the warehouse knows; False: none there, or in use just now
    document: dict[str, Any]  # receipt.json
    findings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether every row would be accepted."""
        return self.verdict != "rejected" and self.rows_quarantined == 0


def check_file(
    settings: Settings, path: Path, feed: str | None, department_code: str, period: str, output: Path | None = None
) -> CheckResult:
    """Returns the verdict and the findings that the file would get if it arrived now.

    Args:
        settings: of the deployment; its warehouse is only read, and only if nobody uses it.
        path: file, zip or folder.
        feed: None: as the file's name or headers say.
        department_code: of the sender.
        period: month that the data describe.
        output: folder to which the receipt is written, as the department would get it; None: nowhere.

    Raises:
        FeedError: the file could not be judged.
    """
    from quality.gate import GateSummary, judge_submissions, prepare
    from quality.lookups import load_policy

    with tempfile.TemporaryDirectory(prefix="xinyong-check-") as folder:
        own = settings.model_copy(update={"home": Path(folder)})
        with warehouse.connect_memory(settings) as con:
            has_knowledge = _borrow(con, settings, own)
            received_at = clock.now()
            submission = loose_submission(settings, path, feed, department_code, period, received_at)
            _enter(con, submission, received_at)
            prepare(con)
            load_policy(con, own)
            summary = GateSummary()
            judge_submissions(con, own, load_contracts(), [submission], summary, None, frozenset())
            if summary.errors:
                raise FeedError(
                    "the file could not be judged",
                    where=path.name,
                    got=summary.errors[0].message,
                    do="report this with the file's kind and size; nothing was stored",
                )
            if output is not None:
                from quality.receipt import write_receipt
                from quality.receipt_facts import collect

                write_receipt(con, next(iter(collect(con, own, [submission.submission_id]))), output / RECEIPT)
            return _result(con, own, submission.submission_id, has_knowledge)


def period_of(path: Path, today: date) -> str:
    """Returns the month that a file is about: as the folder or the file's name says, else the month before.

    Args:
        path: of the file.
        today: day in Asia/Shanghai.
    """
    for name in (path.name, *(p.name for p in path.resolve().parents)):
        found = {f"{year}-{int(month):02d}" for year, month in MONTH.findall(name) if 1 <= int(month) <= 12}
        if len(found) == 1:
            return found.pop()
    return clock.previous_period(f"{today:%Y-%m}")


@contextmanager
def _attached(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[bool]:
    """Yields whether the warehouse could be opened for reading, as ``known``."""
    import duckdb

    try:
        con.execute(f"attach '{str(settings.warehouse_file).replace(chr(39), chr(39) * 2)}' as known (read_only)")
    except duckdb.IOException:  # in use by a run: the check goes on without what it knows, and says so
        yield False
        return
    try:
        yield True
    finally:
        con.execute("detach known")


def _borrow(con: duckdb.DuckDBPyConnection, settings: Settings, own: Settings) -> bool:
    """Returns whether the warehouse's knowledge was taken over: ledger rows copied, raw batches linked."""
    if not settings.warehouse_file.exists():
        return False
    with _attached(con, settings) as is_open:
        if not is_open:
            return False
        for table in KNOWLEDGE:
            con.execute(f"insert into quality.{table} by name select * from known.quality.{table}")
    for batch in sorted(settings.raw_batches.glob("*/*.parquet")):
        link = own.raw_batches / batch.parent.name / batch.name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(batch.resolve())
    return True


def _enter(con: duckdb.DuckDBPyConnection, submission: Submission, received_at: datetime) -> None:
    """Enters the file in the temporary ledger."""
    corrects = None
    if submission.is_correction:
        corrects = ledger.latest_submission(
            con,
            submission.feed,
            submission.department_code,
            submission.period,
            (received_at, submission.sha256),
            without_corrections=True,
        )
    size = sum(p.stat().st_size for _, p in submission.files)
    con.execute(
        "insert into quality.arrivals by name select $1 as arrival_id, 'drop' as channel, $2 as department_code, "
        "$3 as period, $4 as source_name, $5::timestamp as received_at, $5::timestamp as landed_at, "
        "$6::bigint as size_bytes, $7 as sha256, $8 as submission_id, false as is_repeat",
        [
            "check",
            submission.department_code,
            submission.period,
            submission.source_name,
            received_at,
            size,
            submission.sha256,
            submission.submission_id,
        ],
    )
    con.execute(
        "insert into quality.submissions by name select $1 as submission_id, 'check' as arrival_id, $2 as feed, "
        "$3 as department_code, $4 as period, 'drop' as channel, $5 as source_name, $6::timestamp as received_at, "
        "$7 as sha256, $8::boolean as is_correction, $9 as corrects_submission_id",
        [
            submission.submission_id,
            submission.feed,
            submission.department_code,
            submission.period,
            submission.source_name,
            received_at,
            submission.sha256,
            submission.is_correction,
            corrects[0] if corrects else None,
        ],
    )


def _result(con: duckdb.DuckDBPyConnection, own: Settings, submission_id: str, has_knowledge: bool) -> CheckResult:
    """Returns the result, in the receipt's words."""
    from quality.receipt import document_of
    from quality.receipt_facts import collect
    from quality.receipt_rows import LISTED_LIMIT, findings

    facts = next(iter(collect(con, own, [submission_id])))
    document = document_of(facts, list(findings(con, facts, LISTED_LIMIT)))
    result = con.execute(
        "select * from quality.findings where submission_id = $1 order by row_id nulls first, rule_id", [submission_id]
    )
    names = [d[0] for d in result.description or []]
    found = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    first = facts.first
    return CheckResult(
        facts.verdict,
        first["rows_received"],
        first["rows_accepted"],
        first["rows_quarantined"],
        has_knowledge,
        document,
        found,
    )
