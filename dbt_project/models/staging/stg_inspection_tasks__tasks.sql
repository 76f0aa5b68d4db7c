-- One row per task number: the last received, withdrawn ones left out.
with

source as (
    {{ as_known('inspection_tasks') }}
),

renamed as (
    select
        task_no,
        task_name,
        task_type,
        lead_department,
        joint_departments,
        sampling_type,
        sampled_subject_count,
        subject_scope,
        task_start_on,
        task_end_on,
        published_on,
        inspection_items,
        coalesce(_operation, 'upsert') as operation,
        {{ row_provenance() }}
    from source
    where effective_state = 'accepted'
),

last_received as (
    select *
    from renamed
    qualify {{ is_last_received(['task_no']) }}
),

final as (
    select * exclude (operation)
    from last_received
    where operation <> 'delete'
)

select * from final
