"""Returns the one-page report of each department: trend, comparison with the average, what to mend first and its gain.

Every number is a registered figure; ``departments/figures.json`` gives the query of each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from exports import department_report_queries as queries
from exports import text, text_pages
from exports.figures import Figure, Figures, Kind, render

REPORT = "部门报告"
FIGURES_FILE = "figures.json"
SHOWN_ACTIONS = 6  # what fits on the one page
SHOWN_GATES = 4
MEASURES = ("score", "collection_rate", "timeliness_rate", "completeness_rate", "conformity_rate", "accuracy_rate")
RATES = MEASURES[1:]
TREND_KINDS: dict[str, Kind] = {"score": "score", "rank": "rank", "submitted_rows": "count"}
TREND_KINDS |= dict.fromkeys(RATES, "rate")

Row = dict[str, Any]


def write_reports(con: Any, folder: Path) -> list[Path]:
    """Returns the reports of all departments, html and PDF, and the figures behind them.

    Args:
        con: read-only connection to the release file.
        folder: of the release under construction.
    """
    from exports import charts_render
    from exports.pages import write_page

    figures = Figures(con)
    period, as_of, is_final, name = con.execute(
        "select period, as_of, is_final, release_name from meta.release"
    ).fetchall()[0]
    written = []
    for code, content in contents(con, figures, period, as_of, is_final=bool(is_final)):
        own = folder / "departments" / code
        written.append(write_page(own / f"{REPORT}.html", "department_report.html.j2", {"report": content}))
        document = own / f"{REPORT}.pdf"
        document.write_bytes(charts_render.pdf("department_report.typ", content, as_of))
        written.append(document)
    if written:
        path = folder / "departments" / FIGURES_FILE
        figures.save(path, {"release_name": name, "period": period, "file": f"{REPORT}.html"})
        written.append(path)
    return written


def contents(
    con: Any, figures: Figures, period: str, as_of: datetime, *, is_final: bool
) -> Iterable[tuple[str, dict[str, Any]]]:
    """Returns per department that owes something its code and the content of its report: words and figures."""
    trend = _by_department(
        figures.table("report.trend", queries.TREND, ("department_code", "period"), TREND_KINDS, period=period)
    )
    compared = _by_department(_comparison(figures, period))
    actions = _by_department(_actions(figures, period))
    missing = _by_department(_records(con, queries.MISSING, period))
    gates = _by_department(_records(con, queries.GATES, period))
    left = _by_department(
        figures.table("report.open", queries.OPEN, ("department_code",), {"row_count": "count", "oldest_days": "count"})
    )
    rules = dict(con.execute("select rule_id, rule_title from meta.rule_versions").fetchall())
    feeds = dict(con.execute("select feed, title from meta.contract_versions").fetchall())
    month, moment = render("month", period)[0], render("moment", as_of)[0]
    for code, name in con.execute(
        """
        select department_code, department_name from marts.coverage_department_period
        where period = ? and due_feed_count > 0
        order by sort_order, department_code
        """,
        [period],
    ).fetchall():
        yield (
            code,
            {
                "title": text_pages.REPORT_TITLE.format(department=name),
                "note": text_pages.REPORT_NOTE.format(month=month, as_of=moment),
                "state": "" if is_final else text.SHEET_PROVISIONAL,
                "cards": _cards(trend[code], compared[code]),
                "trend": [_trend_row(row) for row in trend[code]],
                "comparison": [_comparison_row(row) for row in compared[code]],
                "actions": [
                    _action_row(number, row, missing[code], feeds, rules)
                    for number, row in enumerate(_shown(actions[code]), start=1)
                ],
                "total": _total(actions[code]),
                "gates": _gates(gates[code], trend[code][-1]),
                "open": _open(left[code]),
                "words": {
                    key.removeprefix("REPORT_").lower(): value
                    for key, value in vars(text_pages).items()
                    if key.startswith("REPORT_")
                },
            },
        )


def _by_department(rows: Iterable[Row]) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["department_code"]].append(row)
    return found


def _records(con: Any, sql: str, period: str) -> list[Row]:
    result = con.execute(sql, {"period": period})
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _comparison(figures: Figures, period: str) -> list[Row]:
    """Returns the measures of every department beside the average, in the order of ``MEASURES``."""
    found = []
    for measure in MEASURES:
        kind: Kind = "score" if measure == "score" else "rate"
        sql = f"select * from ({queries.COMPARISON}) where measure = '{measure}'"
        kinds: dict[str, Kind] = {"own": kind, "average": kind, "place": "rank", "compared": "count"}
        found += figures.table("report.compared", sql, ("department_code", "measure"), kinds, period=period)
    return found


def _actions(figures: Figures, period: str) -> list[Row]:
    sql = f"select * from ({queries.ACTIONS}) where place <= {SHOWN_ACTIONS} or action = 'all'"
    kinds: dict[str, Kind] = {"amount": "count", "score_after": "score", "gain": "score", "rank_after": "rank"}
    key = ("department_code", "action", "feed", "rule_id")
    return figures.table("report.action", sql, key, kinds, period=period)


def _cards(trend: Sequence[Row], compared: Sequence[Row]) -> list[list[Any]]:
    """Returns title, figure and remark of the three totals at the top: score, rank, collection."""
    this = trend[-1]
    score, collection = compared[0], compared[1]
    former = trend[-2]["rank"].text if len(trend) > 1 else text.NO_SHIFT
    average = text_pages.REPORT_AVERAGE
    return [
        [text_pages.REPORT_SCORE, this["score"], average.format(value=score["average"])],
        [text_pages.REPORT_RANK, this["rank"], text_pages.REPORT_FORMER_RANK.format(
            rank=former, compared=score["compared"])],
        [text_pages.REPORT_COLLECTION, this["collection_rate"], average.format(value=collection["average"])],
    ]  # fmt: skip


def _trend_row(row: Row) -> dict[str, Any]:
    return {
        "month": row["period"],
        "width": _share(row["score"]),
        "score": row["score"],
        "cells": [row["rank"], *(row[rate] for rate in RATES), row["submitted_rows"]],
    }


def _share(score: Figure) -> str:
    """Returns the length of a bar, per cent; no bar without a score."""
    return f"{score.printed:.1f}" if score.printed is not None else "0"


def _comparison_row(row: Row) -> list[Any]:
    """Returns measure, own value, average, how they compare, and the place."""
    own, average = row["own"], row["average"]
    if own.value is None or average.value is None:
        words = text.NO_DENOMINATOR
    else:  # as printed: two equal numbers are never called different
        more = own.printed - average.printed
        words = text_pages.REPORT_COMPARED[0 if more > 0 else 1 if more < 0 else 2]
    return [text_pages.REPORT_MEASURES[row["measure"]], own, average, words, row["place"]]


def _shown(actions: Sequence[Row]) -> list[Row]:
    return [row for row in actions if row["action"] != "all"][:SHOWN_ACTIONS]


def _action_row(
    number: int, row: Row, missing: Sequence[Row], feeds: Mapping[str, str], rules: Mapping[str, str]
) -> list[Any]:
    """Returns the step in words: what to do, how much there is, the score, gain and rank it would give."""
    feed = feeds.get(row["feed"], row["feed"])
    if row["action"] == "report":
        names = [m["domain_name"] for m in missing if m["feed"] == row["feed"] and m["domain_name"]]
        where = text_pages.REPORT_WHERE.format(domains=text.LIST_SEPARATOR.join(names)) if names else ""
        words = text_pages.REPORT_DO_REPORT.format(feed=feed, where=where)
        amount = text_pages.REPORT_ITEMS.format(count=row["amount"])
    elif row["action"] == "on_time":
        words, amount = text_pages.REPORT_DO_ON_TIME, text_pages.REPORT_ROWS.format(count=row["amount"])
    else:
        rule = rules.get(row["rule_id"], row["rule_id"])
        words = text_pages.REPORT_DO_MEND.format(feed=feed, rule=rule)
        amount = text_pages.REPORT_ROWS.format(count=row["amount"])
    return [str(number), words, amount, row["gain"], row["score_after"], row["rank_after"]]


def _total(actions: Sequence[Row]) -> str:
    """Returns the sentence under the steps: everything mended together, or that there is nothing to mend."""
    for row in actions:
        if row["action"] == "all":
            return text_pages.REPORT_TOTAL.format(score=row["score_after"], rank=row["rank_after"])
    return text_pages.REPORT_NOTHING


def _open(rows: Sequence[Row]) -> str:
    """Returns how much waits to be put right and since when, of all months."""
    if not rows:
        return text_pages.REPORT_OPEN_NONE
    return text_pages.REPORT_OPEN.format(count=rows[0]["row_count"], days=rows[0]["oldest_days"])


def _gates(rows: Sequence[Row], this: Row) -> str:
    """Returns the failed gates in one sentence; of many only the first are named."""
    if not this["submitted_rows"].value:
        return text_pages.REPORT_GATES_NOTHING
    if not rows:
        return text_pages.REPORT_GATES_PASSED
    items = [
        text_pages.REPORT_GATE.format(
            domain=f"“{row['domain_name']}”" if row["domain_name"] else "",
            feed=row["feed_title"],
            check=text.GATE_NAMES.get(row["check_name"], row["check_name"]),
        )
        for row in rows[:SHOWN_GATES]
    ]
    more = text_pages.REPORT_GATES_MORE if len(rows) > SHOWN_GATES else ""
    return text_pages.REPORT_GATES_FAILED.format(items=text.LIST_SEPARATOR.join(items), more=more)
