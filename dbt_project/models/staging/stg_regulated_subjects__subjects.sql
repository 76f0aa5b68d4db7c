-- Every accepted row of every list known; which list is in force is for int_regulated__subjects to say.
with

source as (
    {{ as_known('regulated_subjects') }}
),

renamed as (
    select
        domain_code,
        enterprise_name,
        {{ row_provenance() }}
    from source
    where effective_state = 'accepted'
),

final as (
    select * from renamed
)

select * from final
