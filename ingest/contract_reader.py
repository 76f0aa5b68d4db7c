"""Returns the typed contract of one ODCS file, with the rules that follow from its columns.

Cell rules are derived (a required column has ``<feed>.<column>.required`` and so on), X- rules are listed in the
file. Wording and defaults come from ``contracts/common_rules.yaml`` unless the file says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from ingest.contract_model import CONTRACTS, Column, Contract, EnumValue, Rule, RuleForm
from ingest.contract_yaml import CommonRule, CommonRules, ContractError, Document, Property, QualityEntry, read_yaml
from ingest.raw_schema import TYPED

Scope = Literal["cell", "row", "batch"]

COMMON = CONTRACTS / "common_rules.yaml"
PLACEHOLDER = re.compile(r"\{(value|expected|found|available|column|sheet|row)\}")

# ODCS has no 'validity' (GB/T 36344 规范性); it calls the same thing conformity
DIMENSIONS = {"conformity": "validity", "coverage": "completeness"}


@lru_cache(maxsize=1)
def common_rules() -> CommonRules:
    """Returns the rules that all feeds share."""
    return read_yaml(COMMON, CommonRules)


def batch_rule(rule_id: str) -> Rule:
    """Returns a batch rule outside any contract: needed where the feed of a file is not known (X-READ, X-FEED)."""
    return _rule(rule_id, "batch", common_rules().batch[rule_id], None)


def fill(text: str, **values: object) -> str:
    """Returns the wording with its placeholders filled; an absent or empty value reads 空."""

    def shown(found: re.Match[str]) -> str:
        given = values.get(found[1])
        return "空" if given is None or str(given) == "" else str(given)

    return PLACEHOLDER.sub(shown, text)  # in one pass: what was sent may look like a placeholder


def read_contract(path: Path) -> Contract:
    """Returns the contract of that file.

    Raises:
        ContractError: the file is not closed ODCS of our kind, or contradicts itself; names file and key.
    """
    document = read_yaml(path, Document)
    table, custom = document.tables[0], document.custom_properties
    columns = tuple(_column(path, p) for p in table.properties)
    _check(path, document, columns)
    rules: list[Rule] = []
    for column, entry in zip(columns, table.properties, strict=True):
        rules.extend(_cell_rules(path, table.name, column, entry))
    rules.extend(_listed_rule(path, entry) for entry in table.quality)
    ids = [rule.rule_id for rule in rules]
    repeated = {i for i in ids if ids.count(i) > 1}
    if repeated:
        raise ContractError(f"{path.name}: rule {', '.join(sorted(repeated))} is listed twice; keep one")
    return Contract(
        feed=table.name,
        title=table.business_name,
        version=document.version,
        catalogue=custom.catalogue,
        submission=custom.submission,
        owner=custom.owner,
        file_titles=custom.file_titles,
        columns=columns,
        rules=tuple(rules),
        null_tokens=tuple(t.lower() for t in custom.null_tokens),
        error_share_limit=custom.error_share_limit,
        completeness_floor=custom.completeness_floor,
        period_error_share_limit=custom.period_error_share_limit,
        article=document.authoritative_definitions[0].description if document.authoritative_definitions else None,
        description=table.description,
        grain=table.data_granularity_description,
        purpose=document.description.purpose,
        template_sheet=custom.template_sheet,
        template_header_row=custom.template_header_row,
        example_marker=custom.template_example_marker,
    )


def _column(path: Path, p: Property) -> Column:
    """Returns one column."""
    custom, options = p.custom_properties, p.logical_type_options
    if p.physical_type != TYPED.get(custom.kind, "VARCHAR"):
        raise ContractError(f"{path.name}: {p.name}.physicalType {p.physical_type} does not fit kind {custom.kind}")
    return Column(
        name=p.name,
        title=p.business_name,
        synonyms=tuple(s.synonym for s in p.synonyms),
        kind=custom.kind,
        required=p.required,
        header_required=custom.header_required,
        required_when=custom.required_when,
        is_key=p.primary_key,
        enum=tuple(EnumValue(e.value, e.custom_properties.aliases, e.description) for e in p.enum),
        pattern=options.pattern,
        min_length=options.min_length,
        max_length=options.max_length,
        minimum=options.minimum,
        maximum=options.maximum,
        classification=p.classification,
        encrypted_name=p.encrypted_name,
        not_after_receipt=custom.not_after_receipt,
        is_open_ended=custom.open_ended,
        article=p.authoritative_definitions[0].description if p.authoritative_definitions else None,
        example=p.examples[0],
        description=p.description,
        key_position=p.primary_key_position,
        annex_item=custom.annex_item,
        scale_id=custom.scale_id,
        assumed=custom.assumed,
    )


def _check(path: Path, document: Document, columns: tuple[Column, ...]) -> None:
    """Raises ContractError where the file contradicts itself."""
    table = document.tables[0]
    if path.name != f"{table.name}.odcs.yaml":
        raise ContractError(f"{path.name}: schema name is {table.name}; name the file {table.name}.odcs.yaml")
    headers: dict[str, str] = {}
    for c in columns:
        for header in (c.title, *c.synonyms):
            if header in headers:
                raise ContractError(f"{path.name}: header {header} means both {headers[header]} and {c.name}; drop one")
            headers[header] = c.name
        meanings = [spelling for e in c.enum for spelling in (e.value, *e.aliases)]
        doubled = sorted({m for m in meanings if meanings.count(m) > 1})
        if doubled:
            raise ContractError(f"{path.name}: {c.name}.enum lists {', '.join(doubled)} twice; drop one")
        if c.kind == "enum" and not c.enum:
            raise ContractError(f"{path.name}: {c.name} is of kind enum without enum; list the allowed values")
        is_id = c.kind == "id_number"
        if is_id != (c.classification == "id_number") or (is_id and not c.encrypted_name):
            raise ContractError(f"{path.name}: {c.name} needs kind and classification id_number and an encryptedName")
    positions = sorted(c.key_position or 0 for c in columns if c.is_key)
    if positions != list(range(1, len(positions) + 1)):
        raise ContractError(f"{path.name}: primaryKeyPosition must run from 1, got {positions}")


def _cell_kinds(c: Column) -> Iterator[tuple[str, str]]:
    """Yields (rule kind, entry of common_rules.cell) for every cell rule that a column has."""
    if c.required or c.required_when:
        yield "required", "required"
    if c.kind in ("date", "number", "integer"):
        yield "type", f"type.{c.kind}"
    if c.kind == "date":
        yield "month", "month"
    if c.enum:
        yield "enum", "enum.list" if c.kind == "list" else "enum"
    if c.pattern:
        yield "pattern", "pattern"
    if c.kind not in ("uscc", "id_number") and (c.min_length is not None or c.max_length is not None):
        yield "length", "length"
    if c.minimum is not None or c.maximum is not None:
        yield "range", "range"
    if c.kind == "uscc":
        yield "format", "format"
        yield "check", "check"
    if c.kind == "name":
        yield "masked", "masked"
    if c.kind == "id_number":
        yield "swap", "swap"
    if c.kind == "grade":
        yield "scale", "scale"


def _cell_rules(path: Path, feed: str, c: Column, p: Property) -> Iterator[Rule]:
    """Yields the rules of one column, with the file's overrides."""
    overrides = {entry.name: entry for entry in p.quality}
    common = common_rules().cell
    for kind, entry in _cell_kinds(c):
        default, override = common[entry], overrides.pop(kind, None)
        rule = _rule(f"{feed}.{c.name}.{kind}", "cell", default, override)
        # a cell that only some rows must fill has no native twin: the condition is ours
        native = None if kind == "required" and not c.required else rule.native_expectation
        yield replace(rule, kind=kind, column=c.name, article=rule.article or c.article, native_expectation=native)
    if overrides:
        names = ", ".join(overrides)
        raise ContractError(f"{path.name}: {c.name}.quality names {names}, a rule that this column has not; drop it")


def _listed_rule(path: Path, entry: QualityEntry) -> Rule:
    """Returns an X- rule that the file lists."""
    common = common_rules()
    scopes: tuple[tuple[Scope, dict[str, CommonRule]], ...] = (("row", common.row), ("batch", common.batch))
    for scope, rules in scopes:
        if entry.name in rules:
            return _rule(entry.name, scope, rules[entry.name], entry)
    known = ", ".join([*common.row, *common.batch])
    raise ContractError(f"{path.name}: quality names {entry.name}, which {COMMON.name} does not know; it knows {known}")


def _rule(rule_id: str, scope: Scope, default: CommonRule, own: QualityEntry | None) -> Rule:
    """Returns a rule from the shared defaults and what the file says instead; its kind is its id."""
    extra = own.custom_properties if own else None
    severity = own.severity if own else default.severity
    threshold = default.threshold if severity == default.severity else None  # a limit for errors is none for remarks
    if extra and extra.threshold is not None:
        threshold = extra.threshold
    return Rule(
        rule_id=rule_id,
        version=extra.version if extra and extra.version else common_rules().version,
        scope=scope,
        kind=rule_id,
        column=extra.column if extra else None,
        severity=severity,
        dimension=DIMENSIONS.get(own.dimension, own.dimension) if own else default.dimension,
        threshold=threshold,
        why_zh=extra.why_zh if extra and extra.why_zh else default.why,
        fix_zh=extra.fix_zh if extra and extra.fix_zh else default.fix,
        article=default.article,
        native_expectation=default.native,
        forms=tuple(RuleForm(k, f.why, f.fix) for k, f in default.forms.items()),
        closing=default.closing,
        subject=default.subject,
    )
