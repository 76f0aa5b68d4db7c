"""Returns the measures of a batch as the rows that Great Expectations validates and the ledger keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ingest.contract_model import Contract


@dataclass(frozen=True)
class Frame:
    """Measures in long form: one row per submission and rule; ``success`` is filled by the suite."""

    feed: str
    submissions: tuple[str, ...]
    rows: list[dict[str, Any]]


def add_shares(contract: Contract, measures: dict[str, list[dict[str, Any]]]) -> Frame:
    """Returns the measures with their shares; a rule that applied to no row has none (not 0)."""
    rows = []
    for submission, found in measures.items():
        for m in found:
            share = m["unexpected"] / m["evaluated"] if m["evaluated"] else None
            rows.append({"submission_id": submission, "feed": contract.feed, **m, "share": share, "success": None})
    return Frame(contract.feed, tuple(measures), rows)
