-- One row per effective inspection; natural persons are counted, without name or number.
with parameters as (
    select * from {{ ref('base_meta__close') }}
),

effective as (
    select * from {{ ref('int_inspection__latest') }}
),

enterprises as (
    select
        uscc,
        enterprise_name
    from {{ ref('stg_enterprise_registry__enterprises') }}
),

lists as (
    select
        period,
        domain_code,
        uscc
    from {{ ref('base_closes__positive_list') }}
    where is_effective
    union
    select
        parameters.period,
        positive_list.domain_code,
        positive_list.uscc
    from {{ ref('positive_list') }} as positive_list
    cross join parameters
    where positive_list.is_effective
),

-- Every close, those with an empty list too.
closes as (
    select former.period
    from (
        {{ former_rows('coverage_programme_period') }}
    ) as former
    union
    select parameters.period
    from parameters
),

domains as (
    select
        domain_code,
        override_authority
    from {{ policy('domains') }} as policy_rows
),

-- The list of the month before the inspection's month; in the first month, its own (semantics 5.13).
consulted_lists as (
    select
        months.inspection_month,
        coalesce(
            max(closes.period) filter (where closes.period < months.inspection_month),
            max(closes.period) filter (where closes.period = months.inspection_month)
        ) as period
    from (select distinct {{ period_of('inspected_on') }} as inspection_month from effective) as months
    cross join closes
    group by months.inspection_month
),

judged as (
    select
        effective.inspection_id,
        effective.task_no,
        effective.uscc,
        case
            when not effective.is_natural_person
                then coalesce(enterprises.enterprise_name, effective.counterpart_name)
        end as enterprise_name,
        effective.counterpart_category,
        effective.is_natural_person,
        effective.inspecting_department_code as department_code,
        effective.domain_code,
        effective.domain_basis,
        effective.inspected_on,
        effective.inspection_form,
        effective.inspection_method,
        effective.inspection_result,
        effective.result_group,
        effective.severity_rank,
        effective.is_onsite,
        effective.counts_to_limit,
        -- Unknown where the inspection belongs to no domain or no list of that time was ever closed.
        case
            when effective.domain_code is not null and consulted_lists.period is not null
                then lists.uscc is not null
        end as on_positive_list_at_inspection,
        domains.override_authority is not null as is_visit_required,
        effective.submission_id,
        effective.row_id
    from effective
    cross join parameters
    left join enterprises on effective.uscc = enterprises.uscc
    left join consulted_lists on {{ period_of('effective.inspected_on') }} = consulted_lists.inspection_month
    left join lists
        on
            consulted_lists.period = lists.period
            and effective.domain_code = lists.domain_code
            and effective.uscc = lists.uscc
    left join domains on effective.domain_code = domains.domain_code
    where effective.inspected_on <= parameters.reference_date
),

final as (
    select
        * exclude (is_visit_required, submission_id, row_id),
        -- Complaints, referrals and cases are no exceptions, nor are visits that a higher rule requires (semantics.md 5.10).
        coalesce(
            on_positive_list_at_inspection and is_onsite and counts_to_limit and not is_visit_required, false
        ) as is_onsite_exception,
        submission_id,
        row_id
    from judged
)

select * from final
