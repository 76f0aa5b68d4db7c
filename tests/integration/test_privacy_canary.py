"""Synthetic ID numbers in every field of every feed and both gateways: intake and gate keep them in the raw zone.

What a whole close makes of them is in ``test_privacy_close.py``.
"""

from __future__ import annotations

import io
import logging
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import gateways, landing, warehouse
from ingest.gateway_client import Client, GatewayError
from ingest.gateway_config import Gateway
from ingest.settings import Settings
from ingest.synthetic.gateway_data import write_gateways_yaml
from ingest.synthetic.simulator import serve
from quality import gate
from quality.precheck import check_file
from quality.receipt import write_receipts
from tests.conftest import settings_for
from tests.integration.canary_home import PERIOD, Canaries, records, send


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, Canaries, str]]:
    """A home in which canaries were received, judged and answered; what was logged meanwhile."""
    home, canaries = tmp_path_factory.mktemp("canary home"), Canaries()
    log, handler = io.StringIO(), logging.StreamHandler()
    handler.setStream(log)
    logging.getLogger().addHandler(handler)
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    delivered = {"dazonghe": records(canaries, nested=True), "datashare": records(canaries, nested=False)}
    try:
        with serve(delivered) as simulator, pytest.MonkeyPatch.context() as environment:
            for name, value in simulator.keys.items():
                environment.setenv(name, value)
            settings = settings_for(home, gateways=write_gateways_yaml(home, simulator.base_url))
            send(settings, canaries)
            with warehouse.connect(settings) as con:
                assert [pull.error for pull in gateways.pull_all(con, settings, None)] == [None, None]
                landing.land_inbox(con, settings)
                summary = gate.gate_pending(con, settings)
                assert summary.errors == []
                write_receipts(con, settings, summary.submission_ids)
                assert summary.rows_received > 1000
                assert summary.rows_accepted > 500
        yield settings, canaries, log.getvalue()
    finally:
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(level)


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


def test_pre_check_holds_none(sent: tuple[Settings, Canaries, str]) -> None:
    settings, canaries, _ = sent
    file = next((settings.inbox / "ecology_environment" / PERIOD).glob("监督检查任务*"))
    result = check_file(settings, file, None, "ecology_environment", PERIOD)
    assert result.rows_received > 0
    assert canaries.found_in(str(result)) == []


def test_message_of_a_gateway_that_repeats_numbers_and_keys_holds_none(monkeypatch: pytest.MonkeyPatch) -> None:
    canaries = Canaries()
    monkeypatch.setenv("AN_ACCESS_KEY", "the-access-key")
    monkeypatch.setenv("A_SECRET_KEY", "the-secret-key")
    gateway = Gateway(
        name="talkative", feed="inspection_results", protocol="bg-hmac", base_url="http://127.0.0.1:9", path="/x",
        access_key_env="AN_ACCESS_KEY", secret_key_env="A_SECRET_KEY", record_id="id",
    )  # fmt: skip
    client = Client(gateway)
    answer = f"no such subject {canaries.new()}, key the-access-key, secret the-secret-key"
    reply = type("Reply", (), {"status_code": 403, "text": answer})()
    monkeypatch.setattr(client.session, "request", lambda *_, **__: reply)
    with pytest.raises(GatewayError) as told:
        list(client.pages(None))
    assert "no such subject" in str(told.value)
    assert canaries.found_in(str(told.value)) == []
    assert "the-" not in str(told.value)
