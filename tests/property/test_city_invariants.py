"""Whatever lists a department sends, in any order: no row is lost, and what shrinks by half waits (semantics 4)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies

from ingest.seeds import seed_rows
from ingest.synthetic.identifiers import org_check, uscc_check
from tests.conftest import settings_for
from tests.unit.judging import Bench, Row, opened

MONTHS = ("2025-06", "2025-07")
FLOOR, SHARE = 10, 0.5
"""Of seed list_policies: lists from the floor on are held if less than the share of them is left."""


def _firm(number: int) -> Row:
    body = f"91330502MATX{number:02d}00"
    body += org_check(body[8:])
    return {
        "domain_name": "企业环保领域",
        "enterprise_name": f"湖州第{number}号试验有限公司",
        "uscc": body + uscc_check(body),
        "published_on": "2025-06-20",
    }


FIRMS = [_firm(number) for number in range(16)]
SENDINGS = strategies.lists(
    strategies.tuples(
        strategies.sampled_from(MONTHS),
        strategies.sets(strategies.integers(0, 15), min_size=1),
        strategies.sets(strategies.integers(0, 15), max_size=3),  # those of them whose date is missing
    ),
    min_size=1,
    max_size=4,
)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder: Path = tmp_path_factory.mktemp("lists")
    with opened(settings_for(folder), folder) as opened_bench:
        policy = seed_rows("list_policies", "huzhou", None)[0]
        assert (int(policy["shrink_floor"]), float(policy["shrink_share"])) == (FLOOR, SHARE)
        yield opened_bench


@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SENDINGS)
@example([("2025-06", set(range(12)), set()), ("2025-06", set(range(6)), set()), ("2025-06", set(range(2)), set())])
@example([("2025-07", set(range(12)), {1}), ("2025-06", {0}, set()), ("2025-07", set(range(5)), {0})])
def test_lists_in_any_order(bench: Bench, sendings: list[tuple[str, set[int], set[int]]]) -> None:
    bench.reset()
    in_force: list[tuple[str, int, set[int]]] = []  # period, order of receipt, subjects
    for order, (period, members, undated) in enumerate(sendings):
        rows = [FIRMS[m] | ({"published_on": None} if m in undated else {}) for m in sorted(members)]
        submission = bench.send("positive_list", rows, period=period).submission_id
        received, accepted, quarantined = bench.query(
            "select rows_received, rows_accepted, rows_quarantined from quality.submission_verdicts "
            "where submission_id = $1", submission,
        )[0]  # fmt: skip
        assert received == accepted + quarantined == len(members)
        assert bench.states(submission).count("accepted") == accepted
        known = [(p, o, subjects) for p, o, subjects in in_force if p <= period]
        former = len(max(known)[2]) if known else 0
        faulty = len(members & undated) / len(members)
        if faulty > 0.8:
            assert bench.verdict(submission) == "rejected"
            continue
        held = former >= FLOOR and len(members) < SHARE * former
        assert bench.lists(submission) == {"enterprise_environment": "held" if held else "in_force"}
        assert (accepted == 0) == held
        if not held:
            in_force.append((period, order, members))
