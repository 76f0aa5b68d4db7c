"""Returns a city of 60 enterprises that a person can work out by hand, as departments send it: files and a gateway.

The inputs are the tables in ``small_city/``. In them E01 stands for the code of an enterprise of ``cast.csv`` where a
code belongs and for its name where a name belongs; ``E01.reg``, ``E01.org`` and ``E01.former`` stand for its
registration number, its organisation code and its former name. Everything else is sent as it is written.
"""

from __future__ import annotations

import csv
import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

FOLDER = Path(__file__).parent / "small_city"
SHANGHAI = timezone(timedelta(hours=8))
ALIAS = re.compile(r"E\d\d(?:\.(?:reg|org|former))?")
NAME_HEADERS = {"企业名称", "行政相对人名称"}
CODE_HEADERS = {"统一社会信用代码", "注册号", "组织机构代码", "行政相对人代码", "曾用名"}
FORMS = {"reg": "registration_no", "org": "organisation_code", "former": "former_name"}


@dataclass(frozen=True)
class Sent:
    """One line of ``submissions.csv``."""

    no: str
    department: str
    period: str
    received_at: datetime  # UTC, without zone
    feed: str
    name: str
    file: str


def read(path: Path) -> list[dict[str, str]]:
    """Returns the rows of a csv file."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def cast() -> dict[str, dict[str, str]]:
    """Returns the enterprises by alias."""
    return {row["alias"]: row for row in read(FOLDER / "cast.csv")}


def local(text: str) -> datetime:
    """Returns a time of Asia/Shanghai as UTC without zone."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC).replace(tzinfo=None)


def submissions() -> list[Sent]:
    """Returns the files that are sent, in the order of the table."""
    return [
        Sent(r["no"], r["department"], r["period"], local(r["received_at"]), r["feed"], r["name"], r["file"])
        for r in read(FOLDER / "submissions.csv")
    ]


def build(home: Path) -> Path:
    """Returns ``home`` with the inbox and the records of the gateway in it."""
    known = cast()
    for sent in submissions():
        path = home / "inbox" / sent.department / sent.period / sent.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with (FOLDER / "files" / sent.file).open(encoding="utf-8", newline="") as lines:
            headers, *rows = list(csv.reader(lines))
        with path.open("w", encoding="utf-8", newline="") as out:
            table = csv.writer(out, lineterminator="\n")
            table.writerow(headers)
            table.writerows([_spelled(known, h, cell) for h, cell in zip(headers, row, strict=True)] for row in rows)
        when = sent.received_at.replace(tzinfo=UTC).timestamp()
        os.utime(path, (when, when))
    folder = home / "gateway"
    folder.mkdir(parents=True)
    records = [
        {h: _spelled(known, h, cell) or None for h, cell in row.items() if h != "note"}
        for row in read(FOLDER / "inspections.csv")
    ]
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    (folder / "datashare.jsonl").write_text(lines, encoding="utf-8")
    (folder / "dazonghe.jsonl").write_text("", encoding="utf-8")
    return home


def _spelled(known: dict[str, dict[str, str]], header: str, cell: str) -> str:
    """Returns the cell as it is sent."""
    if not ALIAS.fullmatch(cell):
        return cell
    alias, _, form = cell.partition(".")
    if form:
        return known[alias][FORMS[form]]
    if header in NAME_HEADERS:
        return known[alias]["name"]
    assert header in CODE_HEADERS, f"{cell} under {header}"
    return known[alias]["uscc"]
