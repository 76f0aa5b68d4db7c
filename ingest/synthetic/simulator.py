"""Answers as the two gateways do: a real HTTP server on loopback that can be told to fail.

``serve`` takes records by gateway name (or reads ``gateway/<name>.jsonl`` of a city) and yields where to ask and with
which keys. Records come in the order (cd_time, record id); the parameter updatedFrom keeps those with cd_time >= it.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ingest.synthetic.gateway_data import KEYS, PATHS
from ingest.synthetic.inspections import RECORD_ID, WATERMARK
from ingest.synthetic.protocols import TokenDesk, check_hmac

Record = dict[str, Any]
FORBIDDEN = {"message": "The route_id is forbidden."}  # a path that the key may not ask (domain.md 9.1)
RENEWALS = {"/gateway/app/refreshTokenByKey.htm": True, "/gateway/app/refreshTokenBySec.htm": False}
PAGE, SIZE, OFFSET, LENGTH, SINCE = "pageNum", "pageSize", "start", "length", "updatedFrom"


@dataclass
class Faults:
    """What goes wrong, by number of the data request (1 is the first after the start)."""

    too_many: dict[int, float] = field(default_factory=dict)  # request -> seconds of Retry-After of a 429
    broken: set[int] = field(default_factory=set)  # 500
    garbled: set[int] = field(default_factory=set)  # 200 with half of the JSON
    slow: dict[int, float] = field(default_factory=dict)  # seconds before the answer
    repeat: set[int] = field(default_factory=set)  # answers with the page before
    insert_after: dict[int, list[Record]] = field(default_factory=dict)  # records that appear: later pages shift
    total_off_by: int = 0  # added to the total
    refuse: dict[int, str] = field(default_factory=dict)  # dataSharing code instead of an answer: 14, 11, 03
    double_encoded: bool = True  # datas of dataSharing as a JSON string


@dataclass
class Gateway:
    """One simulated gateway: its records, its faults, what it was asked."""

    name: str
    records: list[Record]
    faults: Faults
    requests: list[dict[str, str]] = field(default_factory=list)  # parameters of the data requests, in order
    statuses: Counter[str] = field(default_factory=Counter)  # HTTP status or code of the answers
    last_page: list[Record] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sort()

    def sort(self) -> None:
        """Puts the records in the order in which they are served."""
        self.records.sort(key=lambda r: (str(r.get(WATERMARK)), str(r.get(RECORD_ID))))

    def page(self, parameters: dict[str, str]) -> tuple[list[Record], int]:
        """Returns the records asked for and the total behind them."""
        since = parameters.get(SINCE, "")
        found = [r for r in self.records if str(r.get(WATERMARK)) >= since] if since else self.records
        if LENGTH in parameters:
            start, size = int(parameters.get(OFFSET, 0)), int(parameters[LENGTH])
        elif SIZE in parameters:
            size = int(parameters[SIZE])
            start = (int(parameters.get(PAGE, 1)) - 1) * size
        else:
            start, size = 0, len(found)
        return found[start : start + size], len(found) + self.faults.total_off_by


@dataclass
class Simulator:
    """A running server: where it is, the keys that open it, and its gateways by name."""

    base_url: str
    keys: dict[str, str]  # environment variable -> value
    gateways: dict[str, Gateway]
    desk: TokenDesk
    clock_shift: float = 0.0  # seconds added to the server's clock


def load_records(home: Path, name: str) -> list[Record]:
    """Returns the records of a city's gateway."""
    with (home / "gateway" / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@contextmanager
def serve(
    data: Path | dict[str, Sequence[Record]],
    faults: dict[str, Faults] | None = None,
    *,
    secret_life: float = 900.0,
    port: int = 0,
) -> Iterator[Simulator]:
    """Yields a running simulator; it stops when the block ends.

    Args:
        data: home of a city, or records by gateway name (dazonghe: X-BG-HMAC, datashare: dataSharing).
        faults: what goes wrong, by gateway name.
        secret_life: seconds that a requestSecret of dataSharing lasts.
        port: 0 takes a free one.
    """
    records = data if isinstance(data, dict) else {name: load_records(data, name) for name in PATHS}
    gateways = {
        name: Gateway(name, list(records.get(name, ())), (faults or {}).get(name) or Faults()) for name in PATHS
    }
    keys = {
        "DAZONGHE_ACCESS_KEY": "AKXINYONG",
        "DAZONGHE_SECRET_KEY": "SKXINYONG-simulated",
        "DATASHARE_APP_KEY": "APPXINYONG",
        "DATASHARE_APP_SECRET": "ASXINYONG-simulated",
    }
    desk = TokenDesk(keys[KEYS["datashare"][0]], keys[KEYS["datashare"][1]], request_life=secret_life)
    simulator = Simulator("", keys, gateways, desk)
    server = _Server(port, simulator)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield simulator
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    """An HTTP server that knows what it simulates."""

    daemon_threads = True

    def __init__(self, port: int, simulator: Simulator) -> None:
        self.simulator = simulator
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)
        simulator.base_url = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"

    server: _Server

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing: requests are counted, not printed."""
        del code, size

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "json" in self.headers.get("Content-Type", ""):
            try:
                form = {k: str(v) for k, v in (json.loads(body or b"{}")).items()}
            except (ValueError, AttributeError):
                return self._send(400, {"message": "Invalid JSON body"})
        else:
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        return self._answer(form)

    def _answer(self, form: dict[str, str]) -> None:
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        headers = {k.lower(): v for k, v in self.headers.items()}
        if url.path in RENEWALS:
            with self.server.lock:
                return self._send(200, self.server.simulator.desk.renew(query | form, by_key=RENEWALS[url.path]))
        if url.path == PATHS["dazonghe"]:
            keys = {self.server.simulator.keys[KEYS["dazonghe"][0]]: self.server.simulator.keys[KEYS["dazonghe"][1]]}
            now = time.time() + self.server.simulator.clock_shift
            fault = check_hmac(headers, self.command, url.path, query, keys, now)
            if fault:
                return self._send(401, {"message": fault})
            return self._data(self.server.simulator.gateways["dazonghe"], query | form, double=False)
        if url.path == PATHS["datashare"]:
            told = query | form
            for name in ("appKey", "sign", "requestTime"):  # parameters, or headers beside a JSON body
                told.setdefault(name, headers.get(name.lower(), ""))
            with self.server.lock:
                refusal = self.server.simulator.desk.check(told)
            if refusal:
                self.server.simulator.gateways["datashare"].statuses[str(refusal["code"])] += 1
                return self._send(200, refusal)
            return self._data(self.server.simulator.gateways["datashare"], told, double=True)
        return self._send(401 if url.path.startswith("/restapi/") else 404, FORBIDDEN)

    def _data(self, gateway: Gateway, parameters: dict[str, str], *, double: bool) -> None:
        with self.server.lock:
            gateway.requests.append(parameters)
            number, faults = len(gateway.requests), gateway.faults
        if number in faults.slow:
            time.sleep(faults.slow[number])
        if number in faults.too_many:
            gateway.statuses["429"] += 1
            return self._send(429, {"message": "Too many requests"}, {"Retry-After": f"{faults.too_many[number]:g}"})
        if number in faults.broken:
            gateway.statuses["500"] += 1
            return self._send(500, {"message": "Internal error"})
        if number in faults.refuse:
            gateway.statuses[faults.refuse[number]] += 1
            return self._send(200, {"code": faults.refuse[number], "msg": "拒绝", "datas": None})
        try:
            with self.server.lock:
                records, total = gateway.page(parameters)
                if number in faults.repeat and gateway.last_page:
                    records = gateway.last_page
                gateway.last_page = records
                gateway.records += faults.insert_after.get(number, [])
                gateway.sort()
        except ValueError:
            return self._send(400, {"message": "Invalid page"})
        gateway.statuses["200"] += 1
        inner: object = {"records": records, "total": total}
        if double:
            text = json.dumps(inner, ensure_ascii=False) if faults.double_encoded else inner
            reply: dict[str, object] = {"code": "00", "msg": "成功", "datas": text}
        else:
            reply = {"code": 0, "data": inner}
        content = json.dumps(reply, ensure_ascii=False).encode()
        if number in faults.garbled:
            content = content[: len(content) // 2]
        return self._raw(200, content, {})

    def _send(self, status: int, reply: Mapping[str, object], more: dict[str, str] | None = None) -> None:
        self._raw(status, json.dumps(reply, ensure_ascii=False).encode(), more or {})

    def _raw(self, status: int, content: bytes, more: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json;charset=UTF-8", **more}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):  # the client gave up waiting: what a slow answer is for
            self.close_connection = True
