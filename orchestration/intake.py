"""Returns what was taken in: gateways pulled, inbox landed, rows judged, receipts written (design.md 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from orchestration.stages import CloseError, Progress, Stopwatch

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings


@dataclass(frozen=True)
class Intake:
    """What one intake took in: submissions landed, judged, and what went wrong without stopping the others."""

    pulled_records: int
    landed: tuple[str, ...]
    judged: tuple[str, ...]
    problems: tuple[str, ...]
    violations: tuple[str, ...]  # of the conservation check: any of them forbids a release


def take_in(
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
