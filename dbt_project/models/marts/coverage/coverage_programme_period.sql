-- One row per period: the sum of the departments (semantics 6.3).
-- Rows of former periods stand as at their own last close; the closed period is computed.
with parameters as (
    select * from {{ ref('base_meta__close') }}
),

totals as (
    select
        period,
        count(*) as department_count,
        count(*) filter (where due_feed_count > 0) as due_department_count,
        count(*) filter (where reported_feed_count > 0) as reporting_department_count,
        {{ sums([
            'due_feed_count', 'reported_feed_count', 'due_domain_count', 'reported_domain_count',
            'submission_count', 'rejected_submission_count', 'late_submission_count', 'zero_report_count',
            'submitted_rows', 'accepted_rows', 'late_rows', 'unassigned_rows', 'inspection_result_rows',
            'inspection_task_rows', 'collection_rate_numerator', 'collection_rate_denominator',
            'conformity_rate_numerator', 'conformity_rate_denominator', 'timeliness_rate_numerator',
            'timeliness_rate_denominator', 'completeness_rate_numerator', 'completeness_rate_denominator',
            'accuracy_rate_numerator', 'accuracy_rate_denominator', 'evaluation_coverage_rate_numerator',
            'evaluation_coverage_rate_denominator', 'evaluated_subject_count', 'regulated_subject_count',
            'positive_list_count', 'vetoed_count', 'failed_gate_count',
        ]) }},
        bool_and(gates_passed) as gates_passed
    from {{ ref('coverage_department_period') }}
    where period = (select parameters.period from parameters)
    group by period
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
        {{ measured_rate(
            'collection_rate', 'totals.collection_rate_numerator', 'totals.collection_rate_denominator'
        ) }},
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
        {% for name, numerator, denominator in row_rates() -%}
        {{ measured_rate(name, 'totals.' ~ name ~ '_numerator', 'totals.' ~ name ~ '_denominator') }},
        {% endfor -%}
        totals.evaluated_subject_count,
        totals.regulated_subject_count,
        {{ measured_rate(
            'evaluation_coverage_rate', 'totals.evaluation_coverage_rate_numerator',
            'totals.evaluation_coverage_rate_denominator'
        ) }},
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
