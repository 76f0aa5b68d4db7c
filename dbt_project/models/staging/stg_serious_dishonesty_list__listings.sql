-- Every accepted row of every list known; which list is in force is for int_dishonesty__listings to say.
with

source as (
    {{ as_known('serious_dishonesty_list') }}
),

renamed as (
    select
        domain_code,
        enterprise_name,
        published_on,
        listing_reason,
        removed_on,
        removal_reason,
        decision_department,
        decision_doc_no,
        remarks,
        {{ row_provenance() }}
    from source
    where effective_state = 'accepted'
),

final as (
    select * from renamed
)

select * from final
