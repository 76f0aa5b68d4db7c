"""Returns what is told when the disk is full, and names the places at which something becomes durable.

Everything that outlives a kill is written inside ``with point(name)``. In the product this does nothing. ``make
torture`` and the tests hook in: they kill the process, or pretend that the disk is full, before and after each.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import FeedError

Hook = Callable[[str, str], None]

BEFORE, AFTER = "before", "after"

POINTS = (
    "archive.file",  # bytes of a file, under their sha256
    "gateway.pages",  # pages of a pull, in scratch: not durable yet
    "gateway.ledger",  # submissions of a pull and the new watermark, one transaction
    "ledger.arrivals",  # arrivals and submissions, one transaction
    "ledger.inbox",  # what was passed over in the inbox
    "raw.batch",  # one Parquet file per submission
    "verdict.pass",  # verdicts, findings, quarantine, measures of a pass, one transaction
    "verdict.unread",  # verdicts about files whose feed is unknown
    "receipt.folder",  # 回执.xlsx and receipt.json
    "identity.rows",  # rows released because their identity is known now, one transaction per feed
    "period_gate.rows",  # period gates of a close
    "plan.parameters",  # the row that dbt reads
    "dbt.empty_closes",  # typed files without rows
    "dbt.build",  # staging and marts, in release_build.duckdb
    "dbt.seeds",  # note that the seeds are loaded
    "release.move",  # release_build.duckdb becomes part of the folder under construction
    "release.folder",  # the finished folder gets its name
    "release.switch",  # published/current
    "close.aside",  # rows of the former close of the period, moved aside
    "close.store",  # rows that later closes read
    "close.ledger",  # meta.closes: from here on it is the close in force
)
"""Every durable point of a close, in the order in which an undisturbed run first reaches them."""

_hooks: list[Hook] = []

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_WORDS = ("no space left on device", "disk quota exceeded")  # as the operating system says it, quoted by DuckDB and dbt


class DiskFullError(FeedError):
    """A file system is full: nothing half-written is published, and the next run completes the work."""


@contextmanager
def point(name: str) -> Iterator[None]:
    """Marks the block as the durable write of that name."""
    for hook in _hooks:
        hook(name, BEFORE)
    yield
    for hook in _hooks:
        hook(name, AFTER)


@contextmanager
def hooked(hook: Hook) -> Iterator[None]:
    """Calls ``hook(point, 'before' | 'after')`` at every durable point of the block; for tests only."""
    _hooks.append(hook)
    try:
        yield
    finally:
        _hooks.remove(hook)


def is_disk_full(error: BaseException) -> bool:
    """Returns whether an error, or one that caused it, says that a file system or quota is full."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        if isinstance(cause, DiskFullError) or (isinstance(cause, OSError) and cause.errno in _FULL):
            return True
        if any(words in str(cause).lower() for words in _WORDS):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


@contextmanager
def full_disk_told(home: Path) -> Iterator[None]:
    """Turns any error of the block that means a full disk into one that says what to do.

    Raises:
        DiskFullError: the disk is full.
    """
    try:
        yield
    except DiskFullError:
        raise
    except Exception as error:
        if not is_disk_full(error):
            raise
        free = shutil.disk_usage(home).free // 1024**2
        raise DiskFullError(
            "the disk is full",
            where=str(home),
            expected="room for archive, warehouse and one more release",
            got=f"{free} MB left",
            do="make room on this file system, then run the same command again: what was archived and judged is kept, "
            "published/current still points to the last whole release, the next run completes the rest",
        ) from error
