"""Builders of the files that departments send, right and broken; everything is made when a test runs."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter

HEADERS = ("行业领域名称", "企业名称", "统一社会信用代码", "发布日期", "备注")
DOMAIN = "产品质量领域"
FIRST = (DOMAIN, "湖州甲有限公司", "91330502MATEXT01XA", "2025-06-03", "")
SECOND = (DOMAIN, "湖州乙（集团）有限公司", "92330503MATEXT028M", "2025-06-04", "一类")
THIRD = ("电梯等特种设备领域", "湖州丙厂", "93330521MATEXT036F", "2025-06-05", "")


def csv_text(rows: Sequence[Sequence[Any]], delimiter: str = ",", end: str = "\r\n") -> str:
    """Returns the rows as csv; cells are quoted where needed."""

    def cell(value: Any) -> str:
        text = str(value)
        return '"' + text.replace('"', '""') + '"' if any(c in text for c in (delimiter, '"', "\n")) else text

    return "".join(delimiter.join(map(cell, row)) + end for row in rows)


def write_csv(path: Path, rows: Sequence[Sequence[Any]], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    """Returns the csv file."""
    path.write_bytes(csv_text(rows, delimiter).encode(encoding))
    return path


def write_xlsx(path: Path, sheets: dict[str, Sequence[Sequence[Any]]], **options: Any) -> Path:
    """Returns the workbook; ``hidden`` names hidden sheets, ``merged`` a range and its text."""
    hidden, merged = options.pop("hidden", ()), options.pop("merged", None)
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd", **options})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if value is not None and value != "":
                    sheet.write(number, column, value)
        if merged:
            sheet.merge_range(*merged)
        if name in hidden:
            sheet.hide()
    book.close()
    return path


def write_xls(path: Path, sheets: dict[str, Sequence[Sequence[Any]]]) -> Path:
    """Returns a workbook of Excel 97-2003."""
    import xlwt

    book = xlwt.Workbook()
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if value is not None and value != "":
                    sheet.write(number, column, value)
    book.save(str(path))
    return path


def spreadsheetml(sheets: dict[str, Sequence[Sequence[Any]]], prolog: str = "", hidden: Sequence[str] = ()) -> str:
    """Returns an Excel 2003 XML workbook; ``prolog`` stands before its root."""

    def cell(value: Any) -> str:
        if value is None or value == "":
            return "<Cell/>"
        kind = "Number" if isinstance(value, int | float) else "String"
        return f'<Cell><Data ss:Type="{kind}">{escape(str(value))}</Data></Cell>'

    def sheet(name: str, rows: Sequence[Sequence[Any]]) -> str:
        body = "".join(f"<Row>{''.join(map(cell, row))}</Row>" for row in rows)
        mark = "<x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions>" if name in hidden else ""
        return f'<Worksheet ss:Name="{escape(name)}"><Table>{body}</Table>{mark}</Worksheet>'

    spaces = (
        'xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:x="urn:schemas-microsoft-com:office:excel"'
    )
    return f"{prolog}<Workbook {spaces}>{''.join(sheet(n, r) for n, r in sheets.items())}</Workbook>"


def write_zip(path: Path, members: dict[str, bytes], encoding: str = "utf-8") -> Path:
    """Returns the zip; in gbk the names are written as old Windows programs do, without the UTF-8 mark."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in members.items():
            if encoding == "utf-8":
                package.writestr(name, data)
            else:
                package.writestr(name.encode(encoding).decode("cp437"), data)
    if encoding != "utf-8":  # zipfile marks every name that is not ASCII as UTF-8 and writes it so
        _rename_raw(path, list(members), encoding)
    return path


def _rename_raw(path: Path, names: list[str], encoding: str) -> None:
    import struct

    data = path.read_bytes()
    for name in names:
        marked = name.encode(encoding).decode("cp437").encode("utf-8")
        plain = name.encode(encoding)
        data = data.replace(marked, plain)
    # lengths and flags of local and central headers
    out = bytearray(data)
    for signature, flags, length, body in ((b"PK\x03\x04", 6, 26, 30), (b"PK\x01\x02", 8, 28, 46)):
        at = -1
        while (at := out.find(signature, at + 1)) >= 0:
            struct.pack_into("<H", out, at + flags, struct.unpack_from("<H", out, at + flags)[0] & ~0x800)
            for name in names:
                if out[at + body : at + body + len(name.encode(encoding))] == name.encode(encoding):
                    struct.pack_into("<H", out, at + length, len(name.encode(encoding)))
    central = out.find(b"PK\x01\x02")
    end = out.find(b"PK\x05\x06")
    struct.pack_into("<II", out, end + 12, end - central, central)
    # offsets of the local headers, in order
    locals_at = [i for i in range(central) if out[i : i + 4] == b"PK\x03\x04"]
    at = central
    for offset in locals_at:
        struct.pack_into("<I", out, at + 42, offset)
        at = out.find(b"PK\x01\x02", at + 4)
    path.write_bytes(bytes(out))
