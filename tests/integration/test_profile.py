"""A profile of any day comes from the same models, says what changed and why, and what each fact rests on."""

from __future__ import annotations

import shutil
from datetime import datetime

import duckdb
import pytest

from ingest.settings import Settings
from orchestration import profile, profile_build, profile_changes
from orchestration.profile_build import Moment
from orchestration.profile_changes import Step


def _some_enterprise(release) -> str:
    """A vetoed enterprise on a department's list, known by several feeds."""
    with duckdb.connect(str(release), read_only=True) as con:
        return con.execute(
            "select uscc from marts.enterprise_profile semi join marts.positive_list using (uscc) where is_vetoed "
            "order by len(known_by_feeds) desc, uscc limit 1"
        ).fetchall()[0][0]


def test_filtered_models_say_what_the_release_says_and_why(city) -> None:
    settings = city.settings
    release = profile.choose_release(settings, None)
    uscc = _some_enterprise(release.database)
    before = sorted(path.name for path in settings.published.iterdir())
    found = profile.find_profile(settings, uscc, release.as_of, why=True)
    assert found.changes is not None
    # The day after the period has ended is another reference date: what moved, moved by rule or by source.
    assert {change.cause for change in found.changes} <= {profile_changes.RULE, profile_changes.SOURCE}
    with profile_build.filtered_home(settings, uscc) as home:
        profile_build.build(home, Moment(release.period, release.as_of, profile.reference_date(release)))
        again = profile.facts_of(home.settings.release_build, uscc)
        folder = home.settings.home
    assert again == profile.facts_of(release.database, uscc)
    assert not folder.exists()
    assert sorted(path.name for path in settings.published.iterdir()) == before
    assert found.evidence
    from_rows = [e for e in found.evidence if e.submission_id]
    assert {e.fact for e in from_rows} >= {"登记信息"}
    assert all(e.file and e.row_number and e.received_at and e.rule and e.article for e in from_rows)
    assert all(e.rule and e.article for e in found.evidence)
    with duckdb.connect(str(release.database), read_only=True) as con:
        said = con.execute("select explanation_zh from marts.positive_list where uscc = $1", [uscc]).fetchall()
    assert {(e.content,) for e in found.evidence if e.fact == "正面清单结论"} == set(said) != set()


FACTS = {("", "登记状态"): "存续", ("交通运输领域", "等级"): "A"}
OTHER = {("", "登记状态"): "注销", ("交通运输领域", "等级"): "A"}
WITHOUT = {("", "登记状态"): "存续"}


@pytest.mark.parametrize(
    ("steps", "changes"),
    [
        ([FACTS, FACTS], []),
        ([FACTS, OTHER], [("登记状态", "存续", "注销", "来源")]),
        ([OTHER, OTHER], [("登记状态", "存续", "注销", "规则")]),
        ([WITHOUT, WITHOUT], [("等级", "A", "—", "规则")]),
        ([WITHOUT, {("", "登记状态"): "注销"}], [("登记状态", "存续", "注销", "来源"), ("等级", "A", "—", "规则")]),
        ([OTHER, FACTS], []),  # there and back again
    ],
)
def test_change_is_attributed_to_the_last_step_at_which_it_moved(steps, changes) -> None:
    rule, source = steps
    named = [Step(rule, profile_changes.RULE, "届满"), Step(source, profile_changes.SOURCE, "收到")]
    found = profile_changes.attribute(FACTS, named)
    assert [(change.label, change.before, change.after, change.cause) for change in found] == changes


@pytest.fixture
def older(city, tmp_path) -> Settings:
    """The city as if its last release had been made by other code on other rules: focus was then nine visits in ten."""
    home = tmp_path / "home"
    for folder in ("warehouse", "published"):
        shutil.copytree(city.home / folder, home / folder, symlinks=True)
    settings = city.settings.model_copy(update={"home": home, "gateways": None})
    with duckdb.connect(str(settings.warehouse_file)) as con:
        con.execute("update seeds.sampling_rates set sampling_rate = 0.9 where measure = 'focus'")
    with duckdb.connect(str(settings.published / "current" / "xinyong.duckdb")) as con:
        con.execute("update meta.release set code_version = '0.0.9+other', rules_version = 'other'")
        con.execute(
            "update marts.enterprise_domain_profile set sampling_rate = 0.9, measure_basis = '旧说法' "
            "where inspection_measure = 'focus'"
        )
    return settings


def test_change_of_code_is_told_from_one_of_rules(older: Settings) -> None:
    release = profile.choose_release(older, None)
    with duckdb.connect(str(release.database), read_only=True) as con:
        uscc = con.execute(
            "select uscc from marts.enterprise_domain_profile where inspection_measure = 'focus' order by uscc limit 1"
        ).fetchall()[0][0]
    published = profile.facts_of(release.database, uscc).by_label()
    own = Moment(release.period, release.as_of, profile.reference_date(release))
    with profile_build.filtered_home(older, uscc) as home:
        profile_build.build(home, own)
        now = profile.facts_of(home.settings.release_build, uscc).by_label()
        changes = profile_changes.compare(home, release, own, published, now)
        assert {(c.label, c.before, c.cause) for c in changes} == {
            ("抽查比例", "0.9", profile_changes.RULE),
            ("检查措施的理由", "旧说法", profile_changes.CODE),
        }
        # Seeds loaded since then are no longer those of the release: then nobody can tell the two apart.
        with duckdb.connect(str(older.warehouse_file)) as con:
            con.execute("update meta.seed_loads set loaded_at = now()::timestamp")
        again = profile_changes.compare(home, release, own, published, now)
    assert {c.cause for c in again} == {profile_changes.RULE_OR_CODE}


def test_moment_of_a_day_is_its_own_month_and_date() -> None:
    moment = profile_build.moment_of(datetime(2025, 7, 31, 15, 59, 59))
    assert (moment.period, f"{moment.reference_date}") == ("2025-07", "2025-07-31")
    assert profile_build.moment_of(datetime(2025, 7, 31, 16)).period == "2025-08"
