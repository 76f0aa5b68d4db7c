-- The departments' lists in force and what became of every entry: listed, vetoed or ineligible (semantics.md 5.7).
with

entries as (
    select * from {{ ref('int_positive_list__entries') }}
    where is_in_force
),

standing as (
    select * from {{ ref('int_domain_enterprise__standing') }}
),

enterprises as (
    select * from {{ ref('int_enterprise__standing') }}
),

domains as (
    select * from {{ policy('domains') }}
),

all_domain_names as (
    select map_from_entries(list((domain_code, domain_name))) as domain_name_by_code
    from domains
),

all_reasons as (
    select
        map_from_entries(list((reason_code, reason_zh))) as reason_zh_by_code,
        map_from_entries(list((reason_code, legal_basis))) as basis_by_code
    from {{ policy('reason_codes') }}
),

this_close as (
    select * from {{ ref('base_meta__close') }}
),

joined as (
    select
        entries.*,
        standing.list_status,
        standing.reasons,
        standing.is_on_effective_list,
        standing.grade,
        standing.tier,
        standing.inspected_on,
        case when enterprises.is_in_registry then enterprises.enterprise_name else entries.enterprise_name end
            as shown_name,
        enterprises.public_credit_evaluated_on,
        enterprises.dishonest_domains,
        enterprises.registration_status,
        all_domain_names.domain_name_by_code,
        all_reasons.reason_zh_by_code,
        all_reasons.basis_by_code
    from entries
    inner join standing on entries.domain_code = standing.domain_code and entries.uscc = standing.uscc
    inner join enterprises on entries.uscc = enterprises.uscc
    cross join all_domain_names
    cross join all_reasons
    where standing.is_listed_by_department
),

explained as (
    select
        *,
        list_transform(
            reasons,
            lambda reason: reason_zh_by_code[reason] || case reason
                when 'PUBLIC_CREDIT_POOR' then '（' || public_credit_evaluated_on || '评价）'
                when 'SERIOUSLY_DISHONEST'
                    then '（' || array_to_string(
                        list_transform(dishonest_domains, lambda code: coalesce(domain_name_by_code[code], code)), '、'
                    ) || '）'
                when 'DEREGISTERED' then '（' || registration_status || '）'
                when 'GRADE_BELOW_THRESHOLD' then '（评为' || grade || '，档次' || tier || '）'
                when 'INSPECTION_FAILED' then '（' || inspected_on || '检查）'
                else ''
            end
        ) as reasons_zh,
        list_sort(list_distinct(list_transform(
            if(len(reasons) = 0, ['LISTED'], reasons), lambda reason: basis_by_code[reason]
        ))) as bases
    from joined
),

final as (
    select
        explained.domain_code,
        explained.uscc,
        explained.shown_name as enterprise_name,
        explained.published_on_held as published_on,
        explained.list_status as status,
        explained.reasons,
        nullif(array_to_string(explained.reasons_zh, '；'), '') as reason_zh,
        concat(
            domains.domain_name,
            case
                when explained.list_status = 'listed'
                    then '正面清单在列：主管部门' || explained.published_on_held || '发布的清单列有该企业，没有否决或不符合条件的情形'
                when explained.is_on_effective_list then '正面清单在列，建议移出：' || array_to_string(explained.reasons_zh, '；')
                else '正面清单不列入：' || array_to_string(explained.reasons_zh, '；')
            end,
            '。依据：', array_to_string(explained.bases, '；'), '。'
        ) as explanation_zh,
        explained.is_on_effective_list as is_effective,
        domains.domain_name,
        domains.department_code,
        explained.enterprise_name as reported_name,
        explained.match_method,
        {{ local_date('explained.entered_received_at') }} as on_list_since,
        explained.is_protected,
        explained.remarks,
        explained.submission_id,
        this_close.period,
        this_close.as_of
    from explained
    inner join domains on explained.domain_code = domains.domain_code
    cross join this_close
)

select * from final
