-- Fails for each department whose figures of the closed period are not those of its domains, of its rows without a
-- domain, and of catalogues 4 and 5 together (semantics 6.3).
with

this_close as (
    select period from {{ ref('base_meta__close') }}
),

parts as (
    select
        domains.department_code,
        domains.due_feed_count,
        domains.reported_feed_count,
        domains.submitted_rows,
        domains.accepted_rows,
        domains.timeliness_rate_numerator,
        domains.timeliness_rate_denominator,
        domains.completeness_rate_numerator,
        domains.completeness_rate_denominator,
        domains.accuracy_rate_numerator,
        domains.accuracy_rate_denominator
    from {{ ref('coverage_domain_period') }} as domains
    inner join this_close on domains.period = this_close.period
    union all
    select
        department_code,
        0 as due_feed_count,
        0 as reported_feed_count,
        submitted_rows,
        accepted_rows,
        timely_rows as timeliness_rate_numerator,
        datable_rows as timeliness_rate_denominator,
        filled_cells as completeness_rate_numerator,
        required_cells as completeness_rate_denominator,
        accurate_rows as accuracy_rate_numerator,
        assessed_rows as accuracy_rate_denominator
    from {{ ref('int_coverage__rows') }}
    where domain_code is null
    union all
    select
        obligations.department_code,
        obligations.is_due::bigint as due_feed_count,
        (obligations.is_due and obligations.is_reported)::bigint as reported_feed_count,
        0 as submitted_rows,
        0 as accepted_rows,
        0 as timeliness_rate_numerator,
        0 as timeliness_rate_denominator,
        0 as completeness_rate_numerator,
        0 as completeness_rate_denominator,
        0 as accuracy_rate_numerator,
        0 as accuracy_rate_denominator
    from {{ ref('coverage_obligations') }} as obligations
    inner join this_close on obligations.period = this_close.period
    where obligations.domain_code is null
),

sums as (
    select
        department_code,
        (sum(due_feed_count))::bigint as due_feed_count,
        (sum(reported_feed_count))::bigint as reported_feed_count,
        (sum(submitted_rows))::bigint as submitted_rows,
        (sum(accepted_rows))::bigint as accepted_rows,
        (sum(timeliness_rate_numerator))::bigint as timeliness_rate_numerator,
        (sum(timeliness_rate_denominator))::bigint as timeliness_rate_denominator,
        (sum(completeness_rate_numerator))::bigint as completeness_rate_numerator,
        (sum(completeness_rate_denominator))::bigint as completeness_rate_denominator,
        (sum(accuracy_rate_numerator))::bigint as accuracy_rate_numerator,
        (sum(accuracy_rate_denominator))::bigint as accuracy_rate_denominator
    from parts
    group by department_code
),

departments as (
    select
        departments.department_code,
        departments.due_feed_count,
        departments.reported_feed_count,
        departments.submitted_rows,
        departments.accepted_rows,
        departments.timeliness_rate_numerator,
        departments.timeliness_rate_denominator,
        departments.completeness_rate_numerator,
        departments.completeness_rate_denominator,
        departments.accuracy_rate_numerator,
        departments.accuracy_rate_denominator
    from {{ ref('coverage_department_period') }} as departments
    inner join this_close on departments.period = this_close.period
),

final as (
    (
        select * from sums
        except
        select * from departments
    )
    union all
    (
        select * from departments
        except
        select * from sums
    )
)

select * from final
