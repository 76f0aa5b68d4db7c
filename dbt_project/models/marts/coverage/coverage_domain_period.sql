-- One row per domain and period: what was due, what came, how late and how well (semantics 6).
-- Rows of former periods stand as at their own last close; the closed period is computed.
with parameters as (
    select * from {{ ref('base_meta__close') }}
),

domains as (
    select * from {{ policy('domains') }} as policy_rows
),

departments as (
    select * from {{ policy('departments') }} as policy_rows
),

feeds as (
    select
        period,
        domain_code,
        count(*) filter (where is_due) as due_feed_count,
        count(*) filter (where is_due and is_reported) as reported_feed_count,
        coalesce(list(feed order by feed) filter (where is_due and not is_reported), []) as missing_feeds,
        {{ sums([
            'submission_count', 'rejected_submission_count', 'late_submission_count', 'zero_report_count',
        ] + row_counts()) }}
    from {{ ref('int_due__domain_feed') }}
    group by period, domain_code
),

standing as (
    select * from {{ ref('int_coverage__standing') }}
),

freshness as (
    select * from {{ ref('int_coverage__freshness') }}
),

gates as (
    select
        results.domain_code,
        -- A check that could not be judged says nothing; that nothing was reported is a check of its own.
        bool_and(results.success) as gates_passed,
        count(*) filter (where not results.success) as failed_gate_count
    from {{ source('quality', 'period_gates') }} as results
    inner join parameters on results.period = parameters.period and results.as_of = parameters.as_of
    group by results.domain_code
),

computed as (
    select
        feeds.period,
        feeds.domain_code,
        domains.domain_name,
        domains.domain_no,
        domains.department_code,
        departments.department_name,
        feeds.due_feed_count,
        feeds.reported_feed_count,
        feeds.missing_feeds,
        {{ measured_rate('collection_rate', 'feeds.reported_feed_count', 'feeds.due_feed_count') }},
        feeds.submission_count,
        feeds.rejected_submission_count,
        feeds.late_submission_count,
        feeds.zero_report_count,
        feeds.submitted_rows,
        feeds.accepted_rows,
        feeds.datable_rows - feeds.timely_rows as late_rows,
        {% for name, numerator, denominator in row_rates() -%}
        {{ measured_rate(name, 'feeds.' ~ numerator, 'feeds.' ~ denominator) }},
        {% endfor -%}
        standing.evaluated_subject_count,
        standing.regulated_subject_count,
        {{ measured_rate(
            'evaluation_coverage_rate', 'standing.evaluated_regulated_count', 'standing.regulated_subject_count'
        ) }},
        standing.positive_list_count,
        standing.vetoed_count,
        freshness.last_event_on,
        freshness.freshness_days,
        gates.gates_passed,
        coalesce(gates.failed_gate_count, 0) as failed_gate_count,
        parameters.as_of
    from feeds
    cross join parameters
    inner join domains on feeds.domain_code = domains.domain_code
    inner join departments on domains.department_code = departments.department_code
    left join standing on feeds.domain_code = standing.domain_code
    left join freshness on feeds.domain_code = freshness.domain_code
    left join gates on feeds.domain_code = gates.domain_code
),

former as (
    {{ former_rows('coverage_domain_period') }}
),

final as (
    select * from computed
    union all by name
    select * from former
)

select * from final
