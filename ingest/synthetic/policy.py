"""Returns what the city takes from the policy seeds: who reports what, on which scale, due when."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"
PUBLIC_SCALE = "pub_zj5"  # public credit of Zhejiang, domain.md 5.1
SHANGHAI = timedelta(hours=8)  # Asia/Shanghai, no daylight saving time
CLOSE_DAY, CLOSE_HOUR = 20, 16  # a month is closed at the end of the 20th of the next, 16:00 UTC


class SeedError(ValueError):
    """A policy seed is missing or lacks what the city needs."""


@dataclass(frozen=True)
class Grade:
    """One native grade of a scale."""

    scale_id: str
    scale_name: str
    grade: str
    rank: int
    tier: str
    is_neutral: bool
    score_min: float | None
    score_max: float | None


@dataclass(frozen=True)
class Domain:
    """One industry domain, with the scales bound to it."""

    no: int
    code: str
    name: str
    department: str
    scales: tuple[str, ...]


@dataclass(frozen=True)
class Authority:
    """An inspecting authority and the department it means."""

    name: str
    code: str
    department: str


@dataclass(frozen=True)
class Policy:
    """Everything the city reads from seeds, as valid in its first month."""

    departments: tuple[tuple[str, str], ...]  # code, name, in seed order
    domains: tuple[Domain, ...]
    grades: tuple[Grade, ...]
    aliases: tuple[tuple[str, str, str], ...]  # scale_id, alias, grade
    authorities: tuple[Authority, ...]
    due_on: dict[str, date]  # by period
    results: tuple[tuple[str, str], ...]  # inspection result, group

    def department_name(self, code: str) -> str:
        """Returns the name of a department."""
        return dict(self.departments)[code]

    def domains_of(self, department: str) -> tuple[Domain, ...]:
        """Returns the domains a department owns, in seed order."""
        return tuple(d for d in self.domains if d.department == department)

    def scale(self, scale_id: str) -> tuple[Grade, ...]:
        """Returns the grades of a scale, best first."""
        return tuple(sorted((g for g in self.grades if g.scale_id == scale_id), key=lambda g: g.rank))

    def authority(self, department: str) -> Authority:
        """Returns the authority of a department under its longest, official name."""
        return max((a for a in self.authorities if a.department == department), key=lambda a: (len(a.name), a.name))


def next_month(period: str) -> str:
    """Returns the period after, as YYYY-MM."""
    year, month = map(int, period.split("-"))
    return f"{year + month // 12}-{month % 12 + 1:02d}"


def first_day(period: str) -> date:
    """Returns the first day of a period."""
    return date.fromisoformat(f"{period}-01")


def last_day(period: str) -> date:
    """Returns the last day of a period."""
    return first_day(next_month(period)) - timedelta(days=1)


def close_as_of(period: str) -> datetime:
    """Returns when a period is closed by default: the end of the 20th of the next month in Shanghai, as UTC."""
    return datetime.fromisoformat(f"{next_month(period)}-{CLOSE_DAY:02d}T{CLOSE_HOUR:02d}:00:00")


def due_at(policy: Policy, period: str) -> datetime:
    """Returns when a period is due: 24:00 in Shanghai of the day in the reporting calendar, as UTC."""
    if period not in policy.due_on:
        raise SeedError(f"seed reporting_calendar has no period {period}; it has {', '.join(sorted(policy.due_on))}")
    return datetime.combine(policy.due_on[period] + timedelta(days=1), datetime.min.time()) - SHANGHAI


def _rows(seeds: Path, name: str, programme: str, on: date) -> Iterator[dict[str, str]]:
    found = sorted(seeds.rglob(f"{name}.csv"))
    if len(found) != 1:
        raise SeedError(f"expected one seed {name}.csv below {seeds}, found {len(found)}")
    with found[0].open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            starts, ends = row["valid_from"] or "0001-01-01", row["valid_to"] or "9999-12-31"
            if row["programme"] == programme and starts <= on.isoformat() <= ends:
                yield row


def _number(text: str) -> float | None:
    return float(text) if text else None


def load_policy(on: date, *, programme: str = "huzhou", seeds: Path = SEEDS) -> Policy:
    """Returns the policy that is valid on a day.

    Args:
        on: day, normally the last of the city's first month.
        programme: whose rows count.
        seeds: folder that holds the seed files, at any depth.

    Raises:
        SeedError: a seed is missing or ambiguous.
    """

    def read(name: str) -> list[dict[str, str]]:
        return list(_rows(seeds, name, programme, on))

    bound: dict[str, list[str]] = {}
    for row in read("domain_scales"):
        bound.setdefault(row["domain_code"], []).append(row["scale_id"])
    return Policy(
        departments=tuple(
            (r["department_code"], r["department_name"])
            for r in sorted(read("departments"), key=lambda r: int(r["sort_order"]))
        ),
        domains=tuple(
            Domain(
                int(r["domain_no"]),
                r["domain_code"],
                r["domain_name"],
                r["department_code"],
                tuple(bound.get(r["domain_code"], ["other"])),
            )
            for r in sorted(read("domains"), key=lambda r: int(r["domain_no"]))
        ),
        grades=tuple(
            Grade(
                r["scale_id"],
                r["scale_name"],
                r["grade"],
                int(r["rank"]),
                r["tier"],
                r["is_neutral"] == "true",
                _number(r["score_min"]),
                _number(r["score_max"]),
            )
            for r in read("grade_scales")
        ),
        aliases=tuple((r["scale_id"], r["alias"], r["grade"]) for r in read("grade_aliases")),
        authorities=tuple(
            Authority(r["authority_name"], r["authority_code"], r["department_code"])
            for r in read("inspecting_authorities")
        ),
        due_on={r["period"]: date.fromisoformat(r["due_on"]) for r in read("reporting_calendar")},
        results=tuple(
            (r["result"], r["result_group"])
            for r in read("inspection_result_groups")
            if unicodedata.normalize("NFKC", r["result"]) == r["result"]  # plain spelling only: no accidental WIDTH
        ),
    )
