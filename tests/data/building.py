"""Builders of corpus files: the same bytes whenever they are made."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from ingest.settings import Settings
from tests.unit.judging import COOP, FIRM, SHOP
from tests.unit.tables import csv_text, spreadsheetml

Rows = Sequence[Sequence[Any]]

DOMAIN = "企业环保领域"
UNIT = "市生态环境局"
HEADERS = ("行业领域评价结果名称", "企业名称", "统一社会信用代码", "评价时间", "评价部门", "评价等级", "评价分值")
ROW1 = (DOMAIN, "湖州甲乙丙丁有限公司", FIRM, "2025-06-20", UNIT, "A", "95")
ROW2 = (DOMAIN, "湖州吴兴某某商行", SHOP, "2025-06-19", UNIT, "B", "85")
ROW3 = (DOMAIN, "德清同名专业合作社", COOP, "2025-06-18", UNIT, "C", "70")
TABLE: Rows = (HEADERS, ROW1, ROW2, ROW3)
MADE_ON = datetime(2025, 7, 1)
CORPUS = Path(__file__).with_name("corpus")


@dataclass(frozen=True)
class Case:
    """One file and what must become of it.

    ``found`` and ``spelled`` list findings and normalisations as ``row:column:kind``, physical rows, columns of the
    contract; ``batch`` the rules broken by the file as a whole.
    """

    name: str
    make: Callable[[], bytes]
    end: str = "xlsx"
    rows: int = 3
    accepted: int = 3
    verdict: str = "accepted"
    found: str = ""
    spelled: str = ""
    batch: str = ""
    says: str = ""  # what a reason for the clerk must say, where several end in the same rule
    sender: str = "ecology_environment"
    title: str = "行业评价结果"  # what the file's name says
    file: str | None = None  # whole name, where it matters
    made_late: bool = False  # big or hostile: never stored, made when the test runs
    limits: dict[str, int] = field(default_factory=dict)  # settings of a home of its own

    @property
    def stored(self) -> str:
        """Name below ``tests/data/corpus``."""
        return f"{self.name}.{self.end}" if self.end else self.name

    @property
    def sent(self) -> str:
        """Name in the inbox."""
        return self.file or f"{self.title}_{self.stored}"


def kept(name: str, sha256: str) -> bytes:
    """Returns a stored file that another program wrote and no builder can write again, such as one under a password."""
    data = (CORPUS / name).read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError(f"{name} is not the file that was stored")
    return data


def drop(settings: Settings, sender: str, name: str, data: bytes, day: int) -> None:
    """Puts a file into the inbox for June 2025, as sent on that day of July."""
    path = settings.inbox / sender / "2025-06" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    when = datetime(2025, 7, day, 8, tzinfo=UTC).timestamp()
    os.utime(path, (when, when))


def row(base: Sequence[Any] = ROW1, **changes: Any) -> tuple[Any, ...]:
    """Returns a row with cells changed: domain, name, code, day, unit, grade, score."""
    places = ("domain", "name", "code", "day", "unit", "grade", "score")
    cells = list(base)
    for place, value in changes.items():
        cells[places.index(place)] = value
    return tuple(cells)


def text(rows: Rows = TABLE, encoding: str = "utf-8", delimiter: str = ",", end: str = "\r\n") -> bytes:
    """Returns a csv or tsv."""
    return csv_text(rows, delimiter, end).encode(encoding)


def xlsx(sheets: dict[str, Rows] | Rows = TABLE, dress: Callable[[Any, Any], None] | None = None, **more: Any) -> bytes:
    """Returns a workbook; ``dress(book, first sheet)`` adds what a plain table lacks, ``at`` shifts the table."""
    import xlsxwriter

    hidden, (top, left) = more.pop("hidden", ()), more.pop("at", (0, 0))
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd", **more})
    book.set_properties({"created": MADE_ON})
    for name, rows in (sheets if isinstance(sheets, dict) else {"数据": sheets}).items():
        sheet = book.add_worksheet(name)
        for r, cells in enumerate(rows):
            for c, value in enumerate(cells):
                if value is not None and value != "":
                    write = sheet.write_string if isinstance(value, str) else sheet.write
                    write(top + r, left + c, value)
        if name in hidden:
            sheet.hide()
    if dress:
        dress(book, book.worksheets()[0])
    book.close()
    return out.getvalue()


def xls(sheets: dict[str, Rows] | Rows = TABLE, dress: Callable[[Any, Any], None] | None = None) -> bytes:
    """Returns a workbook of Excel 97-2003."""
    import xlwt

    book = xlwt.Workbook()
    for name, rows in (sheets if isinstance(sheets, dict) else {"数据": sheets}).items():
        sheet = book.add_sheet(name)
        for r, cells in enumerate(rows):
            for c, value in enumerate(cells):
                if value is not None and value != "":
                    sheet.write(r, c, value)
    if dress:
        dress(book, book.get_sheet(0))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xml(sheets: dict[str, Rows] | Rows = TABLE, prolog: str = "", encoding: str = "utf-8", **more: Any) -> bytes:
    """Returns an Excel 2003 XML workbook."""
    named = sheets if isinstance(sheets, dict) else {"数据": sheets}
    return spreadsheetml(named, prolog, **more).encode(encoding)


def package(members: dict[str, bytes | str], level: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Returns a zip whose members all date from 1980."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", level) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = level
            archive.writestr(info, data)
    return out.getvalue()


def gbk_package(members: dict[str, bytes]) -> bytes:
    """Returns a zip as old Windows programs write it: names in GBK, not marked as UTF-8."""
    plain = {f"{i:0{len(name.encode('gbk'))}d}": name.encode("gbk") for i, name in enumerate(members)}
    data = package(dict(zip(plain, members.values(), strict=True)))
    for number, name in plain.items():
        data = data.replace(number.encode(), name)
    return data


def ods(rows: Rows = TABLE, prolog: str = "", name: str = "数据") -> bytes:
    """Returns an OpenDocument workbook with one sheet of texts."""
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(str(v))}</text:p></table:table-cell>'
            if v not in (None, "")
            else "<table:table-cell/>"
            for v in line
        )
        + "</table:table-row>"
        for line in rows
    )
    space = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{space}:office:1.0" xmlns:table="{space}:table:1.0" '
        f'xmlns:text="{space}:text:1.0"><office:body><office:spreadsheet><table:table table:name="{name}">'
        f"{cells}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifest = f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{space}:manifest:1.0"/>'
    return package(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f'<?xml version="1.0" encoding="UTF-8"?>{prolog}{content}',
            "META-INF/manifest.xml": manifest,
        }
    )


_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def cells_xml(rows: Rows, first: int = 1) -> str:
    """Returns the rows of a sheet as inline strings; a value that begins with ``<c`` is taken as it is."""
    lines = []
    for number, values in enumerate(rows, start=first):
        cells = "".join(
            v.replace("@", f"{chr(65 + i)}{number}", 1)
            if str(v).startswith("<c")
            else f'<c r="{chr(65 + i)}{number}" t="inlineStr"><is><t>{escape(str(v))}</t></is></c>'
            for i, v in enumerate(values)
            if v not in (None, "")
        )
        lines.append(f'<row r="{number}">{cells}</row>')
    return "".join(lines)


def raw_xlsx(
    sheet_data: str,
    prolog: str = "",
    target: str = "worksheets/sheet1.xml",
    before: str = "",
    more: dict[str, bytes | str] | None = None,
    properties: str = "",
    name: str = "数据",
) -> bytes:
    """Returns a workbook written by hand, for what no writer would write."""
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    members: dict[str, bytes | str] = {
        "[Content_Types].xml": f'{head}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'{head}<Relationships xmlns="{_REL.replace("officeDocument", "package")}">'
        f'<Relationship Id="rId1" Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{head}{prolog}<workbook {_MAIN} xmlns:r="{_REL}">{properties}<sheets>'
        f'<sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{head}<Relationships xmlns="{_REL.replace("officeDocument", "package")}">'
        f'<Relationship Id="rId1" Type="{_REL}/worksheet" Target="{target}"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"{head}<worksheet {_MAIN}>{before}<sheetData>{sheet_data}</sheetData></worksheet>",
    }
    return package(members | (more or {}))
