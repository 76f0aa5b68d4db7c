"""Returns what a receipt says about one submission, from the ledger and the raw batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest import clock
from ingest.contract_model import Contract, load_contracts
from ingest.seeds import seed_rows
from quality import receipt_text as text
from quality.receipt_ledger import read_ledger
from quality.suggestions import suggestions

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings

AT_ONCE = 200  # submissions whose ledger rows are read together
JUDGED_FOR_TIME = (1, 2, 3, 5)  # catalogues whose lateness counts (semantics.md 2.3, 6.4)


@dataclass(frozen=True)
class Problem:
    """One kind of fault of a submission, with what mending it is worth."""

    rule_id: str
    rule_version: int
    kind: str
    severity: str
    column: str | None  # contract column
    title: str  # Chinese, column and fault in few words
    article: str | None
    findings: int
    rows: int
    rows_freed: int  # rows that come in once this alone is mended
    reason: str  # of the first finding
    remedy: str
    is_batch: bool  # about the file, not a row


@dataclass(frozen=True)
class RawFile:
    """What is in a raw batch."""

    path: Path
    several_places: bool  # rows from more than one sheet or file
    has_extra: bool  # columns outside the catalogue
    has_normalisations: bool
    filled: frozenset[str]  # contract columns with at least one cell


@dataclass(frozen=True)
class Facts:
    """Everything about one submission but its rows."""

    submission: dict[str, Any]  # row of quality.submissions
    size_bytes: int
    members: list[dict[str, Any]]  # name, sha256, size of each file
    decisions: list[dict[str, Any]]  # of quality.submission_verdicts, oldest first
    contract: Contract | None
    department_name: str
    due_at: datetime | None
    problems: list[Problem]  # the most rewarding first
    normalisations: list[dict[str, Any]]
    domains: list[dict[str, Any]]
    rows_released: int  # accepted later than first judged
    rows_closed: int  # replaced by a correction
    raw: RawFile | None  # None: nothing could be read
    next_steps: list[str]
    suggestions: dict[tuple[int, str], str] = field(default_factory=dict)  # by row and column: proposed, never made

    @property
    def first(self) -> dict[str, Any]:
        """The decision of the first judgement: its counts never change."""
        return self.decisions[0]

    @property
    def verdict(self) -> str:
        """The verdict in force."""
        return str(self.decisions[-1]["verdict"])

    @property
    def is_timely(self) -> bool | None:
        """Whether it came in time; None where that is not judged."""
        return None if self.due_at is None else bool(self.submission["received_at"] <= self.due_at)


def collect(con: duckdb.DuckDBPyConnection, settings: Settings, submission_ids: Sequence[str]) -> Iterator[Facts]:
    """Yields the facts of submissions, in the order given.

    Raises:
        LookupError: no such submission, or it is not judged yet.
    """
    for start in range(0, len(submission_ids), AT_ONCE):
        chunk = submission_ids[start : start + AT_ONCE]
        ledger = read_ledger(con, chunk)
        for submission_id in chunk:
            if not ledger["submissions"][submission_id] or not ledger["decisions"][submission_id]:
                raise LookupError(
                    f"no receipt for submission {submission_id}: unknown or not judged yet; run the gate first"
                )
            yield _facts(con, settings, {name: rows[submission_id] for name, rows in ledger.items()})


def _facts(con: duckdb.DuckDBPyConnection, settings: Settings, known: Mapping[str, list[dict[str, Any]]]) -> Facts:
    """Returns the facts of one submission from its rows of the ledger."""
    submission, decisions = known["submissions"][0], known["decisions"]
    contract = load_contracts().get(submission["feed"] or "")
    due_at = None
    if contract and contract.catalogue in JUDGED_FOR_TIME and submission["period"] and not submission["is_correction"]:
        due_at = clock.due_at(settings, submission["period"])
    raw_path = settings.raw_batches / str(submission["feed"]) / f"{submission['submission_id']}.parquet"
    raw = read_raw(con, raw_path, contract) if contract and raw_path.is_file() else None
    problems = [_problem(contract, row) for row in known["problems"]]
    domains = _domains(known["domains"], settings.programme)
    later = known["later"][0] if known["later"] else {"released": 0, "closed": 0}
    return Facts(
        submission=submission,
        size_bytes=int(submission["size_bytes"] or 0),
        members=known["members"],
        decisions=decisions,
        contract=contract,
        department_name=_department(settings.programme, submission["department_code"]),
        due_at=due_at,
        problems=problems,
        normalisations=_normalisations(con, raw_path, contract) if raw and raw.has_normalisations else [],
        domains=domains,
        rows_released=later["released"],
        rows_closed=later["closed"],
        raw=raw,
        next_steps=_next_steps(submission, decisions, problems, domains, due_at),
        suggestions=suggestions(con, contract, submission, raw_path, settings.programme)
        if contract and raw and problems
        else {},
    )


def read_raw(con: duckdb.DuckDBPyConnection, path: Path, contract: Contract) -> RawFile:
    """Returns what is in a raw batch, in one pass."""
    filled = ", ".join(f'count("{c.name}__text") > 0' for c in contract.columns)
    several, has_extra, has_normalisations, *used = (
        con.execute(
            "select count(distinct (_source_file, _sheet)) > 1, count(_extra) > 0, "
            f"coalesce(sum(len(normalisations)), 0) > 0, {filled} from read_parquet($path)",
            {"path": str(path)},
        ).fetchone()
        or ()
    )
    filled_names = frozenset(c.name for c, is_used in zip(contract.columns, used, strict=True) if is_used)
    return RawFile(path, several, has_extra, has_normalisations, filled_names)


def _department(programme: str, code: str | None) -> str:
    """Returns the department's Chinese name."""
    for row in seed_rows("departments", programme):
        if row["department_code"] == code:
            return str(row["department_name"])
    return "未认出的部门"


def _problem(contract: Contract | None, row: dict[str, Any]) -> Problem:
    """Returns one kind of fault, with its Chinese title and its clause."""
    rules = {r.rule_id: r for r in contract.rules} if contract else {}
    titles = {c.name: c.title for c in contract.columns} if contract else {}
    rule = rules.get(row["rule_id"])
    fault = text.PROBLEMS.get(row["kind"]) or text.PROBLEMS.get(row["rule_id"].rsplit(".", 1)[-1], row["rule_id"])
    column = row["column_name"] or None
    return Problem(
        column=column,
        title=f"{titles[column]}：{fault}" if column in titles else fault,
        article=rule.article if rule else None,
        **{name: value for name, value in row.items() if name != "column_name"},
    )


def _normalisations(con: duckdb.DuckDBPyConnection, path: Path, contract: Contract | None) -> list[dict[str, Any]]:
    """Returns how often each spelling was put right, per column."""
    titles = {c.name: c.title for c in contract.columns} if contract else {}
    counted = con.execute(
        "select n.column_name, n.kind, count(*) from (select unnest(normalisations) as n from read_parquet($path)) "
        "group by all order by 3 desc, 1, 2",
        {"path": str(path)},
    ).fetchall()
    return [
        {
            "column": name,
            "title": titles.get(name, name),
            "kind": kind,
            "words": text.NORMALISATIONS.get(kind, kind),
            "cells": cells,
        }
        for name, kind, cells in counted
    ]


def _domains(rows: list[dict[str, Any]], programme: str) -> list[dict[str, Any]]:
    """Returns what the submission says about each domain, in the order of annex 2."""
    order = {row["domain_code"]: (i, row["domain_name"]) for i, row in enumerate(seed_rows("domains", programme))}
    named = [row | {"domain_name": order.get(row["domain_code"], (0, row["domain_code"]))[1]} for row in rows]
    return sorted(named, key=lambda row: (order.get(row["domain_code"], (len(order), ""))[0], row["domain_code"]))


def _next_steps(
    submission: Mapping[str, Any],
    decisions: list[dict[str, Any]],
    problems: list[Problem],
    domains: list[dict[str, Any]],
    due_at: datetime | None,
) -> list[str]:
    """Returns what the department is to do now, in the order in which to do it."""
    until = text.deadline(submission["received_at"], due_at)
    verdict, first = decisions[-1]["verdict"], decisions[0]
    held = [d["domain_name"] for d in domains if d.get("list_state") == "held"]
    zero = [d["domain_name"] for d in domains if d["is_zero_report"]]
    steps = []
    if zero:
        steps.append(f"零报告已登记：{'、'.join(zero)}。")
    if held:
        steps.append(
            f"名单减少过半，暂缓启用：{'、'.join(held)}。原名单继续有效。漏报的，{until}重新报送全量名单；"
            f"确实减少的，请与市信用办联系确认（批次编号 {submission['submission_id']}）。"
        )
    if submission["channel"] == "gateway":
        if any(p.severity == "error" for p in problems):
            steps.append(f"{until}在来源系统中改正“问题清单”所列记录，系统会自动重新取数，无需另行报送。")
    elif verdict == "rejected" and not held:
        if first["rows_received"]:
            steps.append(
                f"本次报送整份退回，{first['rows_quarantined']} 行都没有入库。"
                f"{until}按“问题清单”自上而下改正后，把本回执或改好的文件整份重新报送。"
            )
        else:
            steps.append(f"本次报送没有成功，{until}改正后重新报送：")
            steps += [p.remedy for p in problems if p.is_batch and p.severity == "error"]
    elif any(p.severity == "error" for p in problems):
        steps.append(
            f"{until}改正标红的单元格，存盘后把本回执放回原来的报送文件夹即可（文件名不变）；"
            "没有标红的行已经入库，不必重报。也可以另做一个以“更正”开头的文件，只放改正的行。"
        )
    if any(p.severity == "warning" for p in problems):
        steps.append("标黄的单元格请核对；确认无误的不用改。")
    return steps or ["无需处理。"]
