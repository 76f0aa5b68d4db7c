-- 查无下落: an inspection could not reach the enterprise at its registered address, and none has met it since. Ended
-- registrations need no search.
with

inspections as (
    select inspections.*
    from {{ ref('int_inspection__latest') }} as inspections
    inner join {{ ref('base_meta__close') }} as this_close
        on inspections.inspected_on <= this_close.reference_date
    where inspections.uscc is not null
),

warning_results as (
    select list(result) as results
    from {{ policy('warning_results') }}
    where warning_type = 'untraceable'
),

thresholds as (
    select * from {{ policy('warning_thresholds') }}
    where warning_type = 'untraceable' and measure = 'findings'
),

enterprises as (
    select uscc
    from {{ ref('int_enterprise__standing') }}
    where not is_ended
),

judged as (
    select
        inspections.uscc,
        inspections.inspection_id,
        inspections.inspected_on,
        list_has_any(inspections.inspection_result, warning_results.results) as is_unreachable,
        -- Somebody was met on the spot; what was found by paper or on the net does not say that anybody is there.
        inspections.is_onsite and inspections.result_group <> 'ceased' as is_meeting
    from inspections
    cross join warning_results
),

met as (
    select
        uscc,
        max(inspected_on) as last_met_on
    from judged
    where is_meeting and not is_unreachable
    group by uscc
),

findings as (
    select
        judged.uscc,
        judged.inspected_on,
        row_number() over (partition by judged.uscc order by judged.inspected_on, judged.inspection_id) as place,
        count(*) over (partition by judged.uscc) as evidence_count
    from judged
    inner join enterprises on judged.uscc = enterprises.uscc
    left join met on judged.uscc = met.uscc
    -- Met on the same day by somebody else: the later word is unknown, so the warning stands.
    where judged.is_unreachable and (met.last_met_on is null or judged.inspected_on >= met.last_met_on)
),

final as (
    select
        'untraceable' as warning_type,
        findings.uscc as subject_key,
        findings.uscc,
        findings.inspected_on as raised_on,
        findings.evidence_count,
        thresholds.level,
        thresholds.measure,
        thresholds.threshold_value,
        thresholds.conf,
        thresholds.legal_basis
    from findings
    inner join thresholds on findings.place = thresholds.threshold_value
    qualify row_number() over (partition by findings.uscc order by thresholds.threshold_value desc) = 1
)

select * from final
