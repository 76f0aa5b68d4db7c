"""Returns the annexes of a notice, as parts of the document and as worksheets; none of them names an enterprise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exports import text, text_issue
from exports.charts import Bar, Chart, DomainCells, Trend, coverage_chart, ranking_chart, trend_chart
from exports.figures import Figure, Figures
from exports.notice.blocks import Annex, Table
from exports.notice.facts import CHART_RATES, COUNTS, RATES, Facts, Row
from exports.notice.labels import Labels
from exports.notice.queries import PRINTED_FAULTS
from exports.workbook import Sheet

# Widths in mm; their sum is the type area: 225 mm on its side, 156 mm upright (domain.md 11).
RANKING_WIDTHS = (9, 35, 10, 10, 16, 14, 14, 16, 16, 16, 16, 16.5, 10, 10, 16.5)
NOT_REPORTED_WIDTHS = (12, 38, 46, 42, 18)
FAULTS_WIDTHS = (8, 31.5, 46, 9, 10, 14, 10, 27.5)
NAMED_DEPARTMENTS = 3  # a longer list is shortened in the printed table; the worksheet has all of them


def annexes(facts: Facts) -> list[Annex]:
    """Returns ranking, list of what was not reported, and statistics of faults."""
    titles = text.ATTACHMENTS
    period = text.ANNEX_PERIOD.format(month=facts.month)
    printed = fault_rows(facts, NAMED_DEPARTMENTS)[:PRINTED_FAULTS]
    return [
        Annex(
            1,
            titles[0],
            period,
            Table(text.RANKING_HEADER, ranking_rows(facts), RANKING_WIDTHS, left=(1, 14)),
            notes=_ranking_notes(facts),
            landscape=True,
        ),
        Annex(
            2,
            titles[1],
            period,
            Table(text.NOT_REPORTED_HEADER, not_reported_rows(facts), NOT_REPORTED_WIDTHS, left=(1, 2, 3))
            if facts.not_reported
            else None,
            notes=text.NOT_REPORTED_NOTES if facts.not_reported else (),
            empty=text.NOT_REPORTED_NONE,
        ),
        Annex(
            3,
            titles[2],
            period,
            Table(text.FAULTS_HEADER, printed, FAULTS_WIDTHS, left=(1, 2, 7)) if printed else None,
            notes=_fault_notes(facts) if facts.faults else (),
            empty=text.FAULTS_NONE if _received(facts) else text.QUALITY_NOT_COLLECTED,
        ),
        Annex(4, text_issue.CHARTS_TITLE, period, None, charts=charts(facts)),
    ]


def charts(facts: Facts) -> list[Chart]:
    """Returns the drawings of annex 4, from the figures of the notice."""
    months = [_short_month(row["period"]) for row in facts.trend]
    trends = [Trend(text_issue.TREND_TITLES[c], months, [row[c] for row in facts.trend]) for c in CHART_RATES]
    bars = [Bar(row["department_name"], row["rank"].text, row["score"]) for row in facts.departments]
    cells = [DomainCells(row["domain_name"], row["states"]) for row in facts.domain_states]
    return [trend_chart(trends), ranking_chart(bars), coverage_chart(cells, text_issue.CHART_FEEDS)]


def _short_month(period: str) -> str:
    year, month = period.split("-")
    return text_issue.CHART_MONTH.format(year=year, month=str(int(month)))


def index_sheet(figures: Figures, labels: Labels, notes: Sequence[str]) -> Sheet:
    """Returns the worksheet that tells the id of every figure of the notice, to trace it by."""
    rows = [[figure.figure_id, labels.of(figure), figure.text] for figure in figures.all()]
    name = text_issue.INDEX_SHEET
    return Sheet(name, name, text_issue.INDEX_HEADER, rows, [*notes, text_issue.INDEX_NOTE], landscape=False)


def sheets(facts: Facts, notes: Sequence[str]) -> list[Sheet]:
    """Returns the worksheets of the same annexes, from the same figures."""
    wide = {1: 24.0, 14: 24.0}
    return [
        Sheet(
            text.ATTACHMENTS[0],
            text.ATTACHMENTS[0],
            text.RANKING_HEADER,
            ranking_rows(facts),
            notes,
            footnotes=_ranking_notes(facts),
            widths=wide,
        ),
        Sheet(
            text.ATTACHMENTS[1],
            text.ATTACHMENTS[1],
            text.NOT_REPORTED_HEADER,
            not_reported_rows(facts),
            notes if facts.not_reported else [*notes, text.NOT_REPORTED_NONE],
            footnotes=text.NOT_REPORTED_NOTES,
        ),
        Sheet(
            text.ATTACHMENTS[2],
            text.ATTACHMENTS[2],
            text.FAULTS_HEADER,
            fault_rows(facts, None),
            notes if facts.faults else [*notes, text.FAULTS_NONE if _received(facts) else text.QUALITY_NOT_COLLECTED],
            footnotes=text.FAULTS_NOTES,
        ),
    ]


def ranking_rows(facts: Facts) -> list[list[Any]]:
    """Returns the rows of annex 1: departments by rank, the whole city last."""
    rows = []
    for row in facts.departments:
        name = row["department_name"]
        shown = text.SMALL_SAMPLE.format(department=name) if row["is_small_volume"] else name
        rows.append([row["rank"], shown, *_shared(row), row["score"], row["previous_rank"], row["rank_shift"], ""])
    total = facts.programme
    rows.append(["", text.RANKING_TOTAL, *_shared(total), "", "", "", ""])
    return rows


def _shared(row: Row) -> list[Figure]:
    due, reported, submitted, accepted = (row[c] for c in COUNTS[:4])
    collection, conformity, timeliness, completeness, accuracy = (row[c] for c in RATES)
    return [due, reported, collection, submitted, accepted, conformity, timeliness, completeness, accuracy]


def not_reported_rows(facts: Facts) -> list[list[Any]]:
    """Returns the rows of annex 2: what was due and did not come."""
    return [
        [
            str(number),
            row["department_name"],
            row["domain_name"] or text.NO_DOMAIN,
            row["feed_title"],
            row["missed_months"],
        ]
        for number, row in enumerate(facts.not_reported, start=1)
    ]


def fault_rows(facts: Facts, named: int | None) -> list[list[Any]]:
    """Returns the rows of annex 3, whole: kinds of faults by number, with at most ``named`` departments each."""
    rows = []
    for number, row in enumerate(facts.faults, start=1):
        rows.append(
            [
                str(number),
                row["feed_title"] or text.FEED_UNKNOWN,
                row["rule_title"],
                text.CODES["severity"].get(row["severity"], row["severity"]),
                row["fault_count"],
                row["fault_share"],
                row["department_count"],
                fault_departments(facts, row, named),
            ]
        )
    return rows


def fault_departments(facts: Facts, row: Row, named: int | None) -> str:
    """Returns the departments with a fault, most faults first."""
    names = facts.fault_departments.get((row["feed_title"], row["rule_title"], row["severity"]), [])
    if named is None or len(names) <= named:
        return text.LIST_SEPARATOR.join(names)
    return text.QUALITY_DEPARTMENTS.format(first=text.LIST_SEPARATOR.join(names[:named]), count=row["department_count"])


def _ranking_notes(facts: Facts) -> list[str]:
    first, second = text.RANKING_NOTES
    return [first, second.format(rows=facts.limits["small_sample_rows"])]


def _fault_notes(facts: Facts) -> list[str]:
    totals = facts.fault_totals
    if not totals["rest_kind_count"].value:
        return list(text.FAULTS_NOTES)
    rest = text.FAULTS_REST.format(
        printed=str(PRINTED_FAULTS), kinds=totals["rest_kind_count"], faults=totals["rest_fault_count"]
    )
    return [*text.FAULTS_NOTES, rest]


def _received(facts: Facts) -> bool:
    return bool(facts.programme["submitted_rows"].value)
