-- One row per task: what was planned beside what was delivered under its number.
with parameters as (
    select * from {{ ref('base_meta__close') }}
),

tasks as (
    select * from {{ ref('stg_inspection_tasks__tasks') }}
),

authorities as (
    select
        authority_name,
        min(department_code) as department_code
    from {{ policy('inspecting_authorities') }} as policy_rows
    group by authority_name
),

joint_units as (
    select
        task_no,
        unnest(joint_departments) as unit_name
    from tasks
),

joint_codes as (
    select
        joint_units.task_no,
        list(distinct authorities.department_code order by authorities.department_code) as department_codes
    from joint_units
    inner join authorities on joint_units.unit_name = authorities.authority_name
    group by joint_units.task_no
),

leads as (
    select
        tasks.task_no,
        authorities.department_code
    from tasks
    inner join authorities on tasks.lead_department = authorities.authority_name
),

delivered as (
    select
        inspections.task_no,
        count(*) as inspection_count,
        -- A natural person is a subject too, known by its keyed hash only.
        count(distinct coalesce(inspections.uscc, inspections.counterpart_person_key)) as subject_count,
        count(*) filter (
            where inspections.inspected_on not between tasks.task_start_on and tasks.task_end_on
        ) as outside_window_count,
        count(*) filter (where inspections.inspected_on > tasks.task_end_on) as after_window_count,
        count(*) filter (
            where inspections.inspecting_department_code is distinct from leads.department_code
            and not coalesce(
                list_contains(joint_codes.department_codes, inspections.inspecting_department_code), false
            )
        ) as other_department_count
    from {{ ref('int_inspection__latest') }} as inspections
    cross join parameters
    inner join tasks on inspections.task_no = tasks.task_no
    left join leads on inspections.task_no = leads.task_no
    left join joint_codes on inspections.task_no = joint_codes.task_no
    where inspections.inspected_on <= parameters.reference_date
    group by inspections.task_no
),

final as (
    select
        tasks.task_no,
        tasks.task_name,
        tasks.task_type,
        tasks.lead_department,
        leads.department_code as lead_department_code,
        coalesce(tasks.joint_departments, []) as joint_departments,
        coalesce(joint_codes.department_codes, []) as joint_department_codes,
        tasks.sampling_type,
        tasks.subject_scope,
        tasks.inspection_items,
        tasks.task_start_on,
        tasks.task_end_on,
        tasks.published_on,
        tasks.sampled_subject_count,
        coalesce(delivered.subject_count, 0) as delivered_subject_count,
        coalesce(delivered.inspection_count, 0) as inspection_count,
        coalesce(delivered.outside_window_count, 0) as outside_window_count,
        coalesce(delivered.after_window_count, 0) as after_window_count,
        coalesce(delivered.other_department_count, 0) as other_department_count,
        case
            when tasks.sampled_subject_count is not null
                then greatest(tasks.sampled_subject_count - coalesce(delivered.subject_count, 0), 0)
        end as missing_subject_count,
        -- The last day of the window is still in time.
        coalesce(
            tasks.task_end_on < parameters.reference_date
            and tasks.sampled_subject_count > coalesce(delivered.subject_count, 0),
            false
        ) as is_overdue,
        -- Counts can only be compared once the window is over (domain.md 1.2).
        case
            when tasks.task_end_on <= parameters.reference_date
                then tasks.sampled_subject_count = coalesce(delivered.subject_count, 0)
        end as is_reconciled,
        tasks.submission_id
    from tasks
    cross join parameters
    left join leads on tasks.task_no = leads.task_no
    left join joint_codes on tasks.task_no = joint_codes.task_no
    left join delivered on tasks.task_no = delivered.task_no
)

select * from final
