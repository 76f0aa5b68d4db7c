-- Draws of the period that is closed, as an earlier close of it made and kept them: a draw stands, whatever comes later
-- (semantics.md 5.11). A draw made later than as_of is not known yet.
with

source as (
    select *
    from {{ source('closes', 'inspection_draws') }}
),

this_close as (
    select * from {{ ref('base_meta__close') }}
),

final as (
    select source.* exclude (_close_file)
    from source
    cross join this_close
    where
        source.period = this_close.period
        and source.drawn_as_of <= this_close.as_of
        and source.period = regexp_extract(source._close_file, '([0-9]{4}-[0-9]{2})/[^/]+$', 1)
)

select * from final
