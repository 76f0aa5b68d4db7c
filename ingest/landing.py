"""Returns new submissions: what lies in the inbox, archived and entered in the ledger before anything reads it."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ingest import clock, durable, ledger
from ingest.archive import archive_file, archive_path, remove_leftovers
from ingest.contract_model import Contract, load_contracts
from ingest.ledger import Arrival, Member, Submission, pending
from ingest.normalise import key
from ingest.privacy import name_without_ids, without_ids
from ingest.readers.files import limits_of
from ingest.readers.package import is_passed_over
from ingest.readers.receipt_mark import receipt_mark
from ingest.seeds import seed_rows

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings

__all__ = ["Submission", "land_inbox", "loose_submission", "pending"]

log = logging.getLogger(__name__)

Progress = Callable[[str], None]

SETTLED = timedelta(seconds=2)
"""Age from which a file counts as written to its end; only where the ledger's clock counts."""

ENTERED_TOGETHER = 200
"""Arrivals of one transaction: a commit waits for the disk."""

CORRECTION = re.compile(r"^[(\[]?更正")
"""How the name of a correction begins (semantics.md 4.3), in any brackets."""


@dataclass(frozen=True)
class Entry:
    """One file or sub-folder of the inbox."""

    inbox_path: str  # below inbox/
    sender_folder: str  # '' directly in the inbox
    period_folder: str  # '' directly in the sender's folder
    name: str
    is_folder: bool
    files: tuple[tuple[str, Path, int, int], ...]  # name below the sub-folder, path, size, mtime_ns
    links: tuple[str, ...]

    @property
    def signature(self) -> str:
        """Hash of names, sizes and modification times."""
        told = "\n".join([*(f"{n}\t{size}\t{mtime}" for n, _, size, mtime in self.files), *self.links])
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def mtime_ns(self) -> int:
        """Newest modification time."""
        return max((mtime for _, _, _, mtime in self.files), default=0)


@dataclass(frozen=True)
class _Landed:
    entry: Entry
    members: tuple[Member, ...]
    sha256: str
    received_at: datetime
    remark: str | None


def land_inbox(con: duckdb.DuckDBPyConnection, settings: Settings, progress: Progress | None = None) -> list[str]:
    """Returns the ids of new submissions in the order of judgement; an unchanged inbox is passed over unread.

    Args:
        con: the warehouse.
        settings: of the deployment.
        progress: told what is being landed.
    """
    remove_leftovers(settings)
    known = dict(con.execute("select inbox_path, signature from quality.inbox_entries").fetchall())
    fresh = [e for e in scan(settings.inbox) if known.get(name_without_ids(e.inbox_path, settings)) != e.signature]
    if not fresh:
        return []
    landed_at = clock.now()
    landed = []
    for entry in fresh:
        if progress:
            progress(f"land {without_ids(entry.inbox_path)}")
        if entry.links:
            log.warning(
                "inbox=%s links are not followed: %s",
                without_ids(entry.inbox_path),
                without_ids(", ".join(entry.links)),
            )
        if not entry.files:
            with durable.point("ledger.inbox"):
                _note(con, settings, [entry], landed_at, "nothing but links" if entry.links else "empty")
        elif taken := _take(settings, entry, landed_at):
            landed.append(taken)
    if settings.receipt_clock == "ledger":  # what is first seen together keeps the order in which it was written
        landed.sort(key=lambda t: (t.entry.mtime_ns, t.sha256))
        landed = [_at(t, landed_at + timedelta(microseconds=i)) for i, t in enumerate(landed)]
    landed.sort(key=lambda t: (t.received_at, t.sha256))
    new: list[str] = []
    for start in range(0, len(landed), ENTERED_TOGETHER):
        new += _enter_all(con, settings, landed[start : start + ENTERED_TOGETHER], landed_at)
    return new


def _enter_all(
    con: duckdb.DuckDBPyConnection, settings: Settings, landed: list[_Landed], landed_at: datetime
) -> list[str]:
    """Returns the new submissions among what was archived, entered in the ledger in one transaction."""
    con.begin()
    try:
        new = [identifier for taken in landed if (identifier := _enter(con, settings, taken, landed_at))]
        _note(con, settings, [taken.entry for taken in landed], landed_at, None)
        with durable.point("ledger.arrivals"):
            con.commit()
    except BaseException:
        con.rollback()
        raise
    return new


def _at(taken: _Landed, received_at: datetime) -> _Landed:
    from dataclasses import replace

    return replace(taken, received_at=received_at)


def scan(inbox: Path) -> Iterator[Entry]:
    """Yields what lies in the inbox, in order of paths; things in the wrong place too, so that they are answered."""
    for sender in _listed(inbox):
        if not sender.is_dir(follow_symlinks=False):
            yield _entry(inbox, sender, "", "")
            continue
        for month in _listed(Path(sender)):
            if not month.is_dir(follow_symlinks=False):
                yield _entry(inbox, month, sender.name, "")
                continue
            for item in _listed(Path(month)):
                yield _entry(inbox, item, sender.name, month.name)


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as items:
        return sorted((i for i in items if not is_passed_over(i.name)), key=lambda i: i.name)


def _entry(inbox: Path, item: os.DirEntry[str], sender: str, period: str) -> Entry:
    files: list[tuple[str, Path, int, int]] = []
    links: list[str] = []
    is_folder = item.is_dir(follow_symlinks=False)
    if is_folder:
        _members(Path(item.path), "", files, links)
    else:
        _member(item, "", files, links)
    relative = Path(item.path).relative_to(inbox).as_posix()
    return Entry(relative, sender, period, item.name, is_folder, tuple(files), tuple(links))


def _members(folder: Path, prefix: str, files: list[tuple[str, Path, int, int]], links: list[str]) -> None:
    for item in _listed(folder):
        if item.is_dir(follow_symlinks=False):
            _members(Path(item.path), f"{prefix}{item.name}/", files, links)
        else:
            _member(item, prefix, files, links)


def _member(item: os.DirEntry[str], prefix: str, files: list[tuple[str, Path, int, int]], links: list[str]) -> None:
    try:
        found = item.stat(follow_symlinks=False)
    except FileNotFoundError:  # taken away meanwhile
        return
    if stat.S_ISREG(found.st_mode):
        files.append((prefix + item.name, Path(item.path), found.st_size, found.st_mtime_ns))
    else:  # a link, a pipe, a device: nothing that a department sends
        links.append(prefix + item.name)


def _take(settings: Settings, entry: Entry, now: datetime) -> _Landed | None:
    """Returns the entry once its bytes are archived; None if it is still being written, for the next run to land."""
    modified = clock.from_mtime(entry.mtime_ns)
    if settings.receipt_clock == "ledger" and timedelta(0) <= now - modified < SETTLED:
        log.info("inbox=%s still being written", without_ids(entry.inbox_path))
        return None
    members = []
    for name, path, size, mtime_ns in entry.files:
        try:
            before = path.stat(follow_symlinks=False)
            archived = archive_file(settings, path)
            after = path.stat(follow_symlinks=False)
        except OSError as error:
            if durable.is_disk_full(error):
                raise
            log.warning("inbox=%s cannot be read now: %s", without_ids(entry.inbox_path), error)
            return None
        same = _identity(before) == _identity(after) and (after.st_size, after.st_mtime_ns) == (size, mtime_ns)
        if archived.size_bytes != size or not same:
            log.info("inbox=%s still being written, or another file by now", without_ids(entry.inbox_path))
            return None
        members.append(Member(without_ids(name), archived.sha256, size))
    sha256 = ledger.members_sha256([m.sha256 for m in members]) if entry.is_folder else members[0].sha256
    remark = None
    if settings.receipt_clock == "mtime" and modified > now:
        remark = f"X-CLOCK: modification time {modified:%Y-%m-%d %H:%M:%S} UTC lies in the future, counted as now"
        modified = now
    return _Landed(entry, tuple(members), sha256, modified, remark)


def _identity(found: os.stat_result) -> tuple[int, ...]:
    """Returns what changes if a file is written to or swapped for another, even with its old size and time put back."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _enter(con: duckdb.DuckDBPyConnection, settings: Settings, taken: _Landed, landed_at: datetime) -> str | None:
    """Enters what was archived in the ledger; returns the submission's id if it is a new one."""
    entry = taken.entry
    department = department_of(settings, entry.sender_folder)
    period = entry.period_folder if clock.is_period(entry.period_folder) else None
    contracts = load_contracts()
    paths = [settings.archive / archive_path(m.sha256) for m in taken.members]
    mark = receipt_mark(paths[0], limits_of(settings)) if len(paths) == 1 and not entry.is_folder else None
    feed = feed_of_name(entry.name, contracts) or _feed_of_mark(con, mark, department)
    if feed is None:
        named = [(m.name, path) for m, path in zip(taken.members, paths, strict=True)]
        feed = _feed_of_headers(settings, named, contracts)
    arrival = Arrival(
        "drop", None, without_ids(entry.sender_folder), department, period, without_ids(entry.name), taken.received_at,
        landed_at, taken.sha256, taken.members, taken.remark, entry.period_folder,
    )  # fmt: skip
    is_correction = mark is not None or CORRECTION.match(key(entry.name)) is not None
    identifier, is_new = ledger.record(con, arrival, feed, contracts[feed].version if feed else None, is_correction)
    log.info(
        "feed=%s department=%s period=%s submission=%s %s",
        feed, department, period, identifier, "landed" if is_new else "repeats the latest one: no effect",
    )  # fmt: skip
    return identifier if is_new else None


def _note(
    con: duckdb.DuckDBPyConnection, settings: Settings, entries: list[Entry], noted_at: datetime, remark: str | None
) -> None:
    con.execute(
        "insert or replace into quality.inbox_entries "
        "select unnest($paths::varchar[]), unnest($signatures::varchar[]), $noted::timestamp, $remark",
        {
            "paths": [name_without_ids(e.inbox_path, settings) for e in entries],
            "signatures": [e.signature for e in entries], "noted": noted_at, "remark": remark,
        },
    )  # fmt: skip


@lru_cache(maxsize=4)
def _senders(programme: str) -> dict[str, str]:
    """Returns department by every text that may stand on its folder; a text of two departments means neither."""
    found: dict[str, set[str]] = {}
    for row in seed_rows("departments", programme):
        for text in (row["department_code"], row["department_name"]):
            found.setdefault(key(text), set()).add(row["department_code"])
    for row in seed_rows("inspecting_authorities", programme):
        for text in (row["authority_name"], row["authority_code"]):
            if text and row["department_code"]:
                found.setdefault(key(text), set()).add(row["department_code"])
    return {text: codes.pop() for text, codes in found.items() if len(codes) == 1}


def department_of(settings: Settings, folder: str) -> str | None:
    """Returns the department that a folder's name means, by code or Chinese name; None if unknown."""
    return _senders(settings.programme).get(key(folder))


def feed_of_name(name: str, contracts: dict[str, Contract]) -> str | None:
    """Returns the one feed whose name or Chinese title the file's name contains (semantics.md 2.2)."""
    compared = key(Path(name).stem if "." in name else name)
    found = {
        feed
        for feed, contract in contracts.items()
        if any(key(title) in compared for title in (feed, *contract.file_titles))
    }
    return found.pop() if len(found) == 1 else None


def _feed_of_mark(con: duckdb.DuckDBPyConnection, mark: tuple[str, str] | None, department: str | None) -> str | None:
    """Returns the feed of the submission that a returned receipt answers, if it was that department's own."""
    if mark is None:
        return None
    row = con.execute(
        "select feed from quality.submissions where submission_id = ? and department_code is not distinct from ?",
        [mark[0], department],
    ).fetchone()
    return row[0] if row else None


def _feed_of_headers(settings: Settings, files: list[tuple[str, Path]], contracts: dict[str, Contract]) -> str | None:
    from ingest.parse import feed_of_files

    settings.scratch.mkdir(parents=True, exist_ok=True)
    return feed_of_files(settings, files, contracts, settings.scratch)


def loose_submission(
    settings: Settings, path: Path, feed: str | None, department_code: str, period: str, received_at: datetime
) -> Submission:
    """Returns a file or folder as if it had been sent, without storing anything (``xinyong check``)."""
    contracts = load_contracts()
    files: list[tuple[str, Path, int, int]] = []
    links: list[str] = []
    if path.is_dir():
        _members(path, "", files, links)
        named = tuple((without_ids(f"{path.name}/{name}"), file.resolve()) for name, file, _, _ in files)
    else:
        named = ((without_ids(path.name), path.resolve()),)
    mark = receipt_mark(path, limits_of(settings)) if path.is_file() else None
    found = feed or feed_of_name(path.name, contracts) or (mark[1] if mark and mark[1] in contracts else None)
    if found is None:
        found = _feed_of_headers(settings, list(named), contracts)
    hashes = [_sha256(file) for _, file in named]
    sha256 = ledger.members_sha256(hashes) if path.is_dir() else hashes[0]
    is_correction = mark is not None or CORRECTION.match(key(path.name)) is not None
    return Submission(
        ledger.submission_id(found, department_code, period, received_at, sha256), "", found, department_code, period,
        "drop", None, without_ids(path.name), None, received_at, sha256, is_correction, None, None, named,
    )  # fmt: skip


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
