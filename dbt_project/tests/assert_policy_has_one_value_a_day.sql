-- Rows of one key in a seed never hold on the same day: a policy has one value on one day (design.md 5). One test for all
-- seeds, because every close runs it.
{%- set keys = {
    'areas': ['area_code'],
    'address_words': ['word'],
    'candidate_policies': [],
    'catalogue_due': ['feed'],
    'departments': ['department_code'],
    'direct_grades': ['scale_id', 'grade'],
    'domain_scales': ['domain_code', 'scale_id'],
    'domains': ['domain_code'],
    'draw_policies': [],
    'grade_aliases': ['scale_id', 'alias'],
    'grade_scales': ['scale_id', 'grade'],
    'inspecting_authorities': ['authority_name'],
    'inspection_forms': ['inspection_form'],
    'inspection_methods': ['method'],
    'inspection_result_groups': ['result'],
    'list_policies': [],
    'list_terms': ['domain_code'],
    'measure_matrix': ['tier', 'credit_risk_class'],
    'measure_rules': ['circumstance'],
    'notice_issuers': [],
    'notice_thresholds': ['threshold'],
    'onsite_limits': ['department_code', 'measure'],
    'reason_codes': ['reason_code'],
    'registration_statuses': ['registration_status'],
    'repair_policies': [],
    'repair_terms': ['severity_class', 'domain_code'],
    'reporting_calendar': ['period'],
    'sampling_rates': ['measure'],
    'score_weights': ['component'],
    'severity_rules': ['severity_rank'],
    'warning_results': ['warning_type', 'result'],
    'warning_thresholds': ['warning_type', 'measure', 'level'],
    'working_days': ['calendar_date'],
} %}

with

policies as (
    {% for seed, columns in keys.items() %}
    select
        '{{ seed }}' as seed,
        programme,
        concat_ws(
            '|', ''{% for column in columns %}, {{ column }}{% endfor %}
        ) as policy_key,
        valid_from,
        coalesce(valid_to, date '9999-12-31') as valid_to
    from {{ ref(seed) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

compared as (
    select
        *,
        lag(valid_to) over (partition by seed, programme, policy_key order by valid_from, valid_to) as former_valid_to
    from policies
)

select
    seed,
    programme,
    policy_key,
    valid_from,
    former_valid_to
from compared
where valid_from <= former_valid_to or valid_to < valid_from
