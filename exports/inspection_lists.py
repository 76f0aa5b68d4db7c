"""Returns the lists that guide inspections: draws, combined visits, exceptions, tasks to reconcile (design.md 6, 8)."""

from __future__ import annotations

from exports import text
from exports.list_specs import ListSpec

DRAWS = ListSpec(
    "inspection_draws",
    "inspection_draws",
    "t.drawn and t.is_in_force",
    (
        "domain_name",
        "department_name",
        "uscc",
        "enterprise_name",
        "measure",
        "sampling_rate",
        "stratum_count",
        "stratum_quota",
        "draw_order",
        "window_start",
        "window_end",
        "draw_no",
        "redraw_reason",
        "seed",
    ),
    note=text.DRAW_RECIPE,
)
LEFT_OUT = ListSpec(
    "inspection_draw_exclusions",
    "inspection_draws",
    "t.exclusion_reason is not null and t.is_in_force",
    (
        "domain_name",
        "department_name",
        "uscc",
        "enterprise_name",
        "measure",
        "exclusion_reason",
        "onsite_visit_count_ytd",
        "onsite_limit",
    ),
)
COMBINED = ListSpec(
    "combined_inspections",
    "combined_inspections",
    "true",
    ("uscc", "enterprise_name", "departments", "window_start", "window_end", "drawn_domains", "task_nos"),
)
EXCEPTIONS = ListSpec(
    "onsite_exceptions",
    "inspections",
    # Of the whole year: what arrives late is still reported.
    "t.is_onsite_exception and year(t.inspected_on) = (select year(reference_date) from meta.release)",
    (
        "domain_name",
        "department_name",
        "uscc",
        "enterprise_name",
        "inspected_on",
        "inspection_form",
        "inspection_method",
        "task_no",
        "submission_id",
    ),
    "inspection_results",
)
NO_DOMAIN = ListSpec(
    "inspections_without_domain",
    "inspections",
    # Their task names none or several of its domains, and the department owns several: to be reviewed (semantics 5.6).
    "t.domain_code is null and year(t.inspected_on) = (select year(reference_date) from meta.release)",
    (
        "department_name",
        "task_no",
        "uscc",
        "enterprise_name",
        "inspected_on",
        "inspection_form",
        "result_group",
        "submission_id",
    ),
    "inspection_results",
)
TASKS = ListSpec(
    "inspection_tasks",
    "inspection_tasks",
    "t.is_overdue or t.outside_window_count > 0 or not coalesce(t.is_reconciled, true)",
    (
        "task_no",
        "task_name",
        "lead_department",
        "joint_departments",
        "task_start_on",
        "task_end_on",
        "sampled_subject_count",
        "delivered_subject_count",
        "missing_subject_count",
        "is_overdue",
        "outside_window_count",
        "after_window_count",
        "other_department_count",
    ),
    "inspection_tasks",
)
INSPECTION_LISTS = (DRAWS, LEFT_OUT, COMBINED, EXCEPTIONS, NO_DOMAIN, TASKS)


def department_lists(code: str) -> list[tuple[ListSpec, str, str]]:
    """Returns (list, condition, title) of what concerns one department; no title: that of the list.

    Args:
        code: of the department, as an SQL literal.
    """
    own = f"t.department_code = {code}"
    joined = f"t.lead_department_code = {code} or list_contains(t.joint_department_codes, {code})"
    return [
        (DRAWS, own, ""),
        (LEFT_OUT, own, ""),
        (COMBINED, f"list_contains(t.departments, {code})", ""),
        (EXCEPTIONS, own, ""),
        (NO_DOMAIN, own, ""),
        (TASKS, joined, ""),
    ]
