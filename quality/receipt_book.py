"""Writes 回执.xlsx: summary, list of problems, the department's own rows with the faulty cells marked.

Everything is written as text, never as a formula; the same facts give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.contract_model import MARK_SHEET, PROBLEMS_SHEET, RECEIPT_HEADERS, SUMMARY_SHEET, SYSTEM_SUFFIX
from ingest.contract_words import SEVERITY_WORDS, article_words
from quality import receipt_text as text
from quality.corrections import ROW_MARK
from quality.receipt_facts import Facts
from quality.receipt_rows import SHOWN_LIMIT, Listed, Row, Shape, rows, shape
from quality.receipt_summary import write_summary

if TYPE_CHECKING:
    import duckdb
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

CELL_LIMIT = 32_767  # characters in one cell of an xlsx file
COMMENT_LIMIT = 2_000  # comments in one workbook: more of them make it slow to open
IN_MEMORY = 5_000  # rows or findings that are written without temporary files
LINK_LIMIT = 20_000  # links from the problem list; a sheet may hold 65,530
DATA_TOP = 1  # first data row below the header, 0-based
FONT = "微软雅黑"
READABLE = 190  # letters of 10 points across a page of A4 on its side, shrunk to what can still be read
PLACE_HEADER, NUMBER_HEADER = f"来源{SYSTEM_SUFFIX}", f"原行号{SYSTEM_SUFFIX}"
RED, YELLOW, GREY = "#FFC7CE", "#FFEB9C", "#F2F2F2"


def write_book(path: Path, con: duckdb.DuckDBPyConnection, facts: Facts, listed: Sequence[Listed]) -> None:
    """Writes the workbook of one submission to ``path``; ``listed`` are its findings, most rewarding problem first."""
    import xlsxwriter

    is_long = facts.first["rows_received"] > IN_MEMORY or len(listed) > IN_MEMORY

    book = xlsxwriter.Workbook(
        str(path),
        {
            "constant_memory": is_long,  # one row at a time through a temporary file: slower, but for any size
            "in_memory": not is_long,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "tmpdir": str(path.parent),
        },
    )
    book.set_properties({"title": "报送回执", "author": "市信用办", "created": facts.submission["received_at"]})
    summary, problems = book.add_worksheet(SUMMARY_SHEET), book.add_worksheet(PROBLEMS_SHEET)
    shown = shape(con, facts, facts.contract, facts.raw) if facts.contract and facts.raw else None
    data = book.add_worksheet(facts.contract.template_sheet) if facts.contract and shown else None
    mark = book.add_worksheet(MARK_SHEET)
    mark.hide()
    for i, (name, value) in enumerate(_identity(facts)):
        mark.write_string(i, 0, name)
        mark.write_string(i, 1, value)
    lines: dict[int, int] = {}
    if data and shown:
        lines = _write_rows(book, data, shown, con, facts)
    _write_problems(book, problems, facts, listed, lines)
    write_summary(book, summary, facts, _remark(facts, shown, len(lines)))
    summary.activate()
    book.close()


def _identity(facts: Facts) -> list[tuple[str, str]]:
    """Returns what makes a returned receipt known as a correction (MARK_SHEET)."""
    s = facts.submission
    return [(name, str(s[name] or "")) for name in ("submission_id", "feed", "department_code", "period")]


def _remark(facts: Facts, shown: Shape | None, written: int) -> str:
    """Returns what the clerk has to know about the data sheet."""
    if shown is None:
        return "没有读到可以列出的数据行，因此没有数据表。"
    if shown.faulty_only:
        is_gateway = facts.submission["channel"] == "gateway"
        why = "数据由接口归集" if is_gateway else f"共 {facts.first['rows_received']} 行，行数较多"
        limit = f"，只列前 {SHOWN_LIMIT} 行" if written >= SHOWN_LIMIT else ""
        return f"{why}，数据表只列有问题的 {written} 行{limit}。"
    return "数据表按报送的顺序列出全部行，红色须改正，黄色请核对。"


def _write_rows(
    book: Workbook, sheet: Worksheet, shown: Shape, con: duckdb.DuckDBPyConnection, facts: Facts
) -> dict[int, int]:
    """Returns the sheet's row (0-based) of every row_id, after writing the department's rows."""
    base = {"font_name": FONT, "font_size": 10, "valign": "top", "border": 1, "border_color": "#D9D9D9"}
    head = book.add_format(
        {**base, "bold": True, "font_color": "#FFFFFF", "bg_color": "#1F4E79", "align": "center", "text_wrap": True}
    )
    own = book.add_format({**base, "bold": True, "bg_color": "#D9D9D9", "align": "center", "text_wrap": True})
    plain, red, yellow = (
        book.add_format({**base, "num_format": "@", **fill}) for fill in ({}, {"bg_color": RED}, {"bg_color": YELLOW})
    )
    states = {
        severity: book.add_format({**base, "bg_color": colour, "text_wrap": True})
        for severity, colour in (("error", RED), ("warning", YELLOW), ("", GREY))
    }
    result_header, problem_header, id_header = RECEIPT_HEADERS
    place_header = [PLACE_HEADER] if shown.several_places else []
    leading = [result_header, problem_header, *place_header, NUMBER_HEADER, id_header]
    first = len(leading)
    for i, header in enumerate(leading):
        sheet.set_column(i, i, {0: 16, 1: 52}.get(i, 14), None, {"hidden": header == id_header})
    for i, width in enumerate(_widths(shown), start=first):
        sheet.set_column(i, i, width, plain)
    sheet.set_row(0, 34)
    for i, header in enumerate(leading):
        sheet.write_string(0, i, header, own)
    for i, header in enumerate([*(c.title for c in shown.columns), *shown.extras], start=first):
        sheet.write_string(0, i, header, head)
    positions = {c.name: first + i for i, c in enumerate(shown.columns)}
    lines: dict[int, int] = {}
    comments = 0
    for line, row in enumerate(rows(con, facts, shown), start=DATA_TOP):
        lines[row.row_id] = line
        worst = {positions[f.column]: f.severity for f in reversed(row.faults) if f.column in positions}
        is_in = row.result == text.ROW_IN
        state = states["" if is_in else "warning" if row.result in {text.ROW_IN_REMARK, text.ROW_REPEAT} else "error"]
        leads = [
            row.result,
            _explained(row, shown),
            *([row.place] if shown.several_places else []),
            str(row.row_number),
            f"{facts.submission['submission_id']}{ROW_MARK}{row.row_id}",  # also for rows copied to a new file
        ]
        if (high := text.height(leads[1], 52, 15)) > 15:
            sheet.set_row(line, high)
        for i, value in enumerate(leads):
            sheet.write_string(line, i, value[:CELL_LIMIT], state)
        for i, value in enumerate(row.cells, start=first):
            form = red if worst.get(i) == "error" else yellow if i in worst else plain
            if value or form is not plain:
                sheet.write_string(line, i, value[:CELL_LIMIT], form)
            if i in worst and comments < COMMENT_LIMIT:
                comments += 1
                note = "\n".join(f"{f.reason}\n{f.remedy}" for f in row.faults if positions.get(f.column or "") == i)
                sheet.write_comment(
                    line,
                    i,
                    note,
                    {
                        "author": "市信用办",
                        "x_scale": 2.2,
                        "y_scale": 0.4 + 0.26 * (2 + len(note) // 22),
                        "font_name": FONT,
                        "font_size": 9,
                    },
                )
    sheet.freeze_panes(DATA_TOP, 2)
    sheet.autofilter(0, 0, max(len(lines), 1), first + len(shown.columns) + len(shown.extras) - 1)
    shown_widths = [16, 52, *[14] * (first - 3), *_widths(shown)]  # the number column is hidden
    _print_on_a4(sheet, sum(shown_widths))
    return lines


def _print_on_a4(sheet: Worksheet, width: int) -> None:
    """Sets up printing: as many pages across as the letters can still be read on, header and page number on each."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(max(1, round(width / READABLE)), 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def _widths(shown: Shape) -> list[int]:
    """Returns the widths of the department's columns."""
    by_kind = {"name": 32, "uscc": 22, "date": 13, "domain": 28, "id_number": 22, "task_no": 26, "text": 24, "list": 24}
    return [max(by_kind.get(c.kind, 14), 2 * len(c.title) + 4) for c in shown.columns] + [20] * len(shown.extras)


def _explained(row: Row, shown: Shape) -> str:
    """Returns all that is wrong with a row, numbered where it is more than one thing."""
    titles = {c.name: c.title for c in shown.columns}
    said = [
        f"{f.reason}{f.remedy}"
        if titles.get(f.column or "", "") in f.reason
        else f"{titles[f.column or '']}：{f.reason}{f.remedy}"
        for f in row.faults
    ]
    return said[0] if len(said) == 1 else "\n".join(f"{i}. {s}" for i, s in enumerate(said, start=1))


def _write_problems(
    book: Workbook, sheet: Worksheet, facts: Facts, listed: Sequence[Listed], lines: dict[int, int]
) -> None:
    """Writes one line per finding: who mends from the top down frees most rows first."""
    base = {
        "font_name": FONT,
        "font_size": 10,
        "valign": "top",
        "border": 1,
        "border_color": "#D9D9D9",
        "text_wrap": True,
    }
    head = book.add_format({**base, "bold": True, "font_color": "#FFFFFF", "bg_color": "#1F4E79", "align": "center"})
    plain, error, warning, link = (
        book.add_format({**base, **more})
        for more in ({}, {"bg_color": RED}, {"bg_color": YELLOW}, {"font_color": "#0563C1", "underline": 1})
    )
    place_widths = {"文件": 24, "工作表": 12} if len({(f["file"], f["sheet"]) for _, f in listed}) > 1 else {}
    headers = (
        ("序号", 6),
        ("程度", 6),
        ("问题", 16),
        ("改好可入库", 8),
        *place_widths.items(),
        ("行号", 7),
        ("表头", 16),
        ("收到的内容", 20),
        ("原因", 34),
        ("怎样改", 36),
        ("依据", 12),
    )
    sheet.set_row(0, 32)
    for i, (header, width) in enumerate(headers):
        sheet.set_column(i, i, width)
        sheet.write_string(0, i, header, head)
    titles = {c.name: c.title for c in facts.contract.columns} if facts.contract else {}
    target = facts.contract.template_sheet if facts.contract else ""
    line = 0
    for line, (problem, f) in enumerate(listed, start=1):
        number = "" if f["row"] is None else str(f["row"])
        cells: tuple[Any, ...] = (
            str(line),
            SEVERITY_WORDS[problem.severity],
            problem.title,
            f"{problem.rows_freed} 行" if problem.rows_freed else "",
            *((f["file"], f["sheet"]) if place_widths else ()),
            number,
            titles.get(f["column"] or "", ""),
            f["value"],
            f["reason"],
            f["remedy"],
            article_words(problem.article),
        )
        heights = (text.height(str(c or ""), width, 15) for c, (_, width) in zip(cells, headers, strict=True))
        sheet.set_row(line, max(heights))
        for i, value in enumerate(cells):
            form = (error if problem.severity == "error" else warning) if i == 1 else plain
            sheet.write_string(line, i, str(value or "")[:CELL_LIMIT], form)
        if number and f["row_id"] in lines and line <= LINK_LIMIT:
            place = [header for header, _ in headers].index("行号")
            sheet.write_url(line, place, f"internal:'{target}'!A{lines[f['row_id']] + 1}", link, number)
    if line == 0:
        sheet.write_string(1, 0, "没有发现问题。", plain)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(line, 1), len(headers) - 1)
    _print_on_a4(sheet, sum(width for _, width in headers))
