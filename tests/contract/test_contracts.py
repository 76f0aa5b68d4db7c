"""The nine contracts are closed, complete and consistent with the policy, ODCS 3.2 and the seeds."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from ingest.contract_model import CONTRACTS, Contract, load_contracts
from ingest.contract_reader import batch_rule, common_rules, fill, read_contract
from ingest.contract_yaml import ContractError
from ingest.seeds import seed_rows

FILES = sorted(CONTRACTS.glob("*.odcs.yaml"))
ALL = list(load_contracts().values())

# policy/000 附件3, typed off the document: 7 + 5 + 6 + 18 + 12 = 48 items
ANNEX_3 = {
    "evaluation_results": "行业领域评价结果名称 企业名称 统一社会信用代码 评价时间 评价部门 评价等级 评价分值",
    "positive_list": "行业领域名称 企业名称 统一社会信用代码 发布日期 备注",
    "serious_dishonesty_list": "企业名称 统一社会信用代码 发布日期 行业领域名称 列入原因 备注",
    "inspection_results": "行政相对人名称 行政相对人类别 行政相对人代码 "
    "法定代表人姓名 法定代表人证件类型 法定代表人证件号码 "
    "检查形式 检查方式 监督检查内容 检查结果 关联文书号 监督检查日期 监督检查任务号 监督检查机关名称 监督检查机关代码 "
    "数据来源单位名称 数据来源单位代码 备注",
    "inspection_tasks": "任务名称 任务编号 任务类型 牵头部门 联合部门 抽查类型 抽查主体数量 抽查对象范围 "
    "任务期限起始时间 任务期限截止时间 发布日期 抽查事项",
}

# semantics 2.3
SUPPORT = {
    "enterprise_registry": ("企业名称 统一社会信用代码 登记状态", "department:market_regulation"),
    "public_credit_evaluation": (
        "企业名称 统一社会信用代码 公共信用评价等级 评价时间",
        "department:development_reform",
    ),
    "regulated_subjects": ("行业领域名称 企业名称 统一社会信用代码", "domain_owner"),
    "credit_repair": ("行业领域名称 统一社会信用代码 列入日期 修复日期 修复决定", "domain_owner_or:development_reform"),
}

# design 3
KEYS = {
    "evaluation_results": "evaluation_name uscc evaluated_on",
    "positive_list": "domain_name uscc",
    "serious_dishonesty_list": "domain_name uscc published_on",
    "inspection_results": "counterpart_code task_no inspected_on inspecting_authority_code",
    "inspection_tasks": "task_no",
    "enterprise_registry": "uscc",
    "public_credit_evaluation": "uscc evaluated_on",
    "regulated_subjects": "domain_name uscc",
    "credit_repair": "domain_name uscc listed_on",
}

ROW_RULES = {
    "evaluation_results": "X-DOMAIN X-DUPLICATE X-FUTURE X-NAME X-OWNER X-PERSON X-REPEAT X-UNIT X-ZEROROW",
    "positive_list": "X-DOMAIN X-DUPLICATE X-FUTURE X-NAME X-OWNER X-PERSON X-REPEAT X-ZEROROW",
    "serious_dishonesty_list": "X-DOMAIN X-DUPLICATE X-FUTURE X-NAME X-OWNER X-PERSON X-REPEAT X-ZEROROW",
    "inspection_results": "X-FUTURE X-NAME X-PERSON X-REPEAT X-UNIT",
    "inspection_tasks": "X-DUPLICATE X-FUTURE X-REPEAT X-UNIT",
    "enterprise_registry": "X-DUPLICATE X-OWNER X-PERSON X-REPEAT",
    "public_credit_evaluation": "X-DUPLICATE X-FUTURE X-NAME X-OWNER X-PERSON X-REPEAT",
    "regulated_subjects": "X-DOMAIN X-DUPLICATE X-NAME X-OWNER X-PERSON X-REPEAT X-ZEROROW",
    "credit_repair": "X-DOMAIN X-DUPLICATE X-FUTURE X-NAME X-OWNER X-PERSON X-REPEAT X-UNMATCHED X-ZEROROW",
}


def by_feed(contract: Contract) -> str:
    return contract.feed


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_file_is_valid_odcs(path: Path) -> None:
    """By the package of the standard: its closed model, and its JSON schema, which says more."""
    import jsonschema
    from open_data_contract_standard.model import OpenDataContractStandard

    document = OpenDataContractStandard.from_file(str(path))
    assert document.apiVersion == "v3.2.0"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    validator = jsonschema.Draft201909Validator(json.loads(OpenDataContractStandard.json_schema()))
    assert [f"{list(e.path)}: {e.message}" for e in validator.iter_errors(content)] == []


def test_annex_3_is_complete() -> None:
    items = {
        c.feed: " ".join(x.title for x in sorted(c.columns, key=lambda x: x.annex_item or 0) if x.annex_item)
        for c in ALL
        if c.catalogue
    }
    assert items == ANNEX_3
    assert sum(len(titles.split()) for titles in items.values()) == 48


@pytest.mark.parametrize("contract", [c for c in ALL if c.catalogue], ids=by_feed)
def test_columns_beyond_annex_3_are_optional_and_marked(contract: Contract) -> None:
    for column in contract.columns:
        if column.annex_item is None:
            assert (column.required, column.header_required) == (False, False), column.name
            assert column.assumed, f"{column.name} stands in no document: say so"
        else:
            assert column.article == f"000 附件3 目录{contract.catalogue}"


@pytest.mark.parametrize("feed", SUPPORT)
def test_supporting_feed_requires(feed: str) -> None:
    titles, owner = SUPPORT[feed]
    contract = load_contracts()[feed]
    assert " ".join(c.title for c in contract.columns if c.required) == titles
    assert contract.owner == owner


@pytest.mark.parametrize("contract", ALL, ids=by_feed)
def test_key(contract: Contract) -> None:
    assert " ".join(contract.key) == KEYS[contract.feed]
    assert all(contract.column(name).required for name in contract.key), "a key column must be filled"


@pytest.mark.parametrize("contract", ALL, ids=by_feed)
def test_row_rules_listed(contract: Contract) -> None:
    assert " ".join(sorted(r.rule_id for r in contract.rules if r.scope == "row")) == ROW_RULES[contract.feed]
    batch = {r.rule_id for r in contract.rules if r.scope == "batch"}
    assert ("X-SHRINK" in batch) == (contract.submission == "full_list")
    assert ("X-ZERO" in batch) == any(c.kind == "domain" for c in contract.columns)
    assert {
        "X-READ",
        "X-FEED",
        "X-HEADER",
        "X-SHEET",
        "X-COLUMN",
        "X-GATE",
        "X-EMPTY",
        "X-SENDER",
        "X-PERIOD",
        "X-CLOCK",
    } <= batch


CELL_RULES = [
    # feed, column, kinds in order, severity of the first
    ("evaluation_results", "uscc", "required format check", "error"),
    ("evaluation_results", "enterprise_name", "required masked", "error"),
    ("evaluation_results", "evaluated_on", "required type month", "error"),
    ("evaluation_results", "grade", "required scale", "error"),
    ("evaluation_results", "score", "type range", "error"),
    ("evaluation_results", "valid_to", "type month", "error"),
    ("serious_dishonesty_list", "listing_reason", "required length", "error"),
    ("inspection_results", "legal_representative_id_number", "swap", "warning"),
    ("inspection_results", "related_document_no", "required", "warning"),
    ("inspection_results", "inspection_result", "required enum", "error"),
    ("inspection_results", "inspecting_authority_code", "required pattern", "error"),
    ("inspection_tasks", "sampled_subject_count", "required type range", "error"),
    ("enterprise_registry", "registration_no", "pattern", "warning"),
    ("positive_list", "remarks", "", ""),
]


@pytest.mark.parametrize(("feed", "column", "kinds", "severity"), CELL_RULES)
def test_cell_rules_follow_from_column(feed: str, column: str, kinds: str, severity: str) -> None:
    rules = [r for r in load_contracts()[feed].rules if r.scope == "cell" and r.column == column]
    assert " ".join(r.kind for r in rules) == kinds
    assert [r.rule_id for r in rules] == [f"{feed}.{column}.{k}" for k in kinds.split()]
    assert not rules or rules[0].severity == severity


NATIVE = [
    ("positive_list", "positive_list.uscc.required", "expect_column_values_to_not_be_null"),
    ("inspection_results", "inspection_results.inspection_form.enum", "expect_column_values_to_be_in_set"),
    ("inspection_results", "inspection_results.inspection_result.enum", None),  # several values in one cell
    ("enterprise_registry", "enterprise_registry.district_code.pattern", "expect_column_values_to_match_regex"),
    ("evaluation_results", "evaluation_results.score.range", "expect_column_values_to_be_between"),
    ("evaluation_results", "evaluation_results.score.type", "expect_column_values_to_be_in_type_list"),
    ("inspection_tasks", "inspection_tasks.joint_departments.required", None),  # holds for some rows only
    ("positive_list", "positive_list.uscc.check", None),
    ("positive_list", "X-OWNER", None),
]


@pytest.mark.parametrize(("feed", "rule_id", "expectation"), NATIVE)
def test_native_twin(feed: str, rule_id: str, expectation: str | None) -> None:
    assert load_contracts()[feed].rule(rule_id).native_expectation == expectation


def test_what_closes_a_row_and_whom_it_is_about_are_said_where_it_is_no_correction_of_an_enterprise() -> None:
    rules = {rule.rule_id: rule for contract in load_contracts().values() for rule in contract.rules}
    assert {name: rule.closing for name, rule in rules.items() if rule.closing} == {
        "X-OWNER": "withdraw", "X-REPEAT": "nothing", "X-ZEROROW": "nothing", "X-SHRINK": "confirm",
    }  # fmt: skip
    assert {name: rule.subject for name, rule in rules.items() if rule.subject} == {
        "X-PERSON": "person", "X-ZEROROW": "nobody",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("feed", "rules"),
    [
        ("evaluation_results", {"evaluated_on.required", "evaluated_on.type", "X-FUTURE"}),
        ("credit_repair", {"listed_on.required", "listed_on.type"}),  # the date in the future is that of the repair
        ("positive_list", set()),  # nothing beside domain and code
        ("inspection_tasks", {"task_no.required"}),
    ],
)
def test_rules_on_the_key_are_errors_in_what_it_has_beside_domain_and_code(feed: str, rules: set[str]) -> None:
    assert {rule_id.removeprefix(f"{feed}.") for rule_id in load_contracts()[feed].rules_on_key} == rules


@pytest.mark.parametrize("contract", ALL, ids=by_feed)
def test_rules_speak_plain_chinese(contract: Contract) -> None:
    for rule in contract.rules:
        for words in [rule.why_zh, rule.fix_zh, *(w for f in rule.forms for w in (f.why_zh, f.fix_zh))]:
            assert re.search("[\u4e00-\u9fff]", words), rule.rule_id
            assert set(re.findall(r"{(\w*)}", words)) <= {
                "value",
                "expected",
                "found",
                "available",
                "column",
                "sheet",
                "row",
            }, rule.rule_id
            assert words.endswith("。"), f"{rule.rule_id}: {words}"
        assert rule.fix_zh != rule.why_zh
        assert rule.version == 1


@pytest.mark.parametrize("contract", ALL, ids=by_feed)
def test_examples_obey_the_contract(contract: Contract) -> None:
    for c in contract.columns:
        if c.kind == "enum":
            assert c.example in {e.value for e in c.enum}, c.name
        if c.pattern:
            assert re.fullmatch(c.pattern, c.example), c.name
        if c.kind == "date":
            assert re.fullmatch(r"20\d\d-\d\d-\d\d", c.example), c.name
        if c.kind in {"number", "integer"}:
            assert (c.minimum or 0) <= float(c.example) <= (c.maximum or 10**9), c.name


@pytest.mark.parametrize(
    ("feed", "column", "seed", "key"),
    [
        ("inspection_results", "inspection_result", "inspection_result_groups", "result"),
        ("inspection_results", "inspection_method", "inspection_methods", "method"),
        ("inspection_results", "inspection_form", "inspection_forms", "inspection_form"),
        ("enterprise_registry", "registration_status", "registration_statuses", "registration_status"),
    ],
)
def test_seed_gives_every_value_a_meaning(feed: str, column: str, seed: str, key: str) -> None:
    values = {e.value for e in load_contracts()[feed].column(column).enum}
    assert values == {row[key] for row in seed_rows(seed, "huzhou")}


def test_personal_columns_are_named() -> None:
    found = {(c.feed, x.name, x.encrypted_name) for c in ALL for x in c.columns if x.encrypted_name}
    assert found == {
        ("inspection_results", "counterpart_code", "counterpart_person_key"),
        ("inspection_results", "legal_representative_id_number", "legal_representative_person_key"),
    }


BROKEN = [
    # replace, by, words of the message
    ("        businessName: 备注", "        bussinessName: 备注", ("remarks", "bussinessName")),
    ("value: full_list", "value: complete", ("customProperties", "submission")),
    ("{property: kind, value: name}", "{property: kind, value: nom}", ("enterprise_name", "kind")),
    ("severity: warning}\n", "severity: fatal}\n", ("severity",)),
    ("{name: X-REPEAT,", "{name: X-REPEATED,", ("X-REPEATED", "common_rules.yaml", "X-REPEAT")),
    ("{name: X-REPEAT,", "{name: X-DUPLICATE,", ("X-DUPLICATE", "twice")),
    ("  - {synonym: 发布时间}", "  - {synonym: 备注}", ("备注", "published_on", "remarks")),
    ("physicalType: DATE", "physicalType: VARCHAR", ("published_on", "physicalType")),
    ("primaryKeyPosition: 2", "primaryKeyPosition: 3", ("primaryKeyPosition", "[1, 3]")),
    ("apiVersion: v3.2.0", "apiVersion: v2.0.0", ("apiVersion",)),
    ("  - name: positive_list\n", "  - name: negative_list\n", ("negative_list",)),
    ("- {property: headerRequired, value: false}", "- {property: headerRequired, valeu: false}", ("remarks", "valeu")),
    ("schema:\n", "schema: [\n", ("positive_list.odcs.yaml", "YAML")),
]


@pytest.mark.parametrize(("old", "new", "words"), BROKEN, ids=lambda x: x if isinstance(x, str) else "")
def test_broken_file_is_refused_by_name(tmp_path: Path, old: str, new: str, words: tuple[str, ...]) -> None:
    content = (CONTRACTS / "positive_list.odcs.yaml").read_text(encoding="utf-8")
    assert old in content
    path = tmp_path / "positive_list.odcs.yaml"
    path.write_text(content.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContractError) as error:
        read_contract(path)
    for word in ("positive_list.odcs.yaml", *words):
        assert word in str(error.value)


def test_override_of_a_rule_that_the_column_has_not_is_refused(tmp_path: Path) -> None:
    content = (CONTRACTS / "enterprise_registry.odcs.yaml").read_text(encoding="utf-8")
    path = tmp_path / "enterprise_registry.odcs.yaml"
    path.write_text(content.replace("{name: pattern,", "{name: patern,", 1), encoding="utf-8")
    with pytest.raises(ContractError, match=r"registration_no\.quality names patern"):
        read_contract(path)


def test_batch_rule_without_contract() -> None:
    rule = batch_rule("X-FEED")
    assert (rule.scope, rule.severity, rule.kind) == ("batch", "error", "X-FEED")
    assert set(common_rules().batch) >= {"X-READ", "X-FEED"}


def test_text_of_a_dirty_form() -> None:
    rule = load_contracts()["positive_list"].rule("positive_list.uscc.format")
    assert "Excel" in rule.text("SCI")[0]
    assert rule.text("format") == (rule.why_zh, rule.fix_zh)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"value": "x", "column": "企业名称"}, "“企业名称”填“x”"),
        ({"value": None, "column": "企业名称"}, "“企业名称”填“空”"),
        ({"value": "{column}", "column": "企业名称"}, "“企业名称”填“{column}”"),
    ],
)
def test_fill(values: dict[str, str | None], said: str) -> None:
    assert fill("“{column}”填“{value}”", **values) == said
