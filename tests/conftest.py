"""Fixtures that every test may use: settings of an empty home, a clean environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from ingest.settings import Settings, get_settings

# The same examples on every run; ``--hypothesis-profile default`` tries others.
hypothesis.settings.register_profile("same", derandomize=True)
hypothesis.settings.load_profile("same")

PERSON_KEY = "test-person-key-never-used-outside-the-tests"


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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With ``-n``: a file stays on one worker; all integration tests share a city, those of dbt a build."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduler(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::", 1)[0]
            return next((folder for folder in ("/integration/", "/dbt/") if folder in file), file)

    return Scheduler(config, log)
