"""Returns the rows of final closes that later closes read: one folder per period (semantics 1.5)."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from exports import files
from exports.tables import column_names, open_database, quoted, table_names, write_parquet

if TYPE_CHECKING:
    from ingest.settings import Settings

DATABASE = "xinyong.duckdb"
FRESH = "fresh"
ORIGIN = "release.txt"  # name of the release whose rows these are
CLOSE_MARTS = (
    "positive_list",
    "positive_list_changes",
    "serious_dishonesty",
    "dishonesty_dynamics",
    "inspection_draws",
    "coverage_obligations",
    "coverage_domain_period",
    "coverage_department_period",
    "coverage_programme_period",
)
"""Marts of which dbt reads former rows (source ``closes`` of the dbt project)."""


def store_close(settings: Settings, release: Path, period: str) -> list[Path]:
    """Returns the files of ``warehouse/closes/<period>/``: the rows of a final close that later closes read.

    The folder is replaced as a whole; a stop in between leaves the former one or the new one.
    """
    target = settings.closes / period
    files.recover_folder(target)
    fresh = settings.warehouse / f".{settings.closes.name}-{period}-{FRESH}"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    written = []
    with open_database(settings, release / DATABASE) as con:
        present = table_names(con, "marts")
        for mart in CLOSE_MARTS:
            if mart not in present:
                continue
            own = "period" in column_names(con, "marts", mart)
            condition = "where period = (select period from meta.release)" if own else ""
            query = f"select * from marts.{quoted(mart)} {condition} order by all"
            write_parquet(con, query, fresh / f"{mart}.parquet")
            written.append(target / f"{mart}.parquet")
    (fresh / ORIGIN).write_text(release.name + "\n", encoding="utf-8")
    files.sync_tree(fresh)
    files.replace_folder(fresh, target)
    return written


def restore(settings: Settings, in_force: Mapping[str, Path]) -> list[str]:
    """Returns the periods whose former rows were mended: lost, of a release that never came into force, or halfway.

    Args:
        settings: of the deployment.
        in_force: release folder of every final close in force, by period.
    """
    recover_closes(settings)
    mended = []
    for folder in sorted(settings.closes.glob("????-??")):
        if folder.name not in in_force and (folder / ORIGIN).is_file():  # 0000-00 has no origin
            shutil.rmtree(folder)
            mended.append(folder.name)
    for period, release in sorted(in_force.items()):
        origin = settings.closes / period / ORIGIN
        stands = origin.read_text(encoding="utf-8").strip() if origin.is_file() else ""
        if stands != release.name and (release / DATABASE).is_file():
            store_close(settings, release, period)
            mended.append(period)
    return mended


def recover_closes(settings: Settings) -> list[str]:
    """Returns the half-finished folders of a killed run, now put back or deleted."""
    mended = []
    for path in sorted(settings.warehouse.glob(f".{settings.closes.name}-*")):
        period, _, state = path.name.removeprefix(f".{settings.closes.name}-").rpartition("-")
        if state != FRESH:
            files.recover_folder(settings.closes / period)
        if path.exists():
            shutil.rmtree(path)
        mended.append(path.name)
    return mended
