"""Errors say what, where, what was expected and found, and what to do."""

from __future__ import annotations

import pytest

from ingest.errors import FeedError, ReadError


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (FeedError("a seed is missing"), "a seed is missing"),
        (FeedError("a seed is missing", where="seeds"), "a seed is missing in seeds"),
        (
            FeedError("a date is wrong", where="x.csv", expected="a month", got="六月", do="rename the folder"),
            "a date is wrong in x.csv: expected a month, got 六月; rename the folder",
        ),
        (ReadError("damaged", "文件已损坏", where="x.csv"), "damaged in x.csv"),
    ],
)
def test_message(error: FeedError, text: str) -> None:
    assert str(error) == text


def test_read_error_has_words_for_the_clerk() -> None:
    assert ReadError("damaged", "文件已损坏").reason_zh == "文件已损坏"
