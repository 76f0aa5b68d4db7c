"""ID numbers are masked wherever they stand, by Python and by SQL alike; other numbers stay."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from ingest import normalise
from ingest.privacy import without_ids

MASKED = {  # made up; the digits after the birth date mean nobody
    "330502196001011234": "330***********1234",
    "身份证33050219600101123x号": "身份证330***********123x号",
    "330502 19600101 1234": "330***********1234",
    "330502\u00a01960\u3000 01\t01 123X": "330***********123X",
    "3 3 0 5 0 2 1 9 6 0 0 1 0 1 1 2 3 4": "3 3 0***********1 2 3 4",
    "３３０５０２１９６００１０１１２３Ｘ": "３３０***********１２３Ｘ",
    "330502196001011234，330503200112319876": "330***********1234，330***********9876",
    "330502600101123": "330***********123",
    "甲330502600101123,330503611231123": "甲330***********123,330***********123",
    "3.30502196001011E+17": "******",
}
KEPT = (
    "91330502MATEXT01XA",
    "123305000000000190",  # an institution's code: no birth date in it
    "330502199913011234",  # no thirteenth month
    "330502601301123",
    "1330502600101123",  # sixteen digits
    "湖市监检字〔2025〕第20250618号",
    "330502-20250620-0001",  # a document: area, day, serial
    "0572 2030123 13905721234",
    "9.1330502E+17",
    "",
)


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        normalise.install(con, "key of a test")
        yield con


@pytest.mark.parametrize(("sent", "shown"), MASKED.items())
def test_privacy_number_is_masked(con: duckdb.DuckDBPyConnection, sent: str, shown: str) -> None:
    assert without_ids(sent) == shown
    hidden, blotted = con.execute("select xy_hidden($1), xy_blotted($1)", [sent]).fetchall()[0]
    assert hidden == shown
    assert not any(c.isdigit() or c in "xXＸ" for c in blotted)


@pytest.mark.parametrize("sent", KEPT)
def test_privacy_other_numbers_stay(con: duckdb.DuckDBPyConnection, sent: str) -> None:
    assert without_ids(sent) == sent
    assert con.execute("select xy_hidden($1), xy_blotted($1)", [sent]).fetchall() == [(sent, sent)]


def test_privacy_old_registration_number_stays_where_it_belongs(con: duckdb.DuckDBPyConnection) -> None:
    # 330500 + 60010112 + check digit of ISO 7064 MOD 11,10; and the same with another last digit: a person's then.
    kept = next(n for n in (f"33050060010112{d}" for d in range(10)) if _holds(n))
    others = [n for n in (f"33050060010112{d}" for d in range(10)) if n != kept]
    asked = "select xy_hidden_number($1), xy_hidden_number($2)"
    assert con.execute(asked, [kept, others[0]]).fetchall() == [(kept, "******")]


def _holds(number: str) -> bool:
    """Whether the last digit is the check digit of an old registration number (domain.md 3.2)."""
    p = 10
    for digit in number[:14]:
        p = (p + int(digit)) % 10 or 10
        p = p * 2 % 11
    return (11 - p) % 10 == int(number[14])
