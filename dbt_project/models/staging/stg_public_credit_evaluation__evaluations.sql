-- One row per enterprise and day of evaluation: the last received, withdrawn ones left out.
with

source as (
    {{ as_known('public_credit_evaluation') }}
),

renamed as (
    select
        enterprise_name,
        public_credit_grade as grade,
        scale_id,
        public_credit_score as score,
        evaluated_on,
        coalesce(_operation, 'upsert') as operation,
        {{ row_provenance() }}
    from source
    where effective_state = 'accepted'
),

final as (
    {{ last_received('renamed', ['uscc', 'evaluated_on']) }}
)

select * from final
