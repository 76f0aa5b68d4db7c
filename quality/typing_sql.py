"""Returns SQL that turns the texts of a batch into typed columns, set-based, by the kinds of its contract.

For every column ``c`` of the contract the typed batch has ``c__text`` (as sent), ``c__clean`` (normalised text, null
for empty and for placeholders), ``c`` (typed; a code column gets it in ``resolution``), ``c__kinds`` (spelling that was
undone: no finding, semantics 3.9) and, by kind: ``c__key`` (for comparing), ``c__form`` (how a date is written),
``c__class`` (what sort of number a code is). Meaning of every text is in ``ingest/normalise.sql``, nowhere else.
"""

from __future__ import annotations

from ingest.contract_model import Column, Contract
from ingest.normalise import key
from ingest.raw_schema import TYPED

KEYED = frozenset({"enum", "domain", "department", "grade"})
"""Kinds of column whose value is looked up: they get ``c__key``."""

SEPARATORS = "[、，；;,/]"
"""What stands between the values of a list (domain.md 15.5)."""

_LONGEST_TOKEN_SLACK = 6  # blanks and invisible characters around a placeholder


def quoted(text: str) -> str:
    """Returns the text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def typed_batch(contract: Contract, source: str, present: frozenset[str]) -> str:
    """Returns the query that types the texts of ``source``, layer by layer.

    Args:
        contract: of the feed.
        source: relation with the columns ``c__text`` and the provenance columns.
        present: names of the text columns that hold anything; the others are null without being read, which spares
            planning them.
    """
    filled = [c for c in contract.columns if f"{c.name}__text" in present]
    texts = ", ".join(f'"{c.name}__text"' for c in filled)
    places = ", ".join(f'{_place(contract, c)} as "{c.name}__place"' for c in filled)
    cleans = ", ".join(f'{_clean(c)} as "{c.name}__clean"' for c in filled)
    auxiliary = ", ".join(expression for c in filled for expression in _auxiliary(c))
    typed = ", ".join(expression for c in filled for expression in _typed(c))
    kinds = ", ".join(f'{_kinds(c)} as "{c.name}__kinds"' for c in filled)
    nulls = ", ".join(
        f'cast(null as {kind}) as "{name}"'
        for c in contract.columns
        if c not in filled
        for name, kind in _columns_of(c)
    )
    return f"""
with texts as (
    select _submission_id, _source_file, _sheet, _row_number, _row_id, _received_at, _record_id,
        coalesce(_operation, 'upsert') as _operation, _extra{", " + texts if texts else ""}
    from {source}
),
placed as (select *, {places or "1 as _a"} from texts),
cleaned as (select *, {cleans or "1 as _b"} from placed),
prepared as (select *, {auxiliary or "1 as _c"} from cleaned),
typed as (select *, {typed or "1 as _d"} from prepared)
select *, {kinds or "1 as _e"}{", " + nulls if nulls else ""} from typed
"""


def _columns_of(c: Column) -> list[tuple[str, str]]:
    """Returns (name, type) of all that typing makes of a column, for one that holds nothing."""
    names = [
        (f"{c.name}__text", "varchar"),
        (f"{c.name}__place", "boolean"),
        (f"{c.name}__clean", "varchar"),
        (f"{c.name}__kinds", "varchar[]"),
    ]
    if c.kind in KEYED:
        names.append((f"{c.name}__key", "varchar"))
    names += {
        "date": [(f"{c.name}__form", "varchar")],
        "uscc": [(f"{c.name}__class", "varchar")],
        "id_number": [(f"{c.name}__id", "varchar"), (f"{c.name}__is_15", "boolean")],
        "list": [(f"{c.name}__parts", "varchar[]")],
    }.get(c.kind, [])
    if c.kind not in ("uscc", "id_number"):
        names.append((c.name, typed_type(c)))
    return names


def _tokens(contract: Contract, column: Column) -> list[str]:
    """Returns the placeholders of a column, as compared; in a number column a 0 is a value (contract nullTokens)."""
    tokens = {key(token) for token in contract.null_tokens}
    if column.kind in ("number", "integer"):
        tokens = {token for token in tokens if not token.isdigit()}
    return sorted(token for token in tokens if token)


def _place(contract: Contract, c: Column) -> str:
    tokens = _tokens(contract, c)
    longest = max((len(token) for token in tokens), default=0) + _LONGEST_TOKEN_SLACK
    listed = ", ".join(quoted(token) for token in tokens)
    if not listed:
        return "false"
    # the length is asked first: most cells are longer than any placeholder and need no comparing
    text = f'"{c.name}__text"'
    return f"case when length({text}) <= {longest} then coalesce(xy_key({text}) in ({listed}), false) else false end"


def _clean(c: Column) -> str:
    text = f'"{c.name}__text"'
    normal = {"uscc": "xy_uscc", "id_number": "xy_uscc", "task_no": "xy_task_no"}.get(c.kind, "xy_text")
    value = f"{normal}({text})"
    if c.kind not in ("uscc", "id_number"):  # a number of a person in any other column is nobody's value
        value = f"{'xy_hidden_number' if c.is_old_number else 'xy_hidden'}({value})"
    return f'case when "{c.name}__place" then null else {value} end'


def _auxiliary(c: Column) -> list[str]:
    clean = f'"{c.name}__clean"'
    if c.kind in KEYED:
        return [f'xy_key({clean}) as "{c.name}__key"']
    if c.kind == "date":
        return [f'xq_date_form({clean}) as "{c.name}__form"']
    if c.kind == "id_number":
        return [f'xq_id_of({clean}) as "{c.name}__id"', f'xy_id15_ok({clean}) as "{c.name}__is_15"']
    if c.kind == "uscc":
        return [f'xy_code_class({clean}) as "{c.name}__class"']
    if c.kind == "list":
        return [
            f"""list_filter(list_transform(regexp_split_to_array({clean}, {quoted(SEPARATORS)}), lambda p: trim(p)),
            lambda p: p <> '') as "{c.name}__parts\""""
        ]
    return []


def _typed(c: Column) -> list[str]:
    clean, text = f'"{c.name}__clean"', f'"{c.name}__text"'
    if c.kind in ("uscc", "id_number"):  # typed once it is known whose number it is
        return []
    if c.kind == "enum":
        return [f'{_value_of(c, chr(34) + c.name + "__key" + chr(34))} as "{c.name}"']
    if c.kind == "list":
        return [f'{_list_of(c)} as "{c.name}"']
    by_kind = {
        "name": f"case when {clean} is not null then xy_hidden(xy_name({text})) end",
        "date": f"xq_date({clean})",
        "number": f"case when {clean} is not null and not contains({clean}, '***') then xy_number({text}) end",
        "integer": f"case when {clean} is not null and not contains({clean}, '***') then xy_integer({text}) end",
    }
    return [f'{by_kind.get(c.kind, clean)} as "{c.name}"']


def _value_of(c: Column, key_sql: str) -> str:
    """Returns SQL for the enumerated value that a key means, null for an unknown one."""
    branches = []
    for entry in c.enum:
        spellings = sorted({key(spelling) for spelling in (entry.value, *entry.aliases)})
        branches.append(f"when {key_sql} in ({', '.join(map(quoted, spellings))}) then {quoted(entry.value)}")
    return f"case {' '.join(branches)} end"


def _list_of(c: Column) -> str:
    """Returns SQL for the values of a list cell; a value may hold a separator, so the whole cell is tried first."""
    parts = f'"{c.name}__parts"'
    if not c.enum:
        return f"case when len({parts}) > 0 then {parts} end"
    whole = _value_of(c, f'xy_key("{c.name}__clean")')
    each = f"list_distinct(list_transform({parts}, lambda p: {_value_of(c, 'xy_key(p)')}))"
    known = f"list_filter({each}, lambda v: v is not null)"
    # list_distinct does not keep the order; values are a set, sorted so that equal rows are equal
    return f"""case when "{c.name}__clean" is null then null
        when {whole} is not null then [{whole}]
        else list_sort({known}) end"""


def unknown_in_list(c: Column) -> str:
    """Returns SQL that is true where a list cell holds a value that its enumeration lacks."""
    whole = _value_of(c, f'xy_key("{c.name}__clean")')
    each = f'list_transform("{c.name}__parts", lambda p: {_value_of(c, "xy_key(p)")} is null)'
    return f'("{c.name}__clean" is not null and {whole} is null and list_bool_or({each}))'


def _kinds(c: Column) -> str:
    """Returns SQL for the list of spelling kinds that were undone in the column's cell."""
    text, name = f'"{c.name}__text"', f'"{c.name}__'
    by_kind = {"uscc": "xy_uscc_kinds", "name": "xy_name_kinds", "task_no": "xy_task_no_kinds"}
    spelling = f"{by_kind.get(c.kind, 'xy_text_kinds')}({text})"
    extra = ""
    if c.kind == "date":
        extra = f"case when {name}form\" in ('DATE_FORM', 'DATE_SERIAL', 'SENTINEL') then [{name}form\"] else [] end"
    elif c.kind == "enum":
        extra = f'case when "{c.name}" is not null and "{c.name}" <> {name}clean" then [\'ALIAS\'] else [] end'
    elif c.kind == "list" and c.enum:
        extra = (
            f'case when len("{c.name}") > 0 and not list_has_all("{c.name}", {name}parts") '
            f'and "{c.name}" <> [{name}clean"] then [\'ALIAS\'] else [] end'
        )
    elif c.kind == "id_number":
        extra = f"case when {name}is_15\" then ['ID15'] else [] end"
    both = f"list_concat({spelling}, {extra})" if extra else spelling
    return f"case when {text} is null then []::varchar[] when {name}place\" then ['PLACE'] else {both} end"


def typed_type(c: Column) -> str:
    """Returns the DuckDB type of the typed column."""
    return TYPED.get(c.kind, "VARCHAR")
