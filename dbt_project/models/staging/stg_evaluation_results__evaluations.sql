-- One row per domain, enterprise and day of evaluation: the last received, withdrawn ones left out (semantics.md 3.3, 3.5).
with

source as (
    {{ as_known('evaluation_results') }}
),

renamed as (
    select
        domain_code,
        enterprise_name,
        evaluated_on,
        evaluating_department,
        grade,
        scale_id,
        score,
        valid_to,
        coalesce(
            list_contains(
                list_transform(normalisations, lambda x: x.column_name || '.' || x.kind), 'valid_to.SENTINEL'
            ),
            false
        ) as is_open_ended,
        coalesce(_operation, 'upsert') as operation,
        {{ row_provenance() }}
    from source
    where effective_state = 'accepted'
),

final as (
    {{ last_received('renamed', ['domain_code', 'uscc', 'evaluated_on']) }}
)

select * from final
