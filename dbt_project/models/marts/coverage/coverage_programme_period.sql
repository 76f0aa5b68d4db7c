-- One row per period: the sum of the departments (semantics 6.3).
-- Rows of former periods stand as at their own last close; the closed period is computed.
with parameters as (
    select * from {{ ref('base_meta__close') }}
),

totals as (
    select
        departments.period,
        count(*) as department_count,
        count(*) filter (where departments.due_feed_count > 0) as due_department_count,
        count(*) filter (where departments.reported_feed_count > 0) as reporting_department_count,
        cast(sum(departments.due_feed_count) as bigint) as due_feed_count,
        cast(sum(departments.reported_feed_count) as bigint) as reported_feed_count,
        cast(sum(departments.due_domain_count) as bigint) as due_domain_count,
        cast(sum(departments.reported_domain_count) as bigint) as reported_domain_count,
        cast(sum(departments.submission_count) as bigint) as submission_count,
        cast(sum(departments.rejected_submission_count) as bigint) as rejected_submission_count,
        cast(sum(departments.late_submission_count) as bigint) as late_submission_count,
        cast(sum(departments.zero_report_count) as bigint) as zero_report_count,
        cast(sum(departments.submitted_rows) as bigint) as submitted_rows,
        cast(sum(departments.accepted_rows) as bigint) as accepted_rows,
        cast(sum(departments.late_rows) as bigint) as late_rows,
        cast(sum(departments.unassigned_rows) as bigint) as unassigned_rows,
        cast(sum(departments.inspection_result_rows) as bigint) as inspection_result_rows,
        cast(sum(departments.inspection_task_rows) as bigint) as inspection_task_rows,
        cast(sum(departments.collection_rate_numerator) as bigint) as collection_rate_numerator,
        cast(sum(departments.collection_rate_denominator) as bigint) as collection_rate_denominator,
        cast(sum(departments.conformity_rate_numerator) as bigint) as conformity_rate_numerator,
        cast(sum(departments.conformity_rate_denominator) as bigint) as conformity_rate_denominator,
        cast(sum(departments.timeliness_rate_numerator) as bigint) as timeliness_rate_numerator,
        cast(sum(departments.timeliness_rate_denominator) as bigint) as timeliness_rate_denominator,
        cast(sum(departments.completeness_rate_numerator) as bigint) as completeness_rate_numerator,
        cast(sum(departments.completeness_rate_denominator) as bigint) as completeness_rate_denominator,
        cast(sum(departments.accuracy_rate_numerator) as bigint) as accuracy_rate_numerator,
        cast(sum(departments.accuracy_rate_denominator) as bigint) as accuracy_rate_denominator,
        cast(sum(departments.evaluation_coverage_rate_numerator) as bigint) as evaluation_coverage_rate_numerator,
        cast(sum(departments.evaluation_coverage_rate_denominator) as bigint) as evaluation_coverage_rate_denominator,
        cast(sum(departments.evaluated_subject_count) as bigint) as evaluated_subject_count,
        cast(sum(departments.regulated_subject_count) as bigint) as regulated_subject_count,
        cast(sum(departments.positive_list_count) as bigint) as positive_list_count,
        cast(sum(departments.vetoed_count) as bigint) as vetoed_count,
        cast(sum(departments.failed_gate_count) as bigint) as failed_gate_count,
        bool_and(departments.gates_passed) as gates_passed
    from {{ ref('coverage_department_period') }} as departments
    inner join parameters on departments.period = parameters.period
    group by departments.period
),

computed as (
    select
        totals.period,
        totals.department_count,
        totals.due_department_count,
        totals.reporting_department_count,
        totals.due_domain_count,
        totals.reported_domain_count as reporting_domain_count,
        totals.due_feed_count,
        totals.reported_feed_count,
        totals.collection_rate_numerator,
        totals.collection_rate_denominator,
        {{ rate('totals.collection_rate_numerator', 'totals.collection_rate_denominator') }} as collection_rate,
        totals.submission_count,
        totals.rejected_submission_count,
        totals.late_submission_count,
        totals.zero_report_count,
        totals.submitted_rows,
        totals.accepted_rows,
        totals.late_rows,
        totals.unassigned_rows,
        totals.inspection_result_rows,
        totals.inspection_task_rows,
        totals.conformity_rate_numerator,
        totals.conformity_rate_denominator,
        {{ rate('totals.conformity_rate_numerator', 'totals.conformity_rate_denominator') }} as conformity_rate,
        totals.timeliness_rate_numerator,
        totals.timeliness_rate_denominator,
        {{ rate('totals.timeliness_rate_numerator', 'totals.timeliness_rate_denominator') }} as timeliness_rate,
        totals.completeness_rate_numerator,
        totals.completeness_rate_denominator,
        {{ rate('totals.completeness_rate_numerator', 'totals.completeness_rate_denominator') }} as completeness_rate,
        totals.accuracy_rate_numerator,
        totals.accuracy_rate_denominator,
        {{ rate('totals.accuracy_rate_numerator', 'totals.accuracy_rate_denominator') }} as accuracy_rate,
        totals.evaluated_subject_count,
        totals.regulated_subject_count,
        totals.evaluation_coverage_rate_numerator,
        totals.evaluation_coverage_rate_denominator,
        {{ rate('totals.evaluation_coverage_rate_numerator', 'totals.evaluation_coverage_rate_denominator') }}
            as evaluation_coverage_rate,
        totals.positive_list_count,
        totals.vetoed_count,
        totals.gates_passed,
        totals.failed_gate_count,
        parameters.as_of
    from totals
    cross join parameters
),

former as (
    {{ former_rows('coverage_programme_period') }}
),

final as (
    select * from computed
    union all by name
    select * from former
)

select * from final
