"""Returns, per feed, the list of faults that are planted in it. Known numbers: the lists are fixed."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.synthetic.fault_table_support import (
    credit_repair,
    enterprise_registry,
    inspection_results,
    public_credit_evaluation,
    regulated_subjects,
)
from ingest.synthetic.faults import (
    ACCEPTED,
    LATER,
    QUARANTINED,
    Fault,
    alter,
    both,
    cell,
    code_and_name,
    dates,
    domains,
    one_each,
    operations,
    put,
    rebracketed,
    required_cells,
    required_here,
    twins,
    zero_row,
)


def positive_list() -> Iterator[Fault]:
    """Returns the faults of catalogue 2: every form of a code and a name."""
    yield from code_and_name("positive_list")
    yield from domains("domain_name")
    yield from dates("published_on")
    for token in ("无", "/", "-"):
        yield cell("PLACE", "remarks", token)
    yield cell("WIDTH", "remarks", "ＡＢ类示范")
    yield cell("INVIS", "remarks", "年度\u200b复核")
    yield from twins(put("remarks", "与上一行不同"))
    yield Fault("required", (("uscc", "required"),), QUARANTINED, put("uscc", None), LATER, released=True)
    yield zero_row("enterprise_name", "uscc", "published_on")


def evaluation_results() -> Iterator[Fault]:
    """Returns the faults of catalogue 1: codes, names, grades, scores, units."""
    yield from code_and_name("evaluation_results")
    yield from domains("evaluation_name")
    yield from dates("evaluated_on")
    yield Fault("ALIAS", (("grade", "ALIAS"),), ACCEPTED, put("grade", lambda s: s["alias"]), scale="A")
    yield Fault("WIDTH", (("grade", "WIDTH"),), ACCEPTED, put("grade", "Ａ"), scale="A")
    yield Fault("INVIS", (("grade", "INVIS"),), ACCEPTED, put("grade", "A\u200b"), scale="A")
    yield cell("scale", "grade", "特级")
    yield cell("scale", "grade", "F")
    # A is tier C for road carriers and tier A for road builders; which one is not said (semantics 5.2).
    yield Fault(
        "scale",
        (("grade", "scale"),),
        QUARANTINED,
        both(put("grade", "A"), put("evaluation_standard", None)),
        scale="road_tran",
    )
    yield from required_cells("grade", "evaluating_department")
    yield cell("PLACE", "grade", "暂无", more=(("grade", "required"),))
    yield cell("type", "score", "九十二分")
    yield cell("range", "score", -5)
    yield cell("range", "score", 1200)
    yield cell("PLACE", "score", "/")
    yield Fault(
        "X-UNIT",
        (("evaluating_department", "X-UNIT"),),
        ACCEPTED,
        put("evaluating_department", lambda s: s["other_department"]),
    )
    yield from one_each(dates("valid_to", is_required=False, not_after_receipt=False))
    yield from operations()
    yield from twins(put("score", 61.5))
    yield zero_row("enterprise_name", "uscc", "evaluated_on", "evaluating_department", "grade")


def serious_dishonesty_list() -> Iterator[Fault]:
    """Returns the faults of catalogue 3, one of each: its lists are short."""
    yield from one_each(code_and_name("serious_dishonesty_list"))
    yield from one_each(domains("domain_name"))
    yield from one_each(dates("published_on"))
    yield from required_cells("listing_reason")
    yield cell("PLACE", "listing_reason", "无", more=(("listing_reason", "required"),))
    yield cell("length", "listing_reason", "欠税")
    yield from one_each(dates("removed_on", is_required=False, not_after_receipt=False))
    yield cell("enum", "removal_reason", "领导同意")
    yield cell("ALIAS", "removal_reason", "信用修复")
    yield cell("PLACE", "remarks", "-")
    yield from twins(put("listing_reason", "另一项完全不同的失信行为"))
    yield zero_row("enterprise_name", "uscc", "published_on", "listing_reason")


def inspection_tasks() -> Iterator[Fault]:
    """Returns the faults of catalogue 5."""
    for brackets in ("（）", "【】", "[]", "()"):
        yield Fault("BRACKET", (("task_no", "BRACKET"),), ACCEPTED, alter("task_no", rebracketed("〔〕", brackets)))
    yield Fault("INVIS", (("task_no", "INVIS"),), ACCEPTED, alter("task_no", lambda t: t.replace("〕", "〕 ")))
    yield Fault("WIDTH", (("task_no", "WIDTH"),), ACCEPTED, alter("task_no", lambda t: t.replace("2025", "２０２５")))
    yield from required_cells(
        "task_name",
        "task_no",
        "task_type",
        "lead_department",
        "sampling_type",
        "sampled_subject_count",
        "subject_scope",
        "inspection_items",
    )
    yield cell("enum", "task_type", "随机走访")
    yield cell("ALIAS", "task_type", "本部门年度计划")
    yield cell("enum", "sampling_type", "半定向")
    yield cell("ALIAS", "sampling_type", "定向抽查")
    yield cell("type", "sampled_subject_count", "若干")
    yield cell("type", "sampled_subject_count", 12.5)
    yield cell("range", "sampled_subject_count", -3)
    yield cell("PLACE", "subject_scope", "无", more=(("subject_scope", "required"),))
    yield cell("PLACE", "joint_departments", "/")
    yield required_here("joint_departments", put("task_type", "跨部门联合年度计划"))
    yield Fault(
        "X-UNIT", (("lead_department", "X-UNIT"),), ACCEPTED, put("lead_department", lambda s: s["other_department"])
    )
    yield from one_each(dates("task_start_on", not_after_receipt=False))
    yield from one_each(dates("task_end_on", not_after_receipt=False))
    yield from one_each(dates("published_on"))
    yield from operations()
    yield from twins(put("subject_scope", "重点行业"))


TABLE = {
    f.__name__: f
    for f in (
        positive_list,
        evaluation_results,
        serious_dishonesty_list,
        inspection_tasks,
        credit_repair,
        public_credit_evaluation,
        regulated_subjects,
        enterprise_registry,
        inspection_results,
    )
}


def faults_of(feed: str) -> list[Fault]:
    """Returns the faults planted in a feed, in order."""
    return list(TABLE[feed]())
