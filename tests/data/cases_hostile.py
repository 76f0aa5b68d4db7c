"""Cases: files made to do harm, and sizes beyond limits that are set low."""

from __future__ import annotations

from typing import Any

from tests.data.building import (
    HEADERS,
    ROW1,
    ROW2,
    ROW3,
    TABLE,
    Case,
    cells_xml,
    ods,
    package,
    raw_xlsx,
    row,
    text,
    xls,
    xlsx,
    xml,
)
from tests.unit.judging import FIRM

LAUGHS = (
    '<!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{i} "{"&a%s;" % (i - 1 if i > 1 else "") * 10}">' for i in range(1, 10))
    + "]>"
)
EXTERNAL = '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
BODY = cells_xml(TABLE)


def _refused(name: str, make: Any, end: str = "xlsx", batch: str = "X-READ", **more: Any) -> Case:
    return Case(name, make, end, 0, 0, "rejected", batch=batch, made_late=True, **more)


def _late(name: str, make: Any, end: str = "xlsx", **more: Any) -> Case:
    return Case(name, make, end, made_late=True, **more)


def _link_member() -> bytes:
    """Returns a zip that holds a symbolic link to a file of the system."""
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("甲.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return out.getvalue()


def _corner(cell: str) -> str:
    number = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return f'{BODY}<row r="{number}"><c r="{cell}" t="inlineStr"><is><t>x</t></is></c></row>'


def _marked(rows: str) -> bytes:
    """Returns a workbook whose only sheet pretends to be the mark of a receipt."""
    return raw_xlsx(rows, name="_xinyong")


HOSTILE = [
    _refused(
        "zip_bomb", lambda: package({"甲.csv": b"0," * 60_000_000}), "zip", limits={"max_unpacked_bytes": 10_000_000}
    ),
    _refused("zip_of_many_members", lambda: package({f"{i}.csv": b"a" for i in range(2001)}), "zip"),
    _refused("zip_link_member", _link_member, "zip", "X-HEADER"),
    _refused(
        "xlsx_bomb_in_strings",
        lambda: raw_xlsx(BODY, more={"xl/sharedStrings.xml": b"<x>" + b" " * 40_000_000}),
        limits={"max_unpacked_bytes": 20_000_000},
    ),
    _refused(
        "xlsx_bomb_in_sheet", lambda: raw_xlsx(BODY + " " * 40_000_000), limits={"max_unpacked_bytes": 20_000_000}
    ),
    _refused("xlsx_laughs_in_index", lambda: raw_xlsx(BODY, LAUGHS)),
    _refused("xlsx_external_entity_in_index", lambda: raw_xlsx(BODY, EXTERNAL)),
    _refused("xml_laughs", lambda: xml(TABLE, LAUGHS), "xml"),
    _refused("xml_external_entity", lambda: xml(TABLE, EXTERNAL), "xml"),
    _refused("xml_other_root_deeply_nested", lambda: b"<a>" * 200_000, "xml"),
    _late(
        "xml_deep_inside",
        lambda: xml(TABLE).replace(b"</Workbook>", b"<q>" * 5000 + b"</q>" * 5000 + b"</Workbook>"),
        "xml",
    ),
    _late("ods_laughs_unheard", lambda: ods(TABLE, LAUGHS), "ods"),
    _refused("xlsx_corner_to_corner", lambda: raw_xlsx(_corner("XFD1048576"))),
    _refused("xlsx_last_row_many_columns", lambda: raw_xlsx(_corner("SR1048576"))),
    _refused("xlsx_row_beyond_all", lambda: raw_xlsx(_corner("A99999999"))),
    _refused(
        "xls_far_corner", lambda: xls(TABLE, lambda b, s: s.write(65535, 255, "x")), "xls", limits={"max_columns": 100}
    ),
    _refused(
        "too_many_rows",
        lambda: xlsx([HEADERS, *([*r[:6], str(i)] for i in range(30) for r in TABLE[1:])]),
        limits={"max_rows": 50},
    ),
    _refused(
        "too_many_rows_csv",
        lambda: text([HEADERS, *([*r[:6], str(i)] for i in range(30) for r in TABLE[1:])]),
        "csv",
        limits={"max_rows": 50},
    ),
    _refused("too_many_columns", lambda: xlsx([[*r, *["x"] * 60] for r in TABLE]), limits={"max_columns": 50}),
    _refused(
        "too_many_columns_csv", lambda: text([[*r, *["x"] * 60] for r in TABLE]), "csv", limits={"max_columns": 50}
    ),
    _refused("too_many_bytes", lambda: text([*TABLE, *[ROW1] * 2000]), "csv", limits={"max_file_bytes": 100_000}),
    _refused("one_endless_line", lambda: b"a" * 3_000_000, "csv"),
    _refused("one_endless_cell", lambda: text() + b'"' + b"a" * 2_000_000 + b'"\r\n', "csv"),
    _late(
        "sheet_target_outside",
        lambda: raw_xlsx(BODY, target="../../../../etc/passwd"),
        rows=0,
        accepted=0,
        verdict="rejected",
        batch="X-READ",
    ),
    _late("sheet_named_by_sql", lambda: raw_xlsx(BODY, name="a'); drop table x; --")),
    _late(
        "header_by_sql",
        lambda: text([(*HEADERS, "x'); drop table quality.findings; --"), *((*r, "1") for r in TABLE[1:])]),
        "csv",
        verdict="accepted_with_remarks",
        batch="X-COLUMN",
    ),
    _late(
        "file_named_by_sql",
        lambda: text([HEADERS, ROW2, ROW3, ROW1]),
        "csv",
        file="行业评价结果'; drop table x; --.csv",
    ),
    _late("file_named_by_formula", lambda: text([HEADERS, ROW3, ROW2, ROW1]), "csv", file="=行业评价结果+cmd.csv"),
    _late(
        "file_named_by_line_break", lambda: text([HEADERS, ROW3, ROW1, ROW2]), "csv", file="行业评价结果\n\t\x07.csv"
    ),
    _late(
        "file_named_in_255_bytes",
        lambda: text([HEADERS, ROW2, ROW1, ROW3]),
        "csv",
        file="行业评价结果" + "长" * 77 + ".csv",
    ),
    _late("zip_member_name_of_300", lambda: package({"甲" * 300 + ".csv": text()}), "zip"),
    _late("zip_member_name_of_controls", lambda: package({"甲\n\x1b[31m.csv": text()}), "zip"),
    _late("sheet_name_of_300", lambda: raw_xlsx(BODY, name="表" * 300)),
    _late("cells_without_place", lambda: raw_xlsx(BODY.replace(' r="A2"', "").replace(' r="B2"', ""))),
    _refused(
        "string_index_beyond", lambda: raw_xlsx(cells_xml([HEADERS, row(name='<c r="@" t="s"><v>99999</v></c>')]))
    ),
    _late(
        "date_serial_beyond",
        lambda: raw_xlsx(cells_xml([HEADERS, row(day='<c r="@"><v>1E+300</v></c>'), ROW2, ROW3])),
        rows=3,
        accepted=2,
        verdict="accepted_with_remarks",
        found="2:evaluated_on:type",
    ),
    _late(
        "number_not_finite",
        lambda: raw_xlsx(cells_xml([HEADERS, row(score='<c r="@"><v>1E+999</v></c>'), ROW2, ROW3])),
        rows=3,
        accepted=2,
        verdict="accepted_with_remarks",
        found="2:score:type",
    ),
    _refused("mark_sheet_empty", lambda: _marked(""), batch="X-READ"),
    _refused("mark_sheet_one_cell", lambda: _marked(cells_xml([("submission_id",)])), batch="X-READ"),
    _refused("mark_sheet_far_corner", lambda: _marked(_corner("XFD1048576"))),
    _late(
        "formulas_of_all_sorts",
        lambda: text([HEADERS, row(name="+1+1"), row(ROW2, name="-1+1"), row(ROW3, name="\tx=1")]),
        "csv",
        verdict="accepted_with_remarks",
        found="2:enterprise_name:X-NAME 3:enterprise_name:X-NAME",
        spelled="4:enterprise_name:INVIS",
    ),
    _late(
        "direction_overrides",
        lambda: text([HEADERS, row(code="\u202e" + FIRM), ROW2, ROW3]),
        "csv",
        spelled="2:uscc:INVIS",
    ),
    _late(
        "lone_surrogate_in_xml",
        lambda: raw_xlsx(
            cells_xml([HEADERS, row(name="湖州甲&#xD800;"), ROW2, ROW3]).replace("&amp;#xD800;", "&#xD800;")
        ),
        rows=0,
        accepted=0,
        verdict="rejected",
        batch="X-READ",
    ),
]
