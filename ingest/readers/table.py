"""Returns where the table of a grid is: its header rows and which column holds what. By text, never by position."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ingest.contract_model import SYSTEM_SUFFIX, Contract
from ingest.header_text import header_text
from ingest.normalise import key
from ingest.privacy import without_ids
from ingest.readers.grid import HEAD_ROWS, Grid, Row

SERIAL_HEADERS = frozenset({"序号", "NO", "NO.", "№"})
"""Headers of a running number: the clerk's own count, nothing is lost with it."""

_FEWEST = 2
"""Headers that a row must hold to be one; a single known word stands in many notes."""


@dataclass(frozen=True)
class Table:
    """The header found in a grid."""

    last_row: int  # physical row of the (lower) header row, 0 if there is none
    columns: dict[int, str]  # index of c1.. (1-based) -> contract column
    unknown: dict[int, str]  # index -> header text that no column knows
    missing: tuple[str, ...]  # contract columns whose required header is not there
    headers: tuple[str, ...]  # texts of the header row, as written

    @property
    def is_complete(self) -> bool:
        """Whether every required header is there."""
        return bool(self.columns) and not self.missing


def titles(contract: Contract) -> dict[str, tuple[str, int]]:
    """Returns column and rank by header text: the title before a synonym before the glossary name."""
    found: dict[str, tuple[str, int]] = {}
    for column in contract.columns:
        for rank, text in enumerate((column.title, *column.synonyms, column.name)):
            compared = header_text(text)
            if compared not in found or rank < found[compared][1]:
                found[compared] = (column.name, rank)
    return found


def find_table(grid: Grid, contract: Contract) -> Table:
    """Returns the best header of the grid: the row, or two rows with merged cells, that holds the most columns."""
    known = titles(contract)
    best: Table | None = None
    for place, (number, cells) in enumerate(grid.head[:HEAD_ROWS]):
        single = _match(number, [c or "" for c in cells], contract, known)
        candidates = [single]
        if place + 1 < len(grid.head) and grid.head[place + 1][0] == number + 1:
            lower = grid.head[place + 1][1]
            double = _match(number + 1, _merged(cells, lower, known), contract, known)
            below = _match(number + 1, [c or "" for c in lower], contract, known)
            if len(double.columns) > max(len(single.columns), len(below.columns)):
                candidates.append(double)
        for table in candidates:
            if best is None or len(table.columns) > len(best.columns):
                best = table
        if best is not None and best.is_complete:
            break
    if best is None or len(best.columns) < min(_FEWEST, len(contract.required_headers)):
        first = next(
            (tuple(without_ids(c) for c in cells if c) for _, cells in grid.head if sum(map(bool, cells)) > 1), ()
        )
        return Table(0, {}, {}, contract.required_headers, first)
    return best


def _merged(upper: Row, lower: Row, known: dict[str, tuple[str, int]]) -> list[str]:
    """Returns the headers of two rows with merged cells: the lower text, else the upper one, else both together."""
    group = ""
    merged = []
    for i in range(max(len(upper), len(lower))):
        above = (upper[i] if i < len(upper) else None) or ""
        below = (lower[i] if i < len(lower) else None) or ""
        if above:
            group = above
        elif not below:
            group = ""
        if not below or (header_text(below) not in known and above and header_text(above) in known):
            merged.append(above)
        elif header_text(below) in known:
            merged.append(below)
        else:
            merged.append(group + below if header_text(group + below) in known else below)
    return merged


def _match(number: int, texts: list[str], contract: Contract, known: dict[str, tuple[str, int]]) -> Table:
    taken: dict[str, tuple[int, int]] = {}  # column -> (rank, index)
    for index, text in enumerate(texts, start=1):
        if text and not is_own_header(text) and (hit := known.get(header_text(text))):
            name, rank = hit
            if name not in taken or rank < taken[name][0]:
                taken[name] = (rank, index)
    columns = {index: name for name, (_, index) in taken.items()}
    unknown = {
        index: without_ids(text.strip())
        for index, text in enumerate(texts, start=1)
        if index not in columns and text.strip() and not is_own_header(text)
    }
    missing = tuple(name for name in contract.required_headers if name not in taken)
    return Table(
        number,
        dict(sorted(columns.items())),
        unknown,
        missing,
        tuple(without_ids(t.strip()) for t in texts if t.strip()),
    )


@lru_cache(maxsize=8192)
def is_own_header(text: str) -> bool:
    """Returns whether a header is one of ours in a returned receipt, or a running number."""
    return key(text).endswith(SYSTEM_SUFFIX) or header_text(text) in SERIAL_HEADERS


def holds_all(contract: Contract, other: Contract) -> bool:
    """Returns whether the required headers of ``other`` include those of ``contract``, and more."""
    own = {header_text(contract.column(n).title) for n in contract.required_headers}
    accepted = {
        n: {header_text(t) for t in (c.title, *c.synonyms)} for n in other.required_headers for c in [other.column(n)]
    }
    return len(accepted) > len(own) and all(any(title in texts for texts in accepted.values()) for title in own)


def feed_by_headers(grids: list[Grid], contracts: dict[str, Contract]) -> str | None:
    """Returns the one feed whose required headers are all there, None if unsure (semantics.md 2.2).

    A feed whose required headers another feed's contain is never told by headers: a dishonesty list without its reasons
    would be read as a positive list.
    """
    complete = [
        feed for feed, contract in contracts.items() if any(find_table(grid, contract).is_complete for grid in grids)
    ]
    if len(complete) != 1:
        return None
    contract = contracts[complete[0]]
    if any(holds_all(contract, other) for feed, other in contracts.items() if feed != complete[0]):
        return None
    return complete[0]
