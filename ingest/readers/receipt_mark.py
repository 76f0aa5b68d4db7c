"""Returns what makes a workbook known as a receipt of ours that comes back corrected."""

from __future__ import annotations

import zipfile
from pathlib import Path

from ingest.contract_model import MARK_SHEET
from ingest.errors import ReadError
from ingest.readers.grid import Limits
from ingest.readers.package import ZIP_ERRORS
from ingest.readers.spreadsheet import is_panic
from ingest.readers.xlsx_scan import SheetScan, scan_xlsx

INDEX_BYTES = 1_000_000
"""Beginning of a workbook's index in which its sheets are named."""


def receipt_mark(path: Path, limits: Limits) -> tuple[str, str] | None:
    """Returns submission id and feed of the hidden sheet of a receipt of ours, None for any other file.

    Whoever can send a file can name a sheet like ours: it is looked at as carefully as any other, and one that spans
    more cells than our own is none of ours.
    """
    import python_calamine

    try:
        with zipfile.ZipFile(path) as package:
            index = package.open("xl/workbook.xml").read(INDEX_BYTES)
        if f'name="{MARK_SHEET}"'.encode() not in index:
            return None
        scan = scan_xlsx(path, limits).get(MARK_SHEET)
        if scan is None or (scan.columns, scan.rows) != (SheetScan.columns, SheetScan.rows):
            return None
        with path.open("rb") as file, python_calamine.CalamineWorkbook.from_filelike(file) as book:
            rows = book.get_sheet_by_name(MARK_SHEET).to_python(skip_empty_area=False, nrows=2)
    except (*ZIP_ERRORS, ReadError, python_calamine.CalamineError):
        return None
    except BaseException as error:
        if not is_panic(error):
            raise
        return None
    if len(rows) < 2 or any(len(cells) < 2 for cells in rows):
        return None
    return str(rows[0][1]), str(rows[1][1])
