"""Returns what a person's ``--as-of`` means, and shows instants the way people here read them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from ingest import clock
from ingest.errors import FeedError

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def parse_as_of(text: str, due_at: datetime | None = None) -> datetime:
    """Returns the UTC instant that a text means.

    A time without zone is one of Asia/Shanghai. A day alone means its end: the day's own last microsecond, so that
    the day stays that day; but a period's due day means the due time itself, which ends the period (semantics 1.1).

    Args:
        text: ``2025-07-16``, ``2025-07-16 18:00``, ``2025-07-16T10:00:00Z``, ``2025-07-16T18:00+08:00``.
        due_at: of the period, UTC.

    Raises:
        FeedError: the text is no time.
    """
    text = text.strip()
    try:
        if _DAY.fullmatch(text):
            end = clock.local_midnight(date.fromisoformat(text) + timedelta(days=1))
            return end if end == due_at else end - timedelta(microseconds=1)
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise FeedError(
            "this is no time",
            where="--as-of",
            expected="2025-07-16, 2025-07-16 18:00 (Asia/Shanghai) or an ISO time with zone, 2025-07-16T10:00:00Z",
            got=text,
            do="write the time in one of these forms",
        ) from error
    if instant.tzinfo is None:
        return instant - clock.LOCAL_OFFSET
    return instant.astimezone(UTC).replace(tzinfo=None)


def show(instant: datetime) -> str:
    """Returns an instant as read in Asia/Shanghai, to the minute; 24:00 is shown as 24:00 of its day."""
    local = instant + clock.LOCAL_OFFSET
    if local.time() == datetime.min.time():
        return f"{local - timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{local:%Y-%m-%d %H:%M}"
