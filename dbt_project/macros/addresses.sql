{#- Returns an address in the form in which addresses are compared: one bracket form, no blanks, without the names at its
    beginning that may be left out (seed address_words, as a regular expression). Null where it names no place: without
    a number it may be a whole street or town. -#}
{% macro comparable_address(address, leading_words) -%}
    case
        when regexp_matches({{ address }}, '[0-9一二三四五六七八九十百]+\s*[号栋幢楼室弄]|[0-9]')
            then regexp_replace({{ comparable_name(address) }}, '^(' || {{ leading_words }} || ')+', '')
    end
{%- endmacro %}
