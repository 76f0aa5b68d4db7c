"""Returns the gateways of a deployment, read from the YAML file that ``XINYONG_GATEWAYS`` names (design.md 3)."""

from __future__ import annotations

from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ingest.errors import FeedError
from ingest.settings import Settings


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Paging(_Closed):
    """How pages are asked for: by number from 1, by offset from 0, or all at once."""

    style: Literal["page", "offset", "none"] = "page"
    page: str = "pageNum"
    offset: str = "start"
    size: str = "pageSize"
    page_size: int = Field(default=500, ge=1, description="records per page")


class Watermark(_Closed):
    """The parameter that asks for what is new, and the record's field that says when it was written."""

    parameter: str
    field: str


class Gateway(_Closed):
    """One gateway, as the gateways file lists it."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")
    feed: str
    protocol: Literal["bg-hmac", "datasharing"]
    base_url: str = Field(pattern=r"^https?://")
    path: str = Field(pattern=r"^/")
    method: Literal["GET", "POST"] = "GET"
    body: Literal["json", "form"] = "json"
    access_key_env: str
    secret_key_env: str
    parameters: dict[str, str] = {}
    paging: Paging = Paging()
    records: str = "data"
    total: str | None = None
    watermark: Watermark | None = None
    record_id: str
    operation: str | None = None
    fields: dict[str, str] = {}
    department: str | None = Field(default=None, description="sender of every record; without it the authority decides")
    refresh_by_key_path: str = "/gateway/app/refreshTokenByKey.htm"
    refresh_by_secret_path: str = "/gateway/app/refreshTokenBySec.htm"
    token_seconds: float = Field(default=720, gt=0, description="renew after, s (domain.md 9.2: every 12 minutes)")
    timeout_seconds: float = Field(default=30, gt=0)
    attempts: int = Field(default=5, ge=1)
    sweeps: int = Field(default=3, ge=1, description="how often a list is read again that came short of its total")
    backoff_seconds: float = Field(default=0.5, ge=0)
    longest_wait_seconds: float = Field(default=120, ge=0)


def load_gateways(settings: Settings) -> list[Gateway]:
    """Returns the configured gateways; none if ``XINYONG_GATEWAYS`` is not set.

    Raises:
        FeedError: the file is missing, is no YAML, or holds an unknown key or a wrong value.
    """
    path = settings.gateways
    if path is None:
        return []
    try:
        listed = yaml.safe_load(path.read_text(encoding="utf-8")) or []
        gateways = TypeAdapter(list[Gateway]).validate_python(listed)
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise FeedError(
            what="the gateways file cannot be used",
            where=str(path),
            expected="a YAML list of gateways (docs/architecture.md, design 3)",
            got=str(error),
            do="correct the file, or unset XINYONG_GATEWAYS",
        ) from error
    names = [g.name for g in gateways]
    if len(set(names)) != len(names):
        raise FeedError(
            what="two gateways have one name",
            where=str(path),
            expected="names that differ, because the ledger keeps the watermark under them",
            got=", ".join(sorted(n for n in set(names) if names.count(n) > 1)),
            do="rename one of them",
        )
    return gateways
