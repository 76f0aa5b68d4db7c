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

final as (
    {{ last_received('renamed', ['task_no']) }}
)

select * from final
