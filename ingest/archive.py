"""Returns archived bytes: every file that was sent, unchanged, under its sha256, before anything reads it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ingest import durable
from ingest.settings import Settings

CHUNK = 1024 * 1024  # larger ones are given memory afresh each time, which takes longer than reading
INCOMING = ".incoming-"  # prefix of a file that is still being copied


class Archived(NamedTuple):
    """One file in the archive."""

    sha256: str
    size_bytes: int


def archive_path(sha256: str) -> Path:
    """Returns where a file lies, below ``settings.archive``."""
    return Path(sha256[:2]) / sha256


def remove_leftovers(settings: Settings) -> list[str]:
    """Returns the names of half-copied files of a killed run, now deleted; the caller is the only one who archives."""
    left = sorted(settings.archive.glob(f"{INCOMING}*"))
    for path in left:
        path.unlink()
    return [path.name for path in left]


def archive_file(settings: Settings, source: Path) -> Archived:
    """Returns hash and size of a file, once its bytes are safe in the archive: synced, renamed, read-only.

    A link is not followed.
    """
    settings.archive.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    size = 0
    descriptor, name = tempfile.mkstemp(prefix=INCOMING, dir=settings.archive)
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
            temporary.chmod(0o444)
            with durable.point("archive.file"):
                if not target.parent.exists():
                    target.parent.mkdir()
                    _sync_folder(settings.archive)
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
