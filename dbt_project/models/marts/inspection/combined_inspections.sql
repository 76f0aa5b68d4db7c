-- One row per enterprise and span of days in which two or more departments want to visit it: they go once, together
-- (design.md 6, 综合查一次). A span is a largest common one: it begins with a wish that begins and ends with one that ends.
with

wants as (
    select * from {{ ref('int_inspection__wants') }}
),

wanted_by_several as (
    select uscc
    from wants
    group by uscc
    having count(distinct department_code) > 1
),

candidates as (
    select wants.*
    from wants
    inner join wanted_by_several on wants.uscc = wanted_by_several.uscc
),

edges as (
    select
        uscc,
        edge_on,
        bool_or(is_start) as has_start,
        bool_or(not is_start) as has_end
    from (
        select
            uscc,
            window_start as edge_on,
            true as is_start
        from candidates
        union all
        select
            uscc,
            -- The day after: then the wish is over.
            cast(window_end + 1 as date) as edge_on,
            false as is_start
        from candidates
    ) as days
    group by uscc, edge_on
),

spans as (
    select
        uscc,
        edge_on as window_start,
        has_start,
        cast(lead(edge_on) over (partition by uscc order by edge_on) - 1 as date) as window_end,
        lead(has_end) over (partition by uscc order by edge_on) as is_ended_by_an_end
    from edges
),

joined as (
    select
        spans.uscc,
        spans.window_start,
        spans.window_end,
        list(distinct candidates.department_code order by candidates.department_code) as departments,
        list(distinct candidates.source_code order by candidates.source_code)
        filter (where candidates.source_kind = 'draw') as drawn_domains,
        list(distinct candidates.source_code order by candidates.source_code)
        filter (where candidates.source_kind = 'task') as task_nos
    from spans
    inner join candidates
        on
            spans.uscc = candidates.uscc
            and spans.window_start between candidates.window_start and candidates.window_end
    where spans.has_start and spans.is_ended_by_an_end
    group by spans.uscc, spans.window_start, spans.window_end
),

names as (
    select
        uscc,
        enterprise_name
    from {{ ref('int_enterprise__standing') }}
),

final as (
    select
        joined.uscc,
        names.enterprise_name,
        joined.departments,
        cast(len(joined.departments) as bigint) as department_count,
        joined.window_start,
        joined.window_end,
        coalesce(joined.drawn_domains, []) as drawn_domains,
        coalesce(joined.task_nos, []) as task_nos
    from joined
    left join names on joined.uscc = names.uscc
    where len(joined.departments) > 1
)

select * from final
