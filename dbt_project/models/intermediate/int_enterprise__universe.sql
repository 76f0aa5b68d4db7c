{{ config(materialized='table') }}

-- One row per enterprise that any accepted row is about, whatever feeds know it; natural persons never.
-- The registry's name and facts where it knows the enterprise, else the name last reported.
{%- set feeds = {
    'enterprise_registry': 'stg_enterprise_registry__enterprises',
    'public_credit_evaluation': 'stg_public_credit_evaluation__evaluations',
    'evaluation_results': 'stg_evaluation_results__evaluations',
    'positive_list': 'int_positive_list__entries',
    'serious_dishonesty_list': 'int_dishonesty__listings',
    'regulated_subjects': 'int_regulated__subjects',
    'inspection_results': 'stg_inspection_results__inspections',
    'credit_repair': 'stg_credit_repair__repairs',
} %}

with

registry as (
    select * from {{ ref('stg_enterprise_registry__enterprises') }}
),

reported as (
    {% for feed, model in feeds.items() %}
    select
        uscc,
        '{{ feed }}' as feed,
        max(received_at) as last_received_at,
        arg_max(
            {{ 'counterpart_name' if feed == 'inspection_results' else 'enterprise_name' }},
            (received_at, submission_sha256, row_id)
        ) as enterprise_name
    from {{ ref(model) }}
    where uscc is not null
    group by uscc
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

enterprises as (
    select
        uscc,
        list_sort(list(feed)) as known_by_feeds,
        arg_max(enterprise_name, (last_received_at, feed)) as last_reported_name
    from reported
    group by uscc
),

final as (
    select
        enterprises.uscc,
        coalesce(registry.enterprise_name, enterprises.last_reported_name) as enterprise_name,
        registry.uscc is not null as is_in_registry,
        registry.registration_status,
        registry.credit_risk_class,
        -- Where the registry is silent, the area that registered the code: characters 3 to 8 (GB 32100-2015).
        coalesce(registry.district_code, substr(enterprises.uscc, 3, 6)) as district_code,
        registry.district_code is not null as is_district_from_registry,
        registry.registered_address,
        registry.legal_representative_name,
        registry.established_on,
        enterprises.known_by_feeds,
        registry.submission_id as registry_submission_id,
        registry.received_at as registry_received_at,
        registry.known_at as registry_known_at
    from enterprises
    left join registry on enterprises.uscc = registry.uscc
)

select * from final
