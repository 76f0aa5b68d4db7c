"""Whatever a clerk types into the cells: every row read is accepted or quarantined, none is lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quality import conservation
from tests.conftest import settings_for
from tests.unit.judging import CONTRACTS, GOOD, Bench, opened

FEEDS = ("evaluation_results", "positive_list", "credit_repair", "inspection_tasks")
ODD = st.sampled_from(
    ["", " ", "无", "0", "#N/A", "近期", "2025年8月", "9.1E+17", "O", "=1+1", "\u200b", "长" * 300, "'", "-1"]
)
CELL = st.one_of(ODD, st.text(max_size=12))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    home: Path = tmp_path_factory.mktemp("conservation")
    with opened(settings_for(home), home) as found:
        yield found


@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data(), feed=st.sampled_from(FEEDS))
def test_rows_in_are_rows_accepted_and_quarantined(bench: Bench, data: st.DataObject, feed: str) -> None:
    bench.reset()
    names = [c.name for c in CONTRACTS[feed].columns]
    changes = st.dictionaries(st.sampled_from(names), CELL, max_size=4)
    rows = [GOOD[feed] | more for more in data.draw(st.lists(changes, min_size=1, max_size=12))]
    judged = bench.send(feed, rows)
    received, accepted, quarantined = bench.query(
        "select rows_received, rows_accepted, rows_quarantined from quality.submission_verdicts "
        "where submission_id = $1",
        judged.submission_id,
    )[0]
    assert received == len(rows) == accepted + quarantined
    states = bench.states(judged.submission_id)
    assert (len(states), states.count("accepted")) == (len(rows), accepted)
    assert conservation.check(bench.con, bench.settings) == []
