"""Returns grids: the cells of one sheet or file as texts, kept in Parquet, with physical row numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ingest.errors import ReadError

HEAD_ROWS = 60
"""Physical rows among which the header is looked for."""

KEPT_ROWS = 500
"""Rows kept at hand: most reports are no longer, and need no query to be looked through."""

CHUNK_ROWS = 50_000
"""Rows held in memory at a time, bounds memory."""

GROUP_ROWS = 20_480
"""Rows of a Parquet row group: few enough for all threads to have work."""

Row = list[str | None]


@dataclass(frozen=True)
class Limits:
    """What a file may use; beyond it is refused (design.md 10). From the settings."""

    file_bytes: int
    unpacked_bytes: int
    expansion: int
    columns: int
    rows: int


@dataclass(frozen=True)
class Grid:
    """Cells of one sheet: ``head`` for finding the header, all of them as Parquet with ``row_number, c1, c2, ...``."""

    source_file: str
    sheet: str  # '' for csv
    is_hidden: bool
    width: int  # columns c1 .. c<width>
    head: list[tuple[int, Row]]  # physical row number, cells; the first rows that are not empty
    parts: tuple[Path, ...]  # Parquet files
    first_column: int = 1  # physical number of c1
    is_1904: bool = False  # serial dates count from 1904 (old Mac workbooks)
    formulas_without_value: int = 0
    is_numbered: bool = True  # else the one part has no ``row_number``: its rows are those of the file, empty ones too

    @property
    def is_whole(self) -> bool:
        """Whether ``head`` holds every row."""
        return len(self.head) < KEPT_ROWS


@dataclass(frozen=True)
class Unread:
    """A sheet or member that was passed over, with the reason for the clerk."""

    source_file: str
    sheet: str
    reason_zh: str


@dataclass
class Found:
    """Everything that stands in a submission's files."""

    grids: list[Grid] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    failures: list[tuple[str, ReadError]] = field(default_factory=list)  # source_file, why it cannot be read


BLANKS = " \t\r\n\u00a0\u3000\u200b\ufeff"
"""Characters of which a cell that shows nothing may consist."""


def is_empty(text: str | None) -> bool:
    """Returns whether a cell shows nothing."""
    return text is None or not text.strip(BLANKS)


def write_grid(
    rows: Iterable[tuple[int, Row]],
    scratch: Path,
    limits: Limits,
    *,
    source_file: str,
    sheet: str = "",
    is_hidden: bool = False,
    first_column: int = 1,
    is_1904: bool = False,
    head_only: bool = False,
) -> Grid:
    """Returns the grid of the rows, written to ``scratch`` in parts.

    Args:
        rows: physical row number and cells.
        scratch: folder for the parts.
        limits: of rows and columns.
        source_file: as it goes into ``_source_file``.
        sheet: name of the sheet.
        is_hidden: whether the sheet is hidden.
        first_column: physical number of the first cell of a row.
        is_1904: whether serial dates count from 1904.
        head_only: stop after the rows among which the header is looked for, write nothing.

    Raises:
        ReadError: more rows or columns than allowed.
    """
    head: list[tuple[int, Row]] = []
    parts: list[Path] = []
    width = count = 0
    for chunk in _chunks(rows):
        for number, cells in chunk[: KEPT_ROWS - len(head)] if len(head) < KEPT_ROWS else ():
            head.append((number, cells))
        if head_only:
            width = max(len(cells) for _, cells in chunk)
            break
        count += len(chunk)
        width = max(width, *(len(cells) for _, cells in chunk))
        if width > limits.columns:
            raise ReadError(
                "too many columns", f"有 {width} 列，最多 {limits.columns} 列", where=source_file, got=str(width)
            )
        if count > limits.rows:
            raise ReadError("too many rows", f"超过 {limits.rows} 行", where=source_file, expected=str(limits.rows))
        parts.append(_write_part(chunk, scratch, len(parts)))
    return Grid(source_file, sheet, is_hidden, width, head, tuple(parts), first_column, is_1904)


def _chunks(rows: Iterable[tuple[int, Row]]) -> Iterator[list[tuple[int, Row]]]:
    chunk: list[tuple[int, Row]] = []
    for number, cells in rows:
        while cells and is_empty(cells[-1]):
            cells.pop()
        if cells:
            chunk.append((number, cells))
        if len(chunk) == CHUNK_ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _write_part(chunk: list[tuple[int, Row]], scratch: Path, number: int) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    width = max(len(cells) for _, cells in chunk)
    padded = [cells if len(cells) == width else cells + [None] * (width - len(cells)) for _, cells in chunk]
    arrays = [pa.array([n for n, _ in chunk], pa.int64())]
    arrays += [pa.array(column, pa.string()) for column in zip(*padded, strict=True)]
    path = scratch / f"part{number:05d}.parquet"
    pq.write_table(
        pa.table(arrays, names=["row_number", *(f"c{i}" for i in range(1, width + 1))]), path, compression="lz4"
    )
    return path
