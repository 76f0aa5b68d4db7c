"""Codes against independent implementations: python-stdnum, and the definitions written out in Python."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stdnum.cn import ric, uscc
from stdnum.iso7064 import mod_11_10

from ingest import warehouse
from ingest.settings import Settings
from tests.unit.normalising import evaluate

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CELLS = "湖州甲公司09azAZ０９ａＺ（）()[]【】〔〕，,。；:：-－/／ \t\n\u00a0\u3000\u200b\ufeff*'\"①Ⅷ℃㈱"
MANY = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse.connect_memory(Settings(home=Path("unused"), person_key="k")) as connection:
        yield connection


def bodies(alphabet: str, length: int) -> st.SearchStrategy[list[str]]:
    """Many texts at once: one query costs as much as a hundred."""
    return st.lists(st.text(alphabet, min_size=length, max_size=length), min_size=20, max_size=60)


@MANY
@given(bodies(ALPHABET, 17))
def test_uscc_check_character_agrees_with_stdnum(con: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    codes = [text + uscc.calc_check_digit(text) for text in texts]
    assert all(evaluate(con, "xy_uscc_check_ok(x)", codes))
    assert not any(evaluate(con, "xy_uscc_check_ok(x)", [c[:-1] + ("0" if c[-1] != "0" else "1") for c in codes]))


@MANY
@given(bodies(ALPHABET, 18), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_never_passes(
    con: duckdb.DuckDBPyConnection, texts: list[str], place: int, other: str
) -> None:
    codes = [t[:17] + uscc.calc_check_digit(t[:17]) for t in texts]
    wrong = [c[:place] + other + c[place + 1 :] for c in codes if c[place] != other]
    assert not any(evaluate(con, "xy_uscc_check_ok(x)", wrong))


@MANY
@given(bodies("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", 8))
def test_organisation_code_as_defined(con: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    def check(body: str) -> str:
        total = sum(int(c, 36) * w for c, w in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
        return {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))

    assert all(evaluate(con, "xy_org_check_ok(x)", [t + check(t) for t in texts]))
    assert not any(evaluate(con, "xy_org_check_ok(x)", [t + ("1" if check(t) == "0" else "0") for t in texts]))


@MANY
@given(bodies("0123456789", 14))
def test_registration_number_agrees_with_stdnum(con: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    numbers = [t + mod_11_10.calc_check_digit(t) for t in texts]
    assert all(evaluate(con, "xy_regno_check_ok(x)", numbers))
    wrong = [n[:-1] + str((int(n[-1]) + 1) % 10) for n in numbers]
    assert not any(evaluate(con, "xy_regno_check_ok(x)", wrong))


@MANY
@given(
    st.lists(
        st.tuples(st.integers(110000, 659999), st.dates(date(1930, 1, 1), date(1999, 12, 31)), st.integers(0, 999)),
        min_size=20, max_size=40,
    )
)  # fmt: skip
def test_id_number_agrees_with_stdnum(con: duckdb.DuckDBPyConnection, parts: list[tuple[int, date, int]]) -> None:
    full = [f"{area}{born:%Y%m%d}{sequence:03d}" for area, born, sequence in parts]
    numbers = [t + ric.calc_check_digit(t + "0") for t in full]
    assert all(evaluate(con, "xy_id_ok(x)", numbers))
    assert set(evaluate(con, "xy_code_class(x)", numbers)) == {"person"}
    old = [n[:6] + n[8:17] for n in numbers]
    assert evaluate(con, "xy_id(x)", old) == numbers


@MANY
@given(
    bodies(ALPHABET, 18),
    st.sampled_from(["{}", " {}", "{}\u200b", "'{}", '="{}"', "统一社会信用代码：{}", "{}（1/1）"]),
)
def test_spelling_never_changes_the_code(con: duckdb.DuckDBPyConnection, texts: list[str], form: str) -> None:
    spelled = [form.format(t.lower()) for t in texts]
    assert evaluate(con, "xy_uscc(x)", spelled) == texts
    assert evaluate(con, "xy_uscc(xy_uscc(x))", spelled) == texts


@MANY
@given(st.lists(st.text(CELLS, max_size=30), min_size=20, max_size=60))
def test_any_text_is_normalised_once_and_for_all(con: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    for macro in ("xy_text", "xy_key", "xy_name"):
        once = evaluate(con, f"{macro}(x)", texts)
        assert evaluate(con, f"{macro}(x)", once) == once


@MANY
@given(st.lists(st.dates(date(1927, 6, 1), date(2098, 12, 31)), min_size=20, max_size=60))
def test_every_form_of_a_day_is_that_day(con: duckdb.DuckDBPyConnection, days: list[date]) -> None:
    forms = [
        (None, "{0:%Y-%m-%d}"),
        ("DATE_FORM", "{0:%Y%m%d}"),
        ("DATE_FORM", "{0.year}/{0.month}/{0.day}"),
        ("DATE_FORM", "{0.year}年{0.month}月{0.day}日"),
        ("DATE_FORM", "{0.year}-{0.month}-{0.day} 0:00:00"),
    ]
    for kind, form in forms:
        texts = [form.format(day) for day in days]
        assert evaluate(con, "xy_date(x)", texts) == days
        assert set(evaluate(con, "xy_date_kind(x)", texts)) == {kind}
    serials = [str((day - date(1899, 12, 30)) // timedelta(days=1)) for day in days]
    assert evaluate(con, "xy_date(x)", serials) == days
