-- Why the effective list of this close differs from that of the former one (semantics.md 5.8): one row per domain and
-- enterprise, with its reason and the day. The first close adds all.
with

this_close as (
    select * from {{ ref('base_meta__close') }}
),

-- What was known at the former close: a cause known then already did not bring the change about, time did.
former_close as (
    select
        this_close.previous_period,
        arg_max(closes.as_of, closes.closed_at) as as_of
    from this_close
    left join {{ source('meta', 'closes') }} as closes
        on this_close.programme = closes.programme and this_close.previous_period = closes.period
    group by this_close.previous_period
),

submissions as (
    select
        submission_id,
        period,
        received_at
    from {{ ref('base_quality__submissions') }}
),

former_list as (
    select
        former.domain_code,
        former.uscc,
        former.reasons,
        former.is_effective
    from {{ ref('base_closes__positive_list') }} as former
    inner join this_close on former.period = this_close.previous_period
),

standing as (
    select * from {{ ref('int_domain_enterprise__standing') }}
),

entries as (
    select * from {{ ref('int_positive_list__entries') }}
),

changed as (
    select
        standing.domain_code,
        standing.uscc,
        case when standing.is_on_effective_list then 'added' else 'removed' end as change,
        standing.reasons,
        former_list.reasons as former_reasons,
        former_list.uscc is not null as was_on_department_list,
        standing.is_listed_by_department
    from standing
    left join former_list on standing.domain_code = former_list.domain_code and standing.uscc = former_list.uscc
    where standing.is_on_effective_list <> coalesce(former_list.is_effective, false)
),

-- The reasons whose beginning or end may have caused the change.
weighed as (
    select
        domain_code,
        uscc,
        unnest(case when change = 'added' then former_reasons else reasons end) as reason_code
    from changed
),

enterprises as (
    select * from {{ ref('int_enterprise__universe') }}
),

-- Listings that stood at the former close already and count only now, or no more: their identity was settled or came
-- into doubt, or their removal was taken back.
recognised as (
    select
        weighed.domain_code,
        weighed.uscc,
        listing.submission_id,
        listing.received_at,
        listing.known_at,
        listing.known_at > former_close.as_of as is_row_new,
        listing.match_method = 'uscc' as is_named_by_code,
        enterprises.registry_submission_id,
        enterprises.registry_received_at,
        enterprises.registry_known_at
    from weighed
    cross join former_close
    inner join changed on weighed.domain_code = changed.domain_code and weighed.uscc = changed.uscc
    inner join {{ ref('int_dishonesty__status') }} as listing
        on
            weighed.uscc = listing.uscc
            and case changed.change when 'removed' then 'active' else 'unconfirmed' end = listing.status
    inner join {{ ref('base_closes__serious_dishonesty') }} as former
        on
            former_close.previous_period = former.period
            and listing.domain_code = former.domain_code
            and listing.uscc = former.uscc
            and listing.published_on = former.published_on
            and (former.status = 'active') = (changed.change = 'added')
    inner join enterprises on weighed.uscc = enterprises.uscc
    where weighed.reason_code = 'SERIOUSLY_DISHONEST'
),

causes as (
    select
        changed.domain_code,
        changed.uscc,
        entries.entered_submission_id as submission_id,
        entries.entered_received_at as received_at,
        entries.entered_known_at as known_at
    from changed
    inner join entries on changed.domain_code = entries.domain_code and changed.uscc = entries.uscc
    where changed.change = 'added'
    union all
    select
        changed.domain_code,
        changed.uscc,
        entries.removing_submission_id as submission_id,
        entries.removing_received_at as received_at,
        entries.removing_known_at as known_at
    from changed
    inner join entries on changed.domain_code = entries.domain_code and changed.uscc = entries.uscc
    where changed.change = 'removed' and entries.removing_submission_id is not null
    union all
    select
        weighed.domain_code,
        weighed.uscc,
        public_credit.submission_id,
        public_credit.received_at,
        public_credit.known_at
    from weighed
    inner join {{ ref('int_public_credit__current') }} as public_credit on weighed.uscc = public_credit.uscc
    where weighed.reason_code = 'PUBLIC_CREDIT_POOR'
    union all
    select
        weighed.domain_code,
        weighed.uscc,
        listing.cause_submission_id as submission_id,
        listing.cause_received_at as received_at,
        listing.cause_known_at as known_at
    from weighed
    inner join changed on weighed.domain_code = changed.domain_code and weighed.uscc = changed.uscc
    inner join {{ ref('int_dishonesty__status') }} as listing
        on
            weighed.uscc = listing.uscc
            and case changed.change
                when 'removed' then listing.status = 'active' else listing.status not in ('active', 'unconfirmed')
            end
            and listing.cause_submission_id is not null
    where weighed.reason_code = 'SERIOUSLY_DISHONEST'
    union all
    -- The list that names the listing as it is now, else the registry that knows other names of it now.
    select
        domain_code,
        uscc,
        if(is_row_new or not is_named_by_code, submission_id, registry_submission_id) as submission_id,
        if(is_row_new or not is_named_by_code, received_at, registry_received_at) as received_at,
        if(is_row_new or not is_named_by_code, known_at, registry_known_at) as known_at
    from recognised
    union all
    select
        weighed.domain_code,
        weighed.uscc,
        enterprises.registry_submission_id as submission_id,
        enterprises.registry_received_at as received_at,
        enterprises.registry_known_at as known_at
    from weighed
    inner join enterprises on weighed.uscc = enterprises.uscc and enterprises.is_in_registry
    where weighed.reason_code = 'DEREGISTERED'
    union all
    select
        weighed.domain_code,
        weighed.uscc,
        evaluation.submission_id,
        evaluation.received_at,
        evaluation.known_at
    from weighed
    inner join {{ ref('int_evaluation__current') }} as evaluation
        on weighed.domain_code = evaluation.domain_code and weighed.uscc = evaluation.uscc
    where weighed.reason_code = 'GRADE_BELOW_THRESHOLD'
    union all
    select
        weighed.domain_code,
        weighed.uscc,
        inspection.submission_id,
        submissions.received_at,
        submissions.received_at as known_at
    from weighed
    inner join {{ ref('int_domain_enterprise__inspection') }} as inspection
        on weighed.domain_code = inspection.domain_code and weighed.uscc = inspection.uscc
    inner join submissions on inspection.submission_id = submissions.submission_id
    where weighed.reason_code = 'INSPECTION_FAILED'
),

new_causes as (
    select
        causes.domain_code,
        causes.uscc,
        arg_max(causes.submission_id, (causes.received_at, causes.submission_id)) as submission_id,
        max(causes.received_at) as received_at
    from causes
    inner join submissions on causes.submission_id = submissions.submission_id
    cross join former_close
    where
        former_close.as_of is null
        or causes.received_at > former_close.as_of
        or causes.known_at > former_close.as_of
        or submissions.period > former_close.previous_period
    group by causes.domain_code, causes.uscc
),

final as (
    select
        this_close.period,
        changed.domain_code,
        changed.uscc,
        coalesce({{ local_date('new_causes.received_at') }}, this_close.reference_date) as changed_on,
        changed.change,
        case
            when changed.change = 'added' and changed.was_on_department_list then 'REINSTATED'
            when changed.change = 'added' then 'LISTED'
            when len(changed.reasons) > 0 then changed.reasons[1]
            else 'DELISTED'
        end as reason_code,
        case
            when changed.change = 'removed'
                then list_concat(
                    changed.reasons[2:],
                    case
                        when len(changed.reasons) > 0 and not changed.is_listed_by_department then ['DELISTED']
                        else cast([] as varchar[])
                    end
                )
            else cast([] as varchar[])
        end as other_reasons,
        new_causes.submission_id,
        new_causes.submission_id is null as is_caused_by_time
    from changed
    cross join this_close
    left join new_causes on changed.domain_code = new_causes.domain_code and changed.uscc = new_causes.uscc
)

select * from final
