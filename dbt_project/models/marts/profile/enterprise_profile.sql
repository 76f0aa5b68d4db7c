-- One row per enterprise, whatever feeds know it.
with

enterprises as (
    select * from {{ ref('int_enterprise__standing') }}
),

this_close as (
    select * from {{ ref('base_meta__close') }}
),

-- What was never collected is null, never 0 (design.md 3).
collected as (
    select
        coalesce(bool_or(feed = 'inspection_results'), false) as has_inspections,
        coalesce(bool_or(feed in ('inspection_results', 'enterprise_registry')), false) as has_warnings
    from {{ ref('base_quality__submissions') }}
),

pairs as (
    select
        uscc,
        count(*) filter (where is_evaluation_current) as evaluated_domain_count,
        min(tier) as best_tier,
        max(tier) as worst_tier,
        list_sort(list(domain_code) filter (where is_on_effective_list)) as positive_list_domains
    from {{ ref('int_domain_enterprise__standing') }}
    where is_profile_pair
    group by uscc
),

forms as (
    select * from {{ policy('inspection_forms') }}
),

inspections as (
    select
        inspection.uscc,
        inspection.inspected_on,
        inspection.is_onsite,
        inspection.result_group in ('corrected', 'issue_pending', 'refused') as is_violation,
        coalesce(forms.counts_to_limit, true) as counts_to_limit,
        -- Twelve months by the name of the columns, whatever window the rules use.
        {{ within_months_before('inspection.inspected_on', 'this_close.reference_date', 12) }} as is_in_window,
        inspection.inspected_on >= date_trunc('year', this_close.reference_date) as is_this_year
    from {{ ref('inspections') }} as inspection
    cross join this_close
    left join forms on inspection.inspection_form = forms.inspection_form
    where inspection.uscc is not null and inspection.inspected_on <= this_close.reference_date
),

inspection_counts as (
    select
        uscc,
        count(*) filter (where is_in_window) as inspection_count_12m,
        count(*) filter (where is_onsite and is_this_year) as onsite_inspection_count_ytd,
        count(*) filter (where is_onsite and is_this_year and counts_to_limit) as onsite_limit_count_ytd,
        count(*) filter (where is_violation and is_in_window) as violation_count_12m,
        max(inspected_on) as last_inspected_on
    from inspections
    group by uscc
),

warnings as (
    select
        uscc,
        count(*) as warning_count
    from {{ ref('risk_warnings') }}
    group by uscc
),

final as (
    select
        enterprises.uscc,
        enterprises.enterprise_name,
        enterprises.district_code,
        enterprises.registration_status,
        enterprises.public_credit_grade,
        enterprises.public_credit_score,
        enterprises.public_credit_evaluated_on,
        coalesce(pairs.evaluated_domain_count, 0) as evaluated_domain_count,
        pairs.best_tier,
        pairs.worst_tier,
        enterprises.is_public_credit_poor or enterprises.is_seriously_dishonest as is_vetoed,
        list_filter([
            case when enterprises.is_public_credit_poor then 'PUBLIC_CREDIT_POOR' end,
            case when enterprises.is_seriously_dishonest then 'SERIOUSLY_DISHONEST' end
        ], lambda reason: reason is not null) as veto_reasons,
        enterprises.is_seriously_dishonest,
        coalesce(pairs.positive_list_domains, cast([] as varchar[])) as positive_list_domains,
        case when collected.has_inspections then coalesce(inspection_counts.inspection_count_12m, 0) end
            as inspection_count_12m,
        case when collected.has_inspections then coalesce(inspection_counts.onsite_inspection_count_ytd, 0) end
            as onsite_inspection_count_ytd,
        case when collected.has_inspections then coalesce(inspection_counts.violation_count_12m, 0) end
            as violation_count_12m,
        inspection_counts.last_inspected_on,
        case when collected.has_warnings then coalesce(warnings.warning_count, 0) end as warning_count,
        this_close.as_of,
        this_close.reference_date,
        enterprises.is_public_credit_stale,
        enterprises.public_credit_veto_until,
        enterprises.dishonest_domains,
        enterprises.credit_risk_class,
        enterprises.is_ended as is_registration_ended,
        enterprises.is_in_registry,
        enterprises.is_district_from_registry,
        case when collected.has_inspections then coalesce(inspection_counts.onsite_limit_count_ytd, 0) end
            as onsite_limit_count_ytd,
        enterprises.known_by_feeds
    from enterprises
    cross join this_close
    cross join collected
    left join pairs on enterprises.uscc = pairs.uscc
    left join inspection_counts on enterprises.uscc = inspection_counts.uscc
    left join warnings on enterprises.uscc = warnings.uscc
)

select * from final
