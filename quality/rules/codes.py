"""Returns the checks on codes and names of subjects (domain.md 3 and 4). One function per rule."""

from __future__ import annotations

from ingest.contract_model import Contract, Rule
from quality.rules.check import Check, check, shown


def code_column(contract: Contract) -> str | None:
    """Returns the name of the column that holds the subject's code."""
    return next((c.name for c in contract.columns if c.kind == "uscc"), None)


def name_column(contract: Contract) -> str | None:
    """Returns the name of the column that holds the subject's name."""
    return next((c.name for c in contract.columns if c.kind == "name"), None)


def malformed(contract: Contract, rule: Rule) -> list[Check]:
    """Returns the checks of a code that is no unified social credit code.

    不是18位统一社会信用代码（旧组织机构代码、旧注册号、旧税号、科学计数法、误写字母、遮挡等）。

    能通过登记信息中的旧号或唯一的同名企业认出的，只作提示；否则隔离（semantics 3.2）。
    """
    column = rule.column or ""
    return [
        check(
            rule,
            column,
            f'"{column}__clean" is not null and not _is_person and "{column}__class" <> \'person\'',
            f"\"{column}__class\" <> 'uscc'",
            shown(contract, column),
            kind=f'"{column}__class"',
            is_error="resolved_uscc is null" if rule.severity == "error" else "false",
        )
    ]


def wrong_check_character(contract: Contract, rule: Rule) -> list[Check]:
    """Returns the checks of the check character of a code.

    校验码不符：已发放的代码中确有不符的，只作提示，不代为改动（design.md 4）。
    """
    column = rule.column or ""
    return [check(rule, column, f'"{column}" is not null', "not is_check_ok", shown(contract, column))]


def masked_name(contract: Contract, rule: Rule) -> list[Check]:
    """Returns the checks of a name by which an enterprise has to be found.

    代码不可用而需要按名称认企业时，名称被遮挡或不超过3个字：不按名称比对，作提示（domain.md 4 NAME*）。
    """
    column = rule.column or ""
    return [
        check(
            rule,
            column,
            f'_needs_name and "{column}__clean" is not null',
            "not _name_usable",
            shown(contract, column),
            kind="'NAME*'",
        )
    ]


def person_number(contract: Contract, rule: Rule) -> list[Check]:
    """Returns the checks of a code cell that holds an ID number.

    信用代码栏填了居民身份证号码（校验位和出生日期成立，且不是已登记的代码）：隔离，只保存密文（semantics 3.8）。
    """
    column = rule.column or code_column(contract) or ""
    return [
        check(
            rule, column, f'"{column}__clean" is not null and not _is_person', "_is_id_number", shown(contract, column)
        )
    ]


def other_name(contract: Contract, rule: Rule) -> list[Check]:
    """Returns the checks of a name against the registry.

    该代码登记的是另一个名称，填报的名称既非现用名也非曾用名：作提示。遮挡的名称不比对。
    """
    column = rule.column or name_column(contract) or ""
    return [
        check(
            rule,
            column,
            "match_method = 'uscc' and _registry_name is not null and _name_usable",
            "name_norm <> _registry_name_norm and not coalesce(list_contains(_registry_formers, name_norm), false)",
            shown(contract, column),
            expected="_registry_name",
        )
    ]


CODE_RULES = {"format": malformed, "check": wrong_check_character, "masked": masked_name}
"""Rule kind → function, for rules that a contract derives from a column."""

CODE_ROW_RULES = {"X-PERSON": person_number, "X-NAME": other_name}
"""Rule id → function."""
