{#- The recipe of a draw (semantics.md 5.11), the one home of what is hashed. It is published with the draws, so that
    anyone can draw again: exports/draw_recipe.py holds the same in Python, and a test compares the two. -#}

{#- Returns the aggregate that freezes a population: sha256, hex, over 'uscc,measure' of everybody who takes part, in the
    order of uscc, one line each. -#}
{% macro population_hash(uscc, measure) -%}
    sha256(string_agg({{ uscc }} || ',' || {{ measure }}, chr(10) order by {{ uscc }}))
{%- endmacro %}

{#- Returns the seed of a draw: sha256, hex, of programme, domain, period and population hash; of a draw made again, of
    its number too. -#}
{% macro draw_seed(programme, domain_code, period, population_hash, draw_no) -%}
    sha256(
        concat_ws(
            '|', {{ programme }}, {{ domain_code }}, {{ period }}, {{ population_hash }},
            case when {{ draw_no }} > 1 then cast({{ draw_no }} as varchar) end
        )
    )
{%- endmacro %}

{#- Returns how many of a stratum are drawn: rate × size, rounded up, so that a share is never fallen short of; rate 1
    takes all, 0 none. In decimals: 0.07 × 100 is 7, not a little more. -#}
{% macro draw_quota(sampling_rate, stratum_count) -%}
    cast(ceil(cast({{ sampling_rate }} as decimal(7, 6)) * {{ stratum_count }}) as bigint)
{%- endmacro %}
