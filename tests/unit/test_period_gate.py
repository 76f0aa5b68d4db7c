"""The period gate (semantics 4.5): per domain and feed, per department where there is no domain; at its limits."""

from __future__ import annotations

from datetime import datetime

import pytest

from quality import period_gate
from quality.confirm import confirm
from quality.period_gate import PeriodGate
from tests.unit.judging import GOOD, Bench, Row

AS_OF = datetime(2025, 7, 14, 16)


def evaluation(i: int, **changes: str | None) -> Row:
    return (
        GOOD["evaluation_results"] | {"uscc": f"91330502MATEX{i:05d}", "enterprise_name": f"湖州第{i}家企业"} | changes
    )


def entry(i: int, **changes: str | None) -> Row:
    return {
        "domain_name": "企业环保领域",
        "enterprise_name": f"湖州第{i}家企业",
        "uscc": f"91330502MATEX{i:05d}",
        "published_on": "2025-06-20",
    } | changes


def gates(
    bench: Bench,
    feed: str,
    domain: str = "enterprise_environment",
    department: str = "ecology_environment",
    period: str = "2025-06",
    as_of: datetime = AS_OF,
) -> dict[str, PeriodGate]:
    found = period_gate.run(bench.con, bench.settings, period, as_of)
    return {g.check_name: g for g in found if (g.feed, g.domain_code, g.department_code) == (feed, domain, department)}


def test_everybody_due_is_asked_and_silence_is_red(bench: Bench) -> None:
    found = period_gate.run(bench.con, bench.settings, "2025-06", AS_OF)
    reported = [g for g in found if g.check_name == "reported"]
    assert len([g for g in reported if g.domain_code != "-"]) == 3 * 47
    assert len({g.department_code for g in reported if g.feed == "inspection_tasks"}) == 26
    assert [g for g in reported if g.feed == "inspection_results"] == []  # nobody has a task this month
    assert {g.success for g in reported} == {False}
    assert {g.success for g in found if g.check_name != "reported"} == {None}
    assert len(bench.query("select * from quality.period_gates")) == len(found)
    pilots = period_gate.run(bench.con, bench.settings, "2025-05", AS_OF)
    assert len({g.domain_code for g in pilots} - {"-"}) == 8


@pytest.mark.parametrize(("faulty", "success"), [(1, True), (2, False)])
def test_error_share_at_its_limit(bench: Bench, faulty: int, success: bool) -> None:
    rows = [evaluation(i, grade="Z" if i < faulty else "A") for i in range(10)]
    bench.send("evaluation_results", rows)
    gate = gates(bench, "evaluation_results")["error_share"]
    assert (gate.evaluated, gate.unexpected, gate.success) == (10, faulty, success)


@pytest.mark.parametrize(("empty", "success"), [(3, True), (4, False)])
def test_completeness_at_its_limit(bench: Bench, empty: int, success: bool) -> None:
    """Ten rows of six required cells: three empty ones leave 0.95."""
    rows = [evaluation(i, evaluating_department=None if i < empty else "市生态环境局") for i in range(10)]
    bench.send("evaluation_results", rows)
    gate = gates(bench, "evaluation_results")["completeness"]
    assert (gate.evaluated, gate.unexpected, gate.success) == (60, empty, success)


def test_rejected_submission_is_no_report(bench: Bench) -> None:
    bench.send("evaluation_results", [evaluation(1, grade="Z")])
    found = gates(bench, "evaluation_results")
    assert (found["reported"].success, found["error_share"].success) == (False, None)


def test_zero_report_counts_as_reported_and_has_nothing_to_measure(bench: Bench) -> None:
    bench.judge("positive_list", [bench.land("positive_list", [], zero="企业环保领域")])
    found = gates(bench, "positive_list")
    assert {n: g.success for n, g in found.items()} == {
        "reported": True,
        "completeness": None,
        "error_share": None,
        "no_held_list": True,
    }


def test_held_list_is_red_until_it_is_confirmed(bench: Bench) -> None:
    bench.send("positive_list", [entry(i) for i in range(12)], period="2025-05", at=datetime(2025, 6, 25))
    held = bench.send("positive_list", [entry(1)], at=datetime(2025, 7, 3))
    found = gates(bench, "positive_list")
    assert (found["reported"].success, found["no_held_list"].success) == (False, False)
    confirm(bench.con, bench.settings, held.submission_id, "王某", "确已退出", at=datetime(2025, 7, 10))
    found = gates(bench, "positive_list")
    assert (found["reported"].success, found["no_held_list"].success) == (True, True)
    before = gates(bench, "positive_list", as_of=datetime(2025, 7, 9))  # as known the day before
    assert (before["reported"].success, before["no_held_list"].success) == (False, False)


def test_correction_turns_the_error_share_green(bench: Bench) -> None:
    rows = [evaluation(i, grade="Z" if i < 3 else "A") for i in range(10)]
    first = bench.send("evaluation_results", rows)
    assert gates(bench, "evaluation_results")["error_share"].success is False
    bench.send(
        "evaluation_results",
        [evaluation(0), evaluation(1), evaluation(2, grade="ZZ"), evaluation(2, grade="Q")],
        corrects=first.submission_id,
    )
    gate = gates(bench, "evaluation_results")["error_share"]
    assert (gate.evaluated, gate.unexpected, gate.success) == (10, 1, True)  # what is still wrong is counted once


def test_foreign_rows_count_for_nobody(bench: Bench) -> None:
    bench.send("evaluation_results", [evaluation(1), evaluation(2, evaluation_name="测绘行业")])
    assert gates(bench, "evaluation_results")["reported"].evaluated == 1
    assert gates(bench, "evaluation_results")["error_share"].evaluated == 1
    assert gates(bench, "evaluation_results", "surveying_mapping", "natural_resources")["reported"].success is False


def test_inspections_are_due_where_a_task_touches_the_month(bench: Bench) -> None:
    task = GOOD["inspection_tasks"] | {
        "task_type": "跨部门联合专项任务",
        "joint_departments": "湖州市统计局、市公安局",
        "task_start_on": "2025-05-10",
        "task_end_on": "2025-06-01",
    }
    bench.send("inspection_tasks", [task])
    due = {
        g.department_code
        for g in period_gate.run(bench.con, bench.settings, "2025-06", AS_OF)
        if g.feed == "inspection_results"
    }
    assert due == {"ecology_environment", "statistics_bureau", "public_security"}
    later = {
        g.department_code
        for g in period_gate.run(bench.con, bench.settings, "2025-07", AS_OF)
        if g.feed == "inspection_results"
    }
    assert later == set()
    bench.send("inspection_results", [GOOD["inspection_results"]], period="2025-07", at=datetime(2025, 7, 5))
    sent = gates(bench, "inspection_results", "-", period="2025-07")
    assert sent["reported"].success is True  # not due, but sent: measured


def test_later_submissions_are_not_known_yet(bench: Bench) -> None:
    bench.send("evaluation_results", [evaluation(1)], at=datetime(2025, 7, 20))
    assert gates(bench, "evaluation_results")["reported"].success is False
    assert gates(bench, "evaluation_results", as_of=datetime(2025, 7, 21))["reported"].success is True
