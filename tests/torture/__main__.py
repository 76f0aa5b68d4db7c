"""``make torture``: kills closes before and after every durable write and at random, and compares what comes of it."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ingest.durable import AFTER, BEFORE, POINTS
from tests.torture.disk import on_small_disk
from tests.torture.homes import FEW, SENDERS, Step, make_source
from tests.torture.rack import INTAKE, REST, Rack, rack
from tests.torture.worker import FULL, Stop

KILLS_PER_HOME = 5  # random kills that one home suffers before it may finish
REPLACING = ("release.", "close.")  # tried in the amendment too: there is something to replace


@dataclass(frozen=True)
class Place:
    """Where a close is stopped."""

    step: Step
    part: str
    stop: Stop


def say(text: str) -> None:
    """Writes a line at once."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


def places_of(victim: Rack, only: str) -> list[Place]:
    """Returns where to stop: each side of each point in the first part that reaches it, publication when amending too.

    Of several times that a part reaches a point the middle one is taken, so that something stands and something lacks.
    """
    found = []
    taken: set[tuple[str, str]] = set()
    for step in victim.steps:
        for part in (INTAKE, REST):
            counted = Counter((hit["point"], hit["side"]) for hit in victim.reached[step.name, part])
            for point in (p for p in POINTS if only in p):
                again = step is victim.steps[-1] and point.startswith(REPLACING)
                for side in (BEFORE, AFTER):
                    if counted[point, side] and ((point, side) not in taken or again):
                        taken.add((point, side))
                        found.append(Place(step, part, Stop(point, side, (counted[point, side] + 1) // 2)))
    return found


def at_points(victim: Rack, places: list[Place]) -> Counter[str]:
    """Kills one close at every place, runs it again to the end of its part, compares; returns the points hit."""
    hit: Counter[str] = Counter()
    for place in places:
        home = victim.home_of(place.step, place.part)
        killed = victim.close(home, place.step, place.stop, part=place.part)
        if any(p["stopped"] for p in killed.points) and not killed.told:
            hit[f"{place.stop.side} {place.stop.point}"] += 1
        else:
            victim.failures.append(f"{place.step.name}, {place.stop}: was not killed there")
        victim.finish(home, place.step, str(place.stop), place.part)
        say(f"{place.step.name}: {place.stop}: {len(victim.failures)} differences so far")
    return hit


def in_a_row(victim: Rack, places: list[Place], what: str = "kill") -> Counter[str]:
    """Stops one home at one place of its first step after the other, each run resuming what the former left.

    Quicker than ``at_points``, as nothing is done twice that was kept; what differs in the end may be any stop's doing.
    Returns the points hit.
    """
    hit: Counter[str] = Counter()
    step = places[0].step
    home = victim.home_of(step)
    for place in (p for p in places if p.step is step):
        stop = Stop(place.stop.point, place.stop.side, what=what)
        run = victim.close(home, step, stop, part=place.part)
        if not any(p["stopped"] for p in run.points):
            continue  # a former run has done it already
        hit[f"{stop.side} {stop.point}"] += 1
        expected = "DiskFullError" if what == FULL else None
        if run.told.get("outcome") != expected:
            victim.failures.append(f"{step.name}, {stop}: {run.told}")
        say(f"{step.name}: {stop}")
    victim.finish(home, step, f"after every {what} in a row")
    say(f"{step.name}: {sum(hit.values())} times {what} in a row: {len(victim.failures)} differences so far")
    return hit


def at_random(victim: Rack, kills: int, seed: int) -> Counter[str]:
    """Kills closes after seeded random delays, several times in one home, then lets it finish and compares.

    Returns the points between which the kills fell.
    """
    dice = random.Random(seed)
    fell: Counter[str] = Counter()
    done, home, step = 0, None, victim.steps[0]
    while done < kills:
        if home is None:
            step = dice.choice(victim.steps)
            home = victim.home_of(step)
        before = victim.kills
        longest = victim.seconds[step.name, INTAKE] + victim.seconds[step.name, REST]
        run = victim.close(home, step, delay=dice.uniform(0.3, longest))
        if victim.kills > before:
            done += 1
            fell[f"after {run.points[-1]['point']}" if run.points else "at the start"] += 1
        if run.told or done % KILLS_PER_HOME == 0 or done == kills:
            victim.finish(home, step, f"random kills up to number {done}")
            say(f"{step.name}: {done} random kills: {len(victim.failures)} differences so far")
            home = None
    return fell


def main() -> int:
    """Returns 0 if nothing differed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--random", type=int, default=50, help="random kills")
    parser.add_argument("--seed", type=int, default=2025)
    parser.add_argument("--only", default="", help="points whose name contains this")
    parser.add_argument("--city", type=Path, help="home of a synthetic city of 1,000 enterprises; default: one is made")
    parser.add_argument("--all", action="store_true", help="five departments instead of two: slower")
    parser.add_argument("--parts", default="points,disk,small,random", help="also row: one home, kill after kill")
    arguments = parser.parse_args()
    started = time.monotonic()
    report: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="xinyong-torture-") as folder:
        source = Path(folder) / "source"
        source.mkdir()
        planned = make_source(source, arguments.city, SENDERS if arguments.all else FEW)
        with rack(Path(folder), source) as victim:
            victim.baseline(planned)
            say(f"undisturbed: {', '.join(f'{part} of {k} {v:.1f} s' for (k, part), v in victim.seconds.items())}")
            reached = {hit["point"] for hits in victim.reached.values() for hit in hits}
            if missing := sorted(set(POINTS) - reached):
                victim.failures.append(f"the undisturbed run never reaches {', '.join(missing)}")
            places = places_of(victim, arguments.only)
            if "row" in arguments.parts:
                report["in_a_row"] = in_a_row(victim, places)
            if "points" in arguments.parts:
                report["points"] = at_points(victim, places)
            if "disk" in arguments.parts:
                report["disk_full"] = in_a_row(victim, [p for p in places if p.stop.side == BEFORE], FULL)
            if "small" in arguments.parts:
                report["small_disk"] = on_small_disk(victim, planned[0], say)
            if "random" in arguments.parts:
                report["random"] = at_random(victim, arguments.random, arguments.seed)
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
