{#- Returns a query: the rows of a mart as they stood at the last close of each period before the one that is closed.
    Every row of such a mart has its period; a file holds what its folder's period says, whatever else it may hold. -#}
{% macro former_rows(mart) -%}
    select former.* exclude (_close_file)
    from {{ source('closes', mart) }} as former
    cross join {{ ref('base_meta__close') }} as this_close
    where
        former.period < this_close.period
        and former.period = regexp_extract(former._close_file, '([0-9]{4}-[0-9]{2})/[^/]+$', 1)
{%- endmacro %}
