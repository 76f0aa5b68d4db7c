"""Returns the credit profile of one enterprise as a published release holds it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.errors import FeedError
from orchestration import times

if TYPE_CHECKING:
    import duckdb

    from exports.lists import Release
    from ingest.settings import Settings
    from orchestration.profile_changes import Change
    from orchestration.profile_why import Evidence


NOTHING = "—"  # what was not collected; never a 0 (design.md 3)
NOT_COMPARED = frozenset({"数据截至时间", "基准日"})  # labels of as_of and reference_date: they always differ
DOMAIN_COLUMNS = (
    "domain_name", "grade", "tier", "evaluated_on", "evaluation_valid_to", "positive_list_status", "reasons",
    "inspection_measure", "sampling_rate", "measure_basis",
)  # fmt: skip
"""Columns of ``enterprise_domain_profile`` that fit on a screen; the release has them all."""
SAME_WORDS = {
    "positive_list_domains": "domain_code_a", "dishonest_domains": "domain_code_a", "veto_reasons": "reasons",
    "known_by_feeds": "feed", "positive_list_status": "status",
}  # fmt: skip
WORDS = {  # design.md 6, inspection measure
    "inspection_measure": {
        "exempt_onsite": "免予现场检查", "reduced": "降低频次", "routine": "常规检查", "intensified": "加强检查",
        "focus": "重点监管",
    },
}  # fmt: skip
_LABEL_END = re.compile("[，。；：（(,;:]")


@dataclass(frozen=True)
class PublishedRelease:
    """A release folder and what its manifest says about it."""

    path: Path
    period: str
    as_of: datetime
    is_final: bool

    @property
    def database(self) -> Path:
        """The release database."""
        return self.path / "xinyong.duckdb"


@dataclass(frozen=True)
class EnterpriseFacts:
    """One enterprise in words: (Chinese label, value) pairs, and per domain a record of them."""

    facts: list[tuple[str, str]]
    domains: list[list[tuple[str, str]]]

    def by_label(self) -> dict[tuple[str, str], str]:
        """Returns the words by (domain, label); the domain of what holds for the enterprise is empty."""
        found = {("", label): value for label, value in self.facts if label not in NOT_COMPARED}
        for record in self.domains:
            domain = record[0][1]
            found |= {(domain, label): value for label, value in record[1:]}
        return found


@dataclass(frozen=True)
class Profile:
    """One enterprise in words, as published or as known on a day, and what it rests on if that was asked."""

    release: PublishedRelease
    facts: list[tuple[str, str]]
    domain_headers: list[str]
    domains: list[list[str]]
    day: date | None = None  # asked for; None: as published
    changes: list[Change] | None = None  # against the release; None: not asked for
    evidence: list[Evidence] | None = None  # None: not asked for


def releases(settings: Settings) -> list[PublishedRelease]:
    """Returns the complete releases of a home, by what they knew, then period, then when they were made."""
    found = []
    for manifest in settings.published.glob("[!.]*/manifest.json"):
        if manifest.parent.is_symlink():
            continue
        facts = json.loads(manifest.read_text(encoding="utf-8"))["compared"]
        as_of = times.parse_as_of(facts["as_of"])
        found.append(PublishedRelease(manifest.parent, facts["period"], as_of, bool(facts["is_final"])))
    return sorted(found, key=lambda r: (r.as_of, r.period, (r.path / "manifest.json").stat().st_mtime_ns))


def choose_release(settings: Settings, as_of: datetime | None) -> PublishedRelease:
    """Returns the current release, or the one that knew most of what was known at an instant.

    Raises:
        FeedError: there is no release, or none as old as that.
    """
    from exports.release import current_release

    published = releases(settings)
    current = current_release(settings)
    if as_of is None and current is not None:
        return next(r for r in published if r.path.resolve() == current.resolve())
    fitting = [r for r in published if as_of is None or r.as_of <= as_of]
    if not fitting:
        oldest = f"the oldest is as of {times.show(published[0].as_of)}" if published else "none was published"
        raise FeedError(
            "there is no release to look into",
            where=str(settings.published),
            expected=f"a release as of {times.show(as_of)} or earlier" if as_of else "a release",
            got=oldest,
            do="close a month first: xinyong run --period YYYY-MM",
        )
    return fitting[-1]


def find_profile(settings: Settings, uscc: str, as_of: datetime | None = None, *, why: bool = False) -> Profile:
    """Returns the profile of an enterprise.

    Args:
        settings: whose home.
        uscc: code as typed; blanks, width and case do not matter.
        as_of: UTC; the same models answer for that day, and changes against the current release are explained. None:
            as published.
        why: also what every fact rests on.

    Raises:
        FeedError: there is no such release, or the enterprise is not known.
    """
    import unicodedata

    from orchestration import profile_build, profile_changes, profile_why

    release = choose_release(settings, None)
    code = unicodedata.normalize("NFKC", uscc).replace(" ", "").upper()
    published = facts_of(release.database, code)
    if as_of is None and not why:
        return _profile(release, _known(published, code, release.path.name))
    if as_of is None:
        moment = profile_build.Moment(release.period, release.as_of, reference_date(release))
    else:
        moment = profile_build.moment_of(as_of)
    with profile_build.filtered_home(settings, code) as home:
        profile_build.build(home, moment)
        found = _known(facts_of(home.settings.release_build, code), code, times.show(moment.as_of))
        evidence = profile_why.explain(home) if why else None
        if as_of is None:
            return replace(_profile(release, _known(published, code, release.path.name)), evidence=evidence)
        changes = profile_changes.compare(home, release, moment, published.by_label(), found.by_label())
    return replace(_profile(release, found), day=moment.reference_date, changes=changes, evidence=evidence)


def facts_of(database: Path, uscc: str) -> EnterpriseFacts:
    """Returns what a release database says of an enterprise, in words; nothing if it does not know it."""
    import duckdb

    from exports.lists import Release

    with duckdb.connect(str(database), read_only=True) as con:
        words = Release(con)
        facts = _records(con, words, "enterprise_profile", uscc, None)
        domains = _records(con, words, "enterprise_domain_profile", uscc, DOMAIN_COLUMNS)
    return EnterpriseFacts(facts[0] if facts else [], domains)


def _known(found: EnterpriseFacts, code: str, where: str) -> EnterpriseFacts:
    if not found.facts:
        raise FeedError(
            "this enterprise is not known",
            where=where,
            expected="the unified social credit code of an enterprise of the city",
            got=code,
            do="check the code; an enterprise is known once the registry or a department has reported it",
        )
    return found


def _profile(release: PublishedRelease, found: EnterpriseFacts) -> Profile:
    headers = [label for label, _ in found.domains[0]] if found.domains else []
    return Profile(release, found.facts, headers, [[value for _, value in row] for row in found.domains])


def reference_date(release: PublishedRelease) -> date:
    """Returns the day on which a release reads its rules."""
    import duckdb

    with duckdb.connect(str(release.database), read_only=True) as con:
        found: date = con.execute("select reference_date from meta.release").fetchall()[0][0]
    return found


def _records(
    con: duckdb.DuckDBPyConnection, words: Release, mart: str, uscc: str, wanted: tuple[str, ...] | None
) -> list[list[tuple[str, str]]]:
    """Returns per row of an enterprise the (Chinese label, value in words) pairs of the wanted columns, or of all."""
    comments = dict(
        con.execute(
            "select column_name, coalesce(comment, column_name) from duckdb_columns() "
            "where schema_name = 'marts' and table_name = ? order by column_index",
            [mart],
        ).fetchall()
    )
    names = [name for name in wanted or comments if name in comments]
    selected = ", ".join(f'"{name}"' for name in names)
    rows = con.execute(f'select {selected} from marts."{mart}" where uscc = ? order by all', [uscc]).fetchall()
    return [
        [(short_label(comments[name]), in_words(words, name, value)) for name, value in zip(names, row, strict=True)]
        for row in rows
    ]


def in_words(words: Release, column: str, value: Any) -> str:
    """Returns a cell as people read it: codes become words, nothing collected becomes a dash."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return times.show(value)
    named = WORDS.get(column)
    if named:
        return named.get(value, str(value))
    lookup = SAME_WORDS.get(column, column)
    if isinstance(value, list):
        return "、".join(str(words.in_words(lookup, part)) for part in value) or "无"
    return str(words.in_words(lookup, value))


def short_label(comment: str) -> str:
    """Returns the first phrase of a column's Chinese comment, which serves as its label."""
    return _LABEL_END.split(comment, maxsplit=1)[0].strip()
