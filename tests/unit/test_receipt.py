"""Receipts say what was received, what became of it and what to do, and never more than they may."""

from __future__ import annotations

import zipfile
from pathlib import Path

import duckdb
import pytest

from ingest.contract_model import MARK_SHEET, PROBLEMS_SHEET, RECEIPT_HEADERS, SUMMARY_SHEET, is_own_sheet
from ingest.settings import Settings
from quality.receipt import BOOK, DOCUMENT, MESSAGE, write_receipts
from tests.contract.xlsx_file import read_xlsx
from tests.unit.receipt_fixture import (
    ID_NUMBER,
    LATE,
    batch,
    column_of,
    decide,
    ledger,
    listed,
    positive_list,
    receipt,
    submit,
    words,
)

RED, YELLOW = "FFC7CE", "FFEB9C"


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    """An empty ledger."""
    return ledger()


def test_own_rows_come_back_in_their_order_with_what_became_of_them(
    con: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    positive_list(con, settings)
    sheets, _ = receipt(con, settings)
    assert list(sheets) == [SUMMARY_SHEET, PROBLEMS_SHEET, "数据", MARK_SHEET]
    data = sheets["数据"]
    assert data.row(1) == [
        "处理结果(系统填写)",
        "问题说明(系统填写)",
        "原行号(系统填写)",
        "行编号(系统填写)",
        "行业领域名称",
        "企业名称",
        "统一社会信用代码",
        "发布日期",
        "备注",
        "联系人身份证",
    ]
    assert column_of(data, "处理结果(系统填写)") == [
        "已入库",
        "未入库，请改正",
        "未入库，请改正",
        "未入库，请改正",
        "已入库，有提示",
        "已入库",
    ]
    assert column_of(data, "企业名称") == [f"湖州{x}电梯有限公司" for x in "甲乙丙丁戊己"]
    assert column_of(data, "统一社会信用代码")[0] == "91330502matext01xa", "as sent, not as normalised"
    assert column_of(data, "原行号(系统填写)") == ["4", "5", "6", "7", "8", "9"]
    assert "Excel" in column_of(data, "问题说明(系统填写)")[1]
    assert column_of(data, "问题说明(系统填写)")[3].startswith("1. ")


def test_faulty_cells_are_coloured_and_explained(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    positive_list(con, settings)
    data = receipt(con, settings)[0]["数据"]
    fills = {(r, letter): data.cells[r, letter].fill for r, letter in data.cells if letter in {"G", "H"} and r > 1}
    assert {place for place, fill in fills.items() if fill == RED} == {(3, "G"), (4, "G"), (5, "G"), (5, "H")}
    assert {place for place, fill in fills.items() if fill == YELLOW} == {(6, "G")}
    assert set(data.comments) == {(3, "G"), (4, "G"), (5, "G"), (5, "H"), (6, "G")}
    assert "设为“文本”格式" in data.comments[3, "G"]


def test_problems_are_sorted_by_rows_freed(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Row 4 has two errors: mending either alone frees nothing."""
    positive_list(con, settings)
    sheets, document = receipt(con, settings)
    problems = [(p["rule_id"], p["severity"], p["rows"], p["rows_freed"]) for p in document["problems"]]
    assert problems == [
        ("positive_list.uscc.required", "error", 2, 1),
        ("positive_list.uscc.format", "error", 1, 1),
        ("positive_list.published_on.type", "error", 1, 0),
        ("X-COLUMN", "warning", 0, 0),
        ("positive_list.uscc.check", "warning", 1, 0),
    ]
    listed_rows = sheets[PROBLEMS_SHEET]
    assert column_of(listed_rows, "行号") == ["6", "7", "5", "7", "", "8"]
    assert column_of(listed_rows, "表头")[:4] == [
        "统一社会信用代码",
        "统一社会信用代码",
        "统一社会信用代码",
        "发布日期",
    ]
    assert column_of(listed_rows, "依据")[0] == "涉企检查实施方案（征求意见稿）附件3 目录2"
    assert listed_rows.links[2, "E"] == "'数据'!A4", "a click leads to the row"
    assert "文件" not in words(listed_rows), "one file, one sheet: said once, on the summary"


def test_summary_tells_the_facts(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    positive_list(con, settings)
    said = words(receipt(con, settings)[0][SUMMARY_SHEET])
    for fact in (
        "市市场监管局 · 行业正面清单 · 2025-06",
        "收到 6 行，入库 3 行，未入库 3 行",
        "2025年6月正面清单.xlsx（12,345 字节）",
        "2025年7月10日 09:30",
        "按时（截止 2025年7月14日）",
        "SHA-256 " + "ab" * 32,
        "小写字母改为大写",
        "电梯等特种设备领域",
        "请在 2025年7月14日 前改正标红的单元格",
    ):
        assert fact in said


def test_document_has_the_same_facts(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    positive_list(con, settings)
    document = receipt(con, settings)[1]
    assert document["submission"]["sha256"] == "ab" * 32
    assert document["submission"]["received_at"] == "2025-07-10T01:30:00Z"
    assert document["due_at"] == "2025-07-14T16:00:00Z"
    assert document["is_timely"] is True
    assert (document["rows_received"], document["rows_accepted"], document["rows_quarantined"]) == (6, 3, 3)
    assert document["normalisations"] == [
        {"column": "uscc", "title": "统一社会信用代码", "kind": "CASE", "words": "小写字母改为大写", "cells": 1}
    ]
    first = document["problems"][1]["first"]
    assert [(f["row"], f["value"], f["column"]) for f in first] == [(5, "9.1330502E+17", "uscc")]


def test_returned_receipt_is_known_by_its_mark(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    positive_list(con, settings)
    sheets, _ = receipt(con, settings)
    mark, data = sheets[MARK_SHEET], sheets["数据"]
    assert mark.is_hidden
    assert [mark.at(r, 2) for r in range(1, 5)] == ["s1", "positive_list", "market_regulation", "2025-06"]
    assert column_of(data, RECEIPT_HEADERS[2]) == [f"s1#{i}" for i in range(1, 7)]
    assert data.hidden_columns == {4}
    assert [n for n in sheets if not is_own_sheet(n)] == ["数据"], "only one sheet holds the department's data"


def test_nothing_is_a_formula(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    positive_list(con, settings)
    sheets, _ = receipt(con, settings)
    cells = [c for s in sheets.values() for c in s.cells.values() if c.value]
    assert not any(c.has_formula for c in cells)
    assert {c.kind for c in cells} <= {"s", "inlineStr"}
    assert "=1+1" in words(sheets["数据"])


def everything_in(folder: Path) -> str:
    """Returns all text of a receipt folder, the parts of the workbook included."""
    with zipfile.ZipFile(folder / BOOK) as package:
        parts = [package.read(name).decode("utf-8", "replace") for name in package.namelist()]
    return "\n".join([*parts, (folder / DOCUMENT).read_text(encoding="utf-8")])


def test_no_id_number_leaves(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    positive_list(con, settings)
    inspection = {
        "counterpart_name__text": "张三",
        "counterpart_category__text": "自然人",
        "counterpart_code__text": "person:0123456789abcdef",
        "inspection_content__text": f"查验 {ID_NUMBER} 的证件",
        "legal_representative_id_number__text": ID_NUMBER,
        "remarks__text": "１１０１０５１９４９１２３１００２Ｘ",
    }
    submit(con, "i1", "inspection_results", rows=(2, 2, 0))
    batch(
        con,
        settings,
        "i1",
        "inspection_results",
        [
            inspection,
            inspection
            | {"legal_representative_id_number__text": "E12345678", "counterpart_code__text": "330502800101123"},
        ],
    )
    for folder in write_receipts(con, settings, ["s1", "i1"]):
        said = everything_in(folder)
        for secret in (
            ID_NUMBER,
            "person:",
            "0123456789abcdef",
            "１１０１０５１９４９",
            "E12345678",
            "330502800101123",
        ):
            assert secret not in said
    data = read_xlsx(settings.outbox / "market_regulation" / "i1" / BOOK)["数据"]
    assert column_of(data, "法定代表人证件号码") == ["110***********002X", "******"], "first 3 and last 4"
    assert column_of(data, "行政相对人代码") == ["******", "******"]
    assert column_of(data, "监督检查内容")[0] == "查验 110***********002X 的证件"


def test_all_digit_code_of_an_institution_is_shown(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """A valid code may look like an ID number; it is none."""
    code = "123305199001011234"
    slip = "330502199001011234"  # its check character holds neither as a code nor as an ID number
    submit(con, "s2", "positive_list", rows=(2, 2, 0))
    rows = [listed("湖州某院", code, code), listed("张三", slip, slip) | {"is_check_ok": False}]
    batch(con, settings, "s2", "positive_list", rows)
    assert column_of(receipt(con, settings, "s2")[0]["数据"], "统一社会信用代码") == [code, "******"]


def test_same_facts_give_the_same_bytes_and_nothing_is_touched(
    con: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path
) -> None:
    positive_list(con, settings)
    [folder] = write_receipts(con, settings, ["s1"])
    before = {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.iterdir()}
    assert set(before) == {BOOK, DOCUMENT, MESSAGE}
    write_receipts(con, settings, ["s1", "s1"])
    assert {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.iterdir()} == before
    other = settings.model_copy(update={"home": tmp_path / "other"})
    again = ledger()
    positive_list(again, other)
    [second] = write_receipts(again, other, ["s1"])
    assert {p.name: p.read_bytes() for p in second.iterdir()} == {n: content for n, (_, content) in before.items()}
    assert [p.name for p in folder.parent.iterdir()] == ["s1"], "no draft is left behind"


def test_later_decisions_replace_the_receipt(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    positive_list(con, settings)
    receipt(con, settings)
    for row_id, state, cause in ((3, "accepted", "identity"), (2, "closed", "corrected")):
        con.execute(
            "insert into quality.row_decisions values ('s1', ?, ?, ?, ?, null, null, null)",
            [row_id, LATE, state, cause],
        )
    decide(con, "s1", LATE, "corrected", "accepted_with_remarks", (6, 3, 3))
    sheets, document = receipt(con, settings)
    assert column_of(sheets["数据"], "处理结果(系统填写)")[1:3] == ["已由更正替换", "已入库，有提示"]
    assert (document["rows_released_later"], document["rows_replaced_later"]) == (1, 1)
    assert document["rows_accepted"] == 3, "the counts of the first judgement do not change"
    assert "2025年7月20日 09:30 更正后判定" in words(sheets[SUMMARY_SHEET])
