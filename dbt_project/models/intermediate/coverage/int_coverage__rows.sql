{{ config(materialized='table') }}

-- What the rows of the closed period come to: one row per submission and own domain named in it (null: none of its own).
with submissions as (
    select * from {{ ref('int_submission__known') }}
    where is_closed_period and is_catalogue and department_code is not null
),

rows_received as (
    select
        submissions.submission_id,
        submissions.feed,
        submissions.department_code,
        received.own_domain_code as domain_code,
        submissions.is_timely,
        submissions.is_correction,
        received.required_cells,
        received.required_filled,
        received.is_accepted,
        received.match_method,
        received.is_check_ok,
        received.uscc,
        received.name_norm
    from {{ ref('int_row__received') }} as received
    inner join submissions on received.submission_id = submissions.submission_id
),

enterprises as (
    select
        uscc,
        name_norm,
        list_transform(former_names, lambda name: {{ comparable_name('name') }}) as former_name_norms
    from {{ ref('stg_enterprise_registry__enterprises') }}
),

due_feeds as (
    select * from {{ policy('catalogue_due') }} as policy_rows
),

final as (
    select
        rows_received.submission_id,
        rows_received.feed,
        rows_received.department_code,
        rows_received.domain_code,
        count(*) as submitted_rows,
        count(*) filter (where rows_received.is_accepted) as accepted_rows,
        -- Corrections are left out, and what we poll ourselves: its lateness is ours (semantics 6.4).
        count(*) filter (
            where not rows_received.is_correction and due_feeds.due_level <> 'department_when_active'
        ) as datable_rows,
        count(*) filter (
            where not rows_received.is_correction and due_feeds.due_level <> 'department_when_active'
            and rows_received.is_timely
        ) as timely_rows,
        cast(sum(rows_received.required_cells) as bigint) as required_cells,
        cast(sum(rows_received.required_filled) as bigint) as filled_cells,
        -- Natural persons and tasks have no enterprise code whose accuracy could be judged.
        count(*) filter (
            where rows_received.is_accepted and rows_received.match_method <> 'natural_person'
        ) as assessed_rows,
        count(*) filter (
            where rows_received.is_accepted and rows_received.match_method = 'uscc' and rows_received.is_check_ok
            and (
                enterprises.uscc is null
                or rows_received.name_norm = enterprises.name_norm
                or list_contains(enterprises.former_name_norms, rows_received.name_norm)
            )
        ) as accurate_rows
    from rows_received
    inner join due_feeds on rows_received.feed = due_feeds.feed
    left join enterprises on rows_received.uscc = enterprises.uscc
    group by all
)

select * from final
