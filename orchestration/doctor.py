"""Returns what is right and wrong with this machine, these settings and this home."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from ingest.errors import FeedError
from ingest.settings import Settings, SettingsError, load_settings

REQUIREMENTS = Path(__file__).parents[1] / "requirements.lock"
PINNED = ("dagster", "dagster-dbt", "dbt-core", "dbt-duckdb", "duckdb", "great-expectations", "pandas", "pyarrow")
OLDEST_PYTHON = (3, 11)
LOW_DISK_GB = 5  # the small city takes 0.3 GB; below this a province's close may not fit

State = Literal["good", "warning", "bad"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what it is, whether it is good, what was found and what to do."""

    what: str
    state: State
    found: str
    do: str = ""


def examine() -> list[Finding]:
    """Returns the findings, those about the settings' home only if the settings can be read."""
    findings = [_python(), _time_zone(), *_versions()]
    try:
        settings = load_settings()
    except SettingsError as error:
        return [*findings, Finding("settings", "bad", str(error), "correct the environment")]
    findings.append(Finding("settings", "good", f"programme {settings.programme}, home {settings.home.absolute()}"))
    looks: tuple[Callable[[Settings], Finding], ...] = (
        _person_key, _home, _disk, _duckdb, _warehouse, _gateways, _seeds, _contracts,
    )  # fmt: skip
    return [*findings, *(_safely(look, settings) for look in looks)]


def _safely(look: Callable[[Settings], Finding], settings: Settings) -> Finding:
    name = look.__name__.strip("_").replace("_", " ")
    try:
        return look(settings)
    except (FeedError, OSError, ImportError) as error:
        return Finding(name, "bad", str(error))


def _python() -> Finding:
    found = sys.version.split()[0]
    if tuple(sys.version_info) < OLDEST_PYTHON:
        return Finding("python", "bad", found, "install Python 3.11 or newer")
    return Finding("python", "good", found)


def _time_zone() -> Finding:
    from ingest import clock

    now = clock.now()
    local = now + clock.LOCAL_OFFSET
    zone = os.environ.get("TZ") or "of the machine"
    return Finding(
        "clock", "good", f"{now:%Y-%m-%d %H:%M} UTC, {local:%H:%M} in Asia/Shanghai; zone {zone} is not used"
    )


def _versions() -> list[Finding]:
    """Returns one finding per pinned library that is missing or differs; one good finding if none does."""
    locked = {}
    if REQUIREMENTS.is_file():
        for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines():
            name, separator, rest = line.partition("==")
            if separator and not line.startswith(" "):
                locked[name.split("[")[0].lower()] = rest.split()[0]
    found = []
    for name in PINNED:
        try:
            installed = version(name)
        except PackageNotFoundError:
            found.append(Finding(name, "bad", "not installed", "run make install"))
            continue
        if locked.get(name, installed) != installed:
            found.append(Finding(name, "warning", f"{installed}, locked {locked[name]}", "run make install"))
    return found or [Finding("libraries", "good", ", ".join(f"{name} {version(name)}" for name in PINNED))]


def _person_key(settings: Settings) -> Finding:
    if settings.person_key is None or not settings.person_key.get_secret_value():
        return Finding(
            "person key",
            "bad",
            "XINYONG_PERSON_KEY is not set",
            "set it to a long random text and keep it: it links persons over time (the demo makes its own)",
        )
    if len(settings.person_key.get_secret_value()) < 32:
        return Finding("person key", "warning", "shorter than 32 characters", "a short key can be guessed")
    return Finding("person key", "good", "set")


def _home(settings: Settings) -> Finding:
    folder = settings.home.absolute()
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    with tempfile.TemporaryFile(dir=existing):
        pass
    state = "exists" if existing == folder else f"will be made in {existing}"
    return Finding("home", "good", f"{folder} is writable, {state}")


def _disk(settings: Settings) -> Finding:
    folder = settings.home.absolute()
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free / 1e9
    if free < LOW_DISK_GB:
        return Finding("disk", "warning", f"{free:.1f} GB free", f"keep at least {LOW_DISK_GB} GB free")
    return Finding("disk", "good", f"{free:.0f} GB free")


def _duckdb(settings: Settings) -> Finding:
    from ingest import warehouse

    with warehouse.connect_memory(settings) as con:
        rows = con.execute("select count(*) from duckdb_extensions() where loaded").fetchall()
    return Finding(
        "duckdb",
        "good",
        f"{rows[0][0]} extensions built in, memory {settings.memory_limit}, {settings.threads} threads",
    )


def _warehouse(settings: Settings) -> Finding:
    from ingest import warehouse
    from orchestration.close_history import closes_in_force

    if not settings.warehouse_file.exists():
        return Finding("warehouse", "good", "none yet; the first run makes it")
    with warehouse.connect(settings) as con:
        closes = closes_in_force(con, settings.programme)
    return Finding(
        "warehouse", "good", f"{len(closes)} periods closed" + (f", last {closes[-1].period}" if closes else "")
    )


def _gateways(settings: Settings) -> Finding:
    from ingest.gateway_config import load_gateways

    if settings.gateways is None:
        return Finding("gateways", "good", "none configured (XINYONG_GATEWAYS)")
    gateways = load_gateways(settings)
    missing = sorted(
        {
            name
            for gateway in gateways
            for name in (getattr(gateway, "access_key_env", None), getattr(gateway, "secret_key_env", None))
            if name and not os.environ.get(name)
        }
    )
    if missing:
        return Finding("gateways", "bad", f"keys not set: {', '.join(missing)}", "set them in the environment")
    return Finding("gateways", "good", ", ".join(f"{g.name} ({g.feed})" for g in gateways))


def _seeds(settings: Settings) -> Finding:
    from ingest import clock
    from ingest.seeds import seed_rows

    domains = seed_rows("domains", settings.programme)
    departments = seed_rows("departments", settings.programme)
    if not domains:
        return Finding("seeds", "bad", f"no rows of programme {settings.programme}", "correct XINYONG_PROGRAMME")
    clock.due_at(settings, f"{clock.local_date(clock.now()):%Y-%m}")
    return Finding("seeds", "good", f"{len(departments)} departments, {len(domains)} domains, calendar covers today")


def _contracts(_settings: Settings) -> Finding:
    from ingest.contract_model import load_contracts
    from ingest.contract_render import drift

    wrong = drift()
    if wrong:
        return Finding(
            "contracts", "bad", f"generated files differ: {', '.join(map(str, wrong))}", "run make contracts"
        )
    return Finding("contracts", "good", f"{len(load_contracts())} feeds, generated files agree")
