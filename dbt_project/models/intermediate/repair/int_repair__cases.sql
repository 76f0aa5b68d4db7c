{{ config(materialized='table') }}

-- Where the repair of each listing stands and what comes next (domain.md 6.3). Only states that the catalogues can tell:
-- nobody reports notices, applications, synchronisation and visits, so notified, applied, accepted, synced and revisited
-- do not occur. What has an action due is reminded; the rest is over.
with

listings as (
    select * from {{ ref('int_dishonesty__status') }}
),

terms as (
    select * from {{ ref('int_repair__terms') }}
),

this_close as (
    select * from {{ ref('base_meta__close') }}
),

policies as (
    select * from {{ policy('repair_policies') }}
),

calendar as (
    select * from {{ ref('int_calendar__working_days') }}
),

-- Decided, and not in favour: a listing that was repaired later has status repaired.
refusals as (
    select
        repairs.domain_code,
        repairs.uscc,
        repairs.listed_on,
        repairs.repaired_on as refused_on
    from {{ ref('stg_credit_repair__repairs') }} as repairs
    inner join this_close on repairs.repaired_on <= this_close.reference_date
    where repairs.decision = '不予'
),

facts as (
    select
        listings.domain_code,
        listings.uscc,
        listings.published_on as listed_on,
        listings.status,
        listings.ended_on,
        terms.severity_class,
        terms.rule_version,
        terms.legal_basis,
        terms.is_term_assumed,
        terms.earliest_end_on,
        terms.latest_end_on,
        refusals.refused_on,
        terms.earliest_end_on - policies.first_reminder_days as first_reminder_on,
        terms.earliest_end_on - policies.last_reminder_days as last_reminder_on,
        terms.latest_end_on - policies.first_reminder_days as end_reminder_on,
        case
            when
                listings.status = 'repaired'
                or (listings.status = 'removed' and coalesce(listings.removal_reason = '修复', false))
                then listings.ended_on
        end as repaired_on,
        policies.follow_up_days,
        policies.follow_up_kept_days,
        policies.answer_working_days,
        listings.is_sent_after_expiry,
        -- From when the department has to answer: since it is listed, or since the list last named it all the same.
        case
            when listings.status = 'unconfirmed' then {{ local_date('listings.cause_received_at') }}
            when listings.is_sent_after_expiry then {{ local_date('listings.received_at') }}
        end as asked_on,
        this_close.reference_date
    from listings
    inner join terms
        on
            listings.domain_code = terms.domain_code
            and listings.uscc = terms.uscc
            and listings.published_on = terms.published_on
    cross join this_close
    cross join policies
    left join refusals
        on
            listings.domain_code = refusals.domain_code
            and listings.uscc = refusals.uscc
            and listings.published_on = refusals.listed_on
),

judged as (
    select
        *,
        repaired_on + follow_up_days as follow_up_on,
        case
            when status = 'unconfirmed' then 'listed'
            when repaired_on is not null and reference_date <= repaired_on + follow_up_days + follow_up_kept_days
                then 'decided_approved'
            when status = 'expired' then 'auto_expired'
            when status <> 'active' then 'closed'
            when refused_on is not null then 'decided_rejected'
            when reference_date < earliest_end_on then 'in_min_period'
            else 'eligible'
        end as state
    from facts
),

planned as (
    select
        *,
        case
            when state = 'listed' then 'confirm_identity'
            when state = 'decided_approved' then 'follow_up'
            when is_sent_after_expiry then 'take_off_list'
            when status <> 'active' then null
            when earliest_end_on is null then 'name_terms'
            when reference_date <= first_reminder_on then 'first_reminder'
            when reference_date <= last_reminder_on then 'last_reminder'
            when reference_date < earliest_end_on then 'invite_application'
            when reference_date > latest_end_on then 'end_publicity'
            when reference_date >= end_reminder_on then 'prepare_end'
            when state = 'decided_rejected' then 'explain_refusal'
            else 'invite_application'
        end as next_action
    from judged
),

dated as (
    select
        planned.*,
        case
            -- Fails loudly beyond the years of the calendar (domain.md 6.4): a day counted without holidays would be wrong.
            when planned.next_action in ('confirm_identity', 'take_off_list') and answer_day.calendar_date is null
                then cast(error(
                    'seed working_days does not know all working days after ' || planned.asked_on
                    || ': add the holidays of that year and run again'
                ) as date)
            when planned.next_action in ('confirm_identity', 'take_off_list') then answer_day.calendar_date
            when planned.next_action = 'follow_up' then planned.follow_up_on
            when planned.next_action = 'first_reminder' then planned.first_reminder_on
            when planned.next_action = 'last_reminder' then planned.last_reminder_on
            when planned.next_action = 'invite_application' then planned.earliest_end_on
            when planned.next_action = 'explain_refusal' then planned.refused_on + planned.follow_up_days
            when planned.next_action in ('end_publicity', 'prepare_end') then planned.latest_end_on
            when planned.next_action = 'name_terms' then planned.reference_date
        end as due_on
    from planned
    left join calendar as asked_day on planned.asked_on = asked_day.calendar_date
    left join calendar as answer_day
        on
            answer_day.is_working_day
            and asked_day.working_day_no + planned.answer_working_days = answer_day.working_day_no
),

final as (
    select
        domain_code,
        uscc,
        listed_on,
        status,
        ended_on,
        severity_class,
        rule_version,
        legal_basis,
        is_term_assumed,
        earliest_end_on,
        latest_end_on,
        first_reminder_on,
        last_reminder_on,
        follow_up_on,
        refused_on,
        state,
        next_action,
        due_on,
        coalesce(due_on < reference_date, false) as is_overdue
    from dated
)

select * from final
