"""Gateways that answer nonsense, many at once, by a date, or with another feed than inspections."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest import warehouse
from ingest.gateway_client import Client, GatewayError
from ingest.gateway_config import Gateway, load_gateways
from ingest.gateways import pull_all
from ingest.settings import Settings
from ingest.synthetic.gateway_data import write_gateways_yaml
from ingest.synthetic.simulator import serve
from quality import gate
from tests.conftest import settings_for
from tests.unit.judging import REGISTRY

KEYS = {"AN_ACCESS_KEY": "access", "A_SECRET_KEY": "secret"}
BASE = {
    "feed": "inspection_results",
    "base_url": "http://127.0.0.1:9",
    "path": "/x",
    "access_key_env": "AN_ACCESS_KEY",
    "secret_key_env": "A_SECRET_KEY",
    "record_id": "id",
    "attempts": 2,
    "longest_wait_seconds": 0.0,
    "records": "data.records",
    "total": "data.total",
}


class Reply:
    """What ``requests`` would hand back."""

    def __init__(self, content: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.content, self.status_code, self.headers = content, status, headers or {}
        self.text = content.decode("utf-8", "replace")


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Reply]], None]:
    """Returns a function that makes every request get what it is told."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)

    def answer(reply: Callable[[], Reply]) -> None:
        monkeypatch.setattr("requests.Session.request", lambda *_, **__: reply())

    return answer


def listed(tmp_path: Path, **changes: Any) -> Settings:
    path = tmp_path / "gateways.yaml"
    path.write_text(yaml.safe_dump([{"name": "odd", **BASE, **changes}]), encoding="utf-8")
    return settings_for(tmp_path / "home", gateways=path)


NONSENSE = [
    b"",
    b"null",
    b"[]",
    b'"a text"',
    b"<html>504</html>",
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b'{"data": 5}',
    b'{"data": {"records": 5}}',
    b'{"data": {"records": [1]}}',
    b'{"data": {"total": 3}}',
    b'{"code": "00"}',
    b'{"code": "00", "datas": "{}"}',
    b'{"code": "00", "datas": {"requestSecret": "a", "refreshSecret": "b", "requestSecretEndTime": "soon"}}',
    b'{"code": 99, "msg": null}',
    b'{"code": "00", "data": {"records": [{"id": "' + b"9" * 9_000_000 + b'"}]}}',
]


@pytest.mark.parametrize("protocol", ["bg-hmac", "datasharing"])
def test_gateways_nonsense_is_a_message_and_never_ends_the_run(
    tmp_path: Path, answering: Callable[..., None], protocol: str
) -> None:
    settings = listed(tmp_path, protocol=protocol)
    with warehouse.connect(settings) as con:
        for content in NONSENSE:
            answering(lambda content=content: Reply(content))
            (result,) = pull_all(con, settings, None)
            assert result.error, content[:60]
            assert "nothing was taken over" in result.error or "gateways file" in result.error, content[:60]
        assert con.execute("select count(*) from quality.submissions").fetchall() == [(0,)]
        assert con.execute("select count(*) from quality.gateway_watermarks").fetchall() == [(0,)]


def test_gateways_total_in_words_is_no_total(tmp_path: Path, answering: Callable[..., None]) -> None:
    settings = listed(tmp_path, protocol="bg-hmac")
    answering(lambda: Reply(b'{"data": {"records": [], "total": "many"}}'))
    with warehouse.connect(settings) as con:
        assert [(r.records, r.error) for r in pull_all(con, settings, None)] == [(0, None)]


@pytest.mark.parametrize(
    ("header", "waited"),
    [
        ("7", 7.0),
        (formatdate(1_750_000_009, usegmt=True), 9.0),
        (formatdate(1_749_999_000, usegmt=True), 0.0),
        ("soon", 0.5),
    ],
)
def test_gateways_wait_as_retry_after_says(answering: Callable[..., None], header: str, waited: float) -> None:
    waits: list[float] = []
    replies = iter([Reply(b"", 429, {"Retry-After": header}), Reply(b'{"data": {"records": [], "total": 0}}')])
    answering(lambda: next(replies))
    gateway = Gateway(name="odd", protocol="bg-hmac", **(BASE | {"longest_wait_seconds": 60.0}))
    assert list(Client(gateway, sleep=waits.append, clock=lambda: 1_750_000_000.0).pages(None)) == []
    assert waits == [waited]


@pytest.fixture
def simulated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    """A simulator whose gateways deliver the registry, and the gateways file for it."""
    records = [
        {"record_unique_identity": str(n), "cd_operation": "i", "cd_time": f"2025-06-15 09:0{n}:00"}
        | {k: v for k, v in row.items() if v}
        for n, row in enumerate(REGISTRY)
    ]
    with serve({"dazonghe": records, "datashare": records}) as simulator:
        for name, value in simulator.keys.items():
            monkeypatch.setenv(name, value)
        yield simulator, yaml.safe_load(write_gateways_yaml(tmp_path, simulator.base_url).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["dazonghe", "datashare"])
def test_gateways_bring_any_feed(tmp_path: Path, simulated: tuple[Any, list[dict[str, Any]]], name: str) -> None:
    one = next(g for g in simulated[1] if g["name"] == name)
    one |= {"feed": "enterprise_registry", "fields": {}, "department": "market_regulation"}
    path = tmp_path / "one.yaml"
    path.write_text(yaml.safe_dump([one]), encoding="utf-8")
    settings = settings_for(tmp_path / "home", gateways=path)
    with warehouse.connect(settings) as con:
        (pulled,) = pull_all(con, settings, None)
        assert (pulled.error, pulled.records) == (None, len(REGISTRY))
        summary = gate.gate_pending(con, settings)
        assert summary.errors == []
        found = con.execute("select feed, department_code, period, channel from quality.submissions").fetchall()
        assert found == [("enterprise_registry", "market_regulation", "2025-06", "gateway")]
        assert summary.rows_accepted == len(REGISTRY)


def test_gateways_too_slow_to_answer_are_asked_again(
    tmp_path: Path, simulated: tuple[Any, list[dict[str, Any]]], caplog: pytest.LogCaptureFixture
) -> None:
    simulator, listed = simulated
    simulator.gateways["dazonghe"].faults.slow = {1: 1.0, 2: 1.0}
    one = next(g for g in listed if g["name"] == "dazonghe") | {"timeout_seconds": 0.2, "backoff_seconds": 0.0}
    caplog.set_level("INFO")
    pages = list(Client(Gateway(**one)).pages(None))
    assert [len(page) for page in pages] == [len(REGISTRY)]
    assert caplog.text.count("ReadTimeout") == 2
    simulator.gateways["dazonghe"].faults.slow = dict.fromkeys(range(100), 1.0)
    with pytest.raises(GatewayError, match="ReadTimeout, 1 times"):
        list(Client(Gateway(**one | {"attempts": 1})).pages(None))


def test_gateways_token_has_one_holder_however_many_ask(
    tmp_path: Path, simulated: tuple[Any, list[dict[str, Any]]]
) -> None:
    simulator, _ = simulated
    one = next(
        g for g in load_gateways(settings_for(tmp_path, gateways=tmp_path / "gateways.yaml")) if g.name == "datashare"
    )
    client, pages, start = Client(one), [], threading.Barrier(8)

    def ask() -> None:
        start.wait()
        pages.append(sum(len(page) for page in client.pages(None)))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pages == [len(REGISTRY)] * 8
    assert simulator.desk.issued == 1
    assert simulator.gateways["datashare"].statuses == {"200": 8}
