-- One row per period, department, domain and catalogue: what was owed and whether it came (semantics 6.1, 6.2).
-- Rows of former periods stand as at their own last close; the closed period is computed.
with parameters as (
    select * from {{ ref('base_meta__close') }}
),

by_domain as (
    select * from {{ ref('int_due__domain_feed') }}
),

by_department as (
    select * from {{ ref('int_due__department_feed') }}
    where due_level <> 'domain'
),

computed as (
    select
        by_domain.period,
        by_domain.department_code,
        by_domain.domain_code,
        by_domain.feed,
        by_domain.is_due,
        by_domain.is_reported,
        by_domain.submission_count,
        by_domain.rejected_submission_count,
        by_domain.late_submission_count,
        by_domain.zero_report_count,
        by_domain.submitted_rows,
        by_domain.accepted_rows,
        by_domain.datable_rows - by_domain.timely_rows as late_rows,
        parameters.as_of
    from by_domain
    cross join parameters
    union all
    select
        by_department.period,
        by_department.department_code,
        null as domain_code,
        by_department.feed,
        by_department.due_count > 0 as is_due,
        by_department.is_reported,
        by_department.submission_count,
        by_department.rejected_submission_count,
        by_department.late_submission_count,
        by_department.zero_report_count,
        by_department.submitted_rows,
        by_department.accepted_rows,
        by_department.datable_rows - by_department.timely_rows as late_rows,
        parameters.as_of
    from by_department
    cross join parameters
),

former as (
    {{ former_rows('coverage_obligations') }}
),

final as (
    select * from computed
    union all by name
    select * from former
)

select * from final
