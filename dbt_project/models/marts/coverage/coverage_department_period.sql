-- One row per department and period: its domains, its rows without a domain, catalogues 4 and 5; score and rank.
-- Rows of former periods stand as at their own last close; the closed period is computed (semantics 6).
with parameters as (
    select * from {{ ref('base_meta__close') }}
),

departments as (
    select * from {{ policy('departments') }} as policy_rows
),

weights as (
    select * from {{ policy('score_weights') }} as policy_rows
),

thresholds as (
    select
        max(threshold_value) filter (where threshold = 'praise_score') as praise_score,
        max(threshold_value) filter (where threshold = 'criticism_score') as criticism_score,
        max(threshold_value) filter (where threshold = 'criticism_collection_rate') as criticism_collection_rate,
        max(threshold_value) filter (where threshold = 'criticism_timeliness_rate') as criticism_timeliness_rate,
        max(threshold_value) filter (where threshold = 'ranked_apart_below_rows') as ranked_apart_below_rows
    from {{ policy('notice_thresholds') }} as policy_rows
),

former as (
    {{ former_rows('coverage_department_period') }}
),

former_facts as (
    select
        former.department_code,
        max(former.rank) filter (where former.period = parameters.previous_period) as previous_rank,
        count(*) filter (where former.reported_feed_count < former.due_feed_count) as former_miss_count
    from former
    cross join parameters
    group by former.department_code
),

feeds as (
    select
        period,
        department_code,
        cast(sum(due_count) as bigint) as due_feed_count,
        cast(sum(reported_count) as bigint) as reported_feed_count,
        coalesce(list(feed order by feed) filter (where reported_count < due_count), []) as missing_feeds,
        cast(sum(submitted_rows) filter (where due_level = 'department_when_active') as bigint)
            as inspection_result_rows,
        cast(sum(submitted_rows) filter (where due_level = 'department') as bigint) as inspection_task_rows,
        {{ sums(['zero_report_count', 'unassigned_rows'] + row_counts()) }}
    from {{ ref('int_due__department_feed') }}
    group by period, department_code
),

domains as (
    select
        by_domain.department_code,
        count(*) filter (where by_domain.due_feed_count > 0) as due_domain_count,
        count(*) filter (where by_domain.reported_feed_count > 0) as reported_domain_count,
        cast(sum(by_domain.evaluated_subject_count) as bigint) as evaluated_subject_count,
        cast(sum(by_domain.regulated_subject_count) as bigint) as regulated_subject_count,
        cast(sum(by_domain.evaluation_coverage_rate_numerator) as bigint) as evaluated_regulated_count,
        cast(sum(by_domain.positive_list_count) as bigint) as positive_list_count,
        cast(sum(by_domain.vetoed_count) as bigint) as vetoed_count,
        max(by_domain.last_event_on) as last_event_on,
        min(by_domain.freshness_days) as freshness_days
    from {{ ref('coverage_domain_period') }} as by_domain
    inner join parameters on by_domain.period = parameters.period
    group by by_domain.department_code
),

-- A submission counts once here, however many domains it names; one of an unknown feed counts too.
sent as (
    select
        department_code,
        count(*) as submission_count,
        count(*) filter (where not is_usable) as rejected_submission_count,
        count(*) filter (where not is_timely and not is_correction and channel <> 'gateway') as late_submission_count
    from {{ ref('int_submission__known') }}
    where is_closed_period and (is_catalogue or feed is null)
    group by department_code
),

gates as (
    select
        results.department_code,
        bool_and(results.success) as gates_passed,
        count(*) filter (where not results.success) as failed_gate_count
    from {{ source('quality', 'period_gates') }} as results
    inner join parameters on results.period = parameters.period and results.as_of = parameters.as_of
    group by results.department_code
),

-- Null parts are left out and the weights rescaled; whoever owes nothing has no score (semantics 6.6).
parts as (
    {%- for component, numerator, denominator in [
        ('collection_rate', 'reported_feed_count', 'due_feed_count'),
    ] + row_rates() %}
    select
        department_code,
        due_feed_count,
        '{{ component }}' as component,
        {{ numerator }} as numerator,
        {{ denominator }} as denominator
    from feeds
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Decimals: the same score whatever the order of summation.
scored as (
    select
        parts.department_code,
        round(cast(
            100 * sum(
                cast(weights.weight as decimal(9, 4))
                * cast(parts.numerator / parts.denominator as decimal(18, 12))
            ) / sum(cast(weights.weight as decimal(9, 4)))
            as decimal(18, 8)
        ), 2) as score
    from parts
    inner join weights on parts.component = weights.component
    where parts.due_feed_count > 0 and parts.denominator > 0
    group by parts.department_code
),

ranked as (
    select
        department_code,
        cast(score as decimal(5, 2)) as score,
        rank() over (order by score desc) as rank
    from scored
),

measured as (
    select
        feeds.period,
        departments.department_code,
        departments.department_name,
        departments.is_vertical,
        departments.sort_order,
        feeds.due_feed_count,
        feeds.reported_feed_count,
        feeds.missing_feeds,
        {{ measured_rate('collection_rate', 'feeds.reported_feed_count', 'feeds.due_feed_count') }},
        coalesce(domains.due_domain_count, 0) as due_domain_count,
        coalesce(domains.reported_domain_count, 0) as reported_domain_count,
        coalesce(sent.submission_count, 0) as submission_count,
        coalesce(sent.rejected_submission_count, 0) as rejected_submission_count,
        coalesce(sent.late_submission_count, 0) as late_submission_count,
        feeds.zero_report_count,
        feeds.submitted_rows,
        feeds.accepted_rows,
        feeds.datable_rows - feeds.timely_rows as late_rows,
        feeds.unassigned_rows,
        feeds.inspection_result_rows,
        feeds.inspection_task_rows,
        {% for name, numerator, denominator in row_rates() -%}
        {{ measured_rate(name, 'feeds.' ~ numerator, 'feeds.' ~ denominator) }},
        {% endfor -%}
        domains.evaluated_subject_count,
        domains.regulated_subject_count,
        {{ measured_rate(
            'evaluation_coverage_rate', 'domains.evaluated_regulated_count', 'domains.regulated_subject_count'
        ) }},
        domains.positive_list_count,
        domains.vetoed_count,
        domains.last_event_on,
        domains.freshness_days,
        gates.gates_passed,
        coalesce(gates.failed_gate_count, 0) as failed_gate_count,
        ranked.score,
        ranked.rank,
        former_facts.previous_rank,
        former_facts.previous_rank - ranked.rank as rank_change,
        coalesce(former_facts.former_miss_count, 0) as former_miss_count,
        parameters.as_of
    from feeds
    cross join parameters
    inner join departments on feeds.department_code = departments.department_code
    left join domains on feeds.department_code = domains.department_code
    left join sent on feeds.department_code = sent.department_code
    left join gates on feeds.department_code = gates.department_code
    left join ranked on feeds.department_code = ranked.department_code
    left join former_facts on feeds.department_code = former_facts.department_code
),

-- Proposals for the office, which decides (semantics 7.2). Rates are compared before rounding.
computed as (
    select
        measured.*,
        measured.submitted_rows < thresholds.ranked_apart_below_rows as is_small_volume,
        coalesce(measured.score >= thresholds.praise_score and measured.gates_passed, false) as is_praise_proposed,
        list_filter([
            case when measured.score < thresholds.criticism_score then 'score' end,
            case
                when
                    measured.collection_rate_numerator
                    < thresholds.criticism_collection_rate * measured.collection_rate_denominator
                    then 'collection_rate'
            end,
            case
                when
                    measured.timeliness_rate_numerator
                    < thresholds.criticism_timeliness_rate * measured.timeliness_rate_denominator
                    then 'timeliness_rate'
            end
        ], lambda reason: reason is not null) as criticism_reasons,
        len(criticism_reasons) > 0 as is_criticism_proposed
    from measured
    cross join thresholds
),

final as (
    select * from computed
    union all by name
    select * from former
)

select * from final
