"""Returns the monthly notice 通报 of a release: the draft document, its annexes, and where each figure is from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FIGURES_FILE = "figures.json"


@dataclass(frozen=True)
class NoticeFiles:
    """The files of one notice."""

    document: Path
    annexes: Path
    figures: Path


def write_notice(release_db: Path, target: Path, period: str) -> NoticeFiles:
    """Returns the draft notice of a period, written below ``target``.

    Args:
        release_db: the release file; nothing else is read.
        target: folder to write to, made if missing.
        period: ``YYYY-MM``, one that the release covers.

    Raises:
        LookupError: the release holds no coverage of that period.
    """
    import duckdb

    from exports import text
    from exports.figures import Figures
    from exports.lists import Release
    from exports.notice.annexes import annexes, sheets
    from exports.notice.blocks import Notice
    from exports.notice.body import body
    from exports.notice.facts import gather
    from exports.notice.layout import write_document
    from exports.workbook import write_workbook

    target.mkdir(parents=True, exist_ok=True)
    files = NoticeFiles(target / text.NOTICE_FILE, target / text.NOTICE_ANNEX_FILE, target / FIGURES_FILE)
    with duckdb.connect(str(release_db), read_only=True) as con:
        figures = Figures(con)
        facts = gather(con, figures, period)
        release = Release(con)
        first, second = text.NOTICE_TITLE
        notice = Notice((first.format(month=facts.month), second), body(facts), annexes(facts))
        write_document(notice, files.document, release.as_of)
        write_workbook(files.annexes, sheets(facts, release.notes()), release.as_of)
        name = con.execute("select release_name from meta.release").fetchall()[0][0]
    figures.save(files.figures, {"release_name": name, "period": period, "file": text.NOTICE_FILE})
    return files
