{{ config(materialized='table') }}

-- What became of every listing as a seriously dishonest subject: the first status that holds, in the order revoked,
-- repaired, removed, expired, unconfirmed, active (semantics.md 5.5). Only active ones count. `cause_*` is the row or
-- list that brought the status about, null where time alone did; of a removal date sent again, the row that said it first.
with

listings as (
    select * from {{ ref('int_dishonesty__listings') }}
),

this_close as (
    select * from {{ ref('base_meta__close') }}
),

terms as (
    select * from {{ policy('list_terms') }}
),

repairs as (
    select * from {{ ref('stg_credit_repair__repairs') }}
    where decision = '准予'
),

registry as (
    select uscc from {{ ref('stg_enterprise_registry__enterprises') }}
),

same_names as (
    select distinct
        listings.uscc,
        listings.name_norm
    from listings
    inner join {{ ref('int_enterprise__names') }} as names
        on listings.uscc = names.uscc and listings.name_norm = names.name_norm
),

domain_terms as (
    select
        domain.domain_code,
        coalesce(own.max_term_months, usual.max_term_months) as max_term_months
    from {{ policy('domains') }} as domain
    inner join terms as usual on usual.domain_code = '*'
    left join terms as own on domain.domain_code = own.domain_code
),

removals_said as (
    select
        domain_code,
        uscc,
        published_on,
        removed_on,
        removal_reason,
        arg_min(submission_id, (received_at, submission_sha256, row_id)) as submission_id,
        min(received_at) as received_at,
        arg_min(known_at, (received_at, submission_sha256, row_id)) as known_at
    from {{ ref('stg_serious_dishonesty_list__listings') }}
    where removed_on is not null or removal_reason is not null
    group by domain_code, uscc, published_on, removed_on, removal_reason
),

facts as (
    select
        listings.*,
        coalesce(removals_said.submission_id, listings.submission_id) as removal_submission_id,
        coalesce(removals_said.received_at, listings.received_at) as removal_received_at,
        coalesce(removals_said.known_at, listings.known_at) as removal_known_at,
        this_close.reference_date,
        {{ months_later('listings.published_on', 'domain_terms.max_term_months') }} as term_ends_on,
        coalesce(listings.removal_reason in ('撤销', '纠错'), false) as is_revoked,
        repairs.uscc is not null as is_repaired,
        repairs.repaired_on,
        repairs.submission_id as repair_submission_id,
        repairs.received_at as repair_received_at,
        repairs.known_at as repair_known_at,
        coalesce(listings.removed_on <= this_close.reference_date, false) as is_removed_by_date,
        -- A masked name contradicts nothing; any other must be one of the registry's.
        listings.match_method <> 'uscc'
        or (
            registry.uscc is not null
            and not contains(listings.name_norm, '*')
            and same_names.uscc is null
        ) as is_identity_doubtful
    from listings
    cross join this_close
    inner join domain_terms on listings.domain_code = domain_terms.domain_code
    left join repairs
        on
            listings.domain_code = repairs.domain_code
            and listings.uscc = repairs.uscc
            and listings.published_on = repairs.listed_on
            and this_close.reference_date >= repairs.repaired_on
    left join removals_said
        on
            listings.domain_code = removals_said.domain_code
            and listings.uscc = removals_said.uscc
            and listings.published_on = removals_said.published_on
            and listings.removed_on is not distinct from removals_said.removed_on
            and listings.removal_reason is not distinct from removals_said.removal_reason
    left join registry on listings.uscc = registry.uscc
    left join same_names on listings.uscc = same_names.uscc and listings.name_norm = same_names.name_norm
    -- Facts dated later are kept and not yet in force (semantics.md 1.3).
    where listings.published_on <= this_close.reference_date
),

judged as (
    select
        *,
        case
            when is_revoked then 'revoked'
            when is_repaired then 'repaired'
            when not is_in_force or is_removed_by_date then 'removed'
            when reference_date > term_ends_on then 'expired'
            when is_identity_doubtful then 'unconfirmed'
            else 'active'
        end as status
    from facts
),

final as (
    select
        domain_code,
        uscc,
        published_on,
        enterprise_name,
        name_norm,
        match_method,
        listing_reason,
        decision_department,
        decision_doc_no,
        removed_on,
        removal_reason,
        term_ends_on,
        status,
        case status
            when 'revoked' then coalesce(removed_on, {{ local_date('coalesce(removing_received_at, received_at)') }})
            when 'repaired' then repaired_on
            when 'removed' then if(is_removed_by_date, removed_on, {{ local_date('removing_received_at') }})
            when 'expired' then term_ends_on
        end as ended_on,
        is_in_force,
        is_protected,
        status = 'expired' and is_in_force as is_sent_after_expiry,
        submission_id,
        row_id,
        received_at,
        known_at,
        -- The row or list that made the status what it is: its submission, when it came, since when it is known.
        {% for fact in ['submission_id', 'received_at', 'known_at'] -%}
        case
            when status in ('active', 'unconfirmed') then entered_{{ fact }}
            when status = 'repaired' then repair_{{ fact }}
            when status = 'revoked' or (status = 'removed' and is_removed_by_date) then removal_{{ fact }}
            when status = 'removed' then removing_{{ fact }}
        end as cause_{{ fact }},
        {% endfor -%}
        is_identity_doubtful
    from judged
)

select * from final
