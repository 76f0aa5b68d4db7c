{{ config(materialized='table') }}

-- What had been sent to us by as_of: one row per submission, with its verdict as known by then (semantics 1.3, 4.1).
with parameters as (
    select * from {{ ref('base_meta__close') }}
),

submissions as (
    select submissions.*
    from {{ source('quality', 'submissions') }} as submissions
    cross join parameters
    -- A folder that names no month has no period: it is shown rather than lost.
    where
        submissions.received_at <= parameters.as_of
        and (submissions.period is null or submissions.period <= parameters.period)
),

verdicts as (
    select
        verdicts.submission_id,
        arg_max(verdicts.verdict, struct_pack(
            decided_at := verdicts.decided_at, is_later := verdicts.cause <> 'judged', cause := verdicts.cause
        )) as verdict,
        max(verdicts.decided_at) as decided_at,
        -- Counts are those of the first judgement, whatever was decided later (semantics 1.4).
        max(verdicts.rows_received) filter (where verdicts.cause = 'judged') as rows_received,
        max(verdicts.rows_accepted) filter (where verdicts.cause = 'judged') as rows_accepted,
        max(verdicts.rows_quarantined) filter (where verdicts.cause = 'judged') as rows_quarantined
    from {{ source('quality', 'submission_verdicts') }} as verdicts
    cross join parameters
    where verdicts.decided_at <= parameters.as_of
    group by verdicts.submission_id
),

due_feeds as (
    select * from {{ policy('catalogue_due') }} as policy_rows
),

calendar as (
    select * from {{ policy('reporting_calendar') }} as policy_rows
),

final as (
    select
        submissions.submission_id,
        submissions.feed,
        submissions.department_code,
        submissions.period,
        submissions.channel,
        submissions.gateway_name,
        submissions.source_name,
        submissions.received_at,
        -- Supporting feeds have no due date (semantics 2.3).
        case when due_feeds.feed is not null then {{ end_of_local_day('calendar.due_on') }} end as due_at,
        submissions.received_at <= due_at as is_timely,
        due_feeds.feed is not null as is_catalogue,
        submissions.period = parameters.period as is_closed_period,
        submissions.is_correction,
        submissions.corrects_submission_id,
        verdicts.verdict,
        verdicts.decided_at,
        coalesce(verdicts.verdict in ('accepted', 'accepted_with_remarks'), false) as is_usable,
        verdicts.rows_received,
        verdicts.rows_accepted,
        verdicts.rows_quarantined,
        submissions.contract_version,
        submissions.sha256
    from submissions
    cross join parameters
    left join verdicts on submissions.submission_id = verdicts.submission_id
    left join due_feeds on submissions.feed = due_feeds.feed
    left join calendar on submissions.period = calendar.period
)

select * from final
