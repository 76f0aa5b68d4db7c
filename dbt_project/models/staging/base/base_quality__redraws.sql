-- Decisions by a person, known by as_of, to draw again for the period that is closed (semantics.md 5.11).
with

source as (
    select * from {{ source('quality', 'redraws') }}
),

this_close as (
    select * from {{ ref('base_meta__close') }}
),

final as (
    select
        source.domain_code,
        source.draw_no,
        source.decided_at,
        source.reason
    from source
    inner join this_close on source.programme = this_close.programme and source.period = this_close.period
    where source.decided_at <= this_close.as_of
)

select * from final
