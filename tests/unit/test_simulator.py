"""Tests of the gateway simulator over real HTTP: signatures, secrets, paging, failures."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from email.utils import formatdate
from typing import Any

import pytest
import requests

from ingest.synthetic.gateway_data import PATHS
from ingest.synthetic.protocols import hmac_signature, token_signature
from ingest.synthetic.simulator import Faults, Record, Simulator, serve

VECTOR_DATE = "Tue, 09 Nov 2021 08:49:20 GMT"


def record(number: int, day: int = 1, operation: str = "i") -> Record:
    """Returns a record."""
    return {
        "record_unique_identity": f"R{number:03d}",
        "cd_operation": operation,
        "cd_time": f"2025-06-{day:02d} 09:00:00",
    }


RECORDS = [record(n, 1 + n // 5) for n in range(23)]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with serve({"dazonghe": RECORDS, "datashare": RECORDS}) as running:
        yield running


def ask(
    sim: Simulator, body: dict[str, Any] | None = None, *, method: str = "POST", **changes: Any
) -> requests.Response:
    """Returns the answer to a request of protocol A, signed unless a header is changed."""
    date = changes.pop("date", None) or formatdate(time.time(), usegmt=True)
    key, secret = sim.keys["DAZONGHE_ACCESS_KEY"], sim.keys["DAZONGHE_SECRET_KEY"]
    query = {k: str(v) for k, v in (body or {}).items()} if method == "GET" else {}
    headers = {
        "X-BG-HMAC-ACCESS-KEY": changes.pop("key", key),
        "X-BG-HMAC-ALGORITHM": "hmac-sha256",
        "X-BG-DATE-TIME": date,
        "X-BG-HMAC-SIGNATURE": hmac_signature(
            changes.pop("secret", secret), method, PATHS["dazonghe"], query, key, date
        ),
    }
    url = sim.base_url + changes.pop("path", PATHS["dazonghe"])
    if method == "GET":
        return requests.get(url, params=query, headers=headers, timeout=5)
    return requests.post(url, headers=headers, timeout=changes.pop("timeout", 5), **({"json": body or {}} | changes))


class Holder:
    """A token holder of protocol B."""

    def __init__(self, sim: Simulator) -> None:
        self.sim, self.key = sim, sim.keys["DATASHARE_APP_KEY"]
        self.secrets: dict[str, Any] = {}

    def signed(self, secret: str) -> dict[str, str]:
        now = str(int(time.time() * 1000))
        return {"appKey": self.key, "sign": token_signature(self.key, secret, now), "requestTime": now}

    def renew(self, how: str = "Key", secret: str | None = None) -> str:
        given = secret or (self.sim.keys["DATASHARE_APP_SECRET"] if how == "Key" else self.secrets["refreshSecret"])
        url = f"{self.sim.base_url}/gateway/app/refreshTokenBy{how}.htm"
        reply = requests.get(url, params=self.signed(given), timeout=5).json()
        self.secrets = reply["datas"] or self.secrets
        return str(reply["code"])

    def ask(self, secret: str | None = None, **parameters: Any) -> dict[str, Any]:
        told = self.signed(secret or self.secrets["requestSecret"]) | parameters
        return dict(requests.get(self.sim.base_url + PATHS["datashare"], params=told, timeout=5).json())


def ids(records: list[Record]) -> list[str]:
    return [r["record_unique_identity"] for r in records]


def test_hmac_vector_of_the_handbook() -> None:
    signature = hmac_signature(
        "SKTEST", "POST", "/restapi/prod/IC33000020990101000001/x.htm", {"a": "1", "b": "2"}, "AKTEST", VECTOR_DATE
    )
    assert signature == "RGsJB9r/pbvSK1vGmnZ9LDzzQr332OYKGugWFAHhPVY="


def test_token_vector_of_the_handbook() -> None:
    assert token_signature("AKTEST", "SKTEST", "1636447760000") == "c21fa90ded712ce9bbe48d55bb6160aa"


def test_signed_request_gets_records(simulator: Simulator) -> None:
    reply = ask(simulator)
    assert reply.status_code == 200
    assert (len(reply.json()["data"]["records"]), reply.json()["data"]["total"]) == (23, 23)


def test_get_signs_its_query(simulator: Simulator) -> None:
    data = ask(simulator, {"pageNum": 1, "pageSize": 5, "updatedFrom": "2025-06-02 09:00:00"}, method="GET").json()[
        "data"
    ]
    assert ids(data["records"]) == ["R005", "R006", "R007", "R008", "R009"]
    assert data["total"] == 18


def test_form_body_is_read(simulator: Simulator) -> None:
    reply = ask(simulator, json=None, data={"pageNum": "2", "pageSize": "10"})
    assert ids(reply.json()["data"]["records"])[0] == "R010"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"secret": "wrong"}, "Invalid signature"),
        ({"key": "AKOTHER"}, "Invalid access key"),
        ({"date": VECTOR_DATE}, "Clock skew exceeded"),
        ({"date": "yesterday"}, "Clock skew exceeded"),
        ({"path": "/restapi/prod/IC0/other.htm"}, "The route_id is forbidden."),
    ],
)
def test_wrong_request_is_refused_with_the_documented_body(
    simulator: Simulator, changes: dict[str, str], message: str
) -> None:
    reply = ask(simulator, **changes)
    assert (reply.status_code, reply.json()) == (401, {"message": message})


@pytest.mark.parametrize(("shift", "status"), [(-80.0, 200), (80.0, 200), (-100.0, 401), (100.0, 401)])
def test_clock_tolerance_is_90_seconds(simulator: Simulator, shift: float, status: int) -> None:
    simulator.clock_shift = shift
    assert ask(simulator).status_code == status


def test_pages_are_numbered_from_one_and_end_empty(simulator: Simulator) -> None:
    pages = [ask(simulator, {"pageNum": n, "pageSize": 10}).json()["data"]["records"] for n in (1, 2, 3, 4)]
    assert [len(p) for p in pages] == [10, 10, 3, 0]
    assert ids([r for p in pages for r in p]) == [f"R{n:03d}" for n in range(23)]


def test_records_come_by_time_then_id() -> None:
    mixed = [record(2, 3), record(1, 3, "d"), record(9, 1, "u"), record(5, 2)]
    with serve({"dazonghe": mixed}) as sim:
        assert ids(ask(sim).json()["data"]["records"]) == ["R009", "R005", "R001", "R002"]


def test_token_opens_the_data_and_is_encoded_twice(simulator: Simulator) -> None:
    holder = Holder(simulator)
    assert holder.renew() == "00"
    reply = holder.ask(start=20, length=10)
    assert reply["code"] == "00"
    assert isinstance(reply["datas"], str)
    datas = json.loads(reply["datas"])
    assert (ids(datas["records"]), datas["total"]) == (["R020", "R021", "R022"], 23)


def test_signature_may_stand_in_headers(simulator: Simulator) -> None:
    holder = Holder(simulator)
    holder.renew()
    signed = holder.signed(holder.secrets["requestSecret"])
    reply = requests.post(
        simulator.base_url + PATHS["datashare"], headers=signed, json={"start": 0, "length": 2}, timeout=5
    )
    assert len(json.loads(reply.json()["datas"])["records"]) == 2


def test_wrong_signature_is_code_14(simulator: Simulator) -> None:
    holder = Holder(simulator)
    assert holder.renew(secret="wrong") == "14"
    holder.renew()
    assert holder.ask(secret="wrong")["code"] == "14"


def test_secret_expires_with_code_11_and_is_renewed_by_the_other() -> None:
    with serve({"datashare": RECORDS}, secret_life=0.2) as sim:
        holder = Holder(sim)
        holder.renew()
        assert holder.ask()["code"] == "00"
        time.sleep(0.25)
        assert holder.ask()["code"] == "11"
        assert holder.renew("Sec") == "00"
        assert holder.ask()["code"] == "00"


def test_new_secrets_void_the_old_ones(simulator: Simulator) -> None:
    holder = Holder(simulator)
    holder.renew()
    old = dict(holder.secrets)
    assert holder.renew("Sec") == "00"
    assert holder.ask(secret=old["requestSecret"])["code"] == "14"
    assert holder.renew("Sec", secret=old["refreshSecret"]) == "14"
    assert holder.ask()["code"] == "00"


def test_told_to_refuse_with_a_code() -> None:
    with serve({"datashare": RECORDS}, {"datashare": Faults(refuse={1: "03"}, double_encoded=False)}) as sim:
        holder = Holder(sim)
        holder.renew()
        assert holder.ask()["code"] == "03"
        assert holder.ask()["datas"]["total"] == 23


def test_told_to_fail() -> None:
    faults = Faults(too_many={1: 7}, broken={2}, garbled={3}, total_off_by=2)
    with serve({"dazonghe": RECORDS}, {"dazonghe": faults}) as sim:
        first = ask(sim)
        assert (first.status_code, first.headers["Retry-After"]) == (429, "7")
        assert ask(sim).status_code == 500
        with pytest.raises(ValueError, match="line 1"):
            ask(sim).json()
        assert ask(sim).json()["data"]["total"] == 25
        assert dict(sim.gateways["dazonghe"].statuses) == {"429": 1, "500": 1, "200": 2}


def test_told_to_be_slow() -> None:
    with serve({"dazonghe": RECORDS}, {"dazonghe": Faults(slow={1: 0.4})}) as sim:
        with pytest.raises(requests.Timeout):
            ask(sim, timeout=0.1)
        assert ask(sim).status_code == 200


def test_told_to_repeat_a_page() -> None:
    with serve({"dazonghe": RECORDS}, {"dazonghe": Faults(repeat={2})}) as sim:
        pages = [ids(ask(sim, {"pageNum": n, "pageSize": 10}).json()["data"]["records"]) for n in (1, 2, 3)]
        assert pages[1] == pages[0]
        assert pages[2] == ["R020", "R021", "R022"]


def test_told_to_shift_pages() -> None:
    late = [{**record(900), "cd_time": "2025-05-31 09:00:00"}]
    with serve({"dazonghe": RECORDS}, {"dazonghe": Faults(insert_after={1: late})}) as sim:
        first = ids(ask(sim, {"pageNum": 1, "pageSize": 10}).json()["data"]["records"])
        second = ids(ask(sim, {"pageNum": 2, "pageSize": 10}).json()["data"]["records"])
        assert first[-1] == second[0] == "R009"
