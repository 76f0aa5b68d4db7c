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
DEPARTMENTS = f"""
    with limits as ({LIMITS}),

    judged as (
        select
            c.*,
            c.due_feed_count > 0 and c.reported_feed_count = 0 as is_silent,
            coalesce(c.due_feed_count > 0 and (
                c.reported_feed_count = 0
                or c.score < l.criticism_score
                or c.collection_rate < l.criticism_collection_rate
                or c.timeliness_rate < l.criticism_timeliness_rate
            ), false) as is_adverse
        from marts.coverage_department_period as c
        cross join limits as l
        where c.period <= $period
    ),

    history as (
        select
            department_code,
            count(*) filter (where is_silent) as silent_months,
            count(*) filter (where is_adverse) as adverse_months
        from judged
        group by department_code
    ),

    gates as (
        select department_code, bool_and(success is not false) and bool_or(success) as has_passed
        from meta.period_gates
        where period = $period
        group by department_code
    )

    select
        j.department_code, d.department_name, d.sort_order, d.is_vertical, j.rank, j.previous_rank,
        j.previous_rank - j.rank as rank_shift, j.score, j.is_silent, j.is_adverse, h.silent_months, h.adverse_months,
        j.due_feed_count, j.reported_feed_count, j.submitted_rows, j.accepted_rows,
        j.collection_rate, j.conformity_rate, j.timeliness_rate, j.completeness_rate, j.accuracy_rate,
        coalesce(j.score >= l.praise_score and g.has_passed and not j.is_adverse, false) as is_praised,
        coalesce(j.submitted_rows < l.small_sample_rows, false) as is_small_sample
    from judged as j
    cross join limits as l
    inner join meta.departments as d using (department_code)
    inner join history as h using (department_code)
    left join gates as g using (department_code)
    where j.period = $period and (j.due_feed_count > 0 or j.submitted_rows > 0)
    order by j.rank nulls last, d.sort_order, j.department_code
"""
CATALOGUES = """
    with obligations as (
        select
            feed,
            count(*) as due_count,
            count(*) filter (where is_reported) as reported_count,
            bool_or(domain_code is not null) as is_by_domain
        from marts.coverage_obligations
        where period = $period and is_due
        group by feed
    ),

    received as (
        select
            feed,
            period,
            sum(rows_received)::bigint as submitted_rows,
            sum(rows_accepted)::bigint as accepted_rows,
            count(*) filter (where verdict <> 'rejected') as usable_count
        from marts.submissions
        where department_code is not null
        group by feed, period
    )

    select
        v.feed, v.title, v.catalogue, coalesce(q.due_level, '') as due_level,
        coalesce(o.due_count, 0) as due_count, coalesce(o.reported_count, 0) as reported_count,
        coalesce(o.is_by_domain, false) as is_by_domain, coalesce(r.usable_count, 0) as usable_count,
        r.submitted_rows, r.accepted_rows, r.accepted_rows / nullif(r.submitted_rows, 0) as conformity_rate,
        r.submitted_rows / nullif(p.submitted_rows, 0) - 1 as submitted_rows_growth
    from meta.contract_versions as v
    left join obligations as o using (feed)
    left join received as r on r.feed = v.feed and r.period = $period
    left join received as p on p.feed = v.feed and p.period = $previous
    left join meta.catalogue_due as q on q.feed = v.feed
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
    order by fault_count desc, feed_title, rule_title, severity
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
