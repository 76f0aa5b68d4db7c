"""Returns, per feed and month, the rows that departments send before anything is made wrong: one table ``sent``.

Columns of ``sent``: department, department_order, no (domain, 0 without), seq, the feed's columns, nth (within no).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ingest.synthetic import words
from ingest.synthetic.feeds import FEEDS
from ingest.synthetic.policy import PUBLIC_SCALE
from ingest.synthetic.population import RESERVE, insert
from ingest.synthetic.senders import LONG_NAMES, OPERATIONS, REMOVALS, SILENT, VALID_TO

if TYPE_CHECKING:
    import duckdb

NAME_NOW = "case when renamed_m is not null and renamed_m <= p.m then later_name else first_name end"
NOT_SILENT = f"department <> '{SILENT}'"


def in_list(texts: Iterable[str]) -> str:
    """Returns an SQL list of texts, in order of the alphabet."""
    return ", ".join(f"'{t}'" for t in sorted(texts))


def list_of(texts: Iterable[str]) -> str:
    """Returns an SQL list value of texts, in their order."""
    return "[" + ", ".join(f"'{t}'" for t in texts) + "]"


_GRADED = """
    floor((s.score_min + (coalesce(s.score_max, s.score_min + 20) - s.score_min) * (bits % 1000) / 1001) * 10) / 10
"""

# Day of the listing: up to 3.4 years before the first month's end, else in the month of entering.
LISTED_ON = """case dishonest_from_m when 0 then (first.starts - 30 - ((z >> 40) % 1250)::integer)
    else entered.starts + ((z >> 40) % 25)::integer end"""

_FROM_MEMBER = "from member cross join p"
QUERIES = {
    "enterprise_registry": f"""
        select 'market_regulation' as department, 0 as department_order, 0 as no, i as seq,
            {NAME_NOW} as enterprise_name, uscc, registration_no, organisation_code,
            case when ended_m <= p.m then ended_status else live_status end as registration_status,
            area_code as district_code,
            registered_address
                || case when p.m > 0 and (y >> 40) % 200 = p.m then '甲' else '' end as registered_address,
            legal_representative_name, credit_risk_class,
            case when renamed_m <= p.m then first_name end as former_names, established_on,
            case p.m when 0 then greatest(established_on, p.starts - 1 - ((x >> 20) % 900)::integer)
                else p.starts - 1 - ((x >> 20) % 25)::integer end as approved_on,
            case when registered_m = p.m then '新增' else '修改' end as operation
        from ent cross join p
        where is_registered and (case p.m when 0 then registered_m = 0
            else registered_m = p.m or (registered_m = 0 and i >= {RESERVE}
                and (renamed_m = p.m or ended_m = p.m or (y >> 40) % 200 = p.m)) end)""",
    "public_credit_evaluation": f"""
        select 'development_reform' as department, 0 as department_order, 0 as no, i as seq,
            {NAME_NOW} as enterprise_name, uscc, s.grade as public_credit_grade, {_GRADED} as public_credit_score,
            evaluated_on, '新增' as operation
        from (
            select i, uscc, first_name, later_name, renamed_m, h('public', p.m || '|' || i) as bits,
                pub.rank as public_rank,
                case p.m when 0 then p.starts - 2 - ((y >> 30) % 24)::integer
                    - case when (y >> 36) % 40 = 0 then 366 else 0 end
                    else p.starts + ((y >> 30) % 24)::integer end as evaluated_on
            from ent cross join p
            join pick pub on pub.scale_id = '{PUBLIC_SCALE}' and pub.bucket = h('grade', p.m || '|' || i) % 1000
            where is_registered and registered_m = 0 and i >= {RESERVE} and (x >> 50) % 10 < 8
                and (p.m = 0 or (y >> 44) % 20 = p.m)
        ) cross join p join scale s on s.scale_id = '{PUBLIC_SCALE}' and s.rank = public_rank""",
    "regulated_subjects": f"""
        select department, department_order, no, j as seq, domain_name, {NAME_NOW} as enterprise_name, uscc
        {_FROM_MEMBER} where {NOT_SILENT} and (p.m = 0 or department_order % 6 = p.m)""",
    "evaluation_results": f"""
        select department, department_order, no, seq, case when department = '{LONG_NAMES}'
                then domain_name || '企业信用评价结果' else domain_name end as evaluation_name,
            {NAME_NOW} as enterprise_name, uscc, evaluated_on, d.department_name as evaluating_department, s.grade,
            {_GRADED} as score, case when two_scales then s.scale_name end as evaluation_standard,
            case when department in ({in_list(VALID_TO)}) then (evaluated_on + interval 1 year)::date end as valid_to,
            case when department in ({in_list(OPERATIONS)})
                then case when withdrawn then '删除' when p.m = 0 then '新增' else '修改' end end as operation
        from (
            select m.*, withdrawn, m.j + case when withdrawn then 1000000000 else 0 end as seq, p.m as at_m,
                case when p.m = 0 or withdrawn then first.starts + 28 - ((z >> 40) % 430)::integer
                    else p.starts + ((z >> 36) % 27)::integer end as evaluated_on,
                h2('score' || p.m, no, j) as bits, case when p.m = 0 or (z >> 28) % 4 > 0 then bucket
                    else (h2('again' || p.m, no, j) % 1000)::integer end as bucket_now
            from member m cross join p cross join (select starts from period where m = 0) first
            cross join (values (false), (true)) w(withdrawn)
            where {NOT_SILENT} and case
                when withdrawn then p.m = 2 and j = 5 and department in ({in_list(OPERATIONS)})
                when p.m = 0 then j % 20 <> 13 else (z >> 34) % 10 = p.m or j = p.m end
        ) g cross join p join department d using (department)
        join pick k on k.scale_id = g.scale_id and k.bucket = bucket_now
        join scale s on s.scale_id = k.scale_id and s.rank = k.rank""",
    "positive_list": f"""
        select department, department_order, no, j as seq, domain_name, {NAME_NOW} as enterprise_name, uscc,
            case list_from_m when 0 then first.starts - 1 - ((z >> 40) % 500)::integer
                else entered.starts + ((z >> 40) % 25)::integer end as published_on,
            case when z % 9 = 0 then '年度复核后保留' end as remarks
        {_FROM_MEMBER} cross join (select starts from period where m = 0) first
        join period entered on entered.m = list_from_m
        where {NOT_SILENT} and list_from_m <= p.m and (list_to_m is null or list_to_m > p.m)""",
    "serious_dishonesty_list": f"""
        select department, department_order, no, j as seq, {NAME_NOW} as enterprise_name, uscc,
            {LISTED_ON} as published_on, domain_name,
            {list_of(words.LISTING_REASONS)}[1 + z % {len(words.LISTING_REASONS)}] as listing_reason,
            case when z % 5 = 0 then '已通报相关部门' end as remarks,
            case when dishonest_to_m <= p.m then gone.starts + ((z >> 20) % 25)::integer end as removed_on,
            case when dishonest_to_m <= p.m then ['修复', '期满'][1 + z % 2] end as removal_reason,
            a.authority_name as decision_department,
            d.short || '失信决〔' || year({LISTED_ON}) || '〕' || (100 + j) || '号' as decision_doc_no
        {_FROM_MEMBER} join department d using (department) join authority a using (department)
        cross join (select starts from period where m = 0) first
        join period entered on entered.m = dishonest_from_m
        left join period gone on gone.m = dishonest_to_m
        where {NOT_SILENT} and dishonest_from_m <= p.m and dishonest_from_m < coalesce(dishonest_to_m, 99)
            and (dishonest_to_m is null or dishonest_to_m > p.m
                 or (dishonest_to_m = p.m and department in ({in_list(REMOVALS)})))""",
    "inspection_tasks": f"""
        select department, department_order, no, no as seq,
            strftime(p.starts, '%Y年%-m月') || name || '抽查' as task_name,
            short || '抽查〔' || year(p.starts) || '〕' || (month(p.starts) * 100 + no) || '号' as task_no,
            case no % 7 when 3 then '跨部门联合年度计划' when 5 then '专项任务' else '年度计划' end as task_type,
            department_name as lead_department,
            case when no % 7 = 3 then case department when 'public_security' then '市应急管理局、市市场监管局'
                when 'market_regulation' then '市公安局、市应急管理局'
                else '市公安局、市市场监管局' end end as joint_departments,
            case no % 3 when 1 then '定向' else '不定向' end as sampling_type,
            coalesce(delivered, 0) as sampled_subject_count, '全市在册监管对象' as subject_scope,
            p.starts as task_start_on,
            (p.starts + interval 1 month - interval 1 day)::date as task_end_on, p.starts - 1 - no % 4 as published_on,
            ['信用承诺履行情况及日常经营合规情况', '许可条件保持情况', '制度建立和记录留存情况'][1 + no % 3]
                as inspection_items,
            '新增' as operation
        from dom cross join p join department d using (department)
        left join task_count c on c.task_m = p.m and c.task_domain = no
        where {NOT_SILENT}""",
    "credit_repair": f"""
        select 'development_reform' as department, 0 as department_order, 0 as no, no::bigint * 1000000000 + j as seq,
            domain_name, {NAME_NOW} as enterprise_name, uscc, {LISTED_ON} as listed_on,
            p.starts + ((z >> 22) % 27)::integer as repaired_on,
            case when dishonest_to_m = p.m then '准予' else '不予' end as decision, '新增' as operation
        {_FROM_MEMBER} cross join (select starts from period where m = 0) first
        join period entered on entered.m = dishonest_from_m
        where {NOT_SILENT} and p.m > 0 and dishonest_from_m = 0
            and ((dishonest_to_m = p.m and z % 2 = 0) or (dishonest_to_m is null and (z >> 14) % 6 = p.m))""",
}


def departments_table(con: duckdb.DuckDBPyConnection, rows: list[tuple[str, str, str, str, str]]) -> None:
    """Creates ``department`` and ``authority`` from (code, name, short, authority name, authority code)."""
    con.execute("create or replace table department (department varchar, department_name varchar, short varchar)")
    con.execute(
        "create or replace table authority (department varchar, authority_name varchar, authority_code varchar)"
    )
    insert(con, "department", [r[:3] for r in rows])
    insert(con, "authority", [(r[0], r[3], r[4]) for r in rows])


def send(con: duckdb.DuckDBPyConnection, feed: str, m: int) -> list[tuple[str, int, int]]:
    """Creates ``sent`` for one feed and month. Returns (department, domain number, rows) in file order."""
    columns = ", ".join(c for c, _ in FEEDS[feed].columns)
    con.execute(f"""create or replace table sent as with p as (select * from period where m = {int(m)})
        select department, department_order, no, seq, {columns},
            row_number() over (partition by department, no order by seq) as nth
        from ({QUERIES[feed]}) order by department_order, department, no, seq""")
    return con.execute("""select department, no, count(*) from sent
        group by department_order, department, no order by department_order, department, no""").fetchall()
