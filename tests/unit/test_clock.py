"""Instants, local days, periods, due times."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from ingest import clock
from ingest.errors import SeedError
from ingest.settings import Settings


def test_now_is_utc_without_zone() -> None:
    assert clock.now().tzinfo is None


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2025, 6, 30, 15, 59, 59), date(2025, 6, 30)),
        (datetime(2025, 6, 30, 16, 0, 0), date(2025, 7, 1)),
        (datetime(2025, 6, 30, 0, 0, 0), date(2025, 6, 30)),
    ],
)
def test_local_date_cuts_days_in_shanghai(instant: datetime, day: date) -> None:
    assert clock.local_date(instant) == day


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2025-06", True), ("2025-6", False), ("2025-13", False), ("202506", False), ("", False), ("2025-06-01", False)],
)
def test_is_period(text: str, expected: bool) -> None:
    assert clock.is_period(text) is expected


def test_months_follow_each_other_over_the_year() -> None:
    assert clock.next_period("2025-12") == "2026-01"
    assert clock.previous_period("2026-01") == "2025-12"
    assert clock.period_end("2024-02") == date(2024, 2, 29)
    assert clock.period_start("2025-06") == date(2025, 6, 1)


def test_due_at_is_midnight_after_the_due_day(settings: Settings) -> None:
    due = clock.due_at(settings, "2025-06")
    assert due is not None
    assert (due.hour, due.minute) == (16, 0)  # 24:00 in Shanghai
    assert clock.local_date(due) > clock.period_end("2025-06")


def test_due_at_before_the_programme_is_none(settings: Settings) -> None:
    assert clock.due_at(settings, "2020-01") is None


def test_due_at_beyond_the_calendar_fails_loudly(settings: Settings) -> None:
    with pytest.raises(SeedError, match="2099-01"):
        clock.due_at(settings, "2099-01")
