"""Returns the 否决/移出提示单: what changed on a department's positive lists, one slip per department and day.

Enterprises are named here, so a slip goes to the department concerned only, on the day it happens (semantics 7.3): a
close of an open period writes the slips of the days so far.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from exports import text_issue as words
from exports.figures import Figure, Figures, render
from exports.notice.blocks import Notice, Paragraph, Table
from exports.notice.layout import write_document
from exports.notice.queries import SLIP_COUNTS, SLIPS

MOST_ROWS = 100  # printed on one slip; the workbook of the department has all of them
WIDTHS = (9, 24, 43, 35, 15, 30)  # mm, together the type area; a code of wide letters needs 43
_FETCHED = 10_000  # rows taken from the database at once


def write_slips(con: Any, folder: Path) -> list[Path]:
    """Returns the slips written below ``departments/<code>/`` of a release folder, and where each number is from.

    Args:
        con: read-only connection to the release file.
        folder: of the release under construction.
    """
    created, name, period = con.execute("select as_of, release_name, period from meta.release").fetchall()[0]
    figures = Figures(con)
    counts = {
        (row["department_code"], row["told_on"]): row["told_count"]
        for row in figures.table("slip", SLIP_COUNTS, ("department_code", "told_on"), {"told_count": "count"})
    }
    written = []
    for (code, department, day), rows in groupby(_rows(con), key=lambda row: row[:3]):
        target = folder / "departments" / code / words.SLIP_FOLDER / words.SLIP_FILE.format(day=day.isoformat())
        count = counts[code, day.isoformat()]
        write_document(_slip(department, day, count, [row[3:8] for row in rows]), target, created)
        written.append(target)
    if written:
        path = folder / "departments" / words.SLIP_FIGURES
        figures.save(path, {"release_name": name, "period": period, "file": words.SLIP_FOLDER})
        written.append(path)
    return written


def _rows(con: Any) -> Iterator[tuple[Any, ...]]:
    with con.cursor() as cursor:
        cursor.execute(SLIPS)
        while batch := cursor.fetchmany(_FETCHED):
            yield from batch


def _slip(department: str, day: date | datetime, count: Figure, rows: Sequence[tuple[Any, ...]]) -> Notice:
    shown_day, _ = render("day", day)
    paragraphs = [
        Paragraph("blank"),
        Paragraph("recipient", words.SLIP_RECIPIENT.format(department=department)),
        Paragraph("body", words.SLIP_OPENING.format(day=shown_day, count=count)),
    ]
    if len(rows) > MOST_ROWS:
        most, _ = render("count", MOST_ROWS)
        paragraphs.append(Paragraph("body", words.SLIP_MORE.format(shown=most)))
    paragraphs.append(Paragraph("note", words.SLIP_NOTE + words.SLIP_FIGURE.format(figure_id=count.figure_id)))
    printed = [
        [str(number), domain, uscc, name or "", words.SLIP_KINDS[kind], reason or ""]
        for number, (domain, uscc, name, kind, reason) in enumerate(rows[:MOST_ROWS], start=1)
    ]
    return Notice((words.SLIP_TITLE,), paragraphs, table=Table(words.SLIP_HEADER, printed, WIDTHS, left=(1, 3, 5)))
