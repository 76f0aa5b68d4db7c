"""Returns the sheets of xlsx, xls, xlsb and ods workbooks."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ingest.errors import ReadError
from ingest.readers.cells import cell_text
from ingest.readers.error_scan import scan_errors
from ingest.readers.grid import HEAD_ROWS, Grid, Limits, Row, write_grid
from ingest.readers.plain_sheet import BULK_BYTES, read_plain
from ingest.readers.xlsx_scan import SheetScan, scan_xlsx

log = logging.getLogger(__name__)


def read_workbook(
    path: Path, kind: str, source_file: str, scratch: Path, limits: Limits, head_only: bool = False
) -> list[Grid]:
    """Returns one grid per sheet that is not empty, hidden ones too.

    Args:
        path: of the workbook, under any name.
        kind: xlsx, xls, xlsb or ods.
        source_file: as it goes into ``_source_file``.
        scratch: folder for the grids.
        limits: on rows, columns and unpacked bytes.
        head_only: only the rows among which the header is looked for.

    Raises:
        ReadError: damaged, encrypted, or beyond the limits.
    """
    import python_calamine

    scans = scan_xlsx(path, limits) if kind == "xlsx" else scan_errors(path, kind, limits)
    # calamine believes the extension, so ours says what the bytes are; without one it tries all and forgets a password
    named = scratch / f"workbook.{kind}"
    named.unlink(missing_ok=True)
    named.symlink_to(path.resolve())
    try:
        with python_calamine.CalamineWorkbook.from_path(named) as book:
            grids = []
            for number, meta in enumerate(book.sheets_metadata):
                if meta.typ != python_calamine.SheetTypeEnum.WorkSheet:
                    continue
                folder = scratch / f"sheet{number:03d}"
                folder.mkdir()
                scan = scans.get(meta.name, SheetScan())
                is_hidden = meta.visible != python_calamine.SheetVisibleEnum.Visible
                grid = None
                if scan.is_plain and scan.xml_bytes >= BULK_BYTES and not head_only:
                    grid = read_plain(named, meta.name, folder, limits, source_file=source_file, is_hidden=is_hidden)
                if grid is None:
                    sheet = book.get_sheet_by_name(meta.name)
                    grid = write_grid(
                        _rows(sheet, scan, head_only),
                        folder,
                        limits,
                        source_file=source_file,
                        sheet=meta.name,
                        is_hidden=is_hidden,
                        first_column=(sheet.start or (0, 0))[1] + 1,
                        head_only=head_only,
                    )
                if grid.head:
                    formulas = scan.formulas_without_value
                    grids.append(replace(grid, is_1904=scan.is_1904, formulas_without_value=formulas))
            return grids
    except python_calamine.PasswordError as error:
        raise ReadError("the workbook is encrypted", "文件有密码", where=source_file) from error
    except ReadError:
        raise
    except BaseException as error:
        if not _is_damage(error):
            raise
        log.info("file=%s unreadable: %s", source_file, type(error).__name__)
        if kind == "xls" and _is_encrypted_package(path, scratch):
            raise ReadError("the workbook is encrypted", "文件有密码", where=source_file) from error
        zh = "文件已损坏，或不是 Excel 文件"
        raise ReadError("the workbook cannot be read", zh, where=source_file, got=str(error)[:200]) from error
    finally:
        named.unlink(missing_ok=True)


def _is_encrypted_package(path: Path, scratch: Path) -> bool:
    """Returns whether an OLE container is an xlsx or xlsb under a password: EncryptedPackage of [MS-OFFCRYPTO].

    From outside it looks like an xls, and calamine looks for that stream only in what is called an xlsx.
    """
    import python_calamine

    named = scratch / "package.xlsx"
    named.symlink_to(path.resolve())
    try:
        python_calamine.CalamineWorkbook.from_path(named).close()
    except python_calamine.PasswordError:
        return True
    except BaseException as error:  # damaged; the first attempt said so already
        if not _is_damage(error):
            raise
    finally:
        named.unlink(missing_ok=True)
    return False


def _is_damage(error: BaseException) -> bool:
    """Returns whether the file is at fault."""
    import python_calamine

    return isinstance(error, (python_calamine.CalamineError, OSError, ValueError)) or is_panic(error)


def is_panic(error: BaseException) -> bool:
    """Returns whether calamine came to grief over a damaged file; its panic is no Exception."""
    return type(error).__name__ == "PanicException"


def _merged_down(sheet: Any) -> dict[int, list[tuple[int, int]]]:
    """Returns (column from 0, last row) of cells merged downwards in one column, by first row.

    Clerks merge what is the same in every row; Excel keeps the value in the first one only.
    """
    found: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if left == right and bottom > top:
            found.setdefault(top + 1, []).append((left, bottom + 1))
    return found


def _rows(sheet: Any, scan: SheetScan, head_only: bool) -> Iterator[tuple[int, Row]]:
    if sheet.start is None:
        return
    first_column = sheet.start[1] + 1
    merged = _merged_down(sheet)
    carried: dict[int, tuple[int, str | None]] = {}  # column -> last row of its merged cell, text
    for number, values in enumerate(sheet.iter_rows(), start=1):
        cells = [v or None if v.__class__ is str else cell_text(v) for v in values]
        for column, (last, text) in carried.items():
            if number <= last and column < len(cells) and cells[column] is None:
                cells[column] = text
        for column, last in merged.get(number, ()):
            if 0 <= column - first_column + 1 < len(cells):
                carried[column - first_column + 1] = (last, cells[column - first_column + 1])
        for column, text in scan.errors.get(number, ()):  # calamine gives error cells as empty ones
            if 0 <= column - first_column < len(cells):
                cells[column - first_column] = text
        yield number, cells
        if head_only and number >= HEAD_ROWS * 4:
            return
