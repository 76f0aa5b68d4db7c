"""Returns three closed months of a synthetic city: what ``make run`` shows, with nothing reached but this machine."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from ingest.errors import FeedError
from orchestration import close

if TYPE_CHECKING:
    from ingest.settings import Settings
    from ingest.synthetic.manifest import Manifest

PERSON_KEY = "person.key"
PERSON_KEY_BYTES = 32

Progress = Callable[[str], None]


@dataclass(frozen=True)
class DemoOutcome:
    """The three closes, and where to look."""

    results: list[close.CloseResult]
    current: Path
    manifest: Path


def run_demo(settings: Settings, *, enterprises: int, seed: int, progress: Progress | None = None) -> DemoOutcome:
    """Returns the closes of the synthetic city's months, each at its own ``as_of``.

    Args:
        settings: of the environment; only home and limits are used, the rest is the demonstration's own.
        enterprises: size of the city.
        seed: the same seed makes the same city.
        progress: told the stage that begins.

    Raises:
        FeedError: the home holds something else, or a close failed.
    """
    home = settings.home
    manifest = make_city(home, enterprises=enterprises, seed=seed, progress=progress)
    results = []
    with gateways_running(home) as gateways:
        own = demo_settings(settings, gateways)
        for period, as_of in manifest.close_as_of.items():
            results.append(close.close_month(own, period, datetime.fromisoformat(as_of), progress))
    return DemoOutcome(results, home / "published" / "current", home / "manifest.json")


def make_city(home: Path, *, enterprises: int, seed: int, progress: Progress | None = None) -> Manifest:
    """Returns the manifest of the city in a home, made unless it is there already.

    Raises:
        FeedError: another city is there, or data that no synthetic city left.
    """
    from ingest.synthetic import make_city as build
    from ingest.synthetic.city import CityError

    if (home / "inbox").exists() and not (home / "manifest.json").exists() and not (home / CITY_UNFINISHED).exists():
        raise FeedError(
            "this home holds data that no synthetic city left",
            where=str(home),
            expected="an empty home, or one of an earlier demonstration",
            got="an inbox without manifest.json",
            do="choose another home: XINYONG_HOME=/some/where make run",
        )
    if progress:
        progress(f"synthetic city of {enterprises:,} enterprises")
    home.mkdir(parents=True, exist_ok=True)
    unfinished = home / CITY_UNFINISHED
    if not (home / "manifest.json").exists():
        unfinished.touch()
    try:
        manifest = build(home, seed=seed, enterprises=enterprises)
    except CityError as error:
        raise FeedError(
            "the synthetic city cannot be made", where=str(home), got=str(error),
            do="remove this home, or choose another: XINYONG_HOME=/some/where make run",
        ) from error  # fmt: skip
    unfinished.unlink(missing_ok=True)
    return manifest


CITY_UNFINISHED = ".city-unfinished"  # left by a demonstration that was killed while it wrote the city


def demo_settings(settings: Settings, gateways: Path | None) -> Settings:
    """Returns settings of the demonstration: synthetic files are as late as they pretend, the key is its own."""
    return settings.model_copy(
        update={
            "receipt_clock": "mtime",
            "programme": "huzhou",
            "gateways": gateways,
            "person_key": settings.person_key or SecretStr(own_person_key(settings.home)),
        }
    )


def own_person_key(home: Path) -> str:
    """Returns the key for ID numbers that the demonstration keeps in its own home, made at the first call."""
    path = home / PERSON_KEY
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(secrets.token_hex(PERSON_KEY_BYTES))
    return path.read_text(encoding="utf-8").strip()


@contextmanager
def gateways_running(home: Path) -> Iterator[Path]:
    """Yields the gateways file of a city whose gateways answer on loopback until the block ends."""
    from ingest.synthetic.city import write_gateways_yaml
    from ingest.synthetic.simulator import serve

    with serve(home) as simulator:
        former = {name: os.environ.get(name) for name in simulator.keys}
        os.environ.update(simulator.keys)
        try:
            yield write_gateways_yaml(home, simulator.base_url)
        finally:
            for name, value in former.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
