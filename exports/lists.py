"""Returns the lists of a release: xlsx for people, csv for machines; what concerns one department in its own folder.

Enterprises are named in these files only: the general notice names departments (semantics 7.3).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from exports import text
from exports.figures import render
from exports.inspection_lists import INSPECTION_LISTS, department_lists
from exports.list_specs import CONFLICTS, FAULTS, LISTS, ListSpec
from exports.quarterly import write_quarterly
from exports.sheet_rows import QueryRows
from exports.tables import column_names, comments, header, quoted, table_names
from exports.workbook import SHEET_ROWS, Sheet, write_csv, write_workbook

log = logging.getLogger(__name__)

SHEET_MARGIN = 20  # rows of title, notes and header
DEPARTMENT_WORKBOOK = "部门附件.xlsx"


class Release:
    """What the lists need to know of one open release file."""

    def __init__(self, con: Any) -> None:
        self.con = con
        self.marts = frozenset(table_names(con, "marts"))
        self.columns = {mart: column_names(con, "marts", mart) for mart in self.marts}
        self.lists: dict[str, set[str]] = {}  # per mart the columns that hold lists
        for mart, column in con.execute(
            "select table_name, column_name from duckdb_columns() where schema_name = 'marts' and data_type like '%[]'"
        ).fetchall():
            self.lists.setdefault(mart, set()).add(column)
        self._comments = comments(con)
        row = con.execute("select period, as_of, is_final from meta.release").fetchall()[0]
        self.period: str = row[0]
        self.as_of: datetime = row[1]
        self.is_final: bool = row[2]
        self._words: dict[str, Mapping[Any, str]] = dict(text.CODES)
        self._words["feed"] = self._pairs("select feed, title from meta.contract_versions")
        reasons = self._pairs("select reason_code, reason_zh from meta.reason_codes")
        domains = self._pairs("select domain_code, domain_name from meta.domains")
        self._words |= {"reasons": reasons, "reason_code": reasons, "domain_code_a": domains, "domain_code_b": domains}
        self._words["drawn_domains"] = domains
        self._words["departments"] = self._pairs("select department_code, department_name from meta.departments")
        self.collected = {row[0] for row in con.execute("select distinct feed from meta.submissions_used").fetchall()}

    def _pairs(self, sql: str) -> dict[Any, str]:
        return dict(self.con.execute(sql).fetchall())

    def in_words(self, column: str, value: Any) -> Any:
        """Returns a cell as people read it: codes become words."""
        words = self._words.get(column)
        if words is None or value is None:
            return value
        if isinstance(value, list):
            return [words.get(part, part) for part in value]
        return words.get(value, value)

    def shown(self, column: str, expression: str, *, is_list: bool) -> str:
        """Returns the expression of a cell as people read it: what ``in_words`` does, in SQL."""
        words = self._words.get(column)
        if words is None:
            return expression
        pairs = ", ".join(f"{_literal(str(code))}: {_literal(meaning)}" for code, meaning in sorted(words.items()))
        known = f"map {{{pairs}}}"
        if is_list:
            return f"list_transform({expression}, lambda code: coalesce({known}[code], code))"
        return f"coalesce({known}[{expression}], {expression})"

    def header(self, mart: str, column: str) -> str:
        """Returns the Chinese header of a column, from the comments of the release."""
        for table in (f"marts.{mart}", "meta.domains", "meta.departments", "meta.contract_columns"):
            comment = self._comments.get((table, column))
            if comment:
                return header(comment, column)
        return column

    def notes(self) -> list[str]:
        """Returns the lines under the title of every list."""
        month, _ = render("month", self.period)
        moment, _ = render("moment", self.as_of)
        note = text.SHEET_NOTE.format(period=month, as_of=moment)
        return [note] if self.is_final else [note, text.SHEET_PROVISIONAL]


def write_lists(con: Any, folder: Path) -> list[Path]:
    """Returns the files of ``lists/`` and ``departments/`` written below a release folder.

    Args:
        con: read-only connection to the release file.
        folder: of the release under construction.
    """
    release = Release(con)
    written = []
    for spec in (*LISTS, CONFLICTS, *INSPECTION_LISTS):
        if spec.mart not in release.marts:
            log.info("list %s is left out: this release has no mart %s", spec.name, spec.mart)
            continue
        written += _write_list(release, spec, folder / "lists")
    written += write_quarterly(release, folder / "lists")
    for code, name in con.execute(
        "select department_code, department_name from meta.departments order by sort_order, department_code"
    ).fetchall():
        written += _write_department(release, code, name, folder / "departments" / code)
    return written


def _columns(release: Release, spec: ListSpec) -> dict[str, str]:
    """Returns the expression of every column that people see and this release has."""
    own = release.columns[spec.mart]
    joined: dict[str, str] = {}
    if "domain_code" in own:
        joined |= {"domain_name": "d.domain_name", "department_name": "p.department_name"}
    if "department_code" in own:
        joined["department_name"] = "p.department_name"
    if spec.mart == "findings":
        joined |= {"feed": "s.feed", "period": "s.period", "column_title": "k.column_title"}
    found = {}
    wordless = {"reasons", "reason_code"} if "reason_zh" in own else set()  # the mart tells them in words
    for column in spec.columns:
        if column in wordless:
            continue
        if column in own:
            found[column] = f"t.{quoted(column)}"
        elif column in joined:
            found[column] = joined[column]
    return found


def _people_query(release: Release, spec: ListSpec, condition: str = "true") -> tuple[str, list[str]]:
    own = release.columns[spec.mart]
    columns = _columns(release, spec)
    department = "t.department_code" if "department_code" in own else "d.department_code"
    joins, order = [], []
    if "domain_code" in own:
        joins.append("left join meta.domains as d on d.domain_code = t.domain_code")
    if "domain_code" in own or "department_code" in own:
        joins.append(f"left join meta.departments as p on p.department_code = {department}")
        order += ["p.sort_order nulls last"]
    if "domain_code" in own:
        order += ["d.domain_no nulls first"]
    if spec.mart == "findings":
        joins.append("inner join marts.submissions as s on s.submission_id = t.submission_id")
        joins.append("left join meta.contract_columns as k on k.feed = s.feed and k.column_name = t.column_name")
    lists = release.lists.get(spec.mart, set())
    selected = ", ".join(
        f"{release.shown(column, expression, is_list=column in lists)} as {quoted(column)}"
        for column, expression in columns.items()
    )
    order += [f"{expression} nulls first" for expression in columns.values()]
    query = (
        f"select {selected} from marts.{quoted(spec.mart)} as t {' '.join(joins)} "
        f"where ({spec.where}) and ({condition}) order by {', '.join(order)}"
    )
    return query, list(columns)


def _sheets(release: Release, spec: ListSpec, condition: str = "true", title: str = "") -> list[Sheet]:
    """Returns the worksheets of a list: one, or as many as its rows need."""
    query, columns = _people_query(release, spec, condition)
    count = int(release.con.execute(f"select count(*) from ({query})").fetchall()[0][0])
    notes = [*release.notes(), *([spec.note] if spec.note else [])]
    name = title or text.LIST_TITLES[spec.name]
    titles = [release.header(spec.mart, c) for c in columns]
    if not count:
        collected = spec.feed is None or spec.feed in release.collected
        notes.append(text.LIST_EMPTY if collected else text.LIST_NOT_COLLECTED)
        return [Sheet(name, name, titles, (), notes)]
    most = SHEET_ROWS - SHEET_MARGIN
    parts = -(-count // most)
    if parts == 1:
        return [Sheet(name, name, titles, QueryRows(release.con, query, count), notes)]
    notes.append(text.LIST_PARTS.format(rows=render("count", count)[0], parts=render("count", parts)[0]))
    found = []
    for part in range(parts):
        rows = QueryRows(
            release.con, f"select * from ({query}) limit {most} offset {part * most}", min(most, count - part * most)
        )
        own = text.LIST_PART.format(title=name, part=str(part + 1))
        found.append(Sheet(own, own, titles, rows, notes))
    return found


def _write_list(release: Release, spec: ListSpec, folder: Path) -> list[Path]:
    people = folder / f"{text.LIST_TITLES[spec.name]}.xlsx"
    machine = folder / f"{spec.name}.csv"
    write_workbook(people, _sheets(release, spec), release.as_of)
    own = ", ".join(f"{quoted(c)} nulls first" for c in release.columns[spec.mart])
    write_csv(release.con, f"select * from marts.{quoted(spec.mart)} as t where {spec.where} order by {own}", machine)
    return [people, machine]


def _write_department(release: Release, code: str, name: str, folder: Path) -> list[Path]:
    """Returns the annex of one department: vetoes, removals, reviews, what it did not report, faults of its rows."""
    own_code = "'" + code.replace("'", "''") + "'"
    domains = f"in (select domain_code from meta.domains where department_code = {own_code})"
    own_domain = f"t.domain_code {domains}"
    by_name = {spec.name: spec for spec in LISTS}
    wanted = [
        (by_name["positive_list_excluded"], own_domain, text.LIST_TITLES["removal_notice"]),
        (by_name["positive_list_changes"], own_domain, ""),
        (CONFLICTS, f"t.domain_code_a {domains} or t.domain_code_b {domains}", ""),
        (by_name["repair_reminders"], own_domain, ""),
        (by_name["dishonesty_dynamics"], own_domain, ""),
        (by_name["not_reported"], f"t.department_code = {own_code}", ""),
        (by_name["open_corrections"], f"t.department_code = {own_code}", ""),
        *department_lists(own_code),
        (FAULTS, f"s.department_code = {own_code}", ""),
    ]
    sheets = []
    for spec, condition, title in wanted:
        if spec.mart not in release.marts:
            continue
        for sheet in _sheets(release, spec, condition, title):
            if isinstance(sheet.rows, QueryRows):
                sheet.title = f"{name}{sheet.title}"
                sheets.append(sheet)
    if not sheets:
        return []
    path = folder / DEPARTMENT_WORKBOOK
    write_workbook(path, sheets, release.as_of)
    return [path]


def _literal(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"
