"""Creates the small tables in which a batch looks values up: policy seeds, and what its distinct values mean.

Everything is looked up once per distinct value and month, never per row. Seeds are read with their validity; a value
is read with the policy of the last day of the submission's period.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.seeds import load_seed
from quality.rules.rows import domain_column
from quality.typing_sql import TypedBatch

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings

SEEDS = ("domains", "departments", "inspecting_authorities", "grade_scales", "grade_aliases", "domain_scales")

NO_DOMAIN = "-"
"""What stands for the domain of a grade in a feed without domains, seed ``domain_scales`` (public credit)."""

_IN_FORCE = "{0}.valid_from <= v._period_end and coalesce({0}.valid_to >= v._period_end, true)"


def load_policy(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Creates the temporary tables of the seeds that judging needs, once per run."""
    for name in SEEDS:
        load_seed(con, name, settings.programme, None)
    con.execute("""
        create or replace temp table g_domains as
        select d.*, xy_key(d.domain_name) as domain_key, t.department_name
        from seed_domains as d
        left join (select distinct department_code, department_name from seed_departments) as t using (department_code)
    """)
    con.execute("""
        create or replace temp table g_unit_names as
        with names as (
            select xy_key(department_name) as unit_key, department_code from seed_departments
            union
            select xy_key(authority_name), department_code from seed_inspecting_authorities
        ),
        settled as (
            select unit_key, min(department_code) as department_code
            from names group by unit_key having count(distinct department_code) = 1
        )
        select s.*, t.department_name
        from settled as s
        left join (select department_code, min(department_name) as department_name from seed_departments group by 1)
            as t using (department_code)
    """)
    con.execute("""
        create or replace temp table g_unit_codes as
        select xy_uscc(authority_code) as unit_code, min(department_code) as department_code
        from seed_inspecting_authorities
        where authority_code is not null
        group by unit_code
        having count(distinct department_code) = 1
    """)
    con.execute("""
        create or replace temp table g_grades as
        select scale_id, xy_key(grade) as grade_key, grade, valid_from, valid_to from seed_grade_scales
        union
        select a.scale_id, xy_key(a.alias), a.grade, a.valid_from, a.valid_to
        from seed_grade_aliases as a
        anti join seed_grade_scales as g on a.scale_id = g.scale_id and xy_key(a.alias) = xy_key(g.grade)
    """)


def look_up_domains(con: duckdb.DuckDBPyConnection, typed: TypedBatch) -> None:
    """Creates ``g_domain``: per distinct text and month the one domain that it names (semantics 2.4).

    A text names a domain if it equals the domain's name or contains it; a name inside a longer name that the text
    contains too does not count (产品质量领域 within 农产品质量领域).
    """
    column = domain_column(typed.contract)
    if column is None:
        con.execute("""
            create or replace temp table g_domain (
                domain_key varchar, _period_end date, domain_code varchar, domain_name varchar, department_code varchar,
                department_name varchar)
        """)
        return
    con.execute(f"""
        create or replace temp table g_domain as
        with v as (
            select distinct t."{column}__key" as text_key, s.period_end as _period_end
            from {typed.relation([column])} as t inner join g_sub as s on t._submission_id = s.submission_id
            where t."{column}__key" is not null
        ),
        named as (
            select v.text_key, v._period_end, d.*
            from v inner join g_domains as d on contains(v.text_key, d.domain_key) and {_IN_FORCE.format("d")}
        ),
        longest as (
            select * from named as n
            where not exists (
                select 1 from named as o
                where o.text_key = n.text_key and o._period_end = n._period_end and o.domain_key <> n.domain_key
                    and contains(o.domain_key, n.domain_key)
            )
        )
        select text_key as domain_key, _period_end, min(domain_code) as domain_code, min(domain_name) as domain_name,
            min(department_code) as department_code, min(department_name) as department_name
        from longest
        group by text_key, _period_end
        having count(distinct domain_code) = 1
    """)


def look_up_grades(con: duckdb.DuckDBPyConnection, typed: TypedBatch) -> None:
    """Creates ``g_grade``: per distinct domain, stated standard, grade and month what the grade means (semantics 5.2).

    The standard is the stated one (scale_id or its Chinese title), else the domain's bound ones. A grade known to
    several bound scales counts only where they agree about the tier; a stated standard that nobody knows has none.
    """
    contract = typed.contract
    grade = next((c for c in contract.columns if c.kind == "grade"), None)
    if grade is None:
        return
    domain = domain_column(contract)
    stated = ["evaluation_standard"] if any(c.name == "evaluation_standard" for c in contract.columns) else []
    standard = 't."evaluation_standard__key"' if stated else "cast(null as varchar)"
    asked = [grade.name, *([domain] if domain else []), *stated]
    domain_sql = "d.domain_code" if domain else f"'{NO_DOMAIN}'"
    join = (
        f'left join g_domain as d on t."{domain}__key" = d.domain_key and s.period_end = d._period_end'
        if domain
        else ""
    )
    con.execute(f"""
        create or replace temp table g_grade as
        with v as (
            select distinct {domain_sql} as domain_code, {standard} as standard_key, t."{grade.name}__key" as grade_key,
                s.period_end as _period_end
            from {typed.relation(asked)} as t
            inner join g_sub as s on t._submission_id = s.submission_id
            {join}
            where t."{grade.name}__key" is not null and {domain_sql} is not null
        ),
        scales as (
            select distinct v.*, b.scale_id
            from v inner join seed_domain_scales as b on v.domain_code = b.domain_code and {_IN_FORCE.format("b")}
            where v.standard_key is null
            union
            select distinct v.*, g.scale_id
            from v inner join seed_grade_scales as g
                on v.standard_key in (xy_key(g.scale_id), xy_key(g.scale_name)) and {_IN_FORCE.format("g")}
        ),
        meanings as (
            select v.*, k.grade, g.tier
            from scales as v
            inner join g_grades as k
                on v.scale_id = k.scale_id and v.grade_key = k.grade_key and {_IN_FORCE.format("k")}
            inner join seed_grade_scales as g
                on k.scale_id = g.scale_id and k.grade = g.grade and {_IN_FORCE.format("g")}
        ),
        settled as (
            select domain_code, standard_key, grade_key, _period_end, min(scale_id) as scale_id,
                min_by(grade, scale_id) as grade, min(tier) as tier
            from meanings
            group by all
            having count(distinct tier) = 1
        ),
        words as (
            select v.domain_code, v.standard_key, v.grade_key, v._period_end,
                string_agg(distinct w.words, '；' order by w.words) as expected
            from scales as v
            inner join (
                select scale_id, min(scale_name) || '：' || string_agg(grade, '、' order by rank, grade) as words
                from seed_grade_scales group by scale_id
            ) as w using (scale_id)
            group by all
        )
        select v.*, s.scale_id, s.grade, s.tier, w.expected
        from v
        left join settled as s
            on v.domain_code = s.domain_code and v.standard_key is not distinct from s.standard_key
                and v.grade_key = s.grade_key and v._period_end = s._period_end
        left join words as w
            on v.domain_code = w.domain_code and v.standard_key is not distinct from w.standard_key
                and v.grade_key = w.grade_key and v._period_end = w._period_end
    """)
