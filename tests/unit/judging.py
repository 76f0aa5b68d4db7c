"""Returns a small gate for tests: rows written by hand go in as texts, verdicts and findings come out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from ingest import warehouse
from ingest.contract_model import load_contracts
from ingest.settings import Settings
from quality import gate, lookups
from quality.batch import Arrived, Judged, judge_batch
from quality.tables import insert_rows
from quality.verdict import BatchFinding

CONTRACTS = load_contracts()
TABLES = (
    "submissions",
    "submission_verdicts",
    "submission_domains",
    "list_decisions",
    "row_decisions",
    "findings",
    "quarantine",
    "measures",
    "period_gates",
)
START = datetime(2025, 7, 1)

Row = dict[str, str | None]


@dataclass
class Bench:
    """One warehouse in memory; ``send`` judges a submission an hour after the last one."""

    con: duckdb.DuckDBPyConnection
    settings: Settings
    folder: Path
    clock: datetime = START
    sent: list[str] = field(default_factory=list)

    def land(
        self,
        feed: str,
        rows: Sequence[Row],
        department: str = "ecology_environment",
        period: str = "2025-06",
        at: datetime | None = None,
        corrects: str | None = None,
        **more: Any,
    ) -> Arrived:
        """Returns the submission as read, entered in the ledger but not judged."""
        self.clock = at or self.clock + timedelta(hours=1)
        submission = f"{feed}-{len(self.sent):03d}"
        self.sent.append(submission)
        insert_rows(
            self.con,
            "quality.submissions",
            (
                ("submission_id", "varchar"),
                ("arrival_id", "varchar"),
                ("feed", "varchar"),
                ("department_code", "varchar"),
                ("period", "varchar"),
                ("channel", "varchar"),
                ("source_name", "varchar"),
                ("received_at", "timestamp"),
                ("sha256", "varchar"),
                ("is_correction", "boolean"),
                ("corrects_submission_id", "varchar"),
            ),
            [
                (
                    submission,
                    submission,
                    feed,
                    department,
                    period,
                    more.pop("channel", "drop"),
                    "f.xlsx",
                    self.clock,
                    submission,
                    more.pop("is_correction", corrects is not None),
                    corrects,
                )
            ],
        )
        texts = self._write(feed, submission, rows) if rows else ""
        return Arrived(submission, texts, len(rows), more.pop("zero", None), tuple(more.pop("problems", ())))

    def _write(self, feed: str, submission: str, rows: Sequence[Row]) -> str:
        contract = CONTRACTS[feed]
        unknown = {k for r in rows for k in r} - {c.name for c in contract.columns} - {"_op", "_record", "_extra"}
        assert not unknown, f"{feed} has no column {unknown}"
        columns = [(f"{c.name}__text", "varchar") for c in contract.columns]
        columns += [
            ("_source_file", "varchar"),
            ("_sheet", "varchar"),
            ("_row_number", "bigint"),
            ("_row_id", "bigint"),
            ("_received_at", "timestamp"),
            ("_record_id", "varchar"),
            ("_operation", "varchar"),
            ("_extra", "varchar"),
        ]
        self.con.execute("create or replace temp table t_text (" + ", ".join(f'"{n}" {t}' for n, t in columns) + ")")
        insert_rows(
            self.con,
            "t_text",
            columns,
            [
                [
                    *(r.get(c.name) for c in contract.columns),
                    "f.xlsx",
                    "数据",
                    i + 1,
                    i,
                    self.clock,
                    r.get("_record"),
                    r.get("_op") or "upsert",
                    r.get("_extra"),
                ]
                for i, r in enumerate(rows, start=1)
            ],
        )
        file = self.folder / f"{submission}.text.parquet"
        self.con.execute(f"copy t_text to '{file}' (format parquet)")
        return f"from read_parquet('{file}')"

    def judge(self, feed: str, arrived: Sequence[Arrived], disabled: Sequence[str] = ()) -> list[Judged]:
        """Returns the verdicts of one pass."""
        return judge_batch(self.con, self.settings, CONTRACTS[feed], list(arrived), frozenset(disabled))

    def send(self, feed: str, rows: Sequence[Row], disabled: Sequence[str] = (), **more: Any) -> Judged:
        """Returns the verdict about one submission."""
        return self.judge(feed, [self.land(feed, rows, **more)], disabled)[0]

    def found(self, submission: str) -> dict[int, set[tuple[str, str, str]]]:
        """Returns per row the findings as (column, kind, severity)."""
        found: dict[int, set[tuple[str, str, str]]] = {}
        for row_id, column, kind, severity in self.con.execute(
            "select row_id, coalesce(column_name, ''), kind, severity from quality.findings "
            "where submission_id = $1 and row_id is not null",
            [submission],
        ).fetchall():
            found.setdefault(row_id, set()).add((column, kind, severity))
        return found

    def raw(self, submission: str, columns: str) -> list[tuple[Any, ...]]:
        """Returns columns of the raw batch, in the order of its rows."""
        feed = submission.rsplit("-", 1)[0]
        file = self.settings.raw_batches / feed / f"{submission}.parquet"
        return self.con.execute(f"select {columns} from read_parquet('{file}') order by _row_id").fetchall()

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Returns what the warehouse answers."""
        return self.con.execute(sql, list(values)).fetchall()

    def states(self, submission: str) -> list[str]:
        """Returns the state of every row after later decisions, in the order of the rows."""
        feed = submission.rsplit("-", 1)[0]
        file = self.settings.raw_batches / feed / f"{submission}.parquet"
        return [
            r[0]
            for r in self.con.execute(f"""
            select coalesce(d.row_state, r.row_state) from read_parquet('{file}') as r
            left join (select submission_id, row_id, arg_max(row_state, decided_at) as row_state
                from quality.row_decisions group by all) as d
                on r._submission_id = d.submission_id and r._row_id = d.row_id
            order by r._row_id""").fetchall()
        ]

    def verdict(self, submission: str) -> str:
        """Returns the verdict in force."""
        return str(
            self.query(
                "select arg_max(verdict, decided_at) from quality.submission_verdicts where submission_id = $1",
                submission,
            )[0][0]
        )

    def lists(self, submission: str) -> dict[str, str]:
        """Returns the state in force of every list of a submission."""
        return dict(
            self.query(
                "select domain_code, arg_max(list_state, decided_at) from quality.list_decisions "
                "where submission_id = $1 group by 1",
                submission,
            )
        )

    def reset(self) -> None:
        """Forgets everything that was sent."""
        for table in TABLES:
            self.con.execute(f"delete from quality.{table}")
        shutil.rmtree(self.settings.raw_batches, ignore_errors=True)
        self.sent.clear()
        self.clock = START


@contextmanager
def opened(settings: Settings, folder: Path) -> Iterator[Bench]:
    """Yields a bench with policy tables and macros."""
    with warehouse.connect_memory(settings) as con:
        gate.prepare(con)
        lookups.load_policy(con, settings)
        yield Bench(con, settings, folder)


def problem(rule_id: str, **values: str) -> BatchFinding:
    """Returns a finding about the file, as the parser would report it."""
    return BatchFinding(rule_id, dict(values))


# Numbers that hold their check characters (domain.md 3.4), made up otherwise.
FIRM, SHOP, COOP, CLINIC = "91330502MATEXT01XA", "92330503MATEXT028M", "93330521MATEXT036F", "52330500MJTEXT047X"
PERSON = "11010519491231002X"

REGISTRY: list[Row] = [
    {
        "enterprise_name": "湖州甲乙丙丁有限公司",
        "uscc": FIRM,
        "organisation_code": "MATEXT01-X",
        "registration_no": "330500000012346",
        "registration_status": "存续",
        "former_names": "湖州旧名有限公司、湖州更旧名公司",
    },
    {"enterprise_name": "湖州吴兴某某商行", "uscc": SHOP, "registration_status": "存续"},
    {"enterprise_name": "德清同名专业合作社", "uscc": COOP, "registration_status": "存续"},
    {"enterprise_name": "德清同名专业合作社", "uscc": CLINIC, "registration_status": "注销"},
]

GOOD: dict[str, Row] = {
    "evaluation_results": {
        "evaluation_name": "企业环保领域",
        "enterprise_name": "湖州甲乙丙丁有限公司",
        "uscc": FIRM,
        "evaluated_on": "2025-06-20",
        "evaluating_department": "市生态环境局",
        "grade": "A",
        "score": "95",
    },
    "positive_list": {
        "domain_name": "企业环保领域",
        "enterprise_name": "湖州甲乙丙丁有限公司",
        "uscc": FIRM,
        "published_on": "2025-06-20",
    },
    "serious_dishonesty_list": {
        "domain_name": "企业环保领域",
        "enterprise_name": "湖州甲乙丙丁有限公司",
        "uscc": FIRM,
        "published_on": "2025-06-20",
        "listing_reason": "超标排放",
    },
    "regulated_subjects": {"domain_name": "企业环保领域", "enterprise_name": "湖州甲乙丙丁有限公司", "uscc": FIRM},
    "credit_repair": {
        "domain_name": "企业环保领域",
        "enterprise_name": "湖州甲乙丙丁有限公司",
        "uscc": FIRM,
        "listed_on": "2025-05-01",
        "repaired_on": "2025-06-20",
        "decision": "准予",
    },
    "enterprise_registry": {"enterprise_name": "湖州甲乙丙丁有限公司", "uscc": FIRM, "registration_status": "存续"},
    "public_credit_evaluation": {
        "enterprise_name": "湖州甲乙丙丁有限公司",
        "uscc": FIRM,
        "public_credit_grade": "优秀",
        "evaluated_on": "2025-06-20",
    },
    "inspection_tasks": {
        "task_name": "企业环保领域抽查",
        "task_no": "湖环抽查〔2025〕1号",
        "task_type": "年度计划",
        "lead_department": "市生态环境局",
        "sampling_type": "不定向",
        "sampled_subject_count": "12",
        "subject_scope": "全市排污企业",
        "task_start_on": "2025-06-01",
        "task_end_on": "2025-06-30",
        "published_on": "2025-05-20",
        "inspection_items": "排污许可",
    },
    "inspection_results": {
        "counterpart_name": "湖州甲乙丙丁有限公司",
        "counterpart_category": "法人及非法人组织",
        "counterpart_code": FIRM,
        "legal_representative_name": "张三丰",
        "inspection_form": "双随机抽查",
        "inspection_method": "现场检查",
        "inspection_content": "排污许可",
        "inspection_result": "未发现问题",
        "inspected_on": "2025-06-20",
        "task_no": "湖环抽查〔2025〕1号",
        "inspecting_authority_name": "市生态环境局",
        "inspecting_authority_code": "11330500MBTEXT101M",
        "source_unit_name": "市生态环境局",
        "source_unit_code": "11330500MBTEXT101M",
    },
}
"""One row per feed that breaks no rule."""

SENDER = {"enterprise_registry": "market_regulation", "public_credit_evaluation": "development_reform"}
"""Who may send a feed; the others are sent by the environment bureau."""
