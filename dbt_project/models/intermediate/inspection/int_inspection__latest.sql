{{ config(materialized='table') }}

-- Effective inspections with what they mean: whose they are, which domain they belong to, how they ended (semantics 5.6).
with inspections as (
    select * from {{ ref('stg_inspection_results__inspections') }}
),

tasks as (
    select
        task_no,
        -- Brackets as in the names of domains: typed text is NFKC, seeds are written as in the policy.
        translate(concat_ws('；', task_name, subject_scope, inspection_items), '（）', '()') as task_text
    from {{ ref('stg_inspection_tasks__tasks') }}
),

domains as (
    select
        domain_code,
        department_code,
        translate(domain_name, '（）', '()') as domain_name
    from {{ policy('domains') }} as policy_rows
),

authorities as (
    select * from {{ policy('inspecting_authorities') }} as policy_rows
),

authority_codes as (
    select
        authority_code,
        min(department_code) as department_code
    from authorities
    where authority_code is not null
    group by authority_code
),

authority_names as (
    select
        authority_name,
        min(department_code) as department_code
    from authorities
    group by authority_name
),

single_domains as (
    select
        department_code,
        min(domain_code) as domain_code
    from domains
    group by department_code
    having count(*) = 1
),

-- A name inside a longer name that also matches does not count: 产品质量领域 within 农产品质量领域 (semantics 2.4).
searched_domains as (
    select
        domains.domain_code,
        domains.department_code,
        domains.domain_name,
        string_agg(
            regexp_escape(longer.domain_name), '|' order by length(longer.domain_name) desc, longer.domain_name asc
        )
            as longer_names
    from domains
    left join domains as longer
        on contains(longer.domain_name, domains.domain_name) and domains.domain_code <> longer.domain_code
    group by domains.domain_code, domains.department_code, domains.domain_name
),

task_domains as (
    select
        tasks.task_no,
        searched_domains.department_code,
        min(searched_domains.domain_code) as domain_code
    from tasks
    inner join searched_domains
        on
            contains(
                case
                    when searched_domains.longer_names is null then tasks.task_text
                    else regexp_replace(tasks.task_text, searched_domains.longer_names, '；', 'g')
                end,
                searched_domains.domain_name
            )
    group by tasks.task_no, searched_domains.department_code
    having count(*) = 1
),

-- Few combinations of results stand against many inspections: judge each combination once.
result_sets as (
    select
        results.inspection_result,
        arg_max(groups.result_group, groups.severity_rank) as result_group,
        max(groups.severity_rank) as severity_rank
    from (select distinct
        inspection_result,
        unnest(inspection_result) as result
    from inspections) as results
    inner join {{ policy('inspection_result_groups') }} as groups on results.result = groups.result
    group by results.inspection_result
),

methods as (
    select * from {{ policy('inspection_methods') }} as policy_rows
),

forms as (
    select * from {{ policy('inspection_forms') }} as policy_rows
),

attributed as (
    select
        inspections.*,
        -- Where name and code disagree the code wins (semantics 2.1).
        coalesce(authority_codes.department_code, authority_names.department_code) as inspecting_department_code
    from inspections
    left join authority_codes on inspections.inspecting_authority_code = authority_codes.authority_code
    left join authority_names on inspections.inspecting_authority_name = authority_names.authority_name
),

final as (
    select
        attributed.inspection_id,
        attributed.submission_id,
        attributed.row_id,
        attributed.task_no,
        attributed.uscc,
        attributed.match_method = 'natural_person' as is_natural_person,
        attributed.counterpart_person_key,
        attributed.legal_representative_person_key,
        attributed.counterpart_category,
        attributed.counterpart_name,
        attributed.inspecting_authority_name,
        attributed.inspecting_department_code,
        coalesce(task_domains.domain_code, single_domains.domain_code) as domain_code,
        case
            when task_domains.domain_code is not null then 'task'
            when single_domains.domain_code is not null then 'only_domain'
        end as domain_basis,
        attributed.inspected_on,
        attributed.inspection_form,
        attributed.inspection_method,
        attributed.inspection_result,
        result_sets.result_group,
        result_sets.severity_rank,
        coalesce(methods.is_onsite, false) as is_onsite,
        coalesce(forms.counts_to_limit, true) as counts_to_limit,
        attributed.related_document_no
    from attributed
    left join task_domains
        on
            attributed.task_no = task_domains.task_no
            and attributed.inspecting_department_code = task_domains.department_code
    left join single_domains on attributed.inspecting_department_code = single_domains.department_code
    left join result_sets on attributed.inspection_result = result_sets.inspection_result
    left join methods on attributed.inspection_method = methods.method
    left join forms on attributed.inspection_form = forms.inspection_form
)

select * from final
