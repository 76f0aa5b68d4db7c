{#- The one home of calendar arithmetic in SQL (semantics.md 1). Timestamps are UTC. -#}

{#- Returns the day in Asia/Shanghai (UTC+8, no daylight saving time) of a UTC timestamp. -#}
{% macro local_date(ts) -%}
    cast({{ ts }} + interval 8 hour as date)
{%- endmacro %}

{#- Returns the same day of the month `months` months later (the month's last day where it is shorter). -#}
{% macro months_later(day, months) -%}
    cast({{ day }} + to_months(cast({{ months }} as integer)) as date)
{%- endmacro %}

{#- Returns true from the day after `months` months before `reference` up to `reference` itself. -#}
{% macro within_months_before(day, reference, months) -%}
    ({{ day }} > cast({{ reference }} - to_months(cast({{ months }} as integer)) as date) and {{ day }} <= {{ reference }})
{%- endmacro %}

{#- Returns the period 'YYYY-MM' of a day. -#}
{% macro period_of(day) -%}
    strftime({{ day }}, '%Y-%m')
{%- endmacro %}

{#- Returns the period before a period 'YYYY-MM'. -#}
{% macro period_before(period) -%}
    strftime(cast({{ period }} || '-01' as date) - interval 1 month, '%Y-%m')
{%- endmacro %}

{#- Returns the UTC timestamp of 24:00 in Asia/Shanghai of a day: when a period falls due (semantics.md 1.1). -#}
{% macro end_of_local_day(day) -%}
    cast({{ day }} as timestamp) + interval 1 day - interval 8 hour
{%- endmacro %}
