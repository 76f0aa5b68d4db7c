"""Returns, per feed, the list of faults that are planted in it. Known numbers: the lists are fixed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ingest.synthetic.faults import (
    ACCEPTED,
    KNOWN,
    LATER,
    QUARANTINED,
    UNKNOWN,
    Fault,
    Row,
    Subject,
    alter,
    both,
    cell,
    code_and_name,
    date_forms,
    dates,
    domains,
    names,
    one_each,
    put,
    required_cells,
    spelling,
    twins,
    unusable_codes,
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
    # 无 among other rows is no zero report but a row without anything (semantics 3.7).
    yield Fault("X-ZEROROW", (("", "X-ZEROROW"), ("enterprise_name", "PLACE"), ("enterprise_name", "required"),
                              ("uscc", "required"), ("published_on", "required")), QUARANTINED,
                both(put("enterprise_name", "无"), put("uscc", None), put("published_on", None)))


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
    yield Fault("scale", (("grade", "scale"),), QUARANTINED, both(put("grade", "A"), put("evaluation_standard", None)),
                scale="road_tran")
    yield from required_cells("grade", "evaluating_department")
    yield cell("PLACE", "grade", "暂无", more=(("grade", "required"),))
    yield cell("type", "score", "九十二分")
    yield cell("range", "score", -5)
    yield cell("range", "score", 1200)
    yield cell("PLACE", "score", "/")
    yield Fault("X-UNIT", (("evaluating_department", "X-UNIT"),), ACCEPTED,
                put("evaluating_department", lambda s: s["other_department"]))
    yield from twins(put("score", 61.5))


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


def inspection_tasks() -> Iterator[Fault]:
    """Returns the faults of catalogue 5."""
    for left, right in (("（", "）"), ("【", "】"), ("[", "]"), ("(", ")")):
        yield Fault("BRACKET", (("task_no", "BRACKET"),), ACCEPTED,
                    alter("task_no", lambda t, x=left, y=right: t.replace("〔", x).replace("〕", y)))
    yield Fault("INVIS", (("task_no", "INVIS"),), ACCEPTED, alter("task_no", lambda t: t.replace("〕", "〕 ")))
    yield Fault("WIDTH", (("task_no", "WIDTH"),), ACCEPTED, alter("task_no", lambda t: t.replace("2025", "２０２５")))
    yield from required_cells("task_name", "task_no", "task_type", "lead_department", "sampling_type",
                              "sampled_subject_count", "subject_scope", "inspection_items")
    yield cell("enum", "task_type", "随机走访")
    yield cell("ALIAS", "task_type", "本部门年度计划")
    yield cell("enum", "sampling_type", "半定向")
    yield cell("ALIAS", "sampling_type", "定向抽查")
    yield cell("type", "sampled_subject_count", "若干")
    yield cell("type", "sampled_subject_count", 12.5)
    yield cell("range", "sampled_subject_count", -3)
    yield cell("PLACE", "subject_scope", "无", more=(("subject_scope", "required"),))
    yield cell("PLACE", "joint_departments", "/")
    yield Fault("required", (("joint_departments", "required"),), QUARANTINED, put("task_type", "跨部门联合年度计划"))
    yield Fault("X-UNIT", (("lead_department", "X-UNIT"),), ACCEPTED,
                put("lead_department", lambda s: s["other_department"]))
    yield from one_each(dates("task_start_on", not_after_receipt=False))
    yield from one_each(dates("task_end_on", not_after_receipt=False))
    yield from one_each(dates("published_on"))
    yield from twins(put("subject_scope", "重点行业"))


def credit_repair() -> Iterator[Fault]:
    """Returns the faults of the repair feed. Base rows match a listing, so X-UNMATCHED comes only where planted."""
    yield from one_each(spelling("uscc"))
    yield from one_each(f for f in unusable_codes("uscc", "enterprise_name") if f.who == KNOWN and f.kind != "NAME*"
                        and f.kind not in ("check", "X-PERSON"))
    yield from one_each(f for f in names("enterprise_name", is_required=False) if f.kind != "BRACKET")
    yield from one_each(dates("repaired_on"))
    yield from required_cells("decision", "listed_on")
    yield cell("enum", "decision", "再议")
    yield cell("ALIAS", "decision", "不予修复")
    yield Fault("X-UNMATCHED", (("", "X-UNMATCHED"),), ACCEPTED, put("listed_on", "2024-02-05"))
    yield Fault("DATE_MONTH", (("listed_on", "DATE_MONTH"), ("", "X-UNMATCHED")), ACCEPTED, put("listed_on", "2024年2月"))
    yield from twins(put("decision", "准予"))


def public_credit_evaluation() -> Iterator[Fault]:
    """Returns the faults of the public credit feed."""
    yield from one_each(code_and_name("public_credit_evaluation"))
    yield from one_each(dates("evaluated_on"))
    yield from required_cells("public_credit_grade")
    yield cell("scale", "public_credit_grade", "特优")
    yield Fault("ALIAS", (("public_credit_grade", "ALIAS"),), ACCEPTED,
                put("public_credit_grade", lambda s: s["public_alias"]))
    yield cell("type", "public_credit_score", "八百分")
    yield cell("range", "public_credit_score", 1250)
    yield cell("PLACE", "public_credit_score", "暂无")
    yield from twins(put("public_credit_score", 640.5))


def regulated_subjects() -> Iterator[Fault]:
    """Returns the faults of the regulated-subject lists."""
    yield from one_each(code_and_name("regulated_subjects"))
    yield from one_each(domains("domain_name"))
    yield from (f for f in twins(put("enterprise_name", None)) if f.twin == "repeat")


def enterprise_registry() -> Iterator[Fault]:
    """Returns the faults of the register, planted on subjects that no other feed names."""
    for fault in one_each(spelling("uscc")):
        yield _unknown(fault)
    yield Fault("required", (("uscc", "required"),), QUARANTINED, put("uscc", None), UNKNOWN)
    yield Fault("format", (("uscc", "format"),), QUARANTINED, put("uscc", lambda s: s["uscc"][:17]), UNKNOWN)
    yield Fault("check", (("uscc", "check"),), ACCEPTED, alter("uscc", lambda c: c[:-1] + ("A" if c[-1] != "A" else "B")),
                UNKNOWN)
    yield from map(_unknown, required_cells("enterprise_name", "registration_status"))
    yield _unknown(Fault("INVIS", (("enterprise_name", "INVIS"),), ACCEPTED,
                         alter("enterprise_name", lambda t: t[:3] + "\u200b" + t[3:])))
    for fault in (
        cell("enum", "registration_status", "失联"), cell("ALIAS", "registration_status", "已注销"),
        cell("enum", "credit_risk_class", "E"), cell("ALIAS", "credit_risk_class", "较高风险"),
        cell("pattern", "registration_no", "湖工商001"), cell("pattern", "organisation_code", "MXT-1"),
        cell("pattern", "district_code", "吴兴"), cell("PLACE", "former_names", "无"),
        cell("PLACE", "registration_no", "/"), cell("WIDTH", "registered_address", "湖州市吴兴区织里路１８号"),
    ):
        yield _unknown(fault)
    yield from map(_unknown, one_each(dates("established_on", is_required=False, not_after_receipt=False)))
    yield from map(_unknown, one_each(dates("approved_on", is_required=False, not_after_receipt=False)))
    yield from map(_unknown, twins(put("registered_address", "湖州市吴兴区织里路999号")))


def _unknown(fault: Fault) -> Fault:
    return Fault(fault.kind, fault.found, fault.state, fault.edit, UNKNOWN, fault.only, fault.twin)


def _old_number(subject: Subject) -> str:
    return subject["area_code"] + "680512" + f"{int(subject['i']) % 1000:03d}"  # 15 digits, born 1968-05-12


def inspection_results() -> Iterator[Fault]:
    """Returns the faults of catalogue 4, delivered by the gateway."""
    u, n = "counterpart_code", "counterpart_name"
    yield from spelling(u)
    yield from (f for f in unusable_codes(u, n) if f.only != "xlsx")
    yield from names(n)
    yield from date_forms("inspected_on")
    # The next year is a month of its own, so that it is later than the receipt whatever else was pulled.
    yield cell("X-FUTURE", "inspected_on", "2026-06-10")
    who = "legal_representative_id_number"
    yield Fault("SWAP", ((who, "SWAP"),), ACCEPTED, _copy("legal_representative_name", who))
    yield Fault("SWAP", ((who, "SWAP"),), ACCEPTED, _copy(u, who))
    yield Fault("ID15", ((who, "ID15"),), ACCEPTED, put(who, _old_number))
    yield cell("PLACE", who, "无")
    yield from required_cells("counterpart_category", "legal_representative_name", "inspection_form", "inspection_method",
                              "inspection_content", "inspection_result", "task_no", "source_unit_name", "source_unit_code")
    yield cell("enum", "counterpart_category", "合伙人")
    yield cell("ALIAS", "counterpart_category", "企业")
    yield cell("enum", "inspection_form", "突击检查")
    yield cell("ALIAS", "inspection_form", "日常巡查")
    yield cell("enum", "inspection_method", "目测")
    yield cell("ALIAS", "inspection_method", "实地核查")
    yield cell("enum", "inspection_result", "情况良好")
    yield cell("ALIAS", "inspection_result", "正常")
    yield cell("enum", "legal_representative_id_type", "工作证")
    yield cell("ALIAS", "legal_representative_id_type", "111")
    yield cell("PLACE", "related_document_no", "[]号")
    yield Fault("required", (("related_document_no", "required"),), QUARANTINED, put("inspection_result", "违反其他部门相关规定"))
    yield cell("pattern", "source_unit_code", "ZJ-0571")
    for left, right in (("（", "）"), ("【", "】"), ("[", "]")):
        yield Fault("BRACKET", (("task_no", "BRACKET"),), ACCEPTED,
                    alter("task_no", lambda t, x=left, y=right: t.replace("〔", x).replace("〕", y)))
    yield Fault("X-UNIT", (("source_unit_name", "X-UNIT"),), ACCEPTED, both(
        put("source_unit_name", lambda s: s["other_department"]), put("source_unit_code", lambda s: s["other_unit_code"])))
    yield cell("PLACE", "remarks", "\\N")


def _copy(source: str, target: str) -> Callable[[Row, Subject], None]:
    def edit(row: Row, subject: Subject) -> None:
        row[target] = row[source]

    return edit


TABLE = {f.__name__: f for f in (
    positive_list, evaluation_results, serious_dishonesty_list, inspection_tasks, credit_repair, public_credit_evaluation,
    regulated_subjects, enterprise_registry, inspection_results)}


def faults_of(feed: str) -> list[Fault]:
    """Returns the faults planted in a feed, in order."""
    return list(TABLE[feed]())
