"""Puts lists that X-SHRINK held in force, from the time of confirmation (semantics 4.2)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ingest import clock
from ingest.errors import FeedError
from quality.corrections import members_of
from quality.registry import batch_files

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Confirmation:
    """What a confirmation put in force."""

    submission_id: str
    decided_at: datetime
    domains: tuple[str, ...]
    rows_released: int


def confirm(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    submission_id: str,
    by: str,
    reason: str,
    at: datetime | None = None,
) -> Confirmation:
    """Returns what was put in force: every held domain of the submission, with its rows that have no error.

    Args:
        con: the warehouse.
        settings: of the deployment.
        submission_id: the submission that is held, not a correction of it.
        by: who confirms; kept.
        reason: why; kept.
        at: when; default now.

    Raises:
        FeedError: unknown submission, nothing held, or no name or reason given.
    """
    if not by.strip() or not reason.strip():
        raise FeedError(
            "a confirmation needs a name and a reason",
            where=f"submission {submission_id}",
            expected="--by NAME --reason TEXT",
            do="say who confirms and why; both are kept",
        )
    decided_at = at or clock.now()
    found = con.execute("select feed from quality.submissions where submission_id = $1", [submission_id]).fetchone()
    if found is None:
        raise FeedError(
            "there is no such submission",
            where=submission_id,
            do="take the id from the receipt or from the table submissions",
        )
    held = [
        row[0]
        for row in con.execute(
            """
        select domain_code from quality.list_decisions where submission_id = $1
        group by domain_code having arg_max(list_state, decided_at) = 'held' order by domain_code
    """,
            [submission_id],
        ).fetchall()
    ]
    if not held:
        raise FeedError(
            "no list of this submission is held",
            where=f"submission {submission_id} ({found[0]})",
            expected="a domain held by X-SHRINK",
            got="none",
            do="see the receipt for its verdict; only held lists are confirmed",
        )
    released = _release(con, settings, found[0], submission_id, held, decided_at, by.strip(), reason.strip())
    log.info("feed=%s submission=%s domains=%s rows=%d confirmed", found[0], submission_id, ",".join(held), released)
    return Confirmation(submission_id, decided_at, tuple(held), released)


def _release(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    feed: str,
    submission_id: str,
    held: list[str],
    decided_at: datetime,
    by: str,
    reason: str,
) -> int:
    """Returns how many rows were released; everything in one transaction."""
    members = members_of(con, submission_id)
    files = batch_files(settings, feed, members)
    con.execute("begin")
    try:
        if files:
            con.execute(
                """
                insert into quality.row_decisions
                with decided as (
                    select submission_id, row_id, arg_max(row_state, decided_at) as row_state
                    from quality.row_decisions where submission_id in (select unnest($members)) group by all
                )
                select r._submission_id, r._row_id, $at, 'accepted', 'confirmed', null, null, null
                from read_parquet($files, union_by_name = true) as r
                left join decided as d on r._submission_id = d.submission_id and r._row_id = d.row_id
                where r.domain_code in (select unnest($held))
                    and coalesce(d.row_state, r.row_state) = 'quarantined'
                    and not list_contains(r.rule_ids, 'X-REPEAT')
                    and not exists (
                        select 1 from quality.findings as f
                        where f.submission_id = r._submission_id and f.row_id = r._row_id and f.severity = 'error')
                order by 1, 2
                """,
                {"members": members, "at": decided_at, "files": files, "held": held},
            )
        con.execute(
            "insert into quality.list_decisions select $id, unnest($held), $at, 'in_force', $by, $reason",
            {"id": submission_id, "held": held, "at": decided_at, "by": by, "reason": reason},
        )
        for member in members:
            con.execute(
                """
                insert into quality.submission_verdicts
                select submission_id, $at, 'confirmed', 'accepted_with_remarks', rows_received, rows_accepted,
                    rows_quarantined, rule_versions, $by, $reason, null
                from quality.submission_verdicts
                where submission_id = $id and cause = 'judged'
                    and ($id = $root or verdict <> 'rejected' or exists (
                        select 1 from quality.row_decisions as d where d.submission_id = $id and d.decided_at = $at))
                """,
                {"id": member, "root": submission_id, "at": decided_at, "by": by, "reason": reason},
            )
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise
    row = con.execute(
        "select count(*) from quality.row_decisions where decided_at = $1 and cause = 'confirmed' "
        "and submission_id in (select unnest($2))",
        [decided_at, members],
    ).fetchone()
    return int(row[0]) if row else 0
