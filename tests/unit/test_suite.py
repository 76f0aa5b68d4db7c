"""The Great Expectations suite over measures: thresholds at their limit, and everything that would fail open."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest

from quality.measures import Frame, add_shares
from quality.rules import row_rules
from quality.suite import SuiteError, validate, validate_period
from tests.unit.judging import CONTRACTS

CONTRACT = CONTRACTS["positive_list"]
RULES = row_rules(CONTRACT)


def frame(submissions: int = 2, **changes: tuple[int, int]) -> Frame:
    """Returns measures of a hundred rows without a fault, but for the rules named by the end of their id."""

    def counts(rule_id: str) -> tuple[int, int]:
        return next((c for end, c in changes.items() if rule_id.endswith(end)), (100, 0))

    return add_shares(
        CONTRACT,
        {
            f"s{i}": [
                {
                    "rule_id": r.rule_id,
                    "rule_version": r.version,
                    "dimension": r.dimension,
                    "severity": r.severity,
                    "threshold": r.threshold,
                    "evaluated": counts(r.rule_id)[0],
                    "unexpected": counts(r.rule_id)[1],
                }
                for r in RULES
            ]
            for i in range(submissions)
        },
    )


@pytest.mark.parametrize(
    ("counts", "success"),
    [
        ((100, 5), True),
        ((100, 6), False),
        ((20, 1), True),
        ((3, 1), False),
        ((0, 0), None),
        ((100, 0), True),
    ],
)
def test_share_of_empty_required_cells_is_held_to_its_threshold(counts: tuple[int, int], success: bool | None) -> None:
    rows = validate(CONTRACT, frame(**{"uscc.required": counts})).rows
    assert {r["success"] for r in rows if r["rule_id"] == "positive_list.uscc.required"} == {success}
    assert all(r["success"] for r in rows if r["rule_id"] != "positive_list.uscc.required")


def test_rule_without_threshold_has_no_limit() -> None:
    rows = validate(CONTRACT, frame(**{"uscc.check": (100, 100)})).rows
    assert {r["success"] for r in rows if r["rule_id"] == "positive_list.uscc.check"} == {True}


def test_only_the_submission_that_breaks_the_rule_is_marked() -> None:
    measures = frame()
    measures.rows[0].update(unexpected=100, share=1.0)
    judged = [r["success"] for r in validate(CONTRACT, measures).rows]
    assert judged == [False, *[True] * (len(judged) - 1)]


def broken(measures: Frame, how: str) -> Frame:
    rows: list[dict[str, Any]] = copy.deepcopy(measures.rows)
    match how:
        case "empty":
            rows = []
        case "absent rule":
            rows = [r for r in rows if r["rule_id"] != RULES[0].rule_id]
        case "absent rule in one submission":
            rows = rows[1:]
        case "doubled rule":
            rows[1] = dict(rows[0])
        case "unknown rule":
            rows[0]["rule_id"] = "positive_list.uscc.colour"
        case "NaN share":
            rows[0]["share"] = math.nan
        case "null share":
            rows[0]["share"] = None
        case "null evaluated":
            rows[0]["evaluated"] = None
        case "NaN unexpected":
            rows[0]["unexpected"] = math.nan
        case "more broken than asked":
            rows[0].update(evaluated=1, unexpected=2)
        case "fewer than none":
            rows[0].update(evaluated=-1, unexpected=-1)
    return Frame(measures.feed, measures.submissions, rows)


@pytest.mark.parametrize(
    "how",
    [
        "empty",
        "absent rule",
        "absent rule in one submission",
        "doubled rule",
        "unknown rule",
        "NaN share",
        "null share",
        "null evaluated",
        "NaN unexpected",
        "more broken than asked",
        "fewer than none",
    ],
)
def test_measures_that_would_fail_open_are_refused(how: str) -> None:
    with pytest.raises(SuiteError, match="positive_list"):
        validate(CONTRACT, broken(frame(), how))


def test_rules_that_are_off_are_not_asked_for() -> None:
    off = frozenset({RULES[0].rule_id})
    fewer = Frame("positive_list", ("s0", "s1"), [r for r in frame().rows if r["rule_id"] not in off])
    assert validate(CONTRACT, fewer, off).rows
    with pytest.raises(SuiteError):
        validate(CONTRACT, frame(), off)


def gate(check: str, observed: float | None, threshold: float, domain: str = "tax") -> dict[str, Any]:
    return {
        "department_code": "d",
        "domain_code": domain,
        "feed": "f",
        "check_name": check,
        "observed": observed,
        "threshold": threshold,
    }


def test_period_measures_at_their_limits() -> None:
    rows = [
        gate("reported", 1.0, 1.0),
        gate("reported", 0.0, 1.0, "b"),
        gate("completeness", 0.95, 0.95),
        gate("completeness", 0.9499, 0.95, "b"),
        gate("completeness", None, 0.95, "c"),
        gate("error_share", 0.1, 0.1),
        gate("error_share", 0.1001, 0.1, "b"),
        gate("error_share", 3 / 30, 0.1, "c"),
        gate("no_held_list", 0.0, 0.0),
        gate("no_held_list", 1.0, 0.0, "b"),
    ]
    assert validate_period(rows) == [True, False, True, False, None, True, False, True, True, False]


def test_period_measures_without_a_report_or_doubled_are_refused() -> None:
    with pytest.raises(SuiteError):
        validate_period([gate("reported", None, 1.0)])
    with pytest.raises(SuiteError):
        validate_period([gate("reported", 1.0, 1.0), gate("reported", 1.0, 1.0)])
