"""``make torture``: kills closes before and after every durable write and at random, and compares what comes of it."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from ingest.durable import AFTER, BEFORE, POINTS
from tests.torture.homes import FEW, SENDERS, Step, make_source
from tests.torture.rack import Rack, rack
from tests.torture.worker import FULL, Stop

KILLS_PER_HOME = 5  # random kills that one home suffers before it may finish
PUBLICATION = ("dbt.build", "release.", "close.", "plan.")  # tried in the amendment too: there is something to replace


def say(text: str) -> None:
    """Writes a line at once."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


def stops_of(victim: Rack, planned: list[Step], only: str) -> list[tuple[Step, Stop]]:
    """Returns where to stop: each side of each point in the first step that reaches it, publication when amending too.

    Of several times that a step reaches a point the middle one is taken, so that something stands and something lacks.
    """
    found = []
    taken: set[tuple[str, str]] = set()
    for step in planned:
        counted = Counter((hit["point"], hit["side"]) for hit in victim.reached[step.name])
        for point in POINTS:
            again = step is planned[-1] and point.startswith(PUBLICATION)
            for side in (BEFORE, AFTER):
                if only in point and counted[point, side] and ((point, side) not in taken or again):
                    taken.add((point, side))
                    found.append((step, Stop(point, side, (counted[point, side] + 1) // 2)))
    return found


def at_points(victim: Rack, stops: list[tuple[Step, Stop]]) -> Counter[str]:
    """Kills one close at every stop, runs it again to the end, compares; returns the points hit."""
    hit: Counter[str] = Counter()
    for step, stop in stops:
        home = victim.home_of(step)
        killed = victim.close(home, step, stop)
        if any(p["stopped"] for p in killed.points) and not killed.told:
            hit[stop.point] += 1
        else:
            victim.failures.append(f"{step.name}, {stop}: was not killed there")
        victim.finish(home, step, str(stop))
        say(f"{step.name}: {stop}: {len(victim.failures)} differences so far")
    return hit


def in_a_row(victim: Rack, stops: list[tuple[Step, Stop]]) -> Counter[str]:
    """Kills the close of one home at one stop after the other, each run resuming what the former left.

    Quicker than ``at_points``, as nothing is done twice that was kept; what differs in the end may be any stop's doing.
    Returns the points hit.
    """
    hit: Counter[str] = Counter()
    for step in dict.fromkeys(step for step, _ in stops):
        home = victim.home_of(step)
        for stop in (stop for of, stop in stops if of is step):
            killed = victim.close(home, step, Stop(stop.point, stop.side))
            if any(p["stopped"] for p in killed.points) and not killed.told:
                hit[stop.point] += 1
                say(f"{step.name}: {stop.side} {stop.point}")
            elif not killed.is_done:
                victim.failures.append(f"{step.name}, {stop}: {killed.told}")
        victim.finish(home, step, "after kills in a row")
        say(f"{step.name}: {sum(hit.values())} kills in a row: {victim.failures}")
    return hit


def at_random(victim: Rack, planned: list[Step], kills: int, seed: int) -> Counter[str]:
    """Kills closes after seeded random delays, several times in one home, then lets it finish and compares.

    Returns the points between which the kills fell.
    """
    dice = random.Random(seed)
    fell: Counter[str] = Counter()
    done, home, step = 0, None, planned[0]
    while done < kills:
        if home is None:
            step = dice.choice(planned)
            home = victim.home_of(step)
        before = victim.kills
        run = victim.close(home, step, delay=dice.uniform(0.3, victim.seconds[step.name]))
        if victim.kills > before:
            done += 1
            fell[f"after {run.points[-1]['point']}" if run.points else "at the start"] += 1
        if run.told or done % KILLS_PER_HOME == 0 or done == kills:
            victim.finish(home, step, f"random kills up to number {done}")
            say(f"{step.name}: {done} random kills: {len(victim.failures)} differences so far")
            home = None
    return fell


def with_full_disk(victim: Rack, planned: list[Step], only: str) -> int:
    """Lets the disk be full at one point after the other of one home, then makes room; returns how many were tried."""
    tried = 0
    for step in (planned[0], planned[-1]):
        home = victim.home_of(step)
        for point in dict.fromkeys(hit["point"] for hit in victim.reached[step.name]):
            if only not in point:
                continue
            stopped = victim.close(home, step, Stop(point, BEFORE, 1, FULL))
            if not any(p["stopped"] for p in stopped.points):
                continue  # already done by a former run
            tried += 1
            if stopped.told.get("outcome") != "DiskFullError":
                victim.failures.append(f"{step.name}, disk full at {point}: {stopped.told}")
        victim.finish(home, step, "after a full disk at every point")
        say(f"{step.name}: disk full at {tried} points: {len(victim.failures)} differences so far")
    return tried


def main() -> int:
    """Returns 0 if nothing differed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--random", type=int, default=50, help="random kills")
    parser.add_argument("--seed", type=int, default=2025)
    parser.add_argument("--only", default="", help="points whose name contains this")
    parser.add_argument("--city", type=Path, help="home of a synthetic city of 1,000 enterprises; default: one is made")
    parser.add_argument("--few", action="store_true", help="two departments only: quicker")
    parser.add_argument("--parts", default="points,disk,random", help="also row: one home, kill after kill")
    arguments = parser.parse_args()
    started = time.monotonic()
    report: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="xinyong-torture-") as folder:
        source = Path(folder) / "source"
        source.mkdir()
        planned = make_source(source, arguments.city, FEW if arguments.few else SENDERS)
        with rack(Path(folder), source) as victim:
            victim.baseline(planned)
            say(f"undisturbed: {', '.join(f'{k} {v:.1f} s' for k, v in victim.seconds.items())}")
            reached = {hit["point"] for hits in victim.reached.values() for hit in hits}
            if missing := sorted(set(POINTS) - reached):
                victim.failures.append(f"the undisturbed run never reaches {', '.join(missing)}")
            if "row" in arguments.parts:
                report["in_a_row"] = in_a_row(victim, stops_of(victim, planned, arguments.only))
            if "points" in arguments.parts:
                report["points"] = at_points(victim, stops_of(victim, planned, arguments.only))
            if "disk" in arguments.parts:
                report["disk_full"] = with_full_disk(victim, planned, arguments.only)
            if "random" in arguments.parts:
                report["random"] = at_random(victim, planned, arguments.random, arguments.seed)
            report |= {
                "kills": victim.kills,
                "runs": victim.runs,
                "releases_opened": victim.opened,
                "seconds": round(time.monotonic() - started),
                "differences": victim.failures,
            }
    say(json.dumps(report, ensure_ascii=False, indent=1))
    return 1 if victim.failures else 0


if __name__ == "__main__":
    sys.exit(main())
