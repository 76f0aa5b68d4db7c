"""Returns catalogue 4 as the gateways hold it: versions of inspection records, with operation and watermark.

Members of a domain are inspected under the domain's task of the month; case checks, natural persons and an authority
that nobody maps come on top. A record is inserted, some are updated or deleted later; every version is a line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.synthetic.feed_rows import NAME_NOW, in_list, list_of
from ingest.synthetic.feeds import FEEDS
from ingest.synthetic.identifiers import uscc_check
from ingest.synthetic.policy import Policy
from ingest.synthetic.senders import SILENT

if TYPE_CHECKING:
    import duckdb

RECORD_ID, OPERATION, WATERMARK = "record_unique_identity", "cd_operation", "cd_time"  # domain.md 7.2
UNMAPPED = ("湖州市烟草专卖局", "11330500MBTEXU010")  # an authority that no seed maps, code without its check
UNMAPPED_CODE = UNMAPPED[1] + uscc_check(UNMAPPED[1])
VERTICAL = frozenset({"tax_bureau", "customs_office", "postal_administration", "fire_rescue"})  # the second gateway


def gateway_of(department: str) -> str:
    """Returns the name of the gateway that delivers a department's inspections."""
    return "datashare" if department in VERTICAL else "dazonghe"


def build(con: duckdb.DuckDBPyConnection, policy: Policy, months: int) -> None:
    """Creates ``inspection`` (versions of all months) and ``task_count`` (distinct subjects by task and month)."""
    groups: dict[str, list[str]] = {}
    for result, group in policy.results:
        groups.setdefault(group, []).append(result)
    pending = [r for r in groups["issue_pending"] + groups["refused"] if "、" not in r]
    columns = ", ".join(
        "strftime(inspected_on, '%Y-%m-%d') as inspected_on" if c == "inspected_on" else c
        for c, _ in FEEDS["inspection_results"].columns
    )
    # An update always changes something: a violation that has been put right.
    changing = f"inspection_result in ({in_list(pending)}) and q % 2 = 1"
    con.execute(f"""
    create or replace table inspection as
    with drawn as (
        select m.*, p.m as at_m, p.starts, h2('inspect' || p.m, no, j) as q
        from member m cross join period p
        where department <> '{SILENT}' and h2('inspect' || p.m, no, j) % 3 = 0 and p.m < {int(months)}
    ), drawn_more as (
        select *, (q >> 8) % 40 = 0 as is_person, (q >> 14) % 25 = 0 as is_case,
            no = 1 and j < 24 as is_unmapped, starts + ((q >> 20) % 27)::integer as inspected_day from drawn
    ), person as (
        select *, '330502' || (1960 + q % 40)::varchar || lpad((1 + (q >> 9) % 12)::varchar, 2, '0')
            || lpad((1 + (q >> 17) % 28)::varchar, 2, '0') || lpad(((q >> 25) % 1000)::varchar, 3, '0') as id17
        from drawn_more
    ), worded as (
        select p.at_m, no as task_domain, department, inspected_day, q, is_person, is_case, is_unmapped,
            starts,
            'R' || strftime(starts, '%y%m') || lpad(no::varchar, 2, '0') || lpad(j::varchar, 8, '0') as record_id,
            case when is_person then legal_representative_name
                else {NAME_NOW.replace("p.m", "at_m")} end as counterpart_name,
            case when is_person then '自然人' when sort = 'shop' then '个体工商户'
                else '法人及非法人组织' end as counterpart_category,
            case when is_person then id17 || syn_id_check(id17) else uscc end as counterpart_code,
            case when not is_person then legal_representative_name end as legal_representative_name,
            case when not is_person then '居民身份证' end as legal_representative_id_type,
            case when not is_person then legal_representative_id_number end as legal_representative_id_number,
            case when is_person or is_case or is_unmapped then '个案检查' else '双随机抽查' end as inspection_form,
            ['现场检查', '现场检查', '现场检查', '书面检查', '网络监测', '非现场检查', '检验检测',
                '委托专业机构'][1 + (q >> 28) % 8] as inspection_method,
            '信用承诺履行情况及日常经营合规情况检查' as inspection_content,
            case when (q >> 32) % 100 < 84 then '未发现问题' when (q >> 32) % 100 < 92 then '发现问题经责令已改正'
                when (q >> 32) % 100 < 98 then {list_of(pending)}[1 + (q >> 40) % {len(pending)}]
                else '未发现开展本次抽查涉及的经营活动' end as inspection_result,
            case when is_unmapped then '湖烟' else d.short end as short,
            case when is_unmapped then '{UNMAPPED[0]}' else a.authority_name end as inspecting_authority_name,
            case when is_unmapped then '{UNMAPPED_CODE}' else a.authority_code end as inspecting_authority_code
        from person p join department d using (department) join authority a using (department)
    ), numbered as (
        select *,
            short || case when inspection_form = '个案检查' then '个查〔' else '抽查〔' end || year(starts) || '〕'
                || case when inspection_form = '个案检查' then 50000 + task_domain * 1000 + q % 1000
                    else month(starts) * 100 + task_domain end || '号' as task_no,
            case when inspection_result not like '未发现%'
                then short || '责改〔' || year(starts) || '〕' || (q % 9000 + 1000) || '号' end as related_document_no,
            inspecting_authority_name as source_unit_name, inspecting_authority_code as source_unit_code,
            inspected_day as inspected_on, case when (q >> 45) % 30 = 0 then '已现场告知' end as remarks,
            inspected_day + interval '1 day' * ((q >> 48) % 4) + interval '1 hour' * (9 + (q >> 50) % 9)
                + interval '1 second' * (q % 3600) as written_at
        from worded
    ), versions as (
        select *, null::varchar as operation, 'i' as op, 0 as version from numbered
        union all
        select * replace ('发现问题经责令已改正' as inspection_result,
                written_at + interval '1 day' * case when (q >> 3) % 2 = 0 then 9 else 34 end as written_at),
            null, 'u', 1 from numbered where {changing}
        union all
        select * replace (written_at + interval 11 day as written_at), null, 'd', 2 from numbered
        where (q >> 5) % 250 = 9 and not ({changing})
    )
    select case when department in ({in_list(VERTICAL)}) then 'datashare' else 'dazonghe' end as gateway,
        department, is_unmapped, at_m, task_domain, version, record_id, op,
        strftime(written_at, '%Y-%m-%d %H:%M:%S') as watermark, {columns}
    from versions order by gateway, watermark, record_id, version
    """)
    con.execute("""
    create or replace table task_count as
    select at_m as task_m, task_domain, count(distinct counterpart_code) as delivered from inspection
    where inspection_form = '双随机抽查' and op = 'i'
        and record_id not in (select record_id from inspection where op = 'd')
    group by all
    """)
