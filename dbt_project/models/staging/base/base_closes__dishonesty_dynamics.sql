-- Stock, inflow and outflow of former closes, kept as they were published then.
with

source as (
    {{ former_rows('dishonesty_dynamics') }}
),

final as (
    select * from source
)

select * from final
