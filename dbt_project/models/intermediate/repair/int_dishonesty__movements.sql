-- Who is seriously dishonest in a domain and district now and who was at the former close: a subject counts once per
-- domain, however often it is listed there. Only status active counts, as for the veto. The first close has no former one.
with

this_close as (
    select * from {{ ref('base_meta__close') }}
),

listings as (
    select * from {{ ref('int_dishonesty__status') }}
),

enterprises as (
    select * from {{ ref('int_enterprise__standing') }}
),

present as (
    select
        listings.domain_code,
        listings.uscc,
        enterprises.district_code,
        count(*) as listing_count
    from listings
    inner join enterprises on listings.uscc = enterprises.uscc
    where listings.status = 'active'
    group by listings.domain_code, listings.uscc, enterprises.district_code
),

former as (
    select
        former.domain_code,
        former.uscc,
        former.district_code
    from {{ ref('base_closes__serious_dishonesty') }} as former
    inner join this_close on former.period = this_close.previous_period
    where former.status = 'active'
    group by former.domain_code, former.uscc, former.district_code
),

-- What became of a subject that has no active listing left: the one that ended last tells.
ends as (
    select
        domain_code,
        uscc,
        arg_max(status, (coalesce(ended_on, date '9999-12-31'), published_on)) as last_status
    from listings
    where status <> 'active'
    group by domain_code, uscc
),

compared as (
    select
        coalesce(present.domain_code, former.domain_code) as domain_code,
        coalesce(present.uscc, former.uscc) as uscc,
        coalesce(present.district_code, former.district_code) as district_code,
        present.uscc is not null as is_present,
        former.uscc is not null as was_present,
        coalesce(present.listing_count, 0) as listing_count
    from present
    full outer join former
        on
            present.domain_code = former.domain_code
            and present.uscc = former.uscc
            and present.district_code = former.district_code
),

final as (
    select
        compared.domain_code,
        compared.uscc,
        compared.district_code,
        compared.is_present,
        compared.was_present,
        compared.listing_count,
        case
            when compared.is_present or not compared.was_present then null
            when bool_or(compared.is_present) over (partition by compared.domain_code, compared.uscc) then 'moved'
            else coalesce(ends.last_status, 'withdrawn')
        end as exit_kind
    from compared
    left join ends on compared.domain_code = ends.domain_code and compared.uscc = ends.uscc
)

select * from final
