"""Writes the drops of a feed and month: files per department, planted rows among the others, manifest entries."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.synthetic.feeds import FEEDS, Feed
from ingest.synthetic.files import (
    HEAD,
    Part,
    Value,
    spreadsheetml_bytes,
    stamp,
    write_csv,
    xlsx_bytes,
    zip_files,
)
from ingest.synthetic.manifest import Drop, Finding, Manifest
from ingest.synthetic.planter import Group, Planted
from ingest.synthetic.policy import Policy, close_as_of, due_at
from ingest.synthetic.senders import SHRINKING, SHRUNK_TO, TWICE, UNTITLED, Style, received_at, style_of

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Value]
SHEET = "Sheet1"
GUIDE = ("填报说明", [["一、本表按月报送。"], ["二、代码列请设为文本格式。"]])  # a sheet that holds no table
OTHER = ("通讯录", [["姓名", "办公室", "座机"], ["经办人甲", "301", "内线一"]])  # a table of something else: X-SHEET
UNKNOWN_COLUMN = (
    "transport_bureau",
    "positive_list",
    ("contact", "联系科室"),
    "运管科",
)  # no item of the catalogue: X-COLUMN


@dataclass
class Writer:
    """What writing needs: where, with which rows, into which manifest."""

    home: Path
    con: duckdb.DuckDBPyConnection
    policy: Policy
    months: Sequence[str]
    seed: int
    manifest: Manifest
    subjects: dict[tuple[str, str], int] = field(default_factory=dict)  # (feed, domain) -> rows of the last full list
    # File, sheet and row of planted rows that another file refers to.
    marked: list[tuple[str, str, str, Planted]] = field(default_factory=list)

    def folder(self, department: str, period: str) -> Path:
        """Returns the inbox folder of a department and month, made if needed."""
        name = self.policy.department_name(department) if style_of(department).chinese_folder else department
        path = self.home / "inbox" / name / period
        path.mkdir(parents=True, exist_ok=True)
        return path


def file_stem(feed: Feed, department: str, period: str, style: Style) -> str:
    """Returns the name of the file, archive or folder, without its ending."""
    year, month = int(period[:4]), int(period[5:])
    if (department, feed.name) == UNTITLED:
        return f"{month}月份报表"
    if department == "customs_office":
        return f"{feed.name}_{period}"
    return f"{feed.title}_{period}" if style.form == "csv" else f"{feed.title}_{year}年{month}月"


def write_month(
    writer: Writer, feed_name: str, m: int, counts: Sequence[tuple[str, int, int]], planned: dict[str, list[Group]]
) -> None:
    """Writes the files of one feed and month from table ``sent`` and the planned groups."""
    feed = FEEDS[feed_name]
    names = [c for c, _ in feed.columns]
    with writer.con.cursor() as reader:  # apart from the connection that copies tails meanwhile
        reader.execute(f"""select {", ".join(names)} from sent where nth <= {HEAD}
            order by department_order, department, no, seq""")
        for department, group in groupby(counts, key=lambda c: c[0]):
            domains: list[tuple[int, int, list[Row]]] = []
            for _, no, rows in group:
                head = reader.fetchmany(min(rows, HEAD))
                domains.append((no, rows, [dict(zip(names, row, strict=True)) for row in head]))
            _write_department(writer, feed, m, department, domains, planned.get(department, []))


def _tail(feed: Feed, department: str, no: int | None, without: int) -> str:
    names = ", ".join(c for c, _ in feed.headers(department))
    where = "" if no is None else f" and no = {int(no)}"
    return f"""select {names} from sent
        where department = '{department}'{where} and nth > {HEAD} and no <> {without} order by no, seq"""


def _write_department(
    writer: Writer, feed: Feed, m: int, department: str, domains: list[tuple[int, int, list[Row]]], groups: list[Group]
) -> None:
    period = writer.months[m]
    style = style_of(department)
    shrunk = -1  # number of no domain
    if (department, feed.name, m) == (SHRINKING[0], "positive_list", 1):
        shrunk = next(d.no for d in writer.policy.domains if d.code == SHRINKING[1])
        domains = [(no, SHRUNK_TO, head[:SHRUNK_TO]) if no == shrunk else (no, n, head) for no, n, head in domains]
    total = sum(rows for _, rows, _ in domains)
    if total > HEAD and style.form != "csv":
        style = Style("csv", parts="one" if style.parts in ("sheets", "folder") else style.parts)
    split = style.parts in ("sheets", "zip") and feed.domain_column is not None and len(domains) > 1
    numbered = {d.no: d for d in writer.policy.domains}
    lists: list[tuple[int | None, int, list[Row]]] = (
        [*domains] if split else [(None, total, [row for _, _, head in domains for row in head])]
    )
    parts: list[tuple[Part, list[Planted | None]]] = []
    for no, rows, head in lists:
        columns = feed.headers(department)
        if style.parts == "sheets" and len(parts) % 2:
            columns = columns[::-1]  # sheets of one book differ in the order of their columns
        if (department, feed.name) == UNKNOWN_COLUMN[:2]:
            columns = [*columns, UNKNOWN_COLUMN[2]]
            for row in head:
                row[UNKNOWN_COLUMN[2][0]] = UNKNOWN_COLUMN[3]
        label = numbered[no].name if no is not None else SHEET
        part = Part(label, columns, head, _tail(feed, department, no, shrunk), rows - len(head), sheet=label)
        own = [g for g in groups if no is None or g.domain == no]
        parts.append((part, _mix(part, own, random.Random(f"{writer.seed}|{feed.name}|{department}|{period}|{no}"))))
    if style.parts == "folder":
        parts = _halve(parts)
    at = received_at(writer.policy, feed.name, department, period, writer.months)
    stem = file_stem(feed, department, period, style)
    tails = {numbered[no].name: n - len(head) for no, n, head in domains if no in numbered}
    if feed.name == "positive_list" and (department, m) == TWICE:
        _send_twice(writer, feed, department, period, style, parts, stem, at, tails)
        return
    drop = write_drop(writer, feed, department, period, style, parts, stem, at)
    drop.batch_rules += ["X-COLUMN"] if (department, feed.name) == UNKNOWN_COLUMN[:2] else []
    drop.batch_rules += ["X-SHEET"] if any(OTHER in part.extra for part, _ in parts) else []
    _remember_lists(writer, feed, drop, parts, tails)


def _mix(part: Part, groups: list[Group], chance: random.Random) -> list[Planted | None]:
    """Puts the planted rows among the others; returns, per row, what was planted there."""
    slots: dict[int, list[Group]] = {}
    for group in groups:
        slots.setdefault(chance.randrange(len(part.rows) + 1), []).append(group)
    rows: list[Row] = []
    planted: list[Planted | None] = []
    for k in range(len(part.rows) + 1):
        for group in slots.get(k, ()):
            rows += [p.row for p in group.rows]
            planted += group.rows
        if k < len(part.rows):
            rows.append(part.rows[k])
            planted.append(None)
    part.rows = rows
    return planted


def _halve(parts: list[tuple[Part, list[Planted | None]]]) -> list[tuple[Part, list[Planted | None]]]:
    """Returns a list sent in two parts; rows planted together stay together."""
    ((part, planted),) = parts
    middle = len(part.rows) // 2
    while 0 < middle < len(planted) and planted[middle] is not None:
        middle += 1
    return [
        (Part(f"第{n}部分", part.columns, part.rows[a:b], sheet=SHEET), planted[a:b])
        for n, (a, b) in enumerate(((0, middle), (middle, len(part.rows))), start=1)
    ]


def _send_twice(
    writer: Writer,
    feed: Feed,
    department: str,
    period: str,
    style: Style,
    parts: list[tuple[Part, list[Planted | None]]],
    stem: str,
    at: datetime,
    tails: dict[str, int],
) -> None:
    part, planted = parts[0]
    fewer = Part(part.label, part.columns, [r for k, r in enumerate(part.rows) if k % 8], sheet=part.sheet)
    write_drop(writer, feed, department, period, style, [(fewer, [None] * len(fewer.rows))], stem, at)
    full = stem.replace(feed.title, f"{feed.title}（补全）")
    drop = write_drop(writer, feed, department, period, style, [(part, planted)], full, at + timedelta(days=2))
    _remember_lists(writer, feed, drop, parts, tails)


def write_drop(
    writer: Writer,
    feed: Feed,
    department: str,
    period: str,
    style: Style,
    parts: Sequence[tuple[Part, list[Planted | None]]],
    stem: str,
    at: datetime,
    role: str = "list",
) -> Drop:
    """Writes one submission and its entries of the manifest; returns the former."""
    folder = writer.folder(department, period)
    tables = [part for part, _ in parts]
    path, sources = _write(writer, folder, style, tables, stem, feed.title, at)
    stamp(path, at)
    key = f"{department}/{period}"
    for (part, planted), source in zip(parts, sources, strict=True):
        part.source_file = source
        for index, fault in enumerate(planted):
            if fault is not None and fault.findings:
                _record(writer, feed, department, period, part, index, fault)
            if fault is not None and fault.mark:
                place = f"{key}/{source}", part.sheet, str(part.header_rows + index + 1)
                writer.marked.append((*place, fault))
    drop = Drop(
        submission=f"{key}/{path.name}",
        path=str(path.relative_to(writer.home)),
        feed=feed.name,
        department=department,
        period=period,
        received_at=at.isoformat(),
        rows=sum(p.row_count for p in tables),
        role=role,
        parts=[
            {"file": f"{key}/{p.source_file}", "sheet": p.sheet, "header_rows": p.header_rows, "rows": p.row_count}
            for p in tables
        ],
        is_late=at > due_at(writer.policy, period),
        is_after_close=at > close_as_of(period),
    )
    writer.manifest.drops.append(drop)
    return drop


def _write(
    writer: Writer, folder: Path, style: Style, parts: list[Part], stem: str, title: str, at: datetime
) -> tuple[Path, list[str]]:
    """Writes the tables in the department's form; returns the path and, per table, ``_source_file``."""

    def copy(query: str, target: Path, delimiter: str) -> None:
        writer.con.execute(f"copy ({query}) to '{target}' (format csv, header false, delimiter '{delimiter}')")

    if style.form == "csv":
        for part in parts:
            part.sheet = ""
    if style.parts == "zip" and style.form == "csv" and len(parts) > 1:
        path = folder / f"{stem}.zip"
        written = {f"{part.label}.csv": folder / f".{part.label}.part" for part in parts}
        for part, member in zip(parts, written.values(), strict=True):
            write_csv(member, part, style.encoding, style.delimiter, copy)
        zip_files(path, [*written.items()], at)
        for member in written.values():
            member.unlink()
        return path, [f"{path.name}!{name}" for name in written]
    if style.form == "csv":
        path = folder / f"{stem}.csv"
        write_csv(path, parts[0], style.encoding, style.delimiter, copy)
        return path, [path.name]
    if style.form == "spreadsheetml":
        path = folder / f"{stem}.xls"
        path.write_bytes(spreadsheetml_bytes(parts[0]))
        return path, [path.name]
    if style.parts == "zip" and len(parts) > 1:
        path = folder / f"{stem}.zip"
        for part in parts:
            part.sheet = SHEET
        zip_files(path, [(f"{p.label}.xlsx", xlsx_bytes([p], style.layout, title)) for p in parts], at)
        return path, [f"{path.name}!{p.label}.xlsx" for p in parts]
    if style.parts == "folder" and len(parts) > 1:
        path = folder / stem
        path.mkdir(exist_ok=True)
        for part in parts:
            (path / f"{part.label}.xlsx").write_bytes(xlsx_bytes([part], style.layout, title))
        return path, [f"{path.name}/{p.label}.xlsx" for p in parts]
    path = folder / f"{stem}.xlsx"
    if style.parts == "sheets":
        parts[-1].extra = [GUIDE, OTHER]
    path.write_bytes(xlsx_bytes(parts, style.layout, title))
    return path, [path.name] * len(parts)


def _record(writer: Writer, feed: Feed, department: str, period: str, part: Part, index: int, fault: Planted) -> None:
    for column, kind in fault.findings:
        value = fault.row.get(column) if column else None
        text = None if value is None else value.isoformat() if isinstance(value, date) else str(value)
        writer.manifest.faults.append(
            Finding(
                file=f"{department}/{period}/{part.source_file}",
                sheet=part.sheet,
                row=str(part.header_rows + index + 1),
                column=column,
                kind=kind,
                planted=fault.kind,
                feed=feed.name,
                period=period,
                department=department,
                text=text,
                expected_state=fault.state,
                released_in=fault.released_in,
            )
        )


def _remember_lists(
    writer: Writer,
    feed: Feed,
    drop: Drop,
    parts: Sequence[tuple[Part, list[Planted | None]]],
    tails: dict[str, int],
) -> None:
    """Notes how many rows each domain's full list has, and which one shrinks by half: only the intended one may."""
    if feed.name not in ("positive_list", "serious_dishonesty_list", "regulated_subjects"):
        return
    rows = dict(tails)  # domain -> rows that DuckDB copies, then the others
    for part, _ in parts:
        for row in part.rows:
            rows[str(row["domain_name"])] = rows.get(str(row["domain_name"]), 0) + 1
    own = {d.name: d.code for d in writer.policy.domains if d.department == drop.department}
    for name, count in rows.items():
        code = own.get(name)
        if code is None:
            continue
        former = writer.subjects.get((feed.name, code), 0)
        if former >= 10 and 2 * count < former:
            writer.manifest.held.append(
                {
                    "submission": drop.submission,
                    "department": drop.department,
                    "period": drop.period,
                    "feed": feed.name,
                    "domain": code,
                    "former": former,
                    "rows": count,
                }
            )
        else:
            writer.subjects[feed.name, code] = count
