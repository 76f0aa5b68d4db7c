"""Synthetic ID numbers in every field of every feed, in file, sheet and header names: none may leave the raw zone."""

from __future__ import annotations

import io
import logging
import os
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from ingest import landing, ledger, warehouse
from ingest.contract_model import Contract
from ingest.settings import Settings
from quality import gate
from quality.precheck import check_file
from quality.receipt import write_receipts
from tests.conftest import settings_for
from tests.data.building import cells_xml, package, raw_xlsx, text, xlsx
from tests.unit.judging import CONTRACTS, GOOD, REGISTRY, SENDER

PERIOD = "2025-06"
CHECK = "10X98765432"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
FIRST = datetime(2025, 7, 1, 8, tzinfo=UTC)


def id_number(i: int) -> str:
    """Returns the i-th canary: an ID number that holds its check digit."""
    body = f"330502{date(1960, 1, 1) + timedelta(days=i):%Y%m%d}{i % 900 + 100:03d}"
    return body + CHECK[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


class Canaries:
    """Hands out canaries, each once."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def new(self) -> str:
        self.sent.append(id_number(len(self.sent)))
        return self.sent[-1]

    def found_in(self, content: str) -> list[str]:
        """Returns the canaries whose birth date and sequence stand somewhere, in any width."""
        plain = unicodedata.normalize("NFKC", content)
        return [c for c in self.sent if c[6:17] in plain]


def planted(contract: Contract, canaries: Canaries) -> list[list[str]]:
    """Returns rows that hold a canary in one column each, alone and within a text, and the header."""
    good = GOOD[contract.feed]
    columns = [c for c in contract.columns if c.header_required or c.name in good or c.kind == "id_number"]
    rows = [[c.title for c in columns] + [f"经办人{canaries.new()}"]]
    for place, column in enumerate(columns):
        for form in ("{}", "张三{}", "{} 李四", "身份证号：{}号"):
            base = [good.get(c.name) or "" for c in columns]
            number = canaries.new()
            shown = number if form != "{} 李四" else "".join(chr(ord(c) + 0xFEE0) for c in number)
            base[place] = form.format(shown)
            rows.append([*base, "备注" + canaries.new() if column.kind != "uscc" else ""])
    return rows


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, Canaries, str]]:
    """A home in which canaries were received, judged and answered; what was logged meanwhile."""
    home = tmp_path_factory.mktemp("canary home")
    settings, canaries = settings_for(home), Canaries()
    log, handler = io.StringIO(), logging.StreamHandler()
    handler.setStream(log)
    logging.getLogger().addHandler(handler)
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        send(settings, canaries)
        with warehouse.connect(settings) as con:
            landing.land_inbox(con, settings)
            summary = gate.gate_pending(con, settings)
            assert summary.errors == []
            write_receipts(con, settings, summary.submission_ids)
            assert summary.rows_received > 200
        yield settings, canaries, log.getvalue()
    finally:
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(level)


def send(settings: Settings, canaries: Canaries) -> None:
    files: list[tuple[str, str, bytes]] = []
    columns = ("enterprise_name", "uscc", "registration_no", "organisation_code", "registration_status")
    titles = [CONTRACTS["enterprise_registry"].column(c).title for c in columns]
    files.append(("market_regulation", "企业登记信息.csv",
                  text([titles, *([r.get(c) or "" for c in columns] for r in REGISTRY)])))  # fmt: skip
    for feed, contract in CONTRACTS.items():
        rows = planted(contract, canaries)
        sender = SENDER.get(feed, "ecology_environment")
        name = f"{contract.file_titles[0]}_{canaries.new()}"
        if feed in ("positive_list", "enterprise_registry"):
            files.append((sender, f"{name}.csv", text(rows)))
        elif feed == "credit_repair":
            files.append((sender, f"{name}.zip", package({f"{canaries.new()}/表{canaries.new()}.csv": text(rows)})))
        else:
            files.append(
                (sender, f"{name}.xlsx", xlsx({f"表{canaries.new()}": rows, f"空{canaries.new()}": [["甲"], ["乙"]]}))
            )
    files.append(
        ("ecology_environment", f"通讯录{canaries.new()}.csv", text([("姓名", canaries.new()), ("张三", "1")]))
    )
    files.append(
        ("ecology_environment", f"行业评价结果{canaries.new()}.csv", text([("企业名称", canaries.new()), ("甲", "1")]))
    )
    files.append(("ecology_environment", "行业评价结果坏.xlsx", raw_xlsx(cells_xml([(canaries.new(),)]))[:400]))
    files.append((f"某局{canaries.new()}", "正面清单.csv", text(planted(CONTRACTS["positive_list"], canaries))))
    for place, (sender, name, data) in enumerate(files):
        path = settings.inbox / sender / PERIOD / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        when = (FIRST + timedelta(minutes=place)).timestamp()
        os.utime(path, (when, when))


def contents(path: Path) -> str:
    """Returns all that a receipt's file says, members of a workbook and names included."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            texts = [re.sub(r"<[^>]*>", " ", book.read(n).decode("utf-8", "replace")) for n in book.namelist()]
        return " ".join(texts)
    return path.read_text(encoding="utf-8")


def test_no_table_of_the_warehouse_holds_one(sent: tuple[Settings, Canaries, str]) -> None:
    settings, canaries, _ = sent
    leaks = []
    with warehouse.connect(settings) as con:
        for schema, table in con.execute(
            "select schema_name, table_name from duckdb_tables() where not temporary order by all"
        ).fetchall():
            for row in con.execute(f'select cast(t as varchar) from "{schema}"."{table}" as t').fetchall():
                leaks += [f"{schema}.{table}: {row[0]}"] * bool(canaries.found_in(row[0]))
    assert not leaks, "\n".join(leaks)


def test_raw_batches_hold_them_as_sent_only(sent: tuple[Settings, Canaries, str]) -> None:
    settings, canaries, _ = sent
    leaks = []
    with warehouse.connect(settings) as con:
        for file in sorted(settings.raw_batches.glob("*/*.parquet")):
            result = con.execute("select * from read_parquet($1)", [str(file)])
            names = [d[0] for d in result.description]
            for row in result.fetchall():
                for name, value in zip(names, row, strict=True):
                    if value is not None and not name.endswith("__text") and name != "_extra":
                        leaks += [f"{file.parent.name}.{name}: {value}"] * bool(canaries.found_in(str(value)))
    assert not leaks, "\n".join(leaks)


def test_receipts_and_their_names_hold_none(sent: tuple[Settings, Canaries, str]) -> None:
    settings, canaries, _ = sent
    files = sorted(p for p in settings.outbox.rglob("*") if p.is_file())
    assert len(files) > 20
    leaks = [f"{p}: {c}" for p in files for c in canaries.found_in(contents(p) + str(p))]
    assert not leaks, "\n".join(leaks)


def test_logs_hold_none(sent: tuple[Settings, Canaries, str]) -> None:
    _, canaries, log = sent
    leaks = [line for line in log.splitlines() if canaries.found_in(line)]
    assert not leaks, "\n".join(leaks)


def test_pre_check_and_gateway_records_hold_none(sent: tuple[Settings, Canaries, str]) -> None:
    settings, canaries, _ = sent
    file = next((settings.inbox / "ecology_environment" / PERIOD).glob("监督检查任务*"))
    result = check_file(settings, file, None, "ecology_environment", PERIOD)
    assert result.rows_received > 0
    assert canaries.found_in(str(result)) == []
    assert ledger.pending is landing.pending
