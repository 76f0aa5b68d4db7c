"""Returns instants, local days, periods and due times. The time zone of the product has its Python home here."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from ingest.errors import SeedError

if TYPE_CHECKING:
    from ingest.settings import Settings

# Asia/Shanghai, no daylight saving time since 1992 (semantics.md 1.1). In dbt: macro local_date.
LOCAL_OFFSET = timedelta(hours=8)

_PERIOD = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


def now() -> datetime:
    """Returns the present instant, UTC without zone, to the microsecond."""
    return datetime.now(UTC).replace(tzinfo=None)


def local_date(ts: datetime) -> date:
    """Returns the day in Asia/Shanghai of a UTC instant."""
    return (ts + LOCAL_OFFSET).date()


def local_midnight(day: date) -> datetime:
    """Returns the UTC instant at which a day begins in Asia/Shanghai."""
    return datetime.combine(day, time.min) - LOCAL_OFFSET


def from_mtime(mtime_ns: int) -> datetime:
    """Returns a file's modification time as a UTC instant, to the microsecond."""
    return datetime(1970, 1, 1) + timedelta(microseconds=mtime_ns // 1000)


def is_period(text: str) -> bool:
    """Returns whether the text is a month YYYY-MM."""
    return _PERIOD.fullmatch(text) is not None


def period_start(period: str) -> date:
    """Returns the first day of a period."""
    return date(int(period[:4]), int(period[5:]), 1)


def next_period(period: str) -> str:
    """Returns the month after a period."""
    return (period_start(period) + timedelta(days=31)).strftime("%Y-%m")


def previous_period(period: str) -> str:
    """Returns the month before a period."""
    return (period_start(period) - timedelta(days=1)).strftime("%Y-%m")


def period_end(period: str) -> date:
    """Returns the last day of a period."""
    return period_start(next_period(period)) - timedelta(days=1)


@lru_cache(maxsize=8)
def _calendar(programme: str) -> dict[str, date]:
    from ingest.seeds import seed_rows

    return {str(row["period"]): row["due_on"] for row in seed_rows("reporting_calendar", programme, None)}


def due_at(settings: Settings, period: str) -> datetime | None:
    """Returns when a period is due: 24:00 of its due day, UTC (semantics.md 1.1); None before the programme began.

    Raises:
        SeedError: the period lies after the last one of seed ``reporting_calendar``.
    """
    calendar = _calendar(settings.programme)
    if period in calendar:
        return local_midnight(calendar[period] + timedelta(days=1))
    if calendar and period > max(calendar):
        raise SeedError(
            "the reporting calendar ends too early",
            where="seed reporting_calendar",
            expected=f"a due day of {period}",
            got=f"periods up to {max(calendar)}",
            do="add the months of the new year to the seed once the State Council has published its holidays",
        )
    return None
