-- Who wants to visit which enterprise, and when: the department of a draw in the draw's window, and lead and joint
-- departments of a task in the task's window, known from a result under its number. Windows that ended before the period
-- began are over.
with

this_close as (
    select * from {{ ref('base_meta__close') }}
),

draws as (
    select * from {{ ref('inspection_draws') }}
    where drawn and is_in_force
),

tasks as (
    select
        inspection_tasks.task_no,
        inspection_tasks.task_start_on,
        inspection_tasks.task_end_on,
        unnest(
            list_distinct(
                list_concat([inspection_tasks.lead_department_code], inspection_tasks.joint_department_codes)
            )
        ) as department_code
    from {{ ref('inspection_tasks') }} as inspection_tasks
    cross join this_close
    where
        inspection_tasks.task_start_on <= inspection_tasks.task_end_on
        and inspection_tasks.task_end_on >= this_close.period_start
),

visited as (
    select distinct
        inspections.task_no,
        inspections.uscc
    from {{ ref('int_inspection__latest') }} as inspections
    cross join this_close
    where inspections.uscc is not null and inspections.inspected_on <= this_close.reference_date
),

final as (
    select
        draws.uscc,
        draws.department_code,
        draws.window_start,
        draws.window_end,
        'draw' as source_kind,
        draws.domain_code as source_code
    from draws
    union all
    select
        visited.uscc,
        tasks.department_code,
        tasks.task_start_on as window_start,
        tasks.task_end_on as window_end,
        'task' as source_kind,
        tasks.task_no as source_code
    from visited
    inner join tasks on visited.task_no = tasks.task_no
    where tasks.department_code is not null
)

select * from final
