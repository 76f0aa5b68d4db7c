{{ config(materialized='table') }}

-- Per enterprise what counts in every domain: registration, public credit and serious dishonesty (semantics.md 5.4, 5.5, 5.7).
with

enterprises as (
    select * from {{ ref('int_enterprise__universe') }}
),

statuses as (
    select * from {{ policy('registration_statuses') }}
),

public_credit as (
    select * from {{ ref('int_public_credit__current') }}
),

dishonesty as (
    select
        uscc,
        list_sort(list(distinct domain_code)) as dishonest_domains
    from {{ ref('int_dishonesty__status') }}
    where status = 'active'
    group by uscc
),

final as (
    select
        enterprises.uscc,
        enterprises.enterprise_name,
        enterprises.is_in_registry,
        enterprises.registration_status,
        coalesce(statuses.is_ended, false) as is_ended,
        enterprises.credit_risk_class,
        enterprises.district_code,
        enterprises.is_district_from_registry,
        enterprises.established_on,
        enterprises.known_by_feeds,
        public_credit.grade as public_credit_grade,
        public_credit.score as public_credit_score,
        public_credit.evaluated_on as public_credit_evaluated_on,
        public_credit.veto_until as public_credit_veto_until,
        public_credit.is_stale as is_public_credit_stale,
        coalesce(public_credit.is_poor, false) as is_public_credit_poor,
        dishonesty.uscc is not null as is_seriously_dishonest,
        dishonesty.dishonest_domains
    from enterprises
    left join statuses on enterprises.registration_status = statuses.registration_status
    left join public_credit on enterprises.uscc = public_credit.uscc
    left join dishonesty on enterprises.uscc = dishonesty.uscc
)

select * from final
