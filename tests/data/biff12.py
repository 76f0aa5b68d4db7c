"""Writes xlsb workbooks part by part, as [MS-XLSB] describes them: no library writes that format."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Sequence
from io import BytesIO
from typing import Any

Rows = Sequence[Sequence[Any]]

# Record types of [MS-XLSB] 2.3.
ROW, CELL_ERROR, CELL_BOOL, CELL_REAL, CELL_TEXT, CELL_FORMULA_TEXT = 0, 3, 4, 5, 6, 8
BEGIN_SHEET, END_SHEET, BEGIN_BOOK, END_BOOK = 129, 130, 131, 132
BEGIN_SHEETS, END_SHEETS, BEGIN_DATA, END_DATA = 143, 144, 145, 146
DIMENSION, BOOK_PROPERTIES, SHEET, CALCULATION = 148, 153, 156, 157
HIDDEN = 1
NOT_AVAILABLE = 0x2A  # #N/A

NAMESPACE = "http://schemas.openxmlformats.org"
OFFICE = f"{NAMESPACE}/officeDocument/2006/relationships"
BINARY = "application/vnd.ms-excel"


def _varint(value: int) -> bytes:
    """Returns a number in groups of seven bits, the lowest first."""
    out = bytearray()
    while True:
        out.append((value & 0x7F) | (0x80 if value > 0x7F else 0))
        value >>= 7
        if not value:
            return bytes(out)


def record(kind: int, body: bytes = b"") -> bytes:
    """Returns one record: type, length, body."""
    return _varint(kind) + _varint(len(body)) + body


def wide(text: str) -> bytes:
    """Returns a string: number of UTF-16 units, then these."""
    encoded = text.encode("utf-16-le")
    return struct.pack("<I", len(encoded) // 2) + encoded


class Error:
    """An error cell: #N/A."""


class Formula(str):
    """A formula with the text that Excel last computed."""

    __slots__ = ()


def _cell(column: int, value: Any) -> bytes:
    head = struct.pack("<II", column, 0)
    if isinstance(value, bool):
        return record(CELL_BOOL, head + bytes([value]))
    if isinstance(value, int | float):
        return record(CELL_REAL, head + struct.pack("<d", value))
    if isinstance(value, Error):
        return record(CELL_ERROR, head + bytes([NOT_AVAILABLE]))
    if isinstance(value, Formula):  # flags, then an empty expression with no extra data
        return record(CELL_FORMULA_TEXT, head + wide(value) + struct.pack("<HII", 0, 0, 0))
    return record(CELL_TEXT, head + wide(value))


def _sheet(rows: Rows) -> bytes:
    widest = max((len(cells) for cells in rows), default=1)
    parts = [
        record(BEGIN_SHEET),
        record(DIMENSION, struct.pack("<IIII", 0, max(len(rows) - 1, 0), 0, max(widest - 1, 0))),
        record(BEGIN_DATA),
    ]
    for number, cells in enumerate(rows):
        parts.append(record(ROW, struct.pack("<IIHBBBI", number, 0, 300, 0, 0, 0, 0)))
        parts += [_cell(column, value) for column, value in enumerate(cells) if value not in (None, "")]
    return b"".join([*parts, record(END_DATA), record(END_SHEET)])


def xlsb(sheets: dict[str, Rows] | Rows, hidden: Sequence[str] = ()) -> bytes:
    """Returns a workbook; the same rows give the same bytes."""
    named = sheets if isinstance(sheets, dict) else {"数据": sheets}
    listed = b"".join(
        record(SHEET, struct.pack("<II", HIDDEN if name in hidden else 0, i) + wide(f"rId{i}") + wide(name))
        for i, name in enumerate(named, start=1)
    )
    book = b"".join(
        [
            record(BEGIN_BOOK),
            record(BOOK_PROPERTIES, bytes(8) + wide("")),
            record(BEGIN_SHEETS),
            listed,
            record(END_SHEETS),
            record(CALCULATION, bytes(26)),
            record(END_BOOK),
        ]
    )
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{i}.bin" ContentType="{BINARY}.worksheet"/>'
        for i in range(1, len(named) + 1)
    )
    relations = "".join(
        f'<Relationship Id="rId{i}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{i}.bin"/>'
        for i in range(1, len(named) + 1)
    )
    opening, package = '<?xml version="1.0" encoding="UTF-8"?>', f"{NAMESPACE}/package/2006"
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": f'{opening}<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="bin" ContentType="{BINARY}.sheet.binary.macroEnabled.main"/>{overrides}</Types>',
        "_rels/.rels": f'{opening}<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.bin"/></Relationships>',
        "xl/workbook.bin": book,
        "xl/_rels/workbook.bin.rels": f'{opening}<Relationships xmlns="{package}/relationships">'
        f"{relations}</Relationships>",
    }
    parts |= {f"xl/worksheets/sheet{i}.bin": _sheet(rows) for i, rows in enumerate(named.values(), start=1)}
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(zipfile.ZipInfo(name, (2025, 7, 1, 0, 0, 0)), content)
    return out.getvalue()
