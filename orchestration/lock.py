"""Returns the right to write to a home: one run at a time, with a message that says who has it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ingest import clock, durable
from ingest.errors import WarehouseBusyError

if TYPE_CHECKING:
    from ingest.settings import Settings

LOCK_FILE = ".run.lock"


@contextmanager
def exclusive(settings: Settings, what: str) -> Iterator[None]:
    """Holds the home for one run; the operating system lets go of it even if the process is killed.

    Args:
        settings: whose home.
        what: what the run does, for the message that another run gets.

    Raises:
        WarehouseBusyError: another run has the home.
        DiskFullError: the run stopped because the disk is full.
    """
    with durable.full_disk_told(settings.home), _locked(settings, what):
        yield


@contextmanager
def _locked(settings: Settings, what: str) -> Iterator[None]:
    settings.warehouse.mkdir(parents=True, exist_ok=True)
    path = settings.warehouse / LOCK_FILE
    with path.open("ab+", buffering=0) as file:  # what cannot be written is not tried again when the file is closed
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise WarehouseBusyError(
                "another run is writing to this home",
                where=str(settings.home),
                got=file.read().decode(errors="replace").strip() or "a run that did not say what it is",
                do="wait until it has ended, or end it, then try again; nothing was changed",
            ) from error
        file.truncate(0)
        file.write(f"{what}, process {os.getpid()}, since {clock.now():%Y-%m-%d %H:%M:%S} UTC".encode())
        try:
            yield
        finally:
            file.truncate(0)
