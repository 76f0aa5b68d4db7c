-- Fails if the closed period is due for somebody and seed reporting_calendar does not say when: beyond its last year
-- the calendar has to be written on, or nothing would ever be late.
select this_close.period
from {{ ref('base_meta__close') }} as this_close
left join {{ policy('reporting_calendar') }} as calendar on this_close.period = calendar.period
where
    calendar.due_on is null
    and exists (
        select 1 from {{ policy('domains') }} as domains
        where domains.due_from <= this_close.period
    )
