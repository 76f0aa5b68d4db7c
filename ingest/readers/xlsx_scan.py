"""Returns what must be known of an xlsx before calamine may open it: true size, error cells, date system, plainness.

calamine lays a sheet out as one dense block from the first to the last filled cell: two cells in opposite corners would
take hundreds of gigabytes. It also shows error cells as empty ones.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ingest.errors import ReadError
from ingest.readers.grid import Limits
from ingest.readers.package import ZIP_ERRORS

CHUNK = 1024 * 1024
INDEX_BYTES = 4 * CHUNK
"""Largest list of sheets or of relations."""
FREE_BYTES = 400 * CHUNK
"""Unpacked bytes that are never too many, beside what the ratio allows."""
OVERLAP = 4096
LAST_ROW = 1_048_576
"""Rows of a sheet, ECMA-376."""
MOST_CELLS = 200_000_000
"""Largest block of a sheet, cells: about 5 GB in calamine."""

# expressions that begin with letters are many times quicker than those that begin with a choice
_FAR_CELL = re.compile(rb'r="([A-Z]{2,3})[0-9]+"[^>]*[^/]>')
_FAR_ROW = re.compile(rb'r="[A-Z]{1,3}([0-9]{6,})"')
_FIRST_COLUMN = re.compile(rb'<c r="A[0-9]+"[^>]*[^/]>')
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]+)[0-9]+:([A-Z]+)[0-9]+"')
_ERROR = re.compile(
    rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*?\br="([A-Z]{1,3})([0-9]+)"[^>]*>(?:<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>))?'
    rb"<(?:\w+:)?v>([^<]{1,12})</"
)
_NO_VALUE = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\b[^>]*/>)(?:<(?:\w+:)?v>\s*</(?:\w+:)?v>|<(?:\w+:)?v/>)?</(?:\w+:)?c>"
)
_VALUES = ((b"</v>", 1), (b'="s"><v>', -1), (b'="str"><v>', -1))
"""What counts cells with a value, and those among them whose value is a text (ECMA-376 18.18.11)."""


@dataclass
class SheetScan:
    """What one sheet holds besides values."""

    is_1904: bool = False
    errors: dict[int, list[tuple[int, str]]] = field(default_factory=dict)  # row -> (column, text), 1-based
    formulas_without_value: int = 0
    columns: int = 26  # the sheet uses no more; smaller ones are not told apart
    rows: int = 99_999  # the same
    xml_bytes: int = 0
    is_plain: bool = False  # from column A on nothing but texts, nothing merged downwards


def scan_xlsx(path: Path, limits: Limits) -> dict[str, SheetScan]:
    """Returns the scan of every sheet by name.

    Raises:
        ReadError: damaged, or beyond the limits.
    """
    try:
        with zipfile.ZipFile(path) as package:
            packed = sum(i.compress_size for i in package.infolist())
            allowed = min(limits.unpacked_bytes, max(packed, 1) * limits.expansion + FREE_BYTES)
            sheets, is_1904 = _sheets(package)
            for member in package.namelist():  # whole in memory once calamine opens the file
                if member.lower().endswith(("sharedstrings.xml", "styles.xml")):
                    allowed -= _size(package, member, allowed)
            scans = {}
            for name, member in sheets.items():
                with package.open(member) as stream:
                    scan, size = _scan(stream, limits, allowed)
                allowed -= size
                scan.is_1904, scan.xml_bytes = is_1904, size
                scans[name] = scan
            return scans
    except ZIP_ERRORS as error:
        raise ReadError("the workbook is damaged", "文件已损坏，可能没有传完", got=str(error)[:200]) from error


def _sheets(package: zipfile.ZipFile) -> tuple[dict[str, str], bool]:
    """Returns member of each sheet by its name, and whether dates count from 1904."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    names = {n.replace("\\", "/").lower(): n for n in package.namelist()}
    workbook = next((n for n in names if n.startswith("xl/") and n.endswith("workbook.xml")), "xl/workbook.xml")
    folder, _, leaf = workbook.rpartition("/")
    try:
        book = fromstring(_read(package, names[workbook]), forbid_dtd=True)
        rels = fromstring(_read(package, names[f"{folder}/_rels/{leaf}.rels"]), forbid_dtd=True)
    except (ParseError, DefusedXmlException) as error:
        raise ReadError("the workbook is damaged", "文件已损坏", got=type(error).__name__) from error
    targets = {r.get("Id"): str(r.get("Target")) for r in rels}
    sheets: dict[str, str] = {}
    is_1904 = False
    for element in book.iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "workbookPr":
            is_1904 = element.get("date1904") in ("1", "true")
        elif tag == "sheet":
            rid = next((v for k, v in element.attrib.items() if k.endswith("}id")), None)
            target = targets.get(rid, "")
            member = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}"
            if member.lower() in names:
                sheets[str(element.get("name"))] = names[member.lower()]
    return sheets, is_1904


def _read(package: zipfile.ZipFile, name: str) -> bytes:
    with package.open(name) as stream:
        data = stream.read(INDEX_BYTES + 1)
    if len(data) > INDEX_BYTES:
        raise ReadError("an index of the workbook is too large", "文件结构异常")
    return data


def _size(package: zipfile.ZipFile, name: str, allowed: int) -> int:
    size = 0
    with package.open(name) as stream:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > allowed:
                raise ReadError("unpacks to too many bytes", "展开后过大，疑似异常文件", expected=str(allowed))
    return size


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _scan(stream: IO[bytes], limits: Limits, allowed: int) -> tuple[SheetScan, int]:
    scan = SheetScan()
    size = 0
    columns, rows = scan.columns, 1
    values = 0  # cells with a value that is no text
    begins, merged_down, is_prefixed = False, False, False
    tail = b""
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if size > allowed:
            raise ReadError("unpacks to too many bytes", "展开后过大，疑似异常文件", expected=str(allowed))
        text = tail + chunk
        columns = max(columns, *map(_column, set(_FAR_CELL.findall(text))), 0)
        rows = max(rows, *map(int, set(_FAR_ROW.findall(text))), 0)
        if _holds(text, b"</v>", b"v"):
            values += sum(sign * (text.count(tag) - tail.count(tag)) for tag, sign in _VALUES)
        begins = begins or _FIRST_COLUMN.search(text) is not None
        merged_down = merged_down or (_holds(text, b"mergeCell", b"m") and _merged_down(text))
        if b't="e"' in text:
            for match in _ERROR.finditer(text):
                place = (_column(match[1]), match[3].decode("ascii", "replace"))
                row = scan.errors.setdefault(int(match[2]), [])
                if place not in row:
                    row.append(place)
        is_prefixed = is_prefixed or (not tail and b"<worksheet" not in text)
        if _holds(text, b"<f", b"f") or (is_prefixed and b":f" in text):
            scan.formulas_without_value += sum(1 for m in _NO_VALUE.finditer(text) if m.end() > len(tail))
        tail = text[-OVERLAP:]
    if columns > limits.columns:
        raise ReadError("too many columns", f"有数据的列超过 {limits.columns} 列", got=str(columns))
    if rows > LAST_ROW or columns * rows > MOST_CELLS:
        raise ReadError("the sheet spans too many cells", "数据区域过大，疑似异常文件", got=f"{columns} x {rows}")
    scan.columns, scan.rows = columns, max(rows, scan.rows)
    scan.is_plain = begins and not merged_down and not values
    return scan, size


def _holds(text: bytes, tag: bytes, letter: bytes) -> bool:
    """Returns whether the tag is there; one letter of it, rare elsewhere, is found wanting far sooner."""
    return letter in text and tag in text


def _merged_down(text: bytes) -> bool:
    """Returns whether cells are merged downwards in one column, or in a way that is not understood here."""
    merged = _MERGED.findall(text)
    return len(merged) != text.count(b"<mergeCell ") or any(left == right for left, right in merged)
