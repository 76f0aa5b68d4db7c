"""Returns what full lists said before: the list in force per domain, and the listings that a repair may mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quality.registry import batch_files

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings

LISTINGS = "serious_dishonesty_list"


def former_subjects(con: duckdb.DuckDBPyConnection, feed: str) -> dict[tuple[str, str], int]:
    """Returns per submission of ``g_sub`` and domain the number of subjects on the list in force before it.

    In force is the usable list of the greatest (period, received_at) among those that arrived before with a period up
    to its own; what later decisions made of them counts if it was decided by then (semantics 1.4). A list that was
    corrected has the subjects of its last correction, see ``corrections``.
    """
    rows = con.execute(
        """
        with earlier as (
            select s.submission_id as new_id, f.*, s.received_at as known_at
            from g_sub as s
            inner join quality.submissions as f
                on f.feed = $feed and f.period <= s.period and f.submission_id <> s.submission_id
                    and (f.received_at, f.sha256) < (s.received_at, s.sha256)
                    and f.submission_id is distinct from s.root_id
        ),
        states as (
            select e.new_id, e.submission_id, e.period, e.received_at, e.sha256, e.known_at, d.domain_code,
                arg_max(d.list_state, d.decided_at) as list_state
            from earlier as e
            inner join quality.list_decisions as d
                on e.submission_id = d.submission_id and d.decided_at <= e.known_at
            group by all
        ),
        in_force as (
            select * from states
            where list_state = 'in_force'
            qualify row_number() over (
                partition by new_id, domain_code order by period desc, received_at desc, sha256 desc) = 1
        ),
        members as (
            select i.new_id, i.domain_code, d.subject_count, i.received_at, i.sha256
            from in_force as i
            inner join quality.submission_domains as d using (submission_id, domain_code)
            union all
            select i.new_id, i.domain_code, d.subject_count, c.received_at, c.sha256
            from in_force as i
            inner join earlier as c on c.new_id = i.new_id and c.corrects_submission_id = i.submission_id
            inner join quality.submission_domains as d
                on c.submission_id = d.submission_id and i.domain_code = d.domain_code
        )
        select new_id, domain_code, arg_max(subject_count, (received_at, sha256))
        from members
        group by new_id, domain_code
        """,
        {"feed": feed},
    ).fetchall()
    return {(new_id, domain): int(count) for new_id, domain, count in rows}


def load_listings(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Creates ``g_listed``: per submission of ``g_sub`` the accepted listings that had arrived before it."""
    con.execute(
        """
        create or replace temp table g_listing_batches as
        select s.submission_id as new_id, f.submission_id, s.received_at as known_at
        from g_sub as s
        inner join quality.submissions as f
            on f.feed = $feed and f.period <= s.period and (f.received_at, f.sha256) < (s.received_at, s.sha256)
        """,
        {"feed": LISTINGS},
    )
    ids = [row[0] for row in con.execute("select distinct submission_id from g_listing_batches order by 1").fetchall()]
    files = batch_files(settings, LISTINGS, ids)
    if not files:
        con.execute("""
            create or replace temp table g_listed (
                submission_id varchar, domain_code varchar, uscc varchar, published_on date)
        """)
        return
    con.execute(
        """
        create or replace temp table g_listed as
        with decided as (
            select d.submission_id, d.row_id, b.new_id, arg_max(d.row_state, d.decided_at) as row_state
            from quality.row_decisions as d
            inner join g_listing_batches as b on d.submission_id = b.submission_id and d.decided_at <= b.known_at
            where d.cause <> 'identity'
            group by all
        )
        select distinct b.new_id as submission_id, r.domain_code, r.resolved_uscc as uscc, r.published_on
        from read_parquet($files, union_by_name = true) as r
        inner join g_listing_batches as b on r._submission_id = b.submission_id
        left join decided as d on r._submission_id = d.submission_id and r._row_id = d.row_id and b.new_id = d.new_id
        where coalesce(d.row_state, r.row_state) = 'accepted'
        """,
        {"files": files},
    )
