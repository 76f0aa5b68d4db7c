"""Returns which lists a release has: which rows of which mart, and the columns that people see (design.md 8)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ListSpec:
    """One list: which rows of which mart, and the columns that people see."""

    name: str
    mart: str
    where: str
    columns: tuple[str, ...]
    feed: str | None = None  # where nobody sent it, the list says 未归集
    note: str | None = None  # under the title, for people


LISTS = (
    ListSpec(
        "positive_list",
        "positive_list",
        "t.status = 'listed'",
        ("domain_name", "department_name", "uscc", "enterprise_name", "published_on", "status", "explanation_zh"),
        "positive_list",
    ),
    ListSpec(
        "positive_list_changes",
        "positive_list_changes",
        "t.period = (select period from meta.release)",
        (
            "period",
            "domain_name",
            "department_name",
            "uscc",
            "enterprise_name",
            "changed_on",
            "change",
            "reason_code",
            "reason_zh",
            "submission_id",
        ),
        "positive_list",
    ),
    ListSpec(
        "positive_list_excluded",
        "positive_list",
        "t.status <> 'listed'",
        (
            "domain_name",
            "department_name",
            "uscc",
            "enterprise_name",
            "published_on",
            "status",
            "reasons",
            "reason_zh",
            "explanation_zh",
        ),
        "positive_list",
    ),
    ListSpec(
        "positive_list_candidates",
        "positive_list_candidates",
        "true",
        ("domain_name", "department_name", "uscc", "enterprise_name", "tier", "evaluated_on"),
        "evaluation_results",
    ),
    ListSpec(
        "serious_dishonesty",
        "serious_dishonesty",
        "true",
        (
            "domain_name",
            "department_name",
            "uscc",
            "enterprise_name",
            "published_on",
            "listing_reason",
            "status",
            "ended_on",
        ),
        "serious_dishonesty_list",
    ),
    ListSpec(
        "repair_reminders",
        "repair_reminders",
        "t.next_action is not null",
        (
            "domain_name",
            "department_name",
            "uscc",
            "enterprise_name",
            "listed_on",
            "severity_class",
            "earliest_end_on",
            "latest_end_on",
            "state",
            "next_action",
            "due_on",
            "is_overdue",
            "legal_basis",
        ),
        "serious_dishonesty_list",
    ),
    ListSpec(
        "dishonesty_dynamics",
        "dishonesty_dynamics",
        "t.period = (select period from meta.release) and (t.stock > 0 or t.former_stock > 0)",
        (
            "period",
            "domain_name",
            "department_name",
            "district_name",
            "former_stock",
            "inflow",
            "outflow",
            "stock",
            "repaired_outflow",
            "removed_outflow",
            "expired_outflow",
            "other_outflow",
            "stock_share",
        ),
        "serious_dishonesty_list",
    ),
    ListSpec(
        "public_credit_renewals",
        "enterprise_profile",
        # Too old to veto, and nothing newer came: the evaluation is to be renewed (semantics 5.4).
        "t.is_public_credit_stale",
        (
            "uscc",
            "enterprise_name",
            "district_code",
            "public_credit_grade",
            "public_credit_score",
            "public_credit_evaluated_on",
        ),
        "public_credit_evaluation",
    ),
    ListSpec(
        "risk_warnings",
        "risk_warnings",
        "true",
        (
            "warning_type",
            "level",
            "subject_key",
            "uscc",
            "enterprise_name",
            "district_code",
            "raised_on",
            "evidence_count",
            "threshold",
        ),
        "enterprise_registry",
    ),
    ListSpec(
        "not_reported",
        "coverage_obligations",
        "t.is_due and not t.is_reported and t.period = (select period from meta.release)",
        ("department_name", "domain_name", "feed", "period"),
    ),
    ListSpec(
        "open_corrections",
        "open_corrections",
        "true",
        (
            "department_name",
            "domain_name",
            "feed",
            "period",
            "open_since",
            "age_days",
            "closing_action",
            "uscc",
            "enterprise_name",
            "reason",
            "source_file",
            "sheet",
            "row_number",
            "attempt_count",
            "submission_id",
        ),
    ),
    ListSpec(
        "unresolved_records",
        "unresolved_records",
        "true",
        (
            "department_name",
            "feed",
            "period",
            "name",
            "code_shown",
            "candidates",
            "candidate_names",
            "candidate_reasons",
            "source_file",
            "sheet",
            "row_number",
            "submission_id",
        ),
    ),
)
CONFLICTS = ListSpec(
    "grade_conflicts",
    "grade_conflicts",
    "true",
    (
        "uscc",
        "enterprise_name",
        "domain_name_a",
        "department_name_a",
        "grade_a",
        "tier_a",
        "domain_name_b",
        "department_name_b",
        "grade_b",
        "tier_b",
        "gap",
        "conflict_since",
    ),
    "evaluation_results",
)
FAULTS = ListSpec(
    "row_faults",
    "findings",
    "s.period = (select period from meta.release)",
    (
        "feed",
        "source_file",
        "sheet",
        "row_number",
        "column_title",
        "severity",
        "value_shown",
        "reason",
        "remedy",
        "submission_id",
    ),
)
