"""Returns what a figure is called in words, by its id: for the table of an amendment and the index of figures."""

from __future__ import annotations

from datetime import date
from typing import Any

from exports import text
from exports import text_issue as words
from exports.figures import FORMER, Figure, render

CHANGES = ("_growth", "_points")


class Labels:
    """The names of departments, domains and feeds of one release, to call its figures by."""

    def __init__(self, con: Any) -> None:
        self._departments = dict(
            con.execute("select department_code, department_name from meta.departments").fetchall()
        )
        self._domains = dict(con.execute("select domain_code, domain_name from meta.domains").fetchall())
        self._feeds = dict(con.execute("select feed, title from meta.contract_versions").fetchall())
        self._rules = dict(con.execute("select rule_id, rule_title from meta.rule_versions").fetchall())

    def of(self, figure: Figure) -> str:
        """Returns the name of a registered figure."""
        return self.of_id(figure.figure_id)

    def of_id(self, figure_id: str) -> str:
        """Returns the name of the figure with that id; the id itself is never shown to a reader of the notice."""
        own = figure_id.removeprefix(FORMER)
        if own in words.LABELS_ALONE:
            return words.LABELS_ALONE[own]
        subject, _, measure = own.rpartition(".")
        kind, _, key = subject.partition(".")
        return words.LABEL.format(subject=self._subject(kind, key), measure=_measure(measure))

    def _subject(self, kind: str, key: str) -> str:
        if kind == "department":
            return self._departments.get(key, key)
        if kind == "catalogue":
            return self._feeds.get(key, key)
        if kind == "trend":
            return words.LABEL_TREND.format(month=render("month", key)[0])
        if kind == "not_reported":
            department, domain, feed = key.split(".")
            pattern = words.LABEL_NOT_REPORTED if domain in self._domains else words.LABEL_NOT_REPORTED_DEPARTMENT
            return pattern.format(
                department=self._departments.get(department, department),
                domain=self._domains.get(domain, domain),
                feed=self._feeds.get(feed, feed),
            )
        if kind == "fault":
            feed, _, rest = key.partition(".")
            rule, _, severity = rest.rpartition(".")
            return words.LABEL_FAULT.format(
                feed=feed or text.FEED_UNKNOWN, rule=rule, severity=text.CODES["severity"].get(severity, severity)
            )
        if kind == "slip":
            department, _, day = key.partition(".")
            return words.LABEL_SLIP.format(
                department=self._departments.get(department, department), day=render("day", date.fromisoformat(day))[0]
            )
        if kind == "report":
            return self._of_report(*key.split("."))
        return words.LABEL_SUBJECTS.get(kind, kind)

    def _of_report(self, part: str, department: str, what: str = "", *rest: str) -> str:
        """Returns what a figure of a department's report is about."""
        name = self._departments.get(department, department)
        if part == "trend":
            return words.LABEL_REPORT_TREND.format(department=name, month=render("month", what)[0])
        if part == "open":
            return words.LABEL_REPORT_OPEN.format(department=name)
        if part == "compared":
            return words.LABEL_REPORT_COMPARED.format(department=name, measure=_measure(what))
        feed, rule = rest[0], ".".join(rest[1:])
        step = words.LABEL_REPORT_STEPS[what].format(feed=self._feeds.get(feed, feed), rule=self._rules.get(rule, rule))
        return words.LABEL_REPORT_ACTION.format(department=name, step=step)


def _measure(column: str) -> str:
    for ending in CHANGES:
        if column.endswith(ending):
            return words.LABELS.get(column.removesuffix(ending), column) + words.LABEL_CHANGE
    return words.LABELS.get(column, column)
