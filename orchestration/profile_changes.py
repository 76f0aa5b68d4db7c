"""Returns what changed in a profile against the last release, and what it came from: source, rule or code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ingest.seeds import rules_version
from orchestration import profile_build, times
from orchestration.dbt import BuildError
from orchestration.version import code_version

if TYPE_CHECKING:
    from orchestration.profile import PublishedRelease
    from orchestration.profile_build import FilteredHome, Moment

Facts = Mapping[tuple[str, str], str]
"""Words by (domain, empty for the enterprise; label of the column)."""

SOURCE, RULE, CODE, RULE_OR_CODE = "来源", "规则", "程序", "规则或程序"
NOTHING = "—"


@dataclass(frozen=True)
class Change:
    """One value that differs from the last release."""

    domain: str
    label: str
    before: str
    after: str
    cause: str  # SOURCE | RULE | CODE | RULE_OR_CODE
    why: str


@dataclass(frozen=True)
class Step:
    """The facts after one thing has changed since the release, and what that was."""

    facts: Facts
    cause: str  # SOURCE | RULE | CODE | RULE_OR_CODE
    why: str


def attribute(published: Facts, steps: Sequence[Step]) -> list[Change]:
    """Returns every difference between the release and the last step, by the last step at which the value moved."""
    changes = []
    for key in sorted({*published, *steps[-1].facts}):
        values = [facts.get(key, NOTHING) for facts in (published, *(step.facts for step in steps))]
        if values[0] != values[-1]:
            moved = max(i for i in range(len(steps)) if values[i] != values[i + 1])
            changes.append(Change(*key, values[0], values[-1], steps[moved].cause, steps[moved].why))
    return changes


def compare(home: FilteredHome, release: PublishedRelease, asked: Moment, published: Facts, now: Facts) -> list[Change]:
    """Returns the changes against a release; builds what is needed to tell them apart, and leaves the last build.

    Step by step from the release: the present code on its rules, the present rules, the day asked for, what is known.

    Args:
        home: of the enterprise, built at the moment asked for.
        release: the one compared with.
        asked: the moment of ``now``.
        published: facts in the release.
        now: facts at the moment asked for.
    """
    if published == now:
        return []
    reference_date, code, rules = _made_with(release)
    own = profile_build.Moment(release.period, release.as_of, reference_date)
    steps = _product_steps(home, release, own, code, rules)
    if asked.reference_date != reference_date:
        on_the_day = profile_build.Moment(release.period, release.as_of, asked.reference_date)
        words = f"规则按 {asked.reference_date} 读取：期限届满、时间窗口移动或规则版本更替"
        steps.append(Step(_built(home, on_the_day), RULE, words))
    return attribute(published, [*steps, Step(now, SOURCE, _new_knowledge(home, release, asked))])


def _product_steps(
    home: FilteredHome, release: PublishedRelease, own: Moment, code: str, rules: str | None
) -> list[Step]:
    """Returns what the present code, and then the present rules, make of the input of a release on its own date.

    Other rules are always another version of the code too: it counts the seeds in. What of it is the rules' doing shows
    a build of the present code on the rules of the release.
    """
    other_code = f"程序 {code} → {code_version()}"
    other_rules = "规则表自发布后有变动"
    if code == code_version():
        return []
    if rules == rules_version():
        return [Step(_built(home, own), CODE, other_code)]
    unclear = f"{other_rules}，{other_code}，不能分清"
    if rules is None or not profile_build.holds_rules_of(home.source, release.path.name):
        return [Step(_built(home, own), RULE_OR_CODE, unclear)]
    try:
        on_former_rules = _built(home, own, former_rules=True)
    except BuildError:  # the present code cannot read rules of that time
        return [Step(_built(home, own), RULE_OR_CODE, unclear)]
    return [Step(on_former_rules, CODE, other_code), Step(_built(home, own), RULE, other_rules)]


def _built(home: FilteredHome, moment: Moment, *, former_rules: bool = False) -> Facts:
    from orchestration.profile import facts_of

    profile_build.build(home, moment, former_rules=former_rules)
    return facts_of(home.settings.release_build, home.uscc).by_label()


def _made_with(release: PublishedRelease) -> tuple[date, str, str | None]:
    """Returns the reference date of a release, the version of its code, and of its rules if it says so."""
    import duckdb

    from exports.tables import column_names

    with duckdb.connect(str(release.database), read_only=True) as con:
        rules = "rules_version" if "rules_version" in column_names(con, "meta", "release") else "null"
        found: tuple[date, str, str | None] = con.execute(
            f"select reference_date, code_version, {rules} from meta.release"
        ).fetchall()[0]
    return found


def _new_knowledge(home: FilteredHome, release: PublishedRelease, asked: Moment) -> str:
    """Returns in words which submissions about the enterprise came between the release and the moment asked for."""
    first, last = sorted((release.as_of, asked.as_of))
    with home.connect() as con:
        new = con.execute(
            """
            select distinct s.submission_id, s.received_at
            from read_parquet($1, union_by_name = true) as r
            inner join xinyong.quality.submissions as s on r._submission_id = s.submission_id
            where r.resolved_uscc = $2 and s.received_at > $3 and s.received_at <= $4
            order by s.received_at, s.submission_id
            """,
            [[str(p) for p in sorted(home.settings.raw_batches.glob("*/rows.parquet"))], home.uscc, first, last],
        ).fetchall()
    words = "、".join(f"{submission_id}（{times.show(at)} 收到）" for submission_id, at in new)
    between = f"{times.show(first)} 至 {times.show(last)} 之间"
    return (
        f"{between}收到：{words}" if words else f"{between}的报送或决定（名单中不再列有本企业，或对已收到数据的决定）"
    )
