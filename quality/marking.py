"""Creates the hits of a batch: which row breaks which rule, set-based, every rule asked once for all rows.

A row's answers are three bits per check, twenty checks to a mask: it applies, it is broken, this is an error. Hits are
then taken only from the rows that have any.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ingest.raw_schema import raw_columns
from quality.resolution import resolved_batch
from quality.rules import build_checks
from quality.rules.codes import code_column
from quality.rules.repeats import REPEAT_RULES, repeated_rows
from quality.tables import insert_rows
from quality.typing_sql import PROVENANCE, TypedBatch

if TYPE_CHECKING:
    import duckdb

    from quality.rules.check import Check

COUNTED = ("_domain_name", "_key", "_content")
"""What counting and comparing rows asks for (semantics 3.3, 4.2)."""

JUDGED_LATER = frozenset({"row_state", "rule_ids"})
"""Columns of the raw batch that are known once the verdict is."""

CHECKS_PER_MASK = 20
"""Checks whose answers fit a BIGINT without touching its sign."""

ASKED, BROKEN, ERROR = 1, 3, 7
"""Answers of a check: it applies, it is broken too, and this is an error."""


def mark(con: duckdb.DuckDBPyConnection, typed: TypedBatch, disabled: frozenset[str]) -> list[Check]:
    """Returns the checks asked; creates ``g_row`` (resolved), ``g_hit`` (broken rules) and ``g_mark`` (per row).

    ``g_row`` is a view of ``g_kept`` and of the columns that say the same in all rows: no row needs to store them.
    """
    contract = typed.contract
    checks = build_checks(contract, disabled)
    masks = _masks(checks)
    con.execute(f"""
        create or replace temp table g_kept as
        select {_kept(typed, checks)}, {", ".join(masks)}, _is_broken, _has_error
        from (
            select *, {_any_of(masks, BROKEN & ~ASKED)} as _is_broken, {_any_of(masks, ERROR & ~BROKEN)} as _has_error
            from (
                select *, {", ".join(f"{sql} as {name}" for name, sql in masks.items())}
                from ({resolved_batch(typed)})
            )
        )
    """)
    same = "".join(f', {sql} as "{name}"' for name, sql in typed.constants.items())
    con.execute(f"create or replace temp view g_row as select *{same} from g_kept")
    places = {c.rule.rule_id: i for i, c in enumerate(checks)}
    answers = " ".join(f"when {number} then {name}" for number, name in enumerate(masks))
    con.execute(f"""
        create or replace temp table g_hit as
        select _submission_id, _row_id, i, answer = {ERROR} as is_error, cast(null as varchar) as found
        from (
            select _submission_id, _row_id, cast(t.i as integer) as i,
                (case t.i // {CHECKS_PER_MASK} {answers} end >> 3 * (t.i % {CHECKS_PER_MASK})) & {ERROR} as answer
            from g_row, (select unnest(range({len(checks)})) as i) as t
            where _is_broken
        )
        where answer >= {BROKEN}
        union all
        select * from ({repeated_rows(places.get("X-REPEAT"), places.get("X-DUPLICATE"))})
    """)
    con.execute("create or replace temp table g_rule (i integer, rule_id varchar, column_name varchar)")
    insert_rows(
        con,
        "g_rule",
        (("i", "integer"), ("rule_id", "varchar"), ("column_name", "varchar")),
        [(i, c.rule.rule_id, c.column) for i, c in enumerate(checks)],
    )
    con.execute("""
        create or replace temp table g_mark as
        select h._submission_id, h._row_id, bool_or(h.is_error) as is_error,
            bool_or(r.rule_id = 'X-REPEAT') as is_repeat,
            list_sort(list_distinct(list(r.rule_id))) as rule_ids,
            list_sort(list_distinct(list(r.rule_id) filter (h.is_error or r.rule_id = 'X-REPEAT'))) as causes
        from g_hit as h
        inner join g_rule as r using (i)
        group by h._submission_id, h._row_id
    """)
    return checks


def _kept(typed: TypedBatch, checks: list[Check]) -> str:
    """Returns the columns of ``g_kept``: what is stored or counted, and of rows that break a rule what findings show.

    Millions of rows need not carry what only a rule asks for.
    """
    contract = typed.contract
    names = [*PROVENANCE, *COUNTED, *(f"{c.name}__text" for c in contract.columns)]
    names += [raw.name for raw in raw_columns(contract) if raw.name not in names and raw.name not in JUDGED_LATER]
    names += [f"{c.name}__unit_name" for c in contract.columns if c.kind == "department"]
    code = code_column(contract)
    names += ["_is_person", "_is_id_number"] if code else ["_is_person"]
    told = " ".join(part for c in checks for part in (c.kind, c.value, c.expected))
    asked = dict.fromkeys(re.findall(r"\b_[a-z_]+|\w+__class\b|\w+__clean\b", told))
    when = {name: "_is_broken" for name in asked if name not in names}
    if code:  # of persons it goes into the hash of the number
        when[f"{code}__clean"] = "_is_broken or _is_person or _is_id_number"
    shown = (f'case when {condition} then "{name}" end as "{name}"' for name, condition in when.items())
    return ", ".join([*(f'"{name}"' for name in names if name not in typed.constants), *shown])


def _masks(checks: list[Check]) -> dict[str, str]:
    """Returns the masks by name, as SQL."""
    parts: dict[str, list[str]] = {"_answers0": ["cast(0 as bigint)"]}
    for i, c in enumerate(checks):
        if c.rule.rule_id in REPEAT_RULES:  # found later, among the rows without error
            continue
        unit = 8 ** (i % CHECKS_PER_MASK)
        error = f"case when {c.is_error} then {ERROR * unit} else {BROKEN * unit} end"
        broken = f"case when {c.unexpected} then {error} else {ASKED * unit} end"
        answer = f"case when {c.evaluated} then {broken} else 0 end"
        parts.setdefault(f"_answers{i // CHECKS_PER_MASK}", []).append(f"cast({answer} as bigint)")
    return {name: " + ".join(found) for name, found in parts.items()}


def _any_of(masks: dict[str, str], bit: int) -> str:
    """Returns SQL: does any check of a row have this bit?"""
    every = sum(bit * 8**i for i in range(CHECKS_PER_MASK))
    return "(" + " or ".join(f"{name} & {every} <> 0" for name in masks) + ")"


def measured(con: duckdb.DuckDBPyConnection, checks: list[Check]) -> dict[str, list[dict[str, Any]]]:
    """Returns per submission and rule how many rows were asked and how many broke it (design.md 4).

    Every rule of the contract that is on has its measure for every submission, also where it applied to no row.
    """
    asked: dict[tuple[str, str], int] = {}
    broken: dict[tuple[str, str], int] = {}
    columns = [
        "count(*) filter (where not _has_error)"
        if c.rule.rule_id in REPEAT_RULES
        else f"coalesce(sum((_answers{i // CHECKS_PER_MASK} >> {3 * (i % CHECKS_PER_MASK)}) & 1), 0)"
        for i, c in enumerate(checks)
    ]
    for row in con.execute(
        f"select _submission_id, {', '.join(columns or ['0'])} from g_row group by _submission_id"
    ).fetchall():
        for c, value in zip(checks, row[1:], strict=False):
            place = (row[0], c.rule.rule_id)
            asked[place] = asked.get(place, 0) + int(value)
    for submission, rule_id, count in con.execute(
        "select h._submission_id, r.rule_id, count(*) from g_hit as h inner join g_rule as r using (i) group by all"
    ).fetchall():
        broken[submission, rule_id] = count
    rules = {c.rule.rule_id: c.rule for c in checks}
    submissions = [row[0] for row in con.execute("select submission_id from g_sub order by 1").fetchall()]
    return {
        s: [
            {
                "rule_id": rule_id,
                "rule_version": rule.version,
                "dimension": rule.dimension,
                "severity": rule.severity,
                "evaluated": asked.get((s, rule_id), 0),
                "unexpected": broken.get((s, rule_id), 0),
                "threshold": rule.threshold,
            }
            for rule_id, rule in rules.items()
        ]
        for s in submissions
    }
