-- Fails for each period whose programme figures are not the sums of the departments', former periods included
-- (semantics 6.3).
{%- set counts = [
    'due_feed_count', 'reported_feed_count', 'submission_count', 'rejected_submission_count', 'zero_report_count',
    'submitted_rows', 'accepted_rows', 'late_rows', 'unassigned_rows', 'inspection_result_rows', 'inspection_task_rows',
    'timeliness_rate_numerator', 'timeliness_rate_denominator', 'completeness_rate_numerator',
    'completeness_rate_denominator', 'accuracy_rate_numerator', 'accuracy_rate_denominator',
    'evaluated_subject_count', 'regulated_subject_count', 'positive_list_count', 'vetoed_count',
] %}

with

sums as (
    select
        period,
        count(*) filter (where due_feed_count > 0) as due_department_count,
        count(*) filter (where reported_feed_count > 0) as reporting_department_count,
        cast(sum(due_domain_count) as bigint) as due_domain_count,
        cast(sum(reported_domain_count) as bigint) as reporting_domain_count,
        {%- for column in counts %}
        cast(sum({{ column }}) as bigint) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('coverage_department_period') }}
    group by period
),

programme as (
    select
        period,
        due_department_count,
        reporting_department_count,
        due_domain_count,
        reporting_domain_count,
        {{ counts | join(',\n        ') }}
    from {{ ref('coverage_programme_period') }}
),

final as (
    (select * from sums except select * from programme)
    union all
    (select * from programme except select * from sums)
)

select * from final
