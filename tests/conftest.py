"""Fixtures that every test may use: settings of an empty home, and one city closed for three months per session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ingest.settings import Settings, get_settings

if TYPE_CHECKING:
    from ingest.synthetic.manifest import Manifest
    from orchestration.close import CloseResult

PERSON_KEY = "test-person-key-never-used-outside-the-tests"
CITY_SEED = 2025
CITY_ENTERPRISES = 1000


def settings_for(home: Path, **changes: Any) -> Settings:
    """Returns settings of a home of its own: synthetic files are as late as they pretend, little memory."""
    values: dict[str, Any] = {
        "home": home,
        "programme": "huzhou",
        "receipt_clock": "mtime",
        "person_key": PERSON_KEY,
        "memory_limit": "2GB",
        "threads": 2,
    }
    return Settings(**(values | changes))


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A developer's own XINYONG_* variables must not change what a test sees."""
    for name in [n for n in os.environ if n.startswith("XINYONG_")]:
        monkeypatch.delenv(name)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an empty home under a path with a blank and Chinese letters."""
    home = tmp_path / "信用 home"
    home.mkdir()
    return settings_for(home)


@pytest.fixture
def home(settings: Settings) -> Path:
    """The data directory of ``settings``."""
    return settings.home


@dataclass(frozen=True)
class ClosedCity:
    """A synthetic city whose three months are closed, each at its own ``as_of``, with all gates on."""

    settings: Settings
    manifest: Manifest
    results: dict[str, CloseResult]

    @property
    def home(self) -> Path:
        """The data directory."""
        return self.settings.home

    def as_of(self, period: str) -> datetime:
        """Returns when a period was closed, UTC."""
        return datetime.fromisoformat(self.manifest.close_as_of[period])

    def release(self, period: str) -> Path:
        """Returns the release database of a period."""
        return self.results[period].release / "xinyong.duckdb"


@pytest.fixture(scope="session")
def closed_city(tmp_path_factory: pytest.TempPathFactory) -> ClosedCity:
    """The city of the session. Tests read it; one that writes takes ``city_copy``."""
    return close_city(tmp_path_factory.mktemp("三个月 city"))


@pytest.fixture
def city_copy(closed_city: ClosedCity, tmp_path: Path) -> ClosedCity:
    """A copy of the closed city that a test may change."""
    import shutil
    from dataclasses import replace

    home = tmp_path / "copy"
    shutil.copytree(closed_city.home, home, symlinks=True, copy_function=shutil.copy2)
    copied = {
        period: replace(result, release=home / "published" / result.release.name)
        for period, result in closed_city.results.items()
    }
    return ClosedCity(settings_for(home, gateways=None), closed_city.manifest, copied)


def close_city(home: Path, enterprises: int = CITY_ENTERPRISES, seed: int = CITY_SEED) -> ClosedCity:
    """Returns a city made in ``home`` and closed for its three months, gateways answering on loopback."""
    from orchestration import close, demo

    manifest = demo.make_city(home, enterprises=enterprises, seed=seed)
    with demo.gateways_running(home) as gateways:
        settings = settings_for(home, gateways=gateways)
        results = {
            period: close.close_month(settings, period, datetime.fromisoformat(as_of))
            for period, as_of in manifest.close_as_of.items()
        }
    # The simulator has stopped: whoever closes again pulls nothing, or starts one with demo.gateways_running.
    return ClosedCity(settings_for(home, gateways=None), manifest, results)
