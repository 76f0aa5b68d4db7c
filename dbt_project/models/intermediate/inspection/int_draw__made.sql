-- The draws that this close has to make: the first of each domain, and those that a person decided on; what an earlier
-- close of the period drew is not drawn again (semantics.md 5.11).
with

subjects as (
    select * from {{ ref('int_draw__subjects') }}
),

this_close as (
    select * from {{ ref('base_meta__close') }}
),

policies as (
    select * from {{ policy('draw_policies') }}
),

wanted as (
    select
        domain_code,
        1 as draw_no,
        cast(null as varchar) as redraw_reason
    from (select distinct domain_code from subjects) as domains
    union all
    select
        domain_code,
        draw_no,
        reason as redraw_reason
    from {{ ref('base_quality__redraws') }}
),

missing as (
    select wanted.*
    from wanted
    anti join {{ ref('base_closes__inspection_draws') }} as kept
        on wanted.domain_code = kept.domain_code and wanted.draw_no = kept.draw_no
),

-- Frozen and hashed first: who takes part, and in which stratum.
populations as (
    select
        domain_code,
        count(*) as population_count,
        {{ population_hash('uscc', 'measure') }} as population_hash
    from subjects
    where exclusion_reason is null
    group by domain_code
),

strata as (
    select
        domain_code,
        measure,
        count(*) as stratum_count,
        {{ draw_quota('any_value(sampling_rate)', 'count(*)') }} as stratum_quota
    from subjects
    where exclusion_reason is null
    group by domain_code, measure
),

seeded as (
    select
        missing.domain_code,
        missing.draw_no,
        missing.redraw_reason,
        this_close.period,
        this_close.as_of as drawn_as_of,
        coalesce(populations.population_count, 0) as population_count,
        populations.population_hash,
        case
            when populations.population_hash is not null
                then {{ draw_seed(
                    'this_close.programme', 'missing.domain_code', 'this_close.period',
                    'populations.population_hash', 'missing.draw_no'
                ) }}
        end as seed,
        {{ months_later('this_close.period_start', 'policies.window_offset_months') }} as window_start,
        cast(
            {{ months_later('this_close.period_start', 'policies.window_offset_months + policies.window_months') }}
            - 1 as date
        ) as window_end
    from missing
    cross join this_close
    cross join policies
    left join populations on missing.domain_code = populations.domain_code
),

ordered as (
    select
        seeded.*,
        subjects.department_code,
        subjects.uscc,
        subjects.measure,
        subjects.sampling_rate,
        subjects.onsite_visit_count_ytd,
        subjects.onsite_limit,
        subjects.exclusion_reason,
        case
            when subjects.exclusion_reason is null
                then row_number() over (
                    partition by seeded.domain_code, seeded.draw_no, subjects.measure, subjects.exclusion_reason is null
                    order by sha256(seeded.seed || subjects.uscc), subjects.uscc
                )
        end as draw_order
    from seeded
    inner join subjects on seeded.domain_code = subjects.domain_code
),

final as (
    select
        ordered.domain_code,
        ordered.department_code,
        ordered.period,
        ordered.draw_no,
        ordered.seed,
        ordered.population_hash,
        ordered.population_count,
        ordered.uscc,
        ordered.measure,
        ordered.sampling_rate,
        case when ordered.exclusion_reason is null then strata.stratum_count end as stratum_count,
        case when ordered.exclusion_reason is null then strata.stratum_quota end as stratum_quota,
        ordered.draw_order,
        coalesce(ordered.draw_order <= strata.stratum_quota, false) as drawn,
        ordered.exclusion_reason,
        ordered.onsite_visit_count_ytd,
        ordered.onsite_limit,
        ordered.window_start,
        ordered.window_end,
        ordered.drawn_as_of,
        ordered.redraw_reason
    from ordered
    left join strata on ordered.domain_code = strata.domain_code and ordered.measure = strata.measure
)

select * from final
