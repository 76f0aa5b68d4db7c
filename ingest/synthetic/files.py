"""Writes the files that departments send, in the forms that offices really use; the same rows give the same bytes."""

from __future__ import annotations

import csv
import io
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

Value = str | int | float | date | None
HEAD = 20_000  # rows of a part that pass through Python, and most rows of a workbook; the rest is copied by DuckDB
HEADER_ROWS = {"plain": 1, "titled": 3, "merged": 2}  # physical rows down to the last header row
GROUPS = (
    ("企业信息", ("enterprise_name", "uscc")),
    ("任务期限", ("task_start_on", "task_end_on")),
)  # of merged headers
NOTICE = "填报说明：请按统一模板填报，代码列设为文本格式"
SERIAL = "序号"  # running number in front of a titled table
FOOTNOTE = "注：本表由报送部门填报并负责解释"
# A date is native in a workbook: neither a spelling nor a finding.
BOM = {"utf-8-sig": b"\xef\xbb\xbf", "utf-16": b"\xff\xfe"}
CODEC = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}


@dataclass
class Part:
    """One table of a submission: a sheet, a member of an archive, or the whole file."""

    label: str
    columns: Sequence[tuple[str, str]]  # column, header, in the order of this part
    rows: list[dict[str, Value]]
    tail: str | None = None  # query for the rows after these, in the feed's column order; plain CSV only
    tail_rows: int = 0
    source_file: str = ""  # filled when written: name as the ledger knows it
    sheet: str = ""
    header_rows: int = 1
    extra: list[tuple[str, list[list[str]]]] = field(default_factory=list)  # further sheets: name, cells

    @property
    def row_count(self) -> int:
        """Data rows of the part."""
        return len(self.rows) + self.tail_rows


def _text(value: Value) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def csv_bytes(part: Part, encoding: str, delimiter: str = ",") -> bytes:
    """Returns the part's head as CSV, header first; quotes only where needed."""
    out = io.StringIO(newline="")
    # Office programs end lines with CR LF; where DuckDB copies a tail, all lines end as its do.
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n" if part.tail_rows else "\r\n")
    writer.writerow([header for _, header in part.columns])
    writer.writerows([_text(row.get(c)) for c, _ in part.columns] for row in part.rows)
    return BOM.get(encoding, b"") + out.getvalue().encode(CODEC.get(encoding, encoding))


def write_csv(path: Path, part: Part, encoding: str, delimiter: str, copy: Callable[[str, Path, str], None]) -> None:
    """Writes a CSV file: the head from Python, the tail as DuckDB copies it."""
    with path.open("wb") as handle:
        handle.write(csv_bytes(part, encoding, delimiter))
        if part.tail_rows and part.tail:
            scratch = path.with_suffix(".tail")
            copy(part.tail, scratch, delimiter)
            _append(handle, scratch, CODEC.get(encoding, encoding))
            scratch.unlink()


def _append(handle: IO[bytes], scratch: Path, codec: str) -> None:
    if codec == "utf-8":
        with scratch.open("rb") as source:
            shutil.copyfileobj(source, handle, 1 << 20)
        return
    with scratch.open(encoding="utf-8", newline="") as text:
        while chunk := text.read(1 << 20):
            handle.write(chunk.encode(codec))


def xlsx_bytes(parts: Sequence[Part], layout: str, title: str) -> bytes:
    """Returns a workbook with one sheet per part. Dates are native cells, numbers numbers, codes text."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
    book.set_properties({"created": datetime(2025, 1, 1, tzinfo=UTC), "title": title})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    centre = book.add_format({"align": "center", "bold": True})
    for part in parts:
        part.header_rows = HEADER_ROWS[layout]
        sheet = book.add_worksheet(part.sheet)
        columns = [("", SERIAL), *part.columns] if layout == "titled" else list(part.columns)
        headers = [header for _, header in columns]
        if layout == "titled":
            sheet.merge_range(0, 0, 0, len(headers) - 1, title, centre)
            sheet.merge_range(1, 0, 1, len(headers) - 1, NOTICE)
        if layout == "merged":
            _merged_header(sheet, columns, centre)
        else:
            sheet.write_row(part.header_rows - 1, 0, headers, centre)
        for r, row in enumerate(part.rows, start=part.header_rows):
            for c, (column, _) in enumerate(columns):
                value = row.get(column) if column else r - part.header_rows + 1
                if value is None or value == "":
                    continue
                if isinstance(value, date):
                    sheet.write_datetime(r, c, datetime(value.year, value.month, value.day), day)
                elif isinstance(value, str):
                    sheet.write_string(r, c, value)
                else:
                    sheet.write_number(r, c, value)
        if layout == "titled":
            sheet.write_string(part.header_rows + len(part.rows) + 1, 0, FOOTNOTE)
        for name, cells in part.extra:
            other = book.add_worksheet(name)
            for r, line in enumerate(cells):
                other.write_row(r, 0, line)
    book.close()
    return out.getvalue()


def _merged_header(sheet: Any, columns: Sequence[tuple[str, str]], style: Any) -> None:
    names = [c for c, _ in columns]
    grouped: dict[int, str] = {}
    for label, members in GROUPS:
        at = [names.index(m) for m in members if m in names]
        if len(at) == len(members) and at[-1] - at[0] == len(at) - 1:
            sheet.merge_range(0, at[0], 0, at[-1], label, style)
            grouped |= dict.fromkeys(at, label)
    for c, (_, header) in enumerate(columns):
        if c in grouped:
            sheet.write_string(1, c, header, style)
        else:
            sheet.merge_range(0, c, 1, c, header, style)


def spreadsheetml_bytes(part: Part) -> bytes:
    """Returns the part as SpreadsheetML 2003, the XML that old systems name .xls."""

    def cell(value: Value) -> str:
        if value is None or value == "":
            return "<Cell/>"
        if isinstance(value, date):
            return f'<Cell><Data ss:Type="DateTime">{value.isoformat()}T00:00:00.000</Data></Cell>'
        kind = "String" if isinstance(value, str) else "Number"
        return f'<Cell><Data ss:Type="{kind}">{escape(str(value))}</Data></Cell>'

    def lines() -> Iterator[str]:
        yield '<?xml version="1.0" encoding="UTF-8"?>\n<?mso-application progid="Excel.Sheet"?>\n'
        yield (
            '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
            'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">\n'
        )
        yield f"<Worksheet ss:Name={quoteattr(part.sheet)}><Table>\n"
        yield "<Row>" + "".join(cell(header) for _, header in part.columns) + "</Row>\n"
        for row in part.rows:
            yield "<Row>" + "".join(cell(row.get(c)) for c, _ in part.columns) + "</Row>\n"
        yield "</Table></Worksheet>\n</Workbook>\n"

    return "".join(lines()).encode()


def zip_files(path: Path, members: Sequence[tuple[str, bytes | Path]], at: datetime) -> None:
    """Writes an archive whose bytes depend on its members only."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name, (at.year, at.month, at.day, at.hour, at.minute, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=isinstance(content, Path)) as target:
                if isinstance(content, Path):
                    with content.open("rb") as source:
                        shutil.copyfileobj(source, target, 1 << 20)
                else:
                    target.write(content)


def stamp(path: Path, received_at: datetime) -> None:
    """Sets the modification time of a file, or of a folder and all it holds: what XINYONG_RECEIPT_CLOCK=mtime reads."""
    seconds = received_at.replace(tzinfo=UTC).timestamp()
    for inner in sorted(path.rglob("*")) if path.is_dir() else ():
        os.utime(inner, (seconds, seconds))
    os.utime(path, (seconds, seconds))
