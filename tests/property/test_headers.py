"""Headers are matched by text, never by position, whatever stands around them."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.contract_model import Contract, load_contracts
from ingest.header_text import header_text
from ingest.readers.grid import Grid, Row
from ingest.readers.table import feed_by_headers, find_table, holds_all

CONTRACTS = load_contracts()
NOISE = st.sampled_from(["", "*", "（必填）", " (选填)", "＊", "：", "\n", "\u3000", "（18位）"])
JUNK = st.lists(st.text("甲乙丙0123456789（）abc ", max_size=12), max_size=6)


def grid(rows: list[list[str]]) -> Grid:
    head: list[tuple[int, Row]] = [
        (i, [c or None for c in row]) for i, row in enumerate(rows, start=1) if any(c.strip() for c in row)
    ]
    return Grid("x", "", False, max(map(len, rows)), head, (Path("none"),))


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(sorted(CONTRACTS)), st.lists(JUNK, max_size=4))
def test_headers_are_found_in_any_order_under_any_title(data: st.DataObject, feed: str, above: list[list[str]]) -> None:
    contract = CONTRACTS[feed]
    columns = data.draw(st.permutations(contract.columns))
    written = [data.draw(st.sampled_from((c.title, *c.synonyms))) + data.draw(NOISE) for c in columns]
    table = find_table(grid([*above, written]), contract)
    assert table.last_row == len(above) + 1
    assert [table.columns[i] for i in sorted(table.columns)] == [c.name for c in columns]
    assert (table.missing, table.unknown) == ((), {})


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(CONTRACTS)), st.data())
def test_a_missing_required_header_is_named(feed: str, data: st.DataObject) -> None:
    contract = CONTRACTS[feed]
    gone = data.draw(st.sampled_from(contract.required_headers))
    written = [c.title for c in contract.columns if c.name != gone]
    table = find_table(grid([written]), contract)
    assert table.missing == (gone,)
    assert not table.is_complete


def test_no_two_columns_of_a_contract_share_a_header() -> None:
    for contract in CONTRACTS.values():
        seen: dict[str, str] = {}
        for column in contract.columns:
            for text in {header_text(t) for t in (column.title, *column.synonyms)}:
                assert seen.setdefault(text, column.name) == column.name


def test_headers_tell_a_feed_only_where_no_other_feed_contains_them() -> None:
    told = {}
    for feed, contract in CONTRACTS.items():
        written = [contract.column(n).title for n in contract.required_headers]
        told[feed] = feed_by_headers([grid([written])], CONTRACTS)
    assert told["positive_list"] is None
    assert told["regulated_subjects"] is None
    assert all(found in (None, feed) for feed, found in told.items())
    assert told["inspection_tasks"] == "inspection_tasks"
    assert told["inspection_results"] == "inspection_results"
    assert holds_all(CONTRACTS["positive_list"], CONTRACTS["serious_dishonesty_list"])


def nothing_known(contract: Contract) -> Grid:
    return grid([["甲", "乙"], [contract.columns[0].title, "丙"]])


def test_one_known_word_is_no_header() -> None:
    for contract in CONTRACTS.values():
        assert find_table(nothing_known(contract), contract).last_row == 0
