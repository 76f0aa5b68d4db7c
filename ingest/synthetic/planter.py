"""Returns which faulty rows go where: one fault per row, each on a subject of its own, in known numbers.

Imports nothing from the code that reads and judges: what is planted here is an account of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle, islice
from typing import TYPE_CHECKING

from ingest.synthetic.fault_table import faults_of
from ingest.synthetic.faults import BRACKETS, DIGITS, KNOWN, LATER, QUARANTINED, UNKNOWN, Fault, Row, Subject
from ingest.synthetic.feeds import FEEDS
from ingest.synthetic.policy import PUBLIC_SCALE, Domain, Policy, first_day
from ingest.synthetic.population import ALL_DIGITS, BRACKETED, LISTED, RESERVE, UNREGISTERED, CityError, Layout
from ingest.synthetic.rows import LISTED_DOMAIN, LISTED_ON, base_row
from ingest.synthetic.senders import (
    CORRECTING,
    FOREIGN,
    SHRINKING,
    TWICE,
    style_of,
)

if TYPE_CHECKING:
    import duckdb

REGISTER_ONLY = 90  # of the unregistered, from this one on: only the register names them
FOREIGN_ROWS = {
    "positive_list": 4,
    "evaluation_results": 3,
    "serious_dishonesty_list": 1,
    "regulated_subjects": 1,
}  # rows about another department's domain, months 1 and 2
CORRECTED = 4  # rows of the last month's positive list that a correction closes
QUARANTINE_WEIGHT = 4  # how much heavier a quarantined row weighs when rows are spread: period gates should stay green


@dataclass
class Planted:
    """A planted row, or a clean row that another one needs."""

    row: Row
    findings: tuple[tuple[str, str], ...] = ()  # (column, kind)
    kind: str = ""
    state: str = "accepted"
    released_in: str | None = None
    mark: str = ""  # correction: the row is closed by one


@dataclass
class Group:
    """Planted rows that stand together in one domain's list."""

    domain: int
    rows: list[Planted]


@dataclass
class Cast:
    """Whom faults are planted on, taken by turns per feed."""

    subjects: dict[str, list[Subject]]
    taken: Counter[tuple[str, str]] = field(default_factory=Counter)

    def take(self, feed: str, who: str) -> Subject:
        """Returns the next subject of a sort for a feed."""
        pool = self.subjects[who]
        self.taken[feed, who] += 1
        return dict(next(islice(cycle(pool), self.taken[feed, who] - 1, None)))


LISTED_SORT = "listed"
REGISTER_SORT = "register"


def assemble_cast(con: duckdb.DuckDBPyConnection, layout: Layout) -> Cast:
    """Returns the subjects for planting, read from ``ent``."""

    def read(lo: int, hi: int) -> list[Subject]:
        found = con.execute(
            """
            select i::varchar, uscc, first_name, organisation_code, coalesce(registration_no, ''), area_code,
                legal_representative_name, legal_representative_id_number from ent where i >= ? and i < ? order by i
        """,
            [lo, hi],
        ).fetchall()
        names = (
            "i",
            "uscc",
            "name",
            "organisation_code",
            "registration_no",
            "area_code",
            "legal_representative_name",
            "legal_representative_id_number",
        )
        return [dict(zip(names, row, strict=True)) for row in found]

    base = layout.size
    subjects = {
        DIGITS: read(0, ALL_DIGITS),
        BRACKETS: read(*BRACKETED),
        LISTED_SORT: read(*LISTED),
        KNOWN: read(LISTED[1], RESERVE),
        UNKNOWN: read(base, base + REGISTER_ONLY - 10),
        REGISTER_SORT: read(base + REGISTER_ONLY, base + UNREGISTERED),
        LATER: read(layout.first_new, layout.first_new + (layout.growth if layout.months > 1 else 0)),
    }
    spare = read(base + REGISTER_ONLY - 10, base + REGISTER_ONLY)
    for pool in subjects.values():  # a name that the register does not know, for X-NAME
        for k, subject in enumerate(pool):
            subject["other_name"] = spare[k % len(spare)]["name"]
    return Cast(subjects)


def faults_of_month(feed: str, m: int, months: int) -> list[Fault]:
    """Returns the faults of a feed that are planted in month m: by turns; repairs begin in the second month."""
    first = 1 if feed == "credit_repair" else 0
    if m < first:
        return []
    sent = [f for f in faults_of(feed) if f.only != "gateway"]
    chosen = [f for k, f in enumerate(sent) if not f.released and k % (months - first) == m - first]
    if m == 0 and months > 1:
        chosen += [f for f in sent if f.released]
    return chosen


@dataclass(frozen=True)
class Target:
    """A domain's list in a department's file."""

    department: str
    domain: Domain | None
    rows: int


def _targets(policy: Policy, feed: str, m: int, months: int, counts: Sequence[tuple[str, int, int]]) -> list[Target]:
    numbered = {d.no: d for d in policy.domains}
    kept = []
    for department, no, rows in counts:
        domain = numbered.get(no)
        if feed == "positive_list" and (
            (m == 1 and domain is not None and domain.code == SHRINKING[1])
            or (department, m) == TWICE
            or (department == CORRECTING and m == months - 1)
        ):
            continue
        kept.append(Target(department, domain, rows))
    return kept


def _fits(fault: Fault, target: Target, policy: Policy, feed: str) -> bool:
    if fault.only == "xlsx" and style_of(target.department).form != "xlsx":
        return False
    for column, _ in fault.found:
        if column and column not in dict(FEEDS[feed].headers(target.department)):
            return False
    if fault.scale is None:
        return True
    if target.domain is None:
        return False
    if fault.scale == "A":
        return len(target.domain.scales) == 1 and "A" in {g.grade for g in policy.scale(target.domain.scales[0])}
    return fault.scale in target.domain.scales


def plan(
    policy: Policy, cast: Cast, feed: str, m: int, months: Sequence[str], counts: Sequence[tuple[str, int, int]]
) -> dict[str, list[Group]]:
    """Returns the groups of planted rows per department.

    Args:
        policy: seeds.
        cast: subjects to plant on.
        feed: whose faults.
        m: index of the month.
        months: periods of the city.
        counts: rows per department and domain number before planting.

    Raises:
        CityError: no list can hold a fault.
    """
    targets = _targets(policy, feed, m, len(months), counts)
    load: Counter[tuple[str, int]] = Counter()
    planned: dict[str, list[Group]] = {}
    for k, fault in enumerate(faults_of_month(feed, m, len(months))):
        fitting = [t for t in targets if _fits(fault, t, policy, feed)]
        if not fitting:
            raise CityError(f"no list of {feed} in {months[m]} can hold the fault {fault.kind} {fault.found}")
        weight = QUARANTINE_WEIGHT if fault.state == QUARANTINED else 1
        # Every department first gets one harmless fault, so that every form of file is tried; then by fill.
        untouched = [t for t in fitting if weight == 1 and t.department not in planned]
        target = min(untouched or fitting, key=lambda t: (load[_at(t)] + weight) / t.rows)
        load[_at(target)] += weight
        who = REGISTER_SORT if feed == "enterprise_registry" else LISTED_SORT if feed == "credit_repair" else fault.who
        subject = cast.take(feed, who)
        _equip(subject, policy, target)
        rows = _rows(feed, fault, subject, policy, target, months, m, k)
        if fault.released:
            rows[0].released_in = months[m + 1]
        planned.setdefault(target.department, []).append(Group(_at(target)[1], rows))
    for department, group in _companions(policy, cast, feed, m, months, counts):
        planned.setdefault(department, []).append(group)
    return planned


def _at(target: Target) -> tuple[str, int]:
    return target.department, target.domain.no if target.domain else 0


def _equip(subject: Subject, policy: Policy, target: Target) -> None:
    """Adds to the subject what edits need to know of where the row stands."""
    codes = [code for code, _ in policy.departments]
    other = codes[(codes.index(target.department) + 1) % len(codes)]
    subject["other_department"] = policy.department_name(other)
    subject["other_unit_code"] = policy.authority(other).code
    scale = target.domain.scales[0] if target.domain else PUBLIC_SCALE
    known = {g.grade for g in policy.scale(scale)}
    for name, scale_id in (("alias", scale), ("public_alias", PUBLIC_SCALE)):
        plain = [a for s, a, g in policy.aliases if s == scale_id and a not in known and a.startswith(g)]
        subject[name] = plain[0] if plain else ""


def _rows(
    feed: str, fault: Fault, subject: Subject, policy: Policy, target: Target, months: Sequence[str], m: int, k: int
) -> list[Planted]:
    row = base_row(feed, subject, policy, target.department, target.domain, months[m], k)
    if fault.twin is None:
        fault.edit(row, subject)
        return [Planted(row, fault.found, fault.kind, fault.state)]
    second = dict(row)
    fault.edit(second, subject)
    first = Planted(row) if fault.twin == "repeat" else Planted(row, fault.found, fault.kind, fault.state)
    return [first, Planted(second, fault.found, fault.kind, fault.state)]


def _companions(
    policy: Policy, cast: Cast, feed: str, m: int, months: Sequence[str], counts: Sequence[tuple[str, int, int]]
) -> list[tuple[str, Group]]:
    """Returns rows that belong to a behaviour of the whole file: foreign ones, listings of repairs, corrected ones."""
    by_code = {d.code: d for d in policy.domains}
    found = []
    if feed in FOREIGN_ROWS and m < 2 and any(department == FOREIGN[0] for department, _, _ in counts):
        foreign, column = by_code[FOREIGN[1]], FEEDS[feed].domain_column or ""
        own = policy.domains_of(FOREIGN[0])[0]
        for k in range(FOREIGN_ROWS[feed]):
            row = base_row(feed, cast.take(feed, KNOWN), policy, FOREIGN[0], foreign, months[m], k)
            found.append((FOREIGN[0], Group(own.no, [Planted(row, ((column, "X-OWNER"),), "X-OWNER", QUARANTINED)])))
    if feed == "serious_dishonesty_list":
        domain = by_code[LISTED_DOMAIN]
        for subject in cast.subjects[LISTED_SORT]:
            row = base_row(feed, subject, policy, domain.department, domain, months[m], 0)
            listing = row | {"published_on": LISTED_ON, "removed_on": None, "removal_reason": None}
            found.append((domain.department, Group(domain.no, [Planted(listing)])))
    if feed == "positive_list" and m == len(months) - 1:
        domain = policy.domains_of(CORRECTING)[0]
        values = (None, "上半年", "/", first_day(months[m]) + timedelta(days=400))
        kinds = (("required",), ("type",), ("PLACE", "required"), ("X-FUTURE",))
        for k in range(CORRECTED):
            row = base_row(feed, cast.take(feed, KNOWN), policy, CORRECTING, domain, months[m], k)
            faulty = row | {"published_on": values[k]}
            findings = tuple(("published_on", kind) for kind in kinds[k])
            group = Group(domain.no, [Planted(faulty, findings, kinds[k][0], QUARANTINED, mark="correction")])
            found.append((CORRECTING, group))
    return found
