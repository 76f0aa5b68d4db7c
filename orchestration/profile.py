"""Returns the credit profile of one enterprise as a published release holds it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.errors import FeedError
from orchestration import times

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings


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
class Profile:
    """One enterprise: (Chinese label, value) pairs, and per domain a record under Chinese headers."""

    release: PublishedRelease
    facts: list[tuple[str, Any]]
    domain_headers: list[str]
    domains: list[tuple[Any, ...]]


def releases(settings: Settings) -> list[PublishedRelease]:
    """Returns the complete releases of a home, ordered by what they knew, the period deciding between equals."""
    found = []
    for manifest in settings.published.glob("[!.]*/manifest.json"):
        if manifest.parent.is_symlink():
            continue
        facts = json.loads(manifest.read_text(encoding="utf-8"))["compared"]
        as_of = times.parse_as_of(facts["as_of"])
        found.append(PublishedRelease(manifest.parent, facts["period"], as_of, bool(facts["is_final"])))
    return sorted(found, key=lambda r: (r.as_of, r.period))


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


def find_profile(settings: Settings, uscc: str, as_of: datetime | None = None) -> Profile:
    """Returns the profile of an enterprise.

    Args:
        settings: whose home.
        uscc: code as typed; blanks, width and case do not matter.
        as_of: UTC; the release whose ``as_of`` is the latest not after it answers.

    Raises:
        FeedError: there is no such release, or the release does not know the enterprise.
    """
    import unicodedata

    import duckdb

    release = choose_release(settings, as_of)
    code = unicodedata.normalize("NFKC", uscc).replace(" ", "").upper()
    with duckdb.connect(str(release.database), read_only=True) as con:
        headers, rows = _select(con, "enterprise_profile", code, "uscc")
        if not rows:
            raise FeedError(
                "this enterprise is not in the release",
                where=release.path.name,
                expected="the unified social credit code of an enterprise of the city",
                got=code,
                do="check the code; an enterprise is known once the registry or a department has reported it",
            )
        domain_headers, domains = _select(con, "enterprise_domain_profile", code, "domain_code")
    return Profile(release, list(zip(headers, rows[0], strict=True)), domain_headers, domains)


def _select(
    con: duckdb.DuckDBPyConnection, mart: str, uscc: str, order_by: str
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Returns the Chinese labels of a mart's columns and its rows of one enterprise."""
    columns = con.execute(
        "select column_name, coalesce(comment, column_name) from duckdb_columns() "
        "where schema_name = 'marts' and table_name = ? order by column_index",
        [mart],
    ).fetchall()
    names = ", ".join(f'"{name}"' for name, _ in columns)
    rows = con.execute(f'select {names} from marts."{mart}" where uscc = ? order by "{order_by}"', [uscc]).fetchall()
    return [short_label(comment) for _, comment in columns], rows


def short_label(comment: str) -> str:
    """Returns the first phrase of a column's Chinese comment, which serves as its label."""
    return _LABEL_END.split(comment, maxsplit=1)[0].strip()
