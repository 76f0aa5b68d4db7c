"""The normalising macros: every dirty form of domain.md 4, and what is no fault at all."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from ingest import warehouse
from ingest.normalise import key
from ingest.settings import Settings
from tests.unit.normalising import evaluate

VALID = (  # domain.md 3.4
    "91330502MATEXT01XA", "92330503MATEXT028M", "93330521MATEXT036F", "52330500MJTEXT047X", "123305000000000190",
    "N2330522MFTEXT050D", "91330500000000027M", "91350100M000100Y43",
)  # fmt: skip
TOKENS = "['undefined', 'null', '\\N', '\\n', '暂无', '无', '/', '-', '[]号', '0', '000000000000000000']"


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse.connect_memory(Settings(home=Path("unused"), person_key="k")) as connection:
        yield connection


@pytest.mark.parametrize(
    ("text", "code", "kinds"),
    [
        ("91330502MATEXT01XA", "91330502MATEXT01XA", []),
        ("91330502matext01xa", "91330502MATEXT01XA", ["CASE"]),
        ("统一社会信用代码：91330502MATEXT01XA", "91330502MATEXT01XA", ["PREFIX"]),
        ("统一社会信用代码 91330502MATEXT01XA", "91330502MATEXT01XA", ["PREFIX"]),
        ("91330502MATEXT01XA（1/1）", "91330502MATEXT01XA", ["COPYMARK"]),
        ("91330502MATEXT01XA(1/1)", "91330502MATEXT01XA", ["COPYMARK"]),
        ("91330502MATEXT01XA()", "91330502MATEXT01XA", ["COPYMARK"]),
        ("９１３３０５０２ＭＡＴＥＸＴ０１ＸＡ", "91330502MATEXT01XA", ["WIDTH"]),
        ("91330502MATEXT01XA\u3000", "91330502MATEXT01XA", ["WIDTH"]),
        ("91330502MATEXT01XA\u200b", "91330502MATEXT01XA", ["INVIS"]),
        ("\ufeff91330502MATEXT01XA\r\n", "91330502MATEXT01XA", ["INVIS"]),
        ("91330502\u00a0MATEXT01XA", "91330502MATEXT01XA", ["INVIS"]),
        ("'91330502MATEXT01XA", "91330502MATEXT01XA", ["APOS"]),
        ('="91330502MATEXT01XA"', "91330502MATEXT01XA", ["APOS"]),
        ("91330502-MATEXT01X-A", "91330502MATEXT01XA", ["HYPHEN"]),
        ("9133 0502 MATE XT01 XA", "91330502MATEXT01XA", ["HYPHEN"]),
        (" 统一社会信用代码：91330502matext01xa（1/1）", "91330502MATEXT01XA", ["CASE", "PREFIX", "COPYMARK", "INVIS"]),
        ("MATEXT01-X", "MATEXT01X", ["HYPHEN"]),
        ("9.1330502E+17", "9.1330502E+17", []),
        ("330502************", "330502************", []),
        ("", None, []),
        ("统一社会信用代码：", None, ["PREFIX"]),
        (None, None, []),
    ],
)
def test_code_spelling_is_undone_and_named(
    con: duckdb.DuckDBPyConnection, text: str | None, code: str | None, kinds: list[str]
) -> None:
    assert evaluate(con, "xy_uscc(x)", [text]) == [code]
    assert evaluate(con, "xy_uscc_kinds(x)", [text]) == [kinds]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        *[(code, "uscc") for code in VALID],
        ("91330502MATEXT01XB", "uscc"),  # a failed check character is a warning, no other class
        ("91350100M000100Y4Z", "LETTER"),
        ("91330502MATEXTO1XA", "LETTER"),
        ("MATEXT01X", "OLDORG"),
        ("330500000012345", "OLDREG"),
        ("3305000000123", "OLDREG"),
        ("330502MATEXT01X", "TAXNO"),
        ("11010519491231002X01", "TAXNO"),
        ("11010519491231002X", "person"),
        ("9.1330502E+17", "SCI"),
        ("913305020000000000", "SCI"),
        ("330502************", "MASKED"),
        ("91330502MATEXT01X", "format"),
        ("湖州公司", "format"),
        (None, None),
    ],
)
def test_code_class_by_form(con: duckdb.DuckDBPyConnection, code: str | None, expected: str | None) -> None:
    assert evaluate(con, "xy_code_class(x)", [code]) == [expected]


def test_check_characters_hold_for_vectors(con: duckdb.DuckDBPyConnection) -> None:
    assert evaluate(con, "xy_uscc_check_ok(x)", VALID) == [True] * len(VALID)
    wrong = [code[:-1] + ("0" if code[-1] != "0" else "1") for code in VALID]
    assert evaluate(con, "xy_uscc_check_ok(x)", wrong) == [False] * len(VALID)
    assert evaluate(con, "xy_uscc_check_ok(x)", ["91350100M000100Y4Z", "", None]) == [None, None, None]


@pytest.mark.parametrize(
    ("expression", "text", "expected"),
    [
        ("xy_org_check_ok(x)", "MATEXT01X", True),
        ("xy_org_check_ok(x)", "MATEXT010", False),
        ("xy_org_check_ok(x)", "MATEXT01", None),
        ("xy_regno_check_ok(x)", "330500000012347", True),
        ("xy_regno_check_ok(x)", "330500000012345", False),
        ("xy_regno_check_ok(x)", "33050000001234", None),
        ("xy_id_ok(x)", "11010519491231002X", True),
        ("xy_id_ok(x)", "110105194912310021", False),
        ("xy_id_ok(x)", "11010519491331002X", False),  # no thirteenth month
        ("xy_id_ok(x)", "11010519490230002X", False),  # no 30 February
        ("xy_id_ok(x)", None, None),
        ("xy_id(x)", "110105491231002", "11010519491231002X"),
        ("xy_id(x)", " 11010519491231002x ", "11010519491231002X"),
        ("xy_id_kind(x)", "110105491231002", "ID15"),
        ("xy_id_kind(x)", "11010519491231002X", None),
        ("xy_uscc_repair(x)", "91330502MATEXTO1XA", "91330502MATEXT01XA"),
        ("xy_uscc_repair(x)", "91330502MATEXTOIXA", "91330502MATEXT01XA"),
        ("xy_uscc_repair(x)", "91330502MATEXTO1XB", None),  # does not check: nothing to propose
        ("xy_uscc_repair(x)", "91330502MATEXT01XA", None),
    ],
)
def test_number_checks(con: duckdb.DuckDBPyConnection, expression: str, text: str | None, expected: object) -> None:
    assert evaluate(con, expression, [text]) == [expected]


@pytest.mark.parametrize(
    ("text", "day", "kind"),
    [
        ("2025-06-30", date(2025, 6, 30), None),
        ("2025-06-30T08:30:00", date(2025, 6, 30), None),
        ("2025-06-30T16:00:00Z", date(2025, 7, 1), None),  # the day in Asia/Shanghai
        ("2025-06-30T23:00:00+08:00", date(2025, 6, 30), None),
        ("20200316", date(2020, 3, 16), "DATE_FORM"),
        ("2020-6-18", date(2020, 6, 18), "DATE_FORM"),
        ("2022/1/24", date(2022, 1, 24), "DATE_FORM"),
        ("2025.6.1", date(2025, 6, 1), "DATE_FORM"),
        ("2008-6-16 0:00:00", date(2008, 6, 16), "DATE_FORM"),
        ("2025-06-30 00:00:00", date(2025, 6, 30), "DATE_FORM"),
        ("2025年4月1日", date(2025, 4, 1), "DATE_FORM"),
        ("43906", date(2020, 3, 16), "DATE_SERIAL"),
        ("43906.5", date(2020, 3, 16), "DATE_SERIAL"),
        ("202011", date(2020, 11, 1), "DATE_MONTH"),
        ("2015年8月", date(2015, 8, 1), "DATE_MONTH"),
        ("2015-8", date(2015, 8, 1), "DATE_MONTH"),
        ("2020.11", date(2020, 11, 1), "DATE_MONTH"),
        ("2020.1", None, "type"),  # January or October
        ("9999-9-9", None, "SENTINEL"),
        ("9999-12-31", None, "SENTINEL"),
        ("1900-1-1 0:00:00", None, "SENTINEL"),
        ("1900-01-01", None, "SENTINEL"),
        ("2099-12-31", None, "SENTINEL"),
        ("长期", None, "SENTINEL"),
        ("2025-02-30", None, "type"),
        ("20250230", None, "type"),
        ("2025-13-01", None, "type"),
        ("202013", None, "type"),
        ("上周", None, "type"),
        ("1", None, "type"),
        ("", None, None),
        (None, None, None),
    ],
)
def test_dates(con: duckdb.DuckDBPyConnection, text: str | None, day: date | None, kind: str | None) -> None:
    assert evaluate(con, "xy_date(x)", [text]) == [day]
    assert evaluate(con, "xy_date_kind(x)", [text]) == [kind]


def test_date_in_full_width_is_iso_with_width(con: duckdb.DuckDBPyConnection) -> None:
    text = "２０２５-０６-０１"
    assert evaluate(con, "xy_date(x)", [text]) == [date(2025, 6, 1)]
    assert evaluate(con, "xy_date_kind(x)", [text]) == [None]
    assert evaluate(con, "xy_text_kinds(x)", [text]) == [["WIDTH"]]


@pytest.mark.parametrize(
    ("text", "name", "norm", "kinds"),
    [
        ("湖州甲（集团）有限公司", "湖州甲（集团）有限公司", "湖州甲(集团)有限公司", []),
        ("湖州甲(集团)有限公司", "湖州甲（集团）有限公司", "湖州甲(集团)有限公司", ["BRACKET"]),
        ("湖州甲【集团】有限公司", "湖州甲（集团）有限公司", "湖州甲(集团)有限公司", ["BRACKET"]),
        ("湖州 甲有限公司", "湖州甲有限公司", "湖州甲有限公司", ["INVIS"]),
        ("湖州甲有限公司\u3000", "湖州甲有限公司", "湖州甲有限公司", ["WIDTH"]),
        ("湖州\u200b甲有限公司", "湖州甲有限公司", "湖州甲有限公司", ["INVIS"]),
        ("ＡＢＣ有限公司", "ABC有限公司", "ABC有限公司", ["WIDTH"]),
        ("abc有限公司", "abc有限公司", "ABC有限公司", []),
        (" ", None, None, ["INVIS"]),
        (None, None, None, []),
    ],
)
def test_names(
    con: duckdb.DuckDBPyConnection, text: str | None, name: str | None, norm: str | None, kinds: list[str]
) -> None:
    assert evaluate(con, "xy_name(x)", [text]) == [name]
    assert evaluate(con, "xy_name_norm(x)", [text]) == [norm]
    assert evaluate(con, "xy_name_kinds(x)", [text]) == [kinds]
    if text is not None:
        assert key(text) == (norm or "")


@pytest.mark.parametrize(
    ("text", "shown", "kinds"),
    [
        (
            "违反《食品安全法》第5条，责令改正；罚款（5万元）。",
            "违反《食品安全法》第5条，责令改正；罚款（5万元）。",
            [],
        ),
        ("第一行\r\n第二行", "第一行 第二行", ["INVIS"]),
        ("ＡＢ", "AB", ["WIDTH"]),
        ("  ", None, ["INVIS"]),
        ("plain text, 1 2 3", "plain text, 1 2 3", []),
    ],
)
def test_text_keeps_punctuation(con: duckdb.DuckDBPyConnection, text: str, shown: str | None, kinds: list[str]) -> None:
    assert evaluate(con, "xy_text(x)", [text]) == [shown]
    assert evaluate(con, "xy_text_kinds(x)", [text]) == [kinds]


def test_placeholders_mean_empty(con: duckdb.DuckDBPyConnection) -> None:
    empty = ["undefined", "NULL", "\\N", "\\n", "暂无", " 无 ", "／", "-", "[]号", "0", "000000000000000000"]
    assert evaluate(con, f"xy_is_place(x, {TOKENS})", empty) == [True] * len(empty)
    assert evaluate(con, f"xy_null(x, {TOKENS})", [*empty, "无锡公司"]) == [None] * len(empty) + ["无锡公司"]
    assert evaluate(con, f"xy_is_place(x, {TOKENS})", ["无锡", "00", "", None]) == [False] * 4


@pytest.mark.parametrize(
    "text", ["湖市监抽查[2025]12号", "湖市监抽查（2025）12号", "湖市监抽查【2025】 12号", "湖市监抽查〔2025〕12号"]
)
def test_task_numbers_join_whatever_their_brackets(con: duckdb.DuckDBPyConnection, text: str) -> None:
    assert evaluate(con, "xy_task_no(x)", [text]) == ["湖市监抽查〔2025〕12号"]


@pytest.mark.parametrize(
    ("text", "number", "integer"),
    [
        ("95.5", 95.5, None), ("95", 95.0, 95), ("１２", 12.0, 12), ("1,234", 1234.0, 1234), ("12.0", 12.0, 12),
        ("-3", -3.0, -3), ("1,23", None, None), ("95分", None, None), ("", None, None), (None, None, None),
    ],
)  # fmt: skip
def test_numbers(con: duckdb.DuckDBPyConnection, text: str | None, number: float | None, integer: int | None) -> None:
    assert evaluate(con, "xy_number(x)", [text]) == [number]
    assert evaluate(con, "xy_integer(x)", [text]) == [integer]


def test_person_hash_is_keyed_and_stable(con: duckdb.DuckDBPyConnection) -> None:
    first, again, other, nothing = evaluate(con, "person_hash(x)", ["a", "a", "b", None])
    assert first == again == hmac.new(b"k", b"a", hashlib.sha256).hexdigest()
    assert first != other
    assert nothing is None
