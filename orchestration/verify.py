"""Returns whether a published month comes out again: rebuilt from raw batches and decisions, compared file by file."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from exports import verify as comparison
from exports.verify import Artefact
from orchestration import close
from orchestration.close_history import FormerClose, close_in_force
from orchestration.lock import exclusive
from orchestration.plan import due_at_of, judge_period, prepare
from orchestration.stages import CloseError, Progress, Stopwatch
from orchestration.version import code_version

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings

log = logging.getLogger(__name__)

PREFIX = "verify-"


@dataclass(frozen=True)
class Verification:
    """How a published month compares with the same month built again."""

    period: str
    release_name: str
    made_by: str  # version of the code that made the release
    code_version: str  # of the code that verified it
    damages: list[Artefact]  # the published folder against its own checksums
    artefacts: list[Artefact]  # the published folder against the rebuilt one

    @property
    def is_equal(self) -> bool:
        """Whether nothing is damaged and everything came out equal."""
        return not self.damages and all(artefact.state == "equal" for artefact in self.artefacts)


def verify(settings: Settings, period: str, progress: Progress | None = None) -> Verification:
    """Returns the comparison of the close in force of a period with its rebuilding; the home stays as it is.

    Builds the same period as of the same time in a temporary home: a copy of the ledger, the same raw batches, the rows
    of the closes before. Nothing is pulled and nothing of the inbox is read.

    Raises:
        CloseError: the period was never closed, or its release is gone.
    """
    from ingest import warehouse

    due_at_of(settings, period)
    with exclusive(settings, f"verification of {period}"):
        with warehouse.connect(settings) as con:
            in_force = _in_force(con, settings, period)
        published = _published(settings, in_force)
        if progress:
            progress(f"{period} checksums")
        damages = comparison.check_sums(published)
        with _temporary_home(settings, period) as other:
            rebuilt = _rebuild(other, in_force, progress)
            if progress:
                progress(f"{period} compare")
            artefacts = comparison.compare(settings, published, rebuilt)
    return Verification(period, published.name, _made_by(published), code_version(), damages, artefacts)


def _in_force(con: duckdb.DuckDBPyConnection, settings: Settings, period: str) -> FormerClose:
    found = close_in_force(con, settings.programme, period)
    if found is None:
        raise CloseError(
            "this month was never closed", where=str(settings.home), expected="a close to be verified", got=period,
            do=f"close it first: xinyong run --period {period}",
        )  # fmt: skip
    return found


def _published(settings: Settings, in_force: FormerClose) -> Path:
    path = settings.published / in_force.release_name
    if not (path / "SHA256SUMS").is_file():
        raise CloseError(
            "the release of this month is gone", where=str(path), expected="the folder of the close in force",
            got="no folder, or no SHA256SUMS in it", do=f"make it again: xinyong run --period {in_force.period}",
        )  # fmt: skip
    return path


@contextmanager
def _temporary_home(settings: Settings, period: str) -> Iterator[Settings]:
    """Yields settings of a home that has the ledger as a copy, the raw batches as they are, the former closes."""
    settings.scratch.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix=PREFIX, dir=settings.scratch))
    other = settings.model_copy(update={"home": home, "gateways": None})
    try:
        other.closes.mkdir(parents=True)
        shutil.copy2(settings.warehouse_file, other.warehouse_file)
        _mirror(settings.raw_batches, other.raw_batches)
        for folder in sorted(settings.closes.iterdir()):
            if folder.is_dir() and folder.name < period:
                shutil.copytree(folder, other.closes / folder.name)
        yield other
    finally:
        shutil.rmtree(home)


def _mirror(source: Path, target: Path) -> None:
    """Raw batches are written once and only read: a link will do, a copy where links are refused."""
    try:
        target.symlink_to(source.absolute(), target_is_directory=True)
    except OSError as error:
        log.warning("raw batches are copied, links are refused here: %s", error)
        shutil.copytree(source, target)


def _rebuild(other: Settings, in_force: FormerClose, progress: Progress | None) -> Path:
    from ingest import warehouse

    watch = Stopwatch(progress, in_force.period)
    with warehouse.connect(other) as con:
        plan = prepare(con, other, in_force.period, in_force.as_of, watch)
        judge_period(con, other, plan, watch)
    close.build_marts(other, watch, progress)
    return close.publish(other, plan, watch)


def _made_by(release: Path) -> str:
    content = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    return str(content["compared"]["code_version"])


def show(result: Verification) -> None:
    """Prints one line per artefact, then the verdict."""
    import typer

    for artefact in (*result.damages, *result.artefacts):
        colour = None if artefact.state == "equal" else "red"
        detail = f"  ({artefact.detail})" if artefact.detail else ""
        typer.secho(f"{artefact.state:8} {artefact.path}{detail}", fg=colour)
    equal = sum(artefact.state == "equal" for artefact in result.artefacts)
    different = len(result.artefacts) - equal
    if result.made_by != result.code_version:
        typer.echo(f"made by code {result.made_by}, verified by {result.code_version}: other code may give other bytes")
    typer.secho(
        f"{result.release_name}: {equal} equal, {different} unequal, {len(result.damages)} damaged",
        fg="green" if result.is_equal else "red",
    )
