"""Cases: what the cells of a table hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.data.building import HEADERS, ROW2, ROW3, TABLE, Case, cells_xml, raw_xlsx, row, text, xlsx
from tests.unit.judging import FIRM

DAY = "evaluated_on"
SERIAL = (dt.date(2025, 6, 20) - dt.date(1899, 12, 30)).days


def _dates(name: str, values: list[Any], kinds: str, make: Callable[..., bytes] = xlsx, **more: Any) -> Case:
    """Returns a case whose rows differ in their date; ``kinds`` lists a kind per row, lower case: a finding."""
    rows = [row(day=v, name="湖州甲乙丙丁有限公司", score=str(50 + i)) for i, v in enumerate(values)]
    spelled = [f"{i}:{DAY}:{k}" for i, k in enumerate(kinds.split(), 2) if k.isupper() and k != "-"]
    return Case(
        name, partial(make, [HEADERS, *rows]), rows=len(rows), accepted=len(rows), spelled=" ".join(spelled), **more
    )


DATES = [
    _dates("date_cells", [dt.date(2025, 6, d) for d in (1, 2, 3)], "- - -"),
    _dates("date_cells_with_time", [dt.datetime(2025, 6, d, 8, 30) for d in (1, 2, 3)], "- - -"),
    _dates(
        "date_column_mixed",
        [dt.date(2025, 6, 1), SERIAL - 5, "2025/6/3", "20250604", "2025年6月5日"],
        "- DATE_SERIAL DATE_FORM DATE_FORM DATE_FORM",
    ),
    _dates(
        "date_texts",
        ["2025-6-1", "2025.6.2", "2025/06/03", "2025-6-4 0:00:00", "２０２５－０６－０５"],
        "DATE_FORM DATE_FORM DATE_FORM DATE_FORM WIDTH",
    ),
    _dates(
        "date_serials_as_text",
        [str(SERIAL - d) for d in (1, 2, 3)],
        "DATE_SERIAL DATE_SERIAL DATE_SERIAL",
        text,
        end="csv",
    ),
    Case(
        "date_month_only",
        partial(xlsx, [HEADERS, row(day="2025年5月"), row(ROW2, day="202504"), row(ROW3, day="2025-03")]),
        verdict="accepted_with_remarks",
        found=" ".join(f"{r}:{DAY}:DATE_MONTH" for r in (2, 3, 4)),
    ),
    Case(
        "date_month_2015",
        partial(text, [HEADERS, row(day="2015年8月"), ROW2, ROW3], "gb18030"),
        "csv",
        verdict="accepted_with_remarks",
        found=f"2:{DAY}:DATE_MONTH",
    ),
    Case(
        "date_impossible",
        partial(text, [HEADERS, row(day="2025-02-30"), ROW2, ROW3]),
        "csv",
        3,
        2,
        "accepted_with_remarks",
        f"2:{DAY}:type",
    ),
    Case(
        "date_in_words",
        partial(text, [HEADERS, row(day="近期"), ROW2, ROW3]),
        "csv",
        3,
        2,
        "accepted_with_remarks",
        f"2:{DAY}:type",
    ),
    Case(
        "date_future",
        partial(text, [HEADERS, row(day="2025-12-31"), ROW2, ROW3]),
        "csv",
        3,
        2,
        "accepted_with_remarks",
        f"2:{DAY}:X-FUTURE",
    ),
    Case(
        "date_sentinels_open_end",
        lambda: text(
            [
                (*HEADERS, "有效期止"),
                *((*r, v) for r, v in zip(TABLE[1:], ("9999-12-31", "长期", "2099-12-31"), strict=True)),
            ]
        ),
        "csv",
        spelled=" ".join(f"{r}:valid_to:SENTINEL" for r in (2, 3, 4)),
    ),
    Case(
        "date_sentinel_required",
        partial(text, [HEADERS, row(day="1900-1-1"), ROW2, ROW3]),
        "csv",
        3,
        2,
        "accepted_with_remarks",
        f"2:{DAY}:required",
        f"2:{DAY}:SENTINEL",
    ),
]


def _cell(xml_text: str, **changes: Any) -> bytes:
    """Returns a hand-written workbook whose first row has one cell given as XML."""
    return raw_xlsx(cells_xml([HEADERS, row(**{next(iter(changes)): xml_text}), ROW2, ROW3]))


CELLS = [
    Case("formula_with_value", lambda: _cell('<c r="@"><f>90+5</f><v>95</v></c>', score=0)),
    Case("formula_text_with_value", lambda: _cell(f'<c r="@" t="str"><f>UPPER("x")</f><v>{FIRM}</v></c>', code=0)),
    Case(
        "formula_without_value",
        lambda: _cell('<c r="@"><f>90+5</f></c>', score=0),
        verdict="accepted_with_remarks",
        batch="X-SHEET",
    ),
    Case(
        "formula_without_value_required",
        lambda: _cell('<c r="@"><f>VLOOKUP(1,A:B,2)</f><v></v></c>', grade=0),
        "xlsx",
        3,
        2,
        "accepted_with_remarks",
        "2:grade:required",
        batch="X-SHEET",
    ),
    Case(
        "error_cell",
        lambda: _cell('<c r="@" t="e"><f>1/0</f><v>#DIV/0!</v></c>', score=0),
        "xlsx",
        3,
        2,
        "accepted_with_remarks",
        "2:score:type",
    ),
    Case(
        "error_cell_in_grade",
        lambda: _cell('<c r="@" t="e"><v>#N/A</v></c>', grade=0),
        "xlsx",
        3,
        2,
        "accepted_with_remarks",
        "2:grade:scale",
    ),
    Case(
        "code_as_number",
        lambda: xlsx([HEADERS, row(code=123305000000000190), ROW2, ROW3]),
        verdict="accepted_with_remarks",
        found="2:uscc:SCI",
    ),
    Case(
        "code_as_number_unknown_name",
        lambda: xlsx([HEADERS, row(code=913305020000000000, name="湖州查无此企业有限公司"), ROW2, ROW3]),
        rows=3,
        accepted=2,
        verdict="accepted_with_remarks",
        found="2:uscc:SCI",
    ),
    Case(
        "code_in_exponents",
        lambda: text([HEADERS, row(code="9.1330502E+17"), ROW2, ROW3]),
        "csv",
        verdict="accepted_with_remarks",
        found="2:uscc:SCI",
    ),
    Case(
        "registration_number_as_number",
        lambda: xlsx([HEADERS, row(code=330500000012346), ROW2, ROW3]),
        verdict="accepted_with_remarks",
        found="2:uscc:OLDREG",
    ),
    Case(
        "numbers_as_text",
        lambda: text([HEADERS, row(score="９５"), row(ROW2, score="1,000.0"), row(ROW3, score="70.0")]),
        "csv",
        spelled="2:score:WIDTH",
    ),
    Case(
        "number_with_unit",
        lambda: text([HEADERS, row(score="95分"), ROW2, ROW3]),
        "csv",
        3,
        2,
        "accepted_with_remarks",
        "2:score:type",
    ),
    Case(
        "boolean_cell",
        lambda: _cell('<c r="@" t="b"><v>1</v></c>', score=0),
        "xlsx",
        3,
        2,
        "accepted_with_remarks",
        "2:score:type",
    ),
    Case(
        "grade_spellings",
        lambda: text([HEADERS, row(grade="Ａ"), row(ROW2, grade="b级"), row(ROW3, grade=" C ")]),
        "csv",
        spelled="2:grade:WIDTH 3:grade:ALIAS 4:grade:INVIS",
    ),
    Case(
        "grade_unknown",
        lambda: text([HEADERS, row(grade="AAAA"), ROW2, ROW3]),
        "csv",
        3,
        2,
        "accepted_with_remarks",
        "2:grade:scale",
    ),
    Case(
        "formula_injection",
        lambda: text([HEADERS, row(name="=cmd|'/C calc'!A0"), row(ROW2, name="@SUM(1)"), ROW3]),
        "csv",
        verdict="accepted_with_remarks",
        found="2:enterprise_name:X-NAME 3:enterprise_name:X-NAME",
        spelled="2:enterprise_name:INVIS 3:enterprise_name:BRACKET",
    ),
    Case(
        "control_characters",
        lambda: raw_xlsx(cells_xml([HEADERS, row(name="湖州甲乙丙丁_x0007_有限公司"), ROW2, ROW3])),
        spelled="2:enterprise_name:INVIS",
    ),
    Case(
        "zero_byte_in_cell",
        lambda: text([HEADERS, row(name="湖州甲乙\0丙丁有限公司"), ROW2, ROW3]),
        "csv",
        0,
        0,
        "rejected",
        batch="X-READ",
    ),
    Case(
        "name_of_300_characters",
        lambda: text([HEADERS, row(name="湖州" + "长" * 298), ROW2, ROW3]),
        "csv",
        3,
        3,
        "accepted_with_remarks",
        "2:enterprise_name:X-NAME",
    ),
    Case(
        "cell_of_32767_characters",
        lambda: xlsx([HEADERS, row(name="长" * 32767), ROW2, ROW3]),
        "xlsx",
        3,
        3,
        "accepted_with_remarks",
        "2:enterprise_name:X-NAME",
        made_late=True,
    ),
]
