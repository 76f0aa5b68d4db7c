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
from exports.figures import render
from exports.notice.blocks import Notice, Paragraph, Table
from exports.notice.layout import write_document

MOST_ROWS = 100  # printed on one slip; the workbook of the department has all of them
WIDTHS = (9, 24, 43, 35, 15, 30)  # mm, together the type area; a code of wide letters needs 43
# A removal is told on the day of its cause; an entry that was never admitted on the day its list was received.
SLIPS = """
    with told as (
        select c.domain_code, c.uscc, c.enterprise_name, c.changed_on as told_on, 'removed' as kind, c.reason_code
        from marts.positive_list_changes as c
        where c.change = 'removed' and c.period = (select period from meta.release)
        union all
        select p.domain_code, p.uscc, p.enterprise_name, cast(s.received_at + interval 8 hour as date) as told_on,
            p.status as kind, p.reasons[1] as reason_code
        from marts.positive_list as p
        inner join marts.submissions as s using (submission_id)
        where p.status in ('vetoed', 'ineligible') and s.period = (select period from meta.release)
            and not exists (
                select 1 from marts.positive_list_changes as c
                where c.domain_code = p.domain_code and c.uscc = p.uscc and c.change = 'removed'
                    and c.period = (select period from meta.release)
            )
    )

    select d.department_code, e.department_name, t.told_on, d.domain_name, t.uscc, t.enterprise_name, t.kind,
        coalesce(r.reason_zh, t.reason_code) as reason
    from told as t
    inner join meta.domains as d using (domain_code)
    inner join meta.departments as e on e.department_code = d.department_code
    left join meta.reason_codes as r using (reason_code)
    order by e.sort_order, d.department_code, t.told_on, d.domain_no, t.uscc
"""
_FETCHED = 10_000  # rows taken from the database at once


def write_slips(con: Any, folder: Path) -> list[Path]:
    """Returns the slips written below ``departments/<code>/`` of a release folder.

    Args:
        con: read-only connection to the release file.
        folder: of the release under construction.
    """
    created = con.execute("select as_of from meta.release").fetchall()[0][0]
    written = []
    for (code, name, day), rows in groupby(_rows(con), key=lambda row: row[:3]):
        target = folder / "departments" / code / words.SLIP_FOLDER / words.SLIP_FILE.format(day=day.isoformat())
        write_document(_slip(name, day, [row[3:] for row in rows]), target, created)
        written.append(target)
    return written


def _rows(con: Any) -> Iterator[tuple[Any, ...]]:
    with con.cursor() as cursor:
        cursor.execute(SLIPS)
        while batch := cursor.fetchmany(_FETCHED):
            yield from batch


def _slip(department: str, day: date | datetime, rows: Sequence[tuple[Any, ...]]) -> Notice:
    shown_day, _ = render("day", day)
    count, _ = render("count", len(rows))
    paragraphs = [
        Paragraph("blank"),
        Paragraph("recipient", words.SLIP_RECIPIENT.format(department=department)),
        Paragraph("body", words.SLIP_OPENING.format(day=shown_day, count=count)),
    ]
    if len(rows) > MOST_ROWS:
        most, _ = render("count", MOST_ROWS)
        paragraphs.append(Paragraph("body", words.SLIP_MORE.format(shown=most)))
    paragraphs.append(Paragraph("note", words.SLIP_NOTE))
    printed = [
        [str(number), domain, uscc, name or "", words.SLIP_KINDS[kind], reason or ""]
        for number, (domain, uscc, name, kind, reason) in enumerate(rows[:MOST_ROWS], start=1)
    ]
    return Notice((words.SLIP_TITLE,), paragraphs, table=Table(words.SLIP_HEADER, printed, WIDTHS, left=(1, 3, 5)))
