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

last_received as (
    select *
    from renamed
    qualify {{ is_last_received(['domain_code', 'uscc', 'listed_on']) }}
),

final as (
    select * exclude (operation)
    from last_received
    where operation <> 'delete'
)

select * from final
