"""Every printed figure is a registered value with its query."""

import json
from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest

from exports.figures import Figures, render


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("count", 0, "0"),
        ("count", 12345, "12345"),
        ("count", None, "—"),
        ("rate", 1.0, "100%"),
        ("rate", 0.0, "0%"),
        ("rate", 0.99996, "99.99%"),  # not whole: never printed as 100%
        ("rate", 0.00001, "0.01%"),  # not nothing: never printed as 0%
        ("rate", 0.96154, "96.15%"),
        ("rate", 0.96155, "96.16%"),  # half up on the decimal, not on the binary number below it
        ("rate", None, "—"),
        ("score", Decimal("59.995"), "60.00"),
        ("score", 98.9, "98.90"),
        ("growth", 0.1234, "增长12.34%"),
        ("growth", -0.5, "下降50.00%"),
        ("growth", 0.00004, "持平"),
        ("points", Decimal("0.0120"), "上升1.20个百分点"),
        ("points", Decimal("-0.0001"), "下降0.01个百分点"),
        ("points", 0, "持平"),
        ("shift", 2, "↑2"),
        ("shift", -1, "↓1"),
        ("shift", 0, "—"),
        ("shift", None, "—"),
        ("month", "2025-06", "2025年6月份"),
        ("day", date(2025, 7, 4), "2025年7月4日"),
        ("moment", datetime(2025, 7, 14, 16, 0), "2025年7月14日24时"),  # shown in Asia/Shanghai
        ("moment", datetime(2025, 7, 14, 16, 1), "2025年7月15日0时01分"),
        ("moment", datetime(2025, 7, 14, 1, 0), "2025年7月14日9时"),
        ("number", 60.0, "60"),
        ("number", 100.0, "100"),
        ("number", 59.5, "59.5"),
        ("percent", 0.5, "50%"),
    ],
)
def test_render_kind_gives_text(kind, value, expected):
    assert render(kind, value)[0] == expected


def test_render_missing_feed_is_not_zero():
    assert render("count", None, "未归集") == ("未归集", None)


def test_printed_number_is_the_number_as_printed():
    assert render("rate", 0.99996) == ("99.99%", 0.9999)


def test_figure_of_a_table_has_the_query_of_its_own_cell():
    with duckdb.connect() as con:
        con.execute("create table t as select * from (values ('a', null, 1), ('b', 'x', 2)) as v(k, j, n)")
        figures = Figures(con)
        rows = figures.table("t", "select * from t where n < $limit", ("k", "j"), {"n": "count"}, limit=9)
        for row in rows:
            figure = row["n"]
            assert con.execute(figure.sql, dict(figure.parameters)).fetchall() == [(figure.value,)]
        assert [f.figure_id for f in figures.all()] == ["t.a.None.n", "t.b.x.n"]
        assert str(figures.get("t.b.x.n")) == f"{rows[1]['n']}" == "2"


def test_figure_refuses_a_format_of_its_own():
    with duckdb.connect() as con:
        figure = Figures(con).one("x", "rate", "select 0.5")
    with pytest.raises(ValueError, match="printed as registered"):
        format(figure, ".3f")


def test_figure_registered_twice_with_another_value_is_refused():
    with duckdb.connect() as con:
        figures = Figures(con)
        figures.one("x", "count", "select 1")
        figures.one("x", "count", "select 1")
        with pytest.raises(ValueError, match="registered twice"):
            figures.one("x", "count", "select 2")


def test_figure_query_must_give_one_value():
    with duckdb.connect() as con, pytest.raises(ValueError, match="expected one row"):
        Figures(con).one("x", "count", "select 1 union all select 2")


def test_figures_json_holds_value_text_and_query(tmp_path):
    with duckdb.connect() as con:
        figures = Figures(con)
        figures.one("due", "day", "select $day::date", day=date(2025, 7, 14))
        figures.save(tmp_path / "figures.json", {"period": "2025-06"})
    saved = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert saved["document"] == {"period": "2025-06"}
    assert saved["figures"] == [
        {
            "figure_id": "due",
            "kind": "day",
            "value": "2025-07-14",
            "text": "2025年7月14日",
            "sql": "select $day::date",
            "parameters": {"day": "2025-07-14"},
        }
    ]
