"""Tests of the made-up codes: check characters against the standards' examples and against python-stdnum."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest
from stdnum.cn import ric
from stdnum.cn import uscc as stdnum_uscc

from ingest.synthetic import identifiers, population, words
from ingest.synthetic.faults import person_number
from ingest.synthetic.policy import load_policy

MONTHS = ("2025-06", "2025-07", "2025-08")


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        layout = population.lay_out(3000, len(MONTHS))
        population.prepare(connection, load_policy(date(2025, 6, 30)), layout, 7, MONTHS)
        population.build(connection, layout, 7)
        yield connection


@pytest.mark.parametrize(
    "code",
    [
        "91330502MATEXT01XA",
        "92330503MATEXT028M",
        "93330521MATEXT036F",
        "52330500MJTEXT047X",
        "123305000000000190",
        "N2330522MFTEXT050D",
        "91330500000000027M",
        "91350100M000100Y43",
    ],
)
def test_uscc_check_vector_holds(code: str) -> None:
    assert identifiers.uscc_check(code[:17]) == code[17]


def test_id_check_vector_holds() -> None:
    assert identifiers.id_check("11010519491231002") == "X"


def test_org_check_equals_the_example_of_the_code() -> None:
    assert identifiers.org_check("MATEXT01") == "X"


def test_registration_check_equals_an_independent_iso_7064() -> None:
    from stdnum.iso7064 import mod_11_10

    for number in ("33050000000012", "33052160000123", "10000000000001"):
        assert identifiers.registration_check(number) == mod_11_10.calc_check_digit(number)


def test_subjects_have_codes_that_stdnum_accepts(con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute("select uscc from ent where uscc[1] not in ('A', 'N', 'Y')").fetchall()
    assert len(found) > 2900
    assert [code for (code,) in found if not stdnum_uscc.is_valid(code)] == []


def test_codes_that_stdnum_does_not_know_hold_their_check_character(con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute("select uscc from ent where uscc[1] in ('A', 'N', 'Y')").fetchall()
    assert len(found) >= 10
    assert all(identifiers.uscc_check(code[:17]) == code[17] for (code,) in found)


def test_organisation_and_registration_numbers_hold_their_check(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.execute("select uscc, organisation_code, registration_no from ent").fetchall()
    assert all(org == code[8:17] and identifiers.org_check(org[:8]) == org[8] for code, org, _ in rows)
    numbers = [n for _, _, n in rows if n]
    assert len(numbers) > 1000
    assert all(len(n) == 15 and identifiers.registration_check(n[:14]) == n[14] for n in numbers)


def test_id_numbers_are_structurally_valid(con: duckdb.DuckDBPyConnection) -> None:
    numbers = [n for (n,) in con.execute("select legal_representative_id_number from ent limit 300").fetchall()]
    assert all(identifiers.id_check(n[:17]) == n[17] for n in numbers)
    assert all(ric.get_birth_date(n) for n in numbers)
    assert all(
        identifiers.id_check(person_number({"i": str(i)})[:17]) == person_number({"i": str(i)})[17] for i in range(50)
    )


def test_names_and_numbers_are_unique(con: duckdb.DuckDBPyConnection) -> None:
    counts = con.execute("""select count(*), count(distinct uscc), count(distinct first_name),
        count(distinct later_name),
        count(distinct organisation_code) from ent""").fetchone()
    assert counts is not None
    assert len(set(counts)) == 1


def test_codes_and_names_suffice_for_ten_million_subjects() -> None:
    assert 31**5 > 10_000_000
    assert len(words.SYLLABLES) ** 2 * len(words.TRADES_FIRM) * len(words.TOWNS) > 10_000_000
    assert len(set(words.SYLLABLES)) == len(words.SYLLABLES)


def test_all_kinds_of_subject_are_there(con: duckdb.DuckDBPyConnection) -> None:
    kinds = {k for (k,) in con.execute("select distinct uscc[1:2] from ent").fetchall()}
    assert kinds == {"91", "92", "93", "12", "52", "31", "N2", "A1", "Y1"}


def test_codes_made_up_say_so(con: duckdb.DuckDBPyConnection) -> None:
    other = con.execute(f"select count(*) from ent where organisation_code not like '{words.ORG_MARK}%'").fetchone()
    assert other == (population.ALL_DIGITS,)  # these have digits only and are marked by zeros
    assert all(code[8:12] == "0000" and code.isdigit() for _, code in population.all_digit_codes())


def test_codes_of_digits_break_their_check_when_excel_cuts_them() -> None:
    cut = [code[:15] + "000" for _, code in population.all_digit_codes()]
    assert all(identifiers.uscc_check(code[:17]) != code[17] for code in cut)


def test_grade_shares_follow_the_handbook(con: duckdb.DuckDBPyConnection) -> None:
    shares = con.execute(
        """select rank, count(*) / 10.0 from pick where scale_id = 'pub_zj5' group by 1 order by 1"""
    ).fetchall()
    assert shares == [(1, 2.3), (2, 76.4), (3, 20.0), (4, 0.7), (5, 0.6)]
