"""Returns the settings of one deployment, read from ``XINYONG_*`` environment variables only."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "XINYONG_"


class SettingsError(ValueError):
    """The environment holds a setting that is unknown, missing or malformed."""


class Settings(BaseSettings):
    """Settings of one deployment (design.md 2, 10). Every field is ``XINYONG_<FIELD>`` in the environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    home: Path = Field(default=Path("var"), description="data directory: inbox, archive, outbox, warehouse, published")
    programme: str = Field(default="huzhou", description="whose policy seeds apply")
    receipt_clock: Literal["ledger", "mtime"] = Field(
        default="ledger", description="what counts as time of receipt (semantics.md 1.2)"
    )
    person_key: SecretStr | None = Field(
        default=None, description="key of the hash under which ID numbers leave the raw zone"
    )
    gateways: Path | None = Field(default=None, description="YAML file that lists the gateways (design.md 3)")
    memory_limit: str = Field(default="4GB", description="DuckDB memory limit; beyond it DuckDB spills to disk")
    threads: int = Field(default=2, ge=1, description="DuckDB threads")
    keep_releases: int | None = Field(
        default=None, ge=1, description="final releases kept per month, the newest; none: all of them"
    )
    max_file_bytes: int = Field(default=4 * 1024**3, ge=1, description="largest file that is read, bytes")
    max_unpacked_bytes: int = Field(default=8 * 1024**3, ge=1, description="largest sum of an archive's members, bytes")
    max_expansion: int = Field(default=200, ge=1, description="largest ratio of unpacked to packed bytes of an archive")
    max_columns: int = Field(default=512, ge=1, description="most columns that a table may use")
    max_rows: int = Field(default=50_000_000, ge=1, description="most rows that a file may have")

    @property
    def inbox(self) -> Path:
        """Where departments drop files: ``inbox/<department>/<YYYY-MM>/``."""
        return self.home / "inbox"

    @property
    def archive(self) -> Path:
        """Bytes as received, ``archive/<first two hex>/<sha256>``, read-only."""
        return self.home / "archive"

    @property
    def outbox(self) -> Path:
        """Receipts, ``outbox/<department>/<submission_id>/``."""
        return self.home / "outbox"

    @property
    def warehouse(self) -> Path:
        """Everything DuckDB keeps: database file, raw batches, rows of former closes, scratch space."""
        return self.home / "warehouse"

    @property
    def warehouse_file(self) -> Path:
        """The warehouse database. One writer at a time; analysts read the published release instead."""
        return self.warehouse / "xinyong.duckdb"

    @property
    def raw_batches(self) -> Path:
        """Raw batches, ``raw/<feed>/<submission_id>.parquet``, written once."""
        return self.warehouse / "raw"

    @property
    def closes(self) -> Path:
        """Rows of former periods, ``closes/<YYYY-MM>/<mart>.parquet``, one set per last final close."""
        return self.warehouse / "closes"

    @property
    def scratch(self) -> Path:
        """Temporary files, emptied at every start."""
        return self.warehouse / "scratch"

    @property
    def release_build(self) -> Path:
        """The release database under construction; renamed into ``published/<release>/`` when complete."""
        return self.warehouse / "release_build.duckdb"

    @property
    def published(self) -> Path:
        """Releases, and ``current`` that points to the latest period's."""
        return self.home / "published"


def load_settings() -> Settings:
    """Returns the settings of the environment.

    Raises:
        SettingsError: an unknown ``XINYONG_*`` variable, or a value that does not fit.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    unknown = sorted(k for k in os.environ if k.startswith(PREFIX) and k not in known)
    if unknown:
        raise SettingsError(
            f"unknown setting {', '.join(unknown)}; expected one of {', '.join(sorted(known))}: "
            "correct the name or unset it"
        )
    try:
        return Settings()
    except ValueError as error:
        raise SettingsError(f"a setting does not fit: {error}") from error


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Returns the settings, read once per process."""
    return load_settings()
