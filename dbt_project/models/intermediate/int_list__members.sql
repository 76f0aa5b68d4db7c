-- What a list of a domain consists of: its own submission and the corrections merged into it, also corrections of
-- corrections (semantics.md 4.3). A correction that names a domain which the corrected file did not name at all (its
-- domain was unreadable there) joins the list that was in force when it came: it removes nobody.
with recursive

submissions as (
    select * from {{ ref('base_quality__submissions') }}
),

lists as (
    select * from {{ ref('int_list__usable') }}
),

chains as (
    select
        submission_id as root_submission_id,
        submission_id
    from submissions
    where corrects_submission_id is null
    union
    select
        chains.root_submission_id,
        submissions.submission_id
    from submissions
    inner join chains on submissions.corrects_submission_id = chains.submission_id
),

corrections as (
    select
        chains.root_submission_id,
        submissions.submission_id,
        submissions.feed,
        submissions.period,
        submissions.received_at,
        submissions.sha256,
        named.domain_code
    from chains
    inner join submissions on chains.submission_id = submissions.submission_id
    inner join {{ source('quality', 'submission_domains') }} as named
        on submissions.submission_id = named.submission_id and named.is_own_domain
    where submissions.corrects_submission_id is not null
),

joined_elsewhere as (
    select
        lists.feed,
        lists.domain_code,
        lists.list_number,
        lists.submission_id as list_submission_id,
        corrections.submission_id as member_submission_id
    from corrections
    inner join lists
        on
            corrections.feed = lists.feed
            and corrections.domain_code = lists.domain_code
            and (lists.period, lists.received_at, lists.sha256)
            <= (corrections.period, corrections.received_at, corrections.sha256)
    where
        not exists (
            select 1
            from {{ source('quality', 'list_decisions') }} as decision
            where
                decision.submission_id = corrections.root_submission_id
                and decision.domain_code = corrections.domain_code
        )
    qualify row_number() over (
        partition by corrections.submission_id, corrections.domain_code
        order by lists.list_number desc
    ) = 1
),

final as (
    select
        lists.feed,
        lists.domain_code,
        lists.list_number,
        lists.submission_id as list_submission_id,
        chains.submission_id as member_submission_id
    from lists
    inner join chains on lists.submission_id = chains.root_submission_id
    union all
    select
        feed,
        domain_code,
        list_number,
        list_submission_id,
        member_submission_id
    from joined_elsewhere
)

select * from final
