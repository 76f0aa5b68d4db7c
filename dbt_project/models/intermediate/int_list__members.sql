-- What belongs to a list: its own submission and the corrections merged into it, also corrections of corrections.
with recursive

submissions as (
    select
        submission_id,
        corrects_submission_id
    from {{ ref('base_quality__submissions') }}
),

members as (
    select
        submission_id as list_submission_id,
        submission_id as member_submission_id
    from submissions
    where corrects_submission_id is null
    union
    select
        members.list_submission_id,
        submissions.submission_id as member_submission_id
    from submissions
    inner join members on submissions.corrects_submission_id = members.member_submission_id
),

final as (
    select * from members
)

select * from final
