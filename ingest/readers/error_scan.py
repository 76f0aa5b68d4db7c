"""Returns the error cells of xls and xlsb workbooks: calamine gives them as empty ones, and #N/A is not nothing.

Only what is needed of [MS-CFB], [MS-XLS] and [MS-XLSB]; whether a workbook can be read at all is for calamine to say,
so whatever does not fit here yields no errors.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from defusedxml.ElementTree import ParseError, fromstring

from ingest.readers.grid import Limits
from ingest.readers.package import ZIP_ERRORS
from ingest.readers.xlsx_scan import SheetScan

ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip
"""Texts of the error values of both formats."""

Found = tuple[int, int, str]  # row and column from 1, text

_FREE = 0xFFFFFFF0  # sector numbers from here on end a chain or mean none
_WORKBOOK = "Workbook".encode("utf-16-le")
_BOF, _EOF, _BOUNDSHEET, _FORMULA, _BOOLERR = 0x0809, 0x000A, 0x0085, 0x0006, 0x0205
_BIFF8 = 0x0600
_CELL_ERROR, _FORMULA_ERROR, _ROW, _SHEET = 3, 11, 0, 156
_HINT_XLS = re.compile(rb"\x05\x02\x08\x00|\x02.[\x00\x07\x0f\x17\x1d\x24\x2a]...\xff\xff", re.DOTALL)
_HINT_XLSB = re.compile(rb"\x03\x09|\x0b", re.DOTALL)


def scan_errors(path: Path, kind: str, limits: Limits) -> dict[str, SheetScan]:
    """Returns the error cells of every sheet that has some, by its name.

    Args:
        path: of the workbook.
        kind: xls or xlsb; of other formats nothing is told.
        limits: a part of an xlsb that unpacks to more is not looked into.
    """
    scans: dict[str, SheetScan] = {}
    try:
        found = _of_xls(path.read_bytes()) if kind == "xls" else _of_xlsb(path, limits) if kind == "xlsb" else iter(())
        for sheet, (row, column, text) in found:
            scans.setdefault(sheet, SheetScan()).errors.setdefault(row, []).append((column, text))
    except (*ZIP_ERRORS, ParseError):
        return {}
    return scans


def _of_xls(data: bytes) -> Iterator[tuple[str, Found]]:
    stream = _workbook_stream(data)
    if not _HINT_XLS.search(stream):
        return
    for kind, at, _ in _records(stream, 0):
        if kind == _BOF and struct.unpack_from("<H", stream, at)[0] != _BIFF8:
            return
        if kind == _BOUNDSHEET:
            start, _, _, letters, wide = struct.unpack_from("<IBBBB", stream, at)
            name = stream[at + 8 : at + 8 + letters * (2 if wide & 1 else 1)]
            for found in _errors_of_sheet(stream, start):
                yield name.decode("utf-16-le" if wide & 1 else "latin-1"), found


def _errors_of_sheet(stream: bytes, start: int) -> Iterator[Found]:
    for kind, at, _ in _records(stream, start):
        if kind == _BOOLERR:
            row, column, _, value, is_error = struct.unpack_from("<HHHBB", stream, at)
            if is_error and value in ERRORS:
                yield row + 1, column + 1, ERRORS[value]
        elif kind == _FORMULA:
            row, column, tag, value, marker = struct.unpack_from("<HH2xBxB3xH", stream, at)
            if marker == 0xFFFF and tag == 2 and value in ERRORS:
                yield row + 1, column + 1, ERRORS[value]


def _records(stream: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """Yields type, place and length of the records of one substream."""
    at = start
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == _EOF:
            return
        yield kind, at + 4, length
        at += 4 + length


def _workbook_stream(data: bytes) -> bytes:
    """Returns the stream Workbook of an OLE container, empty if there is none."""
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    if size not in (512, 4096):
        return b""
    count, directory, _, cutoff, small_table = struct.unpack_from("<5I", data, 44)
    more, blocks = struct.unpack_from("<II", data, 68)
    listed = list(struct.unpack_from("<109I", data, 76))
    while more < _FREE and blocks and len(listed) <= len(data) // size:
        sectors = struct.unpack_from(f"<{size // 4}I", data, (more + 1) * size)
        listed += sectors[:-1]
        more, blocks = sectors[-1], blocks - 1
    table: list[int] = []
    for sector in listed[:count]:
        if sector < _FREE:
            table += struct.unpack_from(f"<{size // 4}I", data, (sector + 1) * size)
    entries = _chain(data[size:], size, table, directory)
    root = struct.unpack_from("<I", entries, 116)[0]
    for at in range(0, len(entries), 128):
        if entries[at : at + len(_WORKBOOK) + 2] == _WORKBOOK + b"\0\0":
            first, length = struct.unpack_from("<II", entries, at + 116)
            if length >= cutoff:
                return _chain(data[size:], size, table, first)[:length]
            links = _chain(data[size:], size, table, small_table)
            small = _chain(data[size:], size, table, root)
            return _chain(small, 64, struct.unpack(f"<{len(links) // 4}I", links), first)[:length]
    return b""


def _chain(sectors: bytes, size: int, table: Sequence[int], sector: int) -> bytes:
    """Returns the sectors that are linked from one on."""
    parts: list[bytes] = []
    while sector < len(table) and len(parts) <= len(table):
        parts.append(sectors[sector * size : (sector + 1) * size])
        sector = table[sector]
    return b"".join(parts)


def _of_xlsb(path: Path, limits: Limits) -> Iterator[tuple[str, Found]]:
    with zipfile.ZipFile(path) as package:
        relations = fromstring(package.read("xl/_rels/workbook.bin.rels"))
        targets = {r.get("Id"): r.get("Target") for r in relations}
        book = package.read("xl/workbook.bin")
        for kind, at, _ in _records12(book):
            if kind == _SHEET:
                relation, after = _wide(book, at + 8)
                name, _ = _wide(book, after)
                place = str(PurePosixPath("xl") / (targets[relation] or ""))
                if package.getinfo(place).file_size > limits.unpacked_bytes:
                    continue
                part, row = package.read(place), 0
                for cell, start, _ in _records12(part) if _HINT_XLSB.search(part) else ():
                    if cell == _ROW:
                        row = struct.unpack_from("<I", part, start)[0] + 1
                    elif cell in (_CELL_ERROR, _FORMULA_ERROR) and part[start + 8] in ERRORS:
                        column = struct.unpack_from("<I", part, start)[0] + 1
                        yield name, (row, column, ERRORS[part[start + 8]])


def _records12(part: bytes) -> Iterator[tuple[int, int, int]]:
    """Yields type, place and length of the records of a binary part; both numbers in groups of seven bits."""
    at = 0
    while at < len(part):
        kind, at = _number(part, at)
        length, at = _number(part, at)
        yield kind, at, length
        at += length


def _number(part: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        value |= (part[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if part[at - 1] < 0x80 or shift > 28:
            return value, at


def _wide(part: bytes, at: int) -> tuple[str, int]:
    """Returns a string and where it ends."""
    letters = struct.unpack_from("<I", part, at)[0]
    return part[at + 4 : at + 4 + 2 * letters].decode("utf-16-le"), at + 4 + 2 * letters
