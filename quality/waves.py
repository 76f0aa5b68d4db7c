"""Returns pending submissions in waves: what does not depend on each other is judged in one pass (semantics 1.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ingest.contract_model import Contract

if TYPE_CHECKING:
    from ingest.ledger import Submission

REGISTRY = "enterprise_registry"
"""Every row is resolved through the registry as known, so everything depends on the registry batches before it."""

DEPENDS_ON = {"credit_repair": "serious_dishonesty_list"}
"""Feed → feed of any department that it is compared with."""


def waves(submissions: Iterable[Submission], contracts: dict[str, Contract]) -> list[tuple[str | None, list[Submission]]]:
    """Returns (feed, submissions) in the order of judgement; within one entry nobody depends on anybody.

    A submission stands one level above the highest earlier one that it depends on: any registry; for lists and
    corrections the same feed and department (a list is compared with the former one, a correction merged into it);
    for repairs any dishonesty list. Rows of other feeds depend on nothing else.
    """
    registry_level = 0
    feed_levels: dict[str | None, int] = {}
    sender_levels: dict[tuple[str | None, str | None], int] = {}
    groups: dict[tuple[int, str], tuple[str | None, list[Submission]]] = {}
    for s in sorted(submissions, key=lambda x: (x.received_at, x.sha256)):
        contract = contracts.get(s.feed or "")
        below = [registry_level, feed_levels.get(DEPENDS_ON.get(s.feed or ""), 0) if s.feed in DEPENDS_ON else 0]
        if s.is_correction or (contract is not None and contract.submission == "full_list"):
            below.append(sender_levels.get((s.feed, s.department_code), 0))
        level = 1 + max(below)
        if s.feed == REGISTRY:
            registry_level = max(registry_level, level)
        feed_levels[s.feed] = max(feed_levels.get(s.feed, 0), level)
        place = (s.feed, s.department_code)
        sender_levels[place] = max(sender_levels.get(place, 0), level)
        groups.setdefault((level, s.feed or ""), (s.feed, []))[1].append(s)
    return [groups[place] for place in sorted(groups)]
