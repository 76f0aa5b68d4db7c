-- One row per listing as seriously dishonest: how it may be repaired, where that stands, what is to be done by when.
with

cases as (
    select * from {{ ref('int_repair__cases') }}
),

listings as (
    select * from {{ ref('serious_dishonesty') }}
),

final as (
    select
        cases.domain_code,
        cases.uscc,
        cases.listed_on,
        listings.enterprise_name,
        cases.severity_class,
        cases.earliest_end_on,
        cases.latest_end_on,
        cases.state,
        cases.next_action,
        cases.due_on,
        cases.is_overdue,
        cases.first_reminder_on,
        cases.last_reminder_on,
        cases.follow_up_on,
        cases.refused_on,
        cases.status,
        cases.ended_on,
        cases.rule_version,
        cases.legal_basis,
        cases.is_term_assumed,
        listings.listing_reason,
        listings.domain_name,
        listings.department_code,
        listings.district_code
    from cases
    inner join listings
        on
            cases.domain_code = listings.domain_code
            and cases.uscc = listings.uscc
            and cases.listed_on = listings.published_on
)

select * from final
