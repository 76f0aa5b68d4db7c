{#- Full-list feeds (semantics.md 1.4, 4.2 to 4.4). -#}

{#- Returns a query: every entry that a usable list of the feed ever named, one row per domain and key, as last named.

    A list is one submission with the corrections merged into it; of rows with one key the last received wins. Lists of a
    domain are numbered in the order (period, received_at). An entry missing from later lists still stands as long as
    each of them has a quarantined row of the same enterprise. Columns beyond those of `entries`:
      is_in_force, is_protected    on the list in force; there only because of a quarantined row
      entered_*                    row that began the present unbroken run of lists naming it
      removing_*                   first later list without it, null while in force
      published_on_held            only with dated=true: the latest publication date up to the reference date in the
                                   present run, so that publishing a list anew with a later date suspends nobody
    With history=false only what may be in force is read, not what former lists alone named: a list of everybody sent
    every month would otherwise be sorted over and over.

    entries: staging model with domain_code, uscc, name_norm and the columns of row_provenance(); key: its key columns
    beside domain_code. -#}
{% macro list_history(feed, entries, key, dated=false, history=true) -%}
    {%- set key_columns = ['domain_code'] + key -%}
    with

    lists as (
        select * from {{ ref('int_list__usable') }} where feed = '{{ feed }}'
    ),

    members as (
        select * from {{ ref('int_list__members') }} where feed = '{{ feed }}'
    ),

    ends as (
        select
            domain_code,
            max(list_number) as last_list_number
        from lists
        group by domain_code
    ),

    waiting as (
        select
            members.domain_code,
            members.list_number,
            row_.uscc,
            row_.name_norm
        from {{ ref('base_quality__quarantine') }} as row_
        inner join members
            on
                row_.submission_id = members.member_submission_id
                and (row_.domain_code = members.domain_code or row_.domain_code is null)
    ),

    named as (
        select
            entry.*,
            members.list_number
        from {{ ref(entries) }} as entry
        inner join members
            on entry.submission_id = members.member_submission_id and entry.domain_code = members.domain_code
        {%- if not history %}
        inner join ends on entry.domain_code = ends.domain_code
        where
            members.list_number = ends.last_list_number
            or (entry.domain_code, entry.uscc) in (select (waiting.domain_code, waiting.uscc) from waiting)
            or (entry.domain_code, entry.name_norm) in (select (waiting.domain_code, waiting.name_norm) from waiting)
        {%- endif %}
        qualify row_number() over (
            partition by {% for column in key_columns %}entry.{{ column }}, {% endfor %}members.list_number
            order by entry.received_at desc, entry.submission_sha256 desc, entry.row_id desc
        ) = 1
    ),

    runs as (
        select
            *,
            list_number - row_number() over (partition by {{ key_columns | join(', ') }} order by list_number) as run
        from named
    ),

    last_named as (
        select
            runs.*,
            first_value(submission_id) over run_from_start as entered_submission_id,
            first_value(received_at) over run_from_start as entered_received_at,
            first_value(known_at) over run_from_start as entered_known_at
            {%- if dated %},
            max(published_on) filter (where published_on <= this_close.reference_date)
                over (partition by {{ key_columns | join(', ') }}, run) as published_on_held
            {%- endif %}
        from runs
        {% if dated %}cross join {{ ref('base_meta__close') }} as this_close{% endif %}
        window run_from_start as (partition by {{ key_columns | join(', ') }}, run order by list_number)
        qualify row_number() over (partition by {{ key_columns | join(', ') }} order by list_number desc) = 1
    ),

    missing as (
        select
            last_named.*,
            ends.last_list_number
        from last_named
        inner join ends on last_named.domain_code = ends.domain_code
        where last_named.list_number < ends.last_list_number
    ),

    quarantined as (
        select
            waiting.*,
            exists (
                select 1
                from last_named as known
                where known.domain_code = waiting.domain_code and known.uscc = waiting.uscc
            ) as is_known_by_code
        from waiting
    ),

    protecting as (
        select
            missing.domain_code,
            missing.list_number as named_in,
            {% for column in key %}missing.{{ column }},
            {% endfor -%}
            quarantined.list_number
        from missing
        inner join quarantined
            on missing.domain_code = quarantined.domain_code and missing.uscc = quarantined.uscc
        where quarantined.list_number > missing.list_number
        union
        select
            missing.domain_code,
            missing.list_number as named_in,
            {% for column in key %}missing.{{ column }},
            {% endfor -%}
            quarantined.list_number
        from missing
        inner join quarantined
            on missing.domain_code = quarantined.domain_code and missing.name_norm = quarantined.name_norm
        where quarantined.list_number > missing.list_number and not quarantined.is_known_by_code
    ),

    unbroken as (
        select
            {{ key_columns | join(', ') }},
            count(*) as protected_lists
        from (
            select
                *,
                row_number() over (partition by {{ key_columns | join(', ') }} order by list_number) as place
            from protecting
        )
        where list_number = named_in + place
        group by {{ key_columns | join(', ') }}
    ),

    final as (
        select
            last_named.* exclude (run),
            ends.last_list_number,
            last_named.list_number + coalesce(unbroken.protected_lists, 0) = ends.last_list_number as is_in_force,
            last_named.list_number < ends.last_list_number
            and last_named.list_number + coalesce(unbroken.protected_lists, 0) = ends.last_list_number as is_protected,
            removing.submission_id as removing_submission_id,
            removing.received_at as removing_received_at,
            removing.decided_at as removing_known_at
        from last_named
        inner join ends on last_named.domain_code = ends.domain_code
        left join unbroken
            on {% for column in key_columns %}last_named.{{ column }} = unbroken.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
        left join lists as removing
            on
                last_named.domain_code = removing.domain_code
                and last_named.list_number + coalesce(unbroken.protected_lists, 0) + 1 = removing.list_number
    )

    select * from final
{%- endmacro %}
