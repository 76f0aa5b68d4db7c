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
        ("domain_name", "department_name", "uscc", "enterprise_name", "published_on", "status"),
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
        ("domain_name", "department_name", "uscc", "enterprise_name", "published_on", "status", "reasons", "reason_zh"),
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
        "not_reported",
        "coverage_obligations",
        "t.is_due and not t.is_reported and t.period = (select period from meta.release)",
        ("department_name", "domain_name", "feed", "period"),
    ),
)
CONFLICTS = ListSpec(
    "grade_conflicts",
    "grade_conflicts",
    "true",
    ("uscc", "enterprise_name", "domain_code_a", "tier_a", "domain_code_b", "tier_b", "gap"),
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
