-- Rows about an enterprise that nobody could identify, quarantined ones too; natural persons are none of them.
with policies as (
    select * from {{ policy('candidate_policies') }} as policy_rows
),

submissions as (
    select
        submission_id,
        department_code,
        period,
        received_at
    from {{ ref('int_submission__known') }}
),

records as (
    select
        received.feed,
        received.submission_id,
        received.row_id,
        received.source_file,
        received.sheet,
        received.row_number,
        submissions.department_code,
        submissions.period,
        received.row_state,
        -- An ID number stood in the code column: the name may be a person's.
        {{ is_about('received.rule_ids', 'person') }} as is_person_suspected,
        received.name_text,
        received.name_norm,
        translate(upper(regexp_replace(received.code_text, '[\s\-]', '', 'g')), '０１２３４５６７８９Ｘ', '0123456789X') as code
    from {{ ref('int_row__received') }} as received
    inner join submissions on received.submission_id = submissions.submission_id
    where
        received.uscc is null
        and received.match_method = 'unresolved'
        and received.row_state <> 'closed'
        -- 无 among other rows names nobody who could be found (semantics 3.7).
        and not {{ is_about('received.rule_ids', 'nobody') }}
),

enterprises as (
    select
        uscc,
        enterprise_name
    from {{ ref('stg_enterprise_registry__enterprises') }}
),

names as (
    select
        names.*,
        left(names.name_norm, policies.list_beginning_length) as beginning
    from {{ ref('int_enterprise__names') }} as names
    cross join policies
),

-- Characters 9 to 17 of a code are the organisation code (domain.md 3.2): a slip elsewhere leaves it whole.
same_organisation as (
    select
        records.submission_id,
        records.row_id,
        enterprises.uscc,
        2.0 as likeness,
        true as is_present
    from records
    inner join enterprises
        on
            case length(records.code) when 18 then substr(records.code, 9, 9) when 9 then records.code end
            = substr(enterprises.uscc, 9, 9)
    where not records.is_person_suspected
),

-- The first characters hold the place and the trade name's beginning. A former name proposes too, it never decides.
same_beginning as (
    select
        records.submission_id,
        records.row_id,
        names.uscc,
        {{ name_likeness('records.name_norm', 'names.name_norm') }} as likeness,
        names.is_present
    from records
    cross join policies
    inner join names on left(records.name_norm, policies.list_beginning_length) = names.beginning
    where length(records.name_norm) >= policies.list_beginning_length and not records.is_person_suspected
),

found as (
    select * from same_organisation
    union all
    select * from same_beginning
),

-- Each enterprise once, by what speaks most for it; the present name before a former one.
proposed as (
    select
        found.*,
        enterprises.enterprise_name,
        case
            when found.likeness > 1 then '组织机构代码相同'
            else concat(
                if(found.is_present, '名称', '曾用名'),
                if(found.likeness = 1, '相同', format('相近（{:.2f}）', found.likeness))
            )
        end as reason
    from found
    inner join enterprises on found.uscc = enterprises.uscc
    qualify row_number() over (
        partition by found.submission_id, found.row_id, found.uscc order by found.likeness desc, found.is_present desc
    ) = 1
),

ranked as (
    select
        *,
        row_number() over (
            partition by submission_id, row_id order by likeness desc, is_present desc, uscc asc
        ) as place
    from proposed
),

candidates as (
    select
        ranked.submission_id,
        ranked.row_id,
        list(ranked.uscc order by ranked.place) as candidates,
        list(ranked.enterprise_name order by ranked.place) as candidate_names,
        list(ranked.reason order by ranked.place) as candidate_reasons
    from ranked
    inner join policies on ranked.place <= policies.list_candidate_limit
    group by ranked.submission_id, ranked.row_id
),

final as (
    select
        records.feed,
        records.submission_id,
        records.row_id,
        records.source_file,
        records.sheet,
        records.row_number,
        records.department_code,
        records.period,
        records.row_state,
        -- So short a name is hardly an enterprise's (domain.md 4, NAME*): it may be a person's.
        case
            when records.is_person_suspected or length(records.name_norm) <= 3 then left(records.name_text, 1) || '*'
            else records.name_text
        end as name,
        -- Masked as in domain.md 13: first six and last six of a code; of what may be an ID number the first six only;
        -- of anything longer, which may hold an ID number somewhere, and anything shorter the first three.
        case
            -- 暂无, 办理中 and the like are no code.
            when records.code is null or not regexp_matches(records.code, '[0-9A-Z]') then null
            when records.is_person_suspected or starts_with(records.code, 'PERSON:') then '******'
            when regexp_matches(records.code, '^[1-9]\d{5}(19|20)?\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])\d{3}[\dX]?$')
                then left(records.code, 6) || repeat('*', length(records.code) - 6)
            when length(records.code) between 15 and 18
                then concat(
                    left(records.code, 6), repeat('*', length(records.code) - 12), right(records.code, 6)
                )
            else left(records.code, 3) || repeat('*', least(greatest(length(records.code) - 3, 3), 15))
        end as code_shown,
        coalesce(candidates.candidates, []) as candidates,
        coalesce(candidates.candidate_names, []) as candidate_names,
        coalesce(candidates.candidate_reasons, []) as candidate_reasons
    from records
    left join candidates on records.submission_id = candidates.submission_id and records.row_id = candidates.row_id
)

select * from final
