"""Builds the dbt project once over June in miniature, unit tests included, and checks what the marts promise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.dbt.conftest import Built
from tests.dbt.june import AS_OF, CODES, PERIOD

PROMISED = {  # design.md 7: the key columns that others rely on
    "enterprise_profile": "uscc enterprise_name district_code registration_status public_credit_grade "
    "public_credit_score public_credit_evaluated_on evaluated_domain_count best_tier worst_tier is_vetoed veto_reasons "
    "is_seriously_dishonest positive_list_domains inspection_count_12m onsite_inspection_count_ytd violation_count_12m "
    "last_inspected_on warning_count as_of",
    "enterprise_domain_profile": "uscc domain_code grade scale_id tier score evaluated_on evaluation_valid_to "
    "on_positive_list inspection_measure sampling_rate measure_basis",
    "positive_list": "domain_code uscc enterprise_name published_on status reasons",
    "positive_list_changes": "domain_code uscc changed_on change reason_code submission_id",
    "serious_dishonesty": "domain_code uscc published_on listing_reason status ended_on",
    "repair_reminders": "domain_code uscc severity_class earliest_end_on latest_end_on state next_action due_on",
    "dishonesty_dynamics": "period domain_code district_code stock inflow outflow",
    "grade_conflicts": "uscc domain_code_a tier_a domain_code_b tier_b gap",
    "risk_warnings": "warning_type subject_key uscc raised_on evidence_count",
    "inspections": "task_no uscc inspected_on inspection_form inspection_method result_group is_onsite "
    "on_positive_list_at_inspection",
    "inspection_tasks": "task_no lead_department joint_departments sampled_subject_count delivered_subject_count "
    "is_reconciled",
    "inspection_draws": "domain_code period seed uscc measure sampling_rate drawn",
    "combined_inspections": "uscc departments window_start window_end",
    "coverage_domain_period": "period domain_code department_code due_feed_count reported_feed_count collection_rate "
    "submitted_rows accepted_rows conformity_rate timeliness_rate completeness_rate accuracy_rate "
    "evaluated_subject_count regulated_subject_count evaluation_coverage_rate positive_list_count vetoed_count",
    "coverage_department_period": "period department_code due_feed_count reported_feed_count collection_rate "
    "submitted_rows accepted_rows conformity_rate timeliness_rate completeness_rate accuracy_rate score rank "
    "previous_rank",
    "coverage_programme_period": "period reporting_department_count due_department_count reporting_domain_count "
    "due_domain_count due_feed_count reported_feed_count collection_rate submitted_rows accepted_rows",
    "submissions": "submission_id department_code feed period received_at due_at is_timely verdict rows_received "
    "rows_accepted rows_quarantined sha256",
    "findings": "submission_id row_number column_name rule_id severity reason",
    "unresolved_records": "feed submission_id row_number name code_shown candidates",
    "open_corrections": "department_code feed period domain_code submission_id row_id source_file row_number rule_ids "
    "reason closing_action open_since age_days",
}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PERSONAL = re.compile(r"person_key|id_number")


@pytest.fixture
def marts(built: Built) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(built.release), read_only=True) as con:
        con.execute("set schema = 'marts'")
        yield con


def _mart_nodes(built: Built) -> dict[str, Any]:
    return {
        n.name: n
        for n in built.manifest.nodes.values()
        if n.resource_type == "model" and n.original_file_path.startswith("models/marts/")
    }


def _row(con: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Any]:
    result = con.execute(sql)
    names = [d[0] for d in result.description]
    rows = result.fetchall()
    assert len(rows) == 1, f"expected one row from {sql}, got {rows}"
    return dict(zip(names, rows[0], strict=True))


def _has(row: dict[str, Any], **expected: Any) -> None:
    assert {name: row[name] for name in expected} == expected


def test_build_with_unit_tests_succeeds(built: Built) -> None:
    failed = [
        f"{r.node.name}: {r.status}: {r.message}" for r in built.results if str(r.status) not in {"success", "pass"}
    ]
    assert failed == []
    kinds = {str(r.node.resource_type) for r in built.results}
    assert kinds == {"model", "seed", "test", "unit test"} or kinds == {"model", "seed", "test", "unit_test"}
    assert len(built.results) == len(
        [n for n in built.manifest.nodes.values() if n.resource_type in {"model", "seed", "test"}]
    ) + len(built.manifest.unit_tests)


def test_marts_have_contract_grain_key_tests_and_chinese_words(built: Built) -> None:
    tests = [n for n in built.manifest.nodes.values() if n.resource_type == "test"]
    tested = {
        name: [t for t in tests if node.unique_id in t.depends_on.nodes] for name, node in _mart_nodes(built).items()
    }
    for name, node in _mart_nodes(built).items():
        assert node.contract.enforced, name
        assert CHINESE.search(node.description), name
        assert [c.name for c in node.columns.values() if not CHINESE.search(c.description)] == [], name
        assert [c.name for c in node.columns.values() if PERSONAL.search(c.name)] == [], name
        assert CHINESE.search(node.meta["grain"]), name
        key = sorted(node.meta["key"])
        assert set(key) <= set(node.columns), name
        generic = [t.test_metadata for t in tested[name] if hasattr(t, "test_metadata")]
        unique = [
            sorted(t.kwargs.get("columns", [t.kwargs.get("column_name")]))
            for t in generic
            if t.name in {"unique", "unique_combination"}
        ]
        assert key in unique, f"{name} has no test that {key} is unique, it has {unique}"


def test_marts_keep_the_promised_columns(built: Built) -> None:
    missing = {
        name: sorted(set(columns.split()) - set(_mart_nodes(built)[name].columns)) for name, columns in PROMISED.items()
    }
    assert {name: columns for name, columns in missing.items() if columns} == {}


def test_layers_read_only_the_layer_below(built: Built) -> None:
    for node in built.manifest.nodes.values():
        if node.resource_type != "model":
            continue
        layer = node.original_file_path.split("/")[1]
        sources = {built.manifest.sources[s].source_name for s in node.depends_on.nodes if s.startswith("source.")}
        if layer == "marts":
            assert sources <= {"closes", "quality"}, f"{node.name} reads {sources}"
        parents = {
            built.manifest.nodes[p].original_file_path.split("/")[1]
            for p in node.depends_on.nodes
            if p.startswith("model.")
        }
        if layer == "staging":
            assert parents <= {"staging"}, f"{node.name} reads {parents}"


def test_former_rows_are_kept_of_every_mart_that_reads_them(built: Built) -> None:
    from exports.closes import CLOSE_MARTS

    read = {s.name for s in built.manifest.sources.values() if s.source_name == "closes"}
    assert read <= set(CLOSE_MARTS)
    assert read <= set(_mart_nodes(built))


def test_comments_reach_the_release(marts: duckdb.DuckDBPyConnection) -> None:
    without = marts.execute(
        "select table_name, column_name from duckdb_columns() where schema_name = 'marts' and comment is null"
    ).fetchall()
    assert without == []


def test_domain_that_reported_everything(marts: duckdb.DuckDBPyConnection) -> None:
    row = _row(marts, f"from coverage_domain_period where period = '{PERIOD}' and domain_code = 'product_quality'")
    _has(row, due_feed_count=3, reported_feed_count=3, collection_rate=1.0, missing_feeds=[], submission_count=3,
         zero_report_count=1, submitted_rows=6, accepted_rows=6, late_rows=0, timeliness_rate=1.0,
         accuracy_rate_numerator=5, accuracy_rate_denominator=6, accuracy_rate=0.833333, evaluated_subject_count=3,
         regulated_subject_count=3, evaluation_coverage_rate_numerator=2, evaluation_coverage_rate=0.666667,
         gates_passed=True, as_of=AS_OF)  # fmt: skip


def test_domain_of_which_nothing_came(marts: duckdb.DuckDBPyConnection) -> None:
    row = _row(marts, f"from coverage_domain_period where period = '{PERIOD}' and domain_code = 'customs'")
    _has(row, due_feed_count=3, reported_feed_count=0, collection_rate=0.0, submitted_rows=0, accepted_rows=0,
         conformity_rate=None, timeliness_rate=None, completeness_rate=None, accuracy_rate=None,
         evaluated_subject_count=None, evaluation_coverage_rate=None, positive_list_count=None)  # fmt: skip


def test_late_counts_as_reported_and_rejected_does_not(marts: duckdb.DuckDBPyConnection) -> None:
    row = _row(marts, f"from coverage_domain_period where period = '{PERIOD}' and domain_code = 'transport'")
    _has(row, reported_feed_count=1, missing_feeds=["evaluation_results", "serious_dishonesty_list"],
         rejected_submission_count=1, late_submission_count=1, submitted_rows=3, accepted_rows=2, late_rows=2,
         timeliness_rate_numerator=1, timeliness_rate_denominator=3, completeness_rate_numerator=13,
         completeness_rate_denominator=14)  # fmt: skip


def test_department_adds_its_rows_without_a_domain_and_catalogues_4_and_5(marts: duckdb.DuckDBPyConnection) -> None:
    row = _row(
        marts, f"from coverage_department_period where period = '{PERIOD}' and department_code = 'market_regulation'"
    )
    _has(row, due_feed_count=23, reported_feed_count=6, submitted_rows=12, unassigned_rows=1, inspection_result_rows=3,
         inspection_task_rows=1, timeliness_rate_denominator=9, accuracy_rate_denominator=8, previous_rank=3,
         rank_change=2, is_praise_proposed=False, is_criticism_proposed=True,
         criticism_reasons=["collection_rate"])  # fmt: skip


def test_programme_counts_who_owes_and_who_came(marts: duckdb.DuckDBPyConnection) -> None:
    row = _row(marts, f"from coverage_programme_period where period = '{PERIOD}'")
    _has(row, department_count=26, due_department_count=26, reporting_department_count=3, due_domain_count=47,
         reporting_domain_count=3, submitted_rows=15, accepted_rows=12, zero_report_count=2)  # fmt: skip
    assert marts.execute(
        "select count(*), count(distinct feed) from coverage_obligations where period = $1 and is_due", [PERIOD]
    ).fetchone() == (row["due_feed_count"], 5)


def test_former_periods_come_through_unchanged(marts: duckdb.DuckDBPyConnection) -> None:
    row = _row(marts, "from coverage_department_period where period = '2025-05'")
    _has(row, department_code="market_regulation", rank=3, submitted_rows=9, score=None)


def test_natural_persons_are_counted_without_a_trace(marts: duckdb.DuckDBPyConnection) -> None:
    row = _row(marts, "from inspections where is_natural_person")
    _has(row, uscc=None, enterprise_name=None, on_positive_list_at_inspection=False, result_group="no_issue")
    _has(_row(marts, "from inspection_tasks"), sampled_subject_count=3, delivered_subject_count=3, is_reconciled=True,
         outside_window_count=1, joint_department_codes=["transport_bureau"])  # fmt: skip
    assert "张三" not in str(marts.execute("from inspections").fetchall())


def test_inspection_consults_the_list_of_the_month_before(marts: duckdb.DuckDBPyConnection) -> None:
    found = dict(
        marts.execute("select uscc, on_positive_list_at_inspection from inspections where uscc is not null").fetchall()
    )
    assert found == {CODES[0]: False, CODES[1]: True}


def test_submissions_show_what_was_known(marts: duckdb.DuckDBPyConnection) -> None:
    found = {
        row[0]: row[1:]
        for row in marts.execute("select submission_id, is_timely, due_at is null, verdict from submissions").fetchall()
    }
    assert "too-late" not in found
    assert found["list"] == (True, False, "accepted")
    assert found["late-list"] == (False, False, "accepted")
    assert found["registry"] == (None, True, "accepted")
    assert found["rejected"] == (True, False, "rejected")
    _has(_row(marts, "from findings"), submission_id="evaluations", rule_id="X-OWNER", row_number=6, finding_no=1)
    _has(_row(marts, "from unresolved_records"), submission_id="evaluations", row_number=5,
         code_shown="O33052*****XT036F", candidates=[CODES[2]])  # fmt: skip
