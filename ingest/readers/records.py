"""Returns which rows under a header are records: the others are notes, totals, examples, hints, prepared rows."""

from __future__ import annotations

import re
from collections.abc import Callable

from ingest.contract_model import EXAMPLE_NAME, Contract
from ingest.readers.grid import Grid, Row, is_empty
from ingest.readers.table import Table

NOTES = re.compile(
    r"\s*(合\s*计|总\s*计|小\s*计|共\s*计|"
    r"(填表说明|填报说明|说明|备注|注|附注|注意事项|填报人|填表人|制表人|经办人|审核人|负责人|单位负责人|联系人|联系电话|电话|"
    r"填报单位|报送单位|填表单位|制表单位|填报日期|报送日期|填表日期|填报时间|报送时间|制表日期|数据来源|数据截至|日期)"
    r"\s*([(（][^)）]*[)）])?\s*[:：])"
)
"""How rows under or between the data begin that are no records: totals, notes, signatures."""

LISTED_NOTE = re.compile(
    r"\s*([0-9]{1,2}|[一二三四五六七八九十]{1,2}|[(（][0-9一二三四五六七八九十]{1,2}[)）])\s*[、.．)）]"
)
"""How the lines of a longer note begin; only where nothing else stands in the row."""

LONG_NOTE = 60
"""Characters from which the only text of a row is a note: no name is that long."""

HINTS = re.compile(r"必填|选填|可选|必须|填写|格式|文本型|日期型|下拉|例如|^如[:：]|[Yy]{4}|字符|18\s*位|^示例")
"""What a row of hints under the header says."""

HINT_ROWS = 3
"""Rows under the header that may be hints."""

_CODE = re.compile(r"[0-9A-Za-z]{15,20}")


def names_of(contract: Contract, by_name: dict[str, int]) -> list[int]:
    """Returns the column of the subject's name, in a list; empty if the table lacks it."""
    return [by_name[c.name] for c in contract.columns if c.kind == "name" and c.name in by_name][:1]


def record_test(grid: Grid, table: Table, contract: Contract) -> Callable[[int, Row], bool]:
    """Returns a function of row number and cells (c1 first) that says whether the row is a record."""
    by_name = {name: index for index, name in table.columns.items()}
    offered = {c.name for c in contract.columns if c.kind in ("domain", "department")} | {"operation"}
    own = [i for name, i in by_name.items() if name not in offered] or list(table.columns)
    required = [by_name[n] for n in contract.required_headers if n in by_name]
    codes = [by_name[c.name] for c in contract.columns if c.kind == "uscc" and c.name in by_name]
    names = names_of(contract, by_name)
    markers = tuple({"例：", "例:", contract.example_marker} - {""})
    header = next((cells for number, cells in grid.head if number == table.last_row), [])
    headers = [(i, header[i - 1]) for i in table.columns if i <= len(header) and header[i - 1]]

    def is_record(number: int, cells: Row) -> bool:
        def cell(index: int) -> str:
            text = cells[index - 1] if index <= len(cells) else None
            return "" if is_empty(text) else (text or "").strip()

        if not any(cell(i) for i in own):  # nothing, a running number, or what a template fills in beforehand
            return False
        if any(cell(i).startswith(markers) for i in table.columns):
            return False
        if any(cell(i).startswith(EXAMPLE_NAME) for i in names):
            return False
        if len(headers) > 1 and all(cell(i) == text.strip() for i, text in headers[:3] if text):  # on every page again
            return False
        if number <= table.last_row + HINT_ROWS and sum(bool(HINTS.search(cell(i))) for i in table.columns) > 1:
            return any(_CODE.search(cell(i)) for i in codes)
        return 2 * sum(bool(cell(i)) for i in required) > len(required) or not _is_note(cells)

    return is_record


def _is_note(cells: Row) -> bool:
    shown = [text for text in cells if text is not None and not is_empty(text)]
    if NOTES.match(shown[0]):
        return True
    return len(shown) == 1 and (LISTED_NOTE.match(shown[0]) is not None or len(shown[0]) >= LONG_NOTE)
