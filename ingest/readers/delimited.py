"""Returns the rows of csv and tsv files. Large ones are read by DuckDB, odd ones row by row; both read alike."""

from __future__ import annotations

import codecs
import csv
import logging
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ingest.errors import ReadError
from ingest.readers.grid import GROUP_ROWS, HEAD_ROWS, KEPT_ROWS, Grid, Limits, Row, is_empty, write_grid
from ingest.readers.sniff import likely_encoding, text_encoding

log = logging.getLogger(__name__)

DELIMITERS = (",", "\t", ";", "|", "，")
BULK_BYTES = 4 * 1024 * 1024
"""From this size on DuckDB reads the file: below, starting it costs more than it saves."""

CHUNK = 1024 * 1024
"""Bytes looked at together: they stay in the processor's cache."""

FIELD_LIMIT = 1024 * 1024
"""Longest cell, characters; Excel allows 32,767."""


def read_delimited(path: Path, source_file: str, scratch: Path, limits: Limits, head_only: bool = False) -> list[Grid]:
    """Returns the grid of the file, in a list; none if it shows nothing.

    Raises:
        ReadError: unknown encoding, unbalanced quotes, or beyond the limits.
    """
    if not head_only and path.stat().st_size >= BULK_BYTES:
        likely = likely_encoding(path)
        grid = _bulk(path, likely, find_delimiter(path, likely), source_file, scratch, limits)
        if grid is not None:
            return [grid]
    encoding = text_encoding(path)
    delimiter = find_delimiter(path, encoding)
    csv.field_size_limit(FIELD_LIMIT)
    try:
        grid = _by_row(path, encoding, delimiter, source_file, scratch, limits, head_only, csv.QUOTE_MINIMAL)
    except csv.Error as fault:
        # A stray quote: as a quoting file it would swallow the rows behind it. Without quoting every line stays a row.
        log.info("file=%s quotes are unbalanced: %s", source_file, fault)
        _clear(scratch)
        grid = _unquoted(path, encoding, delimiter, source_file, scratch, limits, head_only, fault)
    return [grid] if grid.head else []


def find_delimiter(path: Path, encoding: str) -> str:
    """Returns the delimiter that splits the first rows into the most columns, most often.

    One that leaves quotes where RFC 4180 has none is taken only if all do: it stands inside quotes and splits cells.
    """
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        lines = [line for line in (file.readline(100_000) for _ in range(HEAD_ROWS)) if line.strip()]
    best, best_score = ",", (False, 0, 0)
    for delimiter in DELIMITERS:
        try:
            widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1)
        except csv.Error:
            widths = Counter(line.count(delimiter) + 1 for line in lines if delimiter in line)
        if widths:
            width, times = widths.most_common(1)[0]
            score = (_is_well_quoted("".join(lines), delimiter), times, width)
            if score > best_score:
                best, best_score = delimiter, score
    return best


def _is_well_quoted(text: str, delimiter: str) -> bool:
    """Returns whether every quote opens, closes or stands doubled in a cell (RFC 4180, 2); the end may be cut."""
    mark = re.escape(delimiter)
    cell = rf'(?:"(?:[^"]|"")*+"|[^"\r\n{mark}]*+)'
    return re.fullmatch(rf'(?:{cell}(?:{mark}|\r\n?|\n))*+(?:{cell}|"(?:[^"]|"")*+)', text) is not None


def _by_row(
    path: Path,
    encoding: str,
    delimiter: str,
    source_file: str,
    scratch: Path,
    limits: Limits,
    head_only: bool,
    quoting: int,
) -> Grid:
    with path.open(encoding=encoding, newline="") as file:
        if quoting == csv.QUOTE_NONE:
            reader = csv.reader(file, delimiter=delimiter, quoting=csv.QUOTE_NONE)
        else:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
        return write_grid(_numbered(reader), scratch, limits, source_file=source_file, head_only=head_only)


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, Row]]:
    for number, cells in enumerate(reader, start=1):
        yield number, [cell or None for cell in cells]


def _unquoted(
    path: Path,
    encoding: str,
    delimiter: str,
    source_file: str,
    scratch: Path,
    limits: Limits,
    head_only: bool,
    fault: csv.Error,
) -> Grid:
    try:
        grid = _by_row(path, encoding, delimiter, source_file, scratch, limits, head_only, csv.QUOTE_NONE)
    except csv.Error as error:
        raise ReadError(
            "a cell is too long", "有一格内容过长，或换行、引号混乱，无法分清各列", where=source_file, got=str(error)
        ) from error
    widths = {len(cells) for _, cells in grid.head}
    if max(widths, default=0) > 1 and not any(cell and cell.count('"') % 2 for _, row in grid.head for cell in row):
        return grid
    raise ReadError(
        "quotes are unbalanced", '引号（"）不成对，无法分清各列', where=source_file, got=str(fault)
    ) from fault


def _clear(scratch: Path) -> None:
    for part in scratch.glob("*.parquet"):
        part.unlink()


def _bulk(path: Path, encoding: str, delimiter: str, source_file: str, scratch: Path, limits: Limits) -> Grid | None:
    """Returns the grid as DuckDB reads it, None if the file is too odd for it."""
    import duckdb

    plain = path if encoding in ("utf-8", "utf-8-sig") else scratch / "plain.csv"
    try:
        if plain is not path:
            _transcode(path, encoding, plain)
        if _has_inner_blank_lines(plain):  # DuckDB passes over them, and the row numbers would be wrong
            return None
        head = _head(plain, delimiter)
        width = max((len(cells) for _, cells in head), default=0)
        if not 1 < width <= limits.columns:
            return None
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(1, width + 1))
        part = scratch / "part00000.parquet"
        with duckdb.connect(config={"autoinstall_known_extensions": "false", "threads": "2"}) as con:
            con.execute(
                f"""copy (
                    from read_csv(
                        ?, header = false, auto_detect = false, delim = ?, quote = '"', escape = '"',
                        columns = {{{columns}}}, null_padding = true, encoding = 'utf-8', nullstr = '',
                        allow_quoted_nulls = true, max_line_size = {FIELD_LIMIT * 4}
                    )
                ) to '{str(part).replace("'", "''")}'
                (format parquet, compression lz4, row_group_size {GROUP_ROWS})""",
                [str(plain), delimiter],
            )
            cells = ", ".join(f"c{i}" for i in range(1, width + 1))
            last = con.execute(
                f"select max(file_row_number) + 1 from read_parquet(?, file_row_number = true) "
                f"where file_row_number >= ? and coalesce({cells}) is not null",
                [str(part), limits.rows],
            ).fetchone()
        if last and last[0]:
            raise ReadError("too many rows", f"超过 {limits.rows} 行", where=source_file, expected=str(limits.rows))
        return Grid(source_file, "", False, width, head, (part,), is_numbered=False)
    except (duckdb.Error, csv.Error, UnicodeError) as error:
        log.info("file=%s read row by row: %s", source_file, str(error).splitlines()[0][:200])
        _clear(scratch)
        return None
    finally:
        if plain is not path:
            plain.unlink(missing_ok=True)


def _head(path: Path, delimiter: str) -> list[tuple[int, Row]]:
    head = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, cells in _numbered(csv.reader(file, delimiter=delimiter, strict=True)):
            while cells and is_empty(cells[-1]):
                cells.pop()
            if cells:
                head.append((number, cells))
            if len(head) == KEPT_ROWS:
                break
    return head


def _has_inner_blank_lines(path: Path) -> bool:
    """Returns whether an empty line stands before the last line that shows something."""
    tail = b"\n"
    found = False
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            text = tail + chunk
            body = text.rstrip(b"\r\n")
            has_empty = _has_empty_line(text)
            if (found and body) or (has_empty and _has_empty_line(body)):
                return True
            found = found or has_empty
            tail = text[-2:]
    return False


def _has_empty_line(text: bytes) -> bool:
    """Returns whether two ends of lines follow each other; CR LF is one end."""
    import numpy as np

    codes = np.frombuffer(text, np.uint8)
    feed, back = codes == ord("\n"), codes == ord("\r")
    return bool(
        (feed[1:] & feed[:-1]).any() or (back[1:] & back[:-1]).any() or (feed[2:] & back[1:-1] & feed[:-2]).any()
    )


def _transcode(path: Path, encoding: str, target: Path) -> None:
    """Writes the text as UTF-8; several times quicker than through text files, which hand it over in small pieces.

    Raises:
        UnicodeError: the bytes do not fit the encoding.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as source, target.open("wb") as out:
        while chunk := source.read(CHUNK):
            out.write(decoder.decode(chunk).encode())
        out.write(decoder.decode(b"", final=True).encode())
