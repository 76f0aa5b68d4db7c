"""The verdict at its boundaries: error share, shrinking lists, nothing accepted, zero reports. No database."""

from __future__ import annotations

from typing import Any

import pytest

from quality.verdict import BatchFinding, Counts, DomainCount, Limits, judge, list_states

LIMITS = Limits(error_share=0.8, shrink_floor=10, shrink_share=0.5)


def one(
    former: int | None, new: int, code: str = "tax", own: bool = True, sound: int | None = None, zero: bool = False
) -> DomainCount:
    """Returns what a submission says of a domain: as many rows as subjects."""
    return DomainCount(code, code, own, new, new if sound is None else sound, new, former, zero)


def of(*domains: DomainCount, rows: int = 0, errors: int = 0, **more: Any) -> Counts:
    """Returns the counts of a full list."""
    total = rows or sum(d.rows for d in domains)
    sound = sum(d.sound_rows for d in domains) if domains else total - errors
    return Counts(total, errors, sound, domains, replaces_list=True, **more)


@pytest.mark.parametrize(
    ("former", "new", "held"),
    [
        (None, 1, False),  # the first list
        (9, 1, False),  # below the floor
        (9, 4, False),
        (10, 5, False),  # exactly half
        (10, 4, True),
        (10, 0, True),  # zero report after ten
        (11, 6, False),
        (11, 5, True),  # 2 x 5 < 11
        (20, 10, False),
        (20, 9, True),
        (16, 40, False),
    ],
)
def test_list_is_held_when_it_shrinks_below_half(former: int | None, new: int, held: bool) -> None:
    counts = of(one(former, new), one(None, 3, "other"), is_zero_report=new == 0)
    verdict = judge(counts, LIMITS)
    assert verdict.held == ({"tax"} if held else frozenset())
    assert list_states(counts, verdict) == {"tax": "held" if held else "in_force", "other": "in_force"}
    assert verdict.name == ("accepted_with_remarks" if held else "accepted")
    assert verdict.rows_accepted == 3 + (0 if held else new)


def test_all_domains_held_is_rejected_and_stays_held() -> None:
    counts = of(one(10, 4), one(30, 1, "other"))
    verdict = judge(counts, LIMITS)
    assert (verdict.name, verdict.reject_rule, verdict.rows_accepted) == ("rejected", "X-SHRINK", 0)
    assert [f.rule_id for f in verdict.findings] == ["X-SHRINK", "X-SHRINK"]
    assert list_states(counts, verdict) == {"tax": "held", "other": "held"}


def test_foreign_domains_do_not_keep_a_held_submission_alive() -> None:
    assert judge(of(one(10, 4), one(None, 5, "foreign", own=False, sound=0)), LIMITS).reject_rule == "X-SHRINK"


@pytest.mark.parametrize(
    ("rows", "errors", "name"),
    [
        (10, 0, "accepted"),
        (10, 8, "accepted_with_remarks"),
        (10, 9, "rejected"),
        (5, 4, "accepted_with_remarks"),
        (100, 80, "accepted_with_remarks"),
        (100, 81, "rejected"),
        (1, 1, "rejected"),
    ],
)
def test_more_than_the_share_of_rows_in_error_is_rejected(rows: int, errors: int, name: str) -> None:
    verdict = judge(Counts(rows, errors, rows - errors, has_remarks=errors > 0), LIMITS)
    assert verdict.name == name
    assert verdict.rows_accepted == (0 if name == "rejected" else rows - errors)
    assert [f.rule_id for f in verdict.findings] == (["X-GATE"] if name == "rejected" else [])


def test_repeats_are_no_errors_but_one_row_must_be_accepted() -> None:
    assert judge(Counts(10, 0, 1, has_remarks=True), LIMITS).name == "accepted_with_remarks"
    nothing = judge(Counts(5, 4, 0, has_remarks=True), LIMITS)
    assert (nothing.name, nothing.reject_rule) == ("rejected", "X-EMPTY")


def test_no_rows_is_rejected() -> None:
    assert judge(Counts(0, 0, 0), LIMITS).reject_rule == "X-EMPTY"


def test_warning_alone_makes_remarks() -> None:
    assert judge(Counts(3, 0, 3, has_remarks=True), LIMITS).name == "accepted_with_remarks"


def test_fatal_problem_rejects_before_anything_else() -> None:
    counts = of(one(10, 1), fatal=(BatchFinding("X-HEADER"),))
    verdict = judge(counts, LIMITS)
    assert (verdict.name, verdict.reject_rule, verdict.held) == ("rejected", "X-HEADER", frozenset())
    assert list_states(counts, verdict) == {"tax": "refused"}


@pytest.mark.parametrize(
    ("former", "name", "state"),
    [
        (None, "accepted", "in_force"),
        (0, "accepted", "in_force"),
        (9, "accepted", "in_force"),
        (10, "rejected", "held"),
    ],
)
def test_zero_report_is_judged_for_shrinking_like_any_list(former: int | None, name: str, state: str) -> None:
    counts = of(one(former, 0, zero=True), is_zero_report=True)
    verdict = judge(counts, LIMITS)
    assert verdict.name == name
    assert list_states(counts, verdict) == {"tax": state}


@pytest.mark.parametrize("rule", ["X-SHRINK", "X-GATE", "X-EMPTY", "X-HEADER"])
def test_a_batch_rule_that_is_off_does_not_reject(rule: str) -> None:
    cases = {
        "X-SHRINK": of(one(10, 4)),
        "X-GATE": Counts(10, 9, 1),
        "X-EMPTY": Counts(0, 0, 0),
        "X-HEADER": Counts(1, 0, 1, fatal=(BatchFinding("X-HEADER"),)),
    }
    assert judge(cases[rule], LIMITS).name == "rejected"
    assert judge(cases[rule], LIMITS, frozenset({rule})).name != "rejected"


def test_share_and_floor_come_from_the_policy() -> None:
    strict = Limits(error_share=0.0, shrink_floor=1, shrink_share=1.0)
    assert judge(Counts(10, 1, 9), strict).reject_rule == "X-GATE"
    assert judge(of(one(2, 1)), strict).reject_rule == "X-SHRINK"
