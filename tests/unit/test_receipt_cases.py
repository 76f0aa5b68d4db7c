"""Receipts of the less usual kind: unreadable, held, empty, large, corrected, without a deadline."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from ingest.contract_model import PROBLEMS_SHEET, SUMMARY_SHEET
from ingest.settings import Settings
from quality import receipt_rows
from quality.receipt import BOOK, write_receipts
from tests.contract.xlsx_file import read_xlsx
from tests.unit.receipt_fixture import (
    LATE,
    ON_TIME,
    batch,
    column_of,
    find,
    ledger,
    listed,
    positive_list,
    receipt,
    submit,
    words,
)


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    """An empty ledger."""
    return ledger()


REJECTED = [
    ("X-READ", {"found": "文件有密码", "expected": "xlsx、xls、csv、zip"}, "文件打不开或内容不完整：文件有密码"),
    ("X-HEADER", {"expected": "发布日期", "found": "企业名称"}, "请下载最新模板"),
    ("X-ZERO", {"expected": "产品质量领域"}, "每个没有数据的领域填一行"),
]


@pytest.mark.parametrize(("rule_id", "values", "said"), REJECTED, ids=[r[0] for r in REJECTED])
def test_file_that_could_not_be_read(
    con: duckdb.DuckDBPyConnection, settings: Settings, rule_id: str, values: dict[str, str], said: str
) -> None:
    submit(con, "s1", "positive_list", verdict="rejected", at=LATE)
    find(con, "s1", "positive_list", rule_id, column=None, **values)
    sheets, document = receipt(con, settings)
    summary = words(sheets[SUMMARY_SHEET])
    assert "整份退回：没有读到数据行" in summary
    assert said in summary
    assert "迟报（截止 2025年7月14日）" in summary
    assert "已过截止日（2025年7月14日），请尽快" in summary
    assert "数据" not in sheets
    assert document["verdict"] == "rejected"


def test_unknown_sender_and_feed_go_to_their_own_folder(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    submit(con, "s1", None, department=None, period=None, verdict="rejected")
    con.execute(
        "insert into quality.findings values ('s1', null, '名单.xlsx', '', null, null, 'X-FEED', 1, 'X-FEED', 'error', "
        "'名单.xlsx', '认不出这是哪一类数据。', '请在文件名中写明目录名称。')"
    )
    [folder] = write_receipts(con, settings, ["s1"])
    assert folder == settings.outbox / "_unknown" / "s1"
    said = words(read_xlsx(folder / BOOK)[SUMMARY_SHEET])
    assert "未认出的部门 · 未认出的数据 · 月份不明" in said
    assert "请在文件名中写明目录名称。" in said


def test_held_list_says_whom_to_ask(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    positive_list(con, settings, verdict="rejected", rows=(6, 0, 6))
    con.execute(
        "insert into quality.list_decisions values ('s1', 'special_equipment', $t, 'held', null, null)", {"t": LATE}
    )
    con.execute("delete from quality.findings")
    find(con, "s1", "positive_list", "X-SHRINK", column=None, value="电梯等特种设备领域", expected="20", found="6")
    path = settings.raw_batches / "positive_list" / "s1.parquet"
    held = (
        f"select * replace ('quarantined' as row_state, 'special_equipment' as domain_code) from read_parquet('{path}')"
    )
    con.execute(f"copy ({held}) to '{path}.new' (format parquet)")
    Path(f"{path}.new").replace(path)
    sheets, _ = receipt(con, settings)
    summary = words(sheets[SUMMARY_SHEET])
    assert "确实减少的，请与市信用办联系确认（批次编号 s1）" in summary
    assert "整份退回，6 行" not in summary
    assert set(column_of(sheets["数据"], "处理结果(系统填写)")) == {"暂缓入库，等待确认"}


def test_zero_report_is_acknowledged(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    submit(con, "s1", "positive_list")
    con.execute("insert into quality.submission_domains values ('s1', 'special_equipment', true, 0, 0, 0, null, true)")
    sheets, document = receipt(con, settings)
    assert document["next_steps"] == ["零报告已登记：电梯等特种设备领域。"]
    assert "全部入库：零报告已登记" in words(sheets[SUMMARY_SHEET])


@pytest.mark.parametrize(
    ("limit", "channel", "rows", "said"),
    [
        (5, "drop", ["5", "6", "7", "8"], "共 6 行，行数较多，数据表只列有问题的 4 行"),
        (6, "drop", ["4", "5", "6", "7", "8", "9"], "按报送的顺序列出全部行"),
        (6, "gateway", ["5", "6", "7", "8"], "数据由接口归集，数据表只列有问题的 4 行"),
    ],
)
def test_large_submissions_come_back_with_their_faulty_rows_only(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    limit: int,
    channel: str,
    rows: list[str],
    said: str,
) -> None:
    monkeypatch.setattr(receipt_rows, "WHOLE_LIMIT", limit)
    positive_list(con, settings, channel=channel)
    sheets, _ = receipt(con, settings)
    assert column_of(sheets["数据"], "原行号(系统填写)") == rows
    assert said in words(sheets[SUMMARY_SHEET])


def test_list_of_problems_is_cut_and_says_so(
    con: duckdb.DuckDBPyConnection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quality.receipt.LISTED_LIMIT", 2)
    monkeypatch.setattr("quality.receipt_summary.LISTED_LIMIT", 2)
    monkeypatch.setattr("quality.receipt.FIRST", 1)
    positive_list(con, settings)
    sheets, document = receipt(con, settings)
    assert sheets[PROBLEMS_SHEET].height == 3
    assert "共 6 处，逐处见“问题清单”，清单只列前 2 处" in words(sheets[SUMMARY_SHEET])
    first = document["problems"][0]
    assert (first["findings"], len(first["first"])) == (2, 1)


def test_control_characters_and_long_texts_do_not_break_the_file(
    con: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    submit(con, "s1", "positive_list", rows=(1, 1, 0))
    batch(
        con,
        settings,
        "s1",
        "positive_list",
        [listed("坏\x00\x0b字符<&>\ud7ff", "91330502MATEXT01XA", "91330502MATEXT01XA", remarks__text="长" * 40_000)],
    )
    data = receipt(con, settings)[0]["数据"]
    assert len(column_of(data, "备注")[0]) == 32_767


@pytest.mark.parametrize("feed", ["inspection_results", "enterprise_registry", "regulated_subjects"])
def test_feeds_without_a_deadline_say_so(con: duckdb.DuckDBPyConnection, settings: Settings, feed: str) -> None:
    submit(con, "s1", feed)
    sheets, document = receipt(con, settings)
    assert (document["due_at"], document["is_timely"]) == (None, None)
    assert "不考核时限" in words(sheets[SUMMARY_SHEET])


def test_correction_is_not_judged_for_time(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    submit(con, "s1", "positive_list", correction=True, corrects="s0", at=LATE)
    assert "更正，不考核时限" in words(receipt(con, settings)[0][SUMMARY_SHEET])


def test_receipt_of_a_returned_receipt_does_not_repeat_our_columns(
    con: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    submit(con, "s1", "positive_list", correction=True, rows=(1, 1, 0))
    returned = '{"处理结果(系统填写)": "已入库", "行编号（系统填写）": "1", "联系人": "李四"}'
    batch(con, settings, "s1", "positive_list", [listed("湖州甲", "91330502MATEXT01XA", None, _extra=returned)])
    header = receipt(con, settings)[0]["数据"].row(1)
    assert len(header) == len(set(header))
    assert header[-1] == "联系人"


def test_unjudged_submission_is_refused(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    with pytest.raises(LookupError, match="run the gate first"):
        write_receipts(con, settings, ["nobody"])


def test_progress_is_told(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    submit(con, "s1", "positive_list")
    submit(con, "s2", "positive_list", at=datetime(2025, 7, 11))
    told: list[str] = []
    write_receipts(con, settings, ["s1", "s2"], told.append)
    assert told == ["receipt 1 of 2", "receipt 2 of 2"]


def test_on_time_boundary(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Due at 24:00 of 14 July in Shanghai, 16:00 UTC (semantics 1.1)."""
    assert ON_TIME < LATE
    for submission_id, at, timely in (
        ("a", datetime(2025, 7, 14, 16), True),
        ("b", datetime(2025, 7, 14, 16, 0, 1), False),
    ):
        submit(con, submission_id, "positive_list", at=at)
        assert receipt(con, settings, submission_id)[1]["is_timely"] is timely
