-- The positive lists of former closes, one row per period, domain and enterprise.
with

source as (
    {{ former_rows('positive_list') }}
),

final as (
    select
        period,
        domain_code,
        uscc,
        status,
        reasons,
        is_effective
    from source
)

select * from final
