{#- Returns a name in the form in which names are compared, from one that the gate has already read (width folded):
    one bracket form, no blanks, upper case; the same as the gate's name_norm. -#}
{% macro comparable_name(name) -%}
    upper(translate(regexp_replace({{ name }}, '\s+', '', 'g'), '，；：？！（）％～[]【】〔〕〖〗{}〈〉', ',;:?!()%~()()()()()()'))
{%- endmacro %}

{#- Returns the pairs of neighbouring characters in a name. -#}
{% macro neighbours(name) -%}
    list_distinct(list_transform(range(1, length({{ name }})), lambda i: substr({{ name }}, i, 2)))
{%- endmacro %}

{#- Returns how alike two names are, 1 the same: twice the neighbouring characters that both have, over those of each
    (Dice), two decimals. By characters: the database's own functions compare bytes, of which all Chinese letters share
    the first ones. -#}
{% macro name_likeness(one, other) -%}
    case
        when {{ one }} = {{ other }} then 1.0
        else least(
            round(
                2 * len(list_intersect({{ neighbours(one) }}, {{ neighbours(other) }}))
                / (len({{ neighbours(one) }}) + len({{ neighbours(other) }})),
                2
            ), 0.99
        )
    end
{%- endmacro %}
