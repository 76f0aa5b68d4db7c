-- How an enterprise is to be inspected in a domain, and why (semantics.md 5.10): on the effective list no visit, unless a
-- national or provincial rule requires one; else by tier and credit risk class; never less than what a reason demands.
with

pairs as (
    select * from {{ ref('int_domain_enterprise__standing') }}
    where is_profile_pair
),

enterprises as (
    select * from {{ ref('int_enterprise__standing') }}
),

domains as (
    select * from {{ policy('domains') }}
),

matrix as (
    select * from {{ policy('measure_matrix') }}
),

rules as (
    select * from {{ policy('measure_rules') }}
),

rates as (
    select * from {{ policy('sampling_rates') }}
),

floors as (
    select
        rules.circumstance,
        rules.measure,
        rates.measure_rank
    from rules
    inner join rates on rules.measure = rates.measure
    where rules.effect = 'at_least'
),

starting as (
    select
        pairs.*,
        coalesce(pairs.tier, 'unrated') as matrix_tier,
        coalesce(enterprises.credit_risk_class, 'unknown') as matrix_risk_class,
        case
            when not pairs.is_on_effective_list then 'MATRIX'
            when domains.override_authority is not null then 'LISTED_BUT_VISIT_REQUIRED'
            else 'LISTED'
        end as starting_rule,
        domains.override_basis
    from pairs
    inner join domains on pairs.domain_code = domains.domain_code
    left join enterprises on pairs.uscc = enterprises.uscc
),

started as (
    select
        starting.*,
        coalesce(rules.measure, matrix.measure) as starting_measure,
        coalesce(rules.legal_basis, matrix.legal_basis) as starting_legal_basis
    from starting
    left join rules on starting.starting_rule = rules.circumstance and rules.effect = 'exactly'
    left join matrix
        on
            starting.matrix_tier = matrix.tier
            and starting.matrix_risk_class = matrix.credit_risk_class
),

ranked as (
    select
        started.*,
        rates.measure_rank as starting_rank,
        poor.measure_rank as poor_rank,
        dishonest.measure_rank as dishonest_rank,
        failed.measure_rank as failed_rank
    from started
    inner join rates on started.starting_measure = rates.measure
    left join floors as poor on started.is_public_credit_poor and poor.circumstance = 'PUBLIC_CREDIT_POOR'
    left join floors as dishonest on started.is_seriously_dishonest and dishonest.circumstance = 'SERIOUSLY_DISHONEST'
    left join floors as failed on started.is_inspection_failed and failed.circumstance = 'INSPECTION_FAILED'
),

decided as (
    select
        *,
        greatest(
            starting_rank, coalesce(poor_rank, 0), coalesce(dishonest_rank, 0), coalesce(failed_rank, 0)
        ) as measure_rank
    from ranked
),

final as (
    select
        decided.domain_code,
        decided.uscc,
        rates.measure as inspection_measure,
        rates.sampling_rate,
        case
            when decided.measure_rank = decided.starting_rank then decided.starting_rule
            when decided.measure_rank = decided.poor_rank then 'PUBLIC_CREDIT_POOR'
            when decided.measure_rank = decided.dishonest_rank then 'SERIOUSLY_DISHONEST'
            else 'INSPECTION_FAILED'
        end as measure_rule,
        case
            when decided.measure_rank = decided.starting_rank
                then case decided.starting_rule
                    when 'LISTED' then '列入正面清单，原则上不进行现场检查'
                    when 'LISTED_BUT_VISIT_REQUIRED' then '列入正面清单，但须现场检查：' || decided.override_basis
                    else
                        '信用档次' || replace(decided.matrix_tier, 'unrated', '未评')
                        || '、信用风险等级' || replace(decided.matrix_risk_class, 'unknown', '未知')
                end
            when decided.measure_rank = decided.poor_rank then '公共信用评价结果为差'
            when decided.measure_rank = decided.dishonest_rank then '属于严重失信主体'
            else '最近一次检查发现问题待处理或不配合检查'
        end as measure_basis
    from decided
    inner join rates on decided.measure_rank = rates.measure_rank
)

select * from final
