"""Builds a hand-made release database with the promised marts (design 7), so that exports are tested without dbt."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from exports.build_info import BuildInfo, FeedInfo, RuleInfo, SubmissionUsed

SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"
DOMAIN_FEEDS = ("evaluation_results", "positive_list", "serious_dishonesty_list")
FEEDS = (
    FeedInfo("evaluation_results", "行业评价结果信息", 1, "1.0.0"),
    FeedInfo("positive_list", "行业正面清单", 2, "1.0.0"),
    FeedInfo("serious_dishonesty_list", "严重失信主体名单", 3, "1.0.0"),
    FeedInfo("inspection_results", "行政监督检查结果", 4, "1.0.0"),
    FeedInfo("inspection_tasks", "监督检查任务记录", 5, "1.0.0"),
    FeedInfo("enterprise_registry", "企业登记信息", None, "1.0.0"),
)
RULES = (
    RuleInfo("X-NAME", 1, None, "企业名称与登记信息不一致", "warning", "consistency"),
    RuleInfo("X-OWNER", 1, None, "报送了不属于本部门的数据", "error", "consistency"),
    RuleInfo(
        "evaluation_results.grade.scale", 1, "evaluation_results", "评价等级不在本行业评价等级内", "error", "validity"
    ),
    RuleInfo(
        "evaluation_results.uscc.check", 1, "evaluation_results", "统一社会信用代码校验位不符", "warning", "accuracy"
    ),
    RuleInfo(
        "evaluation_results.uscc.format", 1, "evaluation_results", "统一社会信用代码格式不符", "error", "validity"
    ),
    RuleInfo("positive_list.published_on.required", 1, "positive_list", "发布日期未填写", "error", "completeness"),
    RuleInfo("positive_list.uscc.format", 1, "positive_list", "统一社会信用代码格式不符", "error", "validity"),
)
RATES = ("collection_rate", "conformity_rate", "timeliness_rate", "completeness_rate", "accuracy_rate")
SUBMISSION_ID = "{period}-{department}-{feed}"

COVERAGE_COLUMNS = """
    due_feed_count bigint, reported_feed_count bigint, collection_rate double, submitted_rows bigint,
    accepted_rows bigint, conformity_rate double, timeliness_rate double, completeness_rate double,
    accuracy_rate double, evaluated_subject_count bigint, regulated_subject_count bigint,
    evaluation_coverage_rate double, positive_list_count bigint, vetoed_count bigint, zero_report_count bigint
"""
MARTS = {
    "enterprise_profile": "uscc varchar, enterprise_name varchar, is_vetoed boolean, veto_reasons varchar[]",
    "positive_list": (
        "domain_code varchar, uscc varchar, enterprise_name varchar, published_on date, status varchar, "
        "reasons varchar[], submission_id varchar"
    ),
    "positive_list_changes": (
        "period varchar, domain_code varchar, uscc varchar, enterprise_name varchar, changed_on date, change varchar, "
        "reason_code varchar, submission_id varchar"
    ),
    "serious_dishonesty": (
        "domain_code varchar, uscc varchar, enterprise_name varchar, published_on date, listing_reason varchar, "
        "status varchar, ended_on date, submission_id varchar"
    ),
    "coverage_domain_period": f"period varchar, domain_code varchar, department_code varchar, {COVERAGE_COLUMNS}",
    "coverage_department_period": (
        f"period varchar, department_code varchar, {COVERAGE_COLUMNS}, score double, rank bigint, previous_rank bigint"
    ),
    "coverage_programme_period": (
        "period varchar, reporting_department_count bigint, due_department_count bigint, "
        f"reporting_domain_count bigint, due_domain_count bigint, {COVERAGE_COLUMNS}"
    ),
    "coverage_obligations": (
        "period varchar, department_code varchar, domain_code varchar, feed varchar, is_due boolean, "
        "is_reported boolean, is_zero_report boolean"
    ),
    "submissions": (
        "submission_id varchar, department_code varchar, feed varchar, period varchar, received_at timestamp, "
        "due_at timestamp, is_timely boolean, verdict varchar, rows_received bigint, rows_accepted bigint, "
        "rows_quarantined bigint, sha256 varchar"
    ),
    "findings": (
        "submission_id varchar, row_number bigint, column_name varchar, rule_id varchar, severity varchar, "
        "reason varchar"
    ),
}


def seed(name: str) -> list[dict[str, Any]]:
    """Returns the rows of a seed as ``ingest.seeds`` would hand them over."""
    path = next(SEEDS.rglob(f"{name}.csv"))
    with path.open(encoding="utf-8", newline="") as handle:
        rows: list[dict[str, Any]] = list(csv.DictReader(handle))
    for row in rows:
        for column in ("sort_order", "domain_no", "reason_order"):
            if column in row:
                row[column] = int(row[column])
        if "is_vertical" in row:
            row["is_vertical"] = row["is_vertical"] == "true"
        if "threshold_value" in row:
            row["threshold_value"] = float(row["threshold_value"])
        if "due_on" in row:
            row["due_on"] = date.fromisoformat(row["due_on"])
    return rows


def build_info(periods: Sequence[str] = ("2025-06", "2025-07"), **changes: Any) -> BuildInfo:
    """Returns the build information that fits the fixture's marts; ``changes`` replace single fields."""
    last = periods[-1]
    year, month = (int(part) for part in last.split("-"))
    as_of = datetime(year, month + 1, 16, 2, 30)
    build = BuildInfo(
        programme="huzhou",
        period=last,
        as_of=as_of,
        reference_date=date(year, month, 30),
        is_final=True,
        fingerprint="0123456789abcdef",
        code_version="0.1.0",
        feeds=FEEDS,
        rules=RULES,
        submissions=[
            SubmissionUsed(
                SUBMISSION_ID.format(period=period, department=d["department_code"], feed=feed.feed),
                feed.feed,
                d["department_code"],
                period,
                as_of,
                "accepted",
                10,
                "0" * 64,
                "1.0.0",
            )
            for period in periods
            for d in seed("departments")
            for feed in FEEDS
        ],
        seeds={
            name: seed(name)
            for name in (
                "departments",
                "domains",
                "notice_thresholds",
                "reporting_calendar",
                "reason_codes",
                "catalogue_due",
            )
        },
        period_gates=[
            {
                "period": last,
                "as_of": as_of,
                "department_code": "construction_bureau",
                "domain_code": "construction",
                "feed": "positive_list",
                "check_name": "no_held_list",
                "evaluated": 1,
                "unexpected": 1,
                "observed": 1.0,
                "threshold": 0.0,
                "success": False,
            }
        ],
    )
    return replace(build, **changes)


def make_release_build(
    path: Path,
    periods: Sequence[str] = ("2025-06", "2025-07"),
    overrides: Mapping[tuple[str, str], Mapping[str, Any]] | None = None,
    without_feeds: Sequence[str] = (),
    rows: Mapping[str, Sequence[Sequence[Any]]] | None = None,
) -> Path:
    """Writes a release build database.

    Args:
        path: the file to make.
        periods: months held by the coverage marts, ascending.
        overrides: columns of coverage_department_period by (period, department_code); ``{"silent": True}`` for a
            department that sent nothing.
        without_feeds: feeds that nobody sent.
        rows: rows of a mart instead of the made-up ones.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    made = _coverage(periods, overrides or {}, without_feeds) | _lists(periods[-1]) | dict(rows or {})
    with duckdb.connect(str(path)) as con:
        con.execute("create schema marts")
        for mart, columns in MARTS.items():
            con.execute(f"create table marts.{mart} ({columns})")
            content = [list(row) for row in made.get(mart, ())]
            if content:
                places = ", ".join("?" for _ in content[0])
                con.executemany(f"insert into marts.{mart} values ({places})", content)
            con.execute(f"comment on table marts.{mart} is '{mart} 说明'")
            for (column,) in con.execute(
                "select column_name from duckdb_columns() where table_name = ?", [mart]
            ).fetchall():
                con.execute(
                    f"comment on column marts.{mart}.\"{column}\" is '{COMMENTS.get(column, column + ' 字段')}'"
                )
    return path


COMMENTS = {
    "domain_code": "行业领域代码",
    "uscc": "统一社会信用代码，十八位",
    "enterprise_name": "企业名称（登记机关现用名称）",
    "published_on": "发布日期",
    "status": "状态",
    "reasons": "原因",
    "submission_id": "报送编号",
    "changed_on": "变动日期",
    "change": "变动",
    "reason_code": "原因代码",
    "listing_reason": "列入原因",
    "ended_on": "终止日期",
    "department_code": "部门代码",
    "feed": "数据目录",
    "period": "数据月份",
    "row_number": "行号",
    "column_name": "字段",
    "rule_id": "规则编号",
    "severity": "等级",
    "reason": "原因说明",
}


def _coverage(
    periods: Sequence[str], overrides: Mapping[tuple[str, str], Mapping[str, Any]], without_feeds: Sequence[str]
) -> dict[str, list[list[Any]]]:
    departments, domains = seed("departments"), seed("domains")
    made: dict[str, list[list[Any]]] = {name: [] for name in MARTS if name.startswith("coverage")}
    made |= {"submissions": [], "findings": []}
    ranks: dict[str, int] = {}
    for month, period in enumerate(periods):
        by_department: dict[str, dict[str, Any]] = {}
        for position, department in enumerate(departments):
            code = department["department_code"]
            own = [d["domain_code"] for d in domains if d["department_code"] == code]
            override = dict(overrides.get((period, code), {}))
            silent = override.pop("silent", False)
            feeds = [f.feed for f in FEEDS[:5] if f.feed not in without_feeds and f.feed != "inspection_results"]
            due = 3 * len(own) + 1
            reported = 0 if silent else sum(len(own) if f in DOMAIN_FEEDS else 1 for f in feeds)
            submitted = 0 if silent else 60 * len(own) + 7 * position + 11 * month + 5
            accepted = submitted - (0 if silent else position % 7)
            figures: dict[str, Any] = {
                "due_feed_count": due,
                "reported_feed_count": reported,
                "collection_rate": reported / due,
                "submitted_rows": submitted,
                "accepted_rows": accepted,
                "conformity_rate": accepted / submitted if submitted else None,
                "timeliness_rate": None if silent else 1 - (position % 5) / 10,
                "completeness_rate": None if silent else 1 - position / 1000,
                "accuracy_rate": None if silent else 0.995,
                "evaluated_subject_count": 0 if silent else 40 * len(own),
                "regulated_subject_count": None,
                "evaluation_coverage_rate": None,
                "positive_list_count": 0 if silent else 12 * len(own),
                "vetoed_count": 0 if silent else 1,
                "zero_report_count": 0,
                "score": 0.0 if silent else round(99.9 - (position % 13) * 1.7 - month, 2),
            } | override
            by_department[code] = figures
            for domain in own:
                share = {k: v for k, v in figures.items() if k != "score"}
                share |= {"due_feed_count": 3, "reported_feed_count": 0 if silent else min(3, len(feeds))}
                made["coverage_domain_period"].append([period, domain, code, *share.values()])
                made["coverage_obligations"] += [
                    [period, code, domain, f, True, not silent and f in feeds, False] for f in DOMAIN_FEEDS
                ]
            made["coverage_obligations"].append(
                [period, code, None, "inspection_tasks", True, not silent and "inspection_tasks" in feeds, False]
            )
            if not silent:
                _submissions(made, period, code, feeds, submitted, accepted, position)
        scores = {c: f["score"] for c, f in by_department.items() if f["score"] is not None}
        now = {c: 1 + sum(other > score for other in scores.values()) for c, score in scores.items()}
        for code, figures in by_department.items():
            made["coverage_department_period"].append([period, code, *figures.values(), now.get(code), ranks.get(code)])
        ranks = now
        made["coverage_programme_period"].append(_programme(period, by_department, domains))
    return made


def _submissions(
    made: dict[str, list[list[Any]]],
    period: str,
    code: str,
    feeds: Sequence[str],
    submitted: int,
    accepted: int,
    position: int,
) -> None:
    due = datetime.fromisoformat(f"{period}-28T16:00:00")
    for number, feed in enumerate(feeds):
        submission = SUBMISSION_ID.format(period=period, department=code, feed=feed)
        received = submitted // len(feeds) + (submitted % len(feeds) if number == 0 else 0)
        held = submitted - accepted if number == 0 else 0
        made["submissions"].append(
            [
                submission,
                code,
                feed,
                period,
                due,
                due,
                position % 5 == 0,
                "accepted_with_remarks" if held else "accepted",
                received,
                received - held,
                held,
                "0" * 64,
            ]
        )
        rules = [r for r in RULES if r.feed in {None, feed}]
        for fault in range(held):
            rule = rules[(fault * fault + position) % len(rules)]
            made["findings"].append(
                [
                    submission,
                    fault + 3,
                    None,
                    rule.rule_id,
                    rule.severity,
                    "秘密企业有限公司：" + rule.rule_title,
                ]
            )


def _programme(
    period: str, by_department: Mapping[str, Mapping[str, Any]], domains: Sequence[Mapping[str, Any]]
) -> list[Any]:
    rows = list(by_department.values())
    total = {k: sum(r[k] or 0 for r in rows) for k in rows[0] if k != "score" and not k.endswith("_rate")}
    reporting = {c for c, f in by_department.items() if f["reported_feed_count"]}
    rates = {
        "collection_rate": total["reported_feed_count"] / total["due_feed_count"],
        "conformity_rate": total["accepted_rows"] / total["submitted_rows"] if total["submitted_rows"] else None,
        "timeliness_rate": 0.8512 if total["submitted_rows"] else None,
        "completeness_rate": 0.99996 if total["submitted_rows"] else None,
        "accuracy_rate": 0.995 if total["submitted_rows"] else None,
        "evaluation_coverage_rate": None,
    }
    figures = {k: rates.get(k, total.get(k)) for k in rows[0] if k != "score"}
    figures["regulated_subject_count"] = None
    return [
        period,
        len(reporting),
        len(rows),
        sum(d["department_code"] in reporting for d in domains),
        len(domains),
        *figures.values(),
    ]


def _lists(period: str) -> dict[str, list[list[Any]]]:
    day = date.fromisoformat(f"{period}-20")
    source = SUBMISSION_ID.format(period=period, department="construction_bureau", feed="positive_list")
    listing = SUBMISSION_ID.format(period=period, department="construction_bureau", feed="serious_dishonesty_list")
    return {
        "enterprise_profile": [["91330502MATEXT01XA", "湖州测试建设有限公司", False, []]],
        "positive_list": [
            ["construction", "91330502MATEXT01XA", "湖州测试建设有限公司", day, "listed", [], source],
            ["construction", "93330521MATEXT036F", '=HYPERLINK("http://x","合作社")', day, "listed", [], source],
            [
                "construction",
                "91330500000000027M",
                "长兴否决工程有限公司",
                day,
                "vetoed",
                ["PUBLIC_CREDIT_POOR", "SERIOUSLY_DISHONEST"],
                source,
            ],
            ["real_estate", "52330500MJTEXT047X", "+安吉置业", day, "ineligible", ["GRADE_BELOW_THRESHOLD"], source],
        ],
        "positive_list_changes": [
            [
                period,
                "construction",
                "91330500000000027M",
                "长兴否决工程有限公司",
                day,
                "removed",
                "PUBLIC_CREDIT_POOR",
                source,
            ],
            [period, "construction", "91330502MATEXT01XA", "湖州测试建设有限公司", day, "added", "LISTED", source],
        ],
        "serious_dishonesty": [
            ["construction", "91330500000000027M", "长兴否决工程有限公司", day, "@拖欠工资", "active", None, listing],
        ],
    }
