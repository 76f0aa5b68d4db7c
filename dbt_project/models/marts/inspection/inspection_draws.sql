-- One row per draw and subject: who took part, who was drawn, who was left out and why. A draw once made by a final close
-- stays as it is; one made again stands beside it, and the last one is in force (semantics.md 5.11).
with

kept as (
    select * from {{ ref('base_closes__inspection_draws') }}
),

made as (
    select * from {{ ref('int_draw__made') }}
),

names as (
    select
        uscc,
        enterprise_name
    from {{ ref('int_enterprise__standing') }}
),

draws as (
    select * from kept
    union all by name
    select * from made
),

final as (
    select
        draws.domain_code,
        draws.department_code,
        draws.period,
        draws.draw_no,
        draws.draw_no = max(draws.draw_no) over (partition by draws.domain_code) as is_in_force,
        draws.seed,
        draws.population_hash,
        draws.population_count,
        draws.uscc,
        names.enterprise_name,
        draws.measure,
        draws.sampling_rate,
        draws.stratum_count,
        draws.stratum_quota,
        draws.draw_order,
        draws.drawn,
        draws.exclusion_reason,
        draws.onsite_visit_count_ytd,
        draws.onsite_limit,
        draws.window_start,
        draws.window_end,
        draws.drawn_as_of,
        draws.redraw_reason
    from draws
    left join names on draws.uscc = names.uscc
)

select * from final
