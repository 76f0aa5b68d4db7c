-- Stock, inflow and outflow of seriously dishonest subjects, period by period. Former periods stand as they were last
-- closed (semantics.md 1.5); stock = former stock + inflow - outflow, and the first close takes all stock as inflow.
-- A domain whose list was never collected has no rows; one that was has a row for each district, zeros included.
with

this_close as (
    select * from {{ ref('base_meta__close') }}
),

former as (
    select * from {{ ref('base_closes__dishonesty_dynamics') }}
),

movements as (
    select * from {{ ref('int_dishonesty__movements') }}
),

domains as (
    select * from {{ policy('domains') }}
),

areas as (
    select * from {{ policy('areas') }}
),

collected as (
    select distinct domain_code
    from {{ ref('int_list__usable') }}
    where feed = 'serious_dishonesty_list'
),

places as (
    select
        collected.domain_code,
        areas.area_code as district_code
    from collected
    cross join areas
    union
    select
        domain_code,
        district_code
    from movements
),

counted as (
    select
        domain_code,
        district_code,
        count(*) filter (where is_present) as stock,
        count(*) filter (where was_present) as former_stock,
        count(*) filter (where is_present and not was_present) as inflow,
        count(*) filter (where was_present and not is_present) as outflow,
        count(*) filter (where exit_kind = 'repaired') as repaired_outflow,
        count(*) filter (where exit_kind in ('removed', 'revoked')) as removed_outflow,
        count(*) filter (where exit_kind = 'expired') as expired_outflow,
        count(*) filter (where exit_kind in ('moved', 'unconfirmed', 'withdrawn')) as other_outflow,
        cast(sum(listing_count) as bigint) as listing_count
    from movements
    group by domain_code, district_code
),

present as (
    select
        this_close.period,
        places.domain_code,
        places.district_code,
        domains.domain_name,
        domains.department_code,
        areas.area_name as district_name,
        coalesce(counted.former_stock, 0) as former_stock,
        coalesce(counted.inflow, 0) as inflow,
        coalesce(counted.outflow, 0) as outflow,
        coalesce(counted.stock, 0) as stock,
        coalesce(counted.repaired_outflow, 0) as repaired_outflow,
        coalesce(counted.removed_outflow, 0) as removed_outflow,
        coalesce(counted.expired_outflow, 0) as expired_outflow,
        coalesce(counted.other_outflow, 0) as other_outflow,
        coalesce(counted.listing_count, 0) as listing_count
    from places
    cross join this_close
    inner join domains on places.domain_code = domains.domain_code
    left join areas on places.district_code = areas.area_code
    left join counted on places.domain_code = counted.domain_code and places.district_code = counted.district_code
),

shared as (
    select
        *,
        stock as stock_share_numerator,
        cast(sum(stock) over () as bigint) as stock_share_denominator
    from present
),

final as (
    select
        *,
        {{ rate('stock_share_numerator', 'stock_share_denominator') }} as stock_share
    from shared
    union all by name
    select * from former
)

select * from final
