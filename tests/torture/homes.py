"""The small city that is tortured: a few departments of the synthetic one, arriving month by month."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.synthetic import make_city

SENDERS = ("market_regulation", "development_reform", "agriculture_rural", "economy_information", "natural_resources")
"""Registry and public credit, csv, sub-folders, damaged and misplaced files, a late report."""

FEW = ("market_regulation", "natural_resources")
RECORDS = 45  # of each gateway, a few pages
GATEWAYS = ("dazonghe", "datashare")
JUNE, JULY = "2025-06", "2025-07"


@dataclass(frozen=True)
class Step:
    """One close, and until when things have arrived for it."""

    name: str
    period: str
    as_of: datetime


def steps(as_of: dict[str, str]) -> list[Step]:
    """Returns what is closed one after the other: June, July, and June again with what came late."""
    june, july = datetime.fromisoformat(as_of[JUNE]), datetime.fromisoformat(as_of[JULY])
    return [
        Step("June", JUNE, june),
        Step("July", JULY, july),
        Step("June amended", JUNE, july + timedelta(days=10)),
    ]


def make_source(folder: Path, city: Path | None, senders: tuple[str, ...] = SENDERS) -> list[Step]:
    """Returns the steps; ``folder`` gets the inbox of the chosen senders and a few records per gateway.

    Args:
        folder: empty.
        city: home of a synthetic city to take from; None: one is made.
        senders: department codes.
    """
    if city is None:
        city = folder / "city"
        make_city(city, seed=2025, enterprises=1000)
    manifest = json.loads((city / "manifest.json").read_text(encoding="utf-8"))
    planned = steps(manifest["close_as_of"])
    for sender in senders:
        shutil.copytree(city / "inbox" / sender, folder / "inbox" / sender)
    _add_strange(folder / "inbox")
    _add_late(folder / "inbox", planned[-1].as_of)
    (folder / "gateway").mkdir()
    for name in GATEWAYS:
        lines = (city / "gateway" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        kept = lines[:: max(1, len(lines) // RECORDS)]
        (folder / "gateway" / f"{name}.jsonl").write_text("\n".join(kept) + "\n", encoding="utf-8")
    return planned


def _add_strange(inbox: Path) -> None:
    """Adds a file that belongs to no catalogue, with the first ones of June."""
    june = inbox / "market_regulation" / JUNE
    at = min(path.stat().st_mtime for path in june.iterdir())
    strange = june / "通讯录.csv"
    strange.write_text("姓名,电话\n张三,0572-0000000\n", encoding="utf-8")
    os.utime(strange, (at, at))


def _add_late(inbox: Path, as_of: datetime) -> None:
    """Adds what comes before the amendment: a correction, a repeat of the same bytes, and a link."""
    june = inbox / "market_regulation" / JUNE
    report = june / "行业评价结果信息_2025-06.csv"
    lines = report.read_bytes().splitlines(keepends=True)
    correction = june / "更正-行业评价结果信息_2025-06.csv"
    correction.write_bytes(b"".join(lines[:6]))
    repeat = june / "行业评价结果信息_再次报送.csv"
    repeat.write_bytes(report.read_bytes())
    for path, days in ((correction, 2), (repeat, 1)):
        at = (as_of - timedelta(days=days)).replace(tzinfo=UTC).timestamp()
        os.utime(path, (at, at))
    (june / "链接.csv").symlink_to("/etc/hostname")


def deliver(source: Path, home: Path, step: Step) -> None:
    """Puts into the home's inbox what had arrived by the step; links come with the last file of their folder."""
    for path in sorted((source / "inbox").rglob("*")):
        target = home / path.relative_to(source)
        if path.is_symlink():
            if step.name == "June amended" and not target.is_symlink():
                target.symlink_to(path.readlink())
        elif path.is_file() and not target.exists():
            arrived = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)
            if arrived <= step.as_of:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, target)


def copy_home(source: Path, target: Path) -> Path:
    """Returns a copy of a home with its times and links."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True)
    return target
