-- Which item of a department's reports every known row is about, so that a row sent again is recognised as the same
-- item: the record, else enterprise (or task) with the remaining key of the feed (design.md 3).
-- A view: each reader scans only the columns and batches that it needs.
{{ config(materialized='view') }}

{#- feed, its domain, whom or what it is about, the rest of its business key -#}
{%- set feeds = [
    ('evaluation_results', 'domain_code', 'effective_uscc', 'evaluated_on::varchar'),
    ('positive_list', 'domain_code', 'effective_uscc', "''"),
    ('serious_dishonesty_list', 'domain_code', 'effective_uscc', 'published_on::varchar'),
    (
        'inspection_results', "''", 'coalesce(effective_uscc, counterpart_person_key)',
        "task_no || '|' || inspected_on::varchar || '|' || inspecting_authority_code"
    ),
    ('inspection_tasks', "''", 'task_no', "''"),
    ('enterprise_registry', "''", 'effective_uscc', "''"),
    ('public_credit_evaluation', "''", 'effective_uscc', 'evaluated_on::varchar'),
    ('regulated_subjects', 'domain_code', 'effective_uscc', "''"),
    ('credit_repair', 'domain_code', 'effective_uscc', 'listed_on::varchar'),
] %}

with

{% for feed, domain_code, subject_code, key_text in feeds -%}
known_{{ feed }} as (
    {{ as_known(feed) }}
),

{% endfor -%}

final as (
    {%- for feed, domain_code, subject_code, key_text in feeds %}
    select
        '{{ feed }}' as feed,
        _submission_id as submission_id,
        _row_id as row_id,
        department_code,
        submission_period as period,
        _received_at as received_at,
        submission_received_at,
        submission_sha256 as sha256,
        _record_id as record_id,
        {{ domain_code }} as domain_code,
        {{ subject_code }} as subject_code,
        name_norm,
        {{ key_text }} as key_text,
        row_state as first_state,
        effective_state
    from known_{{ feed }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from final
