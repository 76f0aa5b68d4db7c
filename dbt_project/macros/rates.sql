{#- Returns a share with six decimals, null where the denominator is 0: never a rate of nothing (semantics.md 6.5). -#}
{% macro rate(numerator, denominator) -%}
    round({{ numerator }} / nullif({{ denominator }}, 0), 6)
{%- endmacro %}

{#- Returns three columns: numerator, denominator, and the rate of the two (house rule: no rate without them). -#}
{% macro measured_rate(name, numerator, denominator) -%}
    {{ numerator }} as {{ name }}_numerator,
        {{ denominator }} as {{ name }}_denominator,
        {{ rate(numerator, denominator) }} as {{ name }}
{%- endmacro %}

{#- Returns one column per name: the sum, an integer whatever the order of summation. -#}
{% macro sums(columns) -%}
    {%- for column in columns -%}
    cast(sum({{ column }}) as bigint) as {{ column }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- Returns one column per name: what a left join found of it, 0 where it found nothing. -#}
{% macro or_zero(relation, columns) -%}
    {%- for column in columns -%}
    coalesce({{ relation }}.{{ column }}, 0) as {{ column }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- Returns the names of the counts of rows and cells from which the rates of coverage are made (semantics.md 6.4). -#}
{% macro row_counts() -%}
    {{ return([
        'submitted_rows', 'accepted_rows', 'datable_rows', 'timely_rows', 'required_cells', 'filled_cells',
        'assessed_rows', 'accurate_rows',
    ]) }}
{%- endmacro %}

{#- Returns the rates over rows and cells (semantics.md 6.4), each with the counts that it is made of: name, numerator,
    denominator. -#}
{% macro row_rates() -%}
    {{ return([
        ('conformity_rate', 'accepted_rows', 'submitted_rows'),
        ('timeliness_rate', 'timely_rows', 'datable_rows'),
        ('completeness_rate', 'filled_cells', 'required_cells'),
        ('accuracy_rate', 'accurate_rows', 'assessed_rows'),
    ]) }}
{%- endmacro %}
