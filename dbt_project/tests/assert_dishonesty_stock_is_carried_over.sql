-- Fails for each period, domain and district whose stock is not that of the period before plus inflow less outflow, with
-- the stock as that period itself published it (semantics.md 1.5); before the first period there was none.
with

dynamics as (
    select * from {{ ref('dishonesty_dynamics') }}
),

periods as (
    select
        period,
        lag(period) over (order by period) as former_period
    from (select distinct period from dynamics) as closed
),

expected as (
    select
        dynamics.period,
        dynamics.domain_code,
        dynamics.district_code,
        coalesce(former.stock, 0) + dynamics.inflow - dynamics.outflow as stock
    from dynamics
    inner join periods on dynamics.period = periods.period
    left join dynamics as former
        on
            periods.former_period = former.period
            and dynamics.domain_code = former.domain_code
            and dynamics.district_code = former.district_code
),

-- Whoever was counted has to be carried on, in the same place.
dropped as (
    select
        periods.period,
        former.domain_code,
        former.district_code,
        former.stock
    from dynamics as former
    inner join periods on former.period = periods.former_period
    anti join dynamics
        on
            periods.period = dynamics.period
            and former.domain_code = dynamics.domain_code
            and former.district_code = dynamics.district_code
    where former.stock > 0
)

select expected.*
from expected
inner join dynamics
    on
        expected.period = dynamics.period
        and expected.domain_code = dynamics.domain_code
        and expected.district_code = dynamics.district_code
where expected.stock <> dynamics.stock
union all
select * from dropped
