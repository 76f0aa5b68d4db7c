-- What stands per domain at the reference date: evaluated, to be regulated, listed, vetoed (semantics 6.5).
-- Null is what was never collected; a zero report collects a zero.
with domains as (
    select * from {{ policy('domains') }} as policy_rows
),

-- A list was collected if one is in force, an empty one too; evaluations, if any usable submission named the domain.
collected_lists as (
    select
        domain_code,
        bool_or(feed = 'positive_list') as has_positive_list,
        bool_or(feed = 'regulated_subjects') as has_subjects
    from {{ ref('int_list__usable') }}
    group by domain_code
),

collected_evaluations as (
    select distinct named.domain_code
    from {{ source('quality', 'submission_domains') }} as named
    inner join {{ ref('int_submission__known') }} as submissions on named.submission_id = submissions.submission_id
    where named.is_own_domain and submissions.feed = 'evaluation_results' and submissions.is_usable
),

evaluations as (
    select distinct
        domain_code,
        uscc
    from {{ ref('int_evaluation__current') }}
    where is_current
),

subjects as (
    select distinct
        domain_code,
        uscc
    from {{ ref('int_regulated__subjects') }}
    where is_in_force
),

evaluated as (
    select
        domain_code,
        count(*) as subject_count
    from evaluations
    group by domain_code
),

regulated as (
    select
        subjects.domain_code,
        count(*) as subject_count,
        count(evaluations.uscc) as evaluated_count
    from subjects
    left join evaluations on subjects.domain_code = evaluations.domain_code and subjects.uscc = evaluations.uscc
    group by subjects.domain_code
),

lists as (
    select
        domain_code,
        count(*) filter (where status = 'listed') as positive_list_count,
        count(*) filter (where status = 'vetoed') as vetoed_count
    from {{ ref('positive_list') }}
    group by domain_code
),

final as (
    select
        domains.domain_code,
        case when collected_evaluations.domain_code is not null then coalesce(evaluated.subject_count, 0) end
            as evaluated_subject_count,
        case when collected_lists.has_subjects then coalesce(regulated.subject_count, 0) end
            as regulated_subject_count,
        case when collected_lists.has_subjects then coalesce(regulated.evaluated_count, 0) end
            as evaluated_regulated_count,
        case when collected_lists.has_positive_list then coalesce(lists.positive_list_count, 0) end
            as positive_list_count,
        case when collected_lists.has_positive_list then coalesce(lists.vetoed_count, 0) end as vetoed_count
    from domains
    left join collected_lists on domains.domain_code = collected_lists.domain_code
    left join collected_evaluations on domains.domain_code = collected_evaluations.domain_code
    left join evaluated on domains.domain_code = evaluated.domain_code
    left join regulated on domains.domain_code = regulated.domain_code
    left join lists on domains.domain_code = lists.domain_code
)

select * from final
