"""Returns which old releases are deleted: those on which nothing rests any more, as far as the setting allows.

Deleting is two steps, a rename and a removal: what a killed run leaves has the prefix of unfinished folders, and the
next start removes it.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from exports import files
from exports.manifest import MANIFEST

if TYPE_CHECKING:
    from ingest.settings import Settings

log = logging.getLogger(__name__)

POINTER = "current"


@dataclass(frozen=True)
class Standing:
    """A release that stands in ``published/``."""

    path: Path
    period: str
    as_of: str  # ISO, so that it sorts
    is_final: bool
    built_at: int  # of two with the same as_of the later built one is the newer

    @property
    def age(self) -> tuple[str, int]:
        """Sorts the releases of a period, the oldest first."""
        return self.as_of, self.built_at


def standing_releases(settings: Settings) -> list[Standing]:
    """Returns every whole release of the home, by period, the oldest first."""
    found = []
    for path in settings.published.glob(f"*/{MANIFEST}"):
        folder = path.parent
        if folder.is_symlink() or folder.name.startswith(files.TEMPORARY):
            continue
        content = json.loads(path.read_text(encoding="utf-8"))["compared"]
        found.append(
            Standing(folder, content["period"], content["as_of"], content["is_final"], path.stat().st_mtime_ns)
        )
    return sorted(found, key=lambda release: (release.period, release.age, release.path.name))


def superfluous(settings: Settings, protected: Collection[str]) -> list[Standing]:
    """Returns the releases that the setting ``keep_releases`` gives up.

    A provisional release goes when the same month has a newer one. Final ones all stay, unless the setting says how
    many per month. Never the current one, never a protected one.

    Args:
        settings: of the deployment.
        protected: names of releases that are in force or whose notice was issued.
    """
    current = files.read_pointer(settings.published / POINTER)
    kept = set(protected) | ({current.name} if current else set())
    by_period: dict[str, list[Standing]] = {}
    for release in standing_releases(settings):
        by_period.setdefault(release.period, []).append(release)
    gone: list[Standing] = []
    for releases in by_period.values():
        gone += [release for release in releases[:-1] if not release.is_final]
        finals = [release for release in releases if release.is_final]
        if settings.keep_releases is not None:
            gone += finals[: -settings.keep_releases]
    return [release for release in gone if release.path.name not in kept]


def prune(settings: Settings, protected: Collection[str]) -> list[str]:
    """Returns the names of the releases that were deleted; a reader who has one open on Windows keeps it.

    Args:
        settings: of the deployment.
        protected: names of releases that are in force or whose notice was issued.
    """
    removed = []
    for release in superfluous(settings, protected):
        aside = release.path.with_name(f"{files.TEMPORARY}{release.path.name}")
        try:
            release.path.rename(aside)
        except OSError as error:
            log.warning("release %s is kept, somebody has it open: %s", release.path.name, error)
            continue
        shutil.rmtree(aside)
        removed.append(release.path.name)
    if removed:
        log.info("deleted %d old releases: %s", len(removed), ", ".join(removed))
    return removed
