"""Months of made-up histories, closed by the models as dbt compiled them: plain SQL per close, without dbt.

Histories are small and crowded: few enterprises, so that evaluations, lists, listings, repairs and inspections meet.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb

from exports.closes import CLOSE_MARTS
from ingest.synthetic.identifiers import org_check, uscc_check
from tests.dbt.conftest import Built
from tests.dbt.tiny_home import Close, Sent, mart_columns, receive, set_close

CLOSES = (  # consecutive months, each closed on the 20th of the next
    Close("2025-06", datetime(2025, 7, 20)),
    Close("2025-07", datetime(2025, 8, 20), "2025-06"),
    Close("2025-08", datetime(2025, 9, 20), "2025-07"),
)
OWNERS = {"tax": "tax_bureau", "transport": "transport_bureau", "construction": "construction_bureau"}
TIERS = {"A": "A", "B": "B", "M": "B", "C": "C", "D": "D"}  # of scale tax5; the other domains are graded by it too
RESULTS = ("未发现问题", "发现问题经责令已改正", "违反其他部门相关规定", "不配合检查情节严重")
LISTED_ON = (date(2024, 7, 10), date(2024, 8, 25), date(2025, 2, 1))  # the first two expire in construction
LEDGER = (
    "quality.submissions", "quality.submission_verdicts", "quality.submission_domains", "quality.list_decisions",
    "quality.row_decisions", "quality.quarantine", "quality.findings", "quality.period_gates", "meta.closes",
)  # fmt: skip


def _firm(number: int) -> dict[str, str]:
    body = f"9133050{2 + number % 2}MARX{number:02d}00"
    body += org_check(body[8:])
    return {"enterprise_name": f"湖州第{number}号试验有限公司", "uscc": body + uscc_check(body)}


FIRMS = [_firm(number) for number in range(6)]


def history(random: Random) -> list[Sent]:
    """Returns what was sent for three months, in the order of receipt."""
    sent: list[Sent] = []
    for close in CLOSES:
        for feed, department, rows in _month(random, date.fromisoformat(f"{close.period}-01")):
            # Some come after their own close: they are known for the next.
            received = close.as_of - timedelta(days=random.choice((-3, 4, 5, 6, 7)), seconds=len(sent))
            sent.append(Sent(f"s{len(sent):03d}", feed, department, close.period, received, rows))
    return sorted(sent, key=lambda submission: submission.received_at)


def _some(random: Random, share: float) -> list[dict[str, Any]]:
    return [dict(firm) for firm in FIRMS if random.random() < share]


def _month(random: Random, start: date) -> list[tuple[str, str, list[dict[str, Any]]]]:
    def day() -> date:
        return start + timedelta(days=random.randrange(-380, 30))

    found = [
        (
            "enterprise_registry",
            "market_regulation",
            [
                firm | {"registration_status": random.choice(("存续", "存续", "注销")),
                        "credit_risk_class": random.choice((None, "A", "C", "D"))}
                for firm in _some(random, 0.7)
            ],
        ),
        (
            "public_credit_evaluation",
            "development_reform",
            [
                firm | {"public_credit_grade": random.choice(("优秀", "较差", "差")), "scale_id": "pub_zj5",
                        "evaluated_on": day()}
                for firm in _some(random, 0.4)
            ],
        ),
    ]  # fmt: skip
    for domain, owner in OWNERS.items():
        own = {"domain_code": domain}
        if random.random() < 0.8:
            members = [firm | own | {"published_on": start} for firm in _some(random, 0.6)]
            found.append(("positive_list", owner, members))
        if random.random() < 0.6:
            found.append(("serious_dishonesty_list", owner, [_listing(random, firm | own, day) for firm in
                                                            _some(random, 0.4)]))  # fmt: skip
        if random.random() < 0.4:
            repairs = [
                firm | own | {"listed_on": random.choice(LISTED_ON), "repaired_on": day(),
                              "decision": random.choice(("准予", "不予"))}
                for firm in _some(random, 0.4)
            ]  # fmt: skip
            found.append(("credit_repair", owner, repairs))
        grades = [(firm, random.choice(list(TIERS))) for firm in _some(random, 0.5)]
        found.append(
            (
                "evaluation_results",
                owner,
                [
                    firm | own | {"evaluated_on": day(), "grade": g, "scale_id": "tax5", "tier": TIERS[g]}
                    for firm, g in grades
                ],
            )
        )
    visits = [_visit(random, firm, start, n) for n, firm in enumerate(_some(random, 0.6))]
    found.append(("inspection_results", "transport_bureau", visits))
    return [(feed, department, rows) for feed, department, rows in found if rows]


def _listing(random: Random, firm: dict[str, Any], day: Any) -> dict[str, Any]:
    removed = random.random() < 0.2
    return firm | {
        "published_on": random.choice(LISTED_ON),
        "listing_reason": "情节严重",
        "match_method": random.choice(("uscc", "uscc", "uscc", "name")),
        "removed_on": day() if removed else None,
        "removal_reason": random.choice(("期满", "撤销", "修复")) if removed else None,
    }


def _visit(random: Random, firm: dict[str, Any], start: date, number: int) -> dict[str, Any]:
    return {
        "counterpart_name": firm["enterprise_name"],
        "counterpart_category": "法人及非法人组织",
        "counterpart_code": firm["uscc"],
        "inspection_form": random.choice(("双随机抽查", "个案检查")),
        "inspection_method": random.choice(("现场检查", "书面检查")),
        "inspection_content": "例行检查",
        "inspection_result": [random.choice(RESULTS)],
        "inspected_on": start + timedelta(days=random.randrange(28)),
        "task_no": "交抽查(2025)1号",
        "inspecting_authority_name": "市交通运输局",
        "inspecting_authority_code": "11330500MBTEXT0212",
        "_record_id": f"{start:%Y%m}-{number}",
    }


@dataclass(frozen=True)
class Statement:
    """One model or test as dbt compiled it."""

    kind: str  # view | table | test
    relation: str
    sql: str


class RuleCity:
    """A home in which one history after the other is closed."""

    def __init__(self, built: Built, home: Path) -> None:
        shutil.copytree(built.home, home)  # the seeds are loaded in it
        self.home = home
        self.statements = _compiled(built, home)
        self.con = duckdb.connect(str(home / "warehouse" / "xinyong.duckdb"), config={"threads": 2})
        self.con.execute(f"attach '{home / 'warehouse' / 'release_build.duckdb'}' as release")
        self.con.execute("set TimeZone = 'UTC'")

    def begin(self) -> None:
        """Forgets the last history."""
        for table in LEDGER:
            self.con.execute(f"delete from {table}")
        for path in (self.home / "warehouse" / "raw").glob("*/[!_]*.parquet"):
            path.unlink()
        for path in (self.home / "warehouse" / "closes").glob("2*/*.parquet"):
            path.unlink()

    def receive(self, submission: Sent) -> None:
        """Takes a submission in."""
        receive(self.con, self.home, submission)

    def close(self, close: Close) -> None:
        """Builds every model for a close, runs the project's own checks, keeps the rows that later closes read."""
        set_close(self.con, close)
        for statement in self.statements:
            if statement.kind == "test":
                failures = self.con.execute(statement.sql).fetchall()
                assert failures == [], f"{statement.relation}: {failures[:5]}"
            else:
                self.con.execute(f"create or replace {statement.kind} {statement.relation} as {statement.sql}")
        self.con.execute(
            "insert into meta.closes by name select programme, period, $1 as release_name, as_of, reference_date, "
            "true as is_final, as_of as closed_at, '' as fingerprint from meta.close_parameters",
            [close.period],
        )
        folder = self.home / "warehouse" / "closes" / close.period
        folder.mkdir(exist_ok=True)
        for mart in CLOSE_MARTS:
            self.con.execute(
                f"copy (select * from release.marts.{mart} where period = '{close.period}' order by all) "
                f"to '{folder / mart}.parquet' (format parquet)"
            )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Returns what a query over ``marts`` finds."""
        self.con.execute("use release.marts")
        try:
            return self.con.execute(sql).fetchall()
        finally:
            self.con.execute("use xinyong")

    def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        """Returns every mart as it stands."""
        return {mart: self.rows(f"select * from {mart} order by all") for mart in mart_columns()}


def _compiled(built: Built, home: Path) -> list[Statement]:
    """Returns models and the project's own tests, in the order in which dbt ran them, for another home."""
    statements = []
    for result in built.results:
        node = result.node
        if node.resource_type == "model":
            kind, relation = node.config.materialized, node.relation_name
        elif node.resource_type == "test" and not hasattr(node, "test_metadata"):
            kind, relation = "test", node.name
        else:
            continue
        statements.append(Statement(kind, relation, node.compiled_code.replace(str(built.home), str(home))))
    return statements
