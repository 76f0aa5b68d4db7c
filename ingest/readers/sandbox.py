"""Returns the sheets of xls, xlsb and ods workbooks, read by a process of its own with little memory.

calamine lays a sheet out as one dense block. For an xlsx the block's size is known beforehand (``xlsx_scan``); in the
other formats two cells in opposite corners would end this process, so another one takes the risk.
"""

from __future__ import annotations

import errno
import json
import logging
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ingest.durable import is_disk_full
from ingest.errors import ReadError
from ingest.readers.grid import Grid, Limits

log = logging.getLogger(__name__)

MEMORY_BYTES = 8 * 1024**3
"""Address space of the reading process; most of it is only reserved."""

SECONDS = 600
"""Longest time that one workbook may take."""

REPOSITORY = Path(__file__).parents[2]


def read_apart(
    path: Path, kind: str, source_file: str, scratch: Path, limits: Limits, head_only: bool = False
) -> list[Grid]:
    """Returns one grid per sheet, as ``spreadsheet.read_workbook`` does.

    Raises:
        ReadError: damaged, encrypted, or more than the memory and time that a workbook is given.
    """
    order = json.dumps([str(path.resolve()), kind, source_file, str(scratch.resolve()), asdict(limits), head_only])
    try:
        done = subprocess.run(
            [sys.executable, "-m", "ingest.readers.sandbox"],
            input=order.encode(),
            capture_output=True,
            cwd=REPOSITORY,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ReadError("reading takes too long", "读取超时，疑似异常文件", where=source_file) from error
    if done.returncode != 0 and is_disk_full(RuntimeError(done.stderr.decode(errors="replace"))):
        raise OSError(errno.ENOSPC, "No space left on device", str(scratch))
    if done.returncode != 0:
        log.warning("file=%s the reading process ended with %s", source_file, done.returncode)
        raise ReadError("the workbook cannot be read", "文件已损坏，或数据区域过大", where=source_file)
    told = json.loads(done.stdout)
    if told["failure"]:
        raise ReadError(*told["failure"], where=source_file)
    return [_grid(g) for g in told["grids"]]


def _grid(told: dict[str, Any]) -> Grid:
    head = [(number, cells) for number, cells in told["head"]]
    return Grid(**(told | {"head": head, "parts": tuple(map(Path, told["parts"]))}))


def main() -> None:
    """Reads the workbook that standard input orders, answers on standard output."""
    import resource

    from ingest.readers.spreadsheet import read_workbook

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    path, kind, source_file, scratch, limits, head_only = json.loads(sys.stdin.buffer.read())
    grids: list[Grid] = []
    failure = None
    try:
        grids = read_workbook(Path(path), kind, source_file, Path(scratch), Limits(**limits), head_only)
    except ReadError as error:
        if is_disk_full(error):  # told on stderr
            raise
        failure = (error.what, error.reason_zh)
    json.dump({"grids": [asdict(g) for g in grids], "failure": failure}, sys.stdout, default=str)


if __name__ == "__main__":
    main()
