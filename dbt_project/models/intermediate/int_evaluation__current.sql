{{ config(materialized='table') }}

-- The latest evaluation per domain and enterprise dated up to the reference date, and whether it still holds
-- (semantics.md 5.1 to 5.3). An expired one is kept to be shown as such; it counts for nothing.
with

evaluations as (
    select * from {{ ref('stg_evaluation_results__evaluations') }}
),

this_close as (
    select * from {{ ref('base_meta__close') }}
),

domains as (
    select * from {{ policy('domains') }}
),

scales as (
    select * from {{ policy('grade_scales') }}
),

latest as (
    select
        evaluations.*,
        this_close.reference_date
    from evaluations
    cross join this_close
    where evaluations.evaluated_on <= this_close.reference_date
    qualify row_number() over (
        partition by evaluations.domain_code, evaluations.uscc
        order by evaluations.evaluated_on desc
    ) = 1
),

dated as (
    select
        latest.*,
        case
            when latest.is_open_ended then null
            else coalesce(
                latest.valid_to, {{ months_later('latest.evaluated_on', 'domains.evaluation_months') }}
            )
        end as evaluation_valid_to
    from latest
    inner join domains on latest.domain_code = domains.domain_code
),

final as (
    select
        dated.domain_code,
        dated.uscc,
        dated.evaluated_on,
        dated.evaluation_valid_to,
        dated.is_open_ended,
        dated.evaluation_valid_to is null or dated.evaluation_valid_to >= dated.reference_date as is_current,
        dated.grade,
        dated.scale_id,
        dated.score,
        scales.tier,
        coalesce(scales.is_neutral, false) as is_neutral,
        dated.enterprise_name,
        dated.submission_id,
        dated.submission_sha256,
        dated.row_id,
        dated.received_at,
        dated.known_at
    from dated
    left join scales on dated.scale_id = scales.scale_id and dated.grade = scales.grade
)

select * from final
