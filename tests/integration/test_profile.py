"""A profile of any day comes from the same models, says what changed and why, and what each fact rests on."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pytest

from orchestration import profile, profile_build, profile_changes
from orchestration.profile_build import Moment


def _some_enterprise(release) -> str:
    """A vetoed enterprise that several feeds know."""
    with duckdb.connect(str(release), read_only=True) as con:
        return con.execute(
            "select uscc from marts.enterprise_profile where is_vetoed order by len(known_by_feeds) desc, uscc limit 1"
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


FACTS = {("", "登记状态"): "存续", ("交通运输领域", "等级"): "A"}
NOTES = {
    "knowledge": (profile_changes.SOURCE, "收到"),
    "day": (profile_changes.RULE, "届满"),
    "product": (profile_changes.CODE, "版本"),
}


@pytest.mark.parametrize(
    ("same_input", "same_knowledge", "now", "causes"),
    [
        (FACTS, FACTS, FACTS, []),
        (FACTS, FACTS, FACTS | {("", "登记状态"): "注销"}, ["来源"]),
        (FACTS, {("", "登记状态"): "存续"}, {("", "登记状态"): "存续"}, ["规则"]),
        ({("", "登记状态"): "存续"}, {("", "登记状态"): "存续"}, {("", "登记状态"): "存续"}, ["程序"]),
        (FACTS, {("", "登记状态"): "存续"}, {("", "登记状态"): "注销"}, ["来源", "规则"]),
    ],
)
def test_change_is_attributed_to_the_step_at_which_it_moved(same_input, same_knowledge, now, causes) -> None:
    changes = profile_changes.attribute(FACTS, same_input, same_knowledge, now, NOTES)
    assert [change.cause for change in changes] == causes


def test_moment_of_a_day_is_its_own_month_and_date() -> None:
    moment = profile_build.moment_of(datetime(2025, 7, 31, 15, 59, 59))
    assert (moment.period, f"{moment.reference_date}") == ("2025-07", "2025-07-31")
    assert profile_build.moment_of(datetime(2025, 7, 31, 16)).period == "2025-08"
