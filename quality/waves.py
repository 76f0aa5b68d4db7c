"""Returns pending submissions in waves: what does not depend on each other is judged in one pass (semantics 1.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ingest.contract_model import Contract

if TYPE_CHECKING:
    from ingest.ledger import Submission

FIRST = ("enterprise_registry", "serious_dishonesty_list")
"""Feeds that others are judged against: the registry resolves every row, listings are what a repair refers to.

A submission sees of them only what arrived before it, whatever else is judged already: so they can all be judged first,
and a registry in the middle of a month does not split the passes of the other feeds.
"""


def waves(
    submissions: Iterable[Submission], contracts: dict[str, Contract]
) -> list[tuple[str | None, list[Submission]]]:
    """Returns (feed, submissions) in the order of judgement; within one entry nobody depends on anybody.

    Within a feed a submission stands one level above the highest earlier one that it depends on: any registry for a
    registry; the same feed and department for lists (compared with the former one) and corrections (merged into the
    one before). Rows of other feeds depend on nothing else.
    """
    levels: dict[tuple[str | None, str | None], int] = {}
    groups: dict[tuple[int, str, int], tuple[str | None, list[Submission]]] = {}
    for s in sorted(submissions, key=lambda x: (x.received_at, x.sha256)):
        contract = contracts.get(s.feed or "")
        chain = (s.feed, None if s.feed == FIRST[0] else s.department_code)
        is_chained = (
            s.feed == FIRST[0] or s.is_correction or (contract is not None and contract.submission == "full_list")
        )
        level = 1 + (levels.get(chain, 0) if is_chained else 0)
        levels[chain] = max(levels.get(chain, 0), level)
        phase = FIRST.index(s.feed) if s.feed in FIRST else len(FIRST)
        groups.setdefault((phase, s.feed or "", level), (s.feed, []))[1].append(s)
    return [groups[place] for place in sorted(groups)]
