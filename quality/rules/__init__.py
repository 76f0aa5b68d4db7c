"""Returns the checks that a contract asks for: one per row rule and column, in the contract's order."""

from __future__ import annotations

from ingest.contract_model import Contract, Rule
from quality.rules.cells import CELL_RULES
from quality.rules.check import Check
from quality.rules.codes import CODE_ROW_RULES, CODE_RULES
from quality.rules.repeats import REPEAT_RULES, repeat_check
from quality.rules.rows import ROW_RULES

BUILDERS = {**CELL_RULES, **CODE_RULES, **CODE_ROW_RULES, **ROW_RULES}


def row_rules(contract: Contract, disabled: frozenset[str] = frozenset()) -> list[Rule]:
    """Returns the rules of cells and rows that are on."""
    return [r for r in contract.rules if r.scope != "batch" and r.rule_id not in disabled]


def build_checks(contract: Contract, disabled: frozenset[str] = frozenset()) -> list[Check]:
    """Returns the checks of a contract.

    A withdrawn row (操作 删除) needs its key columns only (semantics 3.5), and one that names a gateway record needs
    nothing more.

    Raises:
        LookupError: the contract has a rule that nobody wrote; it must not pass in silence.
    """
    keys = set(contract.key)
    checks: list[Check] = []
    for rule in row_rules(contract, disabled):
        if rule.rule_id in REPEAT_RULES:
            checks.append(repeat_check(contract, rule))
            continue
        build = BUILDERS.get(rule.kind)
        if build is None:
            raise LookupError(
                f"{contract.feed}: nobody wrote rule {rule.rule_id} of kind {rule.kind}; "
                f"known kinds: {', '.join([*BUILDERS, *REPEAT_RULES])}"
            )
        for found in build(contract, rule):
            is_key = found.column in keys or (found.column == "" and rule.rule_id == "X-OWNER")
            checks.append(found.only_where("not _is_record_delete" if is_key else "not _is_delete"))
    return checks
