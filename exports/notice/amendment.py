"""Returns the body of a 更正通报: which issued figures changed, why, and what holds now (semantics 7.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from exports import text
from exports import text_issue as words
from exports.figures import FORMER, Figure, Figures
from exports.notice.blocks import Annex, Paragraph, Table
from exports.notice.body import attachments, closing, overview, proposals
from exports.notice.facts import Facts
from exports.notice.issuing import Issue
from exports.notice.labels import Labels
from exports.workbook import Sheet

AMENDMENT_WIDTHS = (12, 84, 30, 30)  # mm, together the type area
ANNEX_NUMBER = 5  # after the four annexes of every notice, which keep their numbers
# Neither a change by itself: what the document says of its own time, and what belongs to one document alone.
UNCOMPARED = ("notice.as_of", "notice.day")
OWN = (FORMER, "amendment.")


@dataclass(frozen=True)
class Former:
    """The notice of a period that was issued last."""

    number: str
    kind: str  # notice | amendment
    day: date
    as_of: datetime
    release_name: str
    figures: Sequence[Mapping[str, Any]]  # of its figures.json


@dataclass(frozen=True)
class Change:
    """One figure that is printed otherwise than before; None: it was, or is, not printed at all."""

    figure_id: str
    before: Mapping[str, Any] | None
    after: Figure | None


@dataclass(frozen=True)
class Amended:
    """The body of an amendment and its table."""

    paragraphs: list[Paragraph]
    annex: Annex
    rows: list[list[Any]]


def read_figures(path: Path) -> list[dict[str, Any]]:
    """Returns the figures that a notice printed, from the ``figures.json`` beside it."""
    figures: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["figures"]
    return figures


def changed_figures(former: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> list[str]:
    """Returns the ids of the figures whose printed text differs: those of now in their order, then those gone."""
    before = {entry["figure_id"]: entry["text"] for entry in former if _is_compared(entry["figure_id"])}
    after = {entry["figure_id"]: entry["text"] for entry in now if _is_compared(entry["figure_id"])}
    found = [figure_id for figure_id, printed in after.items() if before.get(figure_id) != printed]
    return found + [figure_id for figure_id in before if figure_id not in after]


def _changes(former: Former, figures: Figures) -> list[Change]:
    before = {entry["figure_id"]: entry for entry in former.figures}
    after = {figure.figure_id: figure for figure in figures.all()}
    now = [{"figure_id": figure_id, "text": figure.text} for figure_id, figure in after.items()]
    return [Change(f, before.get(f), after.get(f)) for f in changed_figures(former.figures, now)]


def _is_compared(figure_id: str) -> bool:
    return figure_id not in UNCOMPARED and not figure_id.startswith(OWN)


def amendment(facts: Facts, figures: Figures, former: Former, labels: Labels, issue: Issue | None) -> Amended:
    """Returns the amendment of a former notice by the facts of now.

    Args:
        facts: of the release in force.
        figures: the registry in which those facts are; figures of the former notice are added to it.
        former: what was issued last.
        labels: names of figures.
        issue: None for a draft.
    """
    found = _changes(former, figures)
    rows: list[list[Any]] = []
    for number, change in enumerate(found, start=1):
        before = figures.former(change.before, former.release_name) if change.before else words.ABSENT
        rows.append([str(number), labels.of_id(change.figure_id), before, change.after or words.ABSENT])
    paragraphs = [
        *_opening(facts, figures, former),
        Paragraph("heading", words.AMENDMENT_CONTENT),
        *_content(figures, found, rows),
        Paragraph("heading", words.AMENDMENT_REASON),
        Paragraph("body", _reason(facts, figures, former)),
        Paragraph("heading", words.AMENDMENT_NOW),
        *overview(facts),
        Paragraph("heading", words.AMENDMENT_OTHER),
        Paragraph("body", words.AMENDMENT_VALID),
        *(Paragraph("body", sentence) for sentence in proposals(facts, issue)),
        *attachments([*text.ATTACHMENTS, words.CHARTS_TITLE, words.AMENDMENT_ANNEX]),
        *closing(),
    ]
    annex = Annex(
        ANNEX_NUMBER,
        words.AMENDMENT_ANNEX,
        text.ANNEX_PERIOD.format(month=facts.month),
        Table(words.AMENDMENT_HEADER, rows, AMENDMENT_WIDTHS, left=(1,)),
        notes=words.AMENDMENT_NOTES,
    )
    return Amended(paragraphs, annex, rows)


def amendment_sheet(amended: Amended, notes: Sequence[str]) -> Sheet:
    """Returns the table of an amendment as a worksheet."""
    title = words.AMENDMENT_ANNEX
    return Sheet(title, title, words.AMENDMENT_HEADER, amended.rows, notes, footnotes=words.AMENDMENT_NOTES)


def _opening(facts: Facts, figures: Figures, former: Former) -> list[Paragraph]:
    title = words.FORMER_TITLE.format(month=facts.month, kind=words.KINDS[former.kind])
    day = figures.one("amendment.former_day", "day", "select $day::date", day=former.day)
    sentence = words.AMENDMENT_OPENING.format(title=title, number=former.number, day=day, as_of=facts.as_of)
    draft = text.NOTICE_DRAFT if facts.is_final else text.NOTICE_PROVISIONAL
    return [
        Paragraph("draft", draft),
        Paragraph("blank"),
        Paragraph("recipient", text.NOTICE_RECIPIENT),
        Paragraph("body", sentence),
    ]


def _content(figures: Figures, found: Sequence[Change], rows: Sequence[Sequence[Any]]) -> list[Paragraph]:
    """Returns how many figures changed, and those of the whole city one by one."""
    count = figures.one("amendment.count", "count", "select $changed_figures::bigint", changed_figures=len(found))
    main = [row for change, row in zip(found, rows, strict=True) if change.figure_id.startswith("programme.")]
    lead = words.AMENDMENT_COUNT.format(count=count) + (words.AMENDMENT_MAIN if main else words.AMENDMENT_NOT_MAIN)
    items = [
        words.AMENDMENT_ITEM.format(number=str(number), label=label, before=before, after=after)
        for number, (_, label, before, after) in enumerate(main, start=1)
    ]
    return [Paragraph("body", sentence) for sentence in (lead, *items)]


def _reason(facts: Facts, figures: Figures, former: Former) -> str:
    """Returns what arrived between the two times, or that nothing did."""
    later = (
        "from marts.submissions where period = $period and received_at > $former_as_of::timestamp "
        "and verdict <> 'rejected'"
    )
    bound = {"period": facts.period, "former_as_of": former.as_of.isoformat()}
    then = figures.one("amendment.former_as_of", "moment", "select $as_of::timestamp", as_of=former.as_of)
    names = figures.rows(
        f"select p.department_name from meta.departments as p "
        f"where p.department_code in (select department_code {later}) order by p.sort_order",
        **bound,
    )
    if not names:
        return words.AMENDMENT_NO_LATER.format(former=then, as_of=facts.as_of, month=facts.month)
    count = figures.one("amendment.later_submissions", "count", f"select count(*) {later}", **bound)
    departments = text.LIST_SEPARATOR.join(name for (name,) in names)
    return words.AMENDMENT_LATER.format(
        former=then, as_of=facts.as_of, month=facts.month, count=count, departments=departments
    )
