-- 本期各部门归集情况和名次
select department_code, due_feed_count, reported_feed_count, collection_rate, score, rank
from marts.coverage_department_period
where period = (select period from meta.release)
order by rank nulls last, department_code;

-- 本期没有报送任何应报目录的部门
select d.department_name, c.due_feed_count
from marts.coverage_department_period as c
inner join meta.departments as d using (department_code)
where c.period = (select period from meta.release) and c.due_feed_count > 0 and c.reported_feed_count = 0
order by d.sort_order;

-- 全市归集率逐月变化
select period, collection_rate, collection_rate - lag(collection_rate) over (order by period) as change
from marts.coverage_programme_period
order by period;

-- 各行业领域正面清单的在列和排除数量
select d.domain_name, count(*) filter (where p.status = 'listed') as listed, count(*) filter (where p.status <> 'listed') as excluded
from marts.positive_list as p
inner join meta.domains as d using (domain_code)
group by d.domain_no, d.domain_name
order by d.domain_no;

-- 一票否决的主体及原因
select domain_code, uscc, enterprise_name, unnest(reasons) as reason_code
from marts.positive_list
where status = 'vetoed'
order by domain_code, uscc, reason_code;

-- 本期正面清单的新增和移出
select domain_code, change, reason_code, count(*) as enterprises
from marts.positive_list_changes
where period = (select period from meta.release)
group by domain_code, change, reason_code
order by domain_code, change, reason_code;

-- 最常见的数据问题
select r.rule_title, f.severity, count(*) as faults
from marts.findings as f
inner join meta.rule_versions as r using (rule_id)
group by r.rule_title, f.severity
order by faults desc, r.rule_title;

-- 各部门还有多少数据待更正，最早的从哪天起
select d.department_name, count(*) as rows_open, min(o.open_since) as open_since, max(o.age_days) as oldest_days
from marts.open_corrections as o
left join meta.departments as d using (department_code)
group by d.department_name
order by oldest_days desc, d.department_name;

-- 每件报送的判定
select s.received_at, d.department_name, s.feed, s.verdict, s.rows_received, s.rows_accepted, s.rows_quarantined
from marts.submissions as s
left join meta.departments as d using (department_code)
order by s.received_at, s.submission_id;

-- 查一家企业的信用档案
select *
from marts.enterprise_profile
where uscc = '91330502MATEXT01XA';

-- 各行业领域评价等级的分布
select domain_code, tier, count(*) as enterprises
from marts.enterprise_domain_profile
where grade is not null
group by domain_code, tier
order by domain_code, tier;

-- 正面清单企业是否受到现场检查
select on_positive_list_at_inspection, is_onsite, count(*) as inspections
from marts.inspections
group by on_positive_list_at_inspection, is_onsite
order by on_positive_list_at_inspection, is_onsite;

-- 复核双随机抽取：重算名录哈希、种子和抽中结果，三列都应为 true
with population as (
    select domain_code, draw_no, sha256(string_agg(uscc || ',' || measure, chr(10) order by uscc)) as hash
    from marts.inspection_draws
    where exclusion_reason is null
    group by domain_code, draw_no
),
again as (
    select d.*, p.hash, sha256(concat_ws('|', r.programme, d.domain_code, d.period, p.hash, if(d.draw_no > 1, d.draw_no, null))) as seed_again,
        row_number() over (partition by d.domain_code, d.draw_no, d.measure order by sha256(d.seed || d.uscc), d.uscc) as place,
        count(*) over (partition by d.domain_code, d.draw_no, d.measure) as size
    from marts.inspection_draws as d
    inner join population as p using (domain_code, draw_no)
    cross join meta.release as r
    where d.exclusion_reason is null
)
select domain_code, draw_no, bool_and(hash = population_hash) as population_holds, bool_and(seed_again = seed) as seed_holds,
    bool_and(drawn = (place <= ceil(sampling_rate::decimal(7, 6) * size))) as draw_holds, count(*) filter (where drawn) as drawn
from again
group by domain_code, draw_no
order by domain_code, draw_no;
