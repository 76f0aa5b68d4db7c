"""Returns a June in miniature, every number of which can be counted by hand (see the comments of each submission)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.dbt.tiny_home import Close, Ledger, Sent, build_home

PERIOD = "2025-06"
DUE_AT = datetime(2025, 7, 14, 16)  # 24:00 of 14 July in Asia/Shanghai, seed reporting_calendar
ON_TIME = DUE_AT - timedelta(days=3)
LATE = DUE_AT + timedelta(seconds=1)
AS_OF = datetime(2025, 7, 20)

# Structurally valid codes of domain.md 3.4 and names that mean nobody.
CODES = ("91330502MATEXT01XA", "92330503MATEXT028M", "93330521MATEXT036F", "52330500MJTEXT047X", "91330500000000027M")
NAMES = ("湖州甲木科技有限公司", "湖州乙火商行", "湖州丙土合作社", "湖州丁金养老院", "湖州戊水制造有限公司")


def subject(number: int, **changes: Any) -> dict[str, Any]:
    """Returns name and code of an enterprise of the town."""
    return {"enterprise_name": NAMES[number], "uscc": CODES[number]} | changes


def evaluation(number: int, domain: str, **changes: Any) -> dict[str, Any]:
    """Returns one evaluation, grade A of the default scale."""
    return (
        subject(number)
        | {
            "domain_code": domain,
            "evaluated_on": date(2025, 6, 10),
            "evaluating_department": "市市场监管局",
            "grade": "A",
            "scale_id": "other",
            "tier": "A",
        }
        | changes
    )


def listed(number: int, domain: str, **changes: Any) -> dict[str, Any]:
    """Returns one entry of a positive list."""
    return subject(number) | {"domain_code": domain, "published_on": date(2025, 6, 1)} | changes


def inspection(number: int, **changes: Any) -> dict[str, Any]:
    """Returns one inspection without a finding."""
    return {
        "counterpart_name": NAMES[number],
        "counterpart_category": "法人及非法人组织",
        "counterpart_code": CODES[number],
        "inspection_form": "双随机抽查",
        "inspection_method": "现场检查",
        "inspection_content": "日常监督",
        "inspection_result": ["未发现问题"],
        "inspected_on": date(2025, 6, 18),
        "task_no": "市监抽查(2025)1号",
        "inspecting_authority_name": "市市场监管局",
        "inspecting_authority_code": "11330500MBTEXT0137",
        "source_unit_name": "市市场监管局",
        "source_unit_code": "11330500MBTEXT0137",
        "_record_id": f"r{number}",
    } | changes


SENT = [
    Sent(
        "registry",
        "enterprise_registry",
        "market_regulation",
        PERIOD,
        ON_TIME - timedelta(days=9),
        [
            subject(0, registration_status="存续", former_names=["湖州甲木贸易有限公司"]),
            subject(1, registration_status="存续"),
            subject(2, registration_status="存续"),
            subject(4, registration_status="注销"),
        ],
    ),
    # Four of its own: under a former name, under another's name, not in the registry, unreadable. One of transport's.
    Sent(
        "evaluations",
        "evaluation_results",
        "market_regulation",
        PERIOD,
        ON_TIME,
        [
            evaluation(0, "product_quality", enterprise_name="湖州甲木贸易有限公司"),
            evaluation(1, "product_quality", enterprise_name="别的名字"),
            evaluation(3, "product_quality"),
            evaluation(
                2,
                "patent_agency",
                uscc=None,
                row_state="quarantined",
                rule_ids=["evaluation_results.uscc.required"],
                uscc__text="O330521MATEXT036F",
            ),
            evaluation(2, "transport", row_state="quarantined", rule_ids=["X-OWNER"]),
        ],
        verdict="accepted_with_remarks",
    ),
    Sent(
        "list",
        "positive_list",
        "market_regulation",
        PERIOD,
        DUE_AT,
        [
            listed(0, "product_quality"),
            listed(1, "product_quality"),
            listed(2, "product_quality"),
        ],
    ),
    Sent(
        "subjects",
        "regulated_subjects",
        "market_regulation",
        PERIOD,
        ON_TIME,
        [
            subject(0, domain_code="product_quality"),
            subject(1, domain_code="product_quality"),
            subject(4, domain_code="product_quality"),
        ],
    ),
    Sent("zero", "serious_dishonesty_list", "market_regulation", PERIOD, ON_TIME, zero_domains=["product_quality"]),
    # Late by a second, then rejected: neither makes the domain reported.
    Sent(
        "late-list",
        "positive_list",
        "transport_bureau",
        PERIOD,
        LATE,
        [
            listed(0, "transport"),
            listed(1, "transport"),
        ],
    ),
    Sent(
        "rejected",
        "evaluation_results",
        "transport_bureau",
        PERIOD,
        ON_TIME,
        [
            evaluation(0, "transport", grade=None, required_filled=5),
        ],
        verdict="rejected",
    ),
    Sent(
        "too-late",
        "serious_dishonesty_list",
        "transport_bureau",
        PERIOD,
        AS_OF + timedelta(seconds=1),
        zero_domains=["transport"],
    ),
    Sent(
        "tasks",
        "inspection_tasks",
        "market_regulation",
        PERIOD,
        ON_TIME,
        [
            {
                "task_name": "产品质量领域双随机抽查",
                "task_no": "市监抽查(2025)1号",
                "task_type": "年度计划",
                "lead_department": "市市场监管局",
                "joint_departments": ["市交通运输局"],
                "sampling_type": "不定向",
                "sampled_subject_count": 3,
                "subject_scope": "全市生产企业",
                "task_start_on": date(2025, 6, 1),
                "task_end_on": date(2025, 6, 20),
                "published_on": date(2025, 5, 30),
                "inspection_items": "质量",
                "match_method": None,
            }
        ],
    ),
    Sent(
        "inspections",
        "inspection_results",
        "market_regulation",
        PERIOD,
        LATE,
        [
            inspection(0),
            inspection(1, inspection_result=["未发现问题", "不配合检查情节严重"], inspected_on=date(2025, 6, 25)),
            inspection(
                3,
                counterpart_category="自然人",
                counterpart_code=None,
                counterpart_name="张三",
                resolved_uscc=None,
                match_method="natural_person",
                counterpart_person_key="ab" * 32,
                is_check_ok=None,
            ),
        ],
        channel="gateway",
    ),
    Sent("tax-tasks", "inspection_tasks", "tax_bureau", PERIOD, ON_TIME, []),
]

LEDGER = Ledger(
    findings=[
        {
            "submission_id": "evaluations",
            "row_id": 5,
            "source_file": "evaluation_results.xlsx",
            "sheet": "Sheet1",
            "row_number": 6,
            "column_name": "evaluation_name",
            "rule_id": "X-OWNER",
            "rule_version": 1,
            "kind": "X-OWNER",
            "severity": "error",
            "value_shown": "交通运输领域",
            "reason": "不是本部门的领域",
            "remedy": "删去该行",
        }
    ],
    period_gates=[
        {
            "period": PERIOD,
            "as_of": AS_OF,
            "department_code": "market_regulation",
            "domain_code": "product_quality",
            "feed": "positive_list",
            "check_name": check,
            "success": success,
        }
        for check, success in (("reported", True), ("completeness", None))
    ],
    # May as it stood at its own close: its rows must come through unchanged.
    former_closes={
        "2025-05": {
            "coverage_department_period": [
                {
                    "period": "2025-05",
                    "department_code": "market_regulation",
                    "due_feed_count": 4,
                    "reported_feed_count": 4,
                    "submitted_rows": 9,
                    "accepted_rows": 9,
                    "rank": 3,
                    "is_praise_proposed": False,
                    "is_criticism_proposed": False,
                },
            ],
            "coverage_programme_period": [
                {
                    "period": "2025-05",
                    "due_department_count": 1,
                    "reporting_department_count": 1,
                    "due_feed_count": 4,
                    "reported_feed_count": 4,
                    "submitted_rows": 9,
                    "accepted_rows": 9,
                },
            ],
            "positive_list_changes": [
                {
                    "period": "2025-05",
                    "domain_code": "product_quality",
                    "uscc": CODES[1],
                    "changed_on": date(2025, 5, 12),
                    "change": "added",
                    "reason_code": "LISTED",
                    "reason_zh": "列入",
                    "other_reasons": [],
                    "is_caused_by_time": False,
                },
            ],
            "positive_list": [
                {
                    "period": "2025-05",
                    "domain_code": "product_quality",
                    "uscc": CODES[1],
                    "status": "listed",
                    "is_effective": True,
                },
            ],
        }
    },
)


def build_june(home: Path) -> Path:
    """Returns ``home`` with June in it, ready for ``dbt build``."""
    return build_home(home, Close(PERIOD, AS_OF, previous_period="2025-05"), SENT, LEDGER)
