{#- Returns a name in the form in which names are compared, from one that the gate has already read (width folded):
    one bracket form, no blanks, upper case; the same as the gate's name_norm. -#}
{% macro comparable_name(name) -%}
    upper(translate(regexp_replace({{ name }}, '\s+', '', 'g'), '，；：？！（）％～[]【】〔〕〖〗{}〈〉', ',;:?!()%~()()()()()()'))
{%- endmacro %}
