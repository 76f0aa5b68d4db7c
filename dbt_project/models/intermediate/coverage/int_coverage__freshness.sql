-- The day of the last event per domain that an accepted row of catalogues 1 to 3 tells: evaluated, put on a list. By the
-- day of the event, not of receipt: sending an old file again makes nothing fresher (domain.md 10 and 18).
with

this_close as (
    select * from {{ ref('base_meta__close') }}
),

events as (
    select
        domain_code,
        max(evaluated_on) as event_on
    from {{ ref('int_evaluation__current') }}
    group by domain_code
    union all
    select
        domain_code,
        max(published_on_held) as event_on
    from {{ ref('int_positive_list__entries') }}
    group by domain_code
    union all
    select
        domain_code,
        max(published_on) as event_on
    from {{ ref('int_dishonesty__status') }}
    group by domain_code
),

final as (
    select
        events.domain_code,
        max(events.event_on) as last_event_on,
        cast(this_close.reference_date - max(events.event_on) as bigint) as freshness_days
    from events
    cross join this_close
    where events.event_on <= this_close.reference_date
    group by events.domain_code, this_close.reference_date
)

select * from final
