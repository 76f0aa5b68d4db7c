-- Who was seriously dishonest at former closes, one row per period, domain and listing.
with

source as (
    {{ former_rows('serious_dishonesty') }}
),

final as (
    select
        period,
        domain_code,
        uscc,
        published_on,
        status,
        district_code
    from source
)

select * from final
