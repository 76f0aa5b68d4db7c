"""Returns the rows of a submission as texts, in one Parquet file, with what could not be read or placed."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.contract_model import MARK_SHEET, SYSTEM_SUFFIX, Contract, is_own_sheet
from ingest.errors import ReadError
from ingest.ledger import Submission
from ingest.normalise import key
from ingest.parse_sql import (
    copied_rows,
    first_in_place,
    gateway_query,
    grid_in_place,
    grid_query,
    left_out,
    quoted,
    unknown_headers,
)
from ingest.privacy import without_ids
from ingest.readers.files import READABLE_ZH, limits_of, read_files
from ingest.readers.grid import GROUP_ROWS, Found, Grid
from ingest.readers.table import Table, feed_by_headers, find_table

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings

TEXT_FORMAT = f"format parquet, compression lz4, row_group_size {GROUP_ROWS}"
"""Read once and removed: quick to write."""

ZERO_NAME = "无"
"""Enterprise name of a zero report (semantics.md 3.7)."""


@dataclass(frozen=True)
class Problem:
    """A fault of a file or sheet, for a batch rule; ``values`` fill the placeholders of its wording."""

    rule_id: str
    source_file: str = ""
    sheet: str = ""
    row_number: int | None = None
    column: str | None = None
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ParseResult:
    """What a submission's files hold."""

    feed: str | None
    rows: int = 0
    texts: str = ""  # query: ``<column>__text``, provenance and ``_row_id``; '': nothing to judge
    is_zero_report: bool = False  # only headers, or one row that says 无
    zero_domain: str | None = None  # domain text of the row that says 无; None: only headers
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class _Placed:
    grid: Grid
    table: Table
    domain: tuple[str, str] | None  # column and text that the sheet's name supplies


def parse_submission(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    submission: Submission,
    contracts: dict[str, Contract],
    scratch: Path,
) -> ParseResult:
    """Returns the rows of the submission as texts; faults of files are problems, never exceptions.

    Args:
        con: any connection with the normalising macros.
        settings: limits and programme.
        submission: whose archived files to read.
        contracts: all feeds.
        scratch: folder of the caller; ``text_file`` is written there, temporary files are removed.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    target = text_file(scratch, submission)
    contract = contracts.get(submission.feed or "")
    if submission.channel == "gateway" and contract is not None:
        return _parse_gateway(con, settings, submission, contract, target)
    folder = Path(tempfile.mkdtemp(dir=scratch))
    try:
        files = [(name, settings.archive / path) for name, path in submission.files]
        found = read_files(files, folder, limits_of(settings))
        problems = [_unreadable(source_file, error) for source_file, error in found.failures]
        if contract is None:
            return ParseResult(None, problems=problems or [_unknown_feed(submission, found, contracts)])
        placed, rest = _place(found, contract, settings)
        problems += rest
        if not placed or any(p.rule_id in ("X-READ", "X-HEADER") for p in problems):
            return ParseResult(contract.feed, problems=problems)
        return _rows(con, submission, contract, placed, problems, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def text_file(scratch: Path, submission: Submission) -> Path:
    """Returns the Parquet file in which a parsed submission's texts are; whoever has judged them removes it."""
    return scratch / f"{submission.submission_id}.text.parquet"


def _unreadable(source_file: str, error: ReadError) -> Problem:
    return Problem("X-READ", source_file, values={"found": error.reason_zh, "expected": READABLE_ZH})


def _unknown_feed(submission: Submission, found: Found, contracts: dict[str, Contract]) -> Problem:
    titles = "、".join(c.file_titles[0] if c.file_titles else c.title for c in contracts.values())
    headers = max((_shown_headers(grid) for grid in found.grids), key=len, default=())
    return Problem(
        "X-FEED",
        submission.source_name,
        values={"value": submission.source_name, "expected": titles, "available": "、".join(headers) or "（没有表头）"},
    )


def _shown_headers(grid: Grid) -> tuple[str, ...]:
    """Returns the texts of the row that looks most like a header: the first of the fullest rows."""
    rows = [tuple(without_ids(c.strip()) for c in cells if c) for _, cells in grid.head[:20]]
    return max(rows, key=len, default=())


def _place(found: Found, contract: Contract, settings: Settings) -> tuple[list[_Placed], list[Problem]]:
    """Returns the grids that hold the feed's table, and a problem for every sheet that does not."""
    problems = [
        Problem("X-SHEET", u.source_file, u.sheet, values={"sheet": u.source_file, "found": u.reason_zh})
        for u in found.unread
    ]
    receipts = {g.source_file for g in found.grids if g.sheet == MARK_SHEET}
    placed: list[_Placed] = []
    others: list[tuple[Grid, Table]] = []
    for grid in found.grids:
        if is_own_sheet(grid.sheet):
            continue
        table = find_table(grid, contract)
        domain = _domain_of_sheet(grid, table, contract, settings)
        if table.is_complete or (domain and table.missing == (domain[0],)):
            placed.append(_Placed(grid, table, domain))
        else:
            others.append((grid, table))
    for grid, table in others:
        if grid.source_file in receipts and placed:
            continue
        required = len(contract.required_headers)
        if not placed or 2 * (required - len(table.missing)) >= required:
            problems.append(_missing_headers(grid, table, contract))
        else:
            problems.append(_sheet_without_table(grid))
    if not placed:
        problems = _worst_header_only(problems)
        if not found.failures and not any(p.rule_id == "X-HEADER" for p in problems):
            # a zip with nothing but a scanned letter must not pass for a report without entries
            problems.append(Problem("X-READ", values={"found": "没有任何内容", "expected": READABLE_ZH}))
    return placed, problems


def _worst_header_only(problems: list[Problem]) -> list[Problem]:
    """Returns the problems with X-HEADER kept for the sheet that came nearest: one message tells the clerk enough."""
    headers = [p for p in problems if p.rule_id == "X-HEADER"]
    if len(headers) < 2:
        return problems
    nearest = max(headers, key=lambda p: len(p.values["found"]))
    return [p for p in problems if p.rule_id != "X-HEADER" or p is nearest]


def _domain_of_sheet(grid: Grid, table: Table, contract: Contract, settings: Settings) -> tuple[str, str] | None:
    """Returns column and domain that the sheet's name supplies where the table lacks the column."""
    from ingest.seeds import seed_rows

    column = next((c.name for c in contract.columns if c.kind == "domain" and c.header_required), None)
    if column is None or column not in table.missing or not grid.sheet:
        return None
    sheet = key(grid.sheet)
    named = [str(r["domain_name"]) for r in seed_rows("domains", settings.programme) if key(r["domain_name"]) in sheet]
    # a name inside a longer one does not count: 产品质量领域 within 农产品质量领域 (semantics.md 2.4)
    named = [name for name in named if not any(name != other and name in other for other in named)]
    return (column, named[0]) if len(named) == 1 else None


def _missing_headers(grid: Grid, table: Table, contract: Contract) -> Problem:
    def titles(names: list[str] | tuple[str, ...]) -> str:
        return "、".join(contract.column(n).title for n in names) or "（无）"

    return Problem(
        "X-HEADER",
        grid.source_file,
        grid.sheet,
        table.last_row or None,
        values={
            "sheet": grid.sheet or grid.source_file,
            "expected": titles(table.missing),
            "found": titles([n for n in contract.required_headers if n in table.columns.values()]),
            "available": "、".join(table.headers) or "（没有表头）",
        },
    )


def _sheet_without_table(grid: Grid) -> Problem:
    reason = "隐藏的工作表，其中没有本目录的表头" if grid.is_hidden else "其中没有本目录的表头"
    return Problem(
        "X-SHEET", grid.source_file, grid.sheet, values={"sheet": grid.sheet or grid.source_file, "found": reason}
    )


def _rows(
    con: duckdb.DuckDBPyConnection,
    submission: Submission,
    contract: Contract,
    placed: list[_Placed],
    problems: list[Problem],
    target: Path,
) -> ParseResult:
    """Returns the rows of all tables, in the order of files and sheets, or the zero report that they are."""
    out = [left_out(con, p.grid, p.table, contract) for p in placed]
    problems += _unknown_columns(con, contract, placed, out)
    problems += _formulas(placed)
    texts, rows = _texts(con, submission, contract, placed, out, target)
    if rows <= 1 and not submission.is_correction:
        zero, domain = _zero_report(con, contract, texts, rows)
        if zero:
            target.unlink()
            return ParseResult(contract.feed, is_zero_report=True, zero_domain=domain, problems=problems)
    return ParseResult(contract.feed, rows, texts, problems=problems)


def _texts(
    con: duckdb.DuckDBPyConnection,
    submission: Submission,
    contract: Contract,
    placed: list[_Placed],
    out: list[str],
    target: Path,
) -> tuple[str, int]:
    """Returns query and number of the rows, then in ``target``; a large table, all of it records, is left as it is."""
    import pyarrow.parquet as pq

    columns = ", ".join(f'"{c.name}__text"' for c in contract.columns)
    received = f"timestamp '{submission.received_at.isoformat(sep=' ')}'"
    select = f"""select {columns}, _source_file, _sheet, _row_number, {received} as _received_at,
        cast(null as varchar) as _record_id, _operation, _extra"""
    if len(placed) == 1 and not out[0] and not placed[0].grid.is_whole:
        grid, table, domain = placed[0].grid, placed[0].table, placed[0].domain
        first = first_in_place(con, grid, table)
        if first is not None:
            grid.parts[0].replace(target)
            in_place = grid_in_place(grid, table, contract, domain, first, target)
            return f"{select}, _row_id from ({in_place})", pq.read_metadata(target).num_rows - first
    queries = [f"({grid_query(p.grid, p.table, contract, p.domain, o)})" for p, o in zip(placed, out, strict=True)]
    copied = con.execute(
        f"copy ({select} from ({' union all '.join(queries)})) to {quoted(str(target))} ({TEXT_FORMAT})"
    )
    return _numbered(target), copied_rows(copied)


def _numbered(path: Path) -> str:
    """Returns the query of a file of texts whose rows are numbered by their place in it."""
    return f"""select * exclude (file_row_number), file_row_number + 1 as _row_id
        from read_parquet({quoted(str(path))}, file_row_number = true)"""


def _unknown_columns(
    con: duckdb.DuckDBPyConnection, contract: Contract, placed: list[_Placed], out: list[str]
) -> list[Problem]:
    """Returns a remark for every unknown header under which something stands."""
    expected = "、".join(c.title for c in contract.columns)
    filled = sorted(
        (p.grid.source_file, p.grid.sheet, header)
        for p, left in zip(placed, out, strict=True)
        for header in unknown_headers(con, p.grid, p.table, left)
        if not header.endswith(SYSTEM_SUFFIX)
    )
    return [
        Problem("X-COLUMN", source_file, sheet, values={"value": header, "expected": expected, "sheet": sheet})
        for source_file, sheet, header in filled
    ]


def _formulas(placed: list[_Placed]) -> list[Problem]:
    return [
        Problem(
            "X-SHEET",
            p.grid.source_file,
            p.grid.sheet,
            values={
                "sheet": p.grid.sheet,
                "found": f"其中 {p.grid.formulas_without_value} 个公式没有保存结果，按空处理；请用 Excel 保存后重报",
            },
        )
        for p in placed
        if p.grid.formulas_without_value
    ]


def _zero_report(con: duckdb.DuckDBPyConnection, contract: Contract, texts: str, rows: int) -> tuple[bool, str | None]:
    """Returns whether the file is a zero report, and the domain that its one row names (semantics.md 3.7)."""
    if rows == 0:
        return True, None
    domain = next((c.name for c in contract.columns if c.kind == "domain"), None)
    name = next((c.name for c in contract.columns if c.kind == "name" and c.header_required), None)
    code = next((c.name for c in contract.columns if c.kind == "uscc"), None)
    if domain is None or name is None or code is None:
        return False, None
    row = con.execute(
        f"""select xy_text("{domain}__text") from ({texts})
        where xy_key("{name}__text") = $zero and xy_text("{domain}__text") is not null
            and not xy_is_place("{domain}__text", $tokens)
            and (xy_key("{code}__text") is null or xy_is_place("{code}__text", $tokens))""",
        {"zero": ZERO_NAME, "tokens": [key(t) for t in contract.null_tokens] or [ZERO_NAME]},
    ).fetchone()
    return (True, row[0]) if row else (False, None)


def _parse_gateway(
    con: duckdb.DuckDBPyConnection, settings: Settings, submission: Submission, contract: Contract, target: Path
) -> ParseResult:
    paths = [str(settings.archive / path) for _, path in submission.files]
    copied = con.execute(
        f"copy ({gateway_query(contract, settings, submission.source_name, submission.received_at)}) "
        f"to {quoted(str(target))} ({TEXT_FORMAT})",
        [paths],
    )
    rows = copied_rows(copied)
    problems = [
        Problem("X-COLUMN", submission.source_name, values={"value": without_ids(header), "expected": "", "sheet": ""})
        for (header,) in con.execute(
            "select distinct unnest(json_keys(_extra)) as header from read_parquet(?) where _extra is not null "
            "order by header",
            [str(target)],
        ).fetchall()
    ]
    return ParseResult(contract.feed, rows, _numbered(target), problems=problems)


def feed_of_files(
    settings: Settings, files: list[tuple[str, Path]], contracts: dict[str, Contract], scratch: Path
) -> str | None:
    """Returns the feed that the headers of the files tell, None if they tell none or several (semantics.md 2.2)."""
    folder = Path(tempfile.mkdtemp(dir=scratch))
    try:
        found = read_files(files, folder, limits_of(settings), head_only=True)
        return feed_by_headers([g for g in found.grids if not is_own_sheet(g.sheet)], contracts)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
