"""Puts the rows of long lists into finished workbooks: DuckDB writes the cells as Office Open XML, Python copies bytes.

XlsxWriter makes the workbook with title, notes, header, widths and one empty row that shows the styles of the columns;
that row is replaced here. Cell by cell in Python a list of half a million rows takes minutes.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exports import text
from exports.tables import quoted

FETCH_ROWS = 10_000
CELL_LETTERS = 32_767  # letters of a cell, Office Open XML
FIRST_DAY = "date '1899-12-30'"  # day 0 of a spreadsheet
LARGE_CELLS = 10_000_000  # from there on a sheet may be larger than 2 GiB, which a zip file has to know beforehand


@dataclass(frozen=True)
class QueryRows:
    """The rows of a worksheet as an ordered query; its columns are those of the header."""

    con: Any
    sql: str
    count: int

    def sample(self, limit: int) -> list[tuple[Any, ...]]:
        """Returns the first rows."""
        found: list[tuple[Any, ...]] = self.con.execute(f"select * from ({self.sql}) limit {limit}").fetchall()
        return found

    def columns(self) -> list[tuple[str, str]]:
        """Returns name and DuckDB type of each column."""
        return [(row[0], str(row[1])) for row in self.con.execute(f"describe {self.sql}").fetchall()]


@dataclass(frozen=True)
class Filling:
    """Where the rows of a worksheet belong: below row ``top`` (counted from 0), in columns of these widths."""

    rows: QueryRows
    top: int
    widths: Sequence[float]


def style_of(kind: str) -> str:
    """Returns the format, by its name in ``exports/workbook.py``, of the cells of a column of that DuckDB type."""
    if kind == "BOOLEAN":
        return "center"
    if kind == "DATE":
        return "date"
    if kind.startswith("TIMESTAMP"):
        return "moment"
    return "number" if _is_number(kind) else "text"


def fill(path: Path, fillings: Mapping[int, Filling], line_points: float, most_lines: int) -> None:
    """Puts the rows into a finished workbook.

    Args:
        path: the workbook; rewritten.
        fillings: by number of the worksheet, from 1.
        line_points: height of a line.
        most_lines: most lines of a row.
    """
    made = path.with_name(f".{path.name}.filled")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            content = source.read(info)
            sheet = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", info.filename)
            filling = fillings.get(int(sheet[1])) if sheet else None
            if filling is None:
                target.writestr(info, content)
                continue
            cells = filling.rows.count * len(filling.widths)
            with target.open(info, "w", force_zip64=cells > LARGE_CELLS) as out:
                for part in _parts(content.decode("utf-8"), filling, line_points, most_lines):
                    out.write(part.encode("utf-8"))
    made.replace(path)


def _parts(page: str, filling: Filling, line_points: float, most_lines: int) -> Iterator[str]:
    """Yields the markup of a worksheet with the rows in the place of the row that shows the styles."""
    first = filling.top + 2  # rows of the markup are counted from 1
    pattern = re.search(rf'<row r="{first}"[^>]*>(.*?)</row>', page)
    if pattern is None:
        raise ValueError(f"no row {first} in the worksheet; XlsxWriter writes its rows otherwise than it did")
    styles = re.findall(r' s="(\d+)"', pattern[1])
    last = filling.top + 1 + filling.rows.count
    head = re.sub(r'(<dimension ref="[A-Z]+1:[A-Z]+)\d+"', rf'\g<1>{last}"', page[: pattern.start()])
    yield head
    with filling.rows.con.cursor() as cursor:
        cursor.execute(_markup(filling, first, styles, line_points, most_lines))
        while batch := cursor.fetchmany(FETCH_ROWS):
            yield "".join(row for (row,) in batch)
    yield page[pattern.end() :]


def _markup(filling: Filling, first: int, styles: Sequence[str], line_points: float, most_lines: int) -> str:
    """Returns the query that gives each row as markup, in the order of the rows."""
    columns = filling.rows.columns()
    shown = ", ".join(f"{_shown(name, kind)} as {quoted(name)}" for name, kind in columns)
    cells = " || ".join(
        _cell(quoted(name), kind, style, _letters(position))
        for position, ((name, kind), style) in enumerate(zip(columns, styles, strict=True))
    )
    needed = [
        f"ceil((length({quoted(name)}) + strlen({quoted(name)})) / {2 * (width - 1)})"
        for (name, kind), width in zip(columns, filling.widths, strict=True)
        if style_of(kind) == "text"
    ]
    lines = f"least(greatest({', '.join([*needed, '1'])}), {most_lines})"
    return f"""
        with shown as (select {shown}, row_number() over () + {first - 1} as row_no_ from ({filling.rows.sql})),
        measured as (select *, {lines} as lines_ from shown)
        select '<row r="' || row_no_ || '"' || case
            when lines_ > 1 then ' ht="' || (lines_ * {line_points})::decimal(6, 2) || '" customHeight="1"' else ''
            end || '>' || {cells} || '</row>'
        from measured
    """


def _is_number(kind: str) -> bool:
    return bool(re.fullmatch(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL.*", kind))


def _shown(name: str, kind: str) -> str:
    """Returns a value as text of a cell: lists joined, a number as it is, a day by its number."""
    column = quoted(name)
    if kind == "BOOLEAN":
        return f"case {column} when true then '{text.YES_NO[True]}' when false then '{text.YES_NO[False]}' end"
    if kind == "DATE":
        return f"{column} - {FIRST_DAY}"
    if kind.startswith("TIMESTAMP"):
        # Eight hours ahead of UTC, a day being 1.
        return f"(epoch_us({column}) / 86400000000 + 25569 + 8 / 24)::decimal(18, 8)"
    if kind.endswith("[]"):
        column = f"array_to_string({column}, '{text.LIST_SEPARATOR}')"
    return f"{column}::varchar"


def _cell(column: str, kind: str, style: str, letters: str) -> str:
    """Returns the expression of a cell; text is always text, never a formula."""
    opening = f'\'<c r="{letters}\' || row_no_ || \'" s="{style}"'
    if style_of(kind) in {"text", "center"}:
        # What XML cannot hold is left out.
        words = f"regexp_replace(left({column}, {CELL_LETTERS}), '[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F]', '', 'g')"
        for mark, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            words = f"replace({words}, '{mark}', '{name}')"
        value = f'{opening} t="inlineStr"><is><t xml:space="preserve">\' || {words} || \'</t></is></c>\''
        is_empty = f"{column} is null or {column} = ''"
    else:
        value = f"{opening}><v>' || {column} || '</v></c>'"
        is_empty = f"{column} is null"
    return f"case when {is_empty} then {opening}/>' else {value} end"


def _letters(position: int) -> str:
    """Returns the name of a column, A for 0."""
    higher, lower = divmod(position, 26)
    return (_letters(higher - 1) if higher else "") + chr(ord("A") + lower)
