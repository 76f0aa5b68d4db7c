"""Returns the grid of a large sheet that holds nothing but texts, read column by column.

Far quicker than cell by cell, and needs less memory. Numbers and dates would be rounded or written in another way, so
``xlsx_scan`` must have found none; what looks odd is left to the reader of single cells. Both read alike.
"""

from __future__ import annotations

import logging
from pathlib import Path

from ingest.errors import ReadError
from ingest.readers.grid import BLANKS, GROUP_ROWS, KEPT_ROWS, Grid, Limits

log = logging.getLogger(__name__)

BULK_BYTES = 4 * 1024 * 1024
"""Size of the unpacked sheet from which it is worth while."""


def read_plain(
    path: Path, sheet: str, folder: Path, limits: Limits, *, source_file: str, is_hidden: bool
) -> Grid | None:
    """Returns the grid of the sheet, None if it has to be read cell by cell.

    Raises:
        ReadError: more rows than allowed.
    """
    import fastexcel
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        cells = fastexcel.read_excel(path).load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string", eager=True)
    except (fastexcel.FastExcelError, ValueError) as error:
        log.info("file=%s read cell by cell: %s", source_file, type(error).__name__)
        return None
    blanks = pa.array(list(BLANKS))
    led = [c for c in cells.columns if pc.any(pc.is_in(pc.utf8_slice_codeunits(c, 0, 1), value_set=blanks)).as_py()]
    if any(pc.any(pc.equal(pc.utf8_trim(c, characters=BLANKS), "")).as_py() for c in led):
        return None
    numbers = pa.array(range(1, cells.num_rows + 1), pa.int64())
    names = ["row_number", *(f"c{i}" for i in range(1, cells.num_columns + 1))]
    table = pa.table([numbers, *cells.columns], names=names)
    shown = pc.is_valid(cells.columns[0])
    for column in cells.columns[1:]:
        shown = pc.or_(shown, pc.is_valid(column))
    if not pc.all(shown).as_py():  # filtering copies everything
        table = table.filter(shown)
    if table.num_rows > limits.rows:
        raise ReadError("too many rows", f"超过 {limits.rows} 行", where=source_file, expected=str(limits.rows))
    part = folder / "part00000.parquet"
    pq.write_table(table, part, compression="lz4", row_group_size=GROUP_ROWS, write_statistics=["row_number"])
    head = []
    for number, *row in zip(*(c.to_pylist() for c in table.slice(0, KEPT_ROWS).columns), strict=True):
        while row[-1] is None:
            row.pop()
        head.append((number, row))
    return Grid(source_file, sheet, is_hidden, cells.num_columns, head, (part,))
