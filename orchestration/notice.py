"""Returns notices of a month as a person asks for them: the draft of the release in force, or an issued notice.

States (semantics 7.1): draft, written anew whenever asked for; issued, under a number, never overwritten; amended, when
the period was closed again with other figures and a 更正通报 was issued.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from exports import issue as issuing
from exports.issue import NoticeError
from exports.notice import FIGURES_FILE, NoticeFiles, read_figures_of
from exports.notice.amendment import Former, changed_figures, read_figures
from exports.notice.issuing import NUMBER, Issue, Issuer
from ingest import clock
from orchestration import times
from orchestration.lock import exclusive

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings
    from orchestration.close_history import FormerClose

Kind = Literal["notice", "amendment"]
State = Literal["draft", "issued", "unchanged"]


@dataclass(frozen=True)
class IssuedNotice:
    """One row of ``meta.notices``."""

    number: str
    period: str
    kind: Kind
    issued_at: datetime
    issued_on: date
    issued_by: str
    is_adopted: bool
    amends: str | None
    release_name: str
    as_of: datetime
    sums_sha256: str


@dataclass(frozen=True)
class NoticeResult:
    """What was written; ``unchanged``: the issued notice still prints what the release in force says."""

    period: str
    kind: Kind
    state: State
    files: NoticeFiles | None
    number: str | None = None  # issued: its own; draft of an amendment, unchanged: that of the notice in force
    changed_figures: int = 0
    deviations: tuple[str, ...] = ()  # numbers of an edited document that the draft prints otherwise


@dataclass(frozen=True)
class Order:
    """What the command line asks for."""

    is_issue: bool = False
    number: str | None = None
    by: str | None = None
    on: str | None = None
    is_adopted: bool = False
    document: Path | None = None
    is_accepting: bool = False


def run(settings: Settings, period: str, order: Order) -> NoticeResult:
    """Returns the draft, or the issued notice, that the command line asks for.

    Raises:
        NoticeError: options are missing, superfluous or unreadable, or what ``draft`` and ``issue`` refuse.
    """
    if not order.is_issue:
        if order != Order():
            raise NoticeError(
                "number, name, date and adoption belong to an issued notice", expected="--issue beside them",
                got="a draft", do="add --issue, or leave them out",
            )  # fmt: skip
        return draft(settings, period)
    if not order.number or not order.by:
        raise NoticeError(
            "a notice is issued under a number by a person", expected="--number and --by",
            got="only one of them, or none", do="name both",
        )  # fmt: skip
    try:
        day = date.fromisoformat(order.on) if order.on else None
    except ValueError as error:
        raise NoticeError(
            "this is no day", where="--on", expected="YYYY-MM-DD", got=str(order.on), do="write the day of issuing"
        ) from error
    return issue(
        settings, period, order.number, order.by, day, is_adopted=order.is_adopted, document=order.document,
        is_accepting=order.is_accepting,
    )  # fmt: skip


def show(result: NoticeResult) -> None:
    """Prints what was written, and where."""
    from orchestration.report import console

    out = console()
    if result.files is None:
        out.print(f"{result.period}: {result.number} still prints what the release in force says; nothing to amend")
        return
    about = f" of {result.number}" if result.kind == "amendment" and result.state == "draft" else ""
    changed = f", {result.changed_figures} figures changed" if result.changed_figures else ""
    number = f" {result.number}" if result.state == "issued" else ""
    out.print(f"{result.period}: {result.kind}{number} {result.state}{about}{changed}")
    for path in (result.files.document, result.files.pdf, result.files.annexes, result.files.figures):
        if path:
            out.print(f"  {path}", soft_wrap=True)
    if result.files.why_no_pdf:
        out.print(f"  no PDF: {result.files.why_no_pdf}; print it from Word", soft_wrap=True)
    for deviation in result.deviations:
        out.print(f"  not as in the draft: {deviation}", soft_wrap=True)


def notices_folder(settings: Settings, period: str) -> Path:
    """Returns where the notices of a period are kept."""
    return settings.home / "notices" / period


def issued_notices(con: duckdb.DuckDBPyConnection, programme: str, period: str | None = None) -> list[IssuedNotice]:
    """Returns the issued notices, of one period or all, in the order of issuing."""
    rows = con.execute(
        "select number, period, kind, issued_at, issued_on, issued_by, is_adopted, amends, release_name, as_of, "
        "sums_sha256 from meta.notices where programme = ? and (? is null or period = ?) order by issued_at, number",
        [programme, period, period],
    ).fetchall()
    return [IssuedNotice(*row) for row in rows]


def draft(settings: Settings, period: str) -> NoticeResult:
    """Returns the draft of the release in force, an amendment if a notice was issued and its figures changed.

    Raises:
        NoticeError: the period is not closed.
    """
    from ingest import warehouse

    with exclusive(settings, f"notice of {period}"), warehouse.connect(settings) as con:
        close, release = _in_force(con, settings, period)
        before = _before(con, settings, period)
        if before is None:
            files = issuing.write_draft(release, notices_folder(settings, period), period, None)
            return NoticeResult(period, "notice", "draft", files)
        former = _former(settings, before)
        count = _count_changes(release, period, former)
        if not count:
            return NoticeResult(period, before.kind, "unchanged", None, before.number)
        files = issuing.write_draft(release, notices_folder(settings, close.period), period, former)
        return NoticeResult(period, "amendment", "draft", files, before.number, count)


def issue(
    settings: Settings,
    period: str,
    number: str,
    by: str,
    on: date | None = None,
    *,
    is_adopted: bool = False,
    document: Path | None = None,
    is_accepting: bool = False,
) -> NoticeResult:
    """Returns the notice that a person issues under a document number; it is kept and never written again.

    Args:
        settings: of the deployment.
        period: ``YYYY-MM``.
        number: 发文字号, ``湖信用办〔2025〕8号``.
        by: who issues it; kept.
        on: 成文日期; today if None.
        is_adopted: the proposals of praise and criticism are decided as proposed. Otherwise the notice is silent
            about them: nobody is praised or criticised without a decision (semantics 7.2).
        document: the draft as the office edited it; it goes out in place of what the program writes.
        is_accepting: numbers in it that differ from the draft go out on purpose.

    Raises:
        NoticeError: the number or the date is not usable, the period is not finally closed, or nothing changed since
            the notice that was issued before.
    """
    from ingest import warehouse

    day = on or clock.local_date(clock.now())
    if not by.strip():
        raise NoticeError("nobody issues this notice", where="--by", expected="a name", got="nothing", do="name one")
    with exclusive(settings, f"issue of {number}"), warehouse.connect(settings) as con:
        close, release = _in_force(con, settings, period)
        issuer = _issuer(settings, day)
        _refuse_unusable(con, settings, close, number, day, issuer)
        before = _before(con, settings, period)
        former = _former(settings, before) if before else None
        count = _count_changes(release, period, former) if former else 0
        if before and not count:
            raise NoticeError(
                "nothing changed since the notice was issued", where=period, expected="a figure to amend",
                got=f"the figures of {before.number}", do="nothing: the issued notice stands",
            )  # fmt: skip
        kind: Kind = "amendment" if before else "notice"
        amends = before.number if before else None
        now = clock.now()
        record = {
            "number": number, "period": period, "kind": kind, "issued_at": now, "issued_on": day, "issued_by": by,
            "is_adopted": is_adopted, "amends": amends, "release_name": close.release_name, "as_of": close.as_of,
        }  # fmt: skip
        folder = notices_folder(settings, period)
        issuing.remove_unissued(folder, frozenset(n.number for n in issued_notices(con, settings.programme, period)))
        act = Issue(number, day, issuer, is_adopted)
        checked = issuing.check_edited(release, folder, period, act, former, document) if document else None
        deviations = tuple(str(deviation) for deviation in checked.deviations) if checked else ()
        if checked and not is_accepting:
            issuing.refuse_other_numbers(checked)
        files, sums = issuing.write_issued(release, folder, period, act, former, record, checked)
        con.execute(
            "insert into meta.notices values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                settings.programme, number, period, kind, now, day, by, is_adopted, amends, close.release_name,
                close.as_of, sums,
            ],
        )  # fmt: skip
        return NoticeResult(period, kind, "issued", files, number, count, deviations)


def find_notice(con: duckdb.DuckDBPyConnection, settings: Settings, number: str) -> tuple[IssuedNotice, Path]:
    """Returns an issued notice and its folder.

    Raises:
        NoticeError: no notice was issued under that number.
    """
    known = issued_notices(con, settings.programme)
    for notice in known:
        if notice.number == number:
            return notice, notices_folder(settings, notice.period) / number
    raise NoticeError(
        "no notice was issued under this number", where="--number", got=number,
        expected=", ".join(n.number for n in known) or "a number; none was issued so far",
        do="name an issued notice",
    )  # fmt: skip


def release_in_force(con: duckdb.DuckDBPyConnection, settings: Settings, period: str) -> Path:
    """Returns the folder of the release in force of a period.

    Raises:
        NoticeError: the period is not closed.
    """
    return _in_force(con, settings, period)[1]


def _in_force(con: duckdb.DuckDBPyConnection, settings: Settings, period: str) -> tuple[FormerClose, Path]:
    from orchestration.close_history import close_in_force

    close = close_in_force(con, settings.programme, period)
    release = settings.published / close.release_name if close else None
    if close is None or release is None or not (release / issuing.DATABASE).is_file():
        raise NoticeError(
            "this period has no release in force", where=str(settings.published), expected="a closed period",
            got=period, do=f"close it first: xinyong run --period {period}",
        )  # fmt: skip
    return close, release


def _before(con: duckdb.DuckDBPyConnection, settings: Settings, period: str) -> IssuedNotice | None:
    issued = issued_notices(con, settings.programme, period)
    return issued[-1] if issued else None


def _former(settings: Settings, notice: IssuedNotice) -> Former:
    """Returns what was issued, after making sure that it is still what was issued."""
    folder = notices_folder(settings, notice.period) / notice.number
    issuing.refuse_changed(folder, notice.sums_sha256)
    return Former(
        number=notice.number,
        kind=notice.kind,
        day=notice.issued_on,
        as_of=notice.as_of,
        release_name=notice.release_name,
        figures=read_figures(folder / FIGURES_FILE),
    )


def _count_changes(release: Path, period: str, former: Former) -> int:
    """Returns how many figures the release in force prints otherwise than the issued notice."""
    return len(changed_figures(former.figures, read_figures_of(release / issuing.DATABASE, period)))


def _issuer(settings: Settings, day: date) -> Issuer:
    from ingest.seeds import seed_rows

    rows = seed_rows("notice_issuers", settings.programme, day)
    if len(rows) != 1:
        raise NoticeError(
            "nobody is entitled to issue notices", where="seed notice_issuers", got=f"{len(rows)} rows",
            expected=f"one row for programme {settings.programme} on {day}", do="complete the seed",
        )  # fmt: skip
    row = rows[0]
    return Issuer(row["issuer_name"], row["head_name"], row["number_code"], row["copy_to"], row["imprint_name"])


def _refuse_unusable(
    con: duckdb.DuckDBPyConnection, settings: Settings, close: FormerClose, number: str, day: date, issuer: Issuer
) -> None:
    """Refuses a provisional close, and a number or a date that no office would use."""
    if not close.is_final:
        raise NoticeError(
            "a provisional close is not issued", where=f"period {close.period}",
            expected="a close after the period was due", got=f"closed as of {times.show(close.as_of)}",
            do="close the period after its due time, then issue",
        )  # fmt: skip
    found = NUMBER.fullmatch(number)
    if not found or found["code"] != issuer.number_code or int(found["year"]) != day.year:
        raise NoticeError(
            "this is no document number of the issuer", where="--number", got=number,
            expected=f"{issuer.number_code}〔{day.year}〕8号, without 第 and without leading noughts",
            do="write the number as it was registered",
        )  # fmt: skip
    if day < clock.local_date(close.as_of) or day > clock.local_date(clock.now()):
        raise NoticeError(
            "a notice cannot bear this date", where="--on", got=str(day),
            expected=f"a day from {clock.local_date(close.as_of)}, the day of the close, to today",
            do="name the day of issuing",
        )  # fmt: skip
    used = [n for n in issued_notices(con, settings.programme) if n.number == number]
    if used:
        raise NoticeError(
            "an issued notice is never overwritten", where="--number", expected="a number that was not used",
            got=f"{number}, issued for {used[0].period} by {used[0].issued_by}", do="issue under the next number",
        )  # fmt: skip
