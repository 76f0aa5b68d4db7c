-- Fails for each department whose figures of the closed period are not those of its domains, of its rows without a
-- domain, and of catalogues 4 and 5 together (semantics 6.3).
{%- set counts = {
    'submitted_rows': 'submitted_rows',
    'accepted_rows': 'accepted_rows',
    'timeliness_rate_numerator': 'timely_rows',
    'timeliness_rate_denominator': 'datable_rows',
    'completeness_rate_numerator': 'filled_cells',
    'completeness_rate_denominator': 'required_cells',
    'accuracy_rate_numerator': 'accurate_rows',
    'accuracy_rate_denominator': 'assessed_rows',
} %}

with

this_close as (
    select period from {{ ref('base_meta__close') }}
),

parts as (
    select
        domains.department_code,
        domains.due_feed_count,
        domains.reported_feed_count,
        {%- for mart_column in counts %}
        domains.{{ mart_column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('coverage_domain_period') }} as domains
    inner join this_close on domains.period = this_close.period
    union all
    select
        department_code,
        0 as due_feed_count,
        0 as reported_feed_count,
        {%- for mart_column, row_column in counts.items() %}
        {{ row_column }} as {{ mart_column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_coverage__rows') }}
    where domain_code is null
    union all
    select
        obligations.department_code,
        obligations.is_due::bigint as due_feed_count,
        (obligations.is_due and obligations.is_reported)::bigint as reported_feed_count,
        {%- for mart_column in counts %}
        0 as {{ mart_column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('coverage_obligations') }} as obligations
    inner join this_close on obligations.period = this_close.period
    where obligations.domain_code is null
),

sums as (
    select
        department_code,
        cast(sum(due_feed_count) as bigint) as due_feed_count,
        cast(sum(reported_feed_count) as bigint) as reported_feed_count,
        {%- for mart_column in counts %}
        cast(sum({{ mart_column }}) as bigint) as {{ mart_column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from parts
    group by department_code
),

departments as (
    select
        departments.department_code,
        departments.due_feed_count,
        departments.reported_feed_count,
        {%- for mart_column in counts %}
        departments.{{ mart_column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('coverage_department_period') }} as departments
    inner join this_close on departments.period = this_close.period
),

final as (
    (select * from sums except select * from departments)
    union all
    (select * from departments except select * from sums)
)

select * from final
