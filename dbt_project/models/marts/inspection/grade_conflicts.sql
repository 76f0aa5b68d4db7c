-- Pairs of domains whose current tiers of one enterprise lie two steps or more apart (semantics.md 5.12, domain.md 5.3):
-- both departments review. Neutral, expired and unrated are left out.
with

evaluations as (
    select * from {{ ref('int_evaluation__current') }}
    where is_current and not is_neutral and tier is not null
),

gaps as (
    select min(threshold_value) as least_gap
    from {{ policy('warning_thresholds') }}
    where warning_type = 'grade_gap'
),

-- Most enterprises have no such gap: they need not be paired.
apart as (
    select evaluations.uscc
    from evaluations
    cross join gaps
    group by evaluations.uscc, gaps.least_gap
    having {{ tier_rank('max(evaluations.tier)') }} - {{ tier_rank('min(evaluations.tier)') }} >= gaps.least_gap
),

graded as (
    select evaluations.*
    from evaluations
    inner join apart on evaluations.uscc = apart.uscc
),

domains as (
    select * from {{ policy('domains') }}
),

departments as (
    select * from {{ policy('departments') }}
),

enterprises as (
    select * from {{ ref('int_enterprise__standing') }}
),

paired as (
    select
        a.uscc,
        a.domain_code as domain_code_a,
        a.tier as tier_a,
        a.grade as grade_a,
        a.scale_id as scale_id_a,
        a.evaluated_on as evaluated_on_a,
        b.domain_code as domain_code_b,
        b.tier as tier_b,
        b.grade as grade_b,
        b.scale_id as scale_id_b,
        b.evaluated_on as evaluated_on_b,
        abs({{ tier_rank('a.tier') }} - {{ tier_rank('b.tier') }}) as gap
    from graded as a
    inner join graded as b on a.uscc = b.uscc and a.domain_code < b.domain_code
),

final as (
    select
        paired.uscc,
        enterprises.enterprise_name,
        paired.domain_code_a,
        paired.tier_a,
        paired.domain_code_b,
        paired.tier_b,
        cast(paired.gap as bigint) as gap,
        paired.grade_a,
        paired.scale_id_a,
        paired.evaluated_on_a,
        paired.grade_b,
        paired.scale_id_b,
        paired.evaluated_on_b,
        -- The item is the same until a grade changes (domain.md 5.3).
        greatest(paired.evaluated_on_a, paired.evaluated_on_b) as conflict_since,
        domain_a.domain_name as domain_name_a,
        domain_a.department_code as department_code_a,
        department_a.department_name as department_name_a,
        domain_b.domain_name as domain_name_b,
        domain_b.department_code as department_code_b,
        department_b.department_name as department_name_b,
        enterprises.district_code
    from paired
    cross join gaps
    inner join enterprises on paired.uscc = enterprises.uscc
    inner join domains as domain_a on paired.domain_code_a = domain_a.domain_code
    inner join domains as domain_b on paired.domain_code_b = domain_b.domain_code
    inner join departments as department_a on domain_a.department_code = department_a.department_code
    inner join departments as department_b on domain_b.department_code = department_b.department_code
    where paired.gap >= gaps.least_gap
)

select * from final
