-- 一址多照 and 一人多企: live enterprises that share an address, or a legal representative, and how many they are. Each
-- measure has its seeded levels; a warning was raised on the day on which the number of its level was reached.
with

subjects as (
    select * from {{ ref('int_warning__live_subjects') }}
),

thresholds as (
    select * from {{ policy('warning_thresholds') }}
),

windows as (
    select max(window_days) as window_days
    from thresholds
    where warning_type = 'multi_firm_person' and measure = 'new_subjects'
),

shared as (
    select
        'multi_licence_address' as warning_type,
        'live_subjects' as measure,
        address_key as subject_key,
        uscc,
        since_on
    from subjects
    where address_key is not null
    union all
    select
        'multi_firm_person' as warning_type,
        'live_subjects' as measure,
        person_key as subject_key,
        uscc,
        since_on
    from subjects
    where person_key is not null
    union all
    select
        'multi_firm_person' as warning_type,
        'new_subjects' as measure,
        subjects.person_key as subject_key,
        subjects.uscc,
        subjects.established_on as since_on
    from subjects
    cross join windows
    where
        subjects.person_key is not null
        and subjects.established_on > subjects.reference_date - windows.window_days
),

-- Hardly anybody shares so much: only those who do are put in order.
crowded as (
    select
        shared.warning_type,
        shared.measure,
        shared.subject_key,
        count(*) as evidence_count
    from shared
    group by shared.warning_type, shared.measure, shared.subject_key
    having
        count(*) >= (
            select min(thresholds.threshold_value)
            from thresholds
            where thresholds.warning_type = shared.warning_type and thresholds.measure = shared.measure
        )
),

numbered as (
    select
        shared.*,
        crowded.evidence_count,
        row_number() over (
            partition by shared.warning_type, shared.measure, shared.subject_key
            order by shared.since_on, shared.uscc
        ) as place
    from shared
    inner join crowded
        on
            shared.warning_type = crowded.warning_type
            and shared.measure = crowded.measure
            and shared.subject_key = crowded.subject_key
),

reached as (
    select
        numbered.warning_type,
        numbered.measure,
        numbered.subject_key,
        numbered.evidence_count,
        thresholds.level,
        thresholds.threshold_value,
        thresholds.conf,
        thresholds.legal_basis,
        numbered.since_on as raised_on
    from numbered
    inner join thresholds
        on
            numbered.warning_type = thresholds.warning_type
            and numbered.measure = thresholds.measure
            and numbered.place = thresholds.threshold_value
),

-- One warning per address or person: the highest level that any measure reached, the larger number first.
strongest as (
    select *
    from reached
    qualify row_number() over (
        partition by warning_type, subject_key
        order by level = 'alert' desc, threshold_value desc, measure asc
    ) = 1
),

final as (
    select
        strongest.warning_type,
        strongest.subject_key,
        numbered.uscc,
        strongest.raised_on,
        strongest.evidence_count,
        strongest.level,
        strongest.measure,
        strongest.threshold_value,
        strongest.conf,
        strongest.legal_basis
    from strongest
    inner join numbered
        on
            strongest.warning_type = numbered.warning_type
            and strongest.measure = numbered.measure
            and strongest.subject_key = numbered.subject_key
)

select * from final
