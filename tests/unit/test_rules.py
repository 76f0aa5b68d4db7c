"""Every row rule of every contract at its boundaries: what passes, what breaks, as which kind, how severe."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from quality.rules import build_checks, row_rules
from tests.conftest import settings_for
from tests.unit.judging import CONTRACTS, FIRM, GOOD, PERSON, REGISTRY, SENDER, SHOP, Bench, Row, opened

NONE: set[tuple[str, str, str]] = set()
Case = tuple[str, Row, set[tuple[str, str, str]]]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A warehouse that knows a registry of four and one listing."""
    home = tmp_path_factory.mktemp("rules")
    with opened(settings_for(home), home) as found:
        found.send("enterprise_registry", REGISTRY, department="market_regulation")
        found.send("serious_dishonesty_list", [GOOD["serious_dishonesty_list"] | {"published_on": "2025-05-01"}])
        yield found


def subject(code: str, name: str) -> list[Case]:
    """Returns the cases of a column with a code and one with a name; what the registry knows makes errors warnings."""
    return [
        ("code in lower case with blanks", {code: " 91330502matext01xa"}, NONE),
        ("no code, unique name", {code: None}, {(code, "required", "warning")}),
        ("placeholder for a code, unique name", {code: "无"}, {(code, "required", "warning")}),
        ("no code, unknown name", {code: "", name: "湖州无此企业有限公司"}, {(code, "required", "error")}),
        ("no code, name of two enterprises", {code: "", name: "德清同名专业合作社"}, {(code, "required", "error")}),
        (
            "no code, masked name",
            {code: "", name: "湖州甲*丙丁有限公司"},
            {(code, "required", "error"), (name, "NAME*", "warning")},
        ),
        (
            "no code, three characters",
            {code: "", name: "甲乙丙"},
            {(code, "required", "error"), (name, "NAME*", "warning")},
        ),
        ("masked name beside a good code", {name: "湖州甲*丙丁有限公司"}, NONE),
        ("organisation code known", {code: "MATEXT01-X", name: "湖州无此企业有限公司"}, {(code, "OLDORG", "warning")}),
        ("organisation code unknown", {code: "123456780", name: "湖州无此企业有限公司"}, {(code, "OLDORG", "error")}),
        (
            "registration number known",
            {code: "330500000012346", name: "湖州无此企业有限公司"},
            {(code, "OLDREG", "warning")},
        ),
        (
            "registration number unknown",
            {code: "330500000099993", name: "湖州无此企业有限公司"},
            {(code, "OLDREG", "error")},
        ),
        ("number in scientific form, name known", {code: "9.1330502E+17"}, {(code, "SCI", "warning")}),
        ("letter O", {code: "9133O502MATEXT01XA", name: "湖州无此企业有限公司"}, {(code, "LETTER", "error")}),
        ("masked code that agrees with the name", {code: "913305******XT01XA"}, {(code, "MASKED", "warning")}),
        ("masked code that contradicts the name", {code: "923305******XT028M"}, {(code, "MASKED", "error")}),
        ("seventeen characters", {code: FIRM[:17], name: "湖州无此企业有限公司"}, {(code, "format", "error")}),
        ("wrong check character", {code: "91330502MATEXT01X0"}, {(code, "check", "warning")}),
        ("ID number", {code: PERSON}, {(code, "X-PERSON", "error")}),
        (
            "ID number with a wrong check character is no ID number",
            {code: "110105194912310021"},
            {(code, "check", "warning")},
        ),
    ]


OTHER_NAME: list[Case] = [
    ("another name", {"enterprise_name": "湖州别家有限公司"}, {("enterprise_name", "X-NAME", "warning")}),
    ("a former name", {"enterprise_name": "湖州旧名有限公司"}, NONE),
    ("same name in other brackets and width", {"enterprise_name": " 湖州甲乙丙丁有限公司　"}, NONE),
    ("code that the registry does not know", {"uscc": "N2330522MFTEXT050D", "enterprise_name": "别家某某企业"}, NONE),
]

DOMAINS: list[Case] = [
    ("unknown domain", {"": "幼儿园领域"}, {("", "X-DOMAIN", "error")}),
    ("two domains", {"": "企业环保领域、测绘行业"}, {("", "X-DOMAIN", "error")}),
    ("domain of another department", {"": "测绘行业"}, {("", "X-OWNER", "error")}),
    ("domain within a longer text", {"": "2025年企业环保领域评价结果"}, NONE),
    ("longer name contains a shorter one", {"": "农产品质量领域"}, {("", "X-OWNER", "error")}),
    ("no domain", {"": None}, {("", "required", "error")}),
    (
        "zero row among others",
        {"": "企业环保领域", "enterprise_name": "无", "uscc": "无"},
        {("enterprise_name", "required", "error"), ("uscc", "required", "error"), ("", "X-ZEROROW", "error")},
    ),
]


def of_domain(column: str, cases: list[Case]) -> list[Case]:
    """Returns the cases with the feed's own domain column in place of ''."""
    own = {"X-DOMAIN", "X-OWNER", "required"}
    return [
        (
            title,
            {column if k == "" else k: v for k, v in changes.items()},
            {(column if c == "" and kind in own else c, kind, s) for c, kind, s in expected},
        )
        for title, changes, expected in cases
    ]


def date(column: str, severity: str = "error", required: bool = True, future: bool = False) -> list[Case]:
    """Returns the cases of a date column; a file of these tests is received on 2025-07-01 or -02."""
    gone = {(column, "required", severity)} if required else NONE
    return [
        ("date in Chinese", {column: "2025年4月1日"}, NONE),
        ("date as a serial number", {column: "45748"}, NONE),
        ("month only", {column: "202506"}, {(column, "DATE_MONTH", "warning")}),
        ("no date", {column: "近期"}, {(column, "type", "error")}),
        ("30 February", {column: "2025-02-30"}, {(column, "type", "error")}),
        ("blank date", {column: " "}, gone),
        ("without end", {column: "9999-12-31"}, gone),
        ("day of receipt", {column: "2025-07-01"}, NONE),
        ("years ahead", {column: "2025-12-31"}, {(column, "X-FUTURE", "error")} if future else NONE),
    ]


OPERATION: list[Case] = [
    ("operation unknown", {"operation": "覆盖"}, {("operation", "enum", "error")}),
    ("operation by alias", {"operation": "更新"}, NONE),
]

CASES: dict[str, list[Case]] = {
    "evaluation_results": [
        *subject("uscc", "enterprise_name"),
        *OTHER_NAME,
        *of_domain("evaluation_name", DOMAINS),
        *date("evaluated_on", future=True),
        *date("valid_to", required=False),
        *OPERATION,
        ("name missing", {"enterprise_name": ""}, {("enterprise_name", "required", "error")}),
        ("department missing", {"evaluating_department": None}, {("evaluating_department", "required", "error")}),
        ("another department", {"evaluating_department": "市统计局"}, {("evaluating_department", "X-UNIT", "warning")}),
        ("official name of the department", {"evaluating_department": "湖州市生态环境局"}, NONE),
        ("grade missing", {"grade": "/"}, {("grade", "required", "error")}),
        ("grade outside the scale", {"grade": "AAA"}, {("grade", "scale", "error")}),
        ("grade by alias", {"grade": "Ａ级"}, NONE),
        ("standard unknown", {"evaluation_standard": "本局办法"}, {("grade", "scale", "error")}),
        ("standard stated", {"evaluation_standard": "road_tran", "grade": "AAA"}, NONE),
        ("score no number", {"score": "九十五分"}, {("score", "type", "error")}),
        ("score at its limits", {"score": "1000"}, NONE),
        ("score above its limit", {"score": "1000.5"}, {("score", "range", "error")}),
        ("score below its limit", {"score": "-1"}, {("score", "range", "error")}),
        ("score of nought", {"score": "0"}, NONE),
        (
            "withdrawal needs its key only",
            {"enterprise_name": None, "evaluating_department": None, "grade": None, "_op": "delete"},
            NONE,
        ),
        (
            "withdrawal without key",
            {"evaluated_on": None, "grade": None, "_op": "delete"},
            {("evaluated_on", "required", "error")},
        ),
    ],
    "positive_list": [
        *subject("uscc", "enterprise_name"),
        *OTHER_NAME,
        *of_domain("domain_name", DOMAINS),
        *date("published_on", future=True),
    ],
    "serious_dishonesty_list": [
        *subject("uscc", "enterprise_name"),
        *OTHER_NAME,
        *of_domain("domain_name", DOMAINS),
        *date("published_on", future=True),
        *date("removed_on", required=False),
        ("reason missing", {"listing_reason": None}, {("listing_reason", "required", "error")}),
        ("reason of three characters", {"listing_reason": "欠薪案"}, {("listing_reason", "length", "error")}),
        ("reason of four characters", {"listing_reason": "拖欠工资"}, NONE),
        ("removal reason unknown", {"removal_reason": "其他"}, {("removal_reason", "enum", "error")}),
        ("removal reason by alias", {"removal_reason": "到期"}, NONE),
    ],
    "regulated_subjects": [
        *subject("uscc", "enterprise_name"),
        *OTHER_NAME,
        *of_domain("domain_name", DOMAINS),
    ],
    "credit_repair": [
        *subject("uscc", "enterprise_name")[1:4],
        *OTHER_NAME[:2],
        *of_domain("domain_name", DOMAINS[:-1]),
        (
            "zero row among others",
            {"enterprise_name": "无", "uscc": "无"},
            {("uscc", "required", "error"), ("", "X-ZEROROW", "error")},
        ),
        *date("repaired_on", future=True),
        *OPERATION,
        (
            "masked name",
            {"uscc": "123456780", "enterprise_name": "甲*丙丁公司"},
            {("uscc", "OLDORG", "error"), ("enterprise_name", "NAME*", "warning")},
        ),
        (
            "check character",
            {"uscc": "91330502MATEXT01X0"},
            {("uscc", "check", "warning"), ("", "X-UNMATCHED", "warning")},
        ),
        ("ID number", {"uscc": PERSON}, {("uscc", "X-PERSON", "error")}),
        ("listing of another day", {"listed_on": "2025-05-02"}, {("", "X-UNMATCHED", "warning")}),
        ("listing missing", {"listed_on": None}, {("listed_on", "required", "error")}),
        ("listing unreadable", {"listed_on": "去年"}, {("listed_on", "type", "error")}),
        ("listing by month", {"listed_on": "2025-05"}, {("listed_on", "DATE_MONTH", "warning")}),
        ("decision missing", {"decision": None}, {("decision", "required", "error")}),
        ("decision unknown", {"decision": "待定"}, {("decision", "enum", "error")}),
    ],
    "enterprise_registry": [
        (
            "no code, unknown name",
            {"uscc": "", "enterprise_name": "湖州无此企业有限公司"},
            {("uscc", "required", "error")},
        ),
        (
            "no code, masked name",
            {"uscc": "", "enterprise_name": "甲*乙丙"},
            {("uscc", "required", "error"), ("enterprise_name", "NAME*", "warning")},
        ),
        (
            "seventeen characters",
            {"uscc": FIRM[:17], "enterprise_name": "湖州无此企业有限公司"},
            {("uscc", "format", "error")},
        ),
        ("check character", {"uscc": "91330502MATEXT01X0"}, {("uscc", "check", "warning")}),
        ("ID number", {"uscc": PERSON}, {("uscc", "X-PERSON", "error")}),
        ("name missing", {"enterprise_name": None}, {("enterprise_name", "required", "error")}),
        ("registration number", {"registration_no": "12345"}, {("registration_no", "pattern", "warning")}),
        ("organisation code", {"organisation_code": "X"}, {("organisation_code", "pattern", "warning")}),
        ("district", {"district_code": "3305"}, {("district_code", "pattern", "warning")}),
        ("status missing", {"registration_status": "暂无"}, {("registration_status", "required", "error")}),
        ("status unknown", {"registration_status": "冻结"}, {("registration_status", "enum", "error")}),
        ("status by alias", {"registration_status": "吊销,未注销"}, NONE),
        ("risk class", {"credit_risk_class": "E"}, {("credit_risk_class", "enum", "error")}),
        *date("established_on", required=False),
        *date("approved_on", required=False),
        *OPERATION,
    ],
    "public_credit_evaluation": [
        *subject("uscc", "enterprise_name"),
        *OTHER_NAME,
        *date("evaluated_on", future=True),
        *OPERATION,
        ("name missing", {"enterprise_name": None}, {("enterprise_name", "required", "error")}),
        ("grade missing", {"public_credit_grade": None}, {("public_credit_grade", "required", "error")}),
        ("grade outside the scale", {"public_credit_grade": "A"}, {("public_credit_grade", "scale", "error")}),
        ("score no number", {"public_credit_score": "高"}, {("public_credit_score", "type", "error")}),
        ("score above its limit", {"public_credit_score": "1001"}, {("public_credit_score", "range", "error")}),
    ],
    "inspection_tasks": [
        *date("published_on", future=True),
        *date("task_start_on"),
        *date("task_end_on"),
        *OPERATION,
        *[
            (f"{c} missing", {c: None}, {(c, "required", "error")})
            for c in (
                "task_name",
                "task_no",
                "task_type",
                "lead_department",
                "sampling_type",
                "sampled_subject_count",
                "subject_scope",
                "inspection_items",
            )
        ],
        ("type unknown", {"task_type": "突击任务"}, {("task_type", "enum", "error")}),
        (
            "joint task without partners",
            {"task_type": "跨部门联合专项任务"},
            {("joint_departments", "required", "warning")},
        ),
        (
            "joint task with partners",
            {"task_type": "跨部门联合专项任务", "joint_departments": "市统计局、市公安局"},
            NONE,
        ),
        ("sampling unknown", {"sampling_type": "随机"}, {("sampling_type", "enum", "error")}),
        ("another unit", {"lead_department": "市统计局"}, {("lead_department", "X-UNIT", "warning")}),
        ("count no whole number", {"sampled_subject_count": "12.5"}, {("sampled_subject_count", "type", "error")}),
        ("count of nought", {"sampled_subject_count": "0"}, NONE),
        ("count below nought", {"sampled_subject_count": "-1"}, {("sampled_subject_count", "range", "error")}),
    ],
    "inspection_results": [
        *subject("counterpart_code", "counterpart_name"),
        *date("inspected_on", future=True),
        *OPERATION,
        *[
            (f"{c} missing", {c: None}, {(c, "required", "error")})
            for c in (
                "counterpart_name",
                "counterpart_category",
                "inspection_form",
                "inspection_method",
                "inspection_content",
                "inspection_result",
                "task_no",
                "inspecting_authority_name",
                "inspecting_authority_code",
                "source_unit_code",
            )
        ],
        ("unit missing", {"source_unit_name": None}, {("source_unit_name", "required", "error")}),
        (
            "representative missing",
            {"legal_representative_name": None},
            {("legal_representative_name", "required", "warning")},
        ),
        ("another name", {"counterpart_name": "湖州别家有限公司"}, {("counterpart_name", "X-NAME", "warning")}),
        ("category unknown", {"counterpart_category": "外星人"}, {("counterpart_category", "enum", "error")}),
        (
            "natural person",
            {
                "counterpart_category": "自然人",
                "counterpart_code": PERSON,
                "counterpart_name": "张三",
                "legal_representative_name": None,
            },
            NONE,
        ),
        ("form unknown", {"inspection_form": "飞行检查"}, {("inspection_form", "enum", "error")}),
        ("method unknown", {"inspection_method": "心灵感应"}, {("inspection_method", "enum", "error")}),
        ("two results", {"inspection_result": "未发现问题、发现问题经责令已改正"}, NONE),
        (
            "one of two results unknown",
            {"inspection_result": "未发现问题、很好"},
            {("inspection_result", "enum", "error")},
        ),
        (
            "violation without document",
            {"inspection_result": "违反其他部门相关规定"},
            {("related_document_no", "required", "warning")},
        ),
        (
            "violation with document",
            {"inspection_result": "违反其他部门相关规定", "related_document_no": "湖环改〔2025〕1号"},
            NONE,
        ),
        (
            "ID type unknown",
            {"legal_representative_id_type": "工作证"},
            {("legal_representative_id_type", "enum", "error")},
        ),
        (
            "ID number equals the name",
            {"legal_representative_id_number": "张三丰"},
            {("legal_representative_id_number", "SWAP", "warning")},
        ),
        (
            "ID number equals the code",
            {"legal_representative_id_number": FIRM},
            {("legal_representative_id_number", "SWAP", "warning")},
        ),
        ("ID number", {"legal_representative_id_number": PERSON}, NONE),
        (
            "authority code",
            {"inspecting_authority_code": "1133"},
            {("inspecting_authority_code", "pattern", "warning")},
        ),
        ("source code", {"source_unit_code": "1133"}, {("source_unit_code", "pattern", "warning")}),
        (
            "another source",
            {"source_unit_name": "市统计局", "source_unit_code": "11330500"},
            {("source_unit_name", "X-UNIT", "warning"), ("source_unit_code", "pattern", "warning")},
        ),
        (
            "code wins over the name, with a remark",
            {"source_unit_name": "市统计局"},
            {("source_unit_name", "X-UNIT", "warning")},
        ),
        (
            "withdrawal by record id",
            dict.fromkeys(GOOD["inspection_results"]) | {"_op": "delete", "_record": "r-1"},
            NONE,
        ),
    ],
}


@pytest.mark.parametrize("feed", list(CASES))
def test_rules_break_at_their_boundaries_and_every_rule_somewhere(bench: Bench, feed: str) -> None:
    sender = SENDER.get(feed, "ecology_environment")
    cases = [("good row", {}, NONE), *CASES[feed]]
    period = "2025-07" if feed == "enterprise_registry" else "2025-06"  # later registries must not serve earlier months
    arrived = [bench.land(feed, [GOOD[feed] | changes], department=sender, period=period) for _, changes, _ in cases]
    bench.judge(feed, arrived)
    got = {title: bench.found(a.submission_id).get(1, set()) for (title, _, _), a in zip(cases, arrived, strict=True)}
    assert got == {title: expected for title, _, expected in cases}
    # Every rule has a case that breaks it, so the table turns red when any one is off; repeats and foreign senders have
    # tests of their own.
    broken = {
        r[0]
        for r in bench.query(
            "select distinct f.rule_id from quality.findings as f "
            "inner join quality.submissions as s using (submission_id) "
            "where s.feed = $1",
            feed,
        )
    }
    elsewhere = {"X-REPEAT", "X-DUPLICATE"} | ({"X-OWNER"} if feed in SENDER else set())
    rules = {r.rule_id for r in row_rules(CONTRACTS[feed])}
    assert rules - broken == elsewhere & rules


@pytest.mark.parametrize("feed", list(CASES))
def test_a_rule_that_is_off_is_not_asked(feed: str) -> None:
    for rule in row_rules(CONTRACTS[feed]):
        asked = {c.rule.rule_id for c in build_checks(CONTRACTS[feed], frozenset({rule.rule_id}))}
        assert asked == {r.rule_id for r in row_rules(CONTRACTS[feed])} - {rule.rule_id}


def test_a_rule_that_nobody_wrote_is_refused() -> None:
    from dataclasses import replace

    contract = CONTRACTS["positive_list"]
    strange = replace(contract.rules[0], rule_id="positive_list.uscc.colour", kind="colour")
    with pytest.raises(LookupError, match="colour"):
        build_checks(replace(contract, rules=(strange,)))


@pytest.mark.parametrize(
    ("feed", "sender"),
    [("enterprise_registry", "statistics_bureau"), ("public_credit_evaluation", "market_regulation")],
)
def test_supporting_feed_from_another_department_is_refused(bench: Bench, feed: str, sender: str) -> None:
    judged = bench.send(feed, [GOOD[feed]], department=sender)
    assert bench.found(judged.submission_id) == {1: {("", "X-OWNER", "error")}}
    assert judged.verdict.name == "rejected"


def test_repair_may_come_from_development_reform(bench: Bench) -> None:
    judged = bench.send("credit_repair", [GOOD["credit_repair"]], department="development_reform")
    assert (judged.verdict.name, bench.found(judged.submission_id)) == ("accepted", {})


REPEATS: list[tuple[str, list[Row], dict[int, str]]] = [
    ("identical after normalisation", [{}, {"uscc": FIRM.lower(), "evaluated_on": "20250620"}], {2: "X-REPEAT"}),
    ("three times the same", [{}, {}, {}], {2: "X-REPEAT", 3: "X-REPEAT"}),
    ("same key, other grade", [{}, {"grade": "B"}], {1: "X-DUPLICATE", 2: "X-DUPLICATE"}),
    (
        "same enterprise by its old number",
        [{}, {"uscc": "MATEXT01-X", "grade": "C"}],
        {1: "X-DUPLICATE", 2: "X-DUPLICATE"},
    ),
    ("other day", [{}, {"evaluated_on": "2025-06-21"}], {}),
    ("a row in error takes no part", [{}, {"grade": "Z"}], {}),
]


@pytest.mark.parametrize(("title", "changes", "expected"), REPEATS, ids=[r[0] for r in REPEATS])
def test_repeats_within_a_submission(bench: Bench, title: str, changes: list[Row], expected: dict[int, str]) -> None:
    rows = [GOOD["evaluation_results"] | c for c in changes]
    judged = bench.send(
        "evaluation_results",
        [*rows, GOOD["evaluation_results"] | {"uscc": SHOP, "enterprise_name": "湖州吴兴某某商行"}],
    )
    kinds = {
        row: kind
        for row, found in bench.found(judged.submission_id).items()
        for _, kind, _ in found
        if kind in ("X-REPEAT", "X-DUPLICATE")
    }
    assert kinds == expected
    quarantined = {
        r[0]
        for r in bench.query("select row_id from quality.quarantine where submission_id = $1", judged.submission_id)
    }
    assert quarantined >= set(expected)


def test_versions_of_one_gateway_record_are_no_duplicates(bench: Bench) -> None:
    good = GOOD["inspection_results"]
    rows = [good | {"_record": "a"}, good | {"_record": "a", "inspection_content": "排污口"}, good | {"_record": "a"}]
    judged = bench.send("inspection_results", rows, channel="gateway")
    assert bench.found(judged.submission_id) == {3: {("", "X-REPEAT", "warning")}}


def test_inspections_of_one_day_with_other_content_are_no_duplicates(bench: Bench) -> None:
    good = GOOD["inspection_results"]
    judged = bench.send("inspection_results", [good, good | {"inspection_content": "危险废物"}, good])
    assert bench.found(judged.submission_id) == {3: {("", "X-REPEAT", "warning")}}


@pytest.mark.parametrize(
    ("day", "expected"), [("2025-07-02", set()), ("2025-07-03", {("evaluated_on", "X-FUTURE", "error")})]
)
def test_future_begins_the_day_after_receipt_in_shanghai(
    bench: Bench, day: str, expected: set[tuple[str, str, str]]
) -> None:
    from datetime import datetime

    # 17:30 UTC on 1 July is 1:30 on 2 July in Shanghai
    judged = bench.send(
        "evaluation_results", [GOOD["evaluation_results"] | {"evaluated_on": day}], at=datetime(2025, 7, 1, 17, 30)
    )
    assert bench.found(judged.submission_id).get(1, set()) == expected
