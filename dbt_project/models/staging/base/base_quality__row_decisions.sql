-- One row per row that was decided again by as_of: its state by the last decision, its enterprise by the last that names one.
with

source as (
    select * from {{ source('quality', 'row_decisions') }}
),

this_close as (
    select * from {{ ref('base_meta__close') }}
),

final as (
    select
        source.submission_id,
        source.row_id,
        max(source.decided_at) as decided_at,
        arg_max(source.row_state, (source.decided_at, source.row_state)) as row_state,
        arg_max(source.cause, (source.decided_at, source.row_state)) as cause,
        arg_max(source.uscc, source.decided_at) filter (where source.uscc is not null) as uscc,
        arg_max(source.match_method, source.decided_at) filter (where source.uscc is not null) as match_method
    from source
    cross join this_close
    where source.decided_at <= this_close.as_of
    group by source.submission_id, source.row_id
)

select * from final
