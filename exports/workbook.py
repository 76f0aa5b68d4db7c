"""Returns spreadsheets and csv files: no cell is ever a formula, and the same rows give the same bytes."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any

from exports import text
from exports.figures import LOCAL_OFFSET, Figure
from exports.sheet_rows import CELL_LETTERS, Filling, QueryRows, fill, style_of
from exports.tables import quoted

SHEET_ROWS = 1_048_576  # rows of a worksheet, Office Open XML
SHORT_ROWS = 500  # up to here Python writes the rows of a query sooner than DuckDB has planned how to
SAMPLE_ROWS = 300  # rows that decide the width of a column
WIDEST, NARROWEST = 42, 6  # Latin letters; with wider columns a list printed on A4 gets too small to read
PADDING = 2
FONT_POINTS = 10
LINE_POINTS, MOST_LINES = 13.5, 30  # a row is at most 409 points high
DATE_FORMAT, TIME_FORMAT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
FIGURE_FORMATS = {"count": "0", "rank": "0", "rate": "0.00%", "score": "0.00"}  # as exports/figures.py prints them
FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"  # a spreadsheet may read a cell that begins so as a formula (CWE-1236)
BOM = "\ufeff"
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")  # letters that a workbook cannot hold: left out


@dataclass
class Sheet:
    """One worksheet: a title, a note, a header and rows, of a query or of Python.

    Cells are text, numbers, dates, lists or figures.
    """

    name: str
    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[Any]] | QueryRows
    notes: Sequence[str] = ()
    landscape: bool = True
    footnotes: Sequence[str] = ()
    widths: Mapping[int, float] = field(default_factory=dict)


def write_workbook(path: Path, sheets: Sequence[Sheet], created: datetime) -> None:
    """Writes an xlsx file; memory does not grow with the rows. ``created`` stands in its properties."""
    import xlsxwriter

    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_urls": False}) as book:
        book.set_properties({"created": created, "author": "", "comments": ""})
        book.formats[0].set_font_name("宋体")
        formats = {
            "title": book.add_format({"bold": True, "font_size": 16, "font_name": "黑体"}),
            "note": book.add_format({"font_color": "#595959", "font_name": "宋体", "font_size": 10}),
            "header": book.add_format(
                {
                    "bold": True,
                    "text_wrap": True,
                    "align": "center",
                    "valign": "vcenter",
                    "border": 1,
                    "bg_color": "#D9E2F3",
                    "font_name": "宋体",
                    "font_size": FONT_POINTS,
                }
            ),
            "text": _cell(book, "@", "left"),
            "center": _cell(book, "@", "center"),
            "number": _cell(book, "General", "right"),
            "date": _cell(book, DATE_FORMAT, "center"),
            "moment": _cell(book, TIME_FORMAT, "center"),
        } | {
            kind: _cell(book, pattern, "center" if kind == "rank" else "right")
            for kind, pattern in FIGURE_FORMATS.items()
        }
        written = {number: _write_sheet(book, sheet, formats) for number, sheet in enumerate(sheets, start=1)}
    fillings = {number: filling for number, filling in written.items() if filling}
    if fillings:
        fill(path, fillings, LINE_POINTS, MOST_LINES)


def _cell(book: Any, pattern: str, align: str) -> Any:
    return book.add_format(
        {
            "num_format": pattern,
            "align": align,
            "valign": "vcenter",
            "border": 1,
            "text_wrap": True,
            "font_name": "宋体",
            "font_size": FONT_POINTS,
        }
    )


def _write_sheet(book: Any, sheet: Sheet, formats: Mapping[str, Any]) -> Filling | None:
    """Returns what is still to be filled in: the rows of a query; others are written here."""
    page = book.add_worksheet(sheet.name)
    if isinstance(sheet.rows, QueryRows) and sheet.rows.count <= SHORT_ROWS:
        sheet = replace(sheet, rows=sheet.rows.sample(SHORT_ROWS))
    if isinstance(sheet.rows, QueryRows):
        rows: Iterator[Sequence[Any]] = iter(())
        sample: list[Sequence[Any]] = [*sheet.rows.sample(SAMPLE_ROWS)]
    else:
        rows = iter(sheet.rows)
        sample = list(islice(rows, SAMPLE_ROWS))
    widths = _widths(sheet, sample)
    for position, width in enumerate(widths):
        page.set_column(position, position, width)
    top = 1 + len(sheet.notes)
    page.freeze_panes(top + 1, 0)
    page.repeat_rows(top)
    page.set_paper(9)  # A4
    if sheet.landscape:
        page.set_landscape()
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)  # inches
    page.center_horizontally()
    page.fit_to_pages(1, 0)
    page.set_footer(f"&C{text.SHEET_FOOTER}")
    page.set_row(0, 28)
    page.write_string(0, 0, sheet.title, formats["title"])
    for number, note in enumerate(sheet.notes, start=1):
        page.write_string(number, 0, note, formats["note"])
    page.set_row(top, 32)
    for position, title in enumerate(sheet.header):
        page.write_string(top, position, title, formats["header"])
    if isinstance(sheet.rows, QueryRows):
        for position, (_, kind) in enumerate(sheet.rows.columns()):
            page.write_blank(top + 1, position, None, formats[style_of(kind)])
        page.autofilter(top, 0, top + sheet.rows.count, len(sheet.header) - 1)
        return Filling(sheet.rows, top, widths)
    line = top
    for row in chain(sample, rows):
        line += 1
        lines = _lines(row, widths)
        if lines > 1:
            page.set_row(line, lines * LINE_POINTS)
        for position, value in enumerate(row):
            _write_cell(page, line, position, value, formats)
    if line > top:
        page.autofilter(top, 0, line, len(sheet.header) - 1)
    for number, note in enumerate(sheet.footnotes, start=line + 1):
        page.write_string(number, 0, note, formats["note"])
    return None


def _write_cell(page: Any, line: int, position: int, value: Any, formats: Mapping[str, Any]) -> None:
    """Writes one cell by the type of its value; text is always written as text."""
    if isinstance(value, Figure):
        if value.printed is not None and value.kind in FIGURE_FORMATS:
            page.write_number(line, position, value.printed, formats[value.kind])
        else:
            page.write_string(line, position, value.text, formats["center"])
    elif value is None or value in ("", []):
        page.write_blank(line, position, None, formats["text"])
    elif isinstance(value, bool):
        page.write_string(line, position, text.YES_NO[value], formats["center"])
    elif isinstance(value, int | float | Decimal):
        page.write_number(line, position, value, formats["number"])
    elif isinstance(value, datetime):
        page.write_datetime(line, position, value + LOCAL_OFFSET, formats["moment"])
    elif isinstance(value, date):
        page.write_datetime(line, position, datetime(value.year, value.month, value.day), formats["date"])
    else:
        page.write_string(line, position, NOT_XML.sub("", plain(value))[:CELL_LETTERS], formats["text"])


def plain(value: Any) -> str:
    """Returns a value as text for people."""
    if isinstance(value, list | tuple):
        return text.LIST_SEPARATOR.join(plain(part) for part in value)
    return str(value)


def _lines(row: Sequence[Any], widths: Sequence[float]) -> int:
    """Returns how many lines a row needs: not every program finds the height of a wrapped row by itself."""
    needed = 1
    for value, width in zip(row, widths, strict=True):
        if isinstance(value, str | list | tuple):
            needed = max(needed, math.ceil(_display_width(plain(value)) / (width - 1)))
    return min(needed, MOST_LINES)


def _widths(sheet: Sheet, sample: Sequence[Sequence[Any]]) -> list[float]:
    widths = [float(_display_width(title)) for title in sheet.header]
    for row in sample:
        for position, value in enumerate(row):
            shown = (
                16 if isinstance(value, datetime) else 10 if isinstance(value, date) else _display_width(plain(value))
            )
            widths[position] = max(widths[position], shown)
    fitted = [min(max(width + PADDING, NARROWEST), WIDEST) for width in widths]
    return [sheet.widths.get(position, width) for position, width in enumerate(fitted)]


def _display_width(words: str) -> int:
    """Returns the width of a text in Latin letters; a Chinese letter, of three bytes, takes two."""
    return math.ceil((len(words) + len(words.encode())) / 2)


def write_csv(con: Any, query: str, path: Path) -> None:
    """Writes an ordered query as csv for machines: UTF-8 with BOM, English column names, lists joined by ``;``.

    A text that a spreadsheet would take for a formula gets a leading apostrophe.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = [(row[0], str(row[1])) for row in con.execute(f"describe {query}").fetchall()]
    starts = FORMULA_STARTS.replace("-", "\\-")
    selected = []
    for name, kind in columns:
        words = f"array_to_string({quoted(name)}, ';')" if kind.endswith("[]") else quoted(name)
        if kind.startswith("VARCHAR"):
            words = f"case when regexp_matches({words}, '^[{starts}]') then '''' || {words} else {words} end"
        selected.append(f"{words} as {quoted(name)}")
    body = path.with_name(f".{path.name}.body")
    con.execute(
        f"copy (select {', '.join(selected)} from ({query})) to '{str(body).replace(chr(39), chr(39) * 2)}' "
        "(format csv, header false, timestampformat '%Y-%m-%dT%H:%M:%SZ')"
    )
    with path.open("wb") as target, body.open("rb") as source:
        target.write((BOM + ",".join(name for name, _ in columns) + "\n").encode())
        shutil.copyfileobj(source, target)
    body.unlink()
