-- The names that the registry knows for an enterprise, present and former, in the form in which names are compared.
with

registry as (
    select * from {{ ref('stg_enterprise_registry__enterprises') }}
),

former as (
    select
        uscc,
        unnest(former_names) as former_name
    from registry
),

final as (
    select
        uscc,
        name_norm,
        true as is_present
    from registry
    union
    select
        uscc,
        {{ comparable_name('former_name') }} as name_norm,
        false as is_present
    from former
    where former_name is not null
)

select * from final
