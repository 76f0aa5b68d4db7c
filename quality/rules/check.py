"""Returns what one rule asks of a row, as SQL over the resolved batch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ingest.contract_model import Column, Contract, Rule
from quality.typing_sql import quoted


@dataclass(frozen=True)
class Check:
    """One rule on one column. All fields but the first two are SQL over ``resolution.resolved_batch``."""

    rule: Rule
    column: str  # contract column; '' for the row as a whole
    evaluated: str  # boolean: does the rule apply to this row?
    unexpected: str  # boolean: is it broken? asked only where it applies; null is no
    is_error: str  # boolean: error (the row waits in quarantine) or warning (it flows on with a remark)
    kind: str  # text: vocabulary of domain.md 4, else the rule's own kind
    value: str  # text as sent, masked
    expected: str = "null"
    found: str = "null"

    def only_where(self, condition: str) -> Check:
        """Returns the same check, asked only where the condition holds too."""
        return replace(self, evaluated=f"({condition}) and ({self.evaluated})")


def check(rule: Rule, column: str, evaluated: str, unexpected: str, value: str, **more: str) -> Check:
    """Returns a check with the severity and kind of its rule unless ``more`` says otherwise."""
    settled = {"is_error": "true" if rule.severity == "error" else "false", "kind": quoted(rule.kind)} | more
    return Check(rule, column, evaluated, unexpected, value=value, **settled)


def shown(contract: Contract, column: str) -> str:
    """Returns SQL for a cell as the clerk may see it: no ID number, persons' names masked (design.md 10)."""
    c = contract.column(column)
    text = f'"{column}__text"'
    if c.kind == "id_number":
        return f"case when {text} is not null then '******' end"
    if c.kind == "uscc":
        return f"""case when _is_person or "{column}__class" = 'person'
            then '******' else xq_shown_number({text}) end"""
    if c.kind == "name":
        return f"case when _is_person then xq_person({text}) else xq_shown({text}) end"
    if c.classification == "personal":
        return f"xq_person({text})"
    if c.is_old_number:
        return f"xq_shown_number({text})"
    return f"xq_shown({text})"


def is_required(c: Column) -> str:
    """Returns SQL that is true where the cell must be filled."""
    if c.required:
        return "true"
    return f"coalesce({c.required_when}, false)" if c.required_when else "false"


def is_filled(c: Column) -> str:
    """Returns SQL that is true where the cell holds something: no blank, no placeholder, no 'without end'."""
    filled = f'"{c.name}__clean" is not null'
    return f"({filled} and \"{c.name}__form\" is distinct from 'SENTINEL')" if c.kind == "date" else filled
