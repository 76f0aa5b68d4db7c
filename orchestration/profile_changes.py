"""Returns what changed in a profile against the last release, and what it came from: source, rule or code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ingest.seeds import rules_version
from orchestration import profile_build, times
from orchestration.version import code_version

if TYPE_CHECKING:
    from orchestration.profile import PublishedRelease
    from orchestration.profile_build import FilteredHome, Moment

Facts = Mapping[tuple[str, str], str]
"""Words by (domain, empty for the enterprise; label of the column)."""

SOURCE, RULE, CODE = "来源", "规则", "程序"
NOTHING = "—"


@dataclass(frozen=True)
class Change:
    """One value that differs from the last release."""

    domain: str
    label: str
    before: str
    after: str
    cause: str  # SOURCE | RULE | CODE
    why: str


def attribute(
    published: Facts, same_input: Facts, same_knowledge: Facts, now: Facts, notes: Mapping[str, tuple[str, str]]
) -> list[Change]:
    """Returns every difference between the release and now, by the last step at which the value moved.

    Args:
        published: as in the release.
        same_input: what the present code and rules make of the release's input, on its own date.
        same_knowledge: the same knowledge, rules read on the day asked for.
        now: with everything known on that day.
        notes: cause and words of each step: knowledge, day, product.
    """
    changes = []
    for key in sorted({*published, *now}):
        before, after = published.get(key, NOTHING), now.get(key, NOTHING)
        if before == after:
            continue
        if same_knowledge.get(key, NOTHING) != after:
            step = "knowledge"
        elif same_input.get(key, NOTHING) != after:
            step = "day"
        else:
            step = "product"
        changes.append(Change(*key, before, after, *notes[step]))
    return changes


def compare(home: FilteredHome, release: PublishedRelease, asked: Moment, published: Facts, now: Facts) -> list[Change]:
    """Returns the changes against a release; builds what is needed to tell them apart, and leaves the last build.

    Args:
        home: of the enterprise, built at the moment asked for.
        release: the one compared with.
        asked: the moment of ``now``.
        published: facts in the release.
        now: facts at the moment asked for.
    """
    from orchestration.profile import facts_of

    if published == now:
        return []
    reference_date, code, rules = _made_with(release)
    own = profile_build.Moment(release.period, release.as_of, reference_date)
    is_same_product = (code, rules) == (code_version(), rules_version())
    on_the_day = profile_build.Moment(release.period, release.as_of, asked.reference_date)
    same_input = published
    if not is_same_product:
        profile_build.build(home, own)
        same_input = facts_of(home.settings.release_build, home.uscc).by_label()
    same_knowledge = same_input
    if asked.reference_date != reference_date:
        profile_build.build(home, on_the_day)
        same_knowledge = facts_of(home.settings.release_build, home.uscc).by_label()
    return attribute(published, same_input, same_knowledge, now, _notes(home, release, asked, code, rules))


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


def _notes(
    home: FilteredHome, release: PublishedRelease, asked: Moment, code: str, rules: str | None
) -> dict[str, tuple[str, str]]:
    first, last = sorted((release.as_of, asked.as_of))
    with home.connect() as con:
        new = con.execute(
            """
            select distinct s.submission_id, s.feed, s.received_at
            from read_parquet($1, union_by_name = true) as r
            inner join xinyong.quality.submissions as s on r._submission_id = s.submission_id
            where r.resolved_uscc = $2 and s.received_at > $3 and s.received_at <= $4
            order by s.received_at, s.submission_id
            """,
            [[str(p) for p in sorted(home.settings.raw_batches.glob("*/rows.parquet"))], home.uscc, first, last],
        ).fetchall()
    words = "、".join(f"{submission_id}（{times.show(at)} 收到）" for submission_id, _, at in new)
    between = f"{times.show(first)} 至 {times.show(last)} 之间"
    knowledge = (
        f"{between}收到：{words}" if words else f"{between}的报送或决定（名单中不再列有本企业，或对已收到数据的决定）"
    )
    day = f"规则按 {asked.reference_date} 读取：期限届满、时间窗口移动或规则版本更替"
    if rules is not None and rules != rules_version():
        product = (RULE, f"规则表自发布后有变动（程序 {code} → {code_version()}）")
    else:
        product = (CODE, f"程序 {code} → {code_version()}")
    return {"knowledge": (SOURCE, knowledge), "day": (RULE, day), "product": product}
