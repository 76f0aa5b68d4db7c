-- The latest inspection of an enterprise in a domain within the seeded window before the reference date; of several on
-- one day the worst (semantics.md 5.6).
with

inspections as (
    select * from {{ ref('int_inspection__by_domain') }}
),

this_close as (
    select * from {{ ref('base_meta__close') }}
),

policies as (
    select * from {{ policy('list_policies') }}
),

final as (
    select
        inspections.domain_code,
        inspections.uscc,
        inspections.inspected_on,
        inspections.result_group,
        inspections.result_group in ('issue_pending', 'refused') as is_failed,
        inspections.task_no,
        inspections.submission_id,
        inspections.row_id
    from inspections
    cross join this_close
    cross join policies
    where
        inspections.domain_code is not null
        and inspections.uscc is not null
        and {{ within_months_before(
            'inspections.inspected_on', 'this_close.reference_date', 'policies.inspection_window_months'
        ) }}
    qualify row_number() over (
        partition by inspections.domain_code, inspections.uscc
        order by
            inspections.inspected_on desc,
            inspections.severity_rank desc,
            inspections.submission_id desc,
            inspections.row_id desc
    ) = 1
)

select * from final
