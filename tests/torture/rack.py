"""Runs closes that are stopped, watches what can be opened meanwhile, and tells what differs in the end."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.synthetic.city import write_gateways_yaml
from ingest.synthetic.simulator import serve
from tests.torture import worker
from tests.torture.homes import Step, copy_home, deliver
from tests.torture.state import check_release, differences, releases, state

HOME = "信用 home"
INTAKE, REST = "intake", "rest"
"""Parts of a step: taking in what arrived, and the close of what was taken in. A kill in the one costs nothing of the
other; random kills go through both at once."""
PARSED = "warehouse/dbt_target"
WATCH_SECONDS = 0.05
CHECK_AGAIN = 20  # looks after which a release that was whole is checked in full once more
LONGEST_SECONDS = 900


@dataclass
class Outcome:
    """One close that was run, stopped or not."""

    points: list[dict[str, Any]]
    told: dict[str, Any]  # outcome and message; empty if it was killed
    seconds: float

    @property
    def is_done(self) -> bool:
        """Whether the close came to its end and everything that it tried worked."""
        return self.told.get("outcome") in {"closed", "unchanged"} and not self.told.get("problems")


@dataclass
class Rack:
    """Homes, baseline and counters of one torture."""

    folder: Path
    source: Path
    gateways: Path
    opened: int = 0
    kills: int = 0
    runs: int = 0
    failures: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    before: dict[tuple[str, str], Path] = field(default_factory=dict)  # home as it is when the part begins
    expected: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    reached: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    seconds: dict[tuple[str, str], float] = field(default_factory=dict)

    def baseline(self, planned: list[Step], parts: tuple[str, ...] = (INTAKE, REST)) -> None:
        """Runs every step undisturbed and keeps what it found and left."""
        home = self.folder / HOME
        (home / "inbox").mkdir(parents=True)
        self.steps = planned
        for step in planned:
            deliver(self.source, home, step)
            for part in parts:
                key = (step.name, part)
                self.before[key] = copy_home(home, self.folder / f"before {part} of {step.name}")
                done = self.close(home, step, part=part)
                if not done.is_done:
                    raise AssertionError(f"the undisturbed {part} of {step.name} failed: {done.told}")
                self.expected[key], self.reached[key], self.seconds[key] = state(home), done.points, done.seconds
            # dbt's partial parse is a cache; without it every close of the first step would parse the project anew.
            if (home / PARSED).is_dir():
                for part in parts:
                    shutil.copytree(home / PARSED, self.before[step.name, part] / PARSED, dirs_exist_ok=True)

    def home_of(self, step: Step, part: str = INTAKE) -> Path:
        """Returns the home as it is when the part begins; always at the same place, which dbt's cache remembers."""
        return copy_home(self.before[step.name, part], self.folder / HOME)

    def close(
        self,
        home: Path,
        step: Step,
        stop: worker.Stop | None = None,
        delay: float | None = None,
        part: str = REST,
    ) -> Outcome:
        """Returns what one close did.

        Args:
            home: its home.
            step: what is closed.
            stop: point at which the process kills its group, or sees a full disk.
            delay: seconds after which the group is killed from outside.
            part: the intake only, or to the end.
        """
        trace = self.folder / f"trace {self.runs}.jsonl"
        self.runs += 1
        order = worker.Order(home, self.gateways, step.period, step.as_of, trace, stop, part == INTAKE)
        started = time.monotonic()
        process = multiprocessing.get_context("forkserver").Process(target=worker.run, args=(order,))
        process.start()
        self._watch(home, process, started, delay)
        process.join()
        seconds = time.monotonic() - started
        lines = [json.loads(line) for line in trace.read_text(encoding="utf-8").splitlines()] if trace.exists() else []
        trace.unlink(missing_ok=True)
        self._look(home, {}, 0)
        killed = process.exitcode == -signal.SIGKILL
        self.kills += killed
        if not killed and process.exitcode != 0:
            self.failures.append(f"{step.name}: the close ended with exit code {process.exitcode}")
        told = next((line for line in lines if "outcome" in line), {})
        return Outcome([line for line in lines if "point" in line], told, seconds)

    def _watch(self, home: Path, process: Any, started: float, delay: float | None) -> None:
        seen: dict[str, int] = {}
        looks = 0
        while process.is_alive():
            waited = time.monotonic() - started
            if (delay is not None and waited >= delay) or waited > LONGEST_SECONDS:
                _kill_group(process.pid)
                return
            self._look(home, seen, looks)
            looks += 1
            process.join(WATCH_SECONDS)

    def _look(self, home: Path, seen: dict[str, int], look: int) -> None:
        """Opens every release there is; one that was whole a moment ago is read in full again only now and then."""
        for release in releases(home):
            if look - seen.get(release.name, -CHECK_AGAIN) < CHECK_AGAIN:
                continue
            seen[release.name] = look
            check_release(release)
            self.opened += 1

    def finish(self, home: Path, step: Step, what: str, part: str = REST) -> None:
        """Runs the close to its end and notes what differs from the undisturbed run."""
        done = self.close(home, step, part=part)
        if not done.is_done:
            self.failures.append(f"{step.name}, {what}: the next run ended with {done.told}")
        found = differences(self.expected[step.name, part], state(home))
        self.failures += [f"{step.name}, {what}: {told}" for told in found]


def _kill_group(pid: int) -> None:
    """Kills the process with its group; before it has a group of its own, the process alone."""
    group = os.getpgid(pid)
    if group == os.getpgrp() or group != pid:
        os.kill(pid, signal.SIGKILL)
    else:
        os.killpg(group, signal.SIGKILL)


@contextmanager
def rack(folder: Path, source: Path) -> Iterator[Rack]:
    """Yields a rack whose gateways answer on loopback, in small pages."""
    with serve(source) as simulator:
        os.environ.update(simulator.keys)
        gateways = write_gateways_yaml(folder, simulator.base_url)
        gateways.write_text(
            gateways.read_text(encoding="utf-8").replace("page_size: 500", "page_size: 10"), encoding="utf-8"
        )
        multiprocessing.get_context("forkserver").set_forkserver_preload(["tests.torture.worker"])
        try:
            yield Rack(folder, source, gateways)
        finally:
            for name in simulator.keys:
                os.environ.pop(name, None)
