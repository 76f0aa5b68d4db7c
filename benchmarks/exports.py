"""Measures what goes out of a city of 500,000 enterprises: notice, lists, annexes, slips, department reports, pages.

``make bench-exports`` takes a published release (of ``make run``), multiplies the enterprises in its marts in DuckDB
and writes the documents from the grown file, as a close does after dbt. It prints seconds per kind of document and
writes ``benchmarks/results/exports.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parents[1]
RESULT = Path(__file__).with_name("results") / "exports.json"
TARGET_SECONDS = 60  # issue 5: notice and lists within a minute after the marts are built
# Rows of these are about submissions and months: there are no more of them in a larger city.
NOT_GROWN = frozenset({"submissions", "inspection_tasks"})


def grow(database: Path, enterprises: int) -> dict[str, int]:
    """Returns the rows per mart after every enterprise was copied, with its rows, until there are that many."""
    with duckdb.connect(str(database)) as con:
        present = con.execute("select count(*) from marts.enterprise_profile").fetchall()[0][0]
        copies = -(-enterprises // present) - 1
        counts = {}
        for (mart,) in con.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall():
            columns = {row[0] for row in con.execute(f"describe marts.{mart}").fetchall()}
            if mart not in NOT_GROWN and not mart.startswith("coverage") and columns & {"uscc", "row_number"}:
                # A copy of 91330523MXT0MW967F is called 91330523MXT00042…: still 18 letters, and no other's code.
                renamed = [
                    f"{expression} as {column}"
                    for column, expression in {
                        "uscc": "left(uscc, 2) || lpad(copy::varchar, 5, '0') || right(uscc, 11)",
                        "enterprise_name": "enterprise_name || copy",
                        "subject_key": "subject_key || copy",
                        "inspection_id": "inspection_id || copy",
                        "row_id": "row_id + 1000000 * copy",
                        "finding_no": "finding_no + 1000000 * copy",
                    }.items()
                    if column in columns
                ]
                con.execute(
                    f"insert into marts.{mart} select o.* replace ({', '.join(renamed)}) "
                    f"from marts.{mart} as o cross join range(1, {copies} + 1) as t(copy)"
                )
            counts[mart] = int(con.execute(f"select count(*) from marts.{mart}").fetchall()[0][0])
        con.execute("update meta.tables set row_count = 0")  # the hashes of the small city say nothing here
        con.execute("checkpoint")
    return counts


def period_of(database: Path) -> str:
    """Returns the month of a release."""
    with duckdb.connect(str(database), read_only=True) as con:
        return str(con.execute("select period from meta.release").fetchall()[0][0])


def measure(settings: Any, database: Path, folder: Path) -> tuple[dict[str, float], float]:
    """Returns the seconds per kind of document, written as a close writes them, and those of all threads together."""
    from exports.department_report import write_reports
    from exports.dictionary import write_dictionary
    from exports.lists import Release, write_lists
    from exports.notice import write_notice
    from exports.notice.slips import write_slips
    from exports.overview import write_overview
    from exports.tables import open_database

    seconds: dict[str, float] = {}
    used = time.process_time()

    def timed(name: str, write: Callable[[], object]) -> None:
        started = time.perf_counter()
        write()
        seconds[name] = time.perf_counter() - started
        print(f"  {name:<24}{seconds[name]:8.2f} s", flush=True)

    timed("notice", lambda: write_notice(database, folder / "notice", period_of(database)))
    with open_database(settings, database) as con:
        release = Release(con)
        timed("lists and annexes", lambda: write_lists(con, folder))
        timed("slips", lambda: write_slips(con, folder))
        timed("department reports", lambda: write_reports(con, folder))
        timed("dictionary", lambda: write_dictionary(con, folder, release.as_of, " ".join(release.notes())))
        timed("overview", lambda: write_overview(con, folder))
    return seconds, time.process_time() - used


def main() -> int:
    """Returns 0 if everything was written within the target, 1 if not."""
    sys.path.insert(0, str(ROOT))
    from ingest.settings import Settings

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    home = Path(os.environ.get("XINYONG_HOME", "var"))
    parser.add_argument("--release", type=Path, default=home / "published" / "current", help="a published release")
    parser.add_argument("--enterprises", type=int, default=500_000)
    parser.add_argument("--keep", type=Path, help="folder for the documents, kept for a look afterwards")
    parser.add_argument("--target", type=float, default=TARGET_SECONDS, help="seconds")
    arguments = parser.parse_args()
    source = arguments.release / "xinyong.duckdb"
    if not source.is_file():
        sys.exit(f"there is no release in {arguments.release}: call make run first, or name one with --release")
    with tempfile.TemporaryDirectory(prefix="xinyong bench ") as scratch:
        folder = arguments.keep or Path(scratch) / "release"
        folder.mkdir(parents=True, exist_ok=True)
        database = folder / "xinyong.duckdb"
        shutil.copyfile(source, database)
        rows = grow(database, arguments.enterprises)
        print(f"{rows['enterprise_profile']:,} enterprises, {sum(rows.values()):,} rows")
        settings = Settings(home=Path(scratch) / "home", person_key="x" * 32)
        seconds, cpu_seconds = measure(settings, database, folder)
        written = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path != database)
    total = sum(seconds.values())
    verdict = "met" if total <= arguments.target else "MISSED"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {'total':<24}{total:8.2f} s   target {arguments.target:g} s: {verdict}")
    print(f"  CPU, all threads {cpu_seconds:.2f} s, load {os.getloadavg()[0]:.1f}, peak memory {peak:,.0f} MB")
    RESULT.parent.mkdir(exist_ok=True)
    found = {
        "at": datetime.now(UTC).isoformat(), "cpus": os.cpu_count(), "load": os.getloadavg()[0], "rows": rows,
        "seconds": seconds, "total": total, "cpu_seconds": cpu_seconds, "peak_mb": peak, "written_mb": written / 2**20,
    }  # fmt: skip
    RESULT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0 if total <= arguments.target else 1


if __name__ == "__main__":
    sys.exit(main())
