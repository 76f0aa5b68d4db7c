-- Whoever entered and did not leave is on the list, nobody else: over all periods, entries less exits of a domain and
-- enterprise are 1 if it is on the effective list of this close, else 0 (semantics.md 5.8).
with

changes as (
    select
        domain_code,
        uscc,
        case change when 'added' then 1 else -1 end as step
    from {{ ref('positive_list_changes') }}
),

entries as (
    select
        domain_code,
        uscc,
        -1 as step
    from {{ ref('positive_list') }}
    where is_effective
),

steps as (
    select * from changes
    union all
    select * from entries
)

select
    domain_code,
    uscc,
    sum(step) as difference
from steps
group by domain_code, uscc
having sum(step) <> 0
