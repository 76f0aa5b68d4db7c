-- Fails for each period whose programme figures are not the sums of the departments', former periods included
-- (semantics 6.3).
with

sums as (
    select
        period,
        count(*) filter (where due_feed_count > 0) as due_department_count,
        count(*) filter (where reported_feed_count > 0) as reporting_department_count,
        cast(sum(due_domain_count) as bigint) as due_domain_count,
        cast(sum(reported_domain_count) as bigint) as reporting_domain_count,
        cast(sum(due_feed_count) as bigint) as due_feed_count,
        cast(sum(reported_feed_count) as bigint) as reported_feed_count,
        cast(sum(submission_count) as bigint) as submission_count,
        cast(sum(rejected_submission_count) as bigint) as rejected_submission_count,
        cast(sum(zero_report_count) as bigint) as zero_report_count,
        cast(sum(submitted_rows) as bigint) as submitted_rows,
        cast(sum(accepted_rows) as bigint) as accepted_rows,
        cast(sum(late_rows) as bigint) as late_rows,
        cast(sum(unassigned_rows) as bigint) as unassigned_rows,
        cast(sum(inspection_result_rows) as bigint) as inspection_result_rows,
        cast(sum(inspection_task_rows) as bigint) as inspection_task_rows,
        cast(sum(timeliness_rate_numerator) as bigint) as timeliness_rate_numerator,
        cast(sum(timeliness_rate_denominator) as bigint) as timeliness_rate_denominator,
        cast(sum(completeness_rate_numerator) as bigint) as completeness_rate_numerator,
        cast(sum(completeness_rate_denominator) as bigint) as completeness_rate_denominator,
        cast(sum(accuracy_rate_numerator) as bigint) as accuracy_rate_numerator,
        cast(sum(accuracy_rate_denominator) as bigint) as accuracy_rate_denominator,
        cast(sum(evaluated_subject_count) as bigint) as evaluated_subject_count,
        cast(sum(regulated_subject_count) as bigint) as regulated_subject_count,
        cast(sum(positive_list_count) as bigint) as positive_list_count,
        cast(sum(vetoed_count) as bigint) as vetoed_count
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
        due_feed_count,
        reported_feed_count,
        submission_count,
        rejected_submission_count,
        zero_report_count,
        submitted_rows,
        accepted_rows,
        late_rows,
        unassigned_rows,
        inspection_result_rows,
        inspection_task_rows,
        timeliness_rate_numerator,
        timeliness_rate_denominator,
        completeness_rate_numerator,
        completeness_rate_denominator,
        accuracy_rate_numerator,
        accuracy_rate_denominator,
        evaluated_subject_count,
        regulated_subject_count,
        positive_list_count,
        vetoed_count
    from {{ ref('coverage_programme_period') }}
),

final as (
    (
        select * from sums
        except
        select * from programme
    )
    union all
    (
        select * from programme
        except
        select * from sums
    )
)

select * from final
