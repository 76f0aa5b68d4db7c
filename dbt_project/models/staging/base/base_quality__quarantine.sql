-- Rows still in quarantine at as_of: neither accepted later nor replaced by a correction.
with

source as (
    select * from {{ source('quality', 'quarantine') }}
),

submissions as (
    select * from {{ ref('base_quality__submissions') }}
),

decisions as (
    select * from {{ ref('base_quality__row_decisions') }}
),

final as (
    select
        source.submission_id,
        source.row_id,
        submissions.feed,
        submissions.department_code,
        submissions.period,
        submissions.received_at,
        source.domain_code,
        source.uscc,
        source.name_norm,
        source.rule_ids
    from source
    inner join submissions on source.submission_id = submissions.submission_id
    left join decisions on source.submission_id = decisions.submission_id and source.row_id = decisions.row_id
    where decisions.row_id is null
)

select * from final
