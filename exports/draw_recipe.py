"""Returns a draw of inspections made again from what was published, without database (semantics 5.11).

The recipe is that of ``dbt_project/macros/draws.sql``; a test compares the two. Anybody with a list of codes, measures
and rates can follow it: freeze and hash the population, derive the seed, order each stratum, take the rate rounded up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

FIRST_DRAW = 1


@dataclass(frozen=True)
class Subject:
    """One enterprise that takes part in the draw of a domain."""

    uscc: str
    measure: str
    sampling_rate: Decimal


@dataclass(frozen=True)
class Drawn:
    """What a draw comes to."""

    population_hash: str
    seed: str
    uscc: frozenset[str]


def sha256(words: str) -> str:
    """Returns the SHA-256 of a text in UTF-8, hex."""
    return hashlib.sha256(words.encode()).hexdigest()


def draw(
    programme: str, domain_code: str, period: str, subjects: Iterable[Subject], draw_no: int = FIRST_DRAW
) -> Drawn:
    """Returns who is drawn; the order of the subjects does not matter."""
    population = sorted(subjects, key=lambda subject: subject.uscc)
    frozen = sha256("\n".join(f"{subject.uscc},{subject.measure}" for subject in population))
    parts = [programme, domain_code, period, frozen, *([str(draw_no)] if draw_no > FIRST_DRAW else [])]
    seed = sha256("|".join(parts))
    strata: dict[tuple[str, Decimal], list[str]] = {}
    for subject in population:
        strata.setdefault((subject.measure, subject.sampling_rate), []).append(subject.uscc)
    drawn: set[str] = set()
    for (_, rate), members in strata.items():
        drawn.update(sorted(members, key=lambda uscc: (sha256(seed + uscc), uscc))[: quota(rate, len(members))])
    return Drawn(frozen, seed, frozenset(drawn))


def quota(rate: Decimal, size: int) -> int:
    """Returns how many of a stratum are drawn: rate × size, rounded up; rate 1 takes all, 0 none."""
    return int((rate * size).to_integral_value(ROUND_CEILING))
