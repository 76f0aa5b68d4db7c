"""Returns rows of the ledger (``ledger.sql``): arrivals, submissions, what waits to be judged."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.archive import archive_path

if TYPE_CHECKING:
    import duckdb

ID_LENGTH = 16
"""Hex digits of arrival and submission ids: 64 bits, no clash in any city's lifetime."""


@dataclass(frozen=True)
class Member:
    """One archived file of an arrival."""

    name: str  # path below the sub-folder, or the file's own name
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Arrival:
    """Something that was sent, as first seen."""

    channel: str  # drop | gateway
    gateway_name: str | None
    sender_folder: str | None
    department_code: str | None  # None: unknown sender
    period: str | None  # None: folder is no month
    source_name: str
    received_at: datetime
    landed_at: datetime
    sha256: str
    members: tuple[Member, ...]
    remark: str | None = None
    period_folder: str | None = None  # name of the month's folder

    @property
    def arrival_id(self) -> str:
        """Hash of where it came from, when, and what it holds."""
        return digest_id(
            self.channel,
            self.sender_folder or self.gateway_name,
            self.period,
            self.source_name,
            self.received_at.isoformat(),
            self.sha256,
        )


@dataclass(frozen=True)
class Submission:
    """A submission as the gate and the parser need it."""

    submission_id: str
    arrival_id: str
    feed: str | None  # None: unknown, X-FEED
    department_code: str | None  # None: unknown sender, X-SENDER
    period: str | None  # None: the folder is no month, X-PERIOD
    channel: str  # drop | gateway
    gateway_name: str | None
    source_name: str
    sender_folder: str | None
    received_at: datetime
    sha256: str
    is_correction: bool
    corrects_submission_id: str | None
    remark: str | None  # of the arrival, e.g. modification time in the future (X-CLOCK)
    files: tuple[tuple[str, Path], ...]  # _source_file, path below settings.archive (absolute: outside it)
    period_folder: str | None = None  # name of the month's folder as found


def digest_id(*parts: str | None) -> str:
    """Returns the id that the parts give, the same anywhere."""
    return hashlib.sha256("\x1f".join(p or "" for p in parts).encode()).hexdigest()[:ID_LENGTH]


def submission_id(
    feed: str | None, department_code: str | None, period: str | None, received_at: datetime, sha256: str
) -> str:
    """Returns the id of a submission (semantics.md 1.2)."""
    return digest_id(feed, department_code, period, received_at.isoformat(), sha256)


def members_sha256(hashes: Sequence[str]) -> str:
    """Returns the hash of a sub-folder: that of the sorted list of its members' hashes (semantics.md 3.6)."""
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()


def latest_submission(
    con: duckdb.DuckDBPyConnection,
    feed: str | None,
    department_code: str | None,
    period: str | None,
    before: tuple[datetime, str] | None = None,
    without_corrections: bool = False,
) -> tuple[str, str] | None:
    """Returns id and sha256 of the latest submission of that feed, department and period.

    Args:
        con: the warehouse.
        feed: None is a feed of its own: unknown.
        department_code: of the sender.
        period: of the folder.
        before: only what stands before this (received_at, sha256) in the order of judgement (semantics.md 1.4).
        without_corrections: only what a correction can be merged into.
    """
    return con.execute(
        """select submission_id, sha256 from quality.submissions
        where feed is not distinct from $feed and department_code is not distinct from $department
            and period is not distinct from $period and not (is_correction and $without)
            and ($received is null or (received_at, sha256) < ($received::timestamp, $sha256::varchar))
        order by received_at desc, sha256 desc limit 1""",
        {
            "feed": feed, "department": department_code, "period": period, "without": without_corrections,
            "received": before[0] if before else None, "sha256": before[1] if before else "",
        },
    ).fetchone()  # fmt: skip


def has_submission(con: duckdb.DuckDBPyConnection, identifier: str) -> bool:
    """Returns whether the submission is in the ledger."""
    row = con.execute("select 1 from quality.submissions where submission_id = ?", [identifier]).fetchone()
    return row is not None


def record(
    con: duckdb.DuckDBPyConnection,
    arrival: Arrival,
    feed: str | None,
    contract_version: str | None,
    is_correction: bool = False,
) -> tuple[str, bool]:
    """Enters an arrival and, unless it repeats the latest one, its submission; returns the id and whether it is new."""
    order = (arrival.received_at, arrival.sha256)
    latest = latest_submission(con, feed, arrival.department_code, arrival.period, order)
    identifier = submission_id(feed, arrival.department_code, arrival.period, arrival.received_at, arrival.sha256)
    if latest is not None and latest[1] == arrival.sha256:
        identifier, is_new = latest[0], False
    else:
        is_new = not has_submission(con, identifier)
    _insert_arrival(con, arrival, identifier, is_repeat=not is_new)
    if is_new:
        base = None
        if is_correction:
            base = latest_submission(
                con, feed, arrival.department_code, arrival.period, order, without_corrections=True
            )
        con.execute(
            "insert into quality.submissions by name select $1 as submission_id, $2 as arrival_id, $3 as feed, "
            "$4 as department_code, $5 as period, $6 as channel, $7 as gateway_name, $8 as source_name, "
            "$9::timestamp as received_at, $10 as sha256, $11 as contract_version, $12::boolean as is_correction, "
            "$13 as corrects_submission_id",
            [
                identifier, arrival.arrival_id, feed, arrival.department_code, arrival.period, arrival.channel,
                arrival.gateway_name, arrival.source_name, arrival.received_at, arrival.sha256, contract_version,
                is_correction, base[0] if base else None,
            ],
        )  # fmt: skip
    return identifier, is_new


def _insert_arrival(con: duckdb.DuckDBPyConnection, arrival: Arrival, identifier: str, is_repeat: bool) -> None:
    con.execute(
        "insert or ignore into quality.arrivals by name select $1 as arrival_id, $2 as channel, $3 as gateway_name, "
        "$4 as sender_folder, $5 as department_code, $6 as period, $7 as source_name, $8::timestamp as received_at, "
        "$9::timestamp as landed_at, $10::bigint as size_bytes, $11 as sha256, $12 as submission_id, "
        "$13::boolean as is_repeat, $14 as remark, $15 as period_folder",
        [
            arrival.arrival_id, arrival.channel, arrival.gateway_name, arrival.sender_folder, arrival.department_code,
            arrival.period, arrival.source_name, arrival.received_at, arrival.landed_at,
            sum(m.size_bytes for m in arrival.members), arrival.sha256, identifier, is_repeat, arrival.remark,
            arrival.period_folder,
        ],
    )  # fmt: skip
    con.execute(
        "insert into quality.arrival_members "
        "select $1, unnest($2::varchar[]), unnest($3::varchar[]), unnest($4::bigint[])",
        [
            arrival.arrival_id, [m.name for m in arrival.members], [m.sha256 for m in arrival.members],
            [m.size_bytes for m in arrival.members],
        ],
    )  # fmt: skip


def pending(con: duckdb.DuckDBPyConnection) -> list[Submission]:
    """Returns the submissions that are not judged yet, in the order of judgement (semantics.md 1.4)."""
    result = con.execute(
        """
        with waiting as (
            select s.*, a.sender_folder, a.period_folder, a.remark
            from quality.submissions as s
            inner join quality.arrivals as a using (arrival_id)
            where not exists (select 1 from quality.submission_verdicts as v where v.submission_id = s.submission_id)
        ), files as (
            select arrival_id, list(struct_pack(name := member_name, sha256 := sha256) order by member_name) as members
            from quality.arrival_members where arrival_id in (select arrival_id from waiting) group by arrival_id
        )
        select
            submission_id, arrival_id, feed, department_code, period, channel, gateway_name, source_name,
            sender_folder, received_at, sha256, is_correction, corrects_submission_id, remark,
            period_folder, members
        from waiting left join files using (arrival_id)
        order by received_at, sha256
        """
    )
    names = [d[0] for d in result.description or []]
    found = []
    for row in result.fetchall():
        facts = dict(zip(names, row, strict=True))
        files = _files(facts["source_name"], facts.pop("members") or [])
        found.append(Submission(**facts, files=files))
    return found


def _files(source_name: str, members: list[dict[str, str]]) -> tuple[tuple[str, Path], ...]:
    """Returns what goes into ``_source_file``, and the archived file: a plain file bears its own name."""
    return tuple(
        (m["name"] if m["name"] == source_name else f"{source_name}/{m['name']}", archive_path(m["sha256"]))
        for m in members
    )
