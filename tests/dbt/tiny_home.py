"""Returns a tiny data directory made by hand: raw batches, ledger and former closes, without gate or intake.

Only what a row means is written down; texts, provenance and counts of required cells follow from the contracts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import yaml

from ingest.contract_model import Contract, load_contracts
from ingest.raw_schema import raw_schema
from ingest.seeds import seed_rows

ROOT = Path(__file__).parents[2]
LEDGER = ROOT / "ingest" / "ledger.sql"
MARTS = ROOT / "dbt_project" / "models" / "marts"
PROGRAMME = "huzhou"
NO_CLOSE = "0000-00"  # folder of the typed files without rows

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Sent:
    """One submission as judged."""

    submission_id: str
    feed: str
    department_code: str | None
    period: str | None
    received_at: datetime
    rows: Sequence[Row] = ()
    verdict: str = "accepted"
    zero_domains: Sequence[str] = ()
    is_correction: bool = False
    channel: str = "drop"


@dataclass(frozen=True)
class Close:
    """What is closed: the one row of ``meta.close_parameters``."""

    period: str
    as_of: datetime
    previous_period: str | None = None


@dataclass(frozen=True)
class Ledger:
    """Later decisions and results that a scenario needs beside its submissions."""

    row_decisions: Sequence[Row] = ()
    verdicts: Sequence[Row] = ()
    findings: Sequence[Row] = ()
    period_gates: Sequence[Row] = ()
    list_decisions: Sequence[Row] = ()
    former_closes: Mapping[str, Mapping[str, Sequence[Row]]] = field(default_factory=dict)


def build_home(home: Path, close: Close, sent: Sequence[Sent], ledger: Ledger | None = None) -> Path:
    """Returns ``home`` with everything in it that ``dbt build`` reads."""
    ledger = ledger or Ledger()
    (home / "warehouse" / "scratch").mkdir(parents=True, exist_ok=True)
    contracts = load_contracts()
    with duckdb.connect(str(home / "warehouse" / "xinyong.duckdb")) as con:
        con.execute(LEDGER.read_text(encoding="utf-8"))
        for contract in contracts.values():
            _write_batch(con, home, contract, None)
        for submission in sent:
            receive(con, home, submission)
        for table, rows in (
            ("quality.row_decisions", ledger.row_decisions),
            ("quality.submission_verdicts", ledger.verdicts),
            ("quality.findings", ledger.findings),
            ("quality.period_gates", ledger.period_gates),
            ("quality.list_decisions", ledger.list_decisions),
        ):
            for row in rows:
                _insert(con, table, row)
        set_close(con, close)
        _write_closes(con, home, ledger.former_closes)
    return home


def receive(con: duckdb.DuckDBPyConnection, home: Path, submission: Sent) -> None:
    """Writes the batch of one submission, and what the ledger says of it."""
    contract = load_contracts()[submission.feed]
    _write_batch(con, home, contract, submission)
    _record(con, contract, submission)


def set_close(con: duckdb.DuckDBPyConnection, close: Close) -> None:
    """Says what is closed, in place of what was said before."""
    con.execute("delete from meta.close_parameters")
    _insert(con, "meta.close_parameters", _parameters(close))


def _parameters(close: Close) -> dict[str, Any]:
    start = date.fromisoformat(f"{close.period}-01")
    end = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return {
        "programme": PROGRAMME,
        "period": close.period,
        "previous_period": close.previous_period,
        "period_start": start,
        "period_end": end,
        "as_of": close.as_of,
        "reference_date": min(end, (close.as_of + timedelta(hours=8)).date()),
        "is_final": True,
    }


def _insert(con: duckdb.DuckDBPyConnection, table: str, row: Row) -> None:
    places = ", ".join("?" for _ in row)
    con.execute(f"insert into {table} ({', '.join(row)}) values ({places})", list(row.values()))


def _owners() -> dict[str, str]:
    return {r["domain_code"]: r["department_code"] for r in seed_rows("domains", PROGRAMME, None)}


def _domain_names() -> dict[str, str]:
    return {r["domain_code"]: r["domain_name"] for r in seed_rows("domains", PROGRAMME, None)}


def _code_column(contract: Contract) -> str | None:
    return next((c.name for c in contract.columns if c.kind == "uscc"), None)


def _name_column(contract: Contract) -> str | None:
    return next((c.name for c in contract.columns if c.kind == "name"), None)


def _full_row(contract: Contract, submission: Sent, number: int, row: Row) -> dict[str, Any]:
    """Returns every column of the raw row; what ``row`` does not say follows from the rest."""
    code, name = _code_column(contract), _name_column(contract)
    domain = row.get("domain_code")
    given = dict(row)
    for column in contract.columns:
        if column.kind == "domain" and domain:
            given.setdefault(column.name, _domain_names()[domain])
    required = [c.name for c in contract.columns if c.required]
    uscc = given.get(code) if code else None
    implied = {
        "_submission_id": submission.submission_id,
        "_source_file": f"{submission.feed}.xlsx",
        "_sheet": "Sheet1",
        "_row_number": number + 1,
        "_row_id": number,
        "_received_at": submission.received_at,
        "_operation": "upsert",
        "domain_code": domain,
        "is_own_domain": domain is not None and _owners()[domain] == submission.department_code,
        "name_norm": given.get(name) if name else None,
        "resolved_uscc": uscc,
        "match_method": "uscc" if uscc else "unresolved",
        "is_check_ok": True if uscc else None,
        "required_cells": len(required),
        "required_filled": sum(given.get(c) is not None for c in required),
        "normalisations": [],
        "row_state": "quarantined" if submission.verdict == "rejected" else "accepted",
        "rule_ids": [],
    }
    texts = {f"{c.name}__text": _text(given.get(c.name)) for c in contract.columns}
    return texts | implied | given


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return "、".join(value) if isinstance(value, list) else str(value)


def _declared(columns: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f'"{name}" {kind}' for name, kind in columns)


def _write_batch(con: duckdb.DuckDBPyConnection, home: Path, contract: Contract, submission: Sent | None) -> None:
    folder = home / "warehouse" / "raw" / contract.feed
    folder.mkdir(parents=True, exist_ok=True)
    schema = raw_schema(contract)
    con.execute(f"create or replace temp table batch ({_declared(schema)})")
    if submission is not None:
        for number, row in enumerate(submission.rows, start=1):
            full = _full_row(contract, submission, number, row)
            unknown = full.keys() - {n for n, _ in schema}
            if unknown:
                raise KeyError(f"{contract.feed} has no raw columns {sorted(unknown)}")
            _insert(con, "batch", {f'"{n}"': full[n] for n, _ in schema if n in full})
    target = folder / (f"{submission.submission_id}.parquet" if submission else "_empty.parquet")
    con.execute(f"copy (select * from batch order by _row_id) to '{target}' (format parquet)")


def _record(con: duckdb.DuckDBPyConnection, contract: Contract, submission: Sent) -> None:
    rows = [_full_row(contract, submission, n, r) for n, r in enumerate(submission.rows, start=1)]
    accepted = [r for r in rows if r["row_state"] == "accepted"]
    _insert(
        con,
        "quality.submissions",
        {
            "submission_id": submission.submission_id,
            "arrival_id": submission.submission_id,
            "feed": submission.feed,
            "department_code": submission.department_code,
            "period": submission.period,
            "channel": submission.channel,
            "source_name": f"{submission.feed}.xlsx",
            "received_at": submission.received_at,
            "sha256": hashlib.sha256(submission.submission_id.encode()).hexdigest(),
            "is_correction": submission.is_correction,
        },
    )
    _insert(
        con,
        "quality.submission_verdicts",
        {
            "submission_id": submission.submission_id,
            "decided_at": submission.received_at,
            "cause": "judged",
            "verdict": submission.verdict,
            "rows_received": len(rows),
            "rows_accepted": len(accepted),
            "rows_quarantined": len(rows) - len(accepted),
        },
    )
    for row in rows:
        if row["row_state"] != "accepted":
            _insert(
                con,
                "quality.quarantine",
                {
                    "submission_id": submission.submission_id,
                    "row_id": row["_row_id"],
                    "domain_code": row["domain_code"],
                    "uscc": row["resolved_uscc"],
                    "name_norm": row["name_norm"],
                    "rule_ids": row["rule_ids"],
                },
            )
    owners = _owners()
    domains = sorted({r["domain_code"] for r in rows if r["domain_code"]} | set(submission.zero_domains))
    for domain in domains:
        own = [r for r in rows if r["domain_code"] == domain]
        _insert(
            con,
            "quality.submission_domains",
            {
                "submission_id": submission.submission_id,
                "domain_code": domain,
                "is_own_domain": owners[domain] == submission.department_code,
                "rows_received": len(own),
                "rows_accepted": sum(r["row_state"] == "accepted" for r in own),
                "subject_count": len({r["resolved_uscc"] for r in own}),
                "is_zero_report": domain in submission.zero_domains,
            },
        )
        if contract.submission == "full_list":
            _insert(
                con,
                "quality.list_decisions",
                {
                    "submission_id": submission.submission_id,
                    "domain_code": domain,
                    "decided_at": submission.received_at,
                    "list_state": "refused" if submission.verdict == "rejected" else "in_force",
                },
            )


def mart_columns() -> dict[str, list[tuple[str, str]]]:
    """Returns (name, type) of every mart's columns, as its contract promises them."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(MARTS.rglob("*.yml")):
        for model in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("models", []):
            found[model["name"]] = [(c["name"], c["data_type"]) for c in model["columns"]]
    return found


def _write_closes(
    con: duckdb.DuckDBPyConnection, home: Path, former: Mapping[str, Mapping[str, Sequence[Row]]]
) -> None:
    columns = mart_columns()
    for period, marts in ({NO_CLOSE: dict.fromkeys(columns, ())} | dict(former)).items():
        folder = home / "warehouse" / "closes" / period
        folder.mkdir(parents=True, exist_ok=True)
        for mart, rows in marts.items():
            con.execute(f"create or replace temp table closed ({_declared(columns[mart])})")
            for row in rows:
                _insert(con, "closed", {f'"{k}"': v for k, v in row.items()})
            con.execute(f"copy closed to '{folder / mart}.parquet' (format parquet)")
