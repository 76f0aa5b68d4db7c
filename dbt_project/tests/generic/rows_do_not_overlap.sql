{#- Fails for each pair of seed rows of one key whose validity overlaps: a policy has one value on one day. -#}
{% test rows_do_not_overlap(model, key) %}
    select
        {% for column in key %}earlier.{{ column }}, {% endfor %}
        earlier.valid_from,
        later.valid_from as next_valid_from
    from {{ model }} as earlier
    inner join {{ model }} as later
        on {% for column in key %}earlier.{{ column }} = later.{{ column }} and {% endfor %}earlier.valid_from < later.valid_from
    where earlier.valid_to is null or earlier.valid_to >= later.valid_from
    union all
    select
        {% for column in key %}{{ column }}, {% endfor %}
        valid_from,
        valid_from as next_valid_from
    from {{ model }}
    group by {% for column in key %}{{ column }}, {% endfor %}valid_from
    having count(*) > 1
{% endtest %}
