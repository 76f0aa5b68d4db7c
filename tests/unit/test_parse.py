"""From archived files to rows of text: which table, which column, which rows, and what is reported instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest import warehouse
from ingest.contract_model import MARK_SHEET, load_contracts
from ingest.landing import loose_submission
from ingest.ledger import Submission
from ingest.parse import ParseResult, Problem, parse_submission
from ingest.settings import Settings
from tests.unit.tables import (
    DOMAIN,
    FIRST,
    HEADERS,
    SECOND,
    THIRD,
    csv_text,
    spreadsheetml,
    write_csv,
    write_xls,
    write_xlsx,
    write_zip,
)  # fmt: skip

RECEIVED = datetime(2025, 7, 10, 2, 0, 0)
FEED = "positive_list"


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse.connect_memory(Settings(home=Path("unused"), person_key="k")) as connection:
        yield connection


class Reader:
    """Parses files of one test."""

    def __init__(self, con: duckdb.DuckDBPyConnection, settings: Settings, folder: Path) -> None:
        self.con, self.settings, self.folder = con, settings, folder

    def parse(self, path: Path, feed: str | None = FEED) -> ParseResult:
        self.settings.scratch.mkdir(parents=True, exist_ok=True)
        sent = loose_submission(self.settings, path, feed, "market_regulation", "2025-06", RECEIVED)
        return self.judge(sent)

    def judge(self, sent: Submission) -> ParseResult:
        return parse_submission(self.con, self.settings, sent, load_contracts(), self.settings.scratch)

    def rows(self, result: ParseResult, *columns: str) -> list[tuple[Any, ...]]:
        """Returns columns of the batch; by default the five texts of a positive list."""
        names = columns or tuple(
            f"{c}__text" for c in ("domain_name", "enterprise_name", "uscc", "published_on", "remarks")
        )
        assert result.texts
        quoted = ", ".join(f'"{n}"' for n in names)
        return self.con.execute(f"select {quoted} from ({result.texts}) order by _row_id").fetchall()


@pytest.fixture
def reader(con: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path) -> Reader:
    return Reader(con, settings, tmp_path)


def filled(row: Sequence[str]) -> tuple[str | None, ...]:
    return tuple(c or None for c in row)


def rules(result: ParseResult) -> list[str]:
    return [p.rule_id for p in result.problems]


def problem(result: ParseResult, rule_id: str) -> Problem:
    (found,) = [p for p in result.problems if p.rule_id == rule_id]
    return found


PLAIN = [HEADERS, FIRST, SECOND]
NOTICE = ("2025年6月行业正面清单",)
HINTS = ("必填，按附件2填写", "必填，登记全称", "必填，18位", "必填，格式如2025-06-30", "选填")
MARKED = ("行业领域名称*", "企业名称（必填）", "统一社会信用代码(必填)", "发布日期＊", "备注（选填）")
SPACED = ("行业领域 名称", "企 业 名 称", "统一社会\n信用代码", "发布日期　", "备注")
NUMBERED = ("1、行业领域名称", "2、企业名称", "3、统一社会信用代码", "4、发布日期", "5、备注")
NOTED = [(), ("说明：1.本表由各科室填写",), ("2.如有疑问请联系市信用办",), ("填报人：张三", "", "联系电话：0572-1")]
EXAMPLE = ("例：" + DOMAIN, "测试企业（示例）有限公司", "91330502MATEXT01XA", "2025-06-30", "")
ANSWERED = [
    (*HEADERS, "处理结果(系统填写)", "问题说明（系统填写）"),
    (*FIRST, "隔离", "代码有误"),
    (*SECOND, "入库", ""),
]
TABLES: dict[str, list[Sequence[Any]]] = {
    "plain": PLAIN,
    "title rows above": [NOTICE, ("填报单位：市市场监管局", "", "填报日期：2025-07-01"), (), *PLAIN],
    "blank first rows": [(), (), (), *PLAIN],
    "blank first columns": [("", "", *row) for row in PLAIN],
    "hint row under the header": [HEADERS, HINTS, FIRST, SECOND],
    "obligation marks": [MARKED, FIRST, SECOND],
    "width and blanks in headers": [SPACED, FIRST, SECOND],
    "synonyms": [("行业领域", "单位名称", "统一信用代码", "发布日期", "备注"), FIRST, SECOND],
    "numbered headers": [NUMBERED, FIRST, SECOND],
    "running numbers": [("序号", *HEADERS), (1, *FIRST), (2, *SECOND), (3,), (4,), (5,)],
    "totals below": [*PLAIN, ("合计", "2")],
    "totals with blanks": [*PLAIN, ("合  计", "", 2)],
    "notes below": [*PLAIN, *NOTED],
    "a long note": [*PLAIN, ("以上名单经局党组会议研究同意，" * 6,)],
    "prepared rows": [*PLAIN, *[(DOMAIN, "", "", "", "")] * 20, *[("", " ", "\u3000")] * 3],
    "example rows": [HEADERS, EXAMPLE, FIRST, SECOND],
    "a test enterprise": [HEADERS, (DOMAIN, *EXAMPLE[1:]), FIRST, SECOND],
    "the header again": [HEADERS, FIRST, HEADERS, SECOND],
    "columns of a receipt": ANSWERED,
    "columns in another order": [HEADERS[::-1], FIRST[::-1], SECOND[::-1]],
    "two header rows": [
        ("行业领域名称", "企业信息", "", "发布日期", "备注"),
        ("", "企业名称", "统一社会信用代码", "", ""),
        FIRST,
        SECOND,
    ],
}


@pytest.mark.parametrize("kind", ["xlsx", "csv", "xls", "xml"])
@pytest.mark.parametrize("case", TABLES)
def test_the_table_is_found_wherever_it_stands(reader: Reader, tmp_path: Path, case: str, kind: str) -> None:
    if kind == "xls" and case not in ("plain", "two header rows"):
        kind = "xlsx"  # an xls is read by a process of its own: two of them are enough
    path = tmp_path / f"正面清单.{kind}"
    if kind == "xml":
        path.write_text(spreadsheetml({"表": TABLES[case]}), encoding="utf-8")
    elif kind == "csv":
        write_csv(path, TABLES[case], "gb18030")
    else:
        (write_xlsx if kind == "xlsx" else write_xls)(path, {"表": TABLES[case]})
    result = reader.parse(path)
    assert rules(result) == []
    assert reader.rows(result) == [filled(FIRST), filled(SECOND)]
    assert result.rows == 2


def test_row_numbers_are_physical(reader: Reader, tmp_path: Path) -> None:
    rows = [NOTICE, (), HEADERS, FIRST, (), SECOND, ("合计", 2)]
    for path in (write_xlsx(tmp_path / "a.xlsx", {"表": rows}), write_csv(tmp_path / "b.csv", rows)):
        result = reader.parse(path)
        assert reader.rows(result, "_source_file", "_row_number", "_row_id") == [(path.name, 4, 1), (path.name, 6, 2)]


@pytest.mark.parametrize("kind", ["csv", "bulk csv", "xlsx"])
@pytest.mark.parametrize(
    ("between", "left_out"),
    [
        ((), 0),  # read where it is
        (((),), 1),  # an empty row
        ((("合计", 2),), 1),  # a row that is no record
        ((HEADERS,) * 501, 501),  # more headers of printed pages than a query lists
    ],
)
def test_rows_of_a_large_file_are_numbered_in_order(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, between: Sequence[Any], left_out: int
) -> None:
    monkeypatch.setattr("ingest.readers.delimited.BULK_BYTES", 0 if kind == "bulk csv" else 1_000_000_000)
    rows = [NOTICE, HEADERS, *[FIRST] * 21_000, *between, *[SECOND] * 21_000]
    path = tmp_path / f"a.{kind[-4:].strip()}"
    result = reader.parse(write_xlsx(path, {"表": rows}) if kind == "xlsx" else write_csv(path, rows))
    before = [(3 + i, 1 + i) for i in range(21_000)]
    after = [(21_003 + left_out + i, 21_001 + i) for i in range(21_000)]
    assert result.rows == 42_000
    assert reader.rows(result, "_row_number", "_row_id") == before + after
    assert reader.con.execute(f"select _row_id from ({result.texts})").fetchall() == [(i + 1,) for i in range(42_000)]


def test_batch_has_every_column_and_its_provenance(reader: Reader, tmp_path: Path) -> None:
    result = reader.parse(write_csv(tmp_path / "x.csv", PLAIN))
    names = [r[0] for r in reader.con.execute(f"describe {result.texts}").fetchall()]
    assert names == [
        "domain_name__text", "enterprise_name__text", "uscc__text", "published_on__text", "remarks__text",
        "_source_file", "_sheet", "_row_number", "_received_at", "_record_id", "_operation", "_extra", "_row_id",
    ]  # fmt: skip
    assert reader.rows(result, "_received_at", "_record_id", "_operation", "_extra")[0] == (
        RECEIVED,
        None,
        "upsert",
        None,
    )


def test_several_sheets_each_with_its_own_order(reader: Reader, tmp_path: Path) -> None:
    sheets = {
        "一": [HEADERS, FIRST],
        "二": [HEADERS[::-1], SECOND[::-1]],
        "三": [(), HEADERS[2:] + HEADERS[:2], THIRD[2:] + THIRD[:2]],
    }
    result = reader.parse(write_xlsx(tmp_path / "x.xlsx", sheets))
    assert reader.rows(result) == [filled(FIRST), filled(SECOND), filled(THIRD)]
    assert reader.rows(result, "_sheet", "_row_number") == [("一", 2), ("二", 2), ("三", 3)]


@pytest.mark.parametrize(
    ("sheet", "domain"),
    [
        (DOMAIN, DOMAIN),
        (f"{DOMAIN}6月", DOMAIN),
        ("农产品质量领域", "农产品质量领域"),
        ("民营医疗服务领域(民营医院)", "民营医疗服务领域（民营医院）"),
    ],
)
def test_sheet_name_supplies_the_domain(reader: Reader, tmp_path: Path, sheet: str, domain: str) -> None:
    result = reader.parse(write_xlsx(tmp_path / "x.xlsx", {sheet: [HEADERS[1:], FIRST[1:]]}))
    assert reader.rows(result) == [(domain, *filled(FIRST[1:]))]


def test_sheet_name_that_is_no_domain_supplies_nothing(reader: Reader, tmp_path: Path) -> None:
    result = reader.parse(write_xlsx(tmp_path / "x.xlsx", {"六月": [HEADERS[1:], FIRST[1:]]}))
    assert problem(result, "X-HEADER").values["expected"] == "行业领域名称"


def test_hidden_sheets_and_rows_are_read(reader: Reader, tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "x.xlsx", {"表": PLAIN, "藏": [HEADERS, THIRD], "草稿": [("x", "y")]}, hidden=("藏", "草稿")
    )
    result = reader.parse(path)
    assert result.rows == 3
    assert (problem(result, "X-SHEET").sheet, rules(result)) == ("草稿", ["X-SHEET"])


def test_sheets_of_our_own_are_passed_over(reader: Reader, tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "x.xlsx", {"数据": PLAIN, "填报说明": [("说明", "填")], "_选项": [("甲",)]}, hidden=("_选项",)
    )
    assert (reader.parse(path).rows, rules(reader.parse(path))) == (2, [])


def test_template_comes_back_empty_as_zero_report(reader: Reader, tmp_path: Path) -> None:
    from ingest.contract_template import render_template

    for feed, contract in load_contracts().items():
        path = tmp_path / f"{feed}.xlsx"
        path.write_bytes(render_template(contract, (DOMAIN,), ("市市场监管局",)))
        result = reader.parse(path, feed)
        assert (result.rows, result.is_zero_report, rules(result)) == (0, True, [])


@pytest.mark.parametrize(
    ("rows", "is_zero", "domain"),
    [
        ([HEADERS], True, None),
        ([HEADERS, (DOMAIN, "无", "", "", "")], True, DOMAIN),
        ([HEADERS, (f" {DOMAIN}", "无", "无", "/", "无")], True, DOMAIN),
        ([HEADERS, ("", "无", "", "", "")], False, None),
        ([HEADERS, (DOMAIN, "无", "91330502MATEXT01XA", "", "")], False, None),
        ([HEADERS, (DOMAIN, "无", "", "", ""), FIRST], False, None),
        ([HEADERS, FIRST], False, None),
    ],
)
def test_zero_reports(
    reader: Reader, tmp_path: Path, rows: list[Sequence[str]], is_zero: bool, domain: str | None
) -> None:
    result = reader.parse(write_csv(tmp_path / "x.csv", rows))
    assert (result.is_zero_report, result.zero_domain) == (is_zero, domain)
    assert result.rows == (0 if is_zero else len(rows) - 1)
    assert (not result.texts) == is_zero


def test_missing_header_stops_the_file_and_says_what_there_is(reader: Reader, tmp_path: Path) -> None:
    result = reader.parse(write_xlsx(tmp_path / "x.xlsx", {"表": [row[:3] + ("上级备注",)[:1] for row in PLAIN]}))
    found = problem(result, "X-HEADER")
    assert not result.texts
    assert found.values == {
        "sheet": "表",
        "expected": "发布日期",
        "found": "行业领域名称、企业名称、统一社会信用代码",
        "available": "行业领域名称、企业名称、统一社会信用代码、上级备注",
    }


def test_unknown_columns_are_kept_and_told(reader: Reader, tmp_path: Path) -> None:
    rows = [(*HEADERS, "企业规模", "", "企业名称"), (*FIRST, "小型", "旁注", "又名"), SECOND]
    result = reader.parse(write_xlsx(tmp_path / "x.xlsx", {"表": rows}))
    assert reader.rows(result, "_extra") == [('{"企业规模":"小型","第7列":"旁注","企业名称":"又名"}',), (None,)]
    assert sorted(p.values["value"] for p in result.problems) == ["企业名称", "企业规模", "第7列"]
    assert set(rules(result)) == {"X-COLUMN"}
    nothing = [(*HEADERS, "企业规模"), FIRST]
    assert rules(reader.parse(write_xlsx(tmp_path / "y.xlsx", {"表": nothing}))) == []


def test_native_dates_and_lost_codes(reader: Reader, tmp_path: Path) -> None:
    rows = [HEADERS, (DOMAIN, "甲", 913305020000000000, date(2025, 6, 3), ""), (DOMAIN, "乙", "x", 45811, "")]
    result = reader.parse(write_xlsx(tmp_path / "x.xlsx", {"表": rows}))
    assert reader.rows(result, "uscc__text", "published_on__text") == [("9.1330502E+17", "2025-06-03"), ("x", "45811")]


def test_serial_dates_of_1904_count_from_1904(reader: Reader, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "x.xlsx", {"表": [HEADERS, (DOMAIN, "甲", "x", 44349, "")]}, date_1904=True)
    assert reader.rows(reader.parse(path), "published_on__text") == [("45811",)]


def test_members_of_a_zip_and_of_a_folder(reader: Reader, tmp_path: Path) -> None:
    parts = {"一.csv": csv_text([HEADERS, FIRST]).encode(), "二.csv": csv_text([HEADERS, SECOND]).encode("gb18030")}
    packed = reader.parse(write_zip(tmp_path / "清单.zip", parts))
    assert reader.rows(packed, "_source_file", "_row_id") == [("清单.zip!一.csv", 1), ("清单.zip!二.csv", 2)]
    folder = tmp_path / "清单"
    folder.mkdir()
    for name, data in parts.items():
        (folder / name).write_bytes(data)
    write_zip(folder / "三.zip", {"丙.csv": csv_text([HEADERS, THIRD]).encode()})
    opened = reader.parse(folder)
    assert sorted(r[0] for r in reader.rows(opened, "_source_file")) == [
        "清单/一.csv",
        "清单/三.zip!丙.csv",
        "清单/二.csv",
    ]


def test_one_broken_member_stops_the_submission(reader: Reader, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", {"a.csv": csv_text(PLAIN).encode(), "b.xlsx": b"PK\x03\x04 damaged"})
    result = reader.parse(path)
    assert (result.texts, rules(result)) == ("", ["X-READ"])
    assert problem(result, "X-READ").source_file == "x.zip!b.xlsx"


def test_unreadable_and_empty_files_are_problems_never_errors(reader: Reader, tmp_path: Path) -> None:
    for number, data in enumerate((b"", b"%PDF-1.4", b"PK\x03\x04", bytes(range(256)))):
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(data)
        assert rules(reader.parse(path)) == ["X-READ"]
    assert rules(reader.parse(write_xlsx(tmp_path / "empty.xlsx", {"表": []}))) == ["X-READ"]


def test_unknown_feed_lists_titles_and_headers(reader: Reader, tmp_path: Path) -> None:
    result = reader.parse(write_csv(tmp_path / "x.csv", [("甲", "乙"), ("1", "2")]), None)
    found = problem(result, "X-FEED")
    assert found.values["value"] == "x.csv"
    assert "正面清单" in found.values["expected"]
    assert found.values["available"] == "甲、乙"


def test_returned_receipt_is_read_without_its_other_sheets(reader: Reader, tmp_path: Path) -> None:
    sheets = {
        "汇总": [("报送量", 2)],
        "数据": [(*HEADERS, "处理结果(系统填写)"), (*FIRST, "隔离")],
        "问题清单": [("企业名称", "统一社会信用代码", "问题"), ("甲", "91330502MATEXT01XA", "x")],
        "附": [HEADERS[:3], FIRST[:3]],
        MARK_SHEET: [("submission_id", "0123456789abcdef"), ("feed", FEED)],
    }
    result = reader.parse(write_xlsx(tmp_path / "回执.xlsx", sheets, hidden=(MARK_SHEET,)), None)
    assert (result.feed, result.rows, rules(result)) == (FEED, 1, [])


def test_operation_is_told_apart(reader: Reader, tmp_path: Path) -> None:
    contract = load_contracts()["evaluation_results"]
    headers = [c.title for c in contract.columns]
    place = [c.name for c in contract.columns].index("operation")
    rows = [headers]
    for text in ("", "新增", "修改", " 删除 "):
        row = [c.example for c in contract.columns]
        row[1], row[place] = "湖州甲有限公司", text
        rows.append(row)
    result = reader.parse(write_csv(tmp_path / "x.csv", rows), "evaluation_results")
    assert [r[0] for r in reader.rows(result, "_operation")] == ["upsert", "upsert", "upsert", "delete"]


GATEWAY = (
    '{"extra":{"cd_batch":"2025060300001"},"operation":"i","record_id":"r1","values":{"counterpart_name":"湖州甲有限公司",'
    '"inspected_on":"2025-06-03"},"watermark":"2025-06-03 10:00:00"}\n'
    '{"extra":null,"operation":"d","record_id":"r2","values":{"counterpart_name":null},"watermark":"1748916000000"}\n'
    '{"operation":null,"record_id":"r3","values":{},"watermark":"2025-06-03T10:00:00+08:00"}\n'
)


@pytest.mark.parametrize("receipt_clock", ["ledger", "mtime"])
def test_gateway_records(reader: Reader, tmp_path: Path, receipt_clock: str) -> None:
    path = tmp_path / "pull"
    path.write_text(GATEWAY, encoding="utf-8")
    reader.settings = reader.settings.model_copy(update={"receipt_clock": receipt_clock})
    sent = Submission(
        "0" * 16, "", "inspection_results", "market_regulation", "2025-06", "gateway", "dazonghe", "pull-1", None,
        RECEIVED, "", False, None, None, (("pull-1", path),),
    )  # fmt: skip
    result = reader.judge(sent)
    at = datetime(2025, 6, 3, 2, 0, 0)
    received = [at, datetime(2025, 6, 3, 2, 0, 0), at] if receipt_clock == "mtime" else [RECEIVED] * 3
    names = ("_row_id", "_record_id", "_operation", "_received_at", "counterpart_name__text", "_extra")
    assert reader.rows(result, *names) == [
        (1, "r1", "upsert", received[0], "湖州甲有限公司", '{"cd_batch":"2025060300001"}'),
        (2, "r2", "delete", received[1], None, None),
        (3, "r3", "upsert", received[2], None, None),
    ]
    assert [p.values["value"] for p in result.problems] == ["cd_batch"]


def test_many_rows_that_are_no_records_are_left_out(reader: Reader, tmp_path: Path) -> None:
    rows: list[Sequence[Any]] = [("序号", *HEADERS), (1, *FIRST)]
    rows += [(i, "", "", "", "", "") for i in range(2, 1500)]
    rows += [(1500, *SECOND)]
    assert reader.parse(write_csv(tmp_path / "x.csv", rows)).rows == 2
