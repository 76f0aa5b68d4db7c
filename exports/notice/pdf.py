"""Returns a notice as PDF in the layout of GB/T 9704-2012: the same parts as the Word document, set by typst."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from exports import charts_render, text
from exports.figures import Figure
from exports.notice.blocks import Annex, Head, Notice, Table

TEMPLATE = "notice.typ"


def notice_pdf(notice: Notice, created: datetime) -> bytes:
    """Returns the bytes of the PDF; equal notices give equal bytes."""
    return sections_pdf("".join(notice.title), notice.head, sections_of(notice), created)


def sections_pdf(title: str, head: Head | None, sections: Sequence[Mapping[str, Any]], created: datetime) -> bytes:
    """Returns the bytes of the PDF of a document that is given as ``sections_of`` gives a notice.

    Raises:
        ValueError: the typesetter had to leave something out, which it says in a warning.
    """
    content = {"title": title, "head": vars(head) if head else None, "sections": sections}
    return charts_render.pdf(TEMPLATE, content, created)


def sections_of(notice: Notice) -> list[dict[str, Any]]:
    """Returns a notice as plain data, as the template reads it: body and annexes, each with its parts in order."""
    end = notice.last_sentence
    body = [part("title", line) for line in notice.title]
    body += [part(p.role, p.words, p.lead, keep=place == end) for place, p in enumerate(notice.paragraphs)]
    return [section(body), *(section(list(_annex(a)), landscape=a.landscape) for a in notice.annexes)]


def section(parts: Sequence[Mapping[str, Any]], *, landscape: bool = False) -> dict[str, Any]:
    """Returns what stands on pages of one format; each section but the first begins a new page."""
    return {"landscape": landscape, "parts": list(parts)}


def part(role: str, words: Any, lead: str = "", *, keep: bool = False) -> dict[str, Any]:
    """Returns a paragraph; ``words`` are text or runs ``{words, bold}``, ``keep`` holds it on the page of the next."""
    return {"role": role, "words": words, "lead": lead, "keep": keep}


def table_part(
    header: Sequence[str], rows: Sequence[Sequence[str]], widths_mm: Sequence[float], left: Sequence[int]
) -> dict[str, Any]:
    """Returns a table; ``left`` names the columns that are not centred."""
    return {"role": "table", "header": header, "rows": rows, "widths": widths_mm, "left": left}


def _annex(annex: Annex) -> Iterator[dict[str, Any]]:
    yield part("annex_mark", text.ANNEX.format(number=str(annex.number)))
    yield part("blank", "")
    yield part("annex_title", annex.title)
    yield part("annex_period", annex.period)
    if annex.table is not None:
        yield _table(annex.table)
    elif annex.empty:
        yield part("body", annex.empty)
    for chart in annex.charts:
        yield {"role": "picture", "svg": chart.svg, "alt": chart.alt, "width": chart.width_mm}
        yield part("caption", chart.caption)
    for note in annex.notes:
        yield part("note", note)


def _table(table: Table) -> dict[str, Any]:
    rows = [[cell.text if isinstance(cell, Figure) else str(cell) for cell in row] for row in table.rows]
    return table_part(list(table.header), rows, list(table.widths_mm), list(table.left))
