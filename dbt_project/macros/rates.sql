{#- Returns a share with six decimals, null where the denominator is 0: never a rate of nothing (semantics.md 6.5). -#}
{% macro rate(numerator, denominator) -%}
    round({{ numerator }} / nullif({{ denominator }}, 0), 6)
{%- endmacro %}
