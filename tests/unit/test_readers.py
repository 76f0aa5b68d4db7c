"""What stands in a file, whatever it is called and whatever it is: texts with their places, or a reason why not."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from ingest.parse_sql import cells_sql
from ingest.readers import delimited, spreadsheet
from ingest.readers.files import read_files
from ingest.readers.grid import Found, Limits
from tests.data.building import Case, ods
from tests.data.cases_files import PASSWORDS
from tests.unit.tables import (
    FIRST,
    HEADERS,
    SECOND,
    csv_text,
    spreadsheetml,
    write_csv,
    write_xls,
    write_xlsx,
    write_zip,
)  # fmt: skip

LIMITS = Limits(file_bytes=50_000_000, unpacked_bytes=200_000_000, expansion=200, columns=512, rows=1_000_000)
ROWS = (HEADERS, FIRST, SECOND)
TEXTS = [
    (1, list(HEADERS)),
    (2, list(FIRST[:4])),
    (3, list(SECOND)),
]


def read(path: Path, tmp_path: Path, limits: Limits = LIMITS, head_only: bool = False) -> Found:
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    return read_files([(path.name, path)], scratch, limits, head_only)


def whole(found: Found) -> list[tuple[int, list[str | None]]]:
    """Every row of the first grid, from its Parquet, without the empty cells at the end."""
    rows = []
    for number, *cells in duckdb.sql(f"from {cells_sql(found.grids[0])} order by row_number").fetchall():
        while cells[-1] is None:
            cells.pop()
        rows.append((number, cells))
    return rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_csv_in_every_encoding_and_dialect(tmp_path: Path, encoding: str, delimiter: str) -> None:
    found = read(write_csv(tmp_path / "x.csv", ROWS, encoding, delimiter), tmp_path)
    assert found.failures == []
    assert found.grids[0].head == TEXTS
    assert whole(found) == TEXTS


@pytest.mark.parametrize("name", ["x.xlsx", "x.xls", "x.csv", "x.dat", "x"])
def test_xlsx_under_any_name(tmp_path: Path, name: str) -> None:
    found = read(write_xlsx(tmp_path / name, {"数据": ROWS}), tmp_path)
    assert (found.grids[0].sheet, found.grids[0].head) == ("数据", TEXTS)


@pytest.mark.parametrize("name", ["x.xls", "x.xlsx", "x.et"])
def test_xls_under_any_name(tmp_path: Path, name: str) -> None:
    found = read(write_xls(tmp_path / name, {"数据": ROWS}), tmp_path)
    assert (found.grids[0].sheet, found.grids[0].head) == ("数据", TEXTS)


def test_ods_under_another_name(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(ods(ROWS))
    found = read(path, tmp_path)
    assert (found.grids[0].sheet, found.grids[0].head) == ("数据", TEXTS)


def test_a_repeated_cell_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plain.ods"
    path.write_bytes(ods([("甲",)]))
    with zipfile.ZipFile(path) as package:
        members = {name: package.read(name) for name in package.namelist()}
    repeated = b'<table:table-row table:number-rows-repeated="1048576"><table:table-cell '
    repeated += b'table:number-columns-repeated="16384"'
    members["content.xml"] = members["content.xml"].replace(b"<table:table-row><table:table-cell", repeated)
    (failure,) = read(write_zip(tmp_path / "x.ods", members), tmp_path).failures
    assert "损坏" in failure[1].reason_zh


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("name", ["x.xls", "x.xlsx", "x.xml"])
def test_spreadsheetml_under_any_name(tmp_path: Path, name: str, encoding: str) -> None:
    declared = {"utf-8": "UTF-8", "gb18030": "GB2312", "utf-16": "UTF-16"}[encoding]
    text = spreadsheetml({"数据": ROWS, "隐藏": [("x",)]}, f'<?xml version="1.0" encoding="{declared}"?>\n', ("隐藏",))
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    found = read(path, tmp_path)
    assert (found.grids[0].sheet, found.grids[0].head) == ("数据", TEXTS)
    assert [(g.sheet, g.is_hidden) for g in found.grids] == [("数据", False), ("隐藏", True)]


def test_typed_cells_become_the_texts_one_sees(tmp_path: Path) -> None:
    row = (
        913305020000000000, 330500000012345, 5.0, 95.5, True, date(2025, 6, 1), datetime(2025, 6, 1, 8, 30), 0.1 + 0.2,
        " 空 格 ", "0012",
    )  # fmt: skip
    expected = [
        "9.1330502E+17", "330500000012345", "5", "95.5", "TRUE", "2025-06-01", "2025-06-01T08:30:00", "0.3", " 空 格 ",
        "0012",
    ]  # fmt: skip
    found = read(write_xlsx(tmp_path / "x.xlsx", {"s": [row]}), tmp_path)
    assert found.grids[0].head == [(1, expected)]


def test_dates_of_1904_are_the_same_days(tmp_path: Path) -> None:
    found = read(write_xlsx(tmp_path / "x.xlsx", {"s": [(date(2025, 6, 1),)]}, date_1904=True), tmp_path)
    assert found.grids[0].head == [(1, ["2025-06-01"])]
    assert found.grids[0].is_1904


def test_error_cells_and_lost_results_are_seen(tmp_path: Path) -> None:
    import openpyxl
    import xlsxwriter

    path = tmp_path / "x.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("s")
    sheet.write_row(0, 1, ("甲", "乙"))
    sheet.write_formula(1, 1, "=NA()", None, "#N/A")
    sheet.write_formula(1, 2, "=1+1", None, 2)
    book.close()
    found = read(path, tmp_path)
    assert found.grids[0].head == [(1, ["甲", "乙"]), (2, ["#N/A", "2"])]
    assert (found.grids[0].first_column, found.grids[0].formulas_without_value) == (2, 0)
    plain = openpyxl.Workbook()
    plain.active.append(["甲", "乙"])
    plain.active.append(["=1+1", "x"])
    plain.save(tmp_path / "y.xlsx")
    found = read(tmp_path / "y.xlsx", tmp_path)
    assert found.grids[0].formulas_without_value == 1


def test_every_sheet_is_read_hidden_ones_too(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "x.xlsx", {"一": ROWS, "二": [("x",)], "空": []}, hidden=("二",))
    assert [(g.sheet, g.is_hidden) for g in read(path, tmp_path).grids] == [("一", False), ("二", True)]


def test_formatted_ranges_to_the_last_column_are_cheap(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "x.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("s")
    style = book.add_format({"bg_color": "#FFFF00"})
    for number, row in enumerate(ROWS):
        sheet.write_row(number, 0, row)
        for column in range(100, 16384, 7):
            sheet.write_blank(number, column, None, style)
    book.close()
    assert read(path, tmp_path).grids[0].head == TEXTS


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_zip_members_whatever_the_encoding_of_their_names(tmp_path: Path, encoding: str) -> None:
    members = {"一区.csv": csv_text(ROWS).encode("gb18030"), "二区.csv": csv_text(ROWS).encode()}
    found = read(write_zip(tmp_path / "x.zip", members, encoding), tmp_path)
    assert found.failures == []
    assert [g.source_file for g in found.grids] == ["x.zip!一区.csv", "x.zip!二区.csv"]


def test_zip_paths_are_never_followed(tmp_path: Path) -> None:
    members = {"../../外.csv": csv_text(ROWS).encode(), "/etc/x.csv": csv_text(ROWS).encode()}
    found = read(write_zip(tmp_path / "x.zip", members), tmp_path)
    assert sorted(g.source_file for g in found.grids) == ["x.zip!etc/x.csv", "x.zip!外.csv"]
    assert not (tmp_path.parent / "外.csv").exists()


def test_zip_passes_over_leftovers_and_names_what_is_no_table(tmp_path: Path) -> None:
    members = {
        "a.csv": csv_text(ROWS).encode(), "__MACOSX/._a.csv": b"x", "~$a.xlsx": b"x", ".DS_Store": b"x",
        "盖章件.pdf": b"%PDF-1.7 ...",
    }  # fmt: skip
    found = read(write_zip(tmp_path / "x.zip", members), tmp_path)
    assert [g.source_file for g in found.grids] == ["x.zip!a.csv"]
    assert [(u.source_file, u.reason_zh) for u in found.unread] == [("x.zip!盖章件.pdf", "这是PDF 文件，不是表格")]


def _bomb(path: Path) -> Path:
    return write_zip(path, {"a.csv": b"0," * 60_000_000})


UNREADABLE = {
    "empty": (lambda p: p.write_bytes(b""), "空的"),
    "pdf": (lambda p: p.write_bytes(b"%PDF-1.7\n"), "PDF"),
    "picture": (lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n"), "图片"),
    "rar": (lambda p: p.write_bytes(b"Rar!\x1a\x07\x00"), "RAR"),
    "web page": (lambda p: p.write_text("<html><table><tr><td>企业名称</td></tr></table></html>"), "网页"),
    "json": (lambda p: p.write_text('{"企业名称": 1}'), "JSON"),
    "cut zip": (lambda p: p.write_bytes(write_zip(p, {"a.csv": b"a,b\n" * 1000}).read_bytes()[:60]), "损坏"),
    "cut xlsx": (lambda p: p.write_bytes(write_xlsx(p, {"s": ROWS}).read_bytes()[:2000]), "损坏"),
    "cut xls": (lambda p: p.write_bytes(write_xls(p, {"s": ROWS}).read_bytes()[:1500]), "损坏"),
    "zip in zip": (
        lambda p: write_zip(p, {"b.zip": write_zip(p, {"a.csv": b"a,b"}).read_bytes()}),
        "压缩包里还有压缩包",
    ),
    "bomb": (_bomb, "过大"),
    "mixed encoding": (lambda p: p.write_bytes("企业,代码\n".encode() * 9 + b"\xff\xfe\xfd,\x80\n"), "编码"),
    "document type": (
        lambda p: p.write_text(spreadsheetml({"s": ROWS}, '<!DOCTYPE x [<!ENTITY a "b">]>')),
        "不允许",
    ),
    "broken xml": (lambda p: p.write_text(spreadsheetml({"s": ROWS})[:-40]), "损坏"),
    "unbalanced quotes": (lambda p: p.write_text('a,b\n"甲,1\n乙,2\n"丙",3\n'), "引号"),
    "binary": (lambda p: p.write_bytes(bytes(range(256)) * 4), "不是表格"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_unreadable_files_say_why_in_chinese(tmp_path: Path, case: str) -> None:
    make, reason = UNREADABLE[case]
    path = tmp_path / "x.xlsx"
    make(path)
    found = read(path, tmp_path)
    assert found.grids == []
    (failure,) = found.failures
    assert failure[0].startswith("x.xlsx")
    assert reason in failure[1].reason_zh


@pytest.mark.parametrize("case", PASSWORDS, ids=[case.name for case in PASSWORDS])
@pytest.mark.parametrize("head_only", [False, True])
def test_file_under_a_password_is_named_so_under_any_name(tmp_path: Path, case: Case, head_only: bool) -> None:
    for name in (case.stored, "x", "x.xls", "x.xlsx"):
        path = tmp_path / name
        path.write_bytes(case.make())
        assert [f[1].reason_zh for f in read(path, tmp_path, head_only=head_only).failures] == [case.says]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"file_bytes": 10}, "MB"),
        ({"rows": 2}, "超过 2 行"),
        ({"columns": 3}, "列"),
    ],
)
def test_limits_refuse_the_file(tmp_path: Path, limits: dict[str, int], reason: str) -> None:
    from dataclasses import replace

    for path in (write_csv(tmp_path / "x.csv", ROWS), write_xlsx(tmp_path / "x.xlsx", {"s": ROWS})):
        found = read(path, tmp_path, replace(LIMITS, **limits))
        assert reason in found.failures[0][1].reason_zh


def test_cells_in_opposite_corners_are_refused_before_they_are_laid_out(tmp_path: Path) -> None:
    import openpyxl

    for corner in ("XFD1048576", "SR1048576"):
        book = openpyxl.Workbook()
        book.active["A1"] = "a"
        book.active[corner] = "b"
        book.save(tmp_path / "x.xlsx")
        assert len(read(tmp_path / "x.xlsx", tmp_path).failures) == 1


def test_stray_quote_does_not_swallow_rows(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('企业名称,备注\n甲,"好"的\n乙,x\n', encoding="utf-8")
    assert whole(read(path, tmp_path)) == [(1, ["企业名称", "备注"]), (2, ["甲", '"好"的']), (3, ["乙", "x"])]


def test_quoted_line_breaks_are_one_row(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "x.csv", [("a", "b"), ("一\n二", "x,y"), ('引"号', "z")])
    assert whole(read(path, tmp_path)) == [(1, ["a", "b"]), (2, ["一\n二", "x,y"]), (3, ['引"号', "z"])]


def test_blank_lines_keep_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("\n\na,b\n\n1,2\n,,\n3,4\n\n", encoding="utf-8")
    assert whole(read(path, tmp_path)) == [(3, ["a", "b"]), (5, ["1", "2"]), (7, ["3", "4"])]


def test_large_csv_is_read_by_duckdb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BULK_BYTES", 0)
    monkeypatch.setattr(delimited, "_by_row", lambda *_: pytest.fail("read row by row"))
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        assert whole(read(write_csv(tmp_path / "x.csv", ROWS, encoding), tmp_path)) == TEXTS


def test_large_csv_with_a_damaged_character_is_refused_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "BULK_BYTES", 0)
    path = tmp_path / "x.csv"
    path.write_bytes("企业名称,代码\r\n湖州企业,1\r\n".encode("gb18030") + b"\xba\xff\xff,2\r\n")
    found = read(path, tmp_path)
    assert found.grids == []
    assert [(name, fault.reason_zh) for name, fault in found.failures] == [
        ("x.csv", "第 3 行附近文字编码混乱，无法读取")
    ]


def test_zip_packed_in_an_unknown_way_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("正面清单.csv", "企业名称,代码\r\n湖州企业,1\r\n")
    data = bytearray(path.read_bytes())
    data[8] = data[data.index(b"PK\x01\x02") + 10] = 97  # WavPack, APPNOTE 4.4.5
    path.write_bytes(data)
    with pytest.raises(RuntimeError, match="compression method is not supported"), zipfile.ZipFile(path) as package:
        package.read("正面清单.csv")
    found = read(path, tmp_path)
    assert found.grids == []
    assert [name for name, _ in found.failures] == ["x.zip"]


TEXT_ROWS = [[], [None, "注意"], list(HEADERS), ["甲", " 乙 ", "", "丙"], [], ["丁"], ["", "", "戊\n己"]]
TEXT_CELLS = [
    (2, [None, "注意"]),
    (3, list(HEADERS)),
    (4, ["甲", " 乙 ", None, "丙"]),
    (6, ["丁"]),
    (7, [None, None, "戊\n己"]),
]


@pytest.mark.parametrize("constant_memory", [False, True], ids=["shared strings", "inline strings"])
def test_large_sheet_of_texts_is_read_by_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, constant_memory: bool
) -> None:
    book = write_xlsx(tmp_path / "x.xlsx", {"数据": TEXT_ROWS}, constant_memory=constant_memory)
    assert read(book, tmp_path).grids[0].head == TEXT_CELLS
    monkeypatch.setattr(spreadsheet, "BULK_BYTES", 0)
    monkeypatch.setattr(spreadsheet, "_rows", lambda *_: pytest.fail("read cell by cell"))
    found = read(book, tmp_path)
    assert (found.grids[0].head, found.grids[0].first_column) == (TEXT_CELLS, 1)
    assert whole(found) == TEXT_CELLS


@pytest.mark.parametrize(
    "spoilt",
    [12.5, date(2025, 6, 3), True, "=1+1", "\u3000", "merged"],
    ids=["number", "date", "truth", "formula", "blank", "merged"],
)
def test_large_sheet_with_anything_else_is_read_cell_by_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoilt: object
) -> None:
    rows = {"数据": [*TEXT_ROWS, ["庚", spoilt]]}
    book = write_xlsx(tmp_path / "x.xlsx", rows, merged=("A8:A9", "庚") if spoilt == "merged" else None)
    careful = read(book, tmp_path)
    monkeypatch.setattr(spreadsheet, "BULK_BYTES", 0)
    by_cell = spreadsheet._rows
    asked: list[str] = []
    monkeypatch.setattr(spreadsheet, "_rows", lambda sheet, *more: asked.append(sheet.name) or by_cell(sheet, *more))
    found = read(book, tmp_path)
    assert (found.grids[0].head, whole(found)) == (careful.grids[0].head, whole(careful))
    assert asked == ["数据"]


def test_large_sheet_keeps_to_the_limit_of_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "BULK_BYTES", 0)
    book = write_xlsx(tmp_path / "x.xlsx", {"数据": TEXT_ROWS})
    for rows, reasons in ((5, []), (4, ["too many rows"])):
        assert [e.what for _, e in read(book, tmp_path, replace(LIMITS, rows=rows)).failures] == reasons


def test_head_only_writes_nothing(tmp_path: Path) -> None:
    found = read(write_xlsx(tmp_path / "x.xlsx", {"s": ROWS}), tmp_path, head_only=True)
    assert (found.grids[0].head, found.grids[0].parts) == (TEXTS, ())
