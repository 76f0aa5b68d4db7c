"""Returns where rows were lost or doubled: received = accepted + quarantined, in ledger, raw batch and quarantine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.contract_model import load_contracts

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings


@dataclass(frozen=True)
class Violation:
    """One submission whose rows do not add up."""

    submission_id: str
    feed: str | None
    department_code: str | None
    period: str | None
    what: str
    expected: int
    got: int

    def __str__(self) -> str:
        return (
            f"submission {self.submission_id} (feed {self.feed}, department {self.department_code}, period "
            f"{self.period}): {self.what}: expected {self.expected} rows, got {self.got}"
        )


def check(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[Violation]:
    """Returns the violations over all judged submissions; an empty list means that nothing was lost.

    Compared are the counts of the first verdict, the rows of the raw batch and their states, the rows in quarantine,
    and the counts that later decisions repeat.
    """
    con.execute("""
        create or replace temp table g_batches (feed varchar, submission_id varchar, rows bigint, quarantined bigint)
    """)
    for feed in load_contracts():
        folder = settings.raw_batches / feed
        if any(folder.glob("*.parquet")):
            con.execute(
                """
                insert into g_batches
                select $feed, _submission_id, count(*), count(*) filter (row_state = 'quarantined')
                from read_parquet($files, union_by_name = true)
                group by _submission_id
                """,
                {"feed": feed, "files": str(folder / "*.parquet")},
            )
    rows = con.execute("""
        with counted as (
            select submission_id, count(*) as rows from quality.quarantine group by submission_id
        ),
        compared as (
            select s.submission_id, s.feed, s.department_code, s.period, v.rows_received, v.rows_accepted,
                v.rows_quarantined, coalesce(b.rows, 0) as batch_rows, coalesce(b.quarantined, 0) as batch_quarantined,
                coalesce(q.rows, 0) as quarantine_rows
            from quality.submission_verdicts as v
            inner join quality.submissions as s using (submission_id)
            left join g_batches as b on s.submission_id = b.submission_id and s.feed = b.feed
            left join counted as q on s.submission_id = q.submission_id
            where v.cause = 'judged'
        )
        select submission_id, feed, department_code, period, unnest([
            {'what': 'accepted + quarantined in the ledger', 'want': rows_received,
                'got': rows_accepted + rows_quarantined},
            {'what': 'rows of the raw batch', 'want': rows_received, 'got': batch_rows},
            {'what': 'quarantined rows of the raw batch', 'want': rows_quarantined, 'got': batch_quarantined},
            {'what': 'rows in quarantine', 'want': rows_quarantined, 'got': quarantine_rows}
        ]) as c
        from compared
    """).fetchall()
    found = [
        Violation(s, feed, department, period, c["what"], c["want"], c["got"])
        for s, feed, department, period, c in rows
        if c["want"] != c["got"]
    ]
    # a batch of a submission that still waits for its verdict was left by a killed run: the next run writes it again
    stray = con.execute("""
        select b.submission_id, b.feed, b.rows from g_batches as b
        anti join quality.submissions as s on b.submission_id = s.submission_id
        order by all
    """).fetchall()
    found += [
        Violation(s, feed, None, None, "raw batch of a submission that the ledger does not know", 0, n)
        for s, feed, n in stray
    ]
    return found
