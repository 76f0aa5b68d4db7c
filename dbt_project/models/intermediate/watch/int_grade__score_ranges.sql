-- Per grade the scores that fit it: from score_min on, up to but not with the score_max where a better grade begins there
-- (domain.md 5.2: A from 90, B from 70 to below 90). A grade that may be given directly, whatever the score, says so.
with

scales as (
    select * from {{ policy('grade_scales') }}
),

direct_grades as (
    select * from {{ policy('direct_grades') }}
),

final as (
    select
        scales.scale_id,
        scales.grade,
        scales.score_min,
        scales.score_max,
        not exists (
            select 1
            from scales as better
            where better.scale_id = scales.scale_id and better.score_min = scales.score_max
        ) as is_max_included,
        direct_grades.grade is not null as is_direct
    from scales
    left join direct_grades on scales.scale_id = direct_grades.scale_id and scales.grade = direct_grades.grade
)

select * from final
