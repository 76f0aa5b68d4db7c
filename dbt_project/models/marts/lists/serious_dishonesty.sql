-- Every listing as a seriously dishonest subject that a usable list ever named, and its status (semantics.md 5.5).
with

listings as (
    select * from {{ ref('int_dishonesty__status') }}
),

enterprises as (
    select * from {{ ref('int_enterprise__standing') }}
),

domains as (
    select * from {{ policy('domains') }}
),

this_close as (
    select * from {{ ref('base_meta__close') }}
),

final as (
    select
        this_close.period,
        listings.domain_code,
        listings.uscc,
        listings.published_on,
        listings.listing_reason,
        listings.status,
        listings.ended_on,
        case
            when listings.is_sent_after_expiry then '已超过最长管理期限，名单仍在报送，请部门核实'
            when listings.status = 'unconfirmed' and listings.match_method <> 'uscc'
                then '按旧号码或名称认定，待部门以更正确认，暂不计入'
            when listings.status = 'unconfirmed' then '名称与登记信息不符，待部门以更正确认，暂不计入'
            when listings.is_protected and listings.status = 'active' then '新名单中该企业的行待更正，原列入记录保留'
        end as status_note_zh,
        case when enterprises.is_in_registry then enterprises.enterprise_name else listings.enterprise_name end
            as enterprise_name,
        listings.enterprise_name as reported_name,
        domains.domain_name,
        domains.department_code,
        enterprises.district_code,
        listings.term_ends_on,
        listings.removed_on,
        listings.removal_reason,
        listings.decision_department,
        listings.decision_doc_no,
        listings.match_method,
        listings.is_in_force as is_on_list_in_force,
        listings.submission_id,
        {{ local_date('listings.received_at') }} as received_on
    from listings
    cross join this_close
    inner join enterprises on listings.uscc = enterprises.uscc
    inner join domains on listings.domain_code = domains.domain_code
)

select * from final
