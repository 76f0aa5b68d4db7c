{#- Returns a subquery: the rows of a seed that hold for the programme at the close's reference date (design.md 12). -#}
{% macro policy(seed) -%}
    (
        select policy_row.*
        from {{ ref(seed) }} as policy_row
        inner join {{ ref('base_meta__close') }} as policy_close
            on
                policy_row.programme = policy_close.programme
                and policy_row.valid_from <= policy_close.reference_date
                and (policy_row.valid_to is null or policy_row.valid_to >= policy_close.reference_date)
    )
{%- endmacro %}

{#- Returns the rank of a tier, 1 best: tiers are letters A best to D worst (domain.md 5.2), so order is the alphabet's. -#}
{% macro tier_rank(tier) -%}
    (ascii({{ tier }}) - 64)
{%- endmacro %}
