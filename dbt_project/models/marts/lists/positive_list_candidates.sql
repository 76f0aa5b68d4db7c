-- Enterprises that a department could list: tier A, nothing against them, not on its list in force (semantics.md 5.9).
with

standing as (
    select * from {{ ref('int_domain_enterprise__standing') }}
),

enterprises as (
    select * from {{ ref('int_enterprise__standing') }}
),

domains as (
    select * from {{ policy('domains') }}
),

final as (
    select
        standing.domain_code,
        standing.uscc,
        standing.tier,
        standing.evaluated_on,
        enterprises.enterprise_name,
        domains.domain_name,
        domains.department_code,
        standing.grade,
        standing.scale_id,
        standing.evaluation_valid_to,
        standing.is_regulated
    from standing
    inner join enterprises on standing.uscc = enterprises.uscc
    inner join domains on standing.domain_code = domains.domain_code
    where
        standing.tier = 'A'
        and not standing.is_neutral
        and len(standing.reasons) = 0
        and not standing.is_on_department_list
)

select * from final
