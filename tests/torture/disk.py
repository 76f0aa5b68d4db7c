"""A close on a file system that is really full, again and again, with a little more room each time."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.torture.homes import Step, copy_home
from tests.torture.rack import HOME, INTAKE, Rack

SIZE_MB = 512
ROOM_MB = (0, 1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128)
"""What is left free for one run after the other; the last ones suffice for a whole close of the small city."""
BALLAST = "ballast"
MB = 1024**2


class NotAllowedError(Exception):
    """This account may not mount a file system."""


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """Yields the folder, a file system in memory of ``SIZE_MB``, empty.

    Raises:
        NotAllowedError: only root may do that.
    """
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={SIZE_MB}m", "xinyong-torture"]
    mounted = subprocess.run(["mount", *options, str(place)], capture_output=True, text=True, check=False)
    if mounted.returncode:
        raise NotAllowedError(mounted.stderr.strip())
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def on_small_disk(victim: Rack, step: Step, say: Callable[[str], None]) -> dict[str, object]:
    """Returns what the runs ended with on a disk with less room than the close needs; then makes room and compares."""
    told: dict[str, object] = {}
    try:
        with small_disk(victim.folder / HOME) as place:
            home = copy_home_into(victim.before[step.name, INTAKE], place)
            for room in ROOM_MB:
                _leave(home, room)
                run = victim.close(home, step)
                (home / BALLAST).unlink()
                told[f"{room} MB"] = run.told.get("outcome", "killed")
                say(f"{step.name}: {room} MB free: {told[f'{room} MB']}")
                if run.is_done:
                    break
                if run.told.get("outcome") != "DiskFullError":
                    say(str(run.told))
                    victim.failures.append(f"{step.name}, {room} MB free: {run.told}")
            victim.finish(home, step, "after a disk that was really full")
    except NotAllowedError as error:
        return {"not tried": str(error)}
    return told


def copy_home_into(source: Path, place: Path) -> Path:
    """Returns ``place``, which is there already, with the home in it."""
    for child in source.iterdir():
        if child.is_dir() and not child.is_symlink():
            copy_home(child, place / child.name)
        else:
            shutil.copy2(child, place / child.name, follow_symlinks=False)
    return place


def _leave(home: Path, room_mb: int) -> None:
    """Fills the file system until only that much is free."""
    free = shutil.disk_usage(home).free
    with (home / BALLAST).open("wb") as file:
        if free > room_mb * MB:
            os.posix_fallocate(file.fileno(), 0, free - room_mb * MB)
