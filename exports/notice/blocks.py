"""Returns the parts of which a document consists, apart from how they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from exports.charts import Chart

Role = Literal[
    "title",
    "draft",
    "recipient",
    "heading",
    "body",
    "attachment_first",
    "attachment_next",
    "signature",
    "date",
    "blank",
    "annex_mark",
    "annex_title",
    "annex_period",
    "note",
    "caption",
]


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; ``lead`` is a heading that runs into it (（一）…。)."""

    role: Role
    words: str = ""
    lead: str = ""


@dataclass(frozen=True)
class Table:
    """A table; cells are text or registered figures. ``left`` names the columns that are not centred."""

    header: Sequence[str]
    rows: Sequence[Sequence[Any]]
    widths_mm: Sequence[float]
    left: Sequence[int] = ()


@dataclass(frozen=True)
class Annex:
    """One annex: begins on a new page, in a section of its own."""

    number: int
    title: str
    period: str
    table: Table | None
    notes: Sequence[str] = ()
    empty: str = ""  # what stands there instead of a table without rows
    landscape: bool = False
    charts: Sequence[Chart] = ()


@dataclass(frozen=True)
class Head:
    """What an issued document bears and a draft does not: red head, document number, imprint (GB/T 9704)."""

    authority: str
    number: str
    copy_to: str
    imprint: str
    imprint_date: str


@dataclass(frozen=True)
class Notice:
    """A whole notice; without a head it is a draft."""

    title: Sequence[str]
    paragraphs: Sequence[Paragraph]
    annexes: Sequence[Annex] = field(default_factory=tuple)
    head: Head | None = None
    table: Table | None = None  # under the body, for a document without annexes

    @property
    def last_sentence(self) -> int | None:
        """The place of the last paragraph of the body among ``paragraphs``; None if there is no signature after it."""
        roles = [part.role for part in self.paragraphs]
        if "signature" not in roles:
            return None
        return max(place for place, role in enumerate(roles) if role == "body")
