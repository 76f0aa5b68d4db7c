{{ config(materialized='table') }}

-- Who owes what in the closed period, per department and catalogue, and what came of it (semantics 6.1-6.3).
-- Domain catalogues are the sum of the department's domains, and the rows that name none of them.
with parameters as (
    select * from {{ ref('base_meta__close') }}
),

departments as (
    select * from {{ policy('departments') }} as policy_rows
),

due_feeds as (
    select * from {{ policy('catalogue_due') }} as policy_rows
),

by_domain as (
    select * from {{ ref('int_due__domain_feed') }}
),

-- A department owes from the month in which the first of its domains is due.
due_departments as (
    select department_code
    from by_domain
    where is_due
    group by department_code
),

authorities as (
    select distinct
        authority_name,
        department_code
    from {{ policy('inspecting_authorities') }} as policy_rows
),

-- Catalogue 4 is due where the window of a task that the department leads or joins touches the month.
task_units as (
    select tasks.lead_department as unit_name
    from {{ ref('stg_inspection_tasks__tasks') }} as tasks
    cross join parameters
    where tasks.task_start_on <= parameters.period_end and tasks.task_end_on >= parameters.period_start
    union
    select unnest(tasks.joint_departments) as unit_name
    from {{ ref('stg_inspection_tasks__tasks') }} as tasks
    cross join parameters
    where tasks.task_start_on <= parameters.period_end and tasks.task_end_on >= parameters.period_start
),

active_departments as (
    select distinct authorities.department_code
    from task_units
    inner join authorities on task_units.unit_name = authorities.authority_name
),

domain_sums as (
    select
        department_code,
        feed,
        count(*) filter (where is_due) as due_count,
        count(*) filter (where is_due and is_reported) as reported_count,
        cast(sum(zero_report_count) as bigint) as zero_report_count
    from by_domain
    group by department_code, feed
),

-- Submissions are counted once each, however many domains they name.
sent as (
    select
        department_code,
        feed,
        count(*) as submission_count,
        count(*) filter (where is_usable) as usable_submission_count,
        count(*) filter (where not is_usable) as rejected_submission_count,
        count(*) filter (where not is_timely and not is_correction) as late_submission_count,
        count(*) filter (where is_usable and rows_received = 0) as empty_submission_count
    from {{ ref('int_submission__known') }}
    where is_closed_period and is_catalogue
    group by department_code, feed
),

batch_rows as (
    select
        department_code,
        feed,
        cast(sum(submitted_rows) filter (where domain_code is null) as bigint) as rows_without_domain,
        {{ sums(row_counts()) }}
    from {{ ref('int_coverage__rows') }}
    group by department_code, feed
),

obligations as (
    select
        parameters.period,
        departments.department_code,
        due_feeds.feed,
        due_feeds.due_level,
        case due_feeds.due_level
            when 'domain' then coalesce(domain_sums.due_count, 0)
            when 'department' then cast((due_departments.department_code is not null) as bigint)
            else
                cast((
                    due_departments.department_code is not null and active_departments.department_code is not null
                ) as bigint)
        end as due_count,
        domain_sums.reported_count as reported_domain_count,
        domain_sums.zero_report_count
    from departments
    cross join due_feeds
    cross join parameters
    left join due_departments on departments.department_code = due_departments.department_code
    left join active_departments on departments.department_code = active_departments.department_code
    left join domain_sums
        on departments.department_code = domain_sums.department_code and due_feeds.feed = domain_sums.feed
),

final as (
    select
        obligations.period,
        obligations.department_code,
        obligations.feed,
        obligations.due_level,
        obligations.due_count,
        case
            when obligations.due_level = 'domain' then coalesce(obligations.reported_domain_count, 0) > 0
            else coalesce(sent.usable_submission_count, 0) > 0
        end as is_reported,
        -- What was sent though not due counts in neither, so that no rate exceeds 1 (semantics 6.2).
        case
            when obligations.due_level = 'domain' then coalesce(obligations.reported_domain_count, 0)
            else least(obligations.due_count, coalesce(sent.usable_submission_count, 0))
        end as reported_count,
        coalesce(sent.submission_count, 0) as submission_count,
        coalesce(sent.rejected_submission_count, 0) as rejected_submission_count,
        case
            when obligations.due_level = 'department_when_active' then 0
            else coalesce(sent.late_submission_count, 0)
        end as late_submission_count,
        case
            when obligations.due_level = 'domain' then coalesce(obligations.zero_report_count, 0)
            else coalesce(sent.empty_submission_count, 0)
        end as zero_report_count,
        case
            when obligations.due_level = 'domain' then coalesce(batch_rows.rows_without_domain, 0) else 0
        end as unassigned_rows,
        {{ or_zero('batch_rows', row_counts()) }}
    from obligations
    left join sent on obligations.department_code = sent.department_code and obligations.feed = sent.feed
    left join batch_rows
        on obligations.department_code = batch_rows.department_code and obligations.feed = batch_rows.feed
)

select * from final
