{#- What was known when: the one home of `as_of` (semantics.md 1.3, 1.4). Every staging model reads through these. -#}

{#- Returns a query: every row of a feed's raw batches known by `as_of`, with the submission's facts and the row's state,
    enterprise and match method after later, dated decisions (`effective_*`). Quarantined rows are included.
    `known_at` is when the row came to be as it is: receipt or last decision. -#}
{% macro as_known(feed) -%}
    select
        raw_row.*,
        submission.department_code,
        submission.period as submission_period,
        submission.received_at as submission_received_at,
        submission.sha256 as submission_sha256,
        coalesce(decision.row_state, raw_row.row_state) as effective_state,
        coalesce(decision.uscc, raw_row.resolved_uscc) as effective_uscc,
        coalesce(decision.match_method, raw_row.match_method) as effective_match_method,
        coalesce(decision.decided_at, raw_row._received_at) as known_at
    from {{ source('raw', feed) }} as raw_row
    inner join {{ ref('base_quality__submissions') }} as submission
        on raw_row._submission_id = submission.submission_id
    cross join {{ ref('base_meta__close') }} as this_close
    left join {{ ref('base_quality__row_decisions') }} as decision
        on raw_row._submission_id = decision.submission_id and raw_row._row_id = decision.row_id
    where raw_row._received_at <= this_close.as_of
{%- endmacro %}

{#- Returns the columns that every staging model of a feed ends with: where the row came from and whom it is about. -#}
{% macro row_provenance() -%}
        effective_uscc as uscc,
        effective_match_method as match_method,
        name_norm,
        is_check_ok,
        _submission_id as submission_id,
        _row_id as row_id,
        _received_at as received_at,
        known_at,
        department_code as sender_department_code,
        submission_period,
        submission_sha256
{%- endmacro %}

{#- Returns a query: of each key the row last received, the one that wins (semantics.md 3.3), where it does not withdraw
    what it names (3.5). `rows`: has the columns of row_provenance() and `operation`, which is left out. -#}
{% macro last_received(rows, key) -%}
    select * exclude (operation)
    from (
        select *
        from {{ rows }}
        qualify
            row_number() over (
                partition by {{ key | join(', ') }} order by received_at desc, submission_sha256 desc, row_id desc
            ) = 1
    )
    where operation <> 'delete'
{%- endmacro %}
