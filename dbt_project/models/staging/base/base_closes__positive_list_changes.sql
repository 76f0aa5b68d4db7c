-- The changes of former closes, kept as they were published then.
with

source as (
    {{ former_rows('positive_list_changes') }}
),

final as (
    select
        period,
        domain_code,
        uscc,
        enterprise_name,
        changed_on,
        change,
        reason_code,
        reason_zh,
        other_reasons,
        submission_id,
        is_caused_by_time
    from source
)

select * from final
