"""Returns everything that stands in the files of a submission: grids, what was passed over, what cannot be read."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from ingest.durable import is_disk_full
from ingest.errors import ReadError
from ingest.privacy import without_ids
from ingest.readers.grid import Found, Grid, Limits, Unread
from ingest.readers.package import unpack
from ingest.readers.sniff import file_type
from ingest.settings import Settings

READABLE_ZH = "xlsx、xls、csv、zip（内含以上格式）"
"""What X-READ offers the clerk (design.md 3)."""

_NO_TABLE = frozenset({"not a table", "a web page"})


def limits_of(settings: Settings) -> Limits:
    """Returns the limits that uploaded files are held to."""
    return Limits(
        settings.max_file_bytes,
        settings.max_unpacked_bytes,
        settings.max_expansion,
        settings.max_columns,
        settings.max_rows,
    )


def read_files(files: list[tuple[str, Path]], scratch: Path, limits: Limits, head_only: bool = False) -> Found:
    """Returns the contents of the files; a fault of one is noted and does not stop the others.

    Args:
        files: ``_source_file`` and path of each.
        scratch: folder that outlives the use of the grids.
        limits: on what a file may use.
        head_only: only the rows among which headers are looked for.
    """
    found = Found()
    for source_file, path in files:
        _read(source_file, path, scratch, limits, found, head_only, inside=False)
    return found


def _read(
    source_file: str, path: Path, scratch: Path, limits: Limits, found: Found, head_only: bool, inside: bool
) -> None:
    folder = Path(tempfile.mkdtemp(dir=scratch))
    try:
        size = path.stat().st_size
        if size > limits.file_bytes:
            raise ReadError("the file is too large", f"文件超过 {limits.file_bytes // 1024**2} MB", got=str(size))
        kind = file_type(path)
        if kind == "zip":
            if inside:
                raise ReadError("an archive inside an archive", "压缩包里还有压缩包，请解开后重新打包")
            for name, member in unpack(path, folder, limits):
                _read(f"{source_file}!{without_ids(name)}", member, scratch, limits, found, head_only, inside=True)
            return
        grids = _grids(kind, path, source_file, folder, limits, head_only)
        found.grids.extend(replace(grid, sheet=without_ids(grid.sheet)) for grid in grids)
    except ReadError as error:
        shutil.rmtree(folder, ignore_errors=True)
        if is_disk_full(error):  # our disk, not the sender's file
            raise
        if inside and error.what in _NO_TABLE:  # a scanned letter beside the tables is no fault
            found.unread.append(Unread(source_file, "", error.reason_zh))
        else:
            found.failures.append((source_file, error))


def _grids(kind: str, path: Path, source_file: str, folder: Path, limits: Limits, head_only: bool) -> list[Grid]:
    if kind == "xlsx":
        from ingest.readers.spreadsheet import read_workbook

        return read_workbook(path, kind, source_file, folder, limits, head_only)
    if kind in ("xlsb", "xls", "ods"):
        from ingest.readers.sandbox import read_apart

        return read_apart(path, kind, source_file, folder, limits, head_only)
    if kind == "spreadsheetml":
        from ingest.readers.spreadsheetml import read_spreadsheetml

        return read_spreadsheetml(path, source_file, folder, limits, head_only)
    from ingest.readers.delimited import read_delimited

    return read_delimited(path, source_file, folder, limits, head_only)
