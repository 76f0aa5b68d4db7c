-- How often a department visited an enterprise on site in the year of the reference date. Several records of one day are
-- one visit; inspections for complaints, referrals or cases do not count (semantics.md 5.10).
with

inspections as (
    select * from {{ ref('int_inspection__latest') }}
),

this_close as (
    select * from {{ ref('base_meta__close') }}
),

final as (
    select
        inspections.inspecting_department_code as department_code,
        inspections.uscc,
        count(distinct inspections.inspected_on) as visit_count
    from inspections
    cross join this_close
    where
        inspections.uscc is not null
        and inspections.inspecting_department_code is not null
        and inspections.is_onsite
        and inspections.counts_to_limit
        and inspections.inspected_on <= this_close.reference_date
        and inspections.inspected_on >= date_trunc('year', this_close.reference_date)
    group by inspections.inspecting_department_code, inspections.uscc
)

select * from final
