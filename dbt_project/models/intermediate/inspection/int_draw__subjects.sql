{{ config(materialized='table') }}

-- Whom a draw of today would be made from: every subject of a domain with its measure, and why it is left out
-- (semantics.md 5.10, 5.11). An ended registration comes before the limit.
with

subjects as (
    select * from {{ ref('enterprise_domain_profile') }}
),

visits as (
    select * from {{ ref('int_onsite__visits') }}
),

limits as (
    select * from {{ policy('onsite_limits') }}
),

-- The most specific limit: of the department before that of all, then of the measure before that of all.
applicable as (
    select
        stratum.domain_code,
        stratum.inspection_measure,
        arg_max(
            coalesce(cast(limits.yearly_limit as bigint), -1),
            cast(limits.department_code <> '*' as integer) * 2 + cast(limits.measure <> '*' as integer)
        ) as yearly_limit
    from (
        select distinct
            domain_code,
            department_code,
            inspection_measure
        from subjects
    ) as stratum
    inner join limits
        on
            limits.department_code in ('*', stratum.department_code)
            and limits.measure in ('*', stratum.inspection_measure)
    group by stratum.domain_code, stratum.inspection_measure
),

final as (
    select
        subjects.domain_code,
        subjects.department_code,
        subjects.uscc,
        subjects.inspection_measure as measure,
        subjects.sampling_rate,
        coalesce(visits.visit_count, 0) as onsite_visit_count_ytd,
        -- -1: no limit.
        case when applicable.yearly_limit >= 0 then applicable.yearly_limit end as onsite_limit,
        case
            when subjects.is_registration_ended then 'REGISTRATION_ENDED'
            when applicable.yearly_limit >= 0 and coalesce(visits.visit_count, 0) >= applicable.yearly_limit
                then 'ONSITE_LIMIT_REACHED'
        end as exclusion_reason
    from subjects
    left join applicable
        on
            subjects.domain_code = applicable.domain_code
            and subjects.inspection_measure = applicable.inspection_measure
    left join visits
        on subjects.department_code = visits.department_code and subjects.uscc = visits.uscc
)

select * from final
