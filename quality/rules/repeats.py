"""Returns the checks on rows that say the same thing twice within one submission (semantics 3.3)."""

from __future__ import annotations

from ingest.contract_model import Contract, Rule
from quality.rules.check import Check, check
from quality.typing_sql import quoted

REPEAT_RULES = frozenset({"X-REPEAT", "X-DUPLICATE"})
"""Rules that compare rows with each other."""


def repeat_check(contract: Contract, rule: Rule) -> Check:
    """Returns the check of X-REPEAT or X-DUPLICATE; which rows break it is found by ``repeated_rows``.

    X-REPEAT: 规范化后所有值都相同的行只计一次，其余隔离，作提示，不计入错误占比。
    X-DUPLICATE: 关键项相同而内容不同的行全部隔离。已有错误的行不参与比较。
    """
    titles = "、".join(contract.column(name).title for name in contract.key)
    return check(rule, "", "not _has_error", "false", "null", expected=quoted(titles))


def repeated_rows(repeat: int | None, duplicate: int | None) -> str:
    """Returns the query of the rows that break X-REPEAT or X-DUPLICATE, as hits.

    Args:
        repeat: index of the check X-REPEAT, None if it is off.
        duplicate: index of the check X-DUPLICATE, None if it is off.

    Rows that a gateway numbered are versions of one record, not duplicates: the last one wins later on.
    """
    return f"""
with candidates as (
    select _submission_id, _row_id, _row_number, _key, _content, _record_id from g_row where not _has_error
),
crowded as (select _submission_id, _key from candidates group by all having count(*) > 1),
together as (
    select c.*,
        row_number() over same_content as nth,
        first_value(c._row_number) over same_content as first_number
    from candidates as c
    inner join crowded using (_submission_id, _key)
    window same_content as (partition by c._submission_id, c._key, c._content order by c._row_id)
),
disputed as (
    select _submission_id, _key, list(_row_number order by _row_id) as numbers
    from together
    where nth = 1 and _record_id is null
    group by all
    having count(*) > 1
)
select _submission_id, _row_id, {repeat if repeat is not None else -1} as i, false as is_error,
    cast(first_number as varchar) as found
from together
where nth > 1 and {"true" if repeat is not None else "false"}
union all
select t._submission_id, t._row_id, {duplicate if duplicate is not None else -1}, true,
    list_aggregate(list_filter(d.numbers, lambda n: n <> t._row_number)[1:5], 'string_agg', '、')
from together as t
inner join disputed as d using (_submission_id, _key)
where t.nth = 1 and {"true" if duplicate is not None else "false"}
"""
