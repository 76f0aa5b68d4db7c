"""Returns what the gateways delivered, landed as submissions: one per pull, period and department (semantics.md 1.2).

A pull is all or nothing: pages go to a scratch file, and only when the list is complete are the records sorted into
canonical JSON lines, archived under their sha256 and entered in the ledger together with the new watermark, in one
transaction. The watermark is asked for inclusively; the records that share the greatest one are remembered by hash, so
nothing is lost at the seam and nothing comes twice.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from ingest import clock, durable, ledger
from ingest.archive import archive_file
from ingest.contract_model import Column, Contract, load_contracts
from ingest.errors import FeedError
from ingest.gateway_client import Client, dig
from ingest.gateway_config import Gateway, load_gateways
from ingest.header_text import header_text
from ingest.parse_sql import quoted
from ingest.privacy import name_without_ids, without_ids
from ingest.seeds import load_seed
from ingest.settings import Settings

log = logging.getLogger(__name__)

Progress = Callable[[str], None]


@dataclass(frozen=True)
class PullResult:
    """What one gateway gave: records taken over and the submissions made of them, or the message why not."""

    gateway: str
    records: int
    submission_ids: tuple[str, ...]
    error: str | None = None


def pull_all(
    con: duckdb.DuckDBPyConnection, settings: Settings, until: datetime | None, progress: Progress | None = None
) -> list[PullResult]:
    """Returns one result per configured gateway; the failure of one is its message and never stops the others.

    Args:
        con: the warehouse.
        settings: of the deployment; under receipt clock ``mtime`` records written after ``until`` are left for a later
            pull, as if this one had been made then.
        until: UTC, or None for now.
        progress: told what is being pulled.

    Raises:
        FeedError: the gateways file cannot be used.
    """
    results = []
    for gateway in load_gateways(settings):
        if progress:
            progress(f"gateway {gateway.name}")
        try:
            results.append(pull(con, settings, gateway, until))
        except FeedError as error:
            log.warning("gateway=%s feed=%s %s", gateway.name, gateway.feed, error)
            results.append(PullResult(gateway.name, 0, (), str(error)))
    return results


def pull(
    con: duckdb.DuckDBPyConnection, settings: Settings, gateway: Gateway, until: datetime | None = None
) -> PullResult:
    """Returns the records that are new since the last pull, landed.

    Raises:
        FeedError: the feed is unknown, a mapped field is, or the gateway failed; then nothing was taken over.
    """
    contract = _contract(gateway)
    since, tail = former = _watermark(con, gateway)
    requested_at = clock.now()
    settings.scratch.mkdir(parents=True, exist_ok=True)
    pulled = settings.scratch / f"pull_{gateway.name}.jsonl"
    bound = until if settings.receipt_clock == "mtime" else None
    with durable.point("gateway.pages"):
        greatest, tail = _write_pages(Client(gateway), settings, contract, pulled, since, tail, bound)
    try:
        groups = _groups(con, settings, gateway, contract, pulled, requested_at)
        con.begin()
        try:
            ids = tuple(_land(con, settings, gateway, contract, group, requested_at) for group in groups)
            records = sum(group.records for group in groups)
            if greatest is not None and (records or (greatest, tail) != former):
                con.execute(
                    "insert into quality.gateway_watermarks values (?, ?, ?, ?, ?)",
                    [gateway.name, requested_at, greatest, records, json.dumps(sorted(tail))],
                )
            with durable.point("gateway.ledger"):
                con.commit()
        except BaseException:
            con.rollback()
            raise
    finally:
        con.execute("drop table if exists pulled")
        pulled.unlink(missing_ok=True)
    return PullResult(gateway.name, records, ids)


@dataclass(frozen=True)
class _Group:
    period: str
    department_code: str | None
    received_at: datetime
    records: int
    path: Path


def _contract(gateway: Gateway) -> Contract:
    contracts = load_contracts()
    if gateway.feed not in contracts:
        raise FeedError(
            what="a gateway names a feed that has no contract",
            where=f"gateway {gateway.name}",
            expected=" or ".join(contracts),
            got=gateway.feed,
            do="correct 'feed' in the gateways file",
        )
    return contracts[gateway.feed]


def _watermark(con: duckdb.DuckDBPyConnection, gateway: Gateway) -> tuple[str | None, set[str]]:
    """Returns the last watermark and the hashes of the records that carried it."""
    row = con.execute(
        "select watermark, tail from quality.gateway_watermarks where gateway_name = ? order by pulled_at desc limit 1",
        [gateway.name],
    ).fetchone()
    return (row[0], set(json.loads(row[1]))) if row else (None, set())


def _mapping(gateway: Gateway, contract: Contract) -> dict[str, str]:
    """Returns column -> dotted path of the fields that the gateways file maps."""
    by_title = {header_text(title): c.name for c in contract.columns for title in (c.name, c.title, *c.synonyms)}
    unknown = [name for name in gateway.fields if header_text(name) not in by_title]
    if unknown:
        raise FeedError(
            what="the gateways file maps a field that the contract does not have",
            where=f"gateway {gateway.name}, fields",
            expected=", ".join(c.title for c in contract.columns),
            got=", ".join(unknown),
            do="use a column or Chinese header of the contract",
        )
    return {by_title[header_text(name)]: path for name, path in gateway.fields.items()}


def _write_pages(
    client: Client,
    settings: Settings,
    contract: Contract,
    target: Path,
    since: str | None,
    tail: set[str],
    until: datetime | None,
) -> tuple[str | None, set[str]]:
    """Writes the new records as canonical lines; returns the greatest watermark and the hashes that carry it."""
    gateway = client.gateway
    mapping = _mapping(gateway, contract)
    by_title = {header_text(title): c.name for c in contract.columns for title in (c.name, c.title, *c.synonyms)}
    greatest, hashes = since, set(tail)
    with target.open("w", encoding="utf-8") as out:
        for page in client.pages(since):
            for record in page:
                watermark = _text(dig(record, gateway.watermark.field)) if gateway.watermark else None
                if until is not None and watermark is not None and _moment(watermark, gateway) > until:
                    continue
                line = _line(record, gateway, mapping, by_title, watermark, settings)
                digest = hashlib.blake2b(line.encode(), digest_size=12).hexdigest()
                if watermark is not None and watermark == since and digest in tail:
                    continue
                if watermark is not None and (greatest is None or watermark > greatest):
                    greatest, hashes = watermark, set()
                if watermark is not None and watermark == greatest:
                    hashes.add(digest)
                out.write(line + "\n")
    return greatest, hashes


def _line(
    record: dict[str, Any], gateway: Gateway, mapping: dict[str, str], by_title: dict[str, str],
    watermark: str | None, settings: Settings,
) -> str:  # fmt: skip
    """Returns one record as a canonical JSON line: keys sorted, values as text, unknown keys under ``extra``."""
    record_id = _text(dig(record, gateway.record_id))
    values = {column: _text(dig(record, path)) for column, path in mapping.items()}
    technical = {gateway.record_id, gateway.operation, gateway.watermark.field if gateway.watermark else None}
    mapped = {path.split(".")[0] for path in mapping.values()}
    extra = {}
    for key, value in record.items():
        column = by_title.get(header_text(key))
        if column is not None and column not in values:
            values[column] = _text(value)
        elif key not in technical and key not in mapped:
            extra[without_ids(key)] = _text(value)  # the name of a column is shown everywhere
    line = {
        "record_id": record_id and name_without_ids(record_id, settings),  # names an inspection in every mart
        "operation": _text(dig(record, gateway.operation)) if gateway.operation else None,
        "watermark": watermark,
        "values": values,
        "extra": extra or None,
    }
    return json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _moment(watermark: str, gateway: Gateway) -> datetime:
    """Returns a watermark as UTC; without a zone it is local time (semantics.md 1.1)."""
    try:
        if watermark.isdigit() and len(watermark) == len("1636447760000"):
            return datetime.fromtimestamp(int(watermark) / 1000, UTC).replace(tzinfo=None)
        moment = datetime.fromisoformat(watermark)
    except ValueError:
        raise FeedError(
            what="a record's watermark is no time",
            where=f"gateway {gateway.name}, {gateway.watermark.field if gateway.watermark else ''}",
            expected="YYYY-MM-DD HH:MM:SS or epoch milliseconds",
            got=without_ids(watermark),
            do="correct 'watermark' in the gateways file",
        ) from None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment - clock.LOCAL_OFFSET


def _business_date(contract: Contract) -> Column | None:
    """Returns the column that says which month a record describes: the key's date, else the first that is no future."""
    dates = [c for c in contract.columns if c.kind == "date"]
    return next((c for c in dates if c.is_key), next((c for c in dates if c.not_after_receipt), None))


def _groups(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    gateway: Gateway,
    contract: Contract,
    pulled: Path,
    requested_at: datetime,
) -> list[_Group]:
    """Returns the pulled records by period and department, each group in a file of canonical, ordered lines."""
    load_seed(con, "inspecting_authorities", settings.programme, None)
    con.execute(
        """
        create or replace temp table pulled as
        with lines as (
            select column0 as line, json(column0) as record
            from read_csv(?, header = false, delim = '\x01', quote = '', escape = '', columns = {'column0': 'VARCHAR'},
                          max_line_size = 16777216)
        ), told as (
            select
                line,
                record ->> 'record_id' as record_id,
                record ->> 'operation' as operation,
                record ->> 'watermark' as watermark,
                record -> 'values' ->> ? as business_date,
                xy_uscc(record -> 'values' ->> 'inspecting_authority_code') as authority_code,
                xy_name_norm(record -> 'values' ->> 'inspecting_authority_name') as authority_name
            from lines
        ), by_code as (
            select authority_code, any_value(department_code) as department_code
            from seed_inspecting_authorities group by all having count(distinct department_code) = 1
        ), by_name as (
            select xy_name_norm(authority_name) as authority_name, any_value(department_code) as department_code
            from seed_inspecting_authorities group by all having count(distinct department_code) = 1
        )
        select
            told.*,
            coalesce(?, by_code.department_code, by_name.department_code) as department_code,
            xy_date(business_date) as business_on
        from told
        left join by_code using (authority_code)
        left join by_name using (authority_name)
        """,
        [str(pulled), (_business_date(contract) or contract.columns[0]).name, gateway.department],
    )
    # A date in the future is a fault for the gate to find: the record belongs to the month in which it came.
    known_on = "try_cast(watermark as date)" if settings.receipt_clock == "mtime" else "null"
    con.execute(
        f"""
        create or replace temp table pulled as
        select *, strftime(least(coalesce(business_on, known_on), known_on), '%Y-%m') as period
        from (select *, coalesce({known_on}, ?::date) as known_on from pulled)
        """,
        [clock.local_date(requested_at)],
    )
    rows = con.execute(
        "select period, department_code, max(watermark), count(*) from pulled group by all order by all nulls first"
    ).fetchall()
    groups = []
    for number, (period, department, watermark, count) in enumerate(rows):
        path = settings.scratch / f"pull_{gateway.name}_{number}.jsonl"
        sender = quoted(department) if department else "null"
        con.execute(
            f"""
            copy (
                select line from pulled
                where period = '{period}' and department_code is not distinct from {sender}
                order by watermark, record_id, operation, line
            ) to {quoted(str(path))} (format csv, header false, delimiter '\x01', quote '', escape '')
            """
        )
        received = requested_at
        if settings.receipt_clock == "mtime" and watermark is not None:
            received = min(_moment(watermark, gateway), requested_at)
        groups.append(_Group(period, department, received, count, path))
    return groups


def _land(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    gateway: Gateway,
    contract: Contract,
    group: _Group,
    landed_at: datetime,
) -> str:
    """Returns the submission that one group of records becomes; its bytes are archived before the ledger knows it."""
    archived = archive_file(settings, group.path)
    group.path.unlink()
    name = f"{gateway.name}_{group.period}_{group.received_at:%Y%m%dT%H%M%S%f}.jsonl"
    arrival = ledger.Arrival(
        channel="gateway",
        gateway_name=gateway.name,
        sender_folder=None,
        department_code=group.department_code,
        period=group.period,
        source_name=name,
        received_at=group.received_at,
        landed_at=landed_at,
        sha256=archived.sha256,
        members=(ledger.Member(name, archived.sha256, archived.size_bytes),),
    )
    return ledger.record(con, arrival, gateway.feed, contract.version)[0]
