"""Returns the checks on one cell: filled, readable, allowed. One function per rule kind; its docstring is the rule."""

from __future__ import annotations

from ingest.contract_model import Contract, Rule
from quality.rules.check import Check, check, is_filled, is_required, shown
from quality.typing_sql import quoted


def required(contract: Contract, rule: Rule) -> list[Check]:
    """Returns the checks of a cell that must be filled.

    必填项没有填写：空白、占位符（“无”“/”等）和表示“无期限”的日期都算没有填写。

    信用代码为空但企业名称可以唯一认出企业的，只作提示，不隔离（semantics 3.2）。
    """
    c = contract.column(rule.column or "")
    severity = {}
    if c.kind == "uscc":
        severity = {"is_error": "false" if rule.severity == "warning" else "resolved_uscc is null"}
    return [check(rule, c.name, is_required(c), f"not {is_filled(c)}", shown(contract, c.name), **severity)]


def readable(contract: Contract, rule: Rule) -> list[Check]:
    """Returns the checks of a date or number that must be readable.

    日期、数字读不出来：原文保留，值按空处理。
    """
    c = contract.column(rule.column or "")
    broken = f"\"{c.name}__form\" = 'type'" if c.kind == "date" else f'"{c.name}" is null'
    return [check(rule, c.name, is_filled(c), broken, shown(contract, c.name))]


def month(contract: Contract, rule: Rule) -> list[Check]:
    """Returns the checks of a date that names a month only.

    日期只有年月：按当月1日处理，作提示。
    """
    c = contract.column(rule.column or "")
    return [
        check(
            rule,
            c.name,
            is_filled(c),
            f"\"{c.name}__form\" = 'DATE_MONTH'",
            shown(contract, c.name),
            kind="'DATE_MONTH'",
        )
    ]


def allowed(contract: Contract, rule: Rule) -> list[Check]:
    """Returns the checks of a value that must be one of a list.

    枚举项的值不在可选范围内；别名按其含义读，不算错误（ALIAS）。
    """
    c = contract.column(rule.column or "")
    broken = f'"{c.name}__unknown"' if c.kind == "list" else f'"{c.name}" is null'
    listed = quoted("、".join(e.value for e in c.enum))
    return [check(rule, c.name, is_filled(c), broken, shown(contract, c.name), expected=listed)]


def pattern(contract: Contract, rule: Rule) -> list[Check]:
    """Returns the checks of a text that must have a certain form.

    写法不符合规定的样式（正则表达式，作用于规范化后的文本）。
    """
    c = contract.column(rule.column or "")
    broken = f'not regexp_matches("{c.name}__clean", {quoted(c.pattern or "")})'
    return [check(rule, c.name, is_filled(c), broken, shown(contract, c.name), expected=quoted(c.example))]


def length(contract: Contract, rule: Rule) -> list[Check]:
    """Returns the checks of a text that must have a certain length.

    字数少于下限或多于上限（规范化后的文本，按字符计）。
    """
    c = contract.column(rule.column or "")
    size = f'length("{c.name}__clean")'
    limits, words = [], []
    if c.min_length is not None:
        limits.append(f"{size} < {c.min_length}")
        words.append(f"不少于 {c.min_length} 个字")
    if c.max_length is not None:
        limits.append(f"{size} > {c.max_length}")
        words.append(f"不多于 {c.max_length} 个字")
    return [
        check(
            rule, c.name, is_filled(c), " or ".join(limits), shown(contract, c.name), expected=quoted("、".join(words))
        )
    ]


def between(contract: Contract, rule: Rule) -> list[Check]:
    """Returns the checks of a number that must lie within limits.

    数值小于下限或大于上限。
    """
    c = contract.column(rule.column or "")
    limits = []
    if c.minimum is not None:
        limits.append(f'"{c.name}" < {c.minimum}')
    if c.maximum is not None:
        limits.append(f'"{c.name}" > {c.maximum}')
    low = "不限" if c.minimum is None else f"{c.minimum:g}"
    high = "不限" if c.maximum is None else f"{c.maximum:g}"
    return [
        check(
            rule,
            c.name,
            f'"{c.name}" is not null',
            " or ".join(limits),
            shown(contract, c.name),
            expected=quoted(f"{low} 至 {high}"),
        )
    ]


def swapped(contract: Contract, rule: Rule) -> list[Check]:
    """Returns the checks of an ID number that repeats another cell.

    证件号码与姓名或信用代码相同（填错了列）：按空处理，作提示（domain.md 4 SWAP）。
    """
    c = contract.column(rule.column or "")
    return [check(rule, c.name, is_filled(c), f'"{c.name}__swapped"', shown(contract, c.name), kind="'SWAP'")]


def scale(contract: Contract, rule: Rule) -> list[Check]:
    """Returns the checks of a grade that must be in its scale.

    等级不在该领域的评价标准中；有两个标准而没有写明、档次又不一致的，也算错误（semantics 5.2）。
    """
    c = contract.column(rule.column or "")
    return [
        check(
            rule,
            c.name,
            f"{is_filled(c)} and _scale_domain is not null",
            "_grade is null",
            shown(contract, c.name),
            expected="_grade_expected",
        )
    ]


CELL_RULES = {
    "required": required,
    "type": readable,
    "month": month,
    "enum": allowed,
    "pattern": pattern,
    "length": length,
    "range": between,
    "swap": swapped,
    "scale": scale,
}
"""Rule kind → function."""
