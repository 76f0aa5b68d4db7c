-- One row per listing that a repair decision is about: the last received, withdrawn ones left out.
with

source as (
    {{ as_known('credit_repair') }}
),

renamed as (
    select
        domain_code,
        enterprise_name,
        listed_on,
        repaired_on,
        decision,
        coalesce(_operation, 'upsert') as operation,
        {{ row_provenance() }}
    from source
    where effective_state = 'accepted'
),

final as (
    {{ last_received('renamed', ['domain_code', 'uscc', 'listed_on']) }}
)

select * from final
