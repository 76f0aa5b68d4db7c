"""Returns the sheets of an Excel 2003 XML workbook (SpreadsheetML), which offices name .xls or .xlsx."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from ingest.errors import ReadError
from ingest.readers.cells import ERRORS, number_text
from ingest.readers.grid import Grid, Limits, Row, write_grid
from ingest.readers.sniff import text_encoding

NAMESPACE = "{urn:schemas-microsoft-com:office:spreadsheet}"
_EXCEL = "{urn:schemas-microsoft-com:office:excel}"
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def read_spreadsheetml(
    path: Path, source_file: str, scratch: Path, limits: Limits, head_only: bool = False
) -> list[Grid]:
    """Returns one grid per sheet that is not empty.

    Raises:
        ReadError: damaged, with entities or a document type, or beyond the limits.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError

    plain = scratch / "plain.xml"
    _to_utf8(path, plain)
    hidden = _hidden_sheets(plain)
    grids = []
    try:
        for number, (name, rows) in enumerate(_sheets(plain, limits)):
            folder = scratch / f"sheet{number:03d}"
            folder.mkdir()
            grid = write_grid(
                rows, folder, limits, source_file=source_file, sheet=name, is_hidden=name in hidden, head_only=head_only
            )
            if grid.head:
                grids.append(grid)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise ReadError(
            "the XML workbook cannot be read",
            "文件已损坏，或含有不允许的内容",
            where=source_file,
            got=type(error).__name__,
        ) from error
    finally:
        plain.unlink(missing_ok=True)
    return grids


def _to_utf8(path: Path, target: Path) -> None:
    """Writes the file as UTF-8 without its declaration, which may name an encoding that the parser lacks."""
    encoding = text_encoding(path)
    with path.open(encoding=encoding, newline="") as source, target.open("w", encoding="utf-8", newline="") as out:
        out.write(_DECLARATION.sub("", source.read(4096).lstrip("\ufeff"), count=1).lstrip())
        while chunk := source.read(1 << 20):
            out.write(chunk)


def _hidden_sheets(path: Path) -> set[str]:
    """Returns names of hidden sheets; the mark stands behind the rows, where streaming is done with the sheet."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, iterparse

    hidden: set[str] = set()
    name = ""
    try:
        for event, element in iterparse(path, events=("start", "end"), forbid_dtd=True):
            if event == "start" and element.tag == f"{NAMESPACE}Worksheet":
                name = str(element.get(f"{NAMESPACE}Name", ""))
            elif event == "end":
                if element.tag == f"{_EXCEL}Visible" and (element.text or "").strip() != "SheetVisible":
                    hidden.add(name)
                element.clear()
    except (ParseError, DefusedXmlException, ValueError):
        return hidden
    return hidden


def _sheets(path: Path, limits: Limits) -> Iterator[tuple[str, Iterator[tuple[int, Row]]]]:
    from defusedxml.ElementTree import iterparse

    events = iter(iterparse(path, events=("start", "end"), forbid_dtd=True))
    for event, element in events:
        if event == "start" and element.tag == f"{NAMESPACE}Worksheet":
            rows = _rows(events, limits)
            yield str(element.get(f"{NAMESPACE}Name", "")), rows
            for _ in rows:  # what the consumer left, so that the next sheet is found
                pass


def _rows(events: Iterator[tuple[str, Element]], limits: Limits) -> Iterator[tuple[int, Row]]:
    number = 0
    table: Element | None = None
    for event, element in events:
        if event == "start" and element.tag == f"{NAMESPACE}Table":
            table = element
        if event != "end":
            continue
        if element.tag == f"{NAMESPACE}Row":
            number = int(element.get(f"{NAMESPACE}Index", number + 1))
            yield number, _cells(element, limits)
            number += int(element.get(f"{NAMESPACE}Span", 0))
            if table is not None:
                table.clear()
        elif element.tag == f"{NAMESPACE}Worksheet":
            return


def _cells(row: Element, limits: Limits) -> Row:
    cells: Row = []
    for cell in row.iterfind(f"{NAMESPACE}Cell"):
        column = int(cell.get(f"{NAMESPACE}Index", len(cells) + 1))
        data = cell.find(f"{NAMESPACE}Data")
        text = None if data is None else _text(data)
        if text is not None:
            if not 1 <= column <= limits.columns:
                raise ReadError("too many columns", f"有数据的列超过 {limits.columns} 列", got=str(column))
            cells += [None] * (column - 1 - len(cells))
            cells[column - 1 :] = [text]
        across = int(cell.get(f"{NAMESPACE}MergeAcross", 0))
        cells += [None] * (min(column + across, limits.columns) - len(cells))
    return cells


def _text(data: Element) -> str | None:
    text = "".join(data.itertext())
    kind = data.get(f"{NAMESPACE}Type", "String")
    if not text:
        return None
    if kind == "Number":
        try:
            return number_text(float(text))
        except (ValueError, OverflowError):
            return text
    if kind == "DateTime":
        return text[:10] if text[10:19] in ("", "T00:00:00") else text[:19]
    if kind == "Boolean":
        return "TRUE" if text.strip() == "1" else "FALSE"
    if kind == "Error":
        return text if text in ERRORS else "#N/A"
    return text
