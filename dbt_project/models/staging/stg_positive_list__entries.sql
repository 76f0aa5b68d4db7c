-- Every accepted row of every list known; which list is in force is for int_positive_list__entries to say.
with

source as (
    {{ as_known('positive_list') }}
),

renamed as (
    select
        domain_code,
        enterprise_name,
        published_on,
        remarks,
        {{ row_provenance() }}
    from source
    where effective_state = 'accepted'
),

final as (
    select * from renamed
)

select * from final
