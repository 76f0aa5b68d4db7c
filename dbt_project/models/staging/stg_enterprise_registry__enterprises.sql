{{ config(materialized='table') }}

-- One row per enterprise: the last received, withdrawn ones left out. A table: many models read it.
with

source as (
    {{ as_known('enterprise_registry') }}
),

renamed as (
    select
        enterprise_name,
        registration_no,
        organisation_code,
        registration_status,
        district_code,
        registered_address,
        legal_representative_name,
        credit_risk_class,
        former_names,
        established_on,
        approved_on,
        coalesce(_operation, 'upsert') as operation,
        {{ row_provenance() }}
    from source
    where effective_state = 'accepted'
),

final as (
    {{ last_received('renamed', ['uscc']) }}
)

select * from final
