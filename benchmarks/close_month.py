"""Measures a cold process from start to the finished close of one month of the small city, by stage.

``make bench`` prints a table and writes ``benchmarks/results/<time>.json``. The city is the one of ``make run``: its
earlier months are closed first and not timed; what departments sent for the measured month lies aside until then. The
gateways answer from this process, on loopback.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).with_name("results")
TARGET_SECONDS = 30  # cold process to finished close, 2 cores, 5,000 enterprises


def child(period: str, as_of: str, started: float) -> None:
    """Closes the month as ``xinyong run`` does, in this fresh process, and prints what took how long."""
    sys.path.insert(0, str(ROOT))
    from ingest.settings import load_settings
    from orchestration import cli, close

    leave = cli.hasten()  # as the console script does
    ready = time.time()
    result = close.close_month(load_settings(), period, datetime.fromisoformat(as_of))
    finished = time.time()
    stages = {"start of python": ready - started, **result.seconds}
    stages["rest"] = finished - started - sum(stages.values())
    print(
        json.dumps(
            {
                "state": result.state,
                "problems": result.problems,
                "stages": stages,
                "counts": vars(result.counts),
            },
            default=str,
        )
    )
    leave(0)


def measure(period: str, as_of: str) -> dict[str, object]:
    """Returns the seconds of one cold close of a period, as this process sees them, and the stages in it."""
    started = time.time()
    answer = subprocess.run(
        [sys.executable, __file__, "--child", period, as_of, repr(started)],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    seconds = time.time() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    if answer.returncode:
        sys.exit(f"the close failed:\n{answer.stderr}")
    found = json.loads(answer.stdout.splitlines()[-1])
    if found["state"] != "closed" or found["problems"]:
        sys.exit(f"the close did not work: {found['state']}, {found['problems']}")
    found["stages"]["end of process"] = seconds - sum(found["stages"].values())
    return {"seconds": seconds, "cpu_seconds": used.ru_utime + used.ru_stime, **found}


def main() -> int:
    """Returns 0 if the close was as quick as it has to be, 1 if not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--enterprises", type=int, default=5000)
    parser.add_argument("--months", type=int, default=3, choices=(1, 2, 3), help="the last one is measured")
    parser.add_argument("--keep", type=Path, help="folder for the city, kept for a look afterwards")
    parser.add_argument("--target", type=float, default=TARGET_SECONDS, help="seconds")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        period, as_of, started = arguments.child
        child(period, as_of, float(started))
        return 0
    with tempfile.TemporaryDirectory(prefix="xinyong bench ") as folder:
        found = prepare_and_measure(arguments.keep or Path(folder), arguments.enterprises, arguments.months)
    report(found, arguments.target)
    return 0 if float(str(found["seconds"])) <= arguments.target else 1


def prepare_and_measure(home: Path, enterprises: int, months: int) -> dict[str, object]:
    """Returns the measured close of the last month of a fresh city."""
    sys.path.insert(0, str(ROOT))
    from ingest.settings import load_settings
    from ingest.synthetic.city import MONTHS
    from ingest.synthetic.city import make_city as build
    from orchestration import close, demo

    for name in [n for n in os.environ if n.startswith("XINYONG_")]:
        del os.environ[name]
    started = time.perf_counter()
    manifest = build(home, seed=2025, enterprises=enterprises, months=MONTHS[:months])
    print(f"city of {enterprises:,} enterprises: {time.perf_counter() - started:.1f} s")
    *earlier, last = manifest.close_as_of.items()
    with demo.gateways_running(home) as gateways:
        os.environ.update(
            {
                "XINYONG_HOME": str(home),
                "XINYONG_RECEIPT_CLOCK": "mtime",
                "XINYONG_GATEWAYS": str(gateways),
                "XINYONG_PERSON_KEY": demo.own_person_key(home),
            }
        )
        aside = home / "aside"
        for folder in sorted((home / "inbox").glob(f"*/{last[0]}")):
            target = aside / folder.parent.name
            target.mkdir(parents=True)
            folder.rename(target / last[0])
        for period, as_of in earlier:
            started = time.perf_counter()
            close.close_month(load_settings(), period, datetime.fromisoformat(as_of))
            print(f"{period} closed in {time.perf_counter() - started:.1f} s, not measured")
        for folder in sorted(aside.glob("*/*")):
            folder.rename(home / "inbox" / folder.parent.name / folder.name)
        found = measure(*last)
    return {"period": last[0], "enterprises": enterprises, **found}


def report(found: dict[str, object], target: float) -> None:
    """Prints the table and writes the JSON file."""
    stages: dict[str, float] = found["stages"]  # the JSON of the child
    seconds = float(str(found["seconds"]))
    print(f"\nclose of {found['period']}, {found['enterprises']:,} enterprises, cold process")
    for name, taken in stages.items():
        print(f"  {name:<24}{taken:8.2f} s  {taken / seconds:6.1%}")
    print(f"  {'total':<24}{seconds:8.2f} s   target {target:g} s: {'met' if seconds <= target else 'MISSED'}")
    print(f"  {'CPU, all threads':<24}{float(str(found['cpu_seconds'])):8.2f} s   load {os.getloadavg()[0]:.1f}")
    now = datetime.now(UTC)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"close_month_{now:%Y%m%dT%H%M%SZ}.json"
    machine = {"python": platform.python_version(), "cpus": os.cpu_count(), "load": os.getloadavg()[0]}
    path.write_text(json.dumps({"at": now.isoformat(), "machine": machine, **found}, indent=1), encoding="utf-8")
    print(f"written to {path.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
