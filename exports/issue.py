"""Returns the folder of an issued notice: complete, with its evidence, and not to be written again (semantics 7.1).

A folder holds the documents, ``figures.json``, the annexes of departments and the release database on which every
figure rests, so that it can be traced after the release itself is pruned. ``SHA256SUMS`` names every file.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exports import files, text_issue
from exports.figures import Figures, render
from exports.notice import NoticeFiles, write_notice
from exports.notice.amendment import Former
from exports.notice.issuing import Issue, day_figure, head_of
from ingest.errors import FeedError

if TYPE_CHECKING:
    from datetime import datetime

    from exports.notice.blocks import Head
    from exports.notice.edited import Deviation

DATABASE = "xinyong.duckdb"
DEPARTMENTS = "departments"
ISSUE_FILE = "issue.json"
SUMS = "SHA256SUMS"
DRAFT = "草案"
READ_ONLY = 0o444
SHOWN_DEVIATIONS = 8  # in one message


class NoticeError(FeedError):
    """A notice cannot be drafted or issued as asked; nothing was changed."""


@dataclass(frozen=True)
class Checked:
    """A draft as the office edited it, and the numbers in which it differs from the draft."""

    path: Path
    deviations: tuple[Deviation, ...]


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


def check_edited(release: Path, folder: Path, period: str, issue: Issue, former: Former | None, path: Path) -> Checked:
    """Returns an edited draft with the numbers in which it differs from the draft of the release in force.

    Raises:
        NoticeError: it is no Word document, or changes or proposals of the draft stand in it undecided.
    """
    from exports.notice import edited, reading

    try:
        document = edited.read(path)
    except ValueError as error:
        raise NoticeError(
            "the edited document cannot be read", where=str(path), expected="the draft as Word saves it",
            got=str(error), do="save it as .docx",
        ) from error  # fmt: skip
    if reading.is_tracked(document):
        raise NoticeError(
            "tracked changes stand in the edited document", where=str(path), expected="what goes out, and nothing else",
            got="insertions or deletions that nobody decided", do="accept or reject all of them, and save",
        )  # fmt: skip
    undecided = [words for words in edited.words_of(document) if edited.PROPOSAL in words]
    if undecided:
        raise NoticeError(
            "proposals of the draft stand in the edited document", where=str(path), expected="what the office decided",
            got=undecided[0], do=f"decide, and take {edited.PROPOSAL} out",
        )  # fmt: skip
    fresh = folder / f"{files.TEMPORARY}{DRAFT}"
    shutil.rmtree(fresh, ignore_errors=True)
    made = write_notice(release / DATABASE, fresh, period, None, former)
    own = (issue.number, render("day", issue.day)[0])
    found = edited.deviations(document, edited.read(made.document), own)
    shutil.rmtree(fresh)
    return Checked(path, tuple(found))


def refuse_other_numbers(checked: Checked) -> None:
    """Refuses to issue numbers that no query gives, until somebody says that they are meant.

    What the office left out, or added as a telephone number, is told and kept, but in nobody's way.

    Raises:
        NoticeError: a number stands there in the place of another.
    """
    changed = [str(deviation) for deviation in checked.deviations if deviation.kind == "changed"]
    if changed:
        more = f" and {len(changed) - SHOWN_DEVIATIONS} more" if len(changed) > SHOWN_DEVIATIONS else ""
        raise NoticeError(
            "numbers of the edited document are not those of the draft", where=str(checked.path),
            expected="the numbers of the draft, or --accept-changes", got="; ".join(changed[:SHOWN_DEVIATIONS]) + more,
            do="correct them, or add --accept-changes: they are kept beside the notice as deviations",
        )  # fmt: skip


def write_issued(
    release: Path,
    folder: Path,
    period: str,
    issue: Issue,
    former: Former | None,
    record: Mapping[str, Any],
    checked: Checked | None = None,
) -> tuple[NoticeFiles, str]:
    """Returns the files of an issued notice and the sha256 of its list of sums.

    Args:
        release: folder of the release in force.
        folder: of the period, below ``notices/``.
        period: ``YYYY-MM``.
        issue: number, date, issuer.
        former: what was issued for this period before.
        record: who, when and what; kept as ``issue.json``.
        checked: the draft as the office edited it, which goes out in place of what the program writes, as does the PDF
            made from it. There is none, and ``why_no_pdf`` says why, where it would not show the document as edited.

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
    if checked:
        made = _take_edited(made, release, issue, checked)
        record = dict(record) | {
            "edited_sha256": files.sha256_of(checked.path), "deviations": [vars(d) for d in checked.deviations],
        }  # fmt: skip
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


def _take_edited(made: NoticeFiles, release: Path, issue: Issue, checked: Checked) -> NoticeFiles:
    """Returns the files of a notice whose document the office edited; its own file is kept beside, as handed in."""
    import duckdb

    from exports.notice import edited

    shutil.copyfile(checked.path, made.document.with_name(text_issue.EDITED_FILE))
    with duckdb.connect(str(release / DATABASE), read_only=True) as con:
        figures = Figures(con)
        as_of = con.execute("select as_of from meta.release").fetchall()[0][0]
        head, day = head_of(issue, figures), str(day_figure(figures, issue))
    document = edited.read(checked.path)
    if edited.is_finished(document, issue.number):
        shutil.copyfile(checked.path, made.document)
        return _without_pdf(made, "the office numbered the document itself")
    edited.sign(document, issue.issuer.issuer_name, day)
    try:
        if made.pdf:
            made.pdf.write_bytes(_pdf_of(document, head, as_of))
    except (ValueError, RuntimeError) as error:  # a text box and the like, a picture that cannot be drawn
        made = _without_pdf(made, f"it would not show the document as edited: {error}")
    edited.write_headed(document, made.document, head, as_of)
    return made


def _pdf_of(document: Any, head: Head, as_of: datetime) -> bytes:
    from exports.notice import pdf, reading

    sections = reading.sections_of(document)
    return pdf.sections_pdf(reading.title_of(sections), head, sections, as_of)


def _without_pdf(made: NoticeFiles, why: str) -> NoticeFiles:
    if made.pdf:
        made.pdf.unlink()
    return replace(made, pdf=None, why_no_pdf=why)


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
    pdf = target / made.pdf.name if made.pdf else None
    return replace(
        made, document=target / made.document.name, pdf=pdf, annexes=target / made.annexes.name,
        figures=target / made.figures.name,
    )  # fmt: skip
