"""Returns the queries behind the figures of a monthly notice; each reads the release file alone.

Parameters: $period, ``YYYY-MM``; $previous, the month before it.
"""

from __future__ import annotations

OF_CATALOGUES = """
    select f.rule_id, f.severity, s.department_code, s.feed
    from marts.findings as f
    inner join marts.submissions as s using (submission_id)
    left join meta.contract_versions as v on v.feed = s.feed
    where s.period = $period and (s.feed is null or v.catalogue is not null)
"""
LIMITS = """
    select
        max(threshold_value) filter (where threshold = 'praise_score') as praise_score,
        max(threshold_value) filter (where threshold = 'criticism_score') as criticism_score,
        max(threshold_value) filter (where threshold = 'criticism_collection_rate') as criticism_collection_rate,
        max(threshold_value) filter (where threshold = 'criticism_timeliness_rate') as criticism_timeliness_rate,
        max(threshold_value) filter (where threshold = 'ranked_apart_below_rows') as small_sample_rows,
        'limits' as name
    from meta.notice_thresholds
"""
DEPARTMENTS = """
    with history as (
        select
            department_code,
            count(*) filter (where due_feed_count > 0 and reported_feed_count = 0) as silent_months,
            count(*) filter (where is_criticism_proposed) as adverse_months
        from marts.coverage_department_period
        where period <= $period
        group by department_code
    )

    select
        c.department_code, c.department_name, c.sort_order, c.is_vertical, c.rank, c.previous_rank,
        c.rank_change as rank_shift, c.score,
        c.due_feed_count > 0 and c.reported_feed_count = 0 as is_silent,
        coalesce(c.is_criticism_proposed, false) as is_adverse,
        coalesce(c.is_praise_proposed and not c.is_criticism_proposed, false) as is_praised,
        coalesce(c.is_small_volume, false) as is_small_volume,
        h.silent_months, h.adverse_months, c.due_feed_count, c.reported_feed_count, c.submitted_rows, c.accepted_rows,
        c.collection_rate, c.conformity_rate, c.timeliness_rate, c.completeness_rate, c.accuracy_rate
    from marts.coverage_department_period as c
    inner join history as h using (department_code)
    where c.period = $period and (c.due_feed_count > 0 or c.submitted_rows > 0)
    order by c.rank nulls last, c.sort_order, c.department_code
"""
CATALOGUES = """
    with obligations as (
        select
            feed,
            period,
            count(*) filter (where is_due) as due_count,
            count(*) filter (where is_due and is_reported) as reported_count,
            bool_or(domain_code is not null) as is_by_domain,
            bool_or(is_reported) as is_any_reported,
            sum(submitted_rows)::bigint as submitted_rows,
            sum(accepted_rows)::bigint as accepted_rows
        from marts.coverage_obligations
        group by feed, period
    )

    select
        v.feed, v.title, v.catalogue, coalesce(o.due_count, 0) as due_count,
        coalesce(o.reported_count, 0) as reported_count, coalesce(o.is_by_domain, false) as is_by_domain,
        coalesce(o.is_any_reported, false) as is_any_reported, o.submitted_rows, o.accepted_rows,
        o.accepted_rows / nullif(o.submitted_rows, 0) as conformity_rate,
        o.submitted_rows / nullif(p.submitted_rows, 0) - 1 as submitted_rows_growth
    from meta.contract_versions as v
    left join obligations as o on o.feed = v.feed and o.period = $period
    left join obligations as p on p.feed = v.feed and p.period = $previous
    where v.catalogue is not null
    order by v.catalogue
"""
NOT_REPORTED = """
    select
        o.department_code, o.domain_code, o.feed, p.department_name, d.domain_name, v.title as feed_title,
        count(h.period) as missed_months
    from marts.coverage_obligations as o
    inner join meta.departments as p on p.department_code = o.department_code
    left join meta.domains as d on d.domain_code = o.domain_code
    left join meta.contract_versions as v on v.feed = o.feed
    left join marts.coverage_obligations as h
        on h.department_code = o.department_code and h.domain_code is not distinct from o.domain_code
        and h.feed = o.feed and h.period <= o.period and h.is_due and not h.is_reported
    where o.period = $period and o.is_due and not o.is_reported
    group by all
    order by min(p.sort_order), min(d.domain_no) nulls last, min(v.catalogue)
"""
PRINTED_FAULTS = 20
"""Kinds of faults in the printed annex, the most frequent ones; the worksheet has all of them."""

# The most frequent first; of equally frequent ones errors before remarks, as the words sort.
_FAULT_ORDER = "fault_count desc, severity, feed_title, rule_title"
FAULTS = f"""
    with faults as ({OF_CATALOGUES}),

    titled as (
        select
            coalesce(v.title, '') as feed_title,
            coalesce(r.rule_title, f.rule_id) as rule_title,
            f.severity,
            f.department_code
        from faults as f
        left join meta.contract_versions as v on v.feed = f.feed
        left join meta.rule_versions as r on r.rule_id = f.rule_id
    )

    select
        feed_title, rule_title, severity,
        count(*) as fault_count,
        count(*) / sum(count(*)) over () as fault_share,
        count(distinct department_code) as department_count
    from titled
    group by feed_title, rule_title, severity
    order by {_FAULT_ORDER}
"""
FAULTS_REST = f"""
    select feed_title, rule_title, severity, fault_count
    from ({FAULTS})
    order by {_FAULT_ORDER}
    offset {PRINTED_FAULTS}
"""
FAULT_DEPARTMENTS = f"""
    with faults as ({OF_CATALOGUES})

    select
        coalesce(v.title, '') as feed_title, coalesce(r.rule_title, f.rule_id) as rule_title, f.severity,
        d.department_name
    from faults as f
    inner join meta.departments as d using (department_code)
    left join meta.contract_versions as v on v.feed = f.feed
    left join meta.rule_versions as r on r.rule_id = f.rule_id
    group by 1, 2, 3, d.department_name, d.sort_order
    order by 1, 2, 3, count(*) desc, d.sort_order
"""
GATES = """
    select p.department_name, coalesce(d.domain_name, '') as domain_name, coalesce(v.title, g.feed) as feed_title,
        g.check_name
    from meta.period_gates as g
    inner join meta.departments as p using (department_code)
    left join meta.domains as d on d.domain_code = g.domain_code
    left join meta.contract_versions as v on v.feed = g.feed
    where g.period = $period and g.success is false and g.check_name <> 'reported'
    order by p.sort_order, d.domain_no nulls first, v.catalogue, g.check_name
"""
TREND = """
    select period, collection_rate, timeliness_rate
    from (
        select period, collection_rate, timeliness_rate
        from marts.coverage_programme_period
        where period <= $period
        order by period desc
        limit 12
    )
    order by period
"""
DOMAIN_STATES = """
    with states as (
        select
            o.domain_code, v.catalogue,
            case
                when not o.is_due then 'not_due'
                when not o.is_reported then 'missing'
                when o.late_submission_count > 0 then 'late'
                when o.zero_report_count > 0 and o.submitted_rows = 0 then 'zero'
                else 'reported'
            end as state
        from marts.coverage_obligations as o
        inner join meta.contract_versions as v on v.feed = o.feed
        where o.period = $period and o.domain_code is not null
    )

    select d.domain_name, list(coalesce(s.state, 'not_due') order by v.catalogue) as states
    from meta.domains as d
    cross join (
        select distinct c.catalogue
        from marts.coverage_obligations as o
        inner join meta.contract_versions as c on c.feed = o.feed
        where o.domain_code is not null
    ) as v
    left join states as s on s.domain_code = d.domain_code and s.catalogue = v.catalogue
    group by d.domain_name, d.domain_no
    order by d.domain_no
"""
# A removal is told on the day of its cause; an entry that was never admitted on the day its list was received.
SLIPS = """
    with told as (
        select c.domain_code, c.uscc, c.enterprise_name, c.changed_on as told_on, 'removed' as kind, c.reason_code,
            c.submission_id
        from marts.positive_list_changes as c
        where c.change = 'removed' and c.period = (select period from meta.release)
        union all
        select p.domain_code, p.uscc, p.enterprise_name, cast(s.received_at + interval 8 hour as date) as told_on,
            p.status as kind, p.reasons[1] as reason_code, submission_id
        from marts.positive_list as p
        inner join marts.submissions as s using (submission_id)
        where p.status in ('vetoed', 'ineligible') and s.period = (select period from meta.release)
            and not exists (
                select 1 from marts.positive_list_changes as c
                where c.domain_code = p.domain_code and c.uscc = p.uscc and c.change = 'removed'
                    and c.period = (select period from meta.release)
            )
    )

    select d.department_code, e.department_name, t.told_on, d.domain_name, t.uscc, t.enterprise_name, t.kind,
        coalesce(r.reason_zh, t.reason_code) as reason, t.submission_id
    from told as t
    inner join meta.domains as d using (domain_code)
    inner join meta.departments as e on e.department_code = d.department_code
    left join meta.reason_codes as r using (reason_code)
    order by e.sort_order, d.department_code, t.told_on, d.domain_no, t.uscc
"""
SLIP_COUNTS = f"""
    select department_code, strftime(told_on, '%Y-%m-%d') as told_on, count(*) as told_count
    from ({SLIPS})
    group by all
    order by all
"""
