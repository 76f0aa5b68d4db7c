"""Returns one contract file as closed pydantic models: the part of ODCS 3.2 that we use, and nothing else.

``customProperties`` are written as ODCS wants them (a list of property and value) and are closed as well.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from ingest.contract_model import Closing, ColumnKind, RuleSubject

if TYPE_CHECKING or not yaml.__with_libyaml__:
    from yaml import SafeLoader
else:  # ten times as quick, and every command reads all contracts
    from yaml import CSafeLoader as SafeLoader

OdcsDimension = Literal["accuracy", "completeness", "conformity", "consistency", "coverage", "timeliness", "uniqueness"]
SeverityName = Literal["error", "warning"]


class ContractError(ValueError):
    """A contract file cannot be used; the message names file, key and what to do."""


class Closed(BaseModel):
    """Base of all parts: camelCase keys, unknown keys refused."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, populate_by_name=False)


def _merge(entries: Any) -> Any:
    """Returns a customProperties list as one mapping, so that its keys can be checked like any others."""
    if not isinstance(entries, list):
        return entries
    merged: dict[str, Any] = {}
    for entry in entries:
        keys = set(entry) if isinstance(entry, dict) else set()
        if not {"property", "value"} <= keys <= {"property", "value", "description"}:
            raise ValueError(f"a custom property has the keys property, value and description, got {entry!r}")
        name = entry["property"]
        if name in merged:
            raise ValueError(f"custom property {name} is given twice")
        merged[name] = entry["value"]
        if name == "assumed" and entry["value"] is True:  # its description is the reason, which travels with the mark
            merged[name] = entry.get("description") or "assumed"
    return merged


class Definition(Closed):
    """Clause of a policy document."""

    url: str
    type: Literal["policy"]
    description: str


class Synonym(Closed):
    """Another header that means the column."""

    synonym: str


class EnumCustom(Closed):
    """Extras of an allowed value."""

    aliases: tuple[str, ...] = ()


class EnumEntry(Closed):
    """One allowed value."""

    value: str
    description: str = ""
    custom_properties: Annotated[EnumCustom, BeforeValidator(_merge)] = EnumCustom()


class TypeOptions(Closed):
    """Limits of a column."""

    format: Literal["yyyy-MM-dd"] | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None


class RuleCustom(Closed):
    """Extras of a rule: the column of an X- rule, or wording and threshold that differ from common_rules.yaml."""

    column: str | None = None
    version: int | None = None
    threshold: float | None = None
    why_zh: str | None = None
    fix_zh: str | None = None


class QualityEntry(Closed):
    """One rule: an X- rule of the feed, or an override of a cell rule of the column."""

    name: str
    type: Literal["text"]
    dimension: OdcsDimension
    severity: SeverityName
    custom_properties: Annotated[RuleCustom, BeforeValidator(_merge)] = RuleCustom()


class ColumnCustom(Closed):
    """Extras of a column."""

    kind: ColumnKind
    annex_item: int | None = None
    header_required: bool
    required_when: str | None = None
    not_after_receipt: bool = False
    open_ended: bool = False
    scale_id: str | None = None
    assumed: str | None = None


class Items(Closed):
    """Element type of a list column."""

    name: Literal["item"]
    logical_type: Literal["string"]
    physical_type: Literal["VARCHAR"]


class Property(Closed):
    """One column."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    business_name: str
    synonyms: tuple[Synonym, ...] = ()
    description: str
    logical_type: Literal["string", "date", "number", "integer", "array"]
    logical_type_options: TypeOptions = TypeOptions()
    physical_type: Literal["VARCHAR", "DATE", "DOUBLE", "BIGINT", "VARCHAR[]"]
    items: Items | None = None
    required: bool = False
    primary_key: bool = False
    primary_key_position: int | None = None
    enum: tuple[EnumEntry, ...] = ()
    classification: Literal["public", "internal", "personal", "id_number"]
    encrypted_name: str | None = None
    examples: tuple[str, ...]
    authoritative_definitions: tuple[Definition, ...] = ()
    quality: tuple[QualityEntry, ...] = ()
    custom_properties: Annotated[ColumnCustom, BeforeValidator(_merge)]


class Table(Closed):
    """The feed's table."""

    name: str
    business_name: str
    physical_type: Literal["table"]
    logical_type: Literal["object"]
    description: str
    data_granularity_description: str
    properties: tuple[Property, ...]
    quality: tuple[QualityEntry, ...]


class Description(Closed):
    """What the feed is for."""

    purpose: str
    usage: str


class Sla(Closed):
    """A service level."""

    property: str
    value: str
    driver: str
    description: str


class Team(Closed):
    """Who keeps the contract."""

    name: str
    description: str


class Support(Closed):
    """Where to ask."""

    channel: str
    description: str


class ContractCustom(Closed):
    """Extras of the feed."""

    catalogue: int | None = None
    submission: Literal["upsert", "full_list", "records"]
    owner: str = Field(pattern=r"^(any|domain_owner|domain_owner_or:[a-z_]+|department:[a-z_]+)$")
    channel: Literal["drop", "gateway"]
    file_titles: tuple[str, ...]
    null_tokens: tuple[str, ...]
    error_share_limit: float = Field(ge=0, le=1)
    completeness_floor: float = Field(ge=0, le=1)
    period_error_share_limit: float = Field(ge=0, le=1)
    template_sheet: str
    template_header_row: int = Field(ge=1)
    template_example_marker: str
    assumed: str | None = None


class Document(Closed):
    """A whole contract file."""

    api_version: Literal["v3.2.0"]
    kind: Literal["DataContract"]
    id: str
    name: str
    version: str
    status: Literal["active", "draft", "deprecated", "retired"]
    domain: str
    data_product: str
    description: Description
    authoritative_definitions: tuple[Definition, ...] = ()
    tables: tuple[Table, ...] = Field(alias="schema", min_length=1, max_length=1)
    sla_properties: tuple[Sla, ...]
    team: Team
    support: tuple[Support, ...]
    custom_properties: Annotated[ContractCustom, BeforeValidator(_merge)]


class CommonForm(Closed):
    """Wording for one dirty form."""

    why: str
    fix: str


class CommonRule(Closed):
    """Defaults of one rule."""

    dimension: Literal["accuracy", "completeness", "validity", "consistency", "timeliness", "uniqueness"]
    severity: SeverityName
    threshold: float | None = None
    native: str | None = None
    why: str
    fix: str
    article: str | None = None
    closing: Closing | None = None
    subject: RuleSubject | None = None
    forms: dict[str, CommonForm] = {}


class CommonRules(Closed):
    """The file common_rules.yaml."""

    version: int
    cell: dict[str, CommonRule]
    row: dict[str, CommonRule]
    batch: dict[str, CommonRule]


Model = TypeVar("Model", bound=Closed)


def read_yaml(path: Path, model: type[Model]) -> Model:
    """Returns the file as that model.

    Raises:
        ContractError: not readable, not YAML, or a key that is unknown, missing or does not fit.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=SafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ContractError(f"{path.name}: cannot be read as YAML ({error}); correct the file") from error
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = [f"  {_place(content, e['loc'])}: {e['msg']}" for e in error.errors(include_url=False)]
        raise ContractError(f"{path.name} does not fit, correct these keys:\n" + "\n".join(problems)) from error


def _place(content: Any, loc: tuple[int | str, ...]) -> str:
    """Returns the place in words: list entries are named by their ``name`` where they have one."""
    words: list[str] = []
    here = content
    for step in loc:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            here = None
        named = here.get("name") if isinstance(here, dict) and isinstance(step, int) else None
        words.append(str(named or step))
    return ".".join(words) or "file"
