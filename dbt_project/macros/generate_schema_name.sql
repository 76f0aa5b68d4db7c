{#- Returns the schema as configured, literally: one deployment has one set of schemas (design.md 5). -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
