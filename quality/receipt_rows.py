"""Returns the department's own rows as the receipt shows them: in their order, ID numbers masked, with their faults."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.contract_model import SYSTEM_SUFFIX, Column, Contract
from quality import receipt_text as text
from quality.receipt_facts import Facts, Problem, RawFile

if TYPE_CHECKING:
    import duckdb

WHOLE_LIMIT = 50_000  # rows; a larger submission comes back with its faulty rows only
SHOWN_LIMIT = 200_000  # faulty rows in the workbook; a sheet holds 1,048,576
LISTED_LIMIT = 100_000  # findings on the problem sheet
FIRST = 1000  # findings per problem in receipt.json

HIDDEN = "******"


@dataclass(frozen=True)
class Fault:
    """One finding on a cell or row."""

    column: str | None
    severity: str
    rule_id: str
    reason: str
    remedy: str


@dataclass(frozen=True)
class Row:
    """One row of the department."""

    row_id: int
    row_number: int
    place: str  # file and sheet
    result: str  # what became of it
    cells: list[str]
    faults: list[Fault]


Listed = tuple[Problem, dict[str, Any]]
"""A finding with its problem."""


@dataclass(frozen=True)
class Shape:
    """What of the rows is shown."""

    path: Path
    columns: list[Column]
    extras: list[str]  # headers outside the catalogue, as sent
    faulty_only: bool
    several_places: bool  # rows from more than one sheet or file


def _cell(column: Column) -> str:
    """Returns SQL for a cell as shown."""
    sent = f'"{column.name}__text"'
    if column.kind == "id_number":
        return (
            f"case when length(trim({sent})) < 6 then {sent} when xy_hidden({sent}) <> {sent} then xy_hidden({sent}) "
            f"else '{HIDDEN}' end"
        )
    if column.kind == "uscc":
        # a valid code is shown as sent; a person's number is not in the raw batch any more, a doubtful one is masked
        is_sound = f'"{column.name}" is not null and is_check_ok is distinct from false'
        return (
            f"case when {sent} is null or ({is_sound}) then {sent} "
            f"when starts_with({sent}, 'person:') then '{HIDDEN}' "
            f"when match_method = 'registration_no' then {sent} "
            f"else xy_hidden_number({sent}) end"
        )
    return f"xy_hidden_number({sent})" if column.is_old_number else f"xy_hidden({sent})"


def shape(con: duckdb.DuckDBPyConnection, facts: Facts, contract: Contract, raw: RawFile) -> Shape:
    """Returns which columns and rows are shown: optional columns that nobody filled and nobody blames are left out."""
    blamed = {p.column for p in facts.problems}
    columns = [c for c in contract.columns if c.name in raw.filled or c.header_required or c.name in blamed]
    extras: list[tuple[str]] = []
    if raw.has_extra:
        extras = con.execute(
            "select distinct unnest(json_keys(_extra)) as k from read_parquet($path) "
            "where _extra is not null order by k",
            {"path": str(raw.path)},
        ).fetchall()
    is_large = facts.first["rows_received"] > WHOLE_LIMIT
    return Shape(
        raw.path,
        columns,
        # our own columns of a returned receipt are written anew
        [k for (k,) in extras if not unicodedata.normalize("NFKC", k).endswith(SYSTEM_SUFFIX)],
        is_large or facts.submission["channel"] == "gateway",
        raw.several_places,
    )


def rows(con: duckdb.DuckDBPyConnection, facts: Facts, shown: Shape) -> Iterator[Row]:
    """Yields the rows to show, in the order in which they were sent."""
    cells = ", ".join(f'{_cell(c)} as "{c.name}"' for c in shown.columns)
    faulty = "where faults.f is not null or state = 'quarantined'" if shown.faulty_only else ""
    result = con.execute(
        f"""
        with later as (
            select row_id, row_state, cause from quality.row_decisions where submission_id = $id
            qualify row_number() over (partition by row_id order by decided_at desc, cause) = 1
        ),
        faults as (
            select row_id, list([column_name, severity, rule_id, reason, remedy]
                order by severity, column_name nulls first, rule_id, kind) as f
            from quality.findings where submission_id = $id and row_id is not null group by row_id
        ),
        shown as (
            select _row_id, _row_number, _source_file, _sheet, row_state, domain_code as _domain,
                xy_hidden(_extra) as _extra, {cells} from read_parquet($path)
        )
        select s._row_id, s._row_number, concat_ws(' / ', nullif(_source_file, ''), nullif(_sheet, '')),
            coalesce(later.row_state, s.row_state) as state, faults.f, s._domain, s._extra,
            s.* exclude (_row_id, _row_number, _source_file, _sheet, row_state, _domain, _extra)
        from shown as s left join later on later.row_id = s._row_id left join faults on faults.row_id = s._row_id
        {faulty} order by s._row_id limit {SHOWN_LIMIT}""",
        {"id": facts.submission["submission_id"], "path": str(shown.path)},
    )
    held = {d["domain_code"] for d in facts.domains if d["list_state"] == "held"}
    while batch := result.fetchmany(2000):
        for row_id, number, place, state, found, domain, extra, *values in batch:
            faults = [
                Fault(column, severity, rule_id, reason, remedy + facts.suggestions.get((row_id, column or ""), ""))
                for column, severity, rule_id, reason, remedy in found or []
            ]
            more = json.loads(extra) if extra else {}
            texts = [*values, *(more.get(k) for k in shown.extras)]
            yield Row(
                row_id,
                number,
                place,
                _result(state, faults, facts.verdict, domain in held),
                ["" if v is None else str(v) for v in texts],
                faults,
            )


def _result(state: str, faults: list[Fault], verdict: str, is_held: bool) -> str:
    """Returns in words what became of a row."""
    if state == "closed":
        return text.ROW_CLOSED
    if state == "accepted":
        return text.ROW_IN_REMARK if faults else text.ROW_IN
    if any(f.severity == "error" for f in faults):
        return text.ROW_OUT
    if any(f.rule_id == "X-REPEAT" for f in faults):
        return text.ROW_REPEAT
    return text.ROW_REJECTED if verdict == "rejected" and not is_held else text.ROW_HELD


def findings(
    con: duckdb.DuckDBPyConnection, facts: Facts, limit: int, per_problem: int | None = None
) -> Iterator[Listed]:
    """Yields the findings with their problem, the most rewarding problem first, then by row.

    Args:
        con: connection to the warehouse.
        facts: of the submission.
        limit: most findings altogether.
        per_problem: most findings of one problem.
    """
    problems = facts.problems
    if not problems:
        return
    result = con.execute(
        """
        with problems as (
            select unnest($rules) as rule_id, unnest($kinds) as kind, unnest($severities) as severity,
                unnest(range(len($rules))) as place
        )
        select p.place, f.row_id, f.source_file, f.sheet, f.row_number, f.column_name, f.value_shown, f.reason, f.remedy
        from quality.findings as f inner join problems as p using (rule_id, kind, severity)
        where f.submission_id = $id
        qualify row_number() over (partition by p.place order by f.row_id nulls first, f.column_name, f.reason) <= $each
        order by p.place, f.row_id nulls first, f.column_name, f.reason
        limit $limit""",
        {
            "rules": [p.rule_id for p in problems],
            "kinds": [p.kind for p in problems],
            "severities": [p.severity for p in problems],
            "id": facts.submission["submission_id"],
            "each": per_problem or limit,
            "limit": limit,
        },
    )
    names = ("row_id", "file", "sheet", "row", "column", "value", "reason", "remedy")
    while batch := result.fetchmany(2000):
        for place, *values in batch:
            f = dict(zip(names, values, strict=True))
            f["remedy"] += facts.suggestions.get((f["row_id"], f["column"] or ""), "")
            yield problems[place], f
