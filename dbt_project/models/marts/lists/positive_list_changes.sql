-- Every entry to and exit from the effective positive lists, period by period. Former periods stand as they were last
-- closed (semantics.md 1.5, 5.8).
with

former as (
    select * from {{ ref('base_closes__positive_list_changes') }}
),

changes as (
    select * from {{ ref('int_positive_list__changes') }}
),

enterprises as (
    select * from {{ ref('int_enterprise__standing') }}
),

reasons as (
    select * from {{ policy('reason_codes') }}
),

present as (
    select
        changes.domain_code,
        changes.uscc,
        changes.changed_on,
        changes.change,
        changes.reason_code,
        changes.submission_id,
        changes.period,
        enterprises.enterprise_name,
        reasons.reason_zh,
        changes.other_reasons,
        changes.is_caused_by_time
    from changes
    left join enterprises on changes.uscc = enterprises.uscc
    inner join reasons on changes.reason_code = reasons.reason_code
),

final as (
    select * from former
    union all by name
    select * from present
)

select * from final
