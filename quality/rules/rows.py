"""Returns the checks on a row: whose domain it is, whose unit, when, and against what was reported before."""

from __future__ import annotations

from ingest.contract_model import Contract, Rule
from quality.rules.check import Check, check, shown
from quality.rules.codes import name_column
from quality.typing_sql import quoted


def domain_column(contract: Contract) -> str | None:
    """Returns the name of the column that names the domain, None if the feed has none."""
    return next((c.name for c in contract.columns if c.kind == "domain"), None)


def unknown_domain(contract: Contract, rule: Rule) -> list[Check]:
    """Returns the checks of the domain that a row names.

    行业领域不是47个之一，或同时包含几个领域（semantics 2.4）。
    """
    column = rule.column or domain_column(contract) or ""
    return [
        check(
            rule,
            column,
            f'"{column}__clean" is not null',
            "domain_code is null",
            shown(contract, column),
            expected="_sender_domains",
        )
    ]


def foreign_row(contract: Contract, rule: Rule) -> list[Check]:
    """Returns the checks of who may report a row.

    部门只能报送本部门负责的领域；支撑数据只能由规定的部门报送（semantics 2.3、2.4）。
    """
    column = rule.column or domain_column(contract)
    if column:
        return [
            check(
                rule,
                column,
                "domain_code is not null and _sender is not null",
                "not is_own_domain",
                shown(contract, column),
                expected="_owner_name",
            )
        ]
    return [
        check(
            rule,
            "",
            "_sender is not null",
            f"_sender <> {quoted(contract.owner.removeprefix('department:'))}",
            quoted(contract.title),
            expected="_owner_name",
        )
    ]


def other_unit(contract: Contract, rule: Rule) -> list[Check]:
    """Returns the checks of the unit that a row names.

    填写的单位与报送部门不一致，或名称与代码指向不同单位：作提示（semantics 2.1、2.4）。代码优先于名称。
    """
    column = rule.column or ""
    broken = f'coalesce("{column}__unit_by_code", "{column}__unit_by_name") is distinct from _sender'
    if f"{column.removesuffix('_name')}_code" in {c.name for c in contract.columns}:
        broken += f' or "{column}__unit_by_code" <> "{column}__unit_by_name"'
    return [
        check(
            rule,
            column,
            f'"{column}__clean" is not null and _sender is not null',
            broken,
            shown(contract, column),
            expected="_sender_name",
        )
    ]


def future_date(contract: Contract, rule: Rule) -> list[Check]:
    """Returns the checks of dates that cannot lie after receipt.

    日期晚于收到文件的当天（semantics 3.4）。
    """
    return [
        check(
            rule,
            c.name,
            f'"{c.name}" is not null',
            f'"{c.name}" > _received_on',
            shown(contract, c.name),
            expected="cast(_received_on as varchar)",
        )
        for c in contract.columns
        if c.not_after_receipt
    ]


def zero_row(contract: Contract, rule: Rule) -> list[Check]:
    """Returns the checks of a zero report among other rows.

    “无”行（零报告的写法）混在其他行中（semantics 3.7）。
    """
    name = name_column(contract) or ""
    # its name is a placeholder or 无 itself: only such a name needs reading
    broken = f"""case when coalesce("{name}__clean", '无') = '无' then xy_key("{name}__text") = '无' else false end"""
    domain = domain_column(contract)
    if domain:
        broken += f' and "{domain}__clean" is not null'
    return [check(rule, "", "true", broken, shown(contract, name))]


def unmatched_repair(contract: Contract, rule: Rule) -> list[Check]:
    """Returns the checks of a repair against the listings known.

    修复找不到对应的列入记录（领域、信用代码、列入日期）：接受，作提示（semantics 2.3）。
    """
    code = next(c.name for c in contract.columns if c.kind == "uscc")
    return [
        check(
            rule,
            "",
            "resolved_uscc is not null and is_own_domain and listed_on is not null",
            "not _is_listed",
            shown(contract, code),
        )
    ]


ROW_RULES = {
    "X-DOMAIN": unknown_domain,
    "X-OWNER": foreign_row,
    "X-UNIT": other_unit,
    "X-FUTURE": future_date,
    "X-ZEROROW": zero_row,
    "X-UNMATCHED": unmatched_repair,
}
"""Rule id → function."""
