-- Known by as_of: received by then, and of a folder period up to the period that is closed (semantics.md 1.3).
with

source as (
    select * from {{ source('quality', 'submissions') }}
),

this_close as (
    select * from {{ ref('base_meta__close') }}
),

final as (
    select
        source.submission_id,
        source.arrival_id,
        source.feed,
        source.department_code,
        source.period,
        source.channel,
        source.gateway_name,
        source.source_name,
        source.received_at,
        source.sha256,
        source.contract_version,
        source.is_correction,
        source.corrects_submission_id
    from source
    cross join this_close
    where source.received_at <= this_close.as_of and source.period <= this_close.period
)

select * from final
