"""No two enterprises are ever taken for one: near names, names that two have or had, branches (design.md 5)."""

from __future__ import annotations

import pytest

from quality.identity import retry_identity
from tests.unit.judging import COOP, FIRM, GOOD, SHOP, Bench, Row

PARENT, BRANCH = "湖州明灯电气有限公司", "湖州明灯电气有限公司吴兴分公司"


def known(name: str, uscc: str, former: str | None = None, status: str = "存续") -> Row:
    """Returns an entry of the registry."""
    return {"enterprise_name": name, "uscc": uscc, "registration_status": status, "former_names": former}


def found(bench: Bench, *rows: Row) -> list[tuple[str | None, str]]:
    """Returns whom rows of an evaluation list are taken to be about, and how that was found."""
    judged = bench.send("evaluation_results", [GOOD["evaluation_results"] | row for row in rows])
    return [tuple(row) for row in bench.raw(judged.submission_id, "resolved_uscc, match_method")]


@pytest.mark.parametrize(
    "name",
    [
        "湖州明灯电器有限公司",  # one letter
        "湖州明灯电气公司",
        "湖州市明灯电气有限公司",
        "湖州明灯电气股份有限公司",
        "明灯电气有限公司",
        BRANCH,  # a branch that is not registered is not its parent
    ],
)
def test_near_name_is_nobody(bench: Bench, name: str) -> None:
    bench.send("enterprise_registry", [known(PARENT, FIRM)], department="market_regulation")
    assert found(bench, {"uscc": None, "enterprise_name": name}) == [(None, "unresolved")]


def test_branch_and_parent_are_two(bench: Bench) -> None:
    bench.send("enterprise_registry", [known(PARENT, FIRM), known(BRANCH, SHOP)], department="market_regulation")
    assert found(bench, {"uscc": None, "enterprise_name": BRANCH}, {"uscc": None, "enterprise_name": PARENT}) == [
        (SHOP, "name"),
        (FIRM, "name"),
    ]


def test_name_that_two_have_is_nobodys_ended_or_not(bench: Bench) -> None:
    entries = [known(PARENT, FIRM), known("湖州明灯 电气有限公司", SHOP, status="注销")]
    bench.send("enterprise_registry", entries, department="market_regulation")
    assert found(bench, {"uscc": None, "enterprise_name": PARENT}) == [(None, "unresolved")]


def test_present_name_of_one_is_not_the_former_name_of_another(bench: Bench) -> None:
    entries = [known(PARENT, FIRM), known("湖州新光电气有限公司", SHOP, former=PARENT)]
    bench.send("enterprise_registry", entries, department="market_regulation")
    by_name = {"uscc": None, "enterprise_name": PARENT}
    by_code = {"uscc": SHOP, "enterprise_name": PARENT, "evaluated_on": "2025-06-19"}  # the code says who is meant
    assert found(bench, by_name, by_code) == [(FIRM, "name"), (SHOP, "uscc")]


def test_name_and_number_of_two_enterprises_follow_the_number(bench: Bench) -> None:
    entries = [known(PARENT, FIRM) | {"organisation_code": "MATEXT01-X"}, known("湖州新光电气有限公司", SHOP)]
    bench.send("enterprise_registry", entries, department="market_regulation")
    row = {"uscc": "MATEXT01-X", "enterprise_name": "湖州新光电气有限公司"}
    assert found(bench, row) == [(FIRM, "organisation_code")]


def test_number_that_two_have_is_nobodys(bench: Bench) -> None:
    number = {"registration_no": "330500000012346"}
    entries = [known(PARENT, FIRM) | number, known("湖州新光电气有限公司", SHOP) | number]
    bench.send("enterprise_registry", entries, department="market_regulation")
    assert found(bench, {"uscc": "330500000012346", "enterprise_name": "湖州不详有限公司"}) == [(None, "unresolved")]


def test_close_does_not_release_a_row_whose_name_two_have_by_then(bench: Bench) -> None:
    good = GOOD["evaluation_results"]
    unknown = [good | {"uscc": None, "enterprise_name": name} for name in (PARENT, BRANCH)]
    judged = bench.send("evaluation_results", [good, *unknown])
    assert bench.states(judged.submission_id) == ["accepted", "quarantined", "quarantined"]
    entries = [known(PARENT, FIRM), known(PARENT, COOP), known(BRANCH, SHOP)]
    bench.send("enterprise_registry", entries, department="market_regulation")
    assert retry_identity(bench.con, bench.settings, "2025-06", bench.clock) == 1
    assert bench.query("select row_id, uscc from quality.row_decisions") == [(3, SHOP)]
