"""Judges a month per domain and feed: reported, complete, few errors, no list held (semantics 4.5).

It stops nobody: accepted rows are used, the check is red, the notice names it, praise is withheld. Great Expectations
validates the measures, with the thresholds of the contracts.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ingest import durable
from ingest.clock import period_end, period_start
from ingest.contract_model import Contract, load_contracts
from ingest.normalise import key
from ingest.seeds import seed_rows
from quality.lookups import NO_DOMAIN
from quality.registry import batch_files
from quality.suite import validate_period
from quality.tables import insert_rows

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings

log = logging.getLogger(__name__)

COLUMNS = (
    ("period", "varchar"),
    ("as_of", "timestamp"),
    ("department_code", "varchar"),
    ("domain_code", "varchar"),
    ("feed", "varchar"),
    ("check_name", "varchar"),
    ("evaluated", "bigint"),
    ("unexpected", "bigint"),
    ("observed", "double"),
    ("threshold", "double"),
    ("success", "boolean"),
)


@dataclass(frozen=True)
class PeriodGate:
    """One check of one domain (or department, domain '-') and feed in one month."""

    period: str
    as_of: datetime
    department_code: str
    domain_code: str
    feed: str
    check_name: str  # reported | completeness | error_share | no_held_list
    evaluated: int | None
    unexpected: int | None
    observed: float | None
    threshold: float | None
    success: bool | None  # None: could not be judged


def run(con: duckdb.DuckDBPyConnection, settings: Settings, period: str, as_of: datetime) -> list[PeriodGate]:
    """Returns the gates of the month as known by ``as_of``, after storing them.

    Args:
        con: the warehouse.
        settings: of the deployment.
        period: month.
        as_of: what is known.
    """
    contracts = load_contracts()
    on = period_end(period)
    levels = {r["feed"]: r["due_level"] for r in seed_rows("catalogue_due", settings.programme, on)}
    domains = [
        (str(r["department_code"]), str(r["domain_code"]))
        for r in seed_rows("domains", settings.programme, on)
        if str(r["due_from"]) <= period
    ]
    departments = sorted({d for d, _ in domains}, key=[d for d, _ in domains].index)
    gates: list[PeriodGate] = []
    for feed, level in levels.items():
        if feed not in contracts:
            continue
        facts = _facts(con, settings, contracts[feed], period, as_of, level == "domain")
        due = domains
        if level != "domain":
            active = set(departments) if level == "department" else _with_task(con, settings, period, as_of)
            due = [(d, NO_DOMAIN) for d in departments if d in active or (d, NO_DOMAIN) in facts]
        for place in due:
            gates += _gates(contracts[feed], period, as_of, place, facts.get(place))
    judged = validate_period([g.__dict__ for g in gates]) if gates else []
    gates = [replace(g, success=success) for g, success in zip(gates, judged, strict=True)]
    con.execute("begin")
    try:
        con.execute("delete from quality.period_gates where period = $1 and as_of = $2", [period, as_of])
        insert_rows(con, "quality.period_gates", COLUMNS, [[getattr(g, name) for name, _ in COLUMNS] for g in gates])
        with durable.point("period_gate.rows"):
            con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise
    log.info("period=%s gates=%d failed=%d", period, len(gates), sum(g.success is False for g in gates))
    return gates


@dataclass(frozen=True)
class _Facts:
    reported: bool
    cells: int
    filled: int
    rows: int
    errors: int
    lists: int
    held: int


def _gates(
    contract: Contract, period: str, as_of: datetime, place: tuple[str, str], facts: _Facts | None
) -> list[PeriodGate]:
    """Returns the checks of one place; what was not reported cannot be judged further."""
    department, domain = place

    def gate(
        name: str, evaluated: int | None, unexpected: int | None, observed: float | None, limit: float
    ) -> PeriodGate:
        return PeriodGate(
            period, as_of, department, domain, contract.feed, name, evaluated, unexpected, observed, limit, None
        )

    reported = facts is not None and facts.reported
    found = [gate("reported", 1, 0 if reported else 1, 1.0 if reported else 0.0, 1.0)]
    f = facts if reported else None
    cells, rows = (f.cells, f.rows) if f else (0, 0)
    found.append(
        gate(
            "completeness",
            cells if f else None,
            f.cells - f.filled if f else None,
            f.filled / cells if f and cells else None,
            contract.completeness_floor,
        )
    )
    found.append(
        gate(
            "error_share",
            rows if f else None,
            f.errors if f else None,
            f.errors / rows if f and rows else None,
            contract.period_error_share_limit,
        )
    )
    if contract.submission == "full_list":
        lists = facts.lists if facts else 0
        found.append(
            gate(
                "no_held_list",
                lists or None,
                facts.held if facts and lists else None,
                float(facts.held) if facts and lists else None,
                0.0,
            )
        )
    return found


def _facts(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    contract: Contract,
    period: str,
    as_of: datetime,
    by_domain: bool,
) -> dict[tuple[str, str], _Facts]:
    """Returns what was reported per department and domain in the month, as known by ``as_of``.

    A row that a correction replaced is gone, one that was released counts as accepted; of corrections only accepted
    rows count, so that a mistake is not counted twice.
    """
    values: dict[str, Any] = {"feed": contract.feed, "period": period, "as_of": as_of}
    con.execute(
        """
        create or replace temp table g_period as
        select s.submission_id, s.department_code, s.corrects_submission_id is not null as is_correction,
            arg_max(v.verdict, v.decided_at) as verdict
        from quality.submissions as s
        inner join quality.submission_verdicts as v using (submission_id)
        where s.feed = $feed and s.period = $period and s.received_at <= $as_of and v.decided_at <= $as_of
            and s.department_code is not null
        group by all
        """,
        values,
    )
    ids = [
        r[0]
        for r in con.execute("select submission_id from g_period where verdict <> 'rejected' order by 1").fetchall()
    ]
    files = batch_files(settings, contract.feed, ids)
    facts: dict[tuple[str, str], dict[str, int]] = {}

    def add(department: str, domain: str | None, **counts: int) -> None:
        place = facts.setdefault(
            (department, domain if by_domain and domain else NO_DOMAIN),
            dict.fromkeys(("reported", "cells", "filled", "rows", "errors", "lists", "held"), 0),
        )
        for name, count in counts.items():
            place[name] += count

    own_domain = "case when r.is_own_domain then r.domain_code end" if by_domain else "cast(null as varchar)"
    if files:
        for department, domain, cells, filled, rows, errors in con.execute(
            f"""
            with decided as (
                select submission_id, row_id, arg_max(row_state, decided_at) as row_state
                from quality.row_decisions where decided_at <= $as_of group by all
            ),
            faults as (
                select distinct submission_id, row_id from quality.findings
                where severity = 'error' and row_id is not null
            ),
            rows as (
                select p.department_code, {own_domain} as domain, r.required_cells, r.required_filled,
                    p.is_correction, coalesce(d.row_state, r.row_state) as row_state,
                    f.row_id is not null as is_error
                from read_parquet($files, union_by_name = true) as r
                inner join g_period as p on r._submission_id = p.submission_id
                left join decided as d on r._submission_id = d.submission_id and r._row_id = d.row_id
                left join faults as f on r._submission_id = f.submission_id and r._row_id = f.row_id
            )
            select department_code, domain, sum(required_cells), sum(required_filled), count(*),
                count(*) filter (is_error and row_state = 'quarantined')
            from rows
            where row_state <> 'closed' and (not is_correction or row_state = 'accepted')
            group by department_code, domain
            """,
            {"as_of": as_of, "files": files},
        ).fetchall():
            if domain or not by_domain:
                add(
                    department,
                    domain,
                    cells=int(cells or 0),
                    filled=int(filled or 0),
                    rows=rows,
                    errors=errors,
                    reported=1 if rows and not by_domain else 0,
                )
    for department, domain in con.execute("""
        select distinct p.department_code, d.domain_code
        from g_period as p inner join quality.submission_domains as d using (submission_id)
        where p.verdict <> 'rejected' and d.is_own_domain and (d.rows_received > 0 or d.is_zero_report)
    """).fetchall():
        add(department, domain, reported=1)
    for department, domain, held in con.execute(
        """
        with states as (
            select p.department_code, l.domain_code, s.received_at, s.sha256,
                arg_max(l.list_state, l.decided_at) as list_state
            from g_period as p
            inner join quality.submissions as s using (submission_id)
            inner join quality.list_decisions as l using (submission_id)
            where l.decided_at <= $as_of
            group by all
        )
        select department_code, domain_code, arg_max(list_state, (received_at, sha256)) = 'held'
        from states group by all
        """,
        {"as_of": as_of},
    ).fetchall():
        add(department, domain, lists=1, held=int(held))
    return {
        place: _Facts(bool(f["reported"]), f["cells"], f["filled"], f["rows"], f["errors"], f["lists"], f["held"])
        for place, f in facts.items()
    }


def _with_task(con: duckdb.DuckDBPyConnection, settings: Settings, period: str, as_of: datetime) -> set[str]:
    """Returns the departments that lead or join a task whose window touches the month (semantics 6.1)."""
    ids = [
        r[0]
        for r in con.execute(
            "select submission_id from quality.submissions "
            "where feed = 'inspection_tasks' and received_at <= $1 and period <= $2",
            [as_of, period],
        ).fetchall()
    ]
    files = batch_files(settings, "inspection_tasks", sorted(ids))
    if not files:
        return set()
    rows = con.execute(
        """
        with decided as (
            select submission_id, row_id, arg_max(row_state, decided_at) as row_state
            from quality.row_decisions where decided_at <= $as_of group by all
        ),
        tasks as (
            select r.* from read_parquet($files, union_by_name = true) as r
            inner join quality.submissions as s on r._submission_id = s.submission_id
            left join decided as d on r._submission_id = d.submission_id and r._row_id = d.row_id
            where coalesce(d.row_state, r.row_state) = 'accepted'
            qualify row_number() over (
                partition by r.task_no order by s.received_at desc, s.sha256 desc, r._row_id desc) = 1
        )
        select lead_department, joint_departments from tasks
        where _operation <> 'delete' and task_start_on <= $last and task_end_on >= $first
        """,
        {"files": files, "as_of": as_of, "first": period_start(period), "last": period_end(period)},
    ).fetchall()
    codes: dict[str, str] = {}
    for r in seed_rows("departments", settings.programme):
        codes[key(str(r["department_name"]))] = str(r["department_code"])
    for r in seed_rows("inspecting_authorities", settings.programme):
        codes.setdefault(key(str(r["authority_name"])), str(r["department_code"]))
    named = {name for lead, joint in rows for name in [lead, *(joint or [])] if name}
    return {codes[key(name)] for name in named if key(name) in codes}
