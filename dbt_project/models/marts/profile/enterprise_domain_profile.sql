-- One row per enterprise and domain that an evaluation, a list in force, a regulated-subject list or a dishonesty listing
-- connects (semantics.md 5.12).
with

standing as (
    select * from {{ ref('int_domain_enterprise__standing') }}
    where is_profile_pair
),

measures as (
    select * from {{ ref('int_domain_enterprise__measure') }}
),

enterprises as (
    select * from {{ ref('int_enterprise__standing') }}
),

domains as (
    select * from {{ policy('domains') }}
),

score_ranges as (
    select * from {{ ref('int_grade__score_ranges') }}
),

final as (
    select
        standing.uscc,
        standing.domain_code,
        standing.grade,
        standing.scale_id,
        standing.tier,
        standing.score,
        standing.evaluated_on,
        standing.evaluation_valid_to,
        standing.is_on_effective_list as on_positive_list,
        measures.inspection_measure,
        measures.sampling_rate,
        measures.measure_basis,
        measures.measure_rule,
        case
            when standing.evaluated_on is null then 'none'
            when standing.is_evaluation_current then 'current'
            else 'expired'
        end as evaluation_state,
        standing.is_neutral as is_neutral_grade,
        standing.list_status as positive_list_status,
        standing.reasons,
        standing.is_regulated,
        standing.is_deregistered as is_registration_ended,
        enterprises.enterprise_name,
        domains.domain_name,
        domains.department_code,
        -- Null where there is no score or the scale has none to compare with.
        case
            when standing.score is null or score_ranges.score_min is null then null
            when score_ranges.is_direct and standing.score >= score_ranges.score_min then false
            when standing.score < score_ranges.score_min then true
            when score_ranges.is_max_included then standing.score > score_ranges.score_max
            else standing.score >= score_ranges.score_max
        end as is_score_contradicting
    from standing
    inner join measures on standing.domain_code = measures.domain_code and standing.uscc = measures.uscc
    inner join enterprises on standing.uscc = enterprises.uscc
    inner join domains on standing.domain_code = domains.domain_code
    left join score_ranges on standing.scale_id = score_ranges.scale_id and standing.grade = score_ranges.grade
)

select * from final
