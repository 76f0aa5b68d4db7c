"""Corrections (semantics 4.3): merged by key, remove nobody, close what they replace, decide a held whole anew."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from quality import conservation
from quality.corrections import ROW_ID_HEADER
from tests.unit.judging import FIRM, GOOD, PERSON, REGISTRY, Bench, Row


def entry(i: int, **changes: str | None) -> Row:
    return {
        "domain_name": "企业环保领域",
        "enterprise_name": f"湖州第{i}家企业",
        "uscc": f"91330502MATEX{i:05d}",
        "published_on": "2025-06-20",
    } | changes


def test_correction_of_an_accepted_list_replaces_by_key_and_removes_nobody(bench: Bench) -> None:
    first = bench.send(
        "positive_list", [entry(i) for i in range(12)] + [entry(20, published_on="近期"), entry(21, uscc="MATEX00021")]
    )
    fix = bench.send("positive_list", [entry(20), entry(21), entry(0, remarks="改")], corrects=first.submission_id)
    assert fix.verdict.name == "accepted_with_remarks"  # made-up codes fail their check character
    assert fix.verdict.rows_accepted == 3
    # the row with the bad date has its key but for the date; the one with the bad code is known by its name
    assert bench.states(first.submission_id) == ["closed", *["accepted"] * 11, "closed", "closed"]
    assert bench.lists(first.submission_id) == {"enterprise_environment": "in_force"}
    assert bench.lists(fix.submission_id) == {}
    assert bench.query(
        "select cause, rows_received, rows_accepted from quality.submission_verdicts where submission_id = $1",
        first.submission_id,
    ) == [("judged", 14, 12)]
    assert conservation.check(bench.con, bench.settings) == []


def test_the_list_after_a_correction_is_compared_with_the_merged_one(bench: Bench) -> None:
    first = bench.send("positive_list", [entry(i) for i in range(8)])
    bench.send("positive_list", [entry(i) for i in (30, 31, 32)], corrects=first.submission_id)
    following = bench.send("positive_list", [entry(i) for i in range(5)], period="2025-07")
    assert bench.query(
        "select former_subject_count from quality.submission_domains where submission_id = $1", following.submission_id
    ) == [(11,)]
    assert bench.lists(following.submission_id) == {"enterprise_environment": "held"}  # 2 x 5 < 11


def test_correction_that_is_itself_faulty_closes_nothing(bench: Bench) -> None:
    first = bench.send("positive_list", [entry(i) for i in range(3)] + [entry(20, published_on="近期")])
    fix = bench.send("positive_list", [entry(20, published_on="改天")], corrects=first.submission_id)
    assert fix.verdict.name == "rejected"
    assert bench.states(first.submission_id) == ["accepted"] * 3 + ["quarantined"]


def test_correction_fills_a_held_list_and_puts_it_in_force_as_a_whole(bench: Bench) -> None:
    bench.send("positive_list", [entry(i) for i in range(12)])
    held = bench.send(
        "positive_list", [entry(i) for i in range(4)] + [entry(50, published_on="近期")], period="2025-07"
    )
    assert (held.verdict.name, bench.lists(held.submission_id)) == ("rejected", {"enterprise_environment": "held"})
    fix = bench.send(
        "positive_list", [entry(4)], period="2025-07", corrects=held.submission_id
    )  # six of twelve: not below half
    assert fix.verdict.name != "rejected"
    assert bench.lists(held.submission_id) == {"enterprise_environment": "in_force"}
    assert bench.states(held.submission_id) == ["accepted"] * 4 + ["quarantined"]  # its faulty row stays out
    assert bench.states(fix.submission_id) == ["accepted"]
    assert bench.query(
        "select cause, verdict, rows_received, rows_accepted, decided_at = $2, cause_submission_id "
        "from quality.submission_verdicts where submission_id = $1 order by decided_at",
        held.submission_id,
        bench.clock,
    ) == [
        ("judged", "rejected", 5, 0, False, None),
        ("corrected", "accepted_with_remarks", 5, 0, True, fix.submission_id),
    ]


def test_correction_of_a_held_list_that_stays_too_small_waits_with_it(bench: Bench) -> None:
    bench.send("positive_list", [entry(i) for i in range(12)])
    held = bench.send("positive_list", [entry(i) for i in range(3)], period="2025-07")
    fix = bench.send("positive_list", [entry(3)], period="2025-07", corrects=held.submission_id)
    assert (fix.verdict.name, fix.verdict.reject_rule) == ("rejected", "X-SHRINK")
    assert bench.states(held.submission_id) + bench.states(fix.submission_id) == ["quarantined"] * 4
    assert bench.lists(held.submission_id) == {"enterprise_environment": "held"}
    second = bench.send("positive_list", [entry(4), entry(5)], period="2025-07", corrects=held.submission_id)
    assert second.verdict.name != "rejected"  # three, one and two are six of twelve
    assert bench.states(held.submission_id) + bench.states(second.submission_id) == ["accepted"] * 5
    assert bench.states(fix.submission_id) == ["accepted"]
    assert bench.verdict(fix.submission_id) == "accepted_with_remarks"


def test_correction_of_a_rejected_batch_decides_the_whole_anew(bench: Bench) -> None:
    rows = [
        GOOD["evaluation_results"] | {"evaluated_on": f"2025-06-0{i}", "grade": "Z" if i > 1 else "A"}
        for i in range(1, 8)
    ]
    first = bench.send("evaluation_results", rows)
    assert first.verdict.reject_rule == "X-GATE"
    fixed = [r | {"grade": "B"} for r in rows[1:4]]
    fix = bench.send("evaluation_results", fixed, corrects=first.submission_id)
    assert fix.verdict.name != "rejected"
    assert bench.states(first.submission_id) == [
        "accepted",
        "closed",
        "closed",
        "closed",
        "quarantined",
        "quarantined",
        "quarantined",
    ]
    assert bench.states(fix.submission_id) == ["accepted"] * 3
    assert bench.verdict(first.submission_id) == "accepted_with_remarks"


def test_correction_of_a_file_that_could_not_be_read_stands_for_it(bench: Bench) -> None:
    from tests.unit.judging import problem

    broken = bench.judge(
        "positive_list", [bench.land("positive_list", [], problems=[problem("X-READ", found="损坏")])]
    )[0]
    assert broken.verdict.name == "rejected"
    fix = bench.send("positive_list", [entry(1)], corrects=broken.submission_id)
    assert (fix.verdict.rows_accepted, bench.lists(broken.submission_id)) == (1, {"enterprise_environment": "in_force"})


def test_correction_of_a_correction_reaches_the_first_file(bench: Bench) -> None:
    first = bench.send("positive_list", [entry(1), entry(20, published_on="近期"), entry(2)])
    fix = bench.send("positive_list", [entry(20)], corrects=first.submission_id)
    again = bench.send("positive_list", [entry(20, remarks="再改")], corrects=fix.submission_id)
    assert bench.states(first.submission_id) == ["accepted", "closed", "accepted"]
    assert bench.states(fix.submission_id) == ["closed"]
    assert bench.states(again.submission_id) == ["accepted"]


def test_returned_receipt_names_the_row_that_it_corrects(bench: Bench) -> None:
    first = bench.send("positive_list", [entry(1), entry(2), entry(3, uscc="123", enterprise_name="写错的名字公司")])
    fixed = entry(3) | {"_extra": json.dumps({ROW_ID_HEADER: "3"}, ensure_ascii=False)}
    bench.send("positive_list", [fixed], corrects=first.submission_id)
    assert bench.states(first.submission_id) == ["accepted", "accepted", "closed"]


def test_masked_id_number_in_a_correction_means_unchanged(bench: Bench) -> None:
    row = GOOD["inspection_results"] | {"legal_representative_id_number": PERSON, "inspected_on": "近日"}
    rows = [
        GOOD["inspection_results"],
        GOOD["inspection_results"] | {"task_no": "湖环抽查〔2025〕2号"},
        row | {"task_no": "湖环抽查〔2025〕3号"},
    ]
    bench.send("enterprise_registry", REGISTRY, department="market_regulation")
    first = bench.send("inspection_results", rows)
    fixed = rows[2] | {"inspected_on": "2025-06-21", "legal_representative_id_number": "110***********002X"}
    fix = bench.send("inspection_results", [fixed], corrects=first.submission_id)
    before = bench.raw(first.submission_id, "legal_representative_person_key")[2]
    assert before[0] is not None
    assert bench.raw(fix.submission_id, "legal_representative_person_key, resolved_uscc") == [(before[0], FIRM)]
    assert bench.states(first.submission_id) == ["accepted", "accepted", "closed"]


def test_corrections_are_dated_by_their_receipt(bench: Bench) -> None:
    first = bench.send("positive_list", [entry(1), entry(20, published_on="近期")])
    at = datetime(2025, 8, 3, 4, 5)
    bench.send("positive_list", [entry(20)], corrects=first.submission_id, at=at)
    assert bench.query("select distinct decided_at, cause from quality.row_decisions") == [(at, "corrected")]


@pytest.mark.parametrize(("subjects", "state"), [((1, 2), "held"), ((1, 2, 3), "in_force"), ((1, 2, 3, 4), "in_force")])
def test_correction_without_a_file_to_correct_removes_nobody(
    bench: Bench, subjects: tuple[int, ...], state: str
) -> None:
    bench.send("positive_list", [entry(i) for i in (1, 2, 3)])
    alone = bench.send("positive_list", [entry(i) for i in subjects], period="2025-07", is_correction=True)
    assert bench.lists(alone.submission_id) == {"enterprise_environment": state}
