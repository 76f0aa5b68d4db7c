{{ config(materialized='table') }}

-- Every day of the years whose holidays are known, and the running number of its working day: Monday to Friday but for
-- the exceptions of seed working_days (domain.md 6.4). A year is known once an official arrangement for it is in the seed.
with

exceptions as (
    select * from {{ policy('working_days') }}
),

years as (
    select distinct cast(year(calendar_date) as integer) as calendar_year
    from exceptions
    where not assumed
),

days as (
    select
        cast(
            unnest(generate_series(make_date(calendar_year, 1, 1), make_date(calendar_year, 12, 31), interval 1 day))
            as date
        ) as calendar_date
    from years
),

judged as (
    select
        days.calendar_date,
        coalesce(exceptions.is_working_day, isodow(days.calendar_date) < 6) as is_working_day
    from days
    left join exceptions on days.calendar_date = exceptions.calendar_date
),

final as (
    select
        calendar_date,
        is_working_day,
        cast(count(*) filter (where is_working_day) over (order by calendar_date) as integer) as working_day_no
    from judged
)

select * from final
