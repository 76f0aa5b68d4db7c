"""Rows that DuckDB writes into a workbook are those that Python would have written, whatever stands in them."""

import zipfile
from datetime import datetime

import duckdb
import openpyxl
import pytest

from exports.sheet_rows import QueryRows, _letters
from exports.workbook import Sheet, write_workbook

MADE = datetime(2025, 8, 16, 2, 30)
QUERY = """
    select * from (values
        (1, '=1+1', 'a<b>&"c"', date '2025-07-20', timestamp '2025-07-19 16:30:00', true, ['甲', '乙'], 0.05::double,
            12.30::decimal(5, 2)),
        (2, null, ' 空格 ', null, null, null, []::varchar[], null, null),
        (3, '@x', chr(7) || '铃' || chr(10) || '行', date '1999-12-31', timestamp '2025-01-01 00:00:00', false, ['丙'],
            1.0, 0.00)
    ) as t(no, formula, markup, day, moment, yes, names, share, score) order by no
"""
HEADER = ("序号", "公式", "标记", "日期", "时间", "是否", "名称", "比例", "得分")


@pytest.fixture(autouse=True, params=[0, 500], ids=["by DuckDB", "by Python"])
def _who_writes(request, monkeypatch):
    """Short lists are written by Python: it must not show."""
    monkeypatch.setattr("exports.workbook.SHORT_ROWS", request.param)


def _write(path, sql=QUERY, header=HEADER, count=3):
    with duckdb.connect() as con:
        write_workbook(path, [Sheet("表", "标题", header, QueryRows(con, sql, count), ["注"])], MADE)
    return openpyxl.load_workbook(path)["表"]


def test_cells_hold_what_the_query_gives(tmp_path):
    page = _write(tmp_path / "a.xlsx")
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=4)]
    assert rows == [
        [1, "=1+1", 'a<b>&"c"', datetime(2025, 7, 20), datetime(2025, 7, 20, 0, 30), "是", "甲、乙", 0.05, 12.3],
        [2, None, " 空格 ", None, None, None, None, None, None],
        [3, "@x", "铃\n行", datetime(1999, 12, 31), datetime(2025, 1, 1, 8, 0), "否", "丙", 1, 0],
    ]
    assert {cell.data_type for cell in page["B"][3:]} <= {"s", "inlineStr", "n"}, "no cell is a formula"
    assert (page.freeze_panes, page.auto_filter.ref, page.dimensions) == ("A4", "A3:I6", "A1:I6")


def test_same_rows_of_python_look_the_same(tmp_path):
    ours = _write(tmp_path / "a.xlsx")
    with duckdb.connect() as con:
        rows = con.execute(QUERY).fetchall()
    rows[2] = (*rows[2][:2], "铃\n行", *rows[2][3:])  # what XML cannot hold is left out
    write_workbook(tmp_path / "b.xlsx", [Sheet("表", "标题", HEADER, rows, ["注"])], MADE)
    theirs = openpyxl.load_workbook(tmp_path / "b.xlsx")["表"]
    for own, other in zip(ours.iter_rows(min_row=4, max_col=7), theirs.iter_rows(min_row=4, max_col=7), strict=True):
        for one, two in zip(own, other, strict=True):
            assert (one.value or None) == (two.value or None), one.coordinate  # an empty list: an empty cell
            if one.value is not None:
                assert one.number_format == two.number_format, one.coordinate
                assert one.alignment.horizontal == two.alignment.horizontal, one.coordinate
    widths = [{c: d.width for c, d in page.column_dimensions.items()} for page in (ours, theirs)]
    assert widths[0] == widths[1]


def test_long_words_make_a_row_as_high_as_their_lines(tmp_path):
    # 42 letters wide at most, one of them for the edge: 100 Chinese letters are 200 wide, five lines of 13.5 points.
    page = _write(tmp_path / "a.xlsx", f"select '{'长' * 100}' as words", ("说明",), 1)
    assert page.row_dimensions[4].height == pytest.approx(5 * 13.5)


def test_equal_rows_give_equal_bytes_and_the_archive_is_whole(tmp_path):
    for name in ("a", "b"):
        _write(
            tmp_path / f"{name}.xlsx", "select i, 'x' || i as t from range(25000) as r(i) order by i", ("i", "t"), 25000
        )
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        assert book.testzip() is None
    read = openpyxl.load_workbook(tmp_path / "a.xlsx", read_only=True)
    assert [row[0] for row in read.worksheets[0].iter_rows(min_row=4, values_only=True)] == list(range(25000))
    read.close()


@pytest.mark.parametrize(("position", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_are_called_as_spreadsheets_call_them(position, name):
    assert _letters(position) == name
