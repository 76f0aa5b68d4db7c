{{ config(materialized='table') }}

-- The latest public credit evaluation per enterprise dated up to the reference date (semantics.md 5.4). A grade that
-- vetoes does so for the seeded months after the evaluation, the last day included; from then on it is stale.
with

evaluations as (
    select * from {{ ref('stg_public_credit_evaluation__evaluations') }}
),

this_close as (
    select * from {{ ref('base_meta__close') }}
),

policies as (
    select * from {{ policy('list_policies') }}
),

scales as (
    select * from {{ policy('grade_scales') }}
),

latest as (
    select
        evaluations.*,
        this_close.reference_date,
        {{ months_later('evaluations.evaluated_on', 'policies.public_veto_months') }} as veto_until
    from evaluations
    cross join this_close
    cross join policies
    where evaluations.evaluated_on <= this_close.reference_date
    qualify row_number() over (partition by evaluations.uscc order by evaluations.evaluated_on desc) = 1
),

final as (
    select
        latest.uscc,
        latest.grade,
        latest.scale_id,
        latest.score,
        latest.evaluated_on,
        case when scales.is_veto then latest.veto_until end as veto_until,
        latest.reference_date > latest.veto_until as is_stale,
        coalesce(scales.is_veto, false) and latest.reference_date <= latest.veto_until as is_poor,
        latest.enterprise_name,
        latest.submission_id,
        latest.submission_sha256,
        latest.row_id,
        latest.received_at,
        latest.known_at
    from latest
    left join scales on latest.scale_id = scales.scale_id and latest.grade = scales.grade
)

select * from final
