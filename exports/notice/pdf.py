"""Returns a notice as PDF in the layout of GB/T 9704-2012: the same parts as the Word document, set by typst."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from exports import charts_render, text
from exports.figures import Figure
from exports.notice.blocks import Annex, Notice, Table

TEMPLATE = "notice.typ"


def notice_pdf(notice: Notice, created: datetime) -> bytes:
    """Returns the bytes of the PDF; equal notices give equal bytes."""
    return charts_render.pdf(TEMPLATE, content_of(notice), created)


def content_of(notice: Notice) -> dict[str, Any]:
    """Returns a notice as plain data, as the template reads it."""
    return {
        "title": list(notice.title),
        "head": vars(notice.head) if notice.head else None,
        "last_sentence": notice.last_sentence,
        "paragraphs": [{"role": p.role, "lead": p.lead, "words": p.words} for p in notice.paragraphs],
        "annexes": [_annex(annex) for annex in notice.annexes],
    }


def _annex(annex: Annex) -> dict[str, Any]:
    return {
        "mark": text.ANNEX.format(number=str(annex.number)) if annex.number else "",
        "title": annex.title,
        "period": annex.period,
        "landscape": annex.landscape,
        "table": _table(annex.table) if annex.table else None,
        "empty": annex.empty,
        "notes": list(annex.notes),
        "charts": [{"caption": c.caption, "alt": c.alt, "svg": c.svg, "width": c.width_mm} for c in annex.charts],
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "header": list(table.header),
        "rows": [[cell.text if isinstance(cell, Figure) else str(cell) for cell in row] for row in table.rows],
        "widths": list(table.widths_mm),
        "left": list(table.left),
    }
