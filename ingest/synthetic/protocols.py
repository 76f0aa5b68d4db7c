"""Returns the signatures of the two gateway protocols, as their servers check them (domain.md 9).

Written from the documents, apart from the client's: two implementations check each other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from secrets import compare_digest, token_hex

TOLERANCE_SECONDS = 90  # clock tolerance of X-BG-HMAC (domain.md 9.1)


def hmac_signature(secret: str, method: str, path: str, query: dict[str, str], access_key: str, date: str) -> str:
    """Returns the X-BG-HMAC signature: base64 of HMAC-SHA256 over five lines, each ended by a line feed."""
    canonical = "&".join(f"{k}={query[k]}" for k in sorted(query))
    lines = [method.upper(), path, canonical, access_key, date]
    message = "".join(f"{line}\n" for line in lines).encode()
    return base64.b64encode(hmac.digest(secret.encode(), message, "sha256")).decode()


def token_signature(app_key: str, secret: str, request_time: str) -> str:
    """Returns the dataSharing signature: md5 of key, secret and epoch milliseconds."""
    return hashlib.md5((app_key + secret + request_time).encode(), usedforsecurity=False).hexdigest()


def check_hmac(
    headers: dict[str, str], method: str, path: str, query: dict[str, str], keys: dict[str, str], now: float
) -> str | None:
    """Returns the message of a 401, None if the request may pass.

    Args:
        headers: of the request, names in lower case.
        method: of the request.
        path: of the request, without its query.
        query: decoded parameters of the query.
        keys: access key -> secret key.
        now: seconds since the epoch.
    """
    access_key = headers.get("x-bg-hmac-access-key", "")
    date = headers.get("x-bg-date-time", "")
    if access_key not in keys:
        return "Invalid access key"
    try:
        sent = parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError):
        return "Clock skew exceeded"
    if abs(now - sent) > TOLERANCE_SECONDS:
        return "Clock skew exceeded"
    expected = hmac_signature(keys[access_key], method, path, query, access_key, date)
    good = headers.get("x-bg-hmac-algorithm") == "hmac-sha256"
    if not good or not compare_digest(expected, headers.get("x-bg-hmac-signature", "")):
        return "Invalid signature"
    return None


@dataclass
class TokenDesk:
    """The secrets of one application at the dataSharing gateway; new ones void the old ones."""

    app_key: str
    app_secret: str
    request_life: float = 900.0  # seconds a requestSecret lasts (about 15 minutes, domain.md 9.2)
    refresh_life: float = 172_800.0  # seconds a refreshSecret lasts (assumed: two days)
    request_secret: str = ""
    refresh_secret: str = ""
    request_until: float = 0.0
    refresh_until: float = 0.0
    issued: int = 0

    def renew(self, parameters: dict[str, str], *, by_key: bool) -> dict[str, object]:
        """Returns the reply to refreshTokenByKey or refreshTokenBySec."""
        now = time.time()
        secret = self.app_secret if by_key else self.refresh_secret
        fault = self._fault(parameters, secret, now < self.refresh_until or by_key)
        if fault:
            return fault
        self.request_secret, self.refresh_secret = token_hex(16), token_hex(16)
        self.request_until, self.refresh_until = now + self.request_life, now + self.refresh_life
        self.issued += 1
        return {
            "code": "00",
            "msg": "成功",
            "datas": {
                "requestSecret": self.request_secret,
                "requestSecretEndTime": int(self.request_until * 1000),
                "refreshSecret": self.refresh_secret,
                "refreshSecretEndTime": int(self.refresh_until * 1000),
            },
        }

    def check(self, parameters: dict[str, str]) -> dict[str, object] | None:
        """Returns the refusal of a data request, None if it may pass."""
        return self._fault(parameters, self.request_secret, time.time() < self.request_until)

    def _fault(self, parameters: dict[str, str], secret: str, is_valid: bool) -> dict[str, object] | None:
        request_time = parameters.get("requestTime", "")
        if parameters.get("appKey") != self.app_key or not secret:
            return {"code": "14", "msg": "签名错误", "datas": None}
        if not compare_digest(token_signature(self.app_key, secret, request_time), parameters.get("sign", "")):
            return {"code": "14", "msg": "签名错误", "datas": None}
        if not is_valid:
            return {"code": "11", "msg": "请求密钥不在有效期内", "datas": None}
        return None
