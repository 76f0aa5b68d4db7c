"""Returns the typed contracts of the feeds, read from ``ingest/contracts/<feed>.odcs.yaml`` (ODCS 3.2).

The YAML is closed: an unknown key is an error. Everything that repeats a feed's shape (template, header matching,
typing, row rules, suite, dbt source, dictionary, receipt wording) is built from what this module returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

CONTRACTS = Path(__file__).parent / "contracts"

# What we ourselves write into workbooks that come back to us; the parser passes over it without a remark.
NOTES_SHEET = "填报说明"  # of a template
SUMMARY_SHEET = "汇总"  # of a receipt
PROBLEMS_SHEET = "问题清单"  # of a receipt
# hidden, of a receipt: B1 submission_id, B2 feed, B3 department, B4 period; row ids stand beside the rows themselves,
# where sorting and deleting cannot part them
MARK_SHEET = "_xinyong"
OPTIONS_SHEET = "_选项"  # hidden, of a template: values of the drop-downs
REQUIRED_MARK = "*"  # stands behind the header of a required column in a template
SYSTEM_SUFFIX = "(系统填写)"  # headers that end so (after NFKC) are ours: result, problems, row id
RECEIPT_HEADERS = ("处理结果(系统填写)", "问题说明(系统填写)", "行编号(系统填写)")  # the last is the row_id, hidden
EXAMPLE_NAME = "测试企业"  # an enterprise name that begins so is the template's example


def is_own_sheet(name: str) -> bool:
    """Returns whether a sheet of that name is ours and holds no data of the department."""
    return name in {NOTES_SHEET, SUMMARY_SHEET, PROBLEMS_SHEET} or name.startswith("_")


ColumnKind = Literal[
    "text",
    "name",
    "uscc",
    "date",
    "number",
    "integer",
    "enum",
    "domain",
    "department",
    "grade",
    "id_number",
    "task_no",
    "list",
]
"""How a column is normalised and typed.

text, name: trimmed NFKC; name also in one bracket form without blanks. uscc: identifier of a subject, domain.md 3.
date, number, integer: typed. enum: one of ``Column.enum``; list: several of ``Column.enum`` (free values where the
column has no enum), split at 、，;/. domain: a name of seed ``domains``. department: a name of seed ``departments``.
grade: read with its scale. id_number: personal, leaves the raw zone only as a keyed hash in ``encrypted_name``.
task_no: one bracket form.
"""

Severity = Literal["error", "warning"]
Closing = Literal["nothing", "withdraw", "confirm"]
"""What a row waits for that is held back: nothing to correct in it, not the sender's, a list to be confirmed."""

RuleSubject = Literal["person", "nobody"]
"""Whom a row is about that breaks the rule, where it is no enterprise."""

SubmissionMode = Literal["upsert", "full_list", "records"]


@dataclass(frozen=True)
class EnumValue:
    """One allowed value: as stored, with the spellings that mean it."""

    value: str
    aliases: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class Column:
    """One item of a catalogue."""

    name: str  # glossary name, English snake_case
    title: str  # Chinese header (businessName)
    synonyms: tuple[str, ...]  # other headers that mean it
    kind: ColumnKind
    required: bool  # cell must be filled
    header_required: bool  # header must be present (False: optional column)
    required_when: str | None  # SQL over the typed columns of the row: then required too
    is_key: bool  # part of the business key
    enum: tuple[EnumValue, ...]
    pattern: str | None  # RE2, on the normalised text
    min_length: int | None
    max_length: int | None
    minimum: float | None
    maximum: float | None
    classification: Literal["public", "internal", "personal", "id_number"]
    encrypted_name: str | None  # name of the keyed hash beside an id_number
    not_after_receipt: bool  # date later than the day of receipt: X-FUTURE
    is_open_ended: bool  # sentinel dates mean 'no end'
    article: str | None  # clause of the policy that asks for it
    example: str
    description: str  # Chinese
    key_position: int | None = None  # place in the business key, from 1
    annex_item: int | None = None  # position in the catalogue of annex 3; None: our own or supporting item
    scale_id: str | None = None  # grade column read with one fixed scale
    assumed: str | None = None  # what no document settles, and why we chose so

    @property
    def is_old_number(self) -> bool:
        """Whether a number of a fixed form belongs here, e.g. 15 digits that are no person's."""
        return self.kind == "text" and self.pattern is not None


@dataclass(frozen=True)
class RuleForm:
    """Wording of a rule for one dirty form (finding kind), e.g. SCI."""

    kind: str
    why_zh: str
    fix_zh: str


@dataclass(frozen=True)
class Rule:
    """One row or batch rule, with the words that the clerk reads."""

    rule_id: str  # <feed>.<column>.<kind> or X-NAME
    version: int
    scope: Literal["cell", "row", "batch"]
    kind: str  # required | format | check | type | enum | pattern | length | range | ... or X-NAME
    column: str | None
    severity: Severity
    dimension: str  # GB/T 36344: completeness, validity, accuracy, consistency, timeliness, uniqueness
    threshold: float | None  # greatest share of unexpected rows; None: no limit
    why_zh: str  # reason, may hold {value} {expected} {column} {sheet} {row}
    fix_zh: str  # what to do, same placeholders
    article: str | None
    native_expectation: str | None  # GX expectation that must agree, None: no native twin
    forms: tuple[RuleForm, ...] = ()  # wording where the finding's kind says more than the rule
    closing: Closing | None = None  # None: what it holds back waits to be corrected
    subject: RuleSubject | None = None  # None: an enterprise

    def text(self, kind: str) -> tuple[str, str]:
        """Returns reason and remedy, still with placeholders, for a finding of that kind."""
        for form in self.forms:
            if form.kind == kind:
                return form.why_zh, form.fix_zh
        return self.why_zh, self.fix_zh


@dataclass(frozen=True)
class Contract:
    """One feed (design.md 3)."""

    feed: str
    title: str  # Chinese
    version: str  # of the contract
    catalogue: int | None  # 1-5 of annex 3, None for a supporting feed
    submission: SubmissionMode
    owner: str  # domain_owner | domain_owner_or:<department> | department:<code> | any
    file_titles: tuple[str, ...]  # a file whose name contains one of these is this feed
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    null_tokens: tuple[str, ...]  # lower case; mean 'empty' (domain.md 4 PLACE); 0 in a number column is a value
    error_share_limit: float  # X-GATE (semantics.md 4.1)
    completeness_floor: float  # period gate (semantics.md 4.5)
    period_error_share_limit: float
    article: str | None
    description: str  # Chinese
    grain: str  # Chinese
    purpose: str = ""  # Chinese: what the data are used for
    template_sheet: str = "数据"  # data sheet of the template
    template_header_row: int = 3  # physical row of its header, 1-based
    example_marker: str = "例："  # a row with a cell that begins so is the template's example, never loaded

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the business key's columns, in order."""
        return tuple(c.name for c in sorted(self.columns, key=lambda c: c.key_position or 0) if c.is_key)

    @property
    def rules_on_key(self) -> tuple[str, ...]:
        """Ids of the rules by which a part of the business key is wrong; subject and domain have rules of their own."""
        parts = {c.name for c in self.columns if c.is_key and c.kind not in ("uscc", "domain")}
        return tuple(r.rule_id for r in self.rules if r.column in parts and r.severity == "error")

    @property
    def required_headers(self) -> tuple[str, ...]:
        """Names of the columns whose header must be present."""
        return tuple(c.name for c in self.columns if c.header_required)

    def column(self, name: str) -> Column:
        """Returns the column of that name. Raises KeyError naming the columns there are."""
        for c in self.columns:
            if c.name == name:
                return c
        raise KeyError(f"{self.feed} has no column {name}; it has {', '.join(c.name for c in self.columns)}")

    def rule(self, rule_id: str) -> Rule:
        """Returns the rule of that id. Raises KeyError naming the rules there are."""
        for r in self.rules:
            if r.rule_id == rule_id:
                return r
        raise KeyError(f"{self.feed} has no rule {rule_id}; it has {', '.join(r.rule_id for r in self.rules)}")


@lru_cache(maxsize=1)
def load_contracts() -> dict[str, Contract]:
    """Returns all contracts by feed name, in catalogue order."""
    from ingest.contract_reader import read_contract  # pydantic and yaml only where they are needed

    found = [read_contract(path) for path in sorted(CONTRACTS.glob("*.odcs.yaml"))]
    return {c.feed: c for c in sorted(found, key=lambda c: (c.catalogue or 9, c.feed))}
