-- One row per warning and enterprise concerned (domain.md 14). A person is shown by a hash of the keyed hash only.
with

warnings as (
    select * from {{ ref('int_warning__shared') }}
    union all by name
    select * from {{ ref('int_warning__untraceable') }}
),

enterprises as (
    select * from {{ ref('int_enterprise__standing') }}
),

final as (
    select
        warnings.warning_type,
        case
            when warnings.warning_type = 'multi_firm_person'
                then 'person:' || substr(sha256(warnings.subject_key), 1, 16)
            else warnings.subject_key
        end as subject_key,
        warnings.uscc,
        warnings.raised_on,
        warnings.evidence_count,
        warnings.level,
        warnings.measure,
        warnings.threshold_value as threshold,
        warnings.conf,
        warnings.legal_basis,
        enterprises.enterprise_name,
        enterprises.district_code
    from warnings
    inner join enterprises on warnings.uscc = enterprises.uscc
)

select * from final
