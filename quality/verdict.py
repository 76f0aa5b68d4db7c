"""Returns the verdict about a submission from its counts: a pure function, no database (semantics 4.1, 4.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

VerdictName = Literal["accepted", "accepted_with_remarks", "rejected"]
ListState = Literal["in_force", "held", "refused"]


@dataclass(frozen=True)
class DomainCount:
    """What a submission says about one domain, before the verdict."""

    domain_code: str
    domain_name: str
    is_own: bool
    rows: int
    sound_rows: int  # neither in error nor a repeat
    subjects: int  # distinct; rows in error count as present
    former_subjects: int | None  # of the list in force before; None: there was none, or the feed has no lists
    is_zero_report: bool = False


@dataclass(frozen=True)
class BatchFinding:
    """A finding about the file as a whole; the values fill the placeholders of the rule's wording."""

    rule_id: str
    values: dict[str, Any] = field(default_factory=dict)
    source_file: str | None = None
    sheet: str | None = None
    row_number: int | None = None
    column: str | None = None


@dataclass(frozen=True)
class Counts:
    """What judging needs to know of one submission."""

    rows: int
    error_rows: int  # repeats are no errors (semantics 3.3)
    sound_rows: int
    domains: tuple[DomainCount, ...] = ()
    problems: tuple[BatchFinding, ...] = ()  # about the file, from reading it
    fatal: tuple[BatchFinding, ...] = ()  # those of severity error
    has_remarks: bool = False  # any other finding, of a row or of the file
    is_zero_report: bool = False
    replaces_list: bool = False  # full-list feed, not a correction


@dataclass(frozen=True)
class Verdict:
    """What was decided, and why."""

    name: VerdictName
    reject_rule: str | None  # stands on every row of a rejected submission
    held: frozenset[str]  # domains whose list waits for confirmation
    rows_accepted: int
    findings: tuple[BatchFinding, ...]


@dataclass(frozen=True)
class Limits:
    """Thresholds: error share from the contract, shrink limits from seed ``list_policies``."""

    error_share: float
    shrink_floor: int
    shrink_share: float


def shrinks(former: int | None, new: int, limits: Limits) -> bool:
    """Returns whether a list is held: the former one had the floor's size, the new one is below the share of it."""
    return former is not None and former >= limits.shrink_floor and new < limits.shrink_share * former


def exceeds(errors: int, rows: int, limits: Limits) -> bool:
    """Returns whether more than the permitted share of the rows is in error; exactly the share is not more."""
    return rows > 0 and errors > limits.error_share * rows + 1e-9


def judge(counts: Counts, limits: Limits, disabled: frozenset[str] = frozenset()) -> Verdict:
    """Returns the verdict.

    Rejected: unreadable or a required header missing, too many rows in error, every own domain held, no row accepted.
    Otherwise any finding makes ``accepted_with_remarks``.
    """
    fatal = tuple(f for f in counts.fatal if f.rule_id not in disabled)
    if fatal:
        return Verdict("rejected", fatal[0].rule_id, frozenset(), 0, ())
    if exceeds(counts.error_rows, counts.rows, limits) and "X-GATE" not in disabled:
        share = {"found": _percent(counts.error_rows, counts.rows), "expected": f"{limits.error_share:.0%}"}
        return Verdict("rejected", "X-GATE", frozenset(), 0, (BatchFinding("X-GATE", share),))
    own = [d for d in counts.domains if d.is_own]
    held = [
        d
        for d in own
        if counts.replaces_list and "X-SHRINK" not in disabled and shrinks(d.former_subjects, d.subjects, limits)
    ]
    findings = tuple(
        BatchFinding("X-SHRINK", {"value": d.domain_name, "found": d.subjects, "expected": d.former_subjects})
        for d in held
    )
    codes = frozenset(d.domain_code for d in held)
    if held and len(held) == len(own):
        return Verdict("rejected", "X-SHRINK", codes, 0, findings)
    accepted = counts.sound_rows - sum(d.sound_rows for d in held)
    if accepted == 0 and not _reports_zero(counts, codes) and "X-EMPTY" not in disabled:
        return Verdict("rejected", "X-EMPTY", codes, 0, (*findings, BatchFinding("X-EMPTY", {"found": counts.rows})))
    remarks = counts.has_remarks or bool(findings)
    return Verdict("accepted_with_remarks" if remarks else "accepted", None, codes, accepted, findings)


def _reports_zero(counts: Counts, held: frozenset[str]) -> bool:
    """Returns whether the submission says in due form that there is nothing to report."""
    return counts.is_zero_report and any(d.is_zero_report and d.domain_code not in held for d in counts.domains)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%"


def list_states(counts: Counts, verdict: Verdict) -> dict[str, ListState]:
    """Returns the state of the list of every own domain; a domain held is held even if the whole is rejected for it."""
    if not counts.replaces_list:
        return {}
    states: dict[str, ListState] = {}
    for d in counts.domains:
        if d.is_own:
            if d.domain_code in verdict.held:
                states[d.domain_code] = "held"
            else:
                states[d.domain_code] = "refused" if verdict.name == "rejected" else "in_force"
    return states
