"""Killed anywhere, run twice, read in another order, with files that come meanwhile: the result is the same.

A few points of what ``make torture`` does at every point (tests/torture).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest import durable, landing, warehouse
from ingest.durable import AFTER, BEFORE
from orchestration.intake import take_in
from orchestration.stages import Stopwatch
from tests.conftest import settings_for
from tests.integration.conftest import City
from tests.torture.homes import JUNE, make_source
from tests.torture.rack import INTAKE, Rack, rack
from tests.torture.state import differences, state
from tests.torture.worker import Stop

SENDER = "market_regulation"
AS_OF = datetime(2025, 7, 20, 16)

KILLS = (
    Stop("gateway.ledger", AFTER),
    Stop("archive.file", AFTER, 2),
    Stop("raw.batch", AFTER, 2),
    Stop("verdict.pass", BEFORE, 2),
    Stop("verdict.unread", AFTER),
    Stop("receipt.folder", AFTER, 2),
)
"""One home suffers them one after the other: each run resumes what the former left.

A close costs a build of 20 s: tests/unit/test_durable.py stops the publication without one, ``make torture`` kills at
every point of whole closes.
"""


@pytest.fixture(scope="module")
def victim(city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rack]:
    """One department and two gateways of the city, June taken in undisturbed once."""
    source = tmp_path_factory.mktemp("source")
    planned = make_source(source, city.home, (SENDER,))
    with rack(tmp_path_factory.mktemp("rack"), source) as made:
        made.baseline(planned[:1], (INTAKE,))
        yield made


def test_intake_killed_again_and_again_equals_an_undisturbed_one(victim: Rack) -> None:
    step = victim.steps[0]
    home = victim.home_of(step)
    for stop in KILLS:
        run = victim.close(home, step, stop, part=INTAKE)
        assert [p for p in run.points if p["stopped"]], f"never came to {stop}: {run.told}"
        assert not run.told
    assert victim.kills == len(KILLS)
    victim.finish(home, step, "after every kill", INTAKE)
    assert victim.failures == []


@pytest.fixture
def taking(city: City, tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Returns a function that takes files of June in, in as many runs as it is told, and says what is there then."""
    files = sorted((city.home / "inbox" / SENDER / JUNE).glob("*.csv"))[:3]
    times = [datetime(2025, 7, 3 + n, tzinfo=UTC).timestamp() for n in range(len(files))]

    def take(name: str, *runs: list[int], meanwhile: int | None = None) -> dict[str, str]:
        settings = settings_for(tmp_path / name)

        def deliver(number: int) -> None:
            target = settings.inbox / SENDER / JUNE / files[number].name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(files[number], target)
            os.utime(target, (times[number], times[number]))

        def arriving(point: str, side: str) -> None:
            if meanwhile is not None and (point, side) == ("ledger.arrivals", AFTER):
                deliver(meanwhile)

        for run in runs:
            for number in run:
                deliver(number)
            with warehouse.connect(settings) as con, durable.hooked(arriving):
                taken = take_in(con, settings, AS_OF, Stopwatch(None, JUNE))
            assert not taken.problems
            assert not taken.violations
        return state(settings.home)

    return take


def test_same_inbox_gives_the_same_in_any_order_twice_and_with_files_that_come_meanwhile(
    taking: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = taking("once", [0, 1, 2])
    assert differences(everything, taking("once", [])) == []
    real = landing.scan
    monkeypatch.setattr(landing, "scan", lambda inbox: reversed(list(real(inbox))))
    assert differences(everything, taking("other order", [1, 0], [], meanwhile=2)) == []
