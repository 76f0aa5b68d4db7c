"""Returns the xlsx template of a feed: what a clerk downloads, fills and sends back.

The same contract gives the same bytes: the creation date is fixed and nothing depends on the machine.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ingest.contract_model import EXAMPLE_NAME, NOTES_SHEET, OPTIONS_SHEET, REQUIRED_MARK, Column, Contract
from ingest.contract_words import (
    SUBMISSION_WORDS,
    allowed_values,
    article_words,
    column_format,
    key_titles,
    obligation,
)

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

CREATED = datetime(2025, 1, 1)  # fixed, so that regenerating changes nothing
LAST_ROW = 1_048_575  # last row of an xlsx sheet, 0-based
CELL_LIMIT = 32_767  # characters in one cell of an xlsx file
ONE_CLASS = re.compile(r"\^\[[^\]]+\]\{(\d+)(?:,(\d+))?\}\$")  # e.g. ^[0-9]{13,15}$
EARLIEST = date(1900, 1, 1)  # earliest date that Excel knows
FONT = "微软雅黑"
CODE_KINDS = frozenset({"uscc", "id_number", "task_no"})
GREY, BLUE, PALE = "#8C8C8C", "#1F4E79", "#DDEBF7"

WIDTHS = {
    "name": 34,
    "uscc": 23,
    "date": 13,
    "number": 11,
    "integer": 11,
    "enum": 18,
    "domain": 30,
    "department": 20,
    "grade": 12,
    "id_number": 22,
    "task_no": 28,
    "list": 26,
    "text": 26,
}


def render_template(contract: Contract, domains: tuple[str, ...], departments: tuple[str, ...]) -> bytes:
    """Returns the template workbook.

    Args:
        contract: of the feed.
        domains: names offered for the domain column; empty: no drop-down.
        departments: names offered for department columns; empty: no drop-down.
    """
    import xlsxwriter

    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": f"{contract.title}报送模板", "author": "市信用办", "created": CREATED})
    choices = {c.name: _choices(c, domains, departments) for c in contract.columns}
    data = book.add_worksheet(contract.template_sheet)
    notes = book.add_worksheet(NOTES_SHEET)
    options = book.add_worksheet(OPTIONS_SHEET)
    options.hide()
    _write_data(book, data, contract, _write_options(options, choices))
    _write_notes(book, notes, contract)
    data.activate()
    book.close()
    return buffer.getvalue()


def _choices(column: Column, domains: tuple[str, ...], departments: tuple[str, ...]) -> tuple[str, ...]:
    """Returns what the drop-down of a column offers."""
    if column.kind == "domain":
        return domains
    if column.kind == "department":
        return departments
    return tuple(e.value for e in column.enum) if column.kind == "enum" else ()


def _write_options(sheet: Worksheet, choices: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Returns, per column with a drop-down, the range of the hidden sheet that holds its values."""
    from xlsxwriter.utility import xl_col_to_name

    ranges: dict[str, str] = {}
    for name, values in choices.items():
        if not values:
            continue
        letter = xl_col_to_name(len(ranges))
        sheet.write_column(0, len(ranges), values)
        ranges[name] = f"='{OPTIONS_SHEET}'!${letter}$1:${letter}${len(values)}"
    return ranges


def _write_data(book: Workbook, sheet: Worksheet, contract: Contract, ranges: dict[str, str]) -> None:
    """Writes title, hint, header with notes, the grey example row and the validations below it."""
    header = contract.template_header_row - 1
    base = {"font_name": FONT, "font_size": 10, "valign": "vcenter"}
    title = book.add_format({**base, "font_size": 16, "bold": True, "font_color": BLUE})
    hint = book.add_format({**base, "font_color": GREY})
    must = book.add_format(
        {
            **base,
            "bold": True,
            "font_color": "#FFFFFF",
            "bg_color": BLUE,
            "border": 1,
            "align": "center",
            "text_wrap": True,
        }
    )
    may = book.add_format(
        {**base, "bold": True, "font_color": BLUE, "bg_color": PALE, "border": 1, "align": "center", "text_wrap": True}
    )
    example = book.add_format(
        {
            **base,
            "italic": True,
            "font_color": GREY,
            "bg_color": "#F2F2F2",
            "border": 1,
            "border_color": "#D9D9D9",
            "num_format": "@",
        }
    )
    text, day, plain = (book.add_format({**base, "num_format": f}) for f in ("@", "yyyy-mm-dd", "General"))
    sheet.set_row(0, 30)
    sheet.write_string(0, 0, f"{contract.title}报送表", title)
    sheet.write_string(
        1,
        0,
        f"带 {REQUIRED_MARK} 的为必填项；请勿改动表头文字；灰色示例行不会被读取；"
        f"填写方法见“{NOTES_SHEET}”，鼠标移到表头可看说明。",
        hint,
    )
    sheet.set_row(header, 32)
    for i, c in enumerate(contract.columns):
        cells = day if c.kind == "date" else plain if c.kind in {"number", "integer"} else text
        sheet.set_column(i, i, max(WIDTHS[c.kind], 2 * len(c.title) + 5), cells)
        sheet.write_string(header, i, c.title + (REQUIRED_MARK if c.required else ""), must if c.required else may)
        note = _note(c)
        sheet.write_comment(
            header,
            i,
            note,
            {
                "author": "市信用办",
                "x_scale": 2.4,
                "font_name": FONT,
                "font_size": 9,
                "y_scale": 0.45 + 0.28 * sum(1 + len(x) // 24 for x in note.split("\n")),
            },
        )
        shown = "删除、修改或不填" if c.name == "operation" else c.example
        sheet.write_string(header + 1, i, (contract.example_marker if i == 0 else "") + shown, example)
        if rule := _validation(c, ranges.get(c.name)):
            sheet.data_validation(header + 2, i, LAST_ROW, i, rule)
    sheet.freeze_panes(header + 1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(header)


def _note(c: Column) -> str:
    """Returns the cell note of a header."""
    values = allowed_values(c)
    lines = [f"【{obligation(c)}】{c.description}", f"格式：{column_format(c)}", f"示例：{c.example}"]
    if values and c.kind == "list":
        lines.append(f"可选：{values}")
    if c.article:
        lines.append(f"依据：{article_words(c.article)}")
    if c.assumed:
        lines.append("（本项取值或要求为建议，待市信用办确认）")
    return "\n".join(lines)


def _validation(c: Column, choices: str | None) -> dict[str, Any] | None:
    """Returns the data validation of a column; None where anything may be typed.

    Dates only warn: forms like 2025年4月1日 are read right as well.
    """
    if choices:
        return {
            "validate": "list",
            "source": choices,
            "error_title": f"{c.title}不在可选范围",
            "error_message": "请从下拉框中选择。",
            "error_type": "stop",
        }
    if c.kind == "uscc":
        return {
            "validate": "length",
            "criteria": "==",
            "value": 18,
            "error_title": "应为18位代码",
            "error_message": "统一社会信用代码为18位，请核对。",
            "error_type": "stop",
        }
    if c.kind == "date":
        last: Any = "=TODAY()" if c.not_after_receipt else date(9999, 12, 31)
        return {
            "validate": "date",
            "criteria": "between",
            "minimum": EARLIEST,
            "maximum": last,
            "error_title": "请核对日期",
            "error_message": f"{column_format(c)}。",
            "error_type": "warning",
        }
    if c.kind in {"number", "integer"}:
        limits = {"criteria": "between", "minimum": c.minimum or 0, "maximum": c.maximum or 10**9}
        return {
            "validate": "integer" if c.kind == "integer" else "decimal",
            **limits,
            "error_title": "请填数字",
            "error_message": f"{column_format(c)}。",
            "error_type": "stop",
        }
    if lengths := _lengths(c):
        return {
            "validate": "length",
            "criteria": "between",
            "minimum": lengths[0],
            "maximum": lengths[1],
            "error_title": "请核对字数",
            "error_message": f"{c.title}：{column_format(c)}。",
            "error_type": "warning",
        }
    return None


def _lengths(c: Column) -> tuple[int, int] | None:
    """Returns the fewest and most characters of a text: as the contract says, or as a pattern of one class implies."""
    if c.min_length or c.max_length:
        return c.min_length or 0, c.max_length or CELL_LIMIT
    counted = ONE_CLASS.fullmatch(c.pattern or "")
    return (int(counted[1]), int(counted[2] or counted[1])) if counted else None


def _write_notes(book: Workbook, sheet: Worksheet, contract: Contract) -> None:
    """Writes the sheet that explains how to fill and send the template."""
    base = {"font_name": FONT, "font_size": 10, "valign": "top", "text_wrap": True}
    title = book.add_format({**base, "font_size": 14, "bold": True, "font_color": BLUE, "text_wrap": False})
    label = book.add_format({**base, "bold": True})
    plain = book.add_format(base)
    head = book.add_format({**base, "bold": True, "bg_color": PALE, "border": 1})
    cell = book.add_format({**base, "border": 1, "border_color": "#BFBFBF"})
    for i, width in enumerate((24, 12, 46, 34, 30, 42, 18)):
        sheet.set_column(i, i, width)
    sheet.write_string(0, 0, f"{contract.title}填报说明", title)
    facts = [
        ("数据内容", f"{contract.description}。"),
        ("用途", f"{contract.purpose}。"),
        ("一行是什么", f"{contract.grain}。"),
        ("怎样报送", SUBMISSION_WORDS[contract.submission]),
        ("关键项", f"{key_titles(contract)}。关键项相同的行视为同一条记录，同一文件中不能重复。"),
        ("文件名", f"请包含“{contract.file_titles[0]}”；更正时文件名以“更正”开头，或直接改好回执后寄回。"),
        ("示例行", f"以“{contract.example_marker}”开头的灰色行和企业名称为“{EXAMPLE_NAME}…”的行不会被读取，可以删除。"),
        ("收到之后", "系统会在回执文件夹中放入回执：哪些行已入库，哪些行有问题，怎样改。"),
        ("依据", article_words(contract.article)),
    ]
    for i, (name, words) in enumerate(facts):
        sheet.write_string(2 + i, 0, name, label)
        sheet.merge_range(2 + i, 1, 2 + i, 6, words, plain)
        sheet.set_row(2 + i, 16 * (1 + len(words) // 88))
    top = len(facts) + 3
    for i, name in enumerate(("表头", "是否必填", "含义", "格式", "示例", "可选的值", "依据")):
        sheet.write_string(top, i, name, head)
    for row, c in enumerate(contract.columns, start=top + 1):
        values = allowed_values(c)
        if c.kind == "grade":
            values = "以该领域评价标准为准，不在标准内的等级会退回"
        cells = (c.title, obligation(c), c.description, column_format(c), c.example, values, article_words(c.article))
        for i, words in enumerate(cells):
            sheet.write_string(row, i, words, cell)
    sheet.freeze_panes(0, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
