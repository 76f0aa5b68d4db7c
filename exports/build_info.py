"""Returns what a release was built from, as the ledger, the contracts and the seeds say at its ``as_of``.

``publish`` takes it as one value, so that a release can be made and tested without a warehouse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from exports import text

POLICY_SEEDS = ("departments", "domains", "notice_thresholds", "reporting_calendar", "reason_codes", "score_weights")
"""Seeds that a release carries, so that lists and notices need nothing but the release file (design.md 8)."""


@dataclass(frozen=True)
class SubmissionUsed:
    """A submission whose rows are in the release."""

    submission_id: str
    feed: str
    department_code: str | None
    period: str
    received_at: datetime
    verdict: str  # as decided by as_of
    rows_received: int
    sha256: str
    contract_version: str | None


@dataclass(frozen=True)
class FeedInfo:
    """A feed and the version of its contract."""

    feed: str
    title: str
    catalogue: int | None
    contract_version: str


@dataclass(frozen=True)
class ColumnInfo:
    """A column of a feed as departments know it."""

    feed: str
    column_name: str
    column_title: str
    is_required: bool
    classification: str  # public | internal | personal | id_number: the last one is in no mart


@dataclass(frozen=True)
class RuleInfo:
    """A rule in force, with the words under which its faults are counted."""

    rule_id: str
    rule_version: int
    feed: str | None  # null: of every feed
    rule_title: str  # Chinese, names no value
    severity: str
    dimension: str


@dataclass(frozen=True)
class FormerRelease:
    """The final close in force of an earlier month, on which this one rests."""

    release_name: str
    period: str
    as_of: datetime
    is_final: bool
    fingerprint: str


@dataclass(frozen=True)
class PolicyTable:
    """A seed as it is in force, and how many of its rows no document settles."""

    seed_name: str
    row_count: int
    assumed_count: int
    sha256: str


@dataclass(frozen=True)
class BuildInfo:
    """One close, ready to be published (semantics 1.3)."""

    programme: str
    period: str
    as_of: datetime
    reference_date: date
    is_final: bool
    fingerprint: str
    code_version: str
    feeds: Sequence[FeedInfo]
    columns: Sequence[ColumnInfo]
    rules: Sequence[RuleInfo]
    submissions: Sequence[SubmissionUsed]
    seeds: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)  # POLICY_SEEDS at reference_date
    period_gates: Sequence[Mapping[str, Any]] = ()  # rows of quality.period_gates of this close
    rules_version: str = ""  # of all seeds
    violations: Sequence[str] = ()  # of the conservation check: any of them forbids a release
    former: Sequence[FormerRelease] = ()  # ascending by period
    policy_tables: Sequence[PolicyTable] = ()


def read_build_info(con: Any, *, fingerprint: str, code_version: str, violations: Sequence[str]) -> BuildInfo:
    """Returns the build information of the close that ``meta.close_parameters`` describes.

    Args:
        con: open connection to the warehouse.
        fingerprint: of everything that went in, hex.
        code_version: version of the code, as the release shall name it.
        violations: what ``quality.conservation.check`` found.
    """
    from ingest.seeds import rules_version, seed_rows

    row = con.execute("select programme, period, as_of, reference_date, is_final from meta.close_parameters").fetchone()
    if row is None:
        raise LookupError("meta.close_parameters is empty; expected the one row of the close; run the close first")
    programme, period, as_of, reference_date, is_final = row
    feeds, columns, rules = _contracts()
    return BuildInfo(
        programme=programme,
        period=period,
        as_of=as_of,
        reference_date=reference_date,
        is_final=is_final,
        fingerprint=fingerprint,
        code_version=code_version,
        feeds=feeds,
        columns=columns,
        rules=rules,
        submissions=_submissions(con, period, as_of),
        seeds={name: seed_rows(name, programme, reference_date) for name in POLICY_SEEDS},
        period_gates=_records(
            con, "select * from quality.period_gates where period = ? and as_of = ? order by all", [period, as_of]
        ),
        rules_version=rules_version(),
        violations=tuple(violations),
        former=_former(con, programme, period),
        policy_tables=_policy_tables(programme, reference_date),
    )


def _former(con: Any, programme: str, period: str) -> list[FormerRelease]:
    """Returns the final closes in force of the months before, as the fingerprint of this close takes them in."""
    rows = con.execute(
        """
        select release_name, period, as_of, is_final, fingerprint
        from meta.closes
        where programme = ? and period < ?
        qualify row_number() over (partition by period order by closed_at desc) = 1
        order by period
        """,
        [programme, period],
    ).fetchall()
    return [FormerRelease(*row) for row in rows if row[3]]


def _policy_tables(programme: str, on: date) -> list[PolicyTable]:
    """Returns every seed with the rows in force on a day; read as text, which is enough to count."""
    import csv
    import hashlib

    from ingest.seeds import SEEDS

    found = []
    day = on.isoformat()
    for path in sorted(SEEDS.rglob("*.csv"), key=lambda p: p.stem):
        content = path.read_bytes()
        rows = [
            row
            for row in csv.DictReader(content.decode("utf-8").splitlines())
            if row["programme"] == programme and row["valid_from"] <= day <= (row["valid_to"] or day)
        ]
        assumed = sum(row["assumed"] == "true" for row in rows)
        found.append(PolicyTable(path.stem, len(rows), assumed, hashlib.sha256(content).hexdigest()))
    return found


def _contracts() -> tuple[list[FeedInfo], list[ColumnInfo], list[RuleInfo]]:
    from ingest.contract_model import load_contracts

    feeds, columns, rules = [], [], {}
    for contract in load_contracts().values():
        feeds.append(FeedInfo(contract.feed, contract.title, contract.catalogue, contract.version))
        columns += [ColumnInfo(contract.feed, c.name, c.title, c.required, c.classification) for c in contract.columns]
        titles = {column.name: column.title for column in contract.columns}
        for rule in contract.rules:
            own_feed = contract.feed if rule.rule_id.startswith(f"{contract.feed}.") else None
            column_title = titles.get(rule.column or "") if own_feed else None
            title = text.rule_title(rule.rule_id, rule.kind, column_title)
            rules[rule.rule_id] = RuleInfo(rule.rule_id, rule.version, own_feed, title, rule.severity, rule.dimension)
    return feeds, columns, [rules[rule_id] for rule_id in sorted(rules)]


def _submissions(con: Any, period: str, as_of: datetime) -> list[SubmissionUsed]:
    """Returns the submissions known at ``as_of`` whose last verdict by then is not ``rejected``, in ledger order."""
    rows = con.execute(
        """
        with last_verdict as (
            select submission_id, verdict, rows_received
            from quality.submission_verdicts
            where decided_at <= $as_of
            qualify row_number() over (
                partition by submission_id order by decided_at desc, cause = 'judged'
            ) = 1
        )

        select s.submission_id, s.feed, s.department_code, s.period, s.received_at, v.verdict, v.rows_received,
            s.sha256, s.contract_version
        from quality.submissions as s
        inner join last_verdict as v using (submission_id)
        where s.received_at <= $as_of and s.period <= $period and v.verdict <> 'rejected'
        order by s.received_at, s.sha256, s.submission_id
        """,
        {"as_of": as_of, "period": period},
    ).fetchall()
    return [SubmissionUsed(*row) for row in rows]


def _records(con: Any, sql: str, parameters: Sequence[Any]) -> list[dict[str, Any]]:
    result = con.execute(sql, parameters)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
