"""Returns the facts of a monthly notice: every number a registered figure, read from the release file alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exports import text
from exports.figures import Figure, Figures, Kind
from exports.notice.queries import (
    CATALOGUES,
    DEPARTMENTS,
    DOMAIN_STATES,
    FAULT_DEPARTMENTS,
    FAULTS,
    FAULTS_REST,
    GATES,
    LIMITS,
    NOT_REPORTED,
    OF_CATALOGUES,
    TREND,
)

Row = dict[str, Any]

COUNTS = (
    "due_feed_count",
    "reported_feed_count",
    "submitted_rows",
    "accepted_rows",
    "evaluated_subject_count",
    "regulated_subject_count",
    "positive_list_count",
    "vetoed_count",
)
RATES = ("collection_rate", "conformity_rate", "timeliness_rate", "completeness_rate", "accuracy_rate")
GROWING = ("submitted_rows", "accepted_rows", "evaluated_subject_count", "positive_list_count")
DEPARTMENT_KINDS: dict[str, Kind] = {
    **dict.fromkeys(COUNTS[:4], "count"),
    **dict.fromkeys(RATES, "rate"),
    "score": "score",
    "rank": "rank",
    "previous_rank": "rank",
    "rank_shift": "shift",
    "silent_months": "count",
}
CHART_RATES = ("collection_rate", "timeliness_rate")  # drawn over the months
TOP_FAULTS = 5  # outline of domain.md 11


@dataclass(frozen=True)
class Facts:
    """What a notice says, before it is put into words."""

    period: str
    has_previous: bool
    is_final: bool
    month: Figure
    as_of: Figure
    next_month: Figure
    next_due: Figure
    programme: Row
    limits: Row
    departments: list[Row]
    catalogues: list[Row]
    silent_by_feed: Mapping[str, list[str]]
    not_reported: list[Row]
    faults: list[Row]
    fault_totals: Row
    fault_departments: Mapping[tuple[str, str, str], list[str]]
    failed_gates: list[Row]
    gate_count: Figure
    collected_feeds: frozenset[str]
    counts: Mapping[str, Figure]
    trend: list[Row]
    domain_states: list[Row]


def month_after(period: str, months: int) -> str:
    """Returns the month that lies ``months`` after a period, ``YYYY-MM``."""
    year, month = (int(part) for part in period.split("-"))
    position = year * 12 + month - 1 + months
    return f"{position // 12:04d}-{position % 12 + 1:02d}"


def gather(con: Any, figures: Figures, period: str) -> Facts:
    """Returns the facts of a period, every number registered in ``figures``.

    Raises:
        LookupError: the release holds no coverage of that period.
    """
    previous, following = month_after(period, -1), month_after(period, 1)
    periods = {r[0] for r in con.execute("select period from marts.coverage_programme_period").fetchall()}
    if period not in periods:
        raise LookupError(
            f"the release has no coverage of {period}; it has {', '.join(sorted(periods)) or 'none'}: name one of these"
        )
    departments = figures.table(
        "department",
        DEPARTMENTS,
        ("department_code",),
        DEPARTMENT_KINDS,
        period=period,
    )
    not_reported = figures.table(
        "not_reported",
        NOT_REPORTED,
        ("department_code", "domain_code", "feed"),
        {"missed_months": "count"},
        period=period,
    )
    fault_departments: dict[tuple[str, str, str], list[str]] = {}
    for feed_title, rule_title, severity, name in con.execute(FAULT_DEPARTMENTS, {"period": period}).fetchall():
        fault_departments.setdefault((feed_title, rule_title, severity), []).append(name)
    silent: dict[str, list[str]] = {}
    for row in not_reported:
        names = silent.setdefault(row["feed"], [])
        if row["department_name"] not in names:
            names.append(row["department_name"])
    return Facts(
        period=period,
        has_previous=previous in periods,
        is_final=bool(con.execute("select is_final from meta.release").fetchall()[0][0]),
        month=figures.one("notice.month", "month", "select $period::varchar", period=period),
        as_of=figures.one("notice.as_of", "moment", "select as_of from meta.release"),
        next_month=figures.one("notice.next_month", "month", "select $period::varchar", period=following),
        next_due=figures.one(
            "notice.next_due",
            "day",
            "select max(due_on) from meta.reporting_calendar where period = $period",
            period=following,
        ),
        programme=_programme(figures, period, previous),
        limits=figures.table(
            "limit",
            LIMITS,
            ("name",),
            {
                "praise_score": "number",
                "criticism_score": "number",
                "criticism_collection_rate": "percent",
                "criticism_timeliness_rate": "percent",
                "small_sample_rows": "number",
            },
        )[0],
        departments=departments,
        catalogues=figures.table(
            "catalogue",
            CATALOGUES,
            ("feed",),
            {
                "due_count": "count",
                "reported_count": "count",
                "submitted_rows": "count",
                "accepted_rows": "count",
                "conformity_rate": "rate",
                "submitted_rows_growth": "growth",
            },
            missing=text.NO_DENOMINATOR,
            period=period,
            previous=previous,
        ),
        silent_by_feed=silent,
        not_reported=not_reported,
        faults=figures.table(
            "fault",
            FAULTS,
            ("feed_title", "rule_title", "severity"),
            {"fault_count": "count", "fault_share": "rate", "department_count": "count"},
            period=period,
        ),
        fault_totals=_fault_totals(figures, period),
        fault_departments=fault_departments,
        failed_gates=_records(con, GATES, period),
        gate_count=figures.one(
            "gate.failed",
            "count",
            f"select count(*) from ({GATES})",
            period=period,
        ),
        collected_feeds=frozenset(
            r[0] for r in con.execute("select distinct feed from meta.submissions_used").fetchall()
        ),
        counts=_department_counts(figures, period),
        trend=figures.table("trend", TREND, ("period",), dict.fromkeys(CHART_RATES, "rate"), period=period),
        domain_states=_records(con, DOMAIN_STATES, period),
    )


def _programme(figures: Figures, period: str, previous: str) -> Row:
    growth = ", ".join(f"c.{c} / nullif(p.{c}, 0) - 1 as {c}_growth" for c in GROWING)
    # Both rates are rounded as they were printed, so that this notice and the last one agree to the digit.
    points = ", ".join(
        f"round(c.{c}::decimal(18, 10), 4) - round(p.{c}::decimal(18, 10), 4) as {c}_points" for c in RATES
    )
    sql = (
        f"select c.*, {growth}, {points} from marts.coverage_programme_period as c "
        "left join marts.coverage_programme_period as p on p.period = $previous where c.period = $period"
    )
    kinds: dict[str, Kind] = dict.fromkeys(COUNTS, "count")
    kinds |= dict.fromkeys((*RATES, "evaluation_coverage_rate"), "rate")
    kinds |= dict.fromkeys(
        (
            "due_department_count",
            "reporting_department_count",
            "due_domain_count",
            "reporting_domain_count",
            "zero_report_count",
            "unassigned_rows",
        ),
        "count",
    )
    kinds |= dict.fromkeys((f"{c}_growth" for c in GROWING), "growth")
    kinds |= dict.fromkeys((f"{c}_points" for c in RATES), "points")
    return figures.table(
        "programme", sql, ("period",), kinds, missing=text.NO_DENOMINATOR, period=period, previous=previous
    )[0]


def _fault_totals(figures: Figures, period: str) -> Row:
    sql = f"""
        with faults as ({OF_CATALOGUES}),

        held as (
            select submitted_rows - accepted_rows as held_rows
            from marts.coverage_programme_period
            where period = $period
        ),

        rest as ({FAULTS_REST})

        select
            'all' as name, count(*) as fault_count, count(*) filter (where severity = 'error') as error_count,
            count(*) filter (where severity = 'warning') as warning_count,
            count(distinct department_code) as department_count, (select held_rows from held) as held_rows,
            (select count(*) from rest) as rest_kind_count,
            (select coalesce(sum(fault_count), 0)::bigint from rest) as rest_fault_count
        from faults
    """
    kinds: dict[str, Kind] = dict.fromkeys(
        (
            "fault_count", "error_count", "warning_count", "department_count", "held_rows", "rest_kind_count",
            "rest_fault_count",
        ),
        "count",
    )  # fmt: skip
    return figures.table("faults", sql, ("name",), kinds, period=period)[0]


def _department_counts(figures: Figures, period: str) -> dict[str, Figure]:
    """Returns how many departments were silent, incomplete and late, vertical units also apart."""
    conditions = {
        "silent": "is_silent",
        "silent_vertical": "is_silent and is_vertical",
        "partial": "not is_silent and reported_feed_count < due_feed_count",
        "late": "timeliness_rate < 1",
        "late_vertical": "timeliness_rate < 1 and is_vertical",
    }
    return {
        name: figures.one(
            f"departments.{name}", "count", f"select count(*) from ({DEPARTMENTS}) where {condition}", period=period
        )
        for name, condition in conditions.items()
    }


def _records(con: Any, sql: str, period: str) -> list[Row]:
    result = con.execute(sql, {"period": period})
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
