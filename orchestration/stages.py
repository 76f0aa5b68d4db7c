"""What the steps of a close share: how long each takes, and how it is refused."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ingest.errors import FeedError

log = logging.getLogger(__name__)

Progress = Callable[[str], None]


class CloseError(FeedError):
    """A month cannot be closed as asked; nothing was published."""


class Stopwatch:
    """Seconds per stage, in order; a stage that comes twice adds up."""

    def __init__(self, progress: Progress | None, period: str) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress
        self._period = period

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times the block as that stage, and tells what is going on."""
        if self._progress:
            self._progress(f"{self._period} {name}")
        started = time.perf_counter()
        try:
            yield
        finally:
            taken = time.perf_counter() - started
            self.seconds[name] = self.seconds.get(name, 0.0) + taken
            log.info("period=%s stage=%s seconds=%.2f", self._period, name, taken)
