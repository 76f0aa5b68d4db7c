{{ config(materialized='table') }}

-- One row per enterprise that any accepted row is about, whatever feeds know it; natural persons never.
-- The registry's name and facts where it knows the enterprise, else the name last reported (of an inspection: by its day).
{%- set feeds = [
    ('credit_repair', 'stg_credit_repair__repairs'),
    ('enterprise_registry', 'stg_enterprise_registry__enterprises'),
    ('evaluation_results', 'int_evaluation__current'),
    ('inspection_results', 'int_inspection__latest'),
    ('positive_list', 'int_positive_list__entries'),
    ('public_credit_evaluation', 'int_public_credit__current'),
    ('regulated_subjects', 'int_regulated__subjects'),
    ('serious_dishonesty_list', 'int_dishonesty__listings'),
] %}

with

registry as (
    select * from {{ ref('stg_enterprise_registry__enterprises') }}
),

-- A bit per feed: a list per enterprise and feed would be as large as all feeds together.
mentions as (
    {% for feed, model in feeds %}
    select
        uscc,
        {{ 2 ** loop.index0 }} as feed_bit
    from {{ ref(model) }}
    where uscc is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

known as (
    select
        uscc,
        bit_or(feed_bit) as feed_bits
    from mentions
    group by uscc
),

reported_names as (
    {% for feed, model in feeds if feed != 'enterprise_registry' %}
    select
        uscc,
        {% if feed == 'inspection_results' -%}
        counterpart_name as enterprise_name,
        cast(inspected_on as timestamp) as reported_at,
        submission_id as tie_breaker,
        {%- else -%}
        enterprise_name,
        received_at as reported_at,
        submission_sha256 as tie_breaker,
        {%- endif %}
        row_id
    from {{ ref(model) }}
    where uscc is not null and uscc not in (select registry.uscc from registry)
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

last_reported as (
    select
        uscc,
        arg_max(enterprise_name, (reported_at, tie_breaker, row_id)) as enterprise_name
    from reported_names
    group by uscc
),

final as (
    select
        known.uscc,
        coalesce(registry.enterprise_name, last_reported.enterprise_name) as enterprise_name,
        registry.uscc is not null as is_in_registry,
        registry.registration_status,
        registry.credit_risk_class,
        -- Where the registry is silent, the area that registered the code: characters 3 to 8 (GB 32100-2015).
        coalesce(registry.district_code, substr(known.uscc, 3, 6)) as district_code,
        registry.district_code is not null as is_district_from_registry,
        registry.established_on,
        list_filter([
            {% for feed, _ in feeds -%}
            case when known.feed_bits & {{ 2 ** loop.index0 }} > 0 then '{{ feed }}' end{{ ',' if not loop.last }}
            {% endfor -%}
        ], lambda feed: feed is not null) as known_by_feeds,
        registry.submission_id as registry_submission_id,
        registry.received_at as registry_received_at,
        registry.known_at as registry_known_at
    from known
    left join registry on known.uscc = registry.uscc
    left join last_reported on known.uscc = last_reported.uscc
)

select * from final
