"""gate_pending on real files: order and waves, one bad file stops nobody, a second run does nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest import landing, warehouse
from ingest.ledger import Submission
from ingest.settings import Settings
from quality import batch, conservation, gate, precheck
from quality.waves import waves
from tests.unit.judging import CONTRACTS, FIRM, GOOD, REGISTRY, Row


def drop(
    settings: Settings,
    feed: str,
    rows: Sequence[Row],
    department: str = "ecology_environment",
    period: str = "2025-06",
    day: int = 1,
    name: str | None = None,
    without: str = "",
) -> Path:
    """Writes a csv into the inbox, as old as it pretends."""
    columns = [
        c
        for c in CONTRACTS[feed].columns
        if c.name != without and (c.header_required or any(r.get(c.name) for r in rows))
    ]
    lines = [",".join(c.title for c in columns)] + [",".join(r.get(c.name) or "" for c in columns) for r in rows]
    path = settings.inbox / department / period / (name or f"{CONTRACTS[feed].file_titles[0]}.csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    when = datetime(2025, 7, day, 8, tzinfo=UTC).timestamp()
    os.utime(path, (when, when))
    return path


def run(settings: Settings, disabled: Sequence[str] = ()) -> gate.GateSummary:
    with warehouse.connect(settings) as con:
        landing.land_inbox(con, settings)
        summary = gate.gate_pending(con, settings, None, frozenset(disabled))
        assert conservation.check(con, settings) == []
        return summary


def test_month_is_judged_and_a_second_run_does_nothing(settings: Settings) -> None:
    drop(settings, "enterprise_registry", REGISTRY, "market_regulation", day=1)
    drop(settings, "evaluation_results", [GOOD["evaluation_results"] | {"uscc": None}], day=2)
    drop(settings, "positive_list", [GOOD["positive_list"]], day=2)
    drop(settings, "positive_list", [], "statistics_bureau", day=3)
    drop(settings, "serious_dishonesty_list", [GOOD["serious_dishonesty_list"]], day=2, without="listing_reason")
    drop(settings, "positive_list", [GOOD["positive_list"]], "烟草局", day=4)
    drop(settings, "positive_list", [GOOD["positive_list"]], period="六月", day=4)
    drop(settings, "positive_list", [GOOD["positive_list"]], day=5, name="不知道是什么.csv", without="published_on")
    (settings.inbox / "ecology_environment/2025-06/行业评价结果坏.xlsx").write_bytes(b"PK\x03\x04 broken")
    summary = run(settings)
    with warehouse.connect(settings) as con:
        told = con.execute("""
            select source_name, department_code is null or period is null, verdict, list_sort(list(distinct rule_id))
            from quality.submissions as s inner join quality.submission_verdicts as v using (submission_id)
            left join quality.findings as f on s.submission_id = f.submission_id
            group by s.submission_id, source_name, 2, verdict order by 1, 2, 3, 4
        """).fetchall()
    assert told == [
        ("不知道是什么.csv", False, "rejected", ["X-FEED"]),
        ("严重失信主体名单.csv", False, "rejected", ["X-HEADER"]),
        ("企业登记信息.csv", False, "accepted", [None]),
        ("正面清单.csv", False, "accepted", [None]),
        ("正面清单.csv", False, "accepted", [None]),
        ("正面清单.csv", True, "rejected", ["X-PERIOD"]),
        ("正面清单.csv", True, "rejected", ["X-SENDER"]),
        ("行业评价结果.csv", False, "accepted_with_remarks", ["evaluation_results.uscc.required"]),
        ("行业评价结果坏.xlsx", False, "rejected", ["X-READ"]),
    ]
    assert (len(summary.submission_ids), summary.errors, summary.rows_accepted) == (9, [], len(REGISTRY) + 2)
    again = run(settings)
    assert (again.submission_ids, again.errors) == ([], [])


def test_one_submission_that_cannot_be_judged_stays_pending(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i, department in enumerate(("ecology_environment", "statistics_bureau", "justice"), start=1):
        drop(settings, "inspection_tasks", [GOOD["inspection_tasks"] | {"task_name": f"任务{i}"}], department)
    judge = batch.judge_batch

    def fails_for_one(
        con: Any, s: Settings, contract: Any, arrived: list[batch.Arrived], disabled: frozenset[str]
    ) -> Any:
        known = (
            "select count(*) from quality.submissions "
            "where department_code = 'justice' and submission_id in (select unnest($1))"
        )
        if con.execute(known, [[a.submission_id for a in arrived]]).fetchone() != (0,):
            raise RuntimeError("a cell says 11010519491231002X")
        return judge(con, s, contract, arrived, disabled)

    with monkeypatch.context() as broken:
        broken.setattr(gate, "judge_batch", fails_for_one)
        summary = run(settings)
    assert len(summary.submission_ids) == 2
    assert [e.department_code for e in summary.errors] == ["justice"]
    assert "11010519491231002X" not in str(summary.errors[0])
    assert "stays pending" in str(summary.errors[0])
    assert len(run(settings).submission_ids) == 1


def test_a_known_bad_file_is_refused_whole(settings: Settings) -> None:
    rows = [GOOD["evaluation_results"] | {"evaluated_on": f"2025-06-{i:02d}", "grade": "卓越"} for i in range(1, 10)]
    drop(settings, "evaluation_results", [*rows, GOOD["evaluation_results"]])
    summary = run(settings)
    assert list(summary.verdicts.values()) == ["rejected"]
    with warehouse.connect(settings) as con:
        assert con.execute(
            "select count(*), count(*) filter (list_contains(rule_ids, 'X-GATE')) from quality.quarantine"
        ).fetchone() == (10, 10)
        assert con.execute("select reason from quality.findings where row_id is null").fetchall() == [
            ("有错误的行占 90.0%，超过允许的 80%，整份退回。",)
        ]


def test_a_rule_that_is_off_lets_its_rows_pass(settings: Settings) -> None:
    drop(settings, "evaluation_results", [GOOD["evaluation_results"] | {"grade": "卓越"}])
    assert list(run(settings, ["evaluation_results.grade.scale"]).verdicts.values()) == ["accepted"]


def submission(feed: str | None, department: str, hour: int, is_correction: bool = False) -> Submission:
    at = datetime(2025, 7, 1, hour)
    return Submission(
        f"{feed}-{department}-{hour}",
        "",
        feed,
        department,
        "2025-06",
        "drop",
        None,
        "f",
        None,
        at,
        f"{hour:02d}",
        is_correction,
        None,
        None,
        (),
    )


def test_waves_put_together_what_does_not_depend_on_each_other() -> None:
    sent = [
        submission("positive_list", "a", 1),
        submission("enterprise_registry", "m", 2),
        submission("positive_list", "b", 3),
        submission("positive_list", "a", 4),
        submission("evaluation_results", "a", 5),
        submission("evaluation_results", "a", 6),
        submission("evaluation_results", "a", 7, is_correction=True),
        submission("enterprise_registry", "m", 8),
        submission("credit_repair", "a", 9),
        submission("serious_dishonesty_list", "a", 10),
        submission(None, "a", 11),
    ]
    order = [(feed, [s.received_at.hour for s in wave]) for feed, wave in waves(reversed(sent), CONTRACTS)]
    assert order[:3] == [("enterprise_registry", [2]), ("enterprise_registry", [8]), ("serious_dishonesty_list", [10])]
    assert order[3:] == [
        (None, [11]),
        ("credit_repair", [9]),
        ("evaluation_results", [5, 6]),
        ("evaluation_results", [7]),
        ("positive_list", [1, 3]),
        ("positive_list", [4]),
    ]


def test_precheck_tells_what_the_gate_would_and_stores_nothing(settings: Settings, tmp_path: Path) -> None:
    drop(settings, "enterprise_registry", REGISTRY, "market_regulation")
    run(settings)
    other = replace_home(settings, tmp_path / "elsewhere")
    file = drop(
        other,
        "evaluation_results",
        [GOOD["evaluation_results"] | {"uscc": None}, GOOD["evaluation_results"] | {"grade": "卓越"}],
    )
    files = sorted(p for p in settings.home.rglob("*") if p.is_file())
    result = precheck.check_file(settings, file, None, "ecology_environment", "2025-06")
    assert (result.verdict, result.rows_received, result.rows_accepted, result.is_clean) == (
        "accepted_with_remarks",
        2,
        1,
        False,
    )
    assert result.has_knowledge
    assert {(f["rule_id"], f["severity"]) for f in result.findings} == {
        ("evaluation_results.uscc.required", "warning"),
        ("evaluation_results.grade.scale", "error"),
    }
    assert sorted(p for p in settings.home.rglob("*") if p.is_file()) == files
    with warehouse.connect(settings) as con:
        assert con.execute("select count(*) from quality.submissions").fetchone() == (1,)
        assert con.execute(
            "select resolved_uscc from read_parquet($1) where resolved_uscc = $2",
            [str(settings.raw_batches / "enterprise_registry" / "*.parquet"), FIRM],
        ).fetchone() == (FIRM,)
    unknowing = precheck.check_file(other, file, "evaluation_results", "ecology_environment", "2025-06")
    assert (unknowing.has_knowledge, unknowing.rows_accepted) == (False, 0)


def replace_home(settings: Settings, home: Path) -> Settings:
    return settings.model_copy(update={"home": home})
