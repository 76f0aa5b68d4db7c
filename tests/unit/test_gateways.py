"""Pulling both gateways over real HTTP on loopback: everything once, whatever goes wrong on the way."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from ingest import warehouse
from ingest.errors import FeedError
from ingest.gateway_client import Client, bg_hmac_signature, canonical_query, datasharing_sign, dig
from ingest.gateway_config import load_gateways
from ingest.gateways import PullResult, pull_all
from ingest.synthetic.city import write_gateways_yaml
from ingest.synthetic.simulator import Faults, Record, Simulator, serve
from tests.conftest import settings_for

AUTHORITY = "湖州市市场监督管理局"


def record(number: int, minute: int = 0, operation: str = "i", checked: str = "2025-06-12", **more: Any) -> Record:
    """Returns a record of the national check action, business date in June unless told otherwise."""
    return {
        "record_unique_identity": f"R{number:04d}",
        "cd_operation": operation,
        "cd_time": f"2025-06-15 09:{minute:02d}:00",
        "check_date": checked,
        "监督检查日期": checked,
        "implement_institution": AUTHORITY,
        "监督检查机关名称": AUTHORITY,
    } | more


RECORDS = [record(n, n // 10) for n in range(47)]


@contextmanager
def pulling(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    delivered: list[Record],
    faults: Faults | None = None,
    **changes: Any,
) -> Iterator[tuple[Simulator, Any]]:
    """Yields the simulator and a function that pulls one gateway of it into one warehouse."""
    name = changes.pop("gateway", "dazonghe")
    with serve(
        {name: delivered}, {name: faults or Faults()}, secret_life=changes.pop("secret_life", 900.0)
    ) as simulator:
        for variable, value in simulator.keys.items():
            monkeypatch.setenv(variable, value)
        listed = yaml.safe_load(write_gateways_yaml(tmp_path, simulator.base_url).read_text(encoding="utf-8"))
        one = next(g for g in listed if g["name"] == name) | {"longest_wait_seconds": 0.01, "timeout_seconds": 5}
        one["paging"]["page_size"] = changes.pop("page_size", 10)
        path = tmp_path / "one.yaml"
        path.write_text(yaml.safe_dump([one | changes], allow_unicode=True), encoding="utf-8")
        settings = settings_for(tmp_path / "home", gateways=path)

        def pull(until: str | None = None) -> tuple[PullResult, list[str]]:
            """Returns the result, and the record ids in the archive after it."""
            with warehouse.connect(settings) as con:
                (result,) = pull_all(con, settings, datetime.fromisoformat(until) if until else None)
                return result, archived(con, settings.archive)

        yield simulator, pull


def archived(con: duckdb.DuckDBPyConnection, archive: Path) -> list[str]:
    """Returns ``record id operation`` of every archived record of a submission, in order."""
    rows = con.execute(
        "select m.sha256 from quality.submissions inner join quality.arrival_members as m using (arrival_id)"
    ).fetchall()
    lines = [line for (sha,) in rows for line in (archive / sha[:2] / sha).read_text(encoding="utf-8").splitlines()]
    return sorted(f"{json.loads(line)['record_id']} {json.loads(line)['operation']}" for line in lines)


EVERYTHING = sorted(f"{r['record_unique_identity']} {r['cd_operation']}" for r in RECORDS)


def test_signatures_equal_the_published_vectors() -> None:
    """domain.md 9.1 and 9.2."""
    assert (
        bg_hmac_signature(
            "SKTEST", "post", "/restapi/prod/IC33000020990101000001/x.htm", canonical_query({"b": "2", "a": "1"}),
            "AKTEST", "Tue, 09 Nov 2021 08:49:20 GMT",
        )
        == "RGsJB9r/pbvSK1vGmnZ9LDzzQr332OYKGugWFAHhPVY="
    )  # fmt: skip
    assert datasharing_sign("AKTEST", "SKTEST", "1636447760000") == "c21fa90ded712ce9bbe48d55bb6160aa"


@pytest.mark.parametrize(
    ("body", "path", "found"),
    [
        ({"data": {"records": [1]}}, "data.records", [1]),
        ({"datas": '{"records": [1]}'}, "datas.records", [1]),
        ('{"datas": "[1]"}', "datas", [1]),
        ({"data": None}, "data.records", None),
        ({"data": {"n": "12"}}, "data.n", "12"),
        ({"a": "[not json"}, "a", "[not json"),
    ],
)
def test_dotted_paths_go_through_texts_that_hold_json(body: Any, path: str, found: Any) -> None:
    assert dig(body, path) == found


@pytest.mark.parametrize("gateway", ["dazonghe", "datashare"])
@pytest.mark.parametrize(
    "faults",
    [
        Faults(),
        Faults(too_many={1: 1.0, 3: 2.0}),
        Faults(broken={1, 2, 4}),
        Faults(garbled={2}),
        Faults(repeat={2}),
        Faults(repeat={3, 4}),
    ],
    ids=["none", "429", "500", "broken JSON", "one page repeated", "two pages repeated"],
)
def test_every_record_comes_once(tmp_path, monkeypatch, gateway: str, faults: Faults) -> None:
    with pulling(tmp_path, monkeypatch, RECORDS, faults, gateway=gateway) as (_, pull):
        result, found = pull()
        assert result.error is None
        assert found == EVERYTHING
        assert result.records == len(EVERYTHING)


@pytest.mark.parametrize("page_size", [1, 46, 47, 48, 500])
def test_page_size_does_not_matter(tmp_path, monkeypatch, page_size: int) -> None:
    with pulling(tmp_path, monkeypatch, RECORDS, page_size=page_size) as (_, pull):
        assert pull()[1] == EVERYTHING


def test_records_that_appear_while_pages_are_read_are_not_lost(tmp_path, monkeypatch) -> None:
    """Later pages shift: what moved over the edge comes with the next sweep."""
    late = [record(100 + n, 0) for n in range(3)]
    with pulling(tmp_path, monkeypatch, RECORDS, Faults(insert_after={2: late})) as (_, pull):
        _, found = pull()
        assert found == sorted(EVERYTHING + [f"{r['record_unique_identity']} i" for r in late])


@pytest.mark.parametrize("code", ["14", "11", "03"])
def test_token_that_is_refused_is_renewed(tmp_path, monkeypatch, code: str) -> None:
    with pulling(tmp_path, monkeypatch, RECORDS, Faults(refuse={2: code}), gateway="datashare") as (_, pull):
        assert pull()[1] == EVERYTHING


def test_secret_that_expires_during_a_pull_is_renewed(tmp_path, monkeypatch) -> None:
    with pulling(tmp_path, monkeypatch, RECORDS, Faults(slow={2: 0.6}), gateway="datashare", secret_life=5.5) as (
        simulator,
        pull,
    ):
        assert pull()[1] == EVERYTHING
        assert simulator.desk.issued > 1


def test_second_pull_takes_over_only_what_is_new(tmp_path, monkeypatch) -> None:
    """Records that share the greatest watermark are asked for again, and recognised."""
    with pulling(tmp_path, monkeypatch, RECORDS) as (simulator, pull):
        pull()
        again, found = pull()
        assert (again.records, again.submission_ids) == (0, ())
        assert found == EVERYTHING
        simulator.gateways["dazonghe"].records += [record(0, 4, "u"), record(1, 5, "d"), record(200, 4)]
        simulator.gateways["dazonghe"].sort()
        third, found = pull()
        assert third.records == 3
        assert found == sorted([*EVERYTHING, "R0000 u", "R0001 d", "R0200 i"])


def test_a_pull_as_of_a_time_leaves_later_records_for_the_next_one(tmp_path, monkeypatch) -> None:
    """Receipt clock mtime: 09:02 in Shanghai is 01:02 UTC."""
    with pulling(tmp_path, monkeypatch, RECORDS) as (_, pull):
        first, found = pull("2025-06-15T01:02:00")
        assert first.records == 30
        assert found == EVERYTHING[:30]
        _, found = pull("2025-06-16T00:00:00")
        assert found == EVERYTHING


def test_a_submission_is_one_period_and_department(tmp_path, monkeypatch) -> None:
    records = [
        record(1), record(2, checked="2025-05-30"),
        record(3, implement_institution="某县无此机关", 监督检查机关名称="某县无此机关"),
        record(4, checked="2026-06-12"), record(5, checked="不详"),
    ]  # fmt: skip
    with pulling(tmp_path, monkeypatch, records) as (_, pull):
        assert len(pull()[0].submission_ids) == 3
        with warehouse.connect(settings_for(tmp_path / "home")) as con:
            found = con.execute(
                "select period, department_code, received_at from quality.submissions order by period, 2 nulls last"
            ).fetchall()
    received = datetime(2025, 6, 15, 1, 0)
    assert found == [
        ("2025-05", "market_regulation", received),
        ("2025-06", "market_regulation", received),
        ("2025-06", None, received),
    ]


@pytest.mark.parametrize(
    ("changes", "faults", "expected"),
    [
        ({"secret_key_env": "DAZONGHE_ACCESS_KEY"}, Faults(), "Invalid signature"),
        ({"access_key_env": "NO_SUCH_KEY"}, Faults(), "environment variable NO_SUCH_KEY"),
        ({"base_url": "http://127.0.0.1:9"}, Faults(), "5 times"),
        ({}, Faults(broken=set(range(50))), "HTTP 500, 5 times"),
        ({}, Faults(garbled=set(range(50))), "no JSON, 5 times"),
        ({}, Faults(total_off_by=5), "expected 52 records, got 47"),
        ({"records": "data.nothing.there", "total": None}, Faults(), "data.nothing.there"),
        ({"fields": {"没有的列": "x"}}, Faults(), "没有的列"),
        ({"feed": "nothing"}, Faults(), "no contract"),
    ],
    ids=["signature", "key not set", "down", "500", "broken", "total", "no records", "mapping", "feed"],
)
def test_a_pull_that_fails_says_why_and_takes_over_nothing(
    tmp_path, monkeypatch, changes: dict[str, Any], faults: Faults, expected: str
) -> None:
    with pulling(tmp_path, monkeypatch, RECORDS, faults, **changes) as (_, pull):
        result, found = pull()
    assert found == []
    assert result.records == 0
    assert expected in str(result.error)


def test_waiting_follows_retry_after_and_else_doubles(tmp_path, monkeypatch) -> None:
    waits: list[float] = []
    with pulling(
        tmp_path, monkeypatch, RECORDS, Faults(too_many={1: 7}, broken={2, 3}), backoff_seconds=0.5,
        longest_wait_seconds=60,
    ) as (_, _pull):  # fmt: skip
        (gateway,) = load_gateways(settings_for(tmp_path / "home", gateways=tmp_path / "one.yaml"))
        pages = list(Client(gateway, sleep=waits.append).pages(None))
    assert sum(len(page) for page in pages) == len(RECORDS)
    assert waits == [7.0, 1.0, 2.0]


def test_clock_that_is_wrong_is_told(tmp_path, monkeypatch) -> None:
    with pulling(tmp_path, monkeypatch, RECORDS) as (simulator, pull):
        simulator.clock_shift = 91
        assert "Clock skew exceeded" in str(pull()[0].error)
        simulator.clock_shift = 60
        assert pull()[1] == EVERYTHING


def test_what_failed_once_resumes_from_the_same_watermark(tmp_path, monkeypatch) -> None:
    with pulling(tmp_path, monkeypatch, RECORDS, Faults(broken=set(range(2, 12)))) as (simulator, pull):
        assert "HTTP 500" in str(pull()[0].error)
        simulator.gateways["dazonghe"].faults.broken.clear()
        assert pull()[1] == EVERYTHING


def test_secrets_are_in_no_log_and_no_message(tmp_path, monkeypatch, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    with pulling(tmp_path, monkeypatch, RECORDS, Faults(broken=set(range(50))), gateway="datashare") as (sim, pull):
        text = str(pull()[0].error) + caplog.text
        for variable, value in sim.keys.items():
            if "SECRET" in variable:
                assert value not in text
        assert "sign=" not in str(pull()[0].error)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- name: a\n  feed: x\n", "protocol"),
        ("not: a list\n", "list"),
        ("- {name: a, surprise: 1}\n", "surprise"),
        (": :\n- [", "YAML"),
    ],
)
def test_gateways_file_that_does_not_fit_is_refused(tmp_path, text: str, expected: str) -> None:
    path = tmp_path / "gateways.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FeedError, match=expected):
        load_gateways(settings_for(tmp_path, gateways=path))


def test_without_gateways_there_is_nothing_to_pull(settings) -> None:
    assert load_gateways(settings) == []
