"""Switching any one row rule off leaves a planted fault unfound: every rule of every contract earns its place.

The submissions of the city that carry the faults are judged again, once with all rules on and then in a few rounds with
every n-th rule off; rules about one column are never off in the same round.
"""

from __future__ import annotations

import shutil
from collections import defaultdict

import duckdb
import pytest

from ingest import warehouse
from ingest.contract_model import load_contracts
from ingest.settings import Settings
from quality import gate
from tests.integration.conftest import City

Mark = tuple[str, str, int, str]
"""Rule id behind its feed, submission, row id, column."""

ROUNDS = 4

BATCH_RULES = ["X-SHRINK", "X-GATE"]
"""Rules about a whole file, which a row may bear too."""

MARKS = """
    select s.feed || '/' || f.rule_id, f.submission_id, f.row_id, coalesce(f.column_name, '')
    from quality.findings as f inner join quality.submissions as s using (submission_id)
    where f.row_id is not null and not list_contains(?, f.rule_id) and not s.is_correction
"""


def few_that_cover(rules: dict[str, set[str]], sizes: dict[str, int]) -> set[str]:
    """Returns few, small submissions in which every rule is broken at least once."""
    chosen: set[str] = set()
    for _, submissions in sorted(rules.items(), key=lambda item: (len(item[1]), item[0])):
        if not submissions & chosen:
            chosen.add(min(submissions, key=lambda s: (sizes[s], s)))
    return chosen


@pytest.fixture(scope="module")
def planted(city: City) -> set[Mark]:
    """What the city's gate found: all of it planted (test_three_months)."""
    with duckdb.connect(str(city.settings.warehouse_file), read_only=True) as con:
        return set(con.execute(MARKS, [BATCH_RULES]).fetchall())


@pytest.fixture(scope="module")
def waiting(city: City, planted: set[Mark], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home in which few submissions wait to be judged, that break every rule, and what they are judged against."""
    settings = city.settings.model_copy(update={"home": tmp_path_factory.mktemp("switches")})
    shutil.copytree(city.settings.archive, settings.archive)
    with warehouse.connect(settings) as con:
        con.execute(f"attach '{city.settings.warehouse_file}' as city (read_only)")
        sizes = dict(
            con.execute("select submission_id, rows_received from city.quality.submission_verdicts").fetchall()
        )
        rules = defaultdict(set)
        for rule, submission, _, _ in planted:
            rules[rule].add(submission)
        con.execute(
            """
            insert into quality.submissions by name
            with wanted as (select unnest(?) as submission_id)
            select s.* from city.quality.submissions as s
            where s.submission_id in (select submission_id from wanted)
                or s.feed = 'enterprise_registry'
                or (s.feed = 'serious_dishonesty_list' and exists (
                    select 1 from city.quality.submissions as r
                    where r.feed = 'credit_repair' and r.submission_id in (select submission_id from wanted)
                ))
            """,
            [sorted(few_that_cover(rules, sizes))],
        )
        for table in ("arrivals", "arrival_members"):
            con.execute(
                f"insert into quality.{table} by name select * from city.quality.{table} "
                "where arrival_id in (select arrival_id from quality.submissions)"
            )
        con.execute("detach city")
    shutil.copy(settings.warehouse_file, settings.home / "waiting.duckdb")
    return settings


def judged(settings: Settings, disabled: frozenset[str] = frozenset()) -> tuple[set[Mark], set[str]]:
    """Returns what is found with these rules off, and the submissions that were judged."""
    shutil.rmtree(settings.raw_batches, ignore_errors=True)
    shutil.copy(settings.home / "waiting.duckdb", settings.warehouse_file)
    with warehouse.connect(settings) as con:
        summary = gate.gate_pending(con, settings, None, disabled)
        assert summary.errors == []
        return set(con.execute(MARKS, [BATCH_RULES]).fetchall()), set(summary.submission_ids)


def rounds(planted: set[Mark]) -> list[set[str]]:
    """Returns the rules of each round, as feed/rule id."""
    by_column = defaultdict(set)
    for rule, _, _, column in planted:
        by_column[rule.split("/")[0], column].add(rule)
    result: list[set[str]] = [set() for _ in range(ROUNDS)]
    for rules in by_column.values():
        for place, rule in enumerate(sorted(rules)):
            result[place % ROUNDS].add(rule)
    return result


def test_every_row_rule_of_every_contract_is_planted(planted: set[Mark]) -> None:
    wanted = {
        f"{c.feed}/{r.rule_id}"
        for c in load_contracts().values()
        for r in c.rules
        if r.scope in ("cell", "row") and r.rule_id not in BATCH_RULES
    }
    assert wanted - {rule for rule, *_ in planted} == set()


def test_rule_that_is_off_leaves_planted_faults_unfound(planted: set[Mark], waiting: Settings) -> None:
    everything, submissions = judged(waiting)
    assert everything == {m for m in planted if m[1] in submissions}
    useless = set()
    for off in rounds(planted):
        found, _ = judged(waiting, frozenset(rule.split("/")[1] for rule in off))
        missing = {rule for rule, *_ in everything - found}
        useless |= off - missing
    assert useless == set(), "off, and nothing is missed"
