"""Returns the SQL that turns grids and gateway records into the text batch of a feed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.contract_model import EXAMPLE_NAME, Column, Contract
from ingest.readers.grid import Grid
from ingest.readers.table import Table, is_own_header

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings

BLANK = r"[\s\x{00A0}\x{3000}\x{200B}\x{FEFF}]*"
"""Text that shows nothing."""

NOTES = (
    r"^\s*(合\s*计|总\s*计|小\s*计|共\s*计|"
    r"(填表说明|填报说明|说明|备注|注|附注|注意事项|填报人|填表人|制表人|经办人|审核人|负责人|单位负责人|联系人|联系电话|电话|"
    r"填报单位|报送单位|填表单位|制表单位|填报日期|报送日期|填表日期|填报时间|报送时间|制表日期|数据来源|数据截至|日期)"
    r"\s*([(（][^)）]*[)）])?\s*[:：])"
)
"""How rows under or between the data begin that are no records: totals, notes, signatures."""

LISTED_NOTE = r"^\s*([0-9]{1,2}|[一二三四五六七八九十]{1,2}|[(（][0-9一二三四五六七八九十]{1,2}[)）])\s*[、.．)）]"
"""How the lines of a longer note begin; only where nothing else stands in the row."""

LONG_NOTE = 60
"""Characters from which the only text of a row is a note: no name is that long."""

HINTS = r"必填|选填|可选|必须|填写|格式|文本型|日期型|下拉|例如|^如[:：]|[Yy]{4}|字符|18\s*位|^示例"
"""What a row of hints under the header says."""

HINT_ROWS = 3
"""Rows under the header that may be hints."""

SERIALS_1904 = 1462
"""Days between the date systems of 1900 and 1904, ECMA-376."""

DELETING = ("删除", "D", "DELETE", "DEL", "注销记录")
"""Texts of 操作 that withdraw a row (semantics.md 3.5), cd_operation of a gateway (design.md 3)."""


def quoted(text: str) -> str:
    """Returns the text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def is_plain_count(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Returns the number of rows of a Parquet file, from its footer."""
    row = con.execute("select count(*) from read_parquet(?)", [str(path)]).fetchone()
    return int(row[0]) if row else 0


def grid_query(grid: Grid, table: Table, contract: Contract, domain: tuple[str, str] | None) -> str:
    """Returns the query for the rows of one grid: records only, one column per contract column.

    Args:
        grid: the cells.
        table: where the header is and what stands in which column.
        contract: of the feed.
        domain: column and text that the sheet's name supplies.
    """
    by_name = {name: index for index, name in table.columns.items()}
    texts = [_text(c, by_name.get(c.name), grid, domain) for c in contract.columns]
    operation = by_name.get("operation")
    kept = " and ".join(f"not ({condition})" for condition in _not_records(grid, table, contract, by_name))
    files = ", ".join(quoted(str(p)) for p in grid.parts)
    return f"""select {", ".join(texts)}, {quoted(grid.source_file)} as _source_file, {quoted(grid.sheet)} as _sheet,
        row_number as _row_number, {_operation(f"c{operation}" if operation else None)} as _operation,
        {_extra(grid, table)} as _extra
    from read_parquet([{files}], union_by_name = true)
    where row_number > {table.last_row} and {kept}"""


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


def _extra(grid: Grid, table: Table) -> str:
    """Returns SQL for the JSON object of what stands under unknown headers, or under none; null if nothing does."""
    names: dict[str, int] = {}
    own = _own_columns(grid, table)
    for index in range(1, grid.width + 1):
        if index in table.columns or index in own:
            continue
        name = table.unknown.get(index) or f"第{index + grid.first_column - 1}列"
        while name in names:
            name += "_2"
        names[name] = index
    if not names:
        return "cast(null as varchar)"
    pairs = ", ".join(f"{quoted(name)}, nullif(trim(c{index}), '')" for name, index in names.items())
    shown = " or ".join(f"not {_blank(index)}" for index in names.values())
    merged = f"json_merge_patch('{{}}'::json, json_object({pairs}))"  # a merge patch drops the keys that are null
    return f"case when {shown} then cast({merged} as varchar) end"


def _own_columns(grid: Grid, table: Table) -> set[int]:
    cells = next((c for number, c in grid.head if number == table.last_row), [])
    upper = next((c for number, c in grid.head if number == table.last_row - 1), [])
    own = {i for i, text in enumerate(cells, start=1) if text and is_own_header(text)}
    return own | {
        i
        for i, text in enumerate(upper, start=1)
        if text and is_own_header(text) and (i > len(cells) or not cells[i - 1])
    }


def _blank(index: int) -> str:
    return f"(c{index} is null or regexp_full_match(c{index}, '{BLANK}'))"


def _not_records(grid: Grid, table: Table, contract: Contract, by_name: dict[str, int]) -> list[str]:
    """Returns SQL conditions, each true for one sort of row that is no record."""
    indexes = list(table.columns)
    offered = {c.name for c in contract.columns if c.kind in ("domain", "department")} | {"operation"}
    own = [i for name, i in by_name.items() if name not in offered] or indexes
    required = [by_name[n] for n in contract.required_headers if n in by_name]
    first = "coalesce(" + ", ".join(f"nullif(trim(c{i}), '')" for i in range(1, grid.width + 1)) + ")"
    shown = " + ".join(f"cast(not {_blank(i)} as integer)" for i in range(1, grid.width + 1))
    filled = " + ".join(f"cast(not {_blank(i)} as integer)" for i in required) or "0"
    name = next((by_name[c.name] for c in contract.columns if c.kind == "name" and c.name in by_name), None)
    sparse = f"2 * ({filled}) <= {len(required)}"
    listed = f"(regexp_matches({first}, {quoted(LISTED_NOTE)}) or length({first}) >= {LONG_NOTE})"
    conditions = [
        # prepared rows: nothing, a running number, or what a template fills in beforehand
        " and ".join(_blank(i) for i in own),
        f"{sparse} and regexp_matches({first}, {quoted(NOTES)})",
        f"{sparse} and ({shown}) = 1 and {listed}",
        " or ".join(f"starts_with(c{i}, '例：') or starts_with(c{i}, '例:')" for i in indexes) or "false",
        _repeated_header(grid, table),
        _hint_row(table, by_name, contract),
    ]
    if contract.example_marker not in ("", "例：", "例:"):
        conditions.append(" or ".join(f"starts_with(c{i}, {quoted(contract.example_marker)})" for i in indexes))
    if name is not None:
        conditions.append(f"starts_with(trim(c{name}), {quoted(EXAMPLE_NAME)})")
    # a condition over null cells must not make the row vanish
    return [f"coalesce({c}, false)" for c in conditions]


def _repeated_header(grid: Grid, table: Table) -> str:
    """Returns SQL that is true for a header printed again on every page."""
    cells = next((c for number, c in grid.head if number == table.last_row), [])
    same = [
        f"trim(c{i}) = {quoted((cells[i - 1] or '').strip())}"
        for i in table.columns
        if i <= len(cells) and (cells[i - 1] or "").strip()
    ]
    return " and ".join(same[:3]) if len(same) > 1 else "false"


def _hint_row(table: Table, by_name: dict[str, int], contract: Contract) -> str:
    """Returns SQL that is true for a row under the header that says how to fill it in."""
    code = next((by_name[c.name] for c in contract.columns if c.kind == "uscc" and c.name in by_name), None)
    hints = " + ".join(
        f"cast(coalesce(regexp_matches(c{i}, {quoted(HINTS)}), false) as integer)" for i in table.columns
    )
    no_code = f" and coalesce(not xy_uscc_wellformed(xy_uscc(c{code})), true)" if code else ""
    return f"row_number <= {table.last_row + HINT_ROWS} and ({hints}) >= 2{no_code}"


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
    select {texts}, {quoted(source_name)} as _source_file, '' as _sheet, line as _row_number, line as _row_id,
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
