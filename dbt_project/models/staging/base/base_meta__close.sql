with

source as (
    select * from {{ source('meta', 'close_parameters') }}
),

final as (
    select
        programme,
        period,
        previous_period,
        period_start,
        period_end,
        as_of,
        reference_date,
        is_final
    from source
)

select * from final
