"""Returns the faults of the supporting feeds and of catalogue 4, which the gateways deliver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from ingest.synthetic.faults import (
    ACCEPTED,
    KNOWN,
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
    next_check,
    one_each,
    operations,
    person_number,
    put,
    rebracketed,
    reform,
    required_cells,
    required_here,
    spelling,
    twins,
    unchanged,
    unusable_codes,
    zero_row,
)


def credit_repair() -> Iterator[Fault]:
    """Returns the faults of the repair feed. Base rows match a listing, so X-UNMATCHED comes only where planted."""
    yield from one_each(spelling("uscc"))
    yield from one_each(
        f
        for f in unusable_codes("uscc", "enterprise_name")
        if f.who == KNOWN and f.kind not in ("NAME*", "check", "X-PERSON")
    )
    yield from one_each(f for f in names("enterprise_name", is_required=False) if f.kind != "BRACKET")
    yield from one_each(dates("repaired_on"))
    yield from required_cells("decision", "listed_on")
    yield cell("enum", "decision", "再议")
    yield cell("ALIAS", "decision", "不予修复")
    yield Fault("X-UNMATCHED", (("", "X-UNMATCHED"),), ACCEPTED, put("listed_on", "2024-02-05"))
    yield Fault(
        "DATE_MONTH", (("listed_on", "DATE_MONTH"), ("", "X-UNMATCHED")), ACCEPTED, put("listed_on", "2024年2月")
    )
    yield cell("type", "listed_on", "去年三月")
    yield from one_each(domains("domain_name"))
    yield from operations()
    # A code that nobody listed: what is wrong with it, and that no listing is found.
    yield Fault("check", (("uscc", "check"), ("", "X-UNMATCHED")), ACCEPTED, alter("uscc", next_check))
    yield Fault("X-PERSON", (("uscc", "X-PERSON"),), QUARANTINED, put("uscc", person_number))
    yield Fault(
        "NAME*",
        (("uscc", "required"), ("enterprise_name", "NAME*")),
        QUARANTINED,
        both(put("uscc", None), put("enterprise_name", "湖州****公司")),
    )
    yield from twins(put("decision", "准予"))
    yield Fault(
        "X-ZEROROW",
        (
            ("", "X-ZEROROW"),
            ("enterprise_name", "PLACE"),
            ("uscc", "required"),
            ("listed_on", "required"),
            ("repaired_on", "required"),
            ("decision", "required"),
        ),
        QUARANTINED,
        both(put("enterprise_name", "无"), *(put(c, None) for c in ("uscc", "listed_on", "repaired_on", "decision"))),
    )


def public_credit_evaluation() -> Iterator[Fault]:
    """Returns the faults of the public credit feed."""
    yield from one_each(code_and_name("public_credit_evaluation"))
    yield from one_each(dates("evaluated_on"))
    yield from required_cells("public_credit_grade")
    yield cell("scale", "public_credit_grade", "特优")
    yield Fault(
        "ALIAS", (("public_credit_grade", "ALIAS"),), ACCEPTED, put("public_credit_grade", lambda s: s["public_alias"])
    )
    yield cell("type", "public_credit_score", "八百分")
    yield cell("range", "public_credit_score", 1250)
    yield cell("PLACE", "public_credit_score", "暂无")
    yield from operations()
    yield from twins(put("public_credit_score", 640.5))


def regulated_subjects() -> Iterator[Fault]:
    """Returns the faults of the regulated-subject lists."""
    yield from one_each(code_and_name("regulated_subjects"))
    yield from one_each(domains("domain_name"))
    for fault in twins(put("enterprise_name", lambda s: s["other_name"])):
        yield _unknown(fault)  # two names for a code that the register knows would be X-NAME as well
    yield zero_row("enterprise_name", "uscc")


def enterprise_registry() -> Iterator[Fault]:
    """Returns the faults of the register, planted on subjects that no other feed names."""
    for fault in one_each(spelling("uscc")):
        yield _unknown(fault)
    yield Fault("required", (("uscc", "required"),), QUARANTINED, put("uscc", None), UNKNOWN)
    yield Fault("format", (("uscc", "format"),), QUARANTINED, put("uscc", lambda s: s["uscc"][:17]), UNKNOWN)
    yield Fault("check", (("uscc", "check"),), ACCEPTED, alter("uscc", next_check), UNKNOWN)
    yield Fault("X-PERSON", (("uscc", "X-PERSON"),), QUARANTINED, put("uscc", person_number), UNKNOWN)
    yield Fault(
        "NAME*",
        (("uscc", "required"), ("enterprise_name", "NAME*")),
        QUARANTINED,
        both(put("uscc", None), put("enterprise_name", "湖州****公司")),
        UNKNOWN,
    )
    yield from map(_unknown, operations())
    yield from map(_unknown, required_cells("enterprise_name", "registration_status"))
    yield _unknown(
        Fault(
            "INVIS",
            (("enterprise_name", "INVIS"),),
            ACCEPTED,
            alter("enterprise_name", lambda t: t[:3] + "\u200b" + t[3:]),
        )
    )
    for fault in (
        cell("enum", "registration_status", "失联"),
        cell("ALIAS", "registration_status", "已注销"),
        cell("enum", "credit_risk_class", "E"),
        cell("ALIAS", "credit_risk_class", "较高风险"),
        cell("pattern", "registration_no", "湖工商001"),
        cell("pattern", "organisation_code", "MXT-1"),
        cell("pattern", "district_code", "吴兴"),
        cell("PLACE", "former_names", "无"),
        cell("PLACE", "registration_no", "/"),
        cell("WIDTH", "registered_address", "湖州市吴兴区织里路１８号"),
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
    yield Fault(
        "DATE_MONTH", (("inspected_on", "DATE_MONTH"),), ACCEPTED, reform("inspected_on", lambda v: f"{v:%Y-%m}")
    )
    yield cell("type", "inspected_on", "上半年")
    yield from required_cells("inspected_on", "inspecting_authority_name", "inspecting_authority_code")
    yield cell("pattern", "inspecting_authority_code", "ZJ-001")
    yield Fault("enum", (("operation", "enum"),), QUARANTINED, put("operation", "作废"), only="datashare")
    # The record is sent again, nothing changed but the time of writing.
    yield Fault("X-REPEAT", (("", "X-REPEAT"),), QUARANTINED, unchanged, twin="repeat")
    # The next year is a month of its own, so that it is later than the receipt whatever else was pulled.
    next_year = reform("inspected_on", lambda v: (v + timedelta(days=366)).isoformat())
    yield Fault("X-FUTURE", (("inspected_on", "X-FUTURE"),), QUARANTINED, next_year)
    who = "legal_representative_id_number"
    yield Fault("SWAP", ((who, "SWAP"),), ACCEPTED, _copy("legal_representative_name", who))
    yield Fault("SWAP", ((who, "SWAP"),), ACCEPTED, _copy(u, who))
    yield Fault("ID15", ((who, "ID15"),), ACCEPTED, put(who, _old_number))
    yield cell("PLACE", who, "无")
    yield from required_cells(
        "counterpart_category",
        "inspection_form",
        "inspection_method",
        "inspection_content",
        "inspection_result",
        "task_no",
        "source_unit_name",
        "source_unit_code",
    )
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
    yield required_here("related_document_no", put("inspection_result", "违反其他部门相关规定"))
    yield required_here("legal_representative_name", put("legal_representative_name", None))
    yield cell("pattern", "source_unit_code", "ZJ-0571")
    for brackets in ("（）", "【】", "[]", "()"):
        yield Fault("BRACKET", (("task_no", "BRACKET"),), ACCEPTED, alter("task_no", rebracketed("〔〕", brackets)))
    yield Fault(
        "X-UNIT",
        (("source_unit_name", "X-UNIT"),),
        ACCEPTED,
        both(
            put("source_unit_name", lambda s: s["other_department"]),
            put("source_unit_code", lambda s: s["other_unit_code"]),
        ),
    )
    yield cell("PLACE", "remarks", "\\N")
    # Nobody was there, 查无下落 (domain.md 14). The full words hold brackets of full width.
    yield Fault(
        "ALIAS",
        (("inspection_result", "ALIAS"),),
        ACCEPTED,
        both(put("inspection_result", "无法联系"), put("related_document_no", "住所核查〔2025〕1号")),
    )


def _copy(source: str, target: str) -> Callable[[Row, Subject], None]:
    def edit(row: Row, _subject: Subject) -> None:
        row[target] = row[source]

    return edit
