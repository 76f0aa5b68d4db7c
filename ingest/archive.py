"""Returns archived bytes: every file that was sent, unchanged, under its sha256, before anything reads it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ingest.settings import Settings

CHUNK = 4 * 1024 * 1024


class Archived(NamedTuple):
    """One file in the archive."""

    sha256: str
    size_bytes: int


def archive_path(sha256: str) -> Path:
    """Returns where a file lies, below ``settings.archive``."""
    return Path(sha256[:2]) / sha256


def archive_file(settings: Settings, source: Path) -> Archived:
    """Returns hash and size of a file, once its bytes are safe in the archive: synced, renamed, read-only.

    A link is not followed.
    """
    settings.archive.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    size = 0
    descriptor, name = tempfile.mkstemp(prefix=".incoming-", dir=settings.archive)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as out, _open_no_link(source) as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        target = settings.archive / archive_path(digest.hexdigest())
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            temporary.chmod(0o444)
            temporary.replace(target)
            _sync_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)
    return Archived(digest.hexdigest(), size)


def _open_no_link(source: Path) -> BinaryIO:
    return os.fdopen(os.open(source, os.O_RDONLY | os.O_NOFOLLOW), "rb")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
