{{ config(materialized='table') }}

-- From when a listing may be repaired, and when its publicity ends at the latest: by its severity class and the rule
-- version in force on the day of listing (or of the close, seed repair_policies.rule_by; domain.md 6.1, 6.2). A listing
-- older than any version has no terms. Publicity never lasts longer than the listing (seed list_terms).
with

listings as (
    select * from {{ ref('int_dishonesty__status') }}
),

this_close as (
    select * from {{ ref('base_meta__close') }}
),

policies as (
    select * from {{ policy('repair_policies') }}
),

severities as (
    select * from {{ policy('severity_rules') }}
),

-- Versions of all times: which one holds is for the day of each listing to say.
terms as (
    select terms.*
    from {{ ref('repair_terms') }} as terms
    inner join this_close on terms.programme = this_close.programme
),

-- Few reasons stand against many listings: each is read once.
reasons as (
    select distinct coalesce(listing_reason, '') as listing_reason
    from listings
),

classes as (
    select
        reasons.listing_reason,
        arg_min(severities.severity_class, severities.severity_rank) as severity_class
    from reasons
    inner join severities
        on severities.reason_words is null or contains(reasons.listing_reason, severities.reason_words)
    group by reasons.listing_reason
),

classed as (
    select
        listings.domain_code,
        listings.uscc,
        listings.published_on,
        listings.term_ends_on,
        classes.severity_class,
        case when policies.rule_by = 'as_of_date' then this_close.reference_date else listings.published_on end
            as rule_on
    from listings
    cross join this_close
    cross join policies
    left join classes on coalesce(listings.listing_reason, '') = classes.listing_reason
),

chosen as (
    select
        classed.*,
        terms.rule_version,
        terms.min_months,
        terms.max_months,
        terms.legal_basis,
        terms.assumed
    from classed
    left join terms
        on
            classed.severity_class = terms.severity_class
            and terms.domain_code in (classed.domain_code, '*')
            and classed.rule_on >= terms.valid_from
            and classed.rule_on <= coalesce(terms.valid_to, date '9999-12-31')
    -- A row for the domain wins over the one for all.
    qualify row_number() over (
        partition by classed.domain_code, classed.uscc, classed.published_on
        order by terms.domain_code = '*' asc nulls last
    ) = 1
),

final as (
    select
        domain_code,
        uscc,
        published_on,
        severity_class,
        rule_version,
        legal_basis,
        assumed as is_term_assumed,
        {{ months_later('published_on', 'min_months') }} as earliest_end_on,
        case
            when max_months is not null
                then least({{ months_later('published_on', 'max_months') }}, term_ends_on)
        end as latest_end_on
    from chosen
)

select * from final
