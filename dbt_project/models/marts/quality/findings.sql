-- What was found in the submissions known by as_of, as it was told to the department.
with submissions as (
    select
        submission_id,
        department_code,
        feed,
        period
    from {{ ref('int_submission__known') }}
),

final as (
    select
        findings.submission_id,
        row_number() over (
            partition by findings.submission_id
            order by
                findings.row_id nulls first,
                findings.rule_id,
                findings.column_name nulls first,
                findings.kind,
                findings.source_file nulls first,
                findings.sheet nulls first,
                findings.value_shown nulls first,
                findings.reason
        ) as finding_no,
        submissions.department_code,
        submissions.feed,
        submissions.period,
        findings.source_file,
        findings.sheet,
        findings.row_id,
        findings.row_number,
        findings.column_name,
        findings.rule_id,
        findings.rule_version,
        findings.kind,
        findings.severity,
        findings.value_shown,
        findings.reason,
        findings.remedy
    from {{ source('quality', 'findings') }} as findings
    inner join submissions on findings.submission_id = submissions.submission_id
)

select * from final
