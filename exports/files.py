"""Returns files and folders that are either whole or not there: durable writes, atomic switches, leftovers removed."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ingest import durable

log = logging.getLogger(__name__)

TEMPORARY = ".tmp-"  # prefix of a folder under construction in published/
ZIP_TIME = (2000, 1, 1, 0, 0, 0)  # any fixed time: the same content gives the same bytes


def sha256_of(path: Path) -> str:
    """Returns the sha256 of a file, hex, read in pieces."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def files_below(folder: Path) -> Iterator[Path]:
    """Returns the regular files below a folder, sorted by their path."""
    yield from sorted(p for p in folder.rglob("*") if p.is_file())


def sync_file(path: Path) -> None:
    """Makes the bytes of a file (or the entries of a folder) durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Makes every file and folder below ``folder`` durable, the folder last."""
    for path in files_below(folder):
        sync_file(path)
    for path in sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True):
        sync_file(path)
    sync_file(folder)


def remove_leftovers(parent: Path) -> list[str]:
    """Returns the names of unfinished folders of a killed run, now deleted."""
    removed = []
    for path in sorted(parent.glob(f"{TEMPORARY}*")):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
        removed.append(path.name)
    if removed:
        log.warning("deleted what an interrupted run left behind in %s: %s", parent, ", ".join(removed))
    return removed


def switch_pointer(pointer: Path, target_name: str) -> None:
    """Points ``pointer`` at a sibling in one step: a symlink, or a text file where the platform refuses symlinks.

    Readers of the old target finish undisturbed; there is no moment without a pointer.
    """
    fresh = pointer.with_name(f"{TEMPORARY}{pointer.name}")
    fresh.unlink(missing_ok=True)
    try:
        fresh.symlink_to(target_name)
    except OSError as error:
        log.warning("symlinks are refused here (%s): %s becomes a text file that names the release", error, pointer)
        fresh.write_text(target_name + "\n", encoding="utf-8")
    with durable.point("release.switch"):
        fresh.replace(pointer)
        sync_file(pointer.parent)


def read_pointer(pointer: Path) -> Path | None:
    """Returns the folder that a pointer names, None if there is no pointer or its target is gone."""
    if pointer.is_symlink():
        target = pointer.parent / pointer.readlink()
    elif pointer.is_file():
        target = pointer.parent / pointer.read_text(encoding="utf-8").strip()
    else:
        return None
    return target if target.is_dir() else None


def replace_folder(fresh: Path, target: Path) -> None:
    """Puts a finished folder in the place of ``target``; ``recover_folder`` mends a stop between the two renames."""
    former = _former(target)
    if former.exists():
        shutil.rmtree(former)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        with durable.point("close.aside"):
            target.rename(former)
    with durable.point("close.store"):
        fresh.rename(target)
        sync_file(target.parent)
    if former.exists():
        shutil.rmtree(former)


def recover_folder(target: Path) -> None:
    """Puts the former folder back if a run was killed after it had been moved aside."""
    former = _former(target)
    if former.exists() and not target.exists():
        former.rename(target)


def _former(target: Path) -> Path:
    # Beside the parent, not inside it: dbt reads closes/*/<mart>.parquet and must never see both.
    return target.parent.with_name(f".{target.parent.name}-{target.name}-former")


def fix_zip(path: Path) -> None:
    """Rewrites a zip container (docx) with fixed times and sorted members, so that equal content is equal bytes."""
    fresh = path.with_name(f"{TEMPORARY}{path.name}")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as target:
        # The type list stays first, as readers expect it there.
        names = sorted(source.namelist(), key=lambda n: (n != "[Content_Types].xml", n))
        for name in names:
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            entry.external_attr = 0o600 << 16
            target.writestr(entry, source.read(name))
    fresh.replace(path)
