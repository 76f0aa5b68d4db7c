"""What a check before sending says and writes, and which month it assumes."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from ingest import landing, warehouse
from ingest.settings import Settings
from quality import gate, precheck
from quality.receipt import BOOK, DOCUMENT, MESSAGE, write_receipts
from tests.data.building import HEADERS, ROW1, ROW2, ROW3, drop, row, text, xlsx

TODAY = date(2025, 7, 3)


@pytest.mark.parametrize(
    ("name", "period"),
    [
        ("inbox/a/2025-05/行业评价结果.xlsx", "2025-05"),
        ("行业评价结果2025年4月.xlsx", "2025-04"),
        ("行业评价结果_202503.csv", "2025-03"),
        ("2025-05/2025年4月行业评价结果.csv", "2025-04"),
        ("行业评价结果.xlsx", "2025-06"),
        ("行业评价结果2025年13月.xlsx", "2025-06"),
        ("行业评价结果20250612345.xlsx", "2025-06"),
    ],
)
def test_period_is_that_of_the_name_else_the_month_before(name: str, period: str) -> None:
    assert precheck.period_of(Path("/home/clerk") / name, TODAY) == period


def test_receipt_is_written_on_request(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "行业评价结果.xlsx"
    file.write_bytes(xlsx([HEADERS, row(grade="卓越"), ROW2]))
    result = precheck.check_file(settings, file, None, "ecology_environment", "2025-06", tmp_path / "out")
    assert not result.is_clean
    folder = tmp_path / "out" / precheck.RECEIPT
    assert sorted(p.name for p in folder.iterdir()) == sorted([BOOK, DOCUMENT, MESSAGE])
    said = (folder / MESSAGE).read_text(encoding="utf-8")
    assert "市生态环境局" in said
    assert "评价等级：不是该领域的等级（错误，1 行" in said
    assert not settings.warehouse_file.exists()


def test_returned_receipt_closes_the_row_whose_key_was_wrong(settings: Settings, tmp_path: Path) -> None:
    """End to end: code and name of the row were wrong, so only the number of the row tells which one is meant."""
    import openpyxl

    def send(name: str, data: bytes, day: int) -> str:
        drop(settings, "ecology_environment", name, data, day)
        with warehouse.connect(settings) as con:
            (submission,) = landing.land_inbox(con, settings)
            gate.gate_pending(con, settings)
            write_receipts(con, settings, [submission])
        return submission

    first = send("行业评价结果.csv", text([HEADERS, row(code="913", name="写错的公司"), ROW2]), 1)
    folder = settings.outbox / "ecology_environment" / first
    book = openpyxl.load_workbook(folder / BOOK)
    sheet = book["数据"]
    places = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, places["企业名称"]).value, sheet.cell(2, places["统一社会信用代码"]).value = (
        "湖州甲公司新",
        "91330502MATEXT01XA",
    )
    book.save(tmp_path / BOOK)
    fix = send(BOOK, (tmp_path / BOOK).read_bytes(), 2)
    with warehouse.connect(settings) as con:
        assert con.execute(
            "select row_id, row_state from quality.row_decisions where submission_id = $1 order by row_id", [first]
        ).fetchall() == [(1, "closed"), (2, "closed")]
        verdict = con.execute(
            "select rows_received, rows_accepted from quality.submission_verdicts where submission_id = $1", [fix]
        ).fetchone()
        assert verdict == (2, 2)
        rules = con.execute("select distinct rule_id from quality.findings where submission_id = $1", [fix]).fetchall()
        assert ("X-COLUMN",) not in rules


def test_receipt_proposes_what_the_registry_knows(settings: Settings) -> None:
    titles = ("企业名称", "统一社会信用代码", "登记状态")
    known = [
        ("湖州双木新材料有限公司", "91330502MATEXT01XA", "存续"),
        ("湖州双木新材料有限公司", "92330503MATEXT028M", "存续"),
        ("湖州三水环保科技有限公司", "93330521MATEXT036F", "存续"),
    ]
    drop(settings, "market_regulation", "企业登记信息.csv", text([titles, *known]), 1)
    wrong = [
        row(name="湖州双木新材料有限公司", code="9133O5O2MATEXTO1XA"),
        row(ROW2, name="湖州三水环保科技公司", code=""),
        row(ROW2, name="湖州毫不相干之物流中心", code=""),
    ]
    drop(settings, "ecology_environment", "行业评价结果.csv", text([HEADERS, *wrong, ROW2]), 2)
    with warehouse.connect(settings) as con:
        landing.land_inbox(con, settings)
        summary = gate.gate_pending(con, settings)
        folders = write_receipts(con, settings, summary.submission_ids)
    document = next(p for p in folders if "ecology" in str(p)) / DOCUMENT
    found = {f["row"]: f["remedy"] for p in json.loads(document.read_text("utf-8"))["problems"] for f in p["first"]}
    assert "91330502MATEXT01XA，请核对是否把数字写成了字母" in found[2]
    assert "“湖州三水环保科技有限公司”（93330521MATEXT036F）" in found[3]
    assert "登记信息中" not in found[4]


def test_check_says_what_the_gate_says_once_the_file_is_sent(settings: Settings, tmp_path: Path) -> None:
    """With the registry and a former list known: the same verdict, findings and problems, in the same words."""

    def send(sender: str, name: str, data: bytes, day: int) -> str:
        drop(settings, sender, name, data, day)
        with warehouse.connect(settings) as con:
            (submission,) = landing.land_inbox(con, settings)
            assert gate.gate_pending(con, settings).errors == []
            write_receipts(con, settings, [submission])
        return submission

    registry = [("企业名称", "统一社会信用代码", "登记状态"), (ROW2[1], ROW2[2], "存续")]
    send("market_regulation", "企业登记信息.csv", text(registry), 1)
    messy = [
        HEADERS,
        ROW1,
        ROW2,
        ROW3,
        row(name="湖州甲乙丙丁有限责任公司", code=""),
        row(code="9133O502MATEXT01XA", grade="卓越"),
        row(day="20250631"),
        row(ROW2, day="2025.6.18", grade="A级"),
        row(ROW2, day="2025.6.18", grade="B级"),
        row(domain="产品质量领域"),
        ("合计", "9家"),
    ]
    file = tmp_path / "行业评价结果.xlsx"
    file.write_bytes(xlsx({"六月": messy, "备忘": [["电话"], ["1"]]}))
    told = precheck.check_file(settings, file, None, "ecology_environment", "2025-06")
    submission = send("ecology_environment", file.name, file.read_bytes(), 8)
    document = json.loads(next(settings.outbox.glob(f"*/{submission}/{DOCUMENT}")).read_text(encoding="utf-8"))
    assert told.has_knowledge
    assert (told.rows_received, told.rows_accepted) == (9, 3)
    for part in ("verdict", "rows_received", "rows_accepted", "rows_quarantined", "problems"):
        assert told.document[part] == document[part], part
    with warehouse.connect(settings) as con:
        result = con.execute(
            "select * exclude submission_id from quality.findings where submission_id = $1", [submission]
        )
        names = [d[0] for d in result.description]
        judged = [dict(zip(names, values, strict=True)) for values in result.fetchall()]
    checked = [{k: v for k, v in f.items() if k != "submission_id"} for f in told.findings]
    assert sorted(map(str, checked)) == sorted(map(str, judged))
    # The sheet without a table; no code; a letter in the code and an unknown grade; no such day; two rows that
    # contradict each other; a domain of another department.
    assert len(judged) == 1 + 1 + 2 + 1 + 2 + 1
