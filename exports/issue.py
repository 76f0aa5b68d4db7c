"""Returns the folder of an issued notice: complete, with its evidence, and not to be written again (semantics 7.1).

A folder holds the documents, ``figures.json``, the annexes of departments and the release database on which every
figure rests, so that it can be traced after the release itself is pruned. ``SHA256SUMS`` names every file.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from exports import files
from exports.notice import NoticeFiles, write_notice
from exports.notice.amendment import Former
from exports.notice.issuing import Issue
from ingest.errors import FeedError

DATABASE = "xinyong.duckdb"
DEPARTMENTS = "departments"
ISSUE_FILE = "issue.json"
SUMS = "SHA256SUMS"
DRAFT = "草案"
READ_ONLY = 0o444


class NoticeError(FeedError):
    """A notice cannot be drafted or issued as asked; nothing was changed."""


def write_draft(release: Path, folder: Path, period: str, former: Former | None) -> NoticeFiles:
    """Returns the draft of a period below its folder of notices; a former draft is replaced as a whole."""
    target = folder / DRAFT
    fresh = folder / f"{files.TEMPORARY}{DRAFT}"
    shutil.rmtree(fresh, ignore_errors=True)
    made = write_notice(release / DATABASE, fresh, period, None, former)
    files.sync_tree(fresh)
    files.recover_folder(target)
    files.replace_folder(fresh, target)
    return _moved(made, target)


def write_issued(
    release: Path, folder: Path, period: str, issue: Issue, former: Former | None, record: Mapping[str, Any]
) -> tuple[NoticeFiles, str]:
    """Returns the files of an issued notice and the sha256 of its list of sums.

    Args:
        release: folder of the release in force.
        folder: of the period, below ``notices/``.
        period: ``YYYY-MM``.
        issue: number, date, issuer.
        former: what was issued for this period before.
        record: who, when and what; kept as ``issue.json``.

    Raises:
        NoticeError: a notice with that number stands there already.
    """
    target = folder / issue.number
    if target.exists():
        raise NoticeError(
            "an issued notice is never overwritten",
            where=str(target),
            expected="a number that was not used",
            got=issue.number,
            do="issue under the next number",
        )
    fresh = folder / f"{files.TEMPORARY}{issue.number}"
    shutil.rmtree(fresh, ignore_errors=True)
    made = write_notice(release / DATABASE, fresh, period, issue, former)
    if (release / DEPARTMENTS).is_dir():
        shutil.copytree(release / DEPARTMENTS, fresh / DEPARTMENTS)
    _keep(release / DATABASE, fresh / DATABASE)
    content = json.dumps(dict(record), ensure_ascii=False, indent=1, default=str)
    (fresh / ISSUE_FILE).write_text(content + "\n", encoding="utf-8")
    lines = [f"{files.sha256_of(path)}  {path.relative_to(fresh).as_posix()}\n" for path in files.files_below(fresh)]
    (fresh / SUMS).write_text("".join(lines), encoding="utf-8")
    sums = files.sha256_of(fresh / SUMS)
    for path in files.files_below(fresh):
        if path.name != DATABASE:  # the database may be the very file of the release
            path.chmod(READ_ONLY)
    files.sync_tree(fresh)
    fresh.rename(target)
    files.sync_file(folder)
    return _moved(made, target), sums


def refuse_changed(folder: Path, sums_sha256: str) -> None:
    """Refuses to go on from an issued notice that is no longer what was issued.

    Raises:
        NoticeError: a file is missing or differs.
    """
    sums = folder / SUMS
    changed = [] if sums.is_file() and files.sha256_of(sums) == sums_sha256 else [SUMS]
    for line in sums.read_text(encoding="utf-8").splitlines() if not changed else ():
        expected, _, name = line.partition("  ")
        path = folder / name
        if not path.is_file() or files.sha256_of(path) != expected:
            changed.append(name)
    if changed:
        raise NoticeError(
            "an issued notice is not what was issued",
            where=str(folder),
            expected="the files that SHA256SUMS and the ledger name",
            got=", ".join(changed),
            do="restore the folder from a backup",
        )


def remove_unissued(folder: Path, numbers: frozenset[str]) -> list[str]:
    """Returns what a killed run left: folders that bear a number which the ledger does not know, now deleted."""
    removed = files.remove_leftovers(folder) if folder.is_dir() else []
    for issue_file in sorted(folder.glob(f"*/{ISSUE_FILE}")):
        if issue_file.parent.name not in numbers:
            shutil.rmtree(issue_file.parent)
            removed.append(issue_file.parent.name)
    return removed


def _keep(source: Path, target: Path) -> None:
    """Keeps a file that is never edited under a second name, as a copy where the file system knows no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _moved(made: NoticeFiles, target: Path) -> NoticeFiles:
    return NoticeFiles(*(target / path.name for path in (made.document, made.pdf, made.annexes, made.figures)))
