"""Returns the Chinese words that templates, dictionary, receipts and notice use for columns and findings."""

from __future__ import annotations

from ingest.contract_model import Column, Contract

KIND_WORDS = {
    "text": "文字",
    "name": "企业名称",
    "uscc": "18位代码",
    "date": "日期",
    "number": "数字",
    "integer": "整数",
    "enum": "单选",
    "domain": "行业领域",
    "department": "部门",
    "grade": "评价等级",
    "id_number": "证件号码",
    "task_no": "任务编号",
    "list": "可填多项",
}
KIND_FORMATS = {
    "text": "文字",
    "name": "登记的全称",
    "uscc": "18位，文本格式，不含字母 I、O、Z、S、V",
    "date": "年-月-日，如 2025-06-30",
    "number": "数字，不带单位",
    "integer": "整数，不带单位",
    "enum": "从下拉框选择",
    "domain": "从下拉框选择，须为本部门负责的领域",
    "department": "从下拉框选择",
    "grade": "按该领域评价标准的等级填写",
    "id_number": "文本格式，勿被 Excel 变成数字",
    "task_no": "与任务编号一致；括号写法不限",
    "list": "多项用顿号隔开",
}
SEVERITY_WORDS = {"error": "错误", "warning": "提示"}
"""What a finding is called wherever people read of it."""

SUBMISSION_WORDS = {
    "upsert": "增量报送：每次报送新增和有变化的记录；更正时只需报送更正的记录。",
    "full_list": "全量报送：每次报送本领域完整的名单；名单上没有的企业视为移出。"
    "某个领域没有企业的，填一行：行业领域名称照填，企业名称填“无”。",
    "records": "实时归集：按来源记录新增、修改、删除。",
}
OWNER_WORDS = {
    "any": "各有关部门",
    "domain_owner": "该行业领域的主管部门",
    "domain_owner_or:development_reform": "该行业领域的主管部门或市发改委",
    "department:market_regulation": "市市场监管局",
    "department:development_reform": "市发改委",
}


# policy documents by the number under which contracts cite them (policy/000…)
POLICIES = {"000": "涉企检查实施方案（征求意见稿）"}


def article_words(article: str | None) -> str:
    """Returns a clause as a clerk knows it: the document's name instead of our number; empty where there is none."""
    number, _, clause = (article or "").partition(" ")
    return f"{POLICIES[number]}{clause}" if number in POLICIES else article or ""


def obligation(column: Column) -> str:
    """Returns whether the cell must be filled, in words."""
    if column.required:
        return "必填"
    if column.required_when:
        return "视情况必填"
    return "选填"


def column_format(column: Column) -> str:
    """Returns how the cell is to be written, in words."""
    words = [KIND_FORMATS[column.kind]]
    if column.minimum is not None and column.maximum is not None:
        words.append(f"{column.minimum:g} 到 {column.maximum:g} 之间")
    elif column.minimum is not None:
        words.append(f"不小于 {column.minimum:g}")
    if column.kind == "text" and column.min_length is not None:
        words.append(f"不少于 {column.min_length} 个字")
    if column.not_after_receipt:
        words.append("不晚于报送当天")
    return "；".join(words)


def allowed_values(column: Column) -> str:
    """Returns the allowed values, separated by 、, empty for a free column."""
    return "、".join(e.value for e in column.enum)


def key_titles(contract: Contract) -> str:
    """Returns the Chinese headers of the business key."""
    return " + ".join(contract.column(name).title for name in contract.key)
