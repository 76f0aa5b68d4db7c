"""Builds a hand-made release database with the promised marts (design 7), so that exports are tested without dbt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from exports.build_info import BuildInfo, ColumnInfo, FeedInfo, RuleInfo, SubmissionUsed
from exports.release import current_release, publish, release_name
from exports.release_meta import write_meta
from exports.tables import measure, table_names
from ingest.seeds import seed_rows
from ingest.settings import Settings
from tests.conftest import settings_for
from tests.unit.exports_marts import COMMENTS, MARTS, RATES, SUBMISSION_ID, list_rows

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


def seed(name: str) -> list[dict[str, Any]]:
    """Returns the rows of a seed of Huzhou."""
    return seed_rows(name, "huzhou")


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
        columns=[
            ColumnInfo("positive_list", "uscc", "统一社会信用代码", True, "public"),
            ColumnInfo(
                "inspection_results", "legal_representative_id_number", "法定代表人证件号码", False, "id_number"
            ),
        ],
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
                "score_weights",
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
    made = _coverage(periods, overrides or {}, without_feeds) | list_rows(periods[-1]) | dict(rows or {})
    with duckdb.connect(str(path)) as con:
        con.execute("begin")
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
        con.execute("commit")
    return path


def make_release_db(path: Path, periods: Sequence[str] = ("2025-06", "2025-07"), **options: Any) -> Path:
    """Writes a release database: a build with its meta tables, as lists and notice read it.

    ``build`` among the options replaces the build information; the others are those of ``make_release_build``.
    """
    build = options.pop("build", None) or build_info(periods)
    make_release_build(path, periods, **options)
    with duckdb.connect(str(path)) as con:
        tables = [measure(con, "marts", mart) for mart in table_names(con, "marts")]
        write_meta(con, build, release_name(build), tables)
    return path


SILENT = {("2025-07", "statistics_bureau"): {"silent": True}}


def published_july(home: Path) -> tuple[Settings, Path]:
    """Returns the settings of a home and its release of July 2025, in which one department was silent.

    Published once per home, so that test files can share one below the base folder of the session.
    """
    settings = settings_for(home)
    home.mkdir(parents=True, exist_ok=True)
    current = current_release(settings)
    if current is None:
        make_release_build(settings.release_build, overrides=SILENT)
        current = publish(settings, build_info()).path
    return settings, current.resolve()


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
                "unassigned_rows": 0,
                "score": 0.0 if silent else round(99.9 - (position % 13) * 1.7 - month, 2),
            } | override
            by_department[code] = figures
            for domain in own:
                share = {k: v for k, v in figures.items() if k != "score"}
                share |= {"due_feed_count": 3, "reported_feed_count": 0 if silent else min(3, len(feeds))}
                made["coverage_domain_period"].append([period, domain, code, *share.values()])
            owed = [(domain, feed) for domain in own for feed in DOMAIN_FEEDS] + [(None, "inspection_tasks")]
            here = [o for o in owed if not silent and o[1] in feeds]
            for domain, feed in owed:
                is_here = (domain, feed) in here
                rows = (
                    submitted // len(here) + (submitted % len(here) if (domain, feed) == here[0] else 0)
                    if is_here
                    else 0
                )
                held = submitted - accepted if is_here and (domain, feed) == here[0] else 0
                made["coverage_obligations"].append(
                    [period, code, domain, feed, True, is_here, rows, rows - held, 0, 0]
                )
            if not silent:
                _submissions(made, period, code, feeds, submitted, accepted, position)
        scores = {c: f["score"] for c, f in by_department.items() if f["score"] is not None}
        now = {c: 1 + sum(other > score for other in scores.values()) for c, score in scores.items()}
        for department in departments:
            code = department["department_code"]
            figures, rank, former = by_department[code], now.get(code), ranks.get(code)
            made["coverage_department_period"].append(
                [
                    period,
                    code,
                    department["department_name"],
                    department["is_vertical"],
                    department["sort_order"],
                    *figures.values(),
                    rank,
                    former,
                    former - rank if former and rank else None,
                    figures["submitted_rows"] < 30,
                    (figures["score"] or 0) >= 95,
                    _is_criticised(figures),
                    *_fractions(figures),
                ]
            )
        ranks = now
        made["coverage_programme_period"].append(_programme(period, by_department, domains))
    return made


def _fractions(figures: Mapping[str, Any]) -> Iterator[int]:
    """Yields numerator and denominator of every rate; a rate of its own stands for thousandths."""
    counts = {
        "collection_rate": ("reported_feed_count", "due_feed_count"),
        "conformity_rate": ("accepted_rows", "submitted_rows"),
    }
    for rate in RATES:
        if rate in counts:
            yield from (figures[column] for column in counts[rate])
        elif figures[rate] is None:
            yield from (0, 0)
        else:
            yield from (round(1000 * figures[rate]), 1000)


def _is_criticised(figures: Mapping[str, Any]) -> bool:
    score, collection, timeliness = (figures[c] for c in ("score", "collection_rate", "timeliness_rate"))
    return any(v is not None and v < limit for v, limit in ((score, 60), (collection, 0.5), (timeliness, 0.5)))


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
                f"{feed}.xlsx",
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
                    fault + 1,
                    f"{feed}.xlsx",
                    "",
                    None,
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
