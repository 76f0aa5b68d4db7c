-- Usable lists per feed and domain, numbered in their order (period, received_at); the last one is in force
-- (semantics.md 1.4, 4.2). Zero reports and confirmed lists are lists like any; a correction is part of what it corrects.
-- A list that a later one had overtaken before it came (or was confirmed) was never in force: it names and omits nobody.
with

submissions as (
    select * from {{ ref('base_quality__submissions') }}
    where corrects_submission_id is null
),

domains as (
    select * from {{ policy('domains') }}
),

this_close as (
    select * from {{ ref('base_meta__close') }}
),

decisions as (
    select
        decision.submission_id,
        decision.domain_code,
        arg_max(decision.list_state, decision.decided_at) as list_state,
        max(decision.decided_at) as decided_at
    from {{ source('quality', 'list_decisions') }} as decision
    cross join this_close
    where decision.decided_at <= this_close.as_of
    group by decision.submission_id, decision.domain_code
),

in_force_once as (
    select
        submissions.feed,
        decisions.domain_code,
        submissions.submission_id,
        submissions.period,
        submissions.received_at,
        submissions.sha256,
        decisions.decided_at
    from decisions
    inner join submissions on decisions.submission_id = submissions.submission_id
    -- The folder says who the sender is: a list of somebody else's domain is none.
    inner join domains
        on decisions.domain_code = domains.domain_code and submissions.department_code = domains.department_code
    where decisions.list_state = 'in_force'
    qualify
        coalesce(
            min(decisions.decided_at) over (
                partition by submissions.feed, decisions.domain_code
                order by submissions.period, submissions.received_at, submissions.sha256
                rows between 1 following and unbounded following
            ) >= decisions.decided_at,
            true
        )
),

final as (
    select
        *,
        row_number() over (partition by feed, domain_code order by period, received_at, sha256) as list_number
    from in_force_once
)

select * from final
