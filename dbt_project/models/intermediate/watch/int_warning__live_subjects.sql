{{ config(materialized='table') }}

-- Registered enterprises that have not ended: where they are registered, who represents them, since when. The person is
-- known by the keyed hash of the number given at the latest inspection that gave one; a name alone never tells who it is.
with

registry as (
    select * from {{ ref('stg_enterprise_registry__enterprises') }}
),

statuses as (
    select * from {{ policy('registration_statuses') }}
),

this_close as (
    select * from {{ ref('base_meta__close') }}
),

words as (
    select
        coalesce(string_agg(word, '|' order by length(word) desc, word asc) filter (where treatment = 'leading'), '$^')
            as leading_words,
        coalesce(string_agg(word, '|' order by word) filter (where treatment = 'exempt'), '$^') as exempt_words
    from {{ policy('address_words') }}
),

persons as (
    select
        inspections.uscc,
        arg_max(
            inspections.legal_representative_person_key, (inspections.inspected_on, inspections.inspection_id)
        ) as person_key
    from {{ ref('int_inspection__latest') }} as inspections
    cross join this_close
    where
        inspections.uscc is not null
        and inspections.legal_representative_person_key is not null
        and inspections.inspected_on <= this_close.reference_date
    group by inspections.uscc
),

final as (
    select
        registry.uscc,
        case
            when not regexp_matches(registry.registered_address, words.exempt_words)
                then {{ comparable_address('registered_address', 'words.leading_words') }}
        end as address_key,
        persons.person_key,
        registry.established_on,
        -- The day since when the enterprise is as it is: its last approval, else its beginning, else when we heard of it.
        least(
            coalesce(
                registry.approved_on, registry.established_on, {{ local_date('registry.received_at') }}
            ),
            this_close.reference_date
        ) as since_on,
        this_close.reference_date
    from registry
    cross join this_close
    cross join words
    left join statuses on registry.registration_status = statuses.registration_status
    left join persons on registry.uscc = persons.uscc
    where
        not coalesce(statuses.is_ended, false)
        and (registry.established_on is null or registry.established_on <= this_close.reference_date)
)

select * from final
