"""Cases: where the table stands and what stands around it."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from tests.data.building import (
    DOMAIN,
    HEADERS,
    ROW1,
    ROW2,
    ROW3,
    TABLE,
    UNIT,
    Case,
    ods,
    row,
    text,
    xls,
    xlsx,
    xml,
)

TITLE = ("湖州市企业环保领域信用评价结果（2025年6月）",)
NOTICE = ("填报单位：市生态环境局", "", "", "填报日期：2025年7月1日")
HINT = ("（必填）填写全称", "必填", "18位", "格式：YYYY-MM-DD", "必填", "A、B、C、D、E", "选填")
EXAMPLE = ("例：企业环保领域", "测试企业有限公司", "91330500MA2XXXXXX1", "2025-01-01", UNIT, "A", "90")
TOTAL = ("合计：", "3家", "", "", "", "", "")
SIGNED = ("填表人：张三", "", "审核人：李四", "", "联系电话：0572-1234567", "", "")
NOTE = ("说明：1.评价结果以系统为准。",)
TWO = (
    ("行业领域评价结果名称", "主体", "", "评价", "", "", ""),
    ("", "企业名称", "统一社会信用代码", "评价时间", "评价部门", "评价等级", "评价分值"),
)


def _merged(book: Any, sheet: Any) -> None:
    sheet.merge_range(1, 0, 3, 0, DOMAIN)
    sheet.merge_range(1, 4, 3, 4, UNIT)


def _merged_headers(book: Any, sheet: Any) -> None:
    plain = book.add_format()
    sheet.merge_range(0, 0, 1, 0, "行业领域评价结果名称", plain)
    sheet.merge_range(0, 1, 0, 2, "主体", plain)
    sheet.merge_range(0, 3, 0, 6, "评价", plain)


def _merged_title(book: Any, sheet: Any) -> None:
    sheet.merge_range(0, 0, 0, 6, TITLE[0], book.add_format({"bold": True, "align": "center"}))


def _hidden_rows(book: Any, sheet: Any) -> None:
    sheet.set_row(2, None, None, {"hidden": True})
    sheet.set_column(2, 2, None, None, {"hidden": True})


def _to_xfd(book: Any, sheet: Any) -> None:
    filled = book.add_format({"bg_color": "#FFFF00"})
    for line in range(60):
        sheet.write_blank(line, 16383, None, filled)
        sheet.write_blank(line + 1000, 4, None, filled)


def _prepared(book: Any, sheet: Any) -> None:
    for line in range(4, 300):
        sheet.write(line, 0, DOMAIN)
        sheet.write(line, 4, UNIT)


def _comments(book: Any, sheet: Any) -> None:
    sheet.write_comment(1, 1, "请核实")
    sheet.autofilter(0, 0, 3, 6)
    sheet.freeze_panes(1, 0)
    sheet.insert_textbox(6, 1, "说明")


def _chart_sheet(book: Any, sheet: Any) -> None:
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=数据!$G$2:$G$4"})
    book.add_chartsheet("图").set_chart(chart)


def _turned(order: tuple[int, ...], rows: Any) -> list[list[Any]]:
    return [[r[i] for i in order] for r in rows]


LAYOUTS = [
    Case("title_row", partial(xlsx, [TITLE, *TABLE])),
    Case("title_merged", partial(xlsx, [(), *TABLE], _merged_title)),
    Case("title_and_notice", partial(xlsx, [TITLE, NOTICE, *TABLE])),
    Case("title_in_csv", partial(text, [TITLE, NOTICE, (), *TABLE], "gb18030"), "csv"),
    Case("title_in_xls", partial(xls, [TITLE, (), *TABLE]), "xls"),
    Case("title_in_ods", partial(ods, [TITLE, *TABLE]), "ods"),
    Case("title_in_xml", partial(xml, [TITLE, NOTICE, *TABLE]), "xml"),
    Case("hint_row", partial(xlsx, [HEADERS, HINT, *TABLE[1:]])),
    Case("hint_and_example_rows", partial(xlsx, [TITLE, HEADERS, HINT, EXAMPLE, *TABLE[1:]])),
    Case(
        "template_with_everything",
        partial(xlsx, [TITLE, NOTICE, HEADERS, HINT, EXAMPLE, *TABLE[1:], (), TOTAL, SIGNED]),
    ),
    Case("headers_on_two_levels", partial(xlsx, [*TWO, *TABLE[1:]])),
    Case("headers_merged_on_two_levels", partial(xlsx, [*TWO, *TABLE[1:]], _merged_headers)),
    Case("headers_on_two_levels_below_title", partial(text, [TITLE, *TWO, *TABLE[1:]]), "csv"),
    Case("headers_with_marks", partial(xlsx, [[f"*{h}（必填）" for h in HEADERS], *TABLE[1:]])),
    Case("headers_with_numbers", partial(xlsx, [[f"{i}、{h}" for i, h in enumerate(HEADERS, 1)], *TABLE[1:]])),
    Case("headers_spaced_and_broken", partial(xlsx, [["\n".join(h) + "\u3000" for h in HEADERS], *TABLE[1:]])),
    Case(
        "headers_by_synonyms",
        partial(
            xlsx, [("行业领域", "单位名称", "社会信用代码", "评定日期", "评价机构", "信用等级", "得分"), *TABLE[1:]]
        ),
    ),
    Case(
        "headers_by_names",
        partial(
            text,
            [
                (
                    "evaluation_name",
                    "enterprise_name",
                    "uscc",
                    "evaluated_on",
                    "evaluating_department",
                    "grade",
                    "score",
                ),
                *TABLE[1:],
            ],
        ),
        "csv",
    ),
    Case("headers_again_on_every_page", partial(xlsx, [HEADERS, ROW1, HEADERS, ROW2, HEADERS, ROW3])),
    Case(
        "header_twice",
        partial(xlsx, [(*HEADERS, "企业名称"), *((*r, r[1]) for r in TABLE[1:])]),
        verdict="accepted_with_remarks",
        batch="X-COLUMN",
    ),
    Case("columns_turned_round", partial(xlsx, _turned((6, 5, 4, 3, 2, 1, 0), TABLE))),
    Case(
        "unknown_columns",
        partial(xlsx, [(*HEADERS, "联系人"), *((*r, "王五") for r in TABLE[1:])]),
        verdict="accepted_with_remarks",
        batch="X-COLUMN",
    ),
    Case("unknown_column_without_values", partial(xlsx, [(*HEADERS, "联系人"), *TABLE[1:]])),
    Case("blank_rows_first", partial(xlsx, TABLE, at=(9, 0))),
    Case("blank_columns_first", partial(xlsx, TABLE, at=(0, 3))),
    Case("blank_rows_and_columns_first", partial(xlsx, TABLE, at=(5, 5))),
    Case("blank_columns_first_csv", partial(text, [("", "", *r) for r in TABLE]), "csv"),
    Case("blank_columns_first_xls", partial(xls, [(), *(("", *r) for r in TABLE)]), "xls"),
    Case("blank_row_below_header", partial(xlsx, [HEADERS, (), (), *TABLE[1:]])),
    Case("blank_rows_between", partial(xlsx, [HEADERS, ROW1, (), (), ROW2, (), ROW3])),
    Case("blank_column_between", partial(xlsx, [[*r[:3], "", *r[3:]] for r in TABLE])),
    Case(
        "merged_cells_down",
        partial(xlsx, [HEADERS, ROW1, row(ROW2, domain="", unit=""), row(ROW3, domain="", unit="")], _merged),
    ),
    Case(
        "sheets_with_own_order",
        lambda: xlsx(
            {"一": [HEADERS, ROW1], "二": _turned((3, 2, 1, 0, 5, 4, 6), [HEADERS, ROW2]), "三": [TITLE, HEADERS, ROW3]}
        ),
    ),
    Case("industry_in_the_sheet_name", lambda: xlsx({"企业环保领域": [HEADERS[1:], *(r[1:] for r in TABLE[1:])]})),
    Case(
        "industry_in_two_sheet_names",
        lambda: xlsx(
            {
                "企业环保领域（6月）": [HEADERS[1:], ROW1[1:]],
                "2.环境影响评价领域": [HEADERS[1:], row(ROW2, grade="守信")[1:]],
            }
        ),
        rows=2,
        accepted=2,
    ),
    Case("sheet_hidden", lambda: xlsx({"数据": [HEADERS, ROW1], "隐藏": [HEADERS, ROW2, ROW3]}, hidden=("隐藏",))),
    Case(
        "sheet_without_table",
        lambda: xlsx({"数据": TABLE, "通讯录": [("姓名", "电话"), ("张三", "1")]}),
        verdict="accepted_with_remarks",
        batch="X-SHEET",
    ),
    Case("sheets_empty", lambda: xlsx({"Sheet1": [], "Sheet2": TABLE, "Sheet3": []})),
    Case(
        "sheet_with_most_headers",
        lambda: xlsx({"数据": TABLE, "附": [HEADERS[:5], ROW1[:5]]}),
        rows=0,
        accepted=0,
        verdict="rejected",
        batch="X-HEADER",
    ),
    Case("chart_sheet", partial(xlsx, TABLE, _chart_sheet)),
    Case("rows_and_columns_hidden", partial(xlsx, TABLE, _hidden_rows)),
    Case("range_to_xfd", partial(xlsx, TABLE, _to_xfd)),
    Case("rows_prepared", partial(xlsx, TABLE, _prepared)),
    Case("filter_comments_textbox", partial(xlsx, TABLE, _comments)),
    Case("total_and_signature_below", partial(xlsx, [*TABLE, TOTAL, (), SIGNED])),
    Case("note_below", partial(xlsx, [*TABLE, (), NOTE, ("2、以上企业均已告知。",)])),
    Case("note_below_csv", partial(text, [*TABLE, NOTE, SIGNED]), "csv"),
    Case("note_below_xls", partial(xls, [*TABLE, TOTAL, SIGNED]), "xls"),
    Case("subtotals_between", partial(xlsx, [HEADERS, ROW1, ("小计：", "1"), ROW2, ROW3, ("小计：", "2"), TOTAL])),
    Case(
        "date_1904",
        lambda: xlsx(
            [HEADERS, *(row(r, day=dt.date(2025, 6, d)) for r, d in zip(TABLE[1:], (1, 2, 3), strict=True))],
            date_1904=True,
        ),
    ),
]
