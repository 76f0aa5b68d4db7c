"""Returns the queries behind the per-department report; each reads the release file alone.

Parameter: $period, ``YYYY-MM``. What mending a fault would gain is the score of semantics 6.6 computed again with the
seeded weights, everything else unchanged.
"""

from __future__ import annotations

TREND_MONTHS = 12  # rows that fit on the one page

TREND = f"""
    select department_code, period, score, rank, collection_rate, timeliness_rate, completeness_rate, conformity_rate,
        accuracy_rate, submitted_rows
    from marts.coverage_department_period
    where period <= $period
    qualify row_number() over (partition by department_code order by period desc) <= {TREND_MONTHS}
    order by department_code, period
"""
_PARTS = """
    select department_code, score, unnest([
        {'component': 'collection_rate', 'numerator': collection_rate_numerator,
            'denominator': collection_rate_denominator},
        {'component': 'timeliness_rate', 'numerator': timeliness_rate_numerator,
            'denominator': timeliness_rate_denominator},
        {'component': 'completeness_rate', 'numerator': completeness_rate_numerator,
            'denominator': completeness_rate_denominator},
        {'component': 'conformity_rate', 'numerator': conformity_rate_numerator,
            'denominator': conformity_rate_denominator},
        {'component': 'accuracy_rate', 'numerator': accuracy_rate_numerator,
            'denominator': accuracy_rate_denominator}
    ], recursive := true)
    from marts.coverage_department_period
    where period = $period and score is not null
"""
COMPARISON = """
    with measured as (
        select department_code, unnest([
            {'measure': 'score', 'value': score::decimal(18, 10)},
            {'measure': 'collection_rate', 'value': collection_rate::decimal(18, 10)},
            {'measure': 'timeliness_rate', 'value': timeliness_rate::decimal(18, 10)},
            {'measure': 'completeness_rate', 'value': completeness_rate::decimal(18, 10)},
            {'measure': 'conformity_rate', 'value': conformity_rate::decimal(18, 10)},
            {'measure': 'accuracy_rate', 'value': accuracy_rate::decimal(18, 10)}
        ], recursive := true)
        from marts.coverage_department_period
        where period = $period and due_feed_count > 0
    )

    select
        department_code, measure, value as own,
        (sum(value) over everyone / count(value) over everyone)::decimal(18, 10) as average,
        case when value is not null then rank() over (partition by measure order by value desc nulls last) end as place,
        count(value) over everyone as compared
    from measured
    window everyone as (partition by measure)
    order by department_code, measure
"""
ACTIONS = f"""
    with weights as (
        select component, weight::decimal(9, 4) as weight from meta.score_weights
    ),

    parts as ({_PARTS}),

    faults as (
        select s.department_code, s.feed, f.submission_id, f.row_id, f.rule_id, f.severity
        from marts.findings as f
        inner join marts.submissions as s using (submission_id)
        inner join meta.contract_versions as v on v.feed = s.feed and v.catalogue is not null
        where s.period = $period and f.row_id is not null
    ),

    held as (
        select department_code, feed, submission_id, row_id, min(rule_id) as rule_id
        from faults
        where severity = 'error' or rule_id = 'X-REPEAT'
        group by department_code, feed, submission_id, row_id
        having count(distinct rule_id) = 1
    ),

    deltas as (
        select department_code, 'report' as action, feed, '' as rule_id, 'collection_rate' as component,
            count(*) as mended
        from marts.coverage_obligations
        where period = $period and is_due and not is_reported
        group by department_code, feed
        union all
        select department_code, 'on_time', '', '', component, denominator - numerator
        from parts
        where component = 'timeliness_rate' and numerator < denominator
        union all
        select department_code, 'mend', feed, rule_id, 'conformity_rate', count(*)
        from held
        group by department_code, feed, rule_id
        union all
        select department_code, 'mend', feed, rule_id, 'completeness_rate', count(*)
        from faults
        where rule_id like '%.required'
        group by department_code, feed, rule_id
        union all
        select department_code, 'mend', feed, rule_id, 'accuracy_rate', count(distinct (submission_id, row_id))
        from faults
        where severity = 'warning' and (rule_id = 'X-NAME' or rule_id like '%.check' or rule_id like '%uscc.format')
        group by department_code, feed, rule_id
    ),

    steps as (
        select * from deltas
        union all
        select department_code, 'all', '', '', component, sum(mended)::bigint
        from deltas
        group by department_code, component
    ),

    actions as (
        select department_code, action, feed, rule_id, max(mended) as amount
        from steps
        group by department_code, action, feed, rule_id
    ),

    scored as (
        select
            a.department_code, a.action, a.feed, a.rule_id, a.amount, p.score,
            round((
                100 * sum(
                    w.weight * (least(p.numerator + coalesce(s.mended, 0), p.denominator) / p.denominator)
                    ::decimal(18, 12)
                ) / sum(w.weight)
            )::decimal(18, 8), 2)::decimal(5, 2) as score_after
        from actions as a
        inner join parts as p on p.department_code = a.department_code and p.denominator > 0
        inner join weights as w on w.component = p.component
        left join steps as s on s.department_code = a.department_code and s.action = a.action and s.feed = a.feed
            and s.rule_id = a.rule_id and s.component = p.component
        group by a.department_code, a.action, a.feed, a.rule_id, a.amount, p.score
    )

    select
        s.department_code, s.action, s.feed, s.rule_id, s.amount, s.score_after,
        greatest(s.score_after - s.score, 0)::decimal(5, 2) as gain,
        1 + (
            select count(*)
            from marts.coverage_department_period as o
            where o.period = $period and o.department_code <> s.department_code and o.score > s.score_after
        ) as rank_after,
        row_number() over (
            partition by s.department_code
            order by s.action = 'all', gain desc, s.amount desc, s.action, s.feed, s.rule_id
        ) as place
    from scored as s
    order by s.department_code, place
"""
"""What to mend, the step that gains most first. ``all``: everything mended together.

A refused row counts for a rule only if that rule alone refused it: mending one of two faults accepts nothing.
"""
MISSING = """
    select o.department_code, o.feed, coalesce(d.domain_name, '') as domain_name
    from marts.coverage_obligations as o
    left join meta.contract_versions as v on v.feed = o.feed
    left join meta.domains as d on d.domain_code = o.domain_code
    where o.period = $period and o.is_due and not o.is_reported
    order by o.department_code, v.catalogue nulls last, o.feed, d.domain_no nulls first
"""
OPEN = """
    select department_code, count(*) as row_count, max(age_days) as oldest_days
    from marts.open_corrections
    group by department_code
    order by department_code
"""
GATES = """
    select g.department_code, coalesce(d.domain_name, '') as domain_name, coalesce(v.title, g.feed) as feed_title,
        g.check_name
    from meta.period_gates as g
    left join meta.domains as d on d.domain_code = g.domain_code
    left join meta.contract_versions as v on v.feed = g.feed
    where g.period = $period and g.success is false and g.check_name <> 'reported'
    order by g.department_code, d.domain_no nulls first, v.catalogue nulls last, g.feed, g.check_name
"""
