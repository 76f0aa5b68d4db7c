"""Departments and feeds are found by whatever a person calls them."""

from __future__ import annotations

import pytest

from ingest.errors import FeedError
from ingest.settings import Settings
from orchestration.feeds import find_department, find_feed


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("market_regulation", "market_regulation"),
        ("市市场监管局", "market_regulation"),
        ("湖州市市场监督管理局", "market_regulation"),  # as on its seal
        (" 湖州海关 ", "customs_office"),
    ],
)
def test_department_is_found_by_code_and_by_its_names(name: str, code: str) -> None:
    assert find_department(Settings(), name) == code


def test_department_that_is_none_is_told_the_name_most_like_it() -> None:
    with pytest.raises(FeedError, match=r"got 市场监督管理局; .*most like it is 市市场监管局 \(market_regulation\)"):
        find_department(Settings(), "市场监督管理局")


@pytest.mark.parametrize("name", ["positive_list", "正面清单"])
def test_feed_is_found_by_its_names(name: str) -> None:
    assert find_feed(name).feed == "positive_list"


def test_feed_that_is_none_is_told_those_that_are() -> None:
    with pytest.raises(FeedError, match="one of evaluation_results"):
        find_feed("黑名单")
