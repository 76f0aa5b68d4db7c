"""Holds the columns, comments and list rows of the hand-made release of ``exports_fixture``."""

from __future__ import annotations

from datetime import date
from typing import Any

SUBMISSION_ID = "{period}-{department}-{feed}"

COVERAGE_COLUMNS = """
    due_feed_count bigint, reported_feed_count bigint, collection_rate double, submitted_rows bigint,
    accepted_rows bigint, conformity_rate double, timeliness_rate double, completeness_rate double,
    accuracy_rate double, evaluated_subject_count bigint, regulated_subject_count bigint,
    evaluation_coverage_rate double, positive_list_count bigint, vetoed_count bigint, zero_report_count bigint,
    unassigned_rows bigint
"""
RATES = ("collection_rate", "conformity_rate", "timeliness_rate", "completeness_rate", "accuracy_rate")
MARTS = {
    "enterprise_profile": (
        "uscc varchar, enterprise_name varchar, is_vetoed boolean, veto_reasons varchar[], "
        "is_public_credit_stale boolean, public_credit_grade varchar"
    ),
    "positive_list": (
        "domain_code varchar, uscc varchar, enterprise_name varchar, published_on date, status varchar, "
        "reasons varchar[], submission_id varchar, period varchar"
    ),
    "positive_list_changes": (
        "period varchar, domain_code varchar, uscc varchar, enterprise_name varchar, changed_on date, change varchar, "
        "reason_code varchar, submission_id varchar"
    ),
    "serious_dishonesty": (
        "domain_code varchar, uscc varchar, enterprise_name varchar, published_on date, listing_reason varchar, "
        "status varchar, ended_on date, submission_id varchar"
    ),
    "repair_reminders": (
        "domain_code varchar, uscc varchar, enterprise_name varchar, listed_on date, severity_class varchar, "
        "earliest_end_on date, latest_end_on date, state varchar, next_action varchar, due_on date, is_overdue boolean"
    ),
    "dishonesty_dynamics": (
        "period varchar, domain_code varchar, district_code varchar, district_name varchar, former_stock bigint, "
        "inflow bigint, outflow bigint, stock bigint, stock_share double"
    ),
    "grade_conflicts": (
        "uscc varchar, enterprise_name varchar, domain_code_a varchar, tier_a varchar, domain_code_b varchar, "
        "tier_b varchar, gap bigint, department_name_a varchar, department_name_b varchar"
    ),
    "coverage_domain_period": f"period varchar, domain_code varchar, department_code varchar, {COVERAGE_COLUMNS}",
    "coverage_department_period": (
        f"period varchar, department_code varchar, department_name varchar, is_vertical boolean, sort_order integer, "
        f"{COVERAGE_COLUMNS}, score decimal(5, 2), rank bigint, previous_rank bigint, rank_change bigint, "
        "is_small_volume boolean, is_praise_proposed boolean, is_criticism_proposed boolean, "
        + ", ".join(f"{rate}_{part} bigint" for rate in RATES for part in ("numerator", "denominator"))
    ),
    "coverage_programme_period": (
        "period varchar, reporting_department_count bigint, due_department_count bigint, "
        f"reporting_domain_count bigint, due_domain_count bigint, {COVERAGE_COLUMNS}"
    ),
    "coverage_obligations": (
        "period varchar, department_code varchar, domain_code varchar, feed varchar, is_due boolean, "
        "is_reported boolean, submitted_rows bigint, accepted_rows bigint, late_submission_count bigint, "
        "zero_report_count bigint"
    ),
    "submissions": (
        "submission_id varchar, department_code varchar, feed varchar, period varchar, received_at timestamp, "
        "due_at timestamp, is_timely boolean, verdict varchar, rows_received bigint, rows_accepted bigint, "
        "rows_quarantined bigint, sha256 varchar, source_name varchar"
    ),
    "findings": (
        "submission_id varchar, row_number bigint, column_name varchar, rule_id varchar, severity varchar, "
        "reason varchar, row_id bigint, source_file varchar, sheet varchar, value_shown varchar"
    ),
    "open_corrections": (
        "department_code varchar, feed varchar, period varchar, domain_code varchar, submission_id varchar, "
        "row_id bigint, enterprise_name varchar, reason varchar, closing_action varchar, open_since date, "
        "age_days bigint"
    ),
}
COMMENTS = {
    "domain_code": "行业领域代码",
    "uscc": "统一社会信用代码，十八位",
    "enterprise_name": "企业名称（登记机关现用名称）",
    "published_on": "发布日期",
    "status": "状态",
    "reasons": "原因",
    "submission_id": "报送编号",
    "changed_on": "变动日期",
    "change": "变动",
    "reason_code": "原因代码",
    "listing_reason": "列入原因",
    "ended_on": "终止日期",
    "department_code": "部门代码",
    "feed": "数据目录",
    "period": "数据月份",
    "row_number": "行号",
    "column_name": "字段",
    "rule_id": "规则编号",
    "severity": "等级",
    "reason": "原因说明",
}


def list_rows(period: str) -> dict[str, list[list[Any]]]:
    day = date.fromisoformat(f"{period}-20")
    source = SUBMISSION_ID.format(period=period, department="construction_bureau", feed="positive_list")
    listing = SUBMISSION_ID.format(period=period, department="construction_bureau", feed="serious_dishonesty_list")
    return {
        "enterprise_profile": [
            ["91330502MATEXT01XA", "湖州测试建设有限公司", False, [], False, "优秀"],
            ["93330521MATEXT036F", "德清待更新合作社", False, [], True, "差"],
        ],
        "positive_list": [
            ["construction", "91330502MATEXT01XA", "湖州测试建设有限公司", day, "listed", [], source, period],
            [
                "construction",
                "93330521MATEXT036F",
                '=HYPERLINK("http://x","合作社")',
                day,
                "listed",
                [],
                source,
                period,
            ],
            [
                "construction",
                "91330500000000027M",
                "长兴否决工程有限公司",
                day,
                "vetoed",
                ["PUBLIC_CREDIT_POOR", "SERIOUSLY_DISHONEST"],
                source,
                period,
            ],
            [
                "real_estate",
                "52330500MJTEXT047X",
                "+安吉置业",
                day,
                "ineligible",
                ["GRADE_BELOW_THRESHOLD"],
                source,
                period,
            ],
        ],
        "positive_list_changes": [
            [
                period,
                "construction",
                "91330500000000027M",
                "长兴否决工程有限公司",
                day,
                "removed",
                "PUBLIC_CREDIT_POOR",
                source,
            ],
            [period, "construction", "91330502MATEXT01XA", "湖州测试建设有限公司", day, "added", "LISTED", source],
        ],
        "serious_dishonesty": [
            ["construction", "91330500000000027M", "长兴否决工程有限公司", day, "@拖欠工资", "active", None, listing],
        ],
    }
