"""Returns the rows of a release behind a figure of a notice or a department's report, and the submissions behind them.

A figure knows its own query; here is what one step further down looks like, by the beginning of its id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from exports.department_report_queries import ACTIONS
from exports.figures import FORMER
from exports.notice.queries import FAULTS_REST, SLIPS

COUNTING = "select count(*) from "
_SUBMISSIONS = """
    select s.submission_id, p.department_name, s.feed, s.period, s.source_name, s.received_at, s.verdict,
        s.rows_received, s.rows_accepted, s.rows_quarantined
    from marts.submissions as s
    left join meta.departments as p on p.department_code = s.department_code
    where {condition}
    order by s.received_at, s.submission_id
"""
_OF_CATALOGUE = "s.feed in (select feed from meta.contract_versions where catalogue is not null)"
_FINDINGS = """
    select f.submission_id, f.source_file, f.sheet, f.row_number, f.column_name, f.rule_id, f.severity, f.value_shown
    from marts.findings as f
    inner join marts.submissions as s using (submission_id)
    left join meta.contract_versions as v on v.feed = s.feed
    left join meta.rule_versions as r on r.rule_id = f.rule_id
    where s.period = $period and (s.feed is null or v.catalogue is not null) and {condition}
    order by f.submission_id, f.row_number nulls first, f.rule_id
"""
_LISTED = """
    select domain_code, uscc, enterprise_name, status, reasons, submission_id
    from marts.positive_list where status = '{status}' order by domain_code, uscc
"""
_EVALUATED = """
    select domain_code, uscc, enterprise_name, grade, tier, evaluated_on, evaluation_valid_to
    from marts.enterprise_domain_profile where grade is not null order by domain_code, uscc
"""
_CITY = {
    "positive_list_count": _LISTED.format(status="listed"),
    "vetoed_count": _LISTED.format(status="vetoed"),
    "evaluated_subject_count": _EVALUATED,
}
_PARTS = ("collection_rate", "timeliness_rate", "completeness_rate", "conformity_rate", "accuracy_rate", "score")
_RANKS = """
    select period, department_name, score, rank, previous_rank, rank_change
    from marts.coverage_department_period
    where period = $period order by rank nulls last, sort_order
"""


_OBLIGATIONS = """
    select period, department_code, domain_code, feed, is_due, is_reported,
        columns(lambda c: list_contains(['submission_count', 'submitted_rows', 'accepted_rows', 'late_rows'], c))
    from marts.coverage_obligations
    where {condition}
    order by period, department_code, domain_code nulls last, feed
"""
_DEPARTMENTS = """
    select period, department_name, columns(lambda c: list_contains([{columns}], c))
    from marts.coverage_department_period
    where {condition}
    order by period desc, sort_order
"""


def _measured(measure: str) -> str:
    """Returns the columns that show a measure: a rate with its numerator and denominator, a count alone."""
    base = measure
    for ending in ("_growth", "_points"):
        base = base.removesuffix(ending)
    wanted = {
        "due_department_count": ["due_feed_count"],
        "reporting_department_count": ["reported_feed_count"],
        "due_domain_count": ["due_domain_count", "due_feed_count"],
        "reporting_domain_count": ["reported_domain_count", "reported_feed_count"],
        "collection_rate": ["reported_feed_count", "due_feed_count", "collection_rate"],
    }.get(base, [f"{base}_numerator", f"{base}_denominator", base])
    return ", ".join(f"'{column}'" for column in wanted)


@dataclass(frozen=True)
class Evidence:
    """Queries that show what a figure rests on; None: nothing was sent for it, it is a setting or a date."""

    rows: str | None
    submissions: str | None
    parameters: Mapping[str, Any] = field(default_factory=dict)


def evidence(figure_id: str, sql: str, period: str) -> Evidence:
    """Returns where a figure of the notice of a period comes from.

    Args:
        figure_id: as registered.
        sql: its own query.
        period: of the notice, ``YYYY-MM``.
    """
    kind, *key = figure_id.removeprefix(FORMER).split(".")
    measure = key[-1] if key else ""
    if kind == "report":
        return _report(key, measure, period)
    if kind == "department":
        return _department(key[0], measure, period)
    if kind == "programme":
        return _programme(measure, period)
    if kind == "catalogue":
        bound = {"period": period, "feed": key[0]}
        rows = _OBLIGATIONS.format(condition="period = $period and feed = $feed")
        return Evidence(rows, _SUBMISSIONS.format(condition="s.period = $period and s.feed = $feed"), bound)
    if kind == "not_reported":
        return _not_reported(key, period)
    if kind == "slip":
        return _slip(key)
    if kind in {"fault", "faults"}:
        return _faults(kind, key, period)
    if kind == "trend":
        bound = {"period": key[0]}
        rows = _DEPARTMENTS.format(columns=_measured(measure), condition="period = $period")
        return Evidence(rows, _SUBMISSIONS.format(condition=f"s.period = $period and {_OF_CATALOGUE}"), bound)
    if kind == "departments":
        return Evidence(
            sql.replace(COUNTING, "select * from ", 1),
            _SUBMISSIONS.format(condition=f"s.period = $period and {_OF_CATALOGUE}"),
            {"period": period},
        )
    if figure_id == "gate.failed":
        rows = "select * from meta.period_gates where period = $period and success is false order by all"
        return Evidence(rows, None, {"period": period})
    if figure_id == "amendment.later_submissions":
        return Evidence(None, _SUBMISSIONS.format(condition="s.period = $period"), {"period": period})
    if kind == "limit":
        return Evidence("select * from meta.notice_thresholds order by all", None)
    if figure_id == "notice.next_due":
        return Evidence("select * from meta.reporting_calendar order by period", None)
    return Evidence("select * from meta.release", None)


def _department(code: str, measure: str, period: str) -> Evidence:
    submissions = _SUBMISSIONS.format(
        condition=f"s.period = $period and s.department_code = $department_code and {_OF_CATALOGUE}"
    )
    bound = {"period": period, "department_code": code}
    if measure in {"rank", "previous_rank", "rank_shift"}:
        return Evidence(_RANKS, submissions, bound)
    if measure == "silent_months":
        rows = (
            "select period, due_feed_count, reported_feed_count from marts.coverage_department_period "
            "where department_code = $department_code and period <= $period order by period"
        )
        return Evidence(rows, submissions, bound)
    if measure == "score" or (measure.endswith("_rate") and measure != "collection_rate"):
        names = [f"'{name}'" for name in _PARTS] if measure == "score" else [_measured(measure)]
        condition = "department_code = $department_code and period <= $period"
        return Evidence(_DEPARTMENTS.format(columns=", ".join(names), condition=condition), submissions, bound)
    rows = _OBLIGATIONS.format(condition="period = $period and department_code = $department_code")
    return Evidence(rows, submissions, bound)


def _report(key: list[str], measure: str, period: str) -> Evidence:
    """Returns where a figure of a department's report comes from: its trend, its comparison, what to mend first."""
    part, code = key[:2]
    if part == "trend":
        return _department(code, measure, key[2])
    if part == "open":
        rows = "select * from marts.open_corrections where department_code = $department_code order by open_since"
        submissions = _SUBMISSIONS.format(condition=f"s.submission_id in (select submission_id from ({rows}))")
        return Evidence(rows, submissions, {"department_code": code})
    if part == "compared" and measure == "own":
        return _department(code, key[2], period)
    if part == "compared":
        submissions = _SUBMISSIONS.format(condition=f"s.period = $period and {_OF_CATALOGUE}")
        columns = "'score'" if key[2] == "score" else _measured(key[2])
        rows = _DEPARTMENTS.format(columns=columns, condition="period = $period and due_feed_count > 0")
        return Evidence(rows, submissions, {"period": period})
    # The title of a rule is not in the id, its own id is, and may hold full stops.
    return _action(code, key[2], key[3], ".".join(key[4:-1]), measure, period)


def _action(code: str, action: str, feed: str, rule_id: str, measure: str, period: str) -> Evidence:
    own = f"s.period = $period and s.department_code = $department_code and {_OF_CATALOGUE}"
    bound = {"period": period, "department_code": code, "feed": feed, "rule_id": rule_id}
    if measure == "rank_after":
        return Evidence(_RANKS, _SUBMISSIONS.format(condition=own), bound)
    if action == "report":
        rows = _OBLIGATIONS.format(
            condition="period = $period and department_code = $department_code and feed = $feed "
            "and is_due and not is_reported"
        )
        return Evidence(rows, _SUBMISSIONS.format(condition=f"{own} and s.feed = $feed"), bound)
    if action == "on_time":
        late = _SUBMISSIONS.format(condition=f"{own} and s.is_timely is false")
        return Evidence(late, late, bound)
    if action == "mend":
        rows = _FINDINGS.format(
            condition="s.department_code = $department_code and s.feed = $feed and f.rule_id = $rule_id "
            "and f.row_id is not null"
        )
        return Evidence(
            rows, _SUBMISSIONS.format(condition=f"s.submission_id in (select submission_id from ({rows}))"), bound
        )
    return Evidence(
        f"select * exclude (place) from ({ACTIONS}) where department_code = $department_code order by place",
        _SUBMISSIONS.format(condition=own),
        bound,
    )


def _programme(measure: str, period: str) -> Evidence:
    submissions = _SUBMISSIONS.format(condition=f"s.period = $period and {_OF_CATALOGUE}")
    if measure in _CITY:
        return Evidence(_CITY[measure], submissions, {"period": period})
    rows = _DEPARTMENTS.format(columns=_measured(measure), condition="period = $period")
    if measure.endswith(("_growth", "_points")):
        rows = (
            f"select period, columns(lambda c: list_contains([{_measured(measure)}], c)) "
            "from marts.coverage_programme_period where period <= $period order by period desc limit 2"
        )
    return Evidence(rows, submissions, {"period": period})


def _not_reported(key: list[str], period: str) -> Evidence:
    department, domain, feed = key[:3]
    rows = _OBLIGATIONS.format(
        condition="period <= $period and department_code = $department_code "
        "and coalesce(domain_code, 'None') = $domain_code and feed = $feed"
    )
    condition = "s.period = $period and s.department_code = $department_code and s.feed = $feed"
    bound = {"period": period, "department_code": department, "domain_code": domain, "feed": feed}
    return Evidence(rows, _SUBMISSIONS.format(condition=condition), bound)


def _slip(key: list[str]) -> Evidence:
    rows = (
        f"select * from ({SLIPS}) where department_code = $department_code "
        "and strftime(told_on, '%Y-%m-%d') = $told_on order by domain_name, uscc"
    )
    named = f"s.submission_id in (select submission_id from ({rows}))"
    return Evidence(rows, _SUBMISSIONS.format(condition=named), {"department_code": key[0], "told_on": key[1]})


def _faults(kind: str, key: list[str], period: str) -> Evidence:
    condition, bound = "true", {"period": period}
    if kind == "fault":
        # The words of a rule may hold a full stop, the title of a feed and a severity never do.
        bound |= {"feed_title": key[0], "rule_title": ".".join(key[1:-2]), "severity": key[-2]}
        condition = (
            "coalesce(v.title, '') = $feed_title and coalesce(r.rule_title, f.rule_id) = $rule_title "
            "and f.severity = $severity"
        )
    elif key[-1].startswith("rest_"):
        condition = (
            "(coalesce(v.title, ''), coalesce(r.rule_title, f.rule_id), f.severity) in "
            f"(select (feed_title, rule_title, severity) from ({FAULTS_REST}))"
        )
    elif key[-1] in {"error_count", "warning_count"}:
        condition = f"f.severity = '{key[-1].removesuffix('_count')}'"
    rows = _FINDINGS.format(condition=condition)
    named = f"s.submission_id in (select submission_id from ({rows}))"
    return Evidence(rows, _SUBMISSIONS.format(condition=named), bound)
