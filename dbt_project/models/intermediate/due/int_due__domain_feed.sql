{{ config(materialized='table') }}

-- Who owes what in the closed period, per domain and catalogue, and what came of it (semantics 6.1-6.3).
-- The index comes first: who sent nothing is here with zeros.
with parameters as (
    select * from {{ ref('base_meta__close') }}
),

domains as (
    select * from {{ policy('domains') }} as policy_rows
),

due_feeds as (
    select * from {{ policy('catalogue_due') }} as policy_rows
),

obligations as (
    select
        parameters.period,
        domains.department_code,
        domains.domain_code,
        due_feeds.feed,
        domains.due_from <= parameters.period as is_due
    from domains
    cross join due_feeds
    cross join parameters
    where due_feeds.due_level = 'domain'
),

reports as (
    select
        named.domain_code,
        submissions.feed,
        count(*) as submission_count,
        count(*) filter (where not submissions.is_usable) as rejected_submission_count,
        count(*) filter (where not submissions.is_timely and not submissions.is_correction) as late_submission_count,
        count(*) filter (
            where submissions.is_usable and (named.rows_received > 0 or named.is_zero_report)
        ) as counting_submission_count,
        count(*) filter (where submissions.is_usable and named.is_zero_report) as zero_report_count
    from {{ source('quality', 'submission_domains') }} as named
    inner join {{ ref('int_submission__known') }} as submissions on named.submission_id = submissions.submission_id
    where named.is_own_domain and submissions.is_closed_period
    group by named.domain_code, submissions.feed
),

batch_rows as (
    select
        domain_code,
        feed,
        {{ sums(row_counts()) }}
    from {{ ref('int_coverage__rows') }}
    where domain_code is not null
    group by domain_code, feed
),

final as (
    select
        obligations.period,
        obligations.department_code,
        obligations.domain_code,
        obligations.feed,
        obligations.is_due,
        coalesce(reports.counting_submission_count, 0) > 0 as is_reported,
        coalesce(reports.submission_count, 0) as submission_count,
        coalesce(reports.rejected_submission_count, 0) as rejected_submission_count,
        coalesce(reports.late_submission_count, 0) as late_submission_count,
        coalesce(reports.zero_report_count, 0) as zero_report_count,
        {{ or_zero('batch_rows', row_counts()) }}
    from obligations
    left join reports on obligations.domain_code = reports.domain_code and obligations.feed = reports.feed
    left join batch_rows on obligations.domain_code = batch_rows.domain_code and obligations.feed = batch_rows.feed
)

select * from final
