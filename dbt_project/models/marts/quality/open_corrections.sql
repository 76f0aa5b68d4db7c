-- What departments still have to put right, as known by as_of: quarantined rows that no decision took up and that
-- nothing sent since has replaced. Left out is what waits for nothing: there is nothing to correct in a repeat.
with

this_close as (
    select * from {{ ref('base_meta__close') }}
),

-- A part of the key that is wrong cannot say which row is meant: it is not known.
waiting as (
    select
        items.*,
        quarantine.uscc,
        quarantine.rule_ids,
        {{ waits_for('quarantine.rule_ids', 'withdraw') }} as is_foreign,
        case when not is_foreign then items.domain_code end as known_domain_code,
        case
            when not {{ has_wrong_key('quarantine.rule_ids', 'items.feed') }} then items.key_text
        end as known_key_text,
        case
            when items.record_id is not null then 'record'
            when items.subject_code is not null then 'code'
            else 'name'
        end as known_by,
        coalesce(items.record_id, items.subject_code, items.name_norm) as known_as
    from {{ ref('base_quality__quarantine') }} as quarantine
    inner join {{ ref('int_row__item') }} as items
        on quarantine.submission_id = items.submission_id and quarantine.row_id = items.row_id
    -- The first state is asked of the raw batch, whose files tell without being read where all rows were accepted.
    where items.first_state = 'quarantined' and not {{ waits_for('quarantine.rule_ids', 'nothing') }}
),

-- Only what may replace something that waits: of millions of rows a few.
candidates as (
    select * from {{ ref('int_row__item') }}
    where
        effective_state = 'accepted'
        and (
            record_id in (select waiting.known_as from waiting)
            or subject_code in (select waiting.known_as from waiting)
            or name_norm in (select waiting.known_as from waiting)
        )
),

-- Under each way in which one that waits may be known.
accepted as (
    select
        candidates.*,
        ways.known_by,
        case ways.known_by
            when 'record' then candidates.record_id
            when 'code' then candidates.subject_code
            else candidates.name_norm
        end as known_as
    from candidates
    cross join (values ('record'), ('code'), ('name')) as ways (known_by)
),

-- The same record accepted later; or the same enterprise, in place of a code that is missing by its name, under the same
-- key from another submission. Where a part of the key is not known, the rest decides, but within the month only
-- (semantics 4.3).
replaced as (
    select distinct
        waiting.submission_id,
        waiting.row_id
    from waiting
    inner join accepted
        on
            waiting.feed = accepted.feed
            and waiting.known_by = accepted.known_by
            and waiting.known_as = accepted.known_as
            and (waiting.received_at, waiting.sha256, waiting.row_id)
            < (accepted.received_at, accepted.sha256, accepted.row_id)
    where
        waiting.known_by = 'record'
        or (
            waiting.department_code = accepted.department_code
            and waiting.submission_id <> accepted.submission_id
            and (waiting.known_domain_code is null or waiting.known_domain_code = accepted.domain_code)
            and (waiting.known_key_text is null or waiting.known_key_text = accepted.key_text)
            and (
                waiting.period = accepted.period
                or (
                    waiting.period < accepted.period
                    and waiting.known_domain_code is not null
                    and waiting.known_key_text is not null
                )
            )
        )
),

lists as (
    select
        usable.feed,
        usable.domain_code,
        usable.period,
        usable.received_at,
        usable.sha256,
        submissions.department_code
    from {{ ref('int_list__usable') }} as usable
    inner join {{ ref('base_quality__submissions') }} as submissions on usable.submission_id = submissions.submission_id
),

-- A later list says anew who is on it; what belonged to no list of the sender's ends with the list of a later month.
overtaken as (
    select
        waiting.submission_id,
        waiting.row_id
    from waiting
    inner join lists
        on
            waiting.feed = lists.feed
            and waiting.department_code = lists.department_code
            and (
                (
                    waiting.domain_code = lists.domain_code
                    and (waiting.period, waiting.submission_received_at, waiting.sha256)
                    < (lists.period, lists.received_at, lists.sha256)
                )
                or (waiting.domain_code is null and waiting.period < lists.period)
            )
    union
    -- A row of another department's domain is not the sender's to correct: told once, done with when it reports again.
    select
        waiting.submission_id,
        waiting.row_id
    from waiting
    inner join {{ ref('int_submission__known') }} as later
        on
            waiting.feed = later.feed
            and waiting.department_code = later.department_code
            and waiting.submission_received_at < later.received_at
    where waiting.is_foreign and later.is_usable
),

-- Sent again and still wrong: one item, shown as it was sent last, open since it was first refused.
attempts as (
    select
        waiting.*,
        rank() over (item order by waiting.submission_received_at desc, waiting.sha256 desc) = 1 as is_last,
        min(waiting.received_at) over item as first_received_at,
        count(distinct waiting.submission_id) over item as attempt_count
    from waiting
    anti join replaced on waiting.submission_id = replaced.submission_id and waiting.row_id = replaced.row_id
    window item as (
        partition by
            waiting.feed,
            waiting.department_code,
            waiting.domain_code,
            coalesce(waiting.known_as, waiting.submission_id || '#' || waiting.row_id::varchar),
            waiting.key_text
    )
),

standing as (
    select attempts.*
    from attempts
    anti join overtaken on attempts.submission_id = overtaken.submission_id and attempts.row_id = overtaken.row_id
    where attempts.is_last
),

row_reasons as (
    select
        findings.submission_id,
        findings.row_id,
        string_agg(distinct findings.reason, '；' order by findings.reason) as reason
    from {{ source('quality', 'findings') }} as findings
    where findings.severity = 'error' and findings.row_id is not null
    group by findings.submission_id, findings.row_id
),

file_reasons as (
    select
        findings.submission_id,
        findings.rule_id,
        string_agg(distinct findings.reason, '；' order by findings.reason) as reason
    from {{ source('quality', 'findings') }} as findings
    where findings.row_id is null
    group by findings.submission_id, findings.rule_id
),

final as (
    select
        standing.department_code,
        standing.feed,
        standing.period,
        nullif(standing.domain_code, '') as domain_code,
        standing.submission_id,
        standing.row_id,
        received.source_file,
        received.sheet,
        received.row_number,
        standing.uscc,
        case
            when received.match_method = 'natural_person' or {{ is_about('standing.rule_ids', 'person') }}
                then left(received.name_text, 1) || '*'
            else received.name_text
        end as enterprise_name,
        standing.rule_ids,
        coalesce(row_reasons.reason, file_reasons.reason) as reason,
        case
            when standing.is_foreign then 'withdraw'
            when submissions.channel = 'gateway' then 'source'
            when row_reasons.reason is not null then 'correct'
            when {{ waits_for('standing.rule_ids', 'confirm') }} then 'confirm'
            else 'resend'
        end as closing_action,
        standing.attempt_count,
        {{ local_date('standing.first_received_at') }} as open_since,
        {{ local_date('this_close.as_of') }} - {{ local_date('standing.first_received_at') }} as age_days
    from standing
    cross join this_close
    inner join {{ ref('base_quality__submissions') }} as submissions
        on standing.submission_id = submissions.submission_id
    inner join {{ ref('int_row__received') }} as received
        on standing.submission_id = received.submission_id and standing.row_id = received.row_id
    left join row_reasons on standing.submission_id = row_reasons.submission_id and standing.row_id = row_reasons.row_id
    left join file_reasons
        on standing.submission_id = file_reasons.submission_id and standing.rule_ids[-1] = file_reasons.rule_id
)

select * from final
