"""Tries rows without an identity again, with the registry known by a close (semantics 1.4)."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from ingest import durable
from ingest.contract_model import Contract, load_contracts
from quality.gate import prepare
from quality.registry import batch_files, index_known, load_known
from quality.resolution import SHORTEST_NAME
from quality.rules.codes import code_column, name_column

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings

log = logging.getLogger(__name__)

_KNOWN_BY = "s.received_at <= $as_of and s.period <= $period"


def retry_identity(con: duckdb.DuckDBPyConnection, settings: Settings, period: str, as_of: datetime) -> int:
    """Returns how many rows were released; from ``as_of`` on they count as accepted, the verdicts stay as judged.

    Only rows whose single fault is a missing or malformed code are tried, in submissions that are neither rejected nor
    held for that domain, by legacy number or present exact name. A row whose key an accepted row already has stays.

    Args:
        con: the warehouse.
        settings: of the deployment.
        period: that is being closed.
        as_of: what is known.
    """
    prepare(con)
    registries = [
        row[0]
        for row in con.execute(
            f"select s.submission_id from quality.submissions as s semi join quality.submission_verdicts as v "
            f"on s.submission_id = v.submission_id where s.feed = 'enterprise_registry' and {_KNOWN_BY} order by 1",
            {"period": period, "as_of": as_of},
        ).fetchall()
    ]
    files = batch_files(settings, "enterprise_registry", registries)
    if not files:
        return 0
    con.execute("create or replace temp table g_epoch as select 1 as epoch, unnest($1) as submission_id", [registries])
    released = 0
    for contract in load_contracts().values():
        if code_column(contract) and name_column(contract):
            released += _retry_feed(con, settings, contract, period, as_of, files)
    return released


def _retry_feed(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    contract: Contract,
    period: str,
    as_of: datetime,
    registry: list[str],
) -> int:
    """Returns how many rows of one feed were released."""
    code = code_column(contract)
    con.execute(
        f"""
        create or replace temp table g_waiting as
        with verdicts as (
            select submission_id, arg_max(verdict, decided_at) as verdict
            from quality.submission_verdicts where decided_at <= $as_of group by submission_id
        ),
        held as (
            select submission_id, domain_code, arg_max(list_state, decided_at) as list_state
            from quality.list_decisions where decided_at <= $as_of group by all
        ),
        faults as (
            select submission_id, row_id, list(distinct rule_id) as rules
            from quality.findings where severity = 'error' and row_id is not null group by all
        )
        select q.submission_id, q.row_id, s.received_at, s.sha256, s.corrects_submission_id
        from quality.quarantine as q
        inner join quality.submissions as s on q.submission_id = s.submission_id
        inner join verdicts as v on q.submission_id = v.submission_id and v.verdict <> 'rejected'
        inner join faults as f on q.submission_id = f.submission_id and q.row_id = f.row_id
        left join held as h
            on coalesce(s.corrects_submission_id, s.submission_id) = h.submission_id and q.domain_code = h.domain_code
        where s.feed = $feed and {_KNOWN_BY} and coalesce(h.list_state, 'in_force') = 'in_force'
            and not list_contains(q.rule_ids, 'X-REPEAT')
            and len(list_filter(f.rules, lambda r: not list_contains($rules, r))) = 0
            and not exists (
                select 1 from quality.row_decisions as d
                where d.submission_id = q.submission_id and d.row_id = q.row_id and d.decided_at <= $as_of)
        """,
        {
            "feed": contract.feed,
            "period": period,
            "as_of": as_of,
            "rules": [f"{contract.feed}.{code}.required", f"{contract.feed}.{code}.format"],
        },
    )
    ids = [row[0] for row in con.execute("select distinct submission_id from g_waiting order by 1").fetchall()]
    files = batch_files(settings, contract.feed, ids)
    if not files:
        return 0
    con.execute(
        f"""
        create or replace temp table g_unknown as
        select *, xy_code_class(code) as code_class
        from (
            select w.*, r.* exclude (_submission_id, _row_id), xy_uscc("{code}__text") as code
            from read_parquet($files, union_by_name = true) as r
            inner join g_waiting as w on r._submission_id = w.submission_id and r._row_id = w.row_id
            where r.match_method = 'unresolved'
        )
        """,
        {"files": files},
    )
    con.execute("""
        create or replace temp table g_terms as
        select code as term from g_unknown where code is not null
        union
        select name_norm from g_unknown where name_norm is not null
    """)
    load_known(con, registry, "g_terms")
    index_known(con)
    return _release(con, settings, contract, period, as_of)


def _release(
    con: duckdb.DuckDBPyConnection, settings: Settings, contract: Contract, period: str, as_of: datetime
) -> int:
    """Returns how many rows were released after comparing their keys with those of accepted rows."""
    code = code_column(contract)
    parts = [
        ("domain_code" if c.kind == "domain" else c.name)
        for k in contract.key
        if k != code
        for c in [contract.column(k)]
    ]
    key = ", ".join(["uscc", *(f"coalesce(cast(\"{p}\" as varchar), '')" for p in parts)])
    values = [f'"{c.name}"' for c in contract.columns if c.kind not in ("uscc", "id_number")]
    con.execute(f"""
        create or replace temp table g_found as
        with matched as (
            select u.*, coalesce(o.uscc, g.uscc, n.uscc) as uscc,
                case when o.uscc is not null then 'organisation_code' when g.uscc is not null then 'registration_no'
                    else 'name' end as new_method
            from (select * exclude ("{code}") from g_unknown) as u
            left join g_by_organisation as o on u.code = o.number and u.code_class = 'OLDORG'
            left join g_by_registration as g on u.code = g.number and u.code_class = 'OLDREG'
            left join g_by_name as n
                on u.name_norm = n.name_norm and length(u.name_norm) >= {SHORTEST_NAME}
                    and not contains(u.name_norm, '*')
                    and (u.code_class is distinct from 'MASKED' or n.uscc like regexp_replace(u.code, '[*]+', '%', 'g'))
        )
        select *, hash([{key}]) as key_hash, hash([{", ".join(f"cast({v} as varchar)" for v in values)}]) as content
        from matched where uscc is not null
    """)
    _load_accepted(con, settings, contract, parts, period, as_of)
    con.execute("begin")
    try:
        con.execute(
            """
            insert into quality.row_decisions
            with candidates as (
                select f.*, count(distinct f.content) over (partition by f.list_id, f.key_hash) as contents,
                    row_number() over (
                        partition by f.list_id, f.key_hash order by f.received_at, f.sha256, f.row_id) as nth
                from (select *, case when $full_list then coalesce(corrects_submission_id, submission_id) else '' end
                    as list_id from g_found) as f
            )
            select c.submission_id, c.row_id, $as_of, 'accepted', 'identity', c.uscc, c.new_method, null
            from candidates as c
            anti join g_accepted as a on c.list_id = a.list_id and c.key_hash = a.key_hash
            where c.contents = 1 and c.nth = 1
            order by 1, 2
            """,
            {"full_list": contract.submission == "full_list", "as_of": as_of},
        )
        with durable.point("identity.rows"):
            con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise
    row = con.execute(
        """
        select count(*) from quality.row_decisions as d inner join g_found as f using (submission_id, row_id)
        where d.cause = 'identity' and d.decided_at = $1
    """,
        [as_of],
    ).fetchone()
    released = int(row[0]) if row else 0
    if released:
        log.info("feed=%s period=%s rows=%d released: their identity is known now", contract.feed, period, released)
    return released


def _load_accepted(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    contract: Contract,
    parts: list[str],
    period: str,
    as_of: datetime,
) -> None:
    """Creates ``g_accepted``: keys of the accepted rows known by ``as_of`` of the enterprises found, per list."""
    ids = [
        row[0]
        for row in con.execute(
            f"select s.submission_id from quality.submissions as s semi join quality.submission_verdicts as v "
            f"on s.submission_id = v.submission_id where s.feed = $feed and {_KNOWN_BY} order by 1",
            {"feed": contract.feed, "period": period, "as_of": as_of},
        ).fetchall()
    ]
    files = batch_files(settings, contract.feed, ids)
    key = ", ".join(["effective_uscc", *(f"coalesce(cast(\"{p}\" as varchar), '')" for p in parts)])
    con.execute(
        f"""
        create or replace temp table g_accepted as
        with decided as (
            select submission_id, row_id, arg_max(row_state, decided_at) as row_state, arg_max(uscc, decided_at) as uscc
            from quality.row_decisions where decided_at <= $as_of group by all
        ),
        rows as (
            select r.*, coalesce(d.uscc, r.resolved_uscc) as effective_uscc,
                case when $full_list then coalesce(s.corrects_submission_id, s.submission_id) else '' end as list_id
            from read_parquet($files, union_by_name = true) as r
            inner join quality.submissions as s on r._submission_id = s.submission_id
            left join decided as d on r._submission_id = d.submission_id and r._row_id = d.row_id
            where coalesce(d.row_state, r.row_state) = 'accepted'
        )
        select distinct list_id, hash([{key}]) as key_hash
        from rows where effective_uscc in (select uscc from g_found)
        """,
        {"as_of": as_of, "files": files, "full_list": contract.submission == "full_list"},
    )
