{{ config(materialized='table') }}

-- Per domain and enterprise everything that the lists and the measures rest on: current evaluation, place on the
-- department's list, and each reason against it (semantics.md 5.7, 5.12). Pairs that were on the effective list of the
-- former close are here too (is_profile_pair false if nothing else knows them), so that their removal can be explained.
with

evaluations as (
    select * from {{ ref('int_evaluation__current') }}
),

entries as (
    select * from {{ ref('int_positive_list__entries') }}
    where is_in_force
),

subjects as (
    select * from {{ ref('int_regulated__subjects') }}
    where is_in_force
),

dishonesty as (
    select * from {{ ref('int_dishonesty__status') }}
),

former_list as (
    select
        former.domain_code,
        former.uscc
    from {{ ref('base_closes__positive_list') }} as former
    inner join {{ ref('base_meta__close') }} as this_close on former.period = this_close.previous_period
    where former.is_effective
),

inspections as (
    select * from {{ ref('int_domain_enterprise__inspection') }}
),

enterprises as (
    select * from {{ ref('int_enterprise__standing') }}
),

policies as (
    select * from {{ policy('list_policies') }}
),

mentions as (
    select
        domain_code,
        uscc,
        true as is_profile_pair
    from evaluations
    union all
    select
        domain_code,
        uscc,
        published_on_held is not null as is_profile_pair
    from entries
    union all
    select
        domain_code,
        uscc,
        true as is_profile_pair
    from subjects
    union all
    select
        domain_code,
        uscc,
        true as is_profile_pair
    from dishonesty
    union all
    select
        domain_code,
        uscc,
        false as is_profile_pair
    from former_list
),

pairs as (
    select
        domain_code,
        uscc,
        bool_or(is_profile_pair) as is_profile_pair
    from mentions
    group by domain_code, uscc
),

joined as (
    select
        pairs.domain_code,
        pairs.uscc,
        pairs.is_profile_pair,
        evaluations.evaluated_on,
        evaluations.evaluation_valid_to,
        coalesce(evaluations.is_current, false) as is_evaluation_current,
        case when evaluations.is_current then evaluations.grade end as grade,
        case when evaluations.is_current then evaluations.scale_id end as scale_id,
        case when evaluations.is_current then evaluations.score end as score,
        case when evaluations.is_current then evaluations.tier end as tier,
        case when evaluations.is_current then evaluations.is_neutral end as is_neutral,
        entries.uscc is not null as is_on_department_list,
        coalesce(entries.published_on_held is not null, false) as is_listed_by_department,
        subjects.uscc is not null as is_regulated,
        inspections.inspected_on,
        inspections.result_group,
        coalesce(enterprises.is_public_credit_poor, false) as is_public_credit_poor,
        coalesce(enterprises.is_seriously_dishonest, false) as is_seriously_dishonest,
        coalesce(enterprises.is_ended, false) as is_deregistered,
        coalesce(
            evaluations.is_current
            and {{ tier_rank('evaluations.tier') }} > {{ tier_rank('policies.threshold_tier') }},
            false
        ) as is_grade_below_threshold,
        coalesce(inspections.is_failed, false) as is_inspection_failed,
        policies.ineligible_effect
    from pairs
    cross join policies
    left join evaluations on pairs.domain_code = evaluations.domain_code and pairs.uscc = evaluations.uscc
    left join entries on pairs.domain_code = entries.domain_code and pairs.uscc = entries.uscc
    left join subjects on pairs.domain_code = subjects.domain_code and pairs.uscc = subjects.uscc
    left join inspections on pairs.domain_code = inspections.domain_code and pairs.uscc = inspections.uscc
    left join enterprises on pairs.uscc = enterprises.uscc
),

judged as (
    select
        * exclude (ineligible_effect),
        list_filter([
            case when is_public_credit_poor then 'PUBLIC_CREDIT_POOR' end,
            case when is_seriously_dishonest then 'SERIOUSLY_DISHONEST' end,
            case when is_deregistered then 'DEREGISTERED' end,
            case when is_grade_below_threshold then 'GRADE_BELOW_THRESHOLD' end,
            case when is_inspection_failed then 'INSPECTION_FAILED' end
        ], lambda reason: reason is not null) as reasons,
        case
            when not is_listed_by_department then null
            when is_public_credit_poor or is_seriously_dishonest then 'vetoed'
            when is_deregistered or is_grade_below_threshold or is_inspection_failed then 'ineligible'
            else 'listed'
        end as list_status,
        ineligible_effect
    from joined
),

final as (
    select
        * exclude (ineligible_effect),
        coalesce(
            list_status = 'listed' or (list_status = 'ineligible' and ineligible_effect = 'advise'), false
        ) as is_on_effective_list
    from judged
)

select * from final
