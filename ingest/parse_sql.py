"""Returns the SQL that turns grids and gateway records into the text batch of a feed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.contract_model import EXAMPLE_NAME, RECEIPT_HEADERS, Column, Contract
from ingest.normalise import key
from ingest.readers.grid import Grid
from ingest.readers.records import HINT_ROWS, names_of, record_test
from ingest.readers.table import Table, is_own_header

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings

BLANK_STARTS = "9, 10, 11, 12, 13, 32, 160, 12288, 8203, 65279"
"""Code points with which a text that shows nothing begins."""

LISTED_ROWS = 500
"""Row numbers that a query names; more of them go into a file."""

SERIALS_1904 = 1462
"""Days between the date systems of 1900 and 1904, ECMA-376."""

DELETING = ("删除", "D", "DELETE", "DEL", "注销记录")
"""Texts of 操作 that withdraw a row (semantics.md 3.5), cd_operation of a gateway (design.md 3)."""


def quoted(text: str) -> str:
    """Returns the text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def copied_rows(copied: duckdb.DuckDBPyConnection) -> int:
    """Returns the number of rows that a COPY wrote."""
    row = copied.fetchone()
    return int(row[0]) if row else 0


def grid_query(grid: Grid, table: Table, contract: Contract, domain: tuple[str, str] | None, left_out: str) -> str:
    """Returns the query for the rows of one grid: records only, one column per contract column.

    Args:
        grid: the cells.
        table: where the header is and what stands in which column.
        contract: of the feed.
        domain: column and text that the sheet's name supplies.
        left_out: of ``left_out``.
    """
    texts = _texts(grid, table, contract, domain)
    return f"select {texts} from {cells_sql(grid)} where row_number > {table.last_row}{left_out}"


def grid_in_place(
    grid: Grid, table: Table, contract: Contract, domain: tuple[str, str] | None, first: int, path: Path
) -> str:
    """Returns the query for the rows of one grid with their ``_row_id``, none of which is to be left out.

    Args:
        grid: the cells.
        table: where the header is and what stands in which column.
        contract: of the feed.
        domain: column and text that the sheet's name supplies.
        first: of ``first_in_place``.
        path: where the grid's one file is by then.
    """
    number = "" if grid.is_numbered else "file_row_number + 1 as row_number, "
    return f"""select {_texts(grid, table, contract, domain)}, file_row_number + {1 - first} as _row_id
    from (select {number}* from read_parquet({quoted(str(path))}, file_row_number = true))
    where file_row_number >= {first}"""


def first_in_place(con: duckdb.DuckDBPyConnection, grid: Grid, table: Table) -> int | None:
    """Returns the place, from 0, of the first row behind the header; None unless one file holds them, without gaps."""
    if len(grid.parts) != 1:
        return None
    part = f"read_parquet({quoted(str(grid.parts[0]))}, file_row_number = true)"
    if grid.is_numbered:
        asked = f"select count(*), 0 from {part} where row_number <= {table.last_row}"
    else:
        empty = f"coalesce({_cells(grid)}) is null"
        asked = f"select {table.last_row}, count(*) from {part} where file_row_number >= {table.last_row} and {empty}"
    row = con.execute(asked).fetchone()
    return int(row[0]) if row and not row[1] else None


def _texts(grid: Grid, table: Table, contract: Contract, domain: tuple[str, str] | None) -> str:
    by_name = {name: index for index, name in table.columns.items()}
    texts = [_text(c, by_name.get(c.name), grid, domain) for c in contract.columns]
    operation = by_name.get("operation")
    return f"""{", ".join(texts)}, {quoted(grid.source_file)} as _source_file, {quoted(grid.sheet)} as _sheet,
        row_number as _row_number, {_operation(f"c{operation}" if operation else None)} as _operation,
        {_extra(grid, table)} as _extra"""


def _cells(grid: Grid) -> str:
    return ", ".join(f"c{i}" for i in range(1, grid.width + 1))


def cells_sql(grid: Grid) -> str:
    """Returns the relation of the grid's cells: ``row_number`` and ``c1, c2, ...``, empty rows left out."""
    if grid.is_numbered:
        return f"read_parquet([{', '.join(quoted(str(p)) for p in grid.parts)}], union_by_name = true)"
    part = f"read_parquet({quoted(str(grid.parts[0]))}, file_row_number = true)"
    return f"""(select file_row_number + 1 as row_number, * exclude (file_row_number)
        from {part} where coalesce({_cells(grid)}) is not null)"""


def left_out(con: duckdb.DuckDBPyConnection, grid: Grid, table: Table, contract: Contract) -> str:
    """Returns the end of an SQL condition that leaves out the rows that are no records; '' if all are.

    Args:
        con: any connection; the few rows that may be no records are looked at one by one.
        grid: the cells.
        table: where the header is and what stands in which column.
        contract: of the feed.
    """
    is_record = record_test(grid, table, contract)
    if grid.is_whole:
        few = [number for number, cells in grid.head if number > table.last_row and not is_record(number, cells)]
        return f" and row_number not in ({', '.join(map(str, few))})" if few else ""
    by_name = {name: index for index, name in table.columns.items()}
    plain = " and ".join(_plain_record(grid, table, contract, by_name))
    doubtful = con.execute(
        f"""select row_number, {_cells(grid)} from {cells_sql(grid)}
        where row_number > {table.last_row} and not ({plain})"""
    )
    out: list[int] = []
    while rows := doubtful.fetchmany(10_000):
        out += [row[0] for row in rows if not is_record(row[0], list(row[1:]))]
    if len(out) <= LISTED_ROWS:
        return f" and row_number not in ({', '.join(map(str, out))})" if out else ""
    import pyarrow as pa
    import pyarrow.parquet as pq

    listed = grid.parts[0].with_name("left_out.parquet")
    pq.write_table(pa.table({"left_out": pa.array(out, pa.int64())}), listed)
    # a join gives the rows in any order
    return f" and row_number not in (select left_out from read_parquet({quoted(str(listed))})) order by row_number"


def _text(column: Column, index: int | None, grid: Grid, domain: tuple[str, str] | None) -> str:
    if index is None:
        value = quoted(domain[1]) if domain and domain[0] == column.name else "cast(null as varchar)"
    elif grid.is_1904 and column.kind == "date":
        value = (
            f"case when regexp_full_match(c{index}, '[0-9]{{5}}') "
            f"then cast(cast(c{index} as integer) + {SERIALS_1904} as varchar) else c{index} end"
        )
    else:
        value = f"c{index}"
    return f'{value} as "{column.name}__text"'


def _operation(value: str | None) -> str:
    if value is None:
        return "'upsert'"
    words = ", ".join(quoted(w) for w in DELETING)
    return f"case when xy_key({value}) in ({words}) then 'delete' else 'upsert' end"


def _extra_names(grid: Grid, table: Table) -> dict[str, int]:
    """Returns the columns whose headers are unknown, or missing, by the name under which their cells are kept."""
    names: dict[str, int] = {}
    for index in _unknown_indexes(grid, table):
        name = table.unknown.get(index) or f"第{index + grid.first_column - 1}列"
        while name in names:
            name += "_2"
        names[name] = index
    if (row_ids := _row_id_column(grid, table)) is not None:  # a returned receipt says which row each row corrects
        names[RECEIPT_HEADERS[-1]] = row_ids
    return names


def _extra(grid: Grid, table: Table) -> str:
    """Returns SQL for the JSON object of what stands under unknown headers, or under none; null if nothing does."""
    names = _extra_names(grid, table)
    if not names:
        return "cast(null as varchar)"
    pairs = ", ".join(f"{quoted(name)}, nullif(trim(c{index}), '')" for name, index in names.items())
    shown = ", ".join(f"c{index}" for index in names.values())
    merged = f"json_merge_patch('{{}}'::json, json_object({pairs}))"  # a merge patch drops the keys that are null
    return f"case when coalesce({shown}) is not null then nullif(cast({merged} as varchar), '{{}}') end"


def unknown_headers(con: duckdb.DuckDBPyConnection, grid: Grid, table: Table, left_out: str) -> list[str]:
    """Returns the unknown headers under which something stands.

    Args:
        con: any connection.
        grid: the cells.
        table: where the header is and what stands in which column.
        left_out: of ``left_out``.
    """
    names = _extra_names(grid, table) if _unknown_indexes(grid, table) else {}
    if not names:
        return []
    filled = ", ".join(f"bool_or(trim(c{index}) <> '')" for index in names.values())
    records = f"select * from {cells_sql(grid)} where row_number > {table.last_row}{left_out}"
    found = con.execute(f"select {filled} from ({records})").fetchall()[0]
    return [name for name, is_filled in zip(names, found, strict=True) if is_filled]


def _unknown_indexes(grid: Grid, table: Table) -> list[int]:
    own = _own_columns(grid, table)
    return [i for i in range(1, grid.width + 1) if i not in table.columns and i not in own]


def _row_id_column(grid: Grid, table: Table) -> int | None:
    """Returns the hidden column of a returned receipt that holds the numbers of the rows, None in any other file."""
    header = next((c for number, c in grid.head if number == table.last_row), [])
    wanted = key(RECEIPT_HEADERS[-1])
    return next((i for i, text in enumerate(header, start=1) if text and key(text) == wanted), None)


def _own_columns(grid: Grid, table: Table) -> set[int]:
    cells = next((c for number, c in grid.head if number == table.last_row), [])
    upper = next((c for number, c in grid.head if number == table.last_row - 1), [])
    own = {i for i, text in enumerate(cells, start=1) if text and is_own_header(text)}
    return own | {
        i
        for i, text in enumerate(upper, start=1)
        if text and is_own_header(text) and (i > len(cells) or not cells[i - 1])
    }


def _plain_record(grid: Grid, table: Table, contract: Contract, by_name: dict[str, int]) -> list[str]:
    """Returns cheap SQL conditions that together prove a row to be a record; nearly every row of a file meets them."""
    required = [by_name[n] for n in contract.required_headers if n in by_name]
    first = min(table.columns)
    header = next((cells[first - 1] for number, cells in grid.head if number == table.last_row), None)
    return [
        f"row_number > {table.last_row + HINT_ROWS}",
        *(f"c{i} is not null and ord(c{i}) not in ({BLANK_STARTS})" for i in required),
        *(
            f"not coalesce(starts_with(c{i}, {quoted(contract.example_marker[:1] or '例')}), false)"
            for i in table.columns
        ),
        *(f"not coalesce(starts_with(c{i}, {quoted(EXAMPLE_NAME)}), false)" for i in names_of(contract, by_name)),
        f"c{first} is distinct from {quoted(header or '')}",
    ]


def gateway_query(contract: Contract, settings: Settings, source_name: str, received_at: datetime) -> str:
    """Returns the query for gateway records in canonical JSON lines; its parameter is the list of files.

    Under receipt clock ``mtime`` a record is received at its watermark (semantics.md 1.2): milliseconds since 1970, a
    time with its offset, or local time.
    """
    names = ", ".join(quoted(c.name) for c in contract.columns)
    texts = ", ".join(f'"values"[{quoted(c.name)}] as "{c.name}__text"' for c in contract.columns)
    received = f"timestamp '{received_at.isoformat(sep=' ')}'"
    if settings.receipt_clock == "mtime":
        received = f"""least(coalesce(case
            when regexp_full_match(watermark, '[0-9]{{13}}') then make_timestamp_ms(cast(watermark as bigint))
            when regexp_matches(watermark, '(Z|[+-][0-9]{{2}}:?[0-9]{{2}})$') and contains(watermark, ':')
                then make_timestamp(epoch_us(try_cast(watermark as timestamptz)))
            else try_cast(watermark as timestamp) - interval 8 hour
        end, {received}), {received})"""
    return f"""
    select {texts}, {quoted(source_name)} as _source_file, '' as _sheet, line as _row_number,
        {received} as _received_at, record_id as _record_id,
        {_operation("coalesce(operation, 'upsert')")} as _operation,
        case when len(unknown) > 0 then cast(to_json(map_from_entries(unknown)) as varchar) end as _extra
    from (
        select *, row_number() over () as line, list_filter(
            list_concat(coalesce(map_entries("values"), []), coalesce(map_entries(extra), [])),
            lambda e: e.value is not null and not list_contains([{names}], e.key)
        ) as unknown
        from read_json(?, format = 'newline_delimited', maximum_object_size = 67108864, columns = {{
            record_id: 'VARCHAR', operation: 'VARCHAR', watermark: 'VARCHAR', "values": 'MAP(VARCHAR, VARCHAR)',
            extra: 'MAP(VARCHAR, VARCHAR)'
        }})
    )"""
