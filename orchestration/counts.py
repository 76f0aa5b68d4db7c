"""Returns what a close can say in numbers: of its release, of a feed's submissions, of a feed's period gates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    import duckdb


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


def arrived_later(con: duckdb.DuckDBPyConnection, period: str, as_of: datetime) -> int:
    """Returns how many submissions of the period came after the instant of its close."""
    sql = "select count(*) from quality.submissions where period = ? and received_at > ?"
    return int(con.execute(sql, [period, as_of]).fetchall()[0][0])
