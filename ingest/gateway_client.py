"""Returns the records of a gateway, page by page, over the two protocols of domain.md 9.

``bg-hmac`` signs method, path, query, key and date; ``datasharing`` signs with a secret that expires and is renewed by
one holder. Transient failures (429, 5xx, time-outs, broken JSON, the codes that ask for another try) are tried again,
each time signed anew because the clock tolerance is 90 s; everything else stops the pull with a message.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate, parsedate_to_datetime
from typing import Any, NoReturn
from urllib.parse import urlencode

import requests

from ingest.errors import FeedError
from ingest.gateway_config import Gateway
from ingest.privacy import without_ids

log = logging.getLogger(__name__)

TRANSIENT_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP states after which the same request may succeed."""

_LONGEST_ANSWER = 200  # characters of what a gateway said that a message repeats
_LONGEST_RECORD = 8 * 1024**2  # bytes; a page is read line by line, 16 MB at most

BAD_SIGNATURE, SECRET_NOT_VALID, CONCURRENT_DUPLICATE, OK = "14", "11", "03", "00"
"""Codes of the dataSharing gateway (domain.md 9.2)."""


class GatewayError(FeedError):
    """A gateway could not be pulled; says what, where, expected, got and what to do."""


class _TransientError(Exception):
    """One attempt failed in a way that another may not."""

    def __init__(self, got: str, wait: float | None = None) -> None:
        super().__init__(got)
        self.got = got
        self.wait = wait


def bg_hmac_signature(secret: str, method: str, path: str, query: str, access_key: str, date: str) -> str:
    """Returns the base64 HMAC-SHA256 of the string to sign (domain.md 9.1); the body is not signed."""
    to_sign = f"{method.upper()}\n{path}\n{query}\n{access_key}\n{date}\n"
    return base64.b64encode(hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).digest()).decode()


def datasharing_sign(app_key: str, secret: str, request_time: str) -> str:
    """Returns the md5 signature of the dataSharing gateway, request time in epoch milliseconds (domain.md 9.2)."""
    return hashlib.md5(f"{app_key}{secret}{request_time}".encode(), usedforsecurity=False).hexdigest()


def canonical_query(parameters: dict[str, str]) -> str:
    """Returns ``k=v`` pairs sorted by key and joined with ``&``, as the bg-hmac gateway signs them."""
    return "&".join(f"{k}={v}" for k, v in sorted(parameters.items()))


@dataclass
class Client:
    """One gateway with its keys and, for dataSharing, its one token holder."""

    gateway: Gateway
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time
    session: requests.Session = field(default_factory=requests.Session)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _secrets: dict[str, str] = field(default_factory=dict)
    _secret_until: float = 0.0

    def pages(self, since: str | None) -> Iterator[list[dict[str, Any]]]:
        """Yields new records from the watermark on, page by page, until as many came as the gateway states.

        Pages may repeat or shift while records are being written, so records are told apart by their content and a
        sweep that ends short of the stated total is followed by another.

        Raises:
            GatewayError: the gateway refused, stayed down, or delivered fewer records than it states.
        """
        g, known, total = self.gateway, set[bytes](), None
        for sweep in range(g.sweeps):
            number, position, stalled = 0, 0, 0
            while True:
                body = self._request(self._parameters(number, position, since))
                records = _records(body, g)
                stated = dig(body, g.total) if g.total else None
                total = total if _number(stated) is None else _number(stated)
                fresh = [r for r in records if not _known(r, known)]
                if fresh:
                    yield fresh
                number, position = number + 1, position + len(records)
                stalled = 0 if fresh or sweep else stalled + 1
                done = total is not None and (len(known) >= total or position >= total)
                if not records or g.paging.style == "none" or done or stalled >= g.sweeps:
                    break
            if total is None or len(known) >= total:
                return
            log.info("gateway=%s sweep %d: %d of %d records, once more", g.name, sweep + 1, len(known), total)
        raise GatewayError(
            what="the gateway delivered fewer records than it states",
            where=f"gateway {g.name}",
            expected=f"{total} records",
            got=f"{len(known)} in {g.sweeps} sweeps",
            do="run again later: nothing was taken over, the watermark has not moved",
        )

    def _parameters(self, page: int, position: int, since: str | None) -> dict[str, str]:
        g, result = self.gateway, dict(self.gateway.parameters)
        if g.paging.style == "page":
            result |= {g.paging.page: str(page + 1), g.paging.size: str(g.paging.page_size)}
        elif g.paging.style == "offset":
            result |= {g.paging.offset: str(position), g.paging.size: str(g.paging.page_size)}
        if g.watermark and since:
            result[g.watermark.parameter] = since
        return result

    def _request(self, parameters: dict[str, str]) -> Any:
        """Returns the decoded body of one page; transient failures are tried again up to the gateway's limit."""
        g, got = self.gateway, ""
        for attempt in range(g.attempts):
            try:
                return self._attempt(parameters)
            except _TransientError as failure:
                got = self._told(failure.got)
                wait = failure.wait if failure.wait is not None else g.backoff_seconds * 2**attempt
                log.info("gateway=%s attempt=%d failed: %s; next in %.1f s", g.name, attempt + 1, got, wait)
                if attempt + 1 < g.attempts:
                    self.sleep(min(wait, g.longest_wait_seconds))
        raise GatewayError(
            what="the gateway could not be reached or did not answer properly",
            where=f"gateway {g.name}, {g.base_url}{g.path}",
            expected="HTTP 200 with a JSON body",
            got=f"{got}, {g.attempts} times",
            do="ask the gateway's operator or run again later: nothing was taken over, the watermark has not moved",
        )

    def _attempt(self, parameters: dict[str, str]) -> Any:
        if self.gateway.protocol == "bg-hmac":
            return self._send(self.gateway.path, parameters, self._hmac_headers)
        return self._datasharing(parameters)

    def _hmac_headers(self, query: str) -> dict[str, str]:
        g, date = self.gateway, formatdate(self.clock(), usegmt=True)
        key, secret = _key(g.access_key_env, g), _key(g.secret_key_env, g)
        return {
            "X-BG-HMAC-ACCESS-KEY": key,
            "X-BG-HMAC-ALGORITHM": "hmac-sha256",
            "X-BG-DATE-TIME": date,
            "X-BG-HMAC-SIGNATURE": bg_hmac_signature(secret, g.method, g.path, query, key, date),
        }

    def _datasharing(self, parameters: dict[str, str]) -> Any:
        """Returns the body of a dataSharing reply, its token renewed by one holder (parallel renewal would void it)."""
        g, app_key = self.gateway, _key(self.gateway.access_key_env, self.gateway)
        with self._lock:
            if not self._secrets or self.clock() >= self._secret_until:
                self._renew(app_key)
            now = str(int(self.clock() * 1000))
            sign = datasharing_sign(app_key, self._secrets["request"], now)
        signed = {"appKey": app_key, "sign": sign, "requestTime": now}
        if g.method == "POST" and g.body == "json":
            body = self._send(g.path, parameters, lambda _query: signed)
        else:
            body = self._send(g.path, {**parameters, **signed}, lambda _query: {})
        code = str(body.get("code", "")) if isinstance(body, dict) else ""
        if code in (BAD_SIGNATURE, SECRET_NOT_VALID):
            with self._lock:
                self._secrets, self._secret_until = {}, 0.0
            raise _TransientError(f"code {code}: {body.get('msg')}", wait=0.0)
        if code == CONCURRENT_DUPLICATE:
            raise _TransientError(f"code {code}: {body.get('msg')}")
        if code != OK:
            self._refused(f"code {code or '(none)'}: {body.get('msg') if isinstance(body, dict) else body!r}")
        return body

    def _renew(self, app_key: str) -> None:
        """Fetches new secrets, by the refresh secret while it lasts, else by the key."""
        g, now = self.gateway, str(int(self.clock() * 1000))
        refresh = self._secrets.get("refresh")
        path = g.refresh_by_secret_path if refresh else g.refresh_by_key_path
        secret = refresh or _key(g.secret_key_env, g)
        query = {"appKey": app_key, "sign": datasharing_sign(app_key, secret, now), "requestTime": now}
        self._secrets, self._secret_until = {}, 0.0
        body = self._send(path, query, lambda _query: {}, method="GET")
        code = dig(body, "code")
        if str(code) != OK:
            if refresh:
                raise _TransientError(f"token renewal answered code {code}", wait=0.0)
            self._refused(f"token request answered code {code}: {dig(body, 'msg')}")
        request, refresh, ends = (
            dig(body, f"datas.{name}") for name in ("requestSecret", "refreshSecret", "requestSecretEndTime")
        )
        if not request or not refresh or _number(ends) is None:
            raise _TransientError("a token reply without requestSecret, refreshSecret or requestSecretEndTime")
        self._secrets = {"request": str(request), "refresh": str(refresh)}
        self._secret_until = min(self.clock() + g.token_seconds, float(ends) / 1000 - 5)

    def _send(
        self, path: str, parameters: dict[str, str], headers: Callable[[str], dict[str, str]], method: str | None = None
    ) -> Any:
        g, verb = self.gateway, method or self.gateway.method
        query = canonical_query(parameters) if verb == "GET" else ""
        kwargs: dict[str, Any] = {}
        if verb == "POST" and g.body == "json":
            kwargs["json"] = parameters
        elif verb == "POST":
            kwargs["data"] = parameters
        url = f"{g.base_url.rstrip('/')}{path}" + (f"?{urlencode(sorted(parameters.items()))}" if query else "")
        try:
            reply = self.session.request(
                verb, url, headers=headers(query), timeout=g.timeout_seconds, allow_redirects=False, **kwargs
            )
        except requests.RequestException as error:
            # The exception's text holds the URL with its signature: only its kind is told.
            raise _TransientError(type(error).__name__) from None
        if reply.status_code in TRANSIENT_STATUS:
            wait = _seconds(reply.headers.get("Retry-After", ""), self.clock())
            raise _TransientError(f"HTTP {reply.status_code}", wait=wait)
        if reply.status_code != requests.codes.ok:
            self._refused(f"HTTP {reply.status_code}: {reply.text}")
        try:
            body = decoded(json.loads(reply.content))
        except (ValueError, RecursionError):
            raise _TransientError("a body that is no JSON") from None
        if body is None:
            raise _TransientError("a body that holds nothing")
        return body

    def _told(self, got: str) -> str:
        """Returns what the gateway said, without keys, tokens and numbers of persons: it may say anything."""
        g = self.gateway
        secrets = {os.environ.get(g.access_key_env), os.environ.get(g.secret_key_env), *self._secrets.values()}
        for secret in filter(None, secrets):
            got = got.replace(secret, "***")
        return without_ids(got)[:_LONGEST_ANSWER]

    def _refused(self, got: str) -> NoReturn:
        g = self.gateway
        raise GatewayError(
            what="the gateway refused the request",
            where=f"gateway {g.name}, {g.base_url}{g.path}",
            expected="an accepted signature and HTTP 200",
            got=self._told(got),
            do=f"check the keys in {g.access_key_env} and {g.secret_key_env}, the path and this machine's clock "
            "(tolerance 90 s); nothing was taken over",
        )


def _key(variable: str, gateway: Gateway) -> str:
    value = os.environ.get(variable)
    if not value:
        raise GatewayError(
            what="a key of the gateway is not set",
            where=f"gateway {gateway.name}",
            expected=f"environment variable {variable}",
            got="nothing",
            do=f"set {variable} and run again",
        )
    return value


def _number(stated: Any) -> int | None:
    """Returns a number that a reply states, as number or text; None if it states none."""
    try:
        return int(str(stated))
    except ValueError:
        return None


def _seconds(retry_after: str, now: float) -> float | None:
    """Returns how long to wait by a Retry-After header, which holds seconds or a date (RFC 9110 10.2.3)."""
    if retry_after.isdecimal():
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - now)
    except ValueError:
        return None


def decoded(value: Any) -> Any:
    """Returns the value, or what it holds if it is a JSON text (gateways encode bodies twice)."""
    if isinstance(value, str) and value[:1] in "[{":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def dig(body: Any, path: str) -> Any:
    """Returns what stands at a dotted path, JSON texts on the way decoded; None if it is not there."""
    for name in path.split(".") if path else ():
        body = decoded(body)
        if not isinstance(body, dict) or name not in body:
            return None
        body = body[name]
    return decoded(body)


def _known(record: dict[str, Any], known: set[bytes]) -> bool:
    """Returns whether the record came before, and remembers it; refuses one that no table could take."""
    written = json.dumps(record, sort_keys=True)
    if len(written) > _LONGEST_RECORD:
        raise GatewayError("a record is too long", expected=f"up to {_LONGEST_RECORD} bytes", got=str(len(written)),
                           do="ask the gateway's operator; nothing was taken over")  # fmt: skip
    digest = hashlib.blake2b(written.encode(), digest_size=16).digest()
    if digest in known:
        return True
    known.add(digest)
    return False


def _records(body: Any, gateway: Gateway) -> list[dict[str, Any]]:
    """Returns the records of a reply; an explicit null on the way to them is an empty page, a missing name is not."""
    found = body
    for name in gateway.records.split("."):
        found = decoded(found)
        if found is None:
            return []
        found = found.get(name, _MISSING) if isinstance(found, dict) else _MISSING
    found = decoded(found)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(r, dict) for r in found):
        raise GatewayError(
            what="the gateway's reply holds no list of records",
            where=f"gateway {gateway.name}, {gateway.records}",
            expected="a list of JSON objects",
            got="nothing of that name" if found is _MISSING else type(found).__name__,
            do="correct 'records' of this gateway in the gateways file",
        )
    return found


_MISSING = object()
