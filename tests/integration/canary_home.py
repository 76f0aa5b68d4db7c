"""Returns a home in which synthetic ID numbers stand in every field of every feed, in file, sheet and header names.

Rows are made so that most are accepted: only what is accepted can come as far as marts, lists and documents.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ingest.contract_model import Column, Contract
from ingest.settings import Settings
from ingest.synthetic.gateway_data import FIELDS
from tests.data.building import Rows, cells_xml, package, raw_xlsx, text, xlsx
from tests.unit.judging import CONTRACTS, GOOD, REGISTRY, SENDER

PERIOD = "2025-06"
FIRST = datetime(2025, 7, 1, 8, tzinfo=UTC)
CHECK = "10X98765432"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
FORMS = ("{}", "张三{}", "{wide} 李四", "身份证号：{}号", "{lower}", "{spaced}", "{old}", "王五{old}，男", "{power}")
"""How a number is written into a cell: alone, in a text, full-width, small x, blanks, 15 digits, as Excel does."""

SEEN = 11  # digits in a row that give a canary away: birth date and sequence
RUNS = re.compile(rb"[0-9]{%d,}" % SEEN)


def id_number(i: int) -> str:
    """Returns the i-th canary: an ID number that holds its check digit."""
    body = f"330502{date(1960, 1, 1) + timedelta(days=i):%Y%m%d}{i % 900 + 100:03d}"
    return body + CHECK[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def is_registration_number(digits: str) -> bool:
    """Whether the last of 15 digits is the check digit of an old registration number (domain.md 3.2)."""
    p = 10
    for digit in digits[:14]:
        p = ((p + int(digit)) % 10 or 10) * 2 % 11
    return (11 - p) % 10 == int(digits[14])


class Canaries:
    """Hands out canaries, each once, and finds them again in whatever form."""

    def __init__(self) -> None:
        self.sent: dict[bytes, str] = {}
        self.count = 0

    def new(self) -> str:
        """Returns the next canary; one whose 15 digits hold a registration number's check digit is told from none."""
        number, old = "", ""
        while not number or is_registration_number(old):
            number = id_number(self.count)
            old = number[:6] + number[8:17]
            self.count += 1
        # Birth date and sequence of 18 digits, the same of 15, and what a spreadsheet leaves of 18.
        for told in (number[6:17], old[3:15], number[1:14]):
            for start in range(len(told) - SEEN + 1):
                self.sent[told[start : start + SEEN].encode()] = number
        return number

    def written(self, form: str) -> str:
        """Returns a new canary in one of ``FORMS``."""
        number = self.new()
        return form.format(
            number,
            wide="".join(chr(ord(c) + 0xFEE0) for c in number),
            lower=number.lower(),
            spaced=f"{number[:6]} {number[6:14]}\u3000{number[14:]}",
            old=number[:6] + number[8:17],
            power=f"{number[0]}.{number[1:15]}E+17",
        )

    def found_in(self, content: str) -> list[str]:
        """Returns the canaries that stand in a text, in any width, blanks or a point between the digits."""
        folded = unicodedata.normalize("NFKC", content)
        if folded.isascii() and not re.search(r"\d[\d\s.]{9}", folded):
            return []
        return self.found_in_bytes(re.sub(r"(?<=\d)[\s.]+(?=\d)", "", folded).encode())

    def found_in_bytes(self, content: bytes) -> list[str]:
        """Returns the canaries whose digits stand in a file as it is."""
        runs = RUNS.findall(content)
        parts = {run[i : i + SEEN] for run in runs for i in range(len(run) - SEEN + 1)}
        return sorted({self.sent[part] for part in parts & self.sent.keys()})


def firm(i: int) -> str:
    return f"91330502MATEX{i:05d}"  # well-formed, its check character wrong: a remark


def distinct(contract: Contract, base: dict[str, str | None], i: int) -> dict[str, str | None]:
    """Returns the row about another enterprise or task, so that no two rows share a key."""
    changed = dict(base)
    for column in contract.columns:
        if column.kind == "uscc" and column.name in contract.key:
            changed[column.name] = firm(i)
        if column.kind == "name" and column.name in base:
            changed[column.name] = f"湖州第{i}家制造有限公司"
        if column.kind == "task_no" and contract.feed == "inspection_tasks":
            changed[column.name] = f"湖环抽查〔2025〕{i}号"
    return changed


def columns_of(contract: Contract) -> list[Column]:
    """Returns the columns that a test file has."""
    good = GOOD[contract.feed]
    return [c for c in contract.columns if c.header_required or c.name in good or c.kind in ("id_number", "text")]


def planted(contract: Contract, canaries: Canaries) -> list[list[str]]:
    """Returns the header and rows that hold a canary in one column each, in every form, and as many good ones."""
    columns = columns_of(contract)
    rows = [[c.title for c in columns] + [f"经办人{canaries.new()}"]]
    number = 0
    for place, column in enumerate(columns):
        for form in FORMS:
            number += 1
            cells = _cells(contract, columns, number)
            cells[place] = canaries.written(form)
            rows.append([*cells, "备注" + canaries.new() if column.kind != "uscc" else ""])
    rows += [[*_cells(contract, columns, number + i), ""] for i in range(1, number)]
    return rows


def _cells(contract: Contract, columns: Iterable[Column], i: int) -> list[str]:
    row = distinct(contract, GOOD[contract.feed], i)
    return [row.get(c.name) or "" for c in columns]


def records(canaries: Canaries, *, nested: bool) -> list[dict[str, Any]]:
    """Returns records of a gateway with a canary in one field each, in the shape of its protocol."""
    contract = CONTRACTS["inspection_results"]
    listed = []
    for place, name in enumerate((*FIELDS, "record_unique_identity", "unknown")):
        row = distinct(contract, GOOD[contract.feed], 500 + place)
        technical = {
            "record_unique_identity": f"R{nested}{place}",
            "cd_operation": "i",
            "cd_time": f"2025-06-21 09:{place:02d}:00",
        }
        if name in technical:
            technical[name] = f"{canaries.new()}-{place}"
        elif name == "unknown":
            technical[f"经办{canaries.new()}"] = canaries.new()
        else:
            row[name] = canaries.written(FORMS[place % len(FORMS)])
        record: dict[str, Any] = dict(technical)
        for column, path in FIELDS.items():
            value = row.get(column)
            if not nested:
                record[contract.column(column).title] = value
            elif "." in path:
                head, leaf = path.split(".")
                record.setdefault(head, {})[leaf] = value
            else:
                record[path] = value
        listed.append(record)
    return listed


def send(settings: Settings, canaries: Canaries) -> None:
    """Puts the files into the inbox, a minute apart."""
    columns = ("enterprise_name", "uscc", "registration_no", "organisation_code", "registration_status")
    titles = [CONTRACTS["enterprise_registry"].column(c).title for c in columns]
    known = [[r.get(c) or "" for c in columns] for r in REGISTRY]
    files: list[tuple[str, str, bytes]] = [("market_regulation", "企业登记信息.csv", text([titles, *known]))]
    for feed, contract in CONTRACTS.items():
        rows: Rows = planted(contract, canaries)
        sender = SENDER.get(feed, "ecology_environment")
        name = f"{contract.file_titles[0]}_{canaries.new()}"
        if feed in ("positive_list", "enterprise_registry"):
            files.append((sender, f"{name}.csv", text(rows)))
        elif feed == "credit_repair":
            files.append((sender, f"{name}.zip", package({f"{canaries.new()}/表{canaries.new()}.csv": text(rows)})))
        else:
            sheets = {f"表{canaries.new()}": rows, f"空{canaries.new()}": [["甲"], ["乙"]]}
            files.append((sender, f"{name}.xlsx", xlsx(sheets)))
    bureau = "ecology_environment"
    files += [
        (bureau, f"通讯录{canaries.new()}.csv", text([("姓名", canaries.new()), ("张三", "1")])),
        (bureau, f"行业评价结果{canaries.new()}.csv", text([("企业名称", canaries.new()), ("甲", "1")])),
        (bureau, "行业评价结果坏.xlsx", raw_xlsx(cells_xml([(canaries.new(),)]))[:400]),
        (f"某局{canaries.new()}", "正面清单.csv", text(planted(CONTRACTS["positive_list"], canaries))),
    ]
    for place, (sender, name, data) in enumerate(files):
        path = settings.inbox / sender / PERIOD / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        when = (FIRST + timedelta(minutes=place)).timestamp()
        os.utime(path, (when, when))
