"""Writes findings: which cell, what stands there (masked), why it is wrong and what to do, in the contract's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingest.contract_model import Contract, Rule
from ingest.contract_reader import batch_rule, fill
from quality.tables import insert_rows

if TYPE_CHECKING:
    import duckdb

    from quality.rules.check import Check
    from quality.verdict import BatchFinding

WORDING = (
    ("i", "integer"),
    ("form", "varchar"),
    ("why", "varchar"),
    ("fix", "varchar"),
    ("rule_id", "varchar"),
    ("rule_version", "integer"),
    ("column_name", "varchar"),
    ("title", "varchar"),
)

NOTHING = "空"
"""What a placeholder without a value reads."""


def row_findings(con: duckdb.DuckDBPyConnection, contract: Contract, checks: list[Check]) -> None:
    """Creates ``g_finding`` from ``g_hit``: one finding per row and broken rule, with rendered reason and remedy."""
    wording: list[list[Any]] = []
    for i, c in enumerate(checks):
        title = contract.column(c.column).title if c.column else ""
        for kind, why, fix in [
            ("", c.rule.why_zh, c.rule.fix_zh),
            *((f.kind, f.why_zh, f.fix_zh) for f in c.rule.forms),
        ]:
            wording.append([i, kind, why, fix, c.rule.rule_id, c.rule.version, c.column or None, title])
    con.execute("""
        create or replace temp table g_wording (
            i integer, form varchar, why varchar, fix varchar, rule_id varchar, rule_version integer,
            column_name varchar, title varchar)
    """)
    insert_rows(con, "g_wording", WORDING, wording)

    def choose(of: list[str]) -> str:
        branches = " ".join(f"when {i} then {sql}" for i, sql in enumerate(of) if sql != "null")
        return f"case h.i {branches} end" if branches else "cast(null as varchar)"

    con.execute(f"""
        create or replace temp table g_finding as
        with told as (
            select h._submission_id, h._row_id, h.i, h.is_error, r._source_file, r._sheet, r._row_number,
                {choose([c.kind for c in checks])} as kind,
                {choose([c.value for c in checks])} as value_shown,
                {choose([c.expected for c in checks])} as expected,
                h.found
            from g_hit as h
            inner join g_row as r on h._submission_id = r._submission_id and h._row_id = r._row_id
        )
        select t._submission_id as submission_id, t._row_id as row_id, t._source_file as source_file, t._sheet as sheet,
            t._row_number as row_number, w.column_name, w.rule_id, w.rule_version, t.kind,
            case when t.is_error then 'error' else 'warning' end as severity, t.value_shown,
            {_rendered("coalesce(f.why, w.why)")} as reason, {_rendered("coalesce(f.fix, w.fix)")} as remedy
        from told as t
        inner join g_wording as w on t.i = w.i and w.form = ''
        left join g_wording as f on t.i = f.i and t.kind = f.form
    """)


def _rendered(text: str) -> str:
    """Returns SQL for the wording with its placeholders filled; an absent or empty value reads 空."""
    values = {
        "value": "t.value_shown",
        "expected": "t.expected",
        "found": "t.found",
        "column": "w.title",
        "sheet": "t._sheet",
        "row": "cast(t._row_number as varchar)",
        "available": "cast(null as varchar)",
    }
    for name, sql in values.items():
        text = f"replace({text}, '{{{name}}}', coalesce(nullif({sql}, ''), '{NOTHING}'))"
    return text


def batch_finding_row(submission_id: str, contract: Contract | None, finding: BatchFinding) -> list[Any]:
    """Returns the row of ``quality.findings`` for a finding about the file; its wording needs no known feed."""
    rule = wording_of(contract, finding.rule_id)
    why, fix = rule.text(rule.kind)
    value = finding.values.get("value")
    values = {**finding.values, "column": finding.column or finding.values.get("column")}
    values.setdefault("sheet", finding.sheet)
    values.setdefault("row", finding.row_number)
    return [
        submission_id,
        None,
        finding.source_file,
        finding.sheet,
        finding.row_number,
        finding.column,
        rule.rule_id,
        rule.version,
        rule.kind,
        rule.severity,
        None if value is None else str(value)[:60],
        fill(why, **values),
        fill(fix, **values),
    ]


def wording_of(contract: Contract | None, rule_id: str) -> Rule:
    """Returns the rule of that id as the contract has it, else the one that all feeds share."""
    if contract is not None:
        for rule in contract.rules:
            if rule.rule_id == rule_id:
                return rule
    return batch_rule(rule_id)
