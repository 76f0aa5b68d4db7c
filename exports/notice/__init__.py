"""Returns the monthly notice 通报 of a release: Word document, PDF, annexes, and where each figure is from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from exports.notice.amendment import Former
    from exports.notice.issuing import Issue

FIGURES_FILE = "figures.json"


@dataclass(frozen=True)
class NoticeFiles:
    """The files of one notice."""

    document: Path
    pdf: Path | None  # None: the office prints its own
    annexes: Path
    figures: Path
    why_no_pdf: str = ""


def write_notice(
    release_db: Path, target: Path, period: str, issue: Issue | None = None, former: Former | None = None
) -> NoticeFiles:
    """Returns the notice of a period, written below ``target``: a draft unless somebody issues it.

    Args:
        release_db: the release file; nothing else is read.
        target: folder to write to, made if missing.
        period: ``YYYY-MM``, one that the release covers.
        issue: number, date and issuer of a notice that goes out.
        former: the notice that was issued for this period before: what is written amends it.

    Raises:
        LookupError: the release holds no coverage of that period.
    """
    import duckdb

    from exports import text, text_issue
    from exports.figures import Figures
    from exports.lists import Release
    from exports.notice.amendment import amendment, amendment_sheet
    from exports.notice.annexes import annexes, index_sheet, sheets
    from exports.notice.blocks import Notice
    from exports.notice.body import body
    from exports.notice.facts import gather
    from exports.notice.issuing import head_of, sign
    from exports.notice.labels import Labels
    from exports.notice.layout import write_document
    from exports.notice.pdf import notice_pdf
    from exports.workbook import write_workbook

    target.mkdir(parents=True, exist_ok=True)
    names = _file_names(is_issued=issue is not None, is_amendment=former is not None)
    files = NoticeFiles(target / names[0], target / names[1], target / text.NOTICE_ANNEX_FILE, target / FIGURES_FILE)
    with duckdb.connect(str(release_db), read_only=True) as con:
        figures = Figures(con)
        facts = gather(con, figures, period)
        release = Release(con)
        labels = Labels(con)
        pages = sheets(facts, release.notes())
        if former is None:
            first, second = text.NOTICE_TITLE
            parts = body(facts, issue)
            notes = annexes(facts)
        else:
            first, second = text_issue.AMENDMENT_TITLE
            amended = amendment(facts, figures, former, labels, issue)
            parts, notes = amended.paragraphs, [*annexes(facts), amended.annex]
            pages.append(amendment_sheet(amended, release.notes()))
        head = head_of(issue, figures) if issue else None
        if issue:
            parts = sign(parts, issue, figures)
        notice = Notice((first.format(month=facts.month), second), parts, notes, head)
        write_document(notice, files.document, release.as_of)
        (target / names[1]).write_bytes(notice_pdf(notice, release.as_of))
        pages.append(index_sheet(figures, labels, release.notes()))
        write_workbook(files.annexes, pages, release.as_of)
        name = con.execute("select release_name from meta.release").fetchall()[0][0]
    figures.save(files.figures, {"release_name": name, "period": period, "file": files.document.name})
    return files


def read_figures_of(release_db: Path, period: str) -> list[dict[str, Any]]:
    """Returns id and text of every figure that a notice of this release prints, without writing one.

    Raises:
        LookupError: the release holds no coverage of that period.
    """
    import duckdb

    from exports.figures import Figures
    from exports.notice.facts import gather

    with duckdb.connect(str(release_db), read_only=True) as con:
        figures = Figures(con)
        gather(con, figures, period)
    return [{"figure_id": figure.figure_id, "text": figure.text} for figure in figures.all()]


def _file_names(*, is_issued: bool, is_amendment: bool) -> tuple[str, str]:
    from exports import text, text_issue

    if is_issued:
        return text_issue.ISSUED_AMENDMENT_FILES if is_amendment else text_issue.ISSUED_FILES
    return text_issue.AMENDMENT_FILES if is_amendment else (text.NOTICE_FILE, text_issue.NOTICE_PDF)
