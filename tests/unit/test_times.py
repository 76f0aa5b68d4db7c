"""What a person writes after --as-of, and how instants are shown."""

from __future__ import annotations

from datetime import datetime

import pytest

from ingest.errors import FeedError
from orchestration.times import parse_as_of, show

DUE = datetime(2025, 7, 14, 16)  # 24:00 of 2025-07-14 in Asia/Shanghai


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-07-16 18:00", datetime(2025, 7, 16, 10)),  # no zone: Asia/Shanghai
        ("2025-07-16T18:00:30", datetime(2025, 7, 16, 10, 0, 30)),
        ("2025-07-16T10:00:00Z", datetime(2025, 7, 16, 10)),
        ("2025-07-16T18:00+08:00", datetime(2025, 7, 16, 10)),
        ("2025-07-16T12:00+02:00", datetime(2025, 7, 16, 10)),
        (" 2025-07-16 00:00 ", datetime(2025, 7, 15, 16)),
        ("2025-07-13", datetime(2025, 7, 13, 15, 59, 59, 999999)),  # a day: its end, still that day
        ("2025-07-14", DUE),  # the due day: the due time itself
    ],
)
def test_as_of_is_read(text: str, expected: datetime) -> None:
    assert parse_as_of(text, DUE) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "2025-13-01", "2025-02-30", "14.07.2025", "2025-07"])
def test_as_of_that_is_no_time_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(FeedError, match="2025-07-16 18:00"):
        parse_as_of(text)


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (DUE, "2025-07-14 24:00"),
        (datetime(2025, 7, 14, 15, 59), "2025-07-14 23:59"),
        (datetime(2025, 7, 14, 16, 1), "2025-07-15 00:01"),
    ],
)
def test_instants_are_shown_in_asia_shanghai(instant: datetime, expected: str) -> None:
    assert show(instant) == expected
