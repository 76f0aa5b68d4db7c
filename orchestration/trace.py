"""Returns where a printed figure comes from: its query, the rows behind it, the submissions that they came from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exports.department_report import FIGURES_FILE as REPORT_FIGURES
from exports.issue import DATABASE, DEPARTMENTS, DRAFT, NoticeError
from exports.notice import FIGURES_FILE
from exports.notice.evidence import evidence
from exports.notice.labels import Labels
from exports.text_issue import SLIP_FIGURES
from orchestration.notice import find_notice, issued_notices, notices_folder, release_in_force

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings

MOST_SUGGESTIONS = 12  # figures named when the one asked for does not exist


@dataclass(frozen=True)
class Rows:
    """Rows of a query, cut off; ``total`` tells how many there are."""

    sql: str
    columns: list[str]
    rows: list[tuple[Any, ...]]
    total: int


@dataclass(frozen=True)
class Trace:
    """Where a figure comes from."""

    figure_id: str
    label: str
    text: str
    stored: Any
    value: Any  # what the query gives on the release now
    is_same: bool
    sql: str
    parameters: Mapping[str, Any]
    database: Path
    document: str
    rows: Rows | None
    submissions: Rows | None


def trace(
    settings: Settings, figure: str, period: str | None = None, number: str | None = None, limit: int = 20
) -> Trace:
    """Returns the origin of a figure.

    Args:
        settings: of the deployment.
        figure: its id, as in the index of figures beside every notice.
        period: of the notice; the last closed one if None.
        number: of an issued notice; the notice of the release in force if None.
        limit: most rows shown of each kind.

    Raises:
        NoticeError: there is no such notice, or no such figure in it; the message names those that are near.
    """
    import duckdb

    from ingest import warehouse

    with warehouse.connect(settings) as con:
        document, places, month = _places(con, settings, period, number)
        entry = _entry(places, figure)
        database = _database(con, settings, places[0][0], entry)
    with duckdb.connect(str(database), read_only=True) as con:
        value = con.execute(entry["sql"], entry["parameters"]).fetchall()[0][0]
        found = evidence(entry["figure_id"], entry["sql"], month)
        return Trace(
            figure_id=entry["figure_id"],
            label=Labels(con).of_id(entry["figure_id"]),
            text=entry["text"],
            stored=entry["value"],
            value=value,
            is_same=_plain(value) == _plain(entry["value"]),
            sql=entry["sql"],
            parameters=entry["parameters"],
            database=database,
            document=document,
            rows=_rows(con, found.rows, found.parameters, limit),
            submissions=_rows(con, found.submissions, found.parameters, limit),
        )


def _places(
    con: duckdb.DuckDBPyConnection, settings: Settings, period: str | None, number: str | None
) -> tuple[str, list[tuple[Path, Path]], str]:
    """Returns the document asked for, (database, figures.json) to look in, and its period."""
    from orchestration.close_history import closes_in_force

    if number:
        notice, folder = find_notice(con, settings, number)
        return number, _beside(folder, folder / FIGURES_FILE), notice.period
    if period is None:
        closes = closes_in_force(con, settings.programme)
        if not closes:
            raise NoticeError("no period is closed", where=str(settings.published), do="close one: xinyong run")
        period = closes[-1].period
    release = release_in_force(con, settings, period)
    places = _beside(release, release / "notice" / FIGURES_FILE)
    draft = notices_folder(settings, period) / DRAFT / FIGURES_FILE
    if draft.is_file():  # of an amendment: it holds the former figures too
        places.append((release / DATABASE, draft))
    return f"{period}, {release.name}", places, period


def _beside(folder: Path, notice: Path) -> list[tuple[Path, Path]]:
    """Returns (database, figures.json) of a notice, and of reports and slips of departments beside it."""
    others = [folder / DEPARTMENTS / name for name in (REPORT_FIGURES, SLIP_FIGURES)]
    return [(folder / DATABASE, path) for path in (notice, *others) if path.is_file() or path == notice]


def _entry(places: Sequence[tuple[Path, Path]], figure: str) -> dict[str, Any]:
    near: list[str] = []
    for _, path in places:
        figures = json.loads(path.read_text(encoding="utf-8"))["figures"]
        for entry in figures:
            if entry["figure_id"] == figure:
                return dict(entry)
            if entry["text"] == figure or figure in entry["figure_id"]:
                near.append(f"{entry['figure_id']} ({entry['text']})")
    shown = list(dict.fromkeys(near))
    more = f" and {len(shown) - MOST_SUGGESTIONS} more" if len(shown) > MOST_SUGGESTIONS else ""
    raise NoticeError(
        "no figure has this id", where=str(places[0][1]), got=figure,
        expected="one of " + ", ".join(shown[:MOST_SUGGESTIONS]) + more if shown else "an id of its 数字索引",
        do="name a figure as 数字索引 in 通报附件.xlsx does",
    )  # fmt: skip


def _database(con: duckdb.DuckDBPyConnection, settings: Settings, own: Path, entry: Mapping[str, Any]) -> Path:
    """Returns the release on which a figure rests: a former figure rests on that of the notice that printed it."""
    name = entry.get("release_name")
    if name is None:
        return own
    for notice in issued_notices(con, settings.programme):
        if notice.release_name == name:
            return notices_folder(settings, notice.period) / notice.number / DATABASE
    return settings.published / name / DATABASE


def _rows(con: duckdb.DuckDBPyConnection, sql: str | None, parameters: Mapping[str, Any], limit: int) -> Rows | None:
    if sql is None:
        return None
    used = {name: value for name, value in parameters.items() if f"${name}" in sql}
    total = con.execute(f"select count(*) from ({sql})", used).fetchall()[0][0]
    result = con.execute(f"select * from ({sql}) limit {int(limit)}", used)
    columns = [column[0] for column in result.description]
    return Rows(" ".join(sql.split()), columns, result.fetchall(), int(total))


def _plain(value: Any) -> str:
    """Returns a value as ``figures.json`` writes it."""
    written = value.isoformat() if hasattr(value, "isoformat") else value
    return str(written).replace(" ", "T")


def show(found: Trace) -> None:
    """Prints a trace as tables."""
    from rich.table import Table

    from orchestration.report import console

    out = console()
    head = Table(title=f"{found.figure_id}  {found.label}", show_header=False)
    bound = ", ".join(f"${name} = {value}" for name, value in found.parameters.items())
    verdict = "the same" if found.is_same else f"CHANGED: {_plain(found.value)}"
    for name, words in (
        ("printed", found.text), ("value", _plain(found.stored)), ("recomputed", verdict),
        ("notice", found.document), ("release", str(found.database)), ("query", found.sql),
        ("parameters", bound or "—"),
    ):  # fmt: skip
        head.add_row(name, words)
    out.print(head)
    for title, rows in (("rows behind it", found.rows), ("submissions", found.submissions)):
        if rows is None:
            out.print(f"{title}: none, this is a date or a setting")
            continue
        table = Table(title=f"{title}: {len(rows.rows)} of {rows.total}")
        filled = [n for n, _ in enumerate(rows.columns) if any(row[n] is not None for row in rows.rows)]
        for position in filled:
            table.add_column(rows.columns[position], overflow="fold")
        for row in rows.rows:
            table.add_row(*("—" if row[n] is None else str(row[n]) for n in filled))
        out.print(table)
