"""One close in a process group of its own, stopped where the order says: forked from a server that has all imports."""

from __future__ import annotations

import errno
import json
import os
import signal
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import dbt.cli.main  # imported once by the fork server, so that a hundred closes do not pay for it
import docx
import duckdb
import great_expectations
import openpyxl
import pyarrow as pa
import python_calamine
import xlsxwriter

from ingest import durable, warehouse
from ingest.errors import FeedError
from ingest.settings import Settings
from orchestration import close
from orchestration.intake import take_in
from orchestration.lock import exclusive
from orchestration.stages import Stopwatch

WARM = (dbt.cli.main, docx, duckdb, great_expectations, openpyxl, pa, python_calamine, xlsxwriter)

KILL, FULL = "kill", "disk full"


@dataclass(frozen=True)
class Stop:
    """Where a run ends before its time: at the n-th time that a point is reached."""

    point: str
    side: str  # before | after
    nth: int = 1
    what: str = KILL

    def __str__(self) -> str:
        return f"{self.what} {self.side} {self.point} #{self.nth}"


@dataclass(frozen=True)
class Order:
    """One close to be run."""

    home: Path
    gateways: Path | None
    period: str
    as_of: datetime
    trace: Path  # one JSON line per point reached, and the outcome
    stop: Stop | None = None
    intake_only: bool = False  # pull, land, gate and receipts: without the build, which takes most of a close


def _take_in(settings: Settings, order: Order) -> dict[str, Any]:
    watch = Stopwatch(None, order.period)
    with exclusive(settings, "intake"), warehouse.connect(settings) as con:
        taken = take_in(con, settings, order.as_of, watch)
    problems = [*taken.problems, *taken.violations]
    return {"outcome": "closed", "problems": problems, "seconds": watch.seconds | {"cpu": time.process_time()}}


def run(order: Order) -> None:
    """Closes the month; every point reached is written down before anything happens there."""
    os.setsid()  # killed as a group, with whatever it started
    handle = os.open(order.trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    reached: Counter[tuple[str, str]] = Counter()

    def tell(**facts: Any) -> None:
        os.write(handle, (json.dumps(facts, ensure_ascii=False) + "\n").encode())

    def hook(point: str, side: str) -> None:
        reached[point, side] += 1
        stop, nth = order.stop, reached[point, side]
        here = stop is not None and (stop.point, stop.side, stop.nth) == (point, side, nth)
        tell(at=time.time(), point=point, side=side, nth=nth, stopped=here)
        if stop is None or not here:
            return
        if stop.what == KILL:
            os.killpg(os.getpgrp(), signal.SIGKILL)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), point)

    settings = Settings(
        home=order.home, receipt_clock="mtime", person_key="torture-key", gateways=order.gateways, memory_limit="2GB"
    )
    try:
        with durable.hooked(hook):
            if order.intake_only:
                tell(**_take_in(settings, order))
                return
            result = close.close_month(settings, order.period, order.as_of)
    except (FeedError, OSError, RuntimeError, duckdb.Error) as error:
        tell(outcome=type(error).__name__, message=str(error))
        return
    seconds = result.seconds | {"cpu": time.process_time()}
    tell(outcome=result.state, problems=list(result.problems), seconds=seconds)
