"""Tests of the planter: an account of its own, complete, one fault per row."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from pathlib import Path

import pytest

import ingest.synthetic
from ingest.contract_model import load_contracts
from ingest.synthetic.fault_table import TABLE, faults_of
from ingest.synthetic.faults import ACCEPTED, QUARANTINED, Fault
from ingest.synthetic.feeds import DROPS, FEEDS
from ingest.synthetic.planter import faults_of_month

PACKAGE = Path(ingest.synthetic.__file__).parent
SPELLING = {
    "CASE",
    "PREFIX",
    "COPYMARK",
    "WIDTH",
    "INVIS",
    "APOS",
    "HYPHEN",
    "BRACKET",
    "PLACE",
    "DATE_FORM",
    "DATE_SERIAL",
    "SENTINEL",
    "ALIAS",
    "ID15",
}
CODES = {"OLDORG", "OLDREG", "TAXNO", "SCI", "LETTER", "MASKED", "format"}
OTHER = {"NAME*", "SWAP", "DATE_MONTH", "required", "type", "enum", "pattern", "length", "range", "check", "scale"}
ROW_RULES = {
    "X-DOMAIN",
    "X-OWNER",
    "X-REPEAT",
    "X-DUPLICATE",
    "X-FUTURE",
    "X-PERSON",
    "X-NAME",
    "X-UNMATCHED",
    "X-UNIT",
    "X-ZEROROW",
}
# Planted by files as a whole (drops.py, specials.py), so not in the table of faults.
BY_FILE = {"X-OWNER"}


def test_generator_imports_nothing_that_finds() -> None:
    allowed = "ingest.synthetic"
    for path in sorted(PACKAGE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                if name.split(".")[0] in ("ingest", "quality", "exports", "orchestration"):
                    assert name == allowed or name.startswith(allowed + "."), f"{path.name} imports {name}"
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0


def test_every_kind_of_the_shared_vocabulary_is_planted() -> None:
    kinds = {kind for feed in TABLE for fault in faults_of(feed) for _, kind in fault.found} | BY_FILE
    assert kinds == SPELLING | CODES | OTHER | ROW_RULES


def _rule(feed: str, column: str, kind: str) -> str:
    name = {"NAME*": "masked", "SWAP": "swap", "DATE_MONTH": "month"}.get(kind, "format" if kind in CODES else kind)
    return kind if kind.startswith("X-") else f"{feed}.{column}.{name}"


@pytest.mark.parametrize("feed", sorted(FEEDS))
def test_every_row_rule_of_the_contract_has_a_planted_fault(feed: str) -> None:
    planted = {_rule(feed, c, k) for f in faults_of(feed) for c, k in f.found if k not in SPELLING} | BY_FILE
    rules = {r.rule_id for r in load_contracts()[feed].rules if r.scope != "batch"}
    assert rules - planted == set()


@pytest.mark.parametrize("feed", DROPS)
def test_months_share_the_faults_out(feed: str) -> None:
    planned = Counter(id(f.edit) for m in range(3) for f in faults_of_month(feed, m, 3))
    sent = [f for f in faults_of(feed) if f.only != "gateway"]
    assert sum(planned.values()) == len(sent)


def test_headers_of_the_generator_are_those_of_the_contracts() -> None:
    for name, feed in FEEDS.items():
        contract = load_contracts()[name]
        assert dict(feed.columns) == {c.name: c.title for c in contract.columns}
        assert any(title in feed.title for title in contract.file_titles)


@pytest.mark.parametrize("feed", sorted(FEEDS))
def test_outcome_follows_from_what_is_found(feed: str) -> None:
    """An unusable code has either outcome; spelling alone never quarantines; some kinds always do."""
    always = {
        "type",
        "enum",
        "range",
        "length",
        "scale",
        "X-DOMAIN",
        "X-DUPLICATE",
        "X-REPEAT",
        "X-FUTURE",
        "X-PERSON",
        "X-ZEROROW",
    }
    for fault in faults_of(feed):
        kinds = {kind for _, kind in fault.found}
        if kinds <= SPELLING:
            assert fault.state == ACCEPTED, fault
        if kinds & always:
            assert fault.state == QUARANTINED, fault


def test_planted_rows_do_not_meet(tmp_path: Path) -> None:
    city = ingest.synthetic.make_city(tmp_path, enterprises=1000, months=("2025-06", "2025-07"))
    assert len(city.keys()) == len(city.faults)
    planted: dict[tuple[str, str, str], set[tuple[str, str, str | None]]] = defaultdict(set)
    for f in city.faults:
        planted[f.file, f.sheet, f.row].add((f.planted, f.expected_state, f.released_in))
    assert [place for place, what in planted.items() if len(what) != 1] == []
    released = [f for f in city.faults if f.released_in]
    assert [(f.period, f.released_in, f.expected_state) for f in released] == [("2025-06", "2025-07", QUARANTINED)]


def test_fault_without_consequence_is_impossible() -> None:
    faults: list[Fault] = [f for feed in TABLE for f in faults_of(feed)]
    assert all(f.found for f in faults)
    assert all(c in dict(FEEDS[feed].columns) or c == "" for feed in TABLE for f in faults_of(feed) for c, _ in f.found)
