-- The due day of a period is the 10th working day of the next month (semantics.md 1.1, domain.md 6.4): working days are
-- Monday to Friday but for the exceptions of seed working_days.
with

exceptions as (
    select
        programme,
        calendar_date,
        is_working_day
    from {{ ref('working_days') }}
),

months as (
    select
        programme,
        period,
        due_on,
        cast(period || '-01' as date) + interval 1 month as month_start
    from {{ ref('reporting_calendar') }}
),

days as (
    select
        months.programme,
        months.period,
        months.due_on,
        cast(
            unnest(generate_series(months.month_start, months.month_start + interval 27 day, interval 1 day)) as date
        ) as day
    from months
),

working as (
    select
        days.programme,
        days.period,
        days.due_on,
        days.day,
        row_number() over (partition by days.programme, days.period order by days.day) as working_day
    from days
    left join exceptions on days.programme = exceptions.programme and days.day = exceptions.calendar_date
    where coalesce(exceptions.is_working_day, isodow(days.day) < 6)
)

select
    programme,
    period,
    due_on,
    day as tenth_working_day
from working
where working_day = 10 and day <> due_on
