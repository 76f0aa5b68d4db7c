-- Every row that any department ever sent, whatever became of it: coverage counts them and nothing is lost.
-- A view: each reader scans only the columns and batches that it needs.
{{ config(materialized='view') }}

{%- set feeds = [
    ('evaluation_results', 'enterprise_name', 'uscc'),
    ('positive_list', 'enterprise_name', 'uscc'),
    ('serious_dishonesty_list', 'enterprise_name', 'uscc'),
    ('inspection_results', 'counterpart_name', 'counterpart_code'),
    ('inspection_tasks', none, none),
    ('enterprise_registry', 'enterprise_name', 'uscc'),
    ('public_credit_evaluation', 'enterprise_name', 'uscc'),
    ('regulated_subjects', 'enterprise_name', 'uscc'),
    ('credit_repair', 'enterprise_name', 'uscc'),
] %}

with parameters as (
    select * from {{ ref('base_meta__close') }}
),

received as (
    {%- for feed, name_column, code_column in feeds %}
    select
        '{{ feed }}' as feed,
        _submission_id as submission_id,
        _row_id as row_id,
        _source_file as source_file,
        _sheet as sheet,
        _row_number as row_number,
        case when is_own_domain then domain_code end as own_domain_code,
        {{ name_column if name_column else 'null::varchar' }} as name_text,
        {{ code_column ~ '__text' if code_column else 'null::varchar' }} as code_text,
        name_norm,
        resolved_uscc,
        -- A task is about no enterprise: it has none to be matched.
        {{ 'match_method' if code_column else 'null::varchar' }} as match_method,
        is_check_ok,
        required_cells,
        required_filled,
        row_state,
        rule_ids
    from {{ source('raw', feed) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

decisions as (
    select * from {{ ref('base_quality__row_decisions') }}
),

-- Accepted once is accepted: a correction that replaces the row changes no count of the first file (semantics 4.3).
accepted_later as (
    select distinct
        decisions.submission_id,
        decisions.row_id
    from {{ source('quality', 'row_decisions') }} as decisions
    cross join parameters
    where decisions.row_state = 'accepted' and decisions.decided_at <= parameters.as_of
),

final as (
    select
        received.feed,
        received.submission_id,
        received.row_id,
        received.source_file,
        received.sheet,
        received.row_number,
        received.own_domain_code,
        received.name_text,
        received.code_text,
        received.name_norm,
        coalesce(decisions.uscc, received.resolved_uscc) as uscc,
        coalesce(decisions.match_method, received.match_method) as match_method,
        received.is_check_ok,
        received.required_cells,
        received.required_filled,
        coalesce(decisions.row_state, received.row_state) as row_state,
        received.row_state = 'accepted' or accepted_later.row_id is not null as is_accepted,
        received.rule_ids
    from received
    left join decisions
        on received.submission_id = decisions.submission_id and received.row_id = decisions.row_id
    left join accepted_later
        on received.submission_id = accepted_later.submission_id and received.row_id = accepted_later.row_id
)

select * from final
