"""Returns the manifest of a city: what was written, and every fault that must be found in it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

VERSION = 1  # of the generator: a change that alters what is written raises it


@dataclass
class Finding:
    """One fact that must be found: (file, sheet, row, column, kind) is the comparison key.

    file: ``<department code>/<period>/<source file>``, or ``gateway:<name>``; row: physical, 1-based, as text, or the
    record id. ``planted`` is the dirty form that was planted, ``kind`` what it is found as; one planted form may be
    found as several kinds. ``expected_state`` is that of the row as first judged.
    """

    file: str
    sheet: str
    row: str
    column: str
    kind: str
    planted: str
    feed: str
    period: str
    department: str
    text: str | None  # what stands in the column, null for a blank or a row-level kind
    expected_state: str
    released_in: str | None = None  # period at whose close a row quarantined for want of an identity is accepted

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What planted and found are compared by."""
        return self.file, self.sheet, self.row, self.column, self.kind


@dataclass
class Drop:
    """One submission as written."""

    submission: str  # <department code>/<period>/<name of file, archive or folder>
    path: str  # below home
    feed: str | None
    department: str | None
    period: str | None
    received_at: str  # UTC, ISO
    rows: int  # data rows; a zero report has none
    parts: list[dict[str, object]]  # file, sheet, header_rows, rows of each table
    role: str = "list"  # list | zero_report | correction | faulty (refused as a whole)
    is_late: bool = False  # after due_at
    is_after_close: bool = False
    batch_rules: list[str] = field(default_factory=list)  # rules about the file that must fire
    rejected: bool = False
    zero_domains: list[str] = field(default_factory=list)


@dataclass
class Manifest:
    """Everything a test has to know about the city."""

    version: int
    arguments: dict[str, object]
    drops: list[Drop] = field(default_factory=list)
    faults: list[Finding] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    held: list[dict[str, object]] = field(default_factory=list)  # department, period, feed, domain, former, rows
    corrections: list[dict[str, object]] = field(default_factory=list)  # submission, closes: rows of the first file
    gateways: list[dict[str, object]] = field(default_factory=list)  # name, protocol, versions, records
    due_at: dict[str, str] = field(default_factory=dict)
    close_as_of: dict[str, str] = field(default_factory=dict)

    def keys(self) -> set[tuple[str, str, str, str, str]]:
        """Returns the set of (file, sheet, row, column, kind) that must be found, no more and no less."""
        return {f.key for f in self.faults}

    def counts(self) -> dict[str, int]:
        """Returns how many findings of each kind are expected."""
        return dict(sorted(Counter(f.kind for f in self.faults).items()))

    def foreign_rows(self) -> int:
        """Returns the number of rows about a domain or feed that is not the sender's."""
        return len({f.key[:3] for f in self.faults if f.kind == "X-OWNER"})

    def zero_reports(self) -> list[Drop]:
        """Returns the zero reports."""
        return [d for d in self.drops if d.role == "zero_report"]

    def save(self, path: Path) -> None:
        """Writes the manifest; it is written last, so a folder with a manifest is complete."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)
        path.write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Manifest:
        """Returns a manifest that was saved."""
        data = json.loads(path.read_text(encoding="utf-8"))
        drops = [Drop(**d) for d in data.pop("drops")]
        faults = [Finding(**f) for f in data.pop("faults")]
        return cls(**data, drops=drops, faults=faults)
