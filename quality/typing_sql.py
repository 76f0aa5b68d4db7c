"""Returns SQL that turns the texts of a batch into typed columns, set-based, by the kinds of its contract.

Every distinct text is read once. What a column may hold without meaning anything but itself (a name of plain
characters, a code in good form) is *plain* and costs no reading at all; every other text is a *word*: it goes into
the small table of words of its kind, where its meaning is worked out layer by layer, and rows look it up there.

For every column ``c`` of the contract a typed relation has ``c__text`` (as sent), ``c__clean`` (normalised text, null
for empty and for placeholders), ``c`` (typed; a code column gets it in ``resolution``), ``c__kinds`` (spelling that was
undone: no finding, semantics 3.9) and, by kind: ``c__key`` (for comparing), ``c__norm`` (of a name), ``c__form`` (how a
date is written), ``c__class`` (what sort of number a code is), ``c__id`` (of a person's number), ``c__parts`` (of a
list) and ``c__unknown`` (whether a list holds a value that its enumeration lacks). Meaning of every text is in
``ingest/normalise.sql``, nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.contract_model import Column, Contract
from ingest.normalise import key
from ingest.raw_schema import TYPED

if TYPE_CHECKING:
    import duckdb

KEYED = frozenset({"enum", "domain", "department", "grade"})
"""Kinds of column whose value is looked up: they get ``c__key``."""

SEPARATORS = "[、，；;,/]"
"""What stands between the values of a list (domain.md 15.5)."""

SELDOM_NEW = 10
"""Cells per distinct text from which a column alternates between few texts."""

_LONGEST_TOKEN_SLACK = 6  # blanks and invisible characters around a placeholder

PROVENANCE = (
    "_submission_id", "_source_file", "_sheet", "_row_number", "_row_id", "_received_at", "_record_id", "_operation",
    "_extra",
)  # fmt: skip
"""What every row says of itself besides its texts."""

OFTEN_CONSTANT = {
    "_source_file": "varchar", "_sheet": "varchar", "_received_at": "timestamp", "_record_id": "varchar",
    "_operation": "varchar",
}  # fmt: skip
"""Provenance that mostly says the same in all rows of a large batch, with its type."""

Meaning = dict[str, tuple[str, str]]
"""By suffix of the column (``''``: the typed one): DuckDB type, and SQL over a plain ``{text}``, '' without any."""


def quoted(text: str) -> str:
    """Returns the text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def meaning(c: Column) -> Meaning:
    """Returns what typing makes of a column, and how it is had from a text that means itself."""
    found: Meaning = {"__clean": ("varchar", "{text}"), "__kinds": ("varchar[]", "[]::varchar[]")}
    if comparing(c):
        found["__key"] = ("varchar", "")
    found |= {
        "name": {"__norm": ("varchar", "replace(replace({text}, '（', '('), '）', ')')")},
        "date": {"__form": ("varchar", "")},
        "uscc": {"__class": ("varchar", "case when {text} is not null then 'uscc' end")},
        "id_number": {"__id": ("varchar", "{text}")},
        "list": {"__parts": ("varchar[]", ""), "__unknown": ("boolean", "")},
    }.get(c.kind, {})
    if c.kind not in ("uscc", "id_number"):  # typed once it is known whose number it is
        found[""] = (typed_type(c), "{text}")
    return found


def comparing(c: Column) -> str:
    """Returns the macro by which values are compared with a policy table, '' for a column that is not looked up."""
    if c.kind in KEYED or c.name == "evaluation_standard" or c.name.endswith("_unit_name"):
        return "xy_key"
    return "xy_uscc" if c.name.endswith("_unit_code") else ""


@dataclass(frozen=True)
class TypedBatch:
    """The texts of a batch with what they mean: ``relation`` gives the columns that a query needs, and no others."""

    contract: Contract
    words: dict[str, str | None]  # column that holds anything -> table of its words; None: all of it is plain
    constants: dict[str, str]  # column of the rows, provenance too, that says the same in all of them -> SQL

    def relation(self, names: Iterable[str]) -> str:
        """Returns the typed rows of ``g_text`` as an SQL relation: provenance, and all that the columns mean."""
        select, joins = [f"t.{name}" for name in PROVENANCE], []
        for c in map(self.contract.column, names):
            text, table = f't."{c.name}__text"', self.words.get(c.name)
            word = f'"w_{c.name}"'
            if table is not None:
                joins.append(f"left join {table} as {word} on {text} = {word}.text")
            select.append(text if c.name in self.words else f'cast(null as varchar) as "{c.name}__text"')
            for suffix, (kind, plain) in meaning(c).items():
                if c.name not in self.words:
                    sql = f"cast(null as {kind})"
                elif table is None:
                    sql = plain.format(text=text)
                elif _plain(self.contract, c):
                    sql = f'case when {word}.text is null then {plain.format(text=text)} else {word}."word{suffix}" end'
                else:
                    sql = f'{word}."word{suffix}"'
                select.append(f'{sql} as "{c.name}{suffix}"')
        return f"(select {', '.join(select)} from g_text as t {' '.join(joins)})"

    @property
    def spelled(self) -> list[str]:
        """Returns the names of the columns in which spelling may have been undone."""
        return [name for name, table in self.words.items() if table is not None]


def read_words(con: duckdb.DuckDBPyConnection, contract: Contract) -> TypedBatch:
    """Returns the typed batch of ``g_text``; creates ``g_word_<n>`` per kind of column: its distinct texts, read."""
    asked = ", ".join(f'count("{c.name}__text"), approx_count_distinct("{c.name}__text")' for c in contract.columns)
    counted = con.execute(f"select {asked} from g_text").fetchall()[0]
    counts = dict(zip(contract.columns, zip(counted[::2], counted[1::2], strict=True), strict=True))
    filled = [c for c, (cells, _) in counts.items() if cells]
    alternating = {c.name for c, (cells, texts) in counts.items() if texts * SELDOM_NEW < cells}
    alike: dict[tuple[object, ...], list[Column]] = {}
    for c in filled:
        alike.setdefault((c.kind, c.enum, comparing(c), c.is_old_number), []).append(c)
    words: dict[str, str | None] = {c.name: None for c in filled}
    for number, columns in enumerate(alike.values()):
        table = f"g_word_{number}"
        query = _words(contract, columns, alternating)
        created = con.execute(f"create or replace temp table {table} as {query}").fetchone()
        if created and created[0]:
            words |= {c.name: table for c in columns}
    return TypedBatch(contract, words, _constants(con, contract, words))


def _constants(con: duckdb.DuckDBPyConnection, contract: Contract, words: dict[str, str | None]) -> dict[str, str]:
    """Returns, as SQL, the columns that say the same in all rows of ``g_text``: provenance, columns without a text."""
    asked = (f"{{'least': min({n}), 'most': max({n}), 'filled': count({n})}}" for n in OFTEN_CONSTANT)
    total, *said = con.execute(f"select count(*), {', '.join(asked)} from g_text").fetchall()[0]
    found = {}
    for (name, kind), of in zip(OFTEN_CONSTANT.items(), said, strict=True):
        if of["filled"] == 0:
            found[name] = f"cast(null as {kind})"
        elif of["filled"] == total and of["least"] == of["most"]:
            found[name] = f"cast({quoted(str(of['least']))} as {kind})"
    for c in contract.columns:
        if c.name not in words and c.kind not in ("uscc", "id_number"):  # of these a correction may know more
            found |= {f"{c.name}__text": "cast(null as varchar)", c.name: f"cast(null as {typed_type(c)})"}
    return found


def _words(contract: Contract, columns: list[Column], alternating: set[str]) -> str:
    """Returns the query of the words of columns that are read alike: distinct texts that are not plain, typed.

    Of columns that alternate between few texts the distinct ones are taken before asking whether they are plain; of a
    plain DISTINCT the planner would ask every cell.
    """
    c = replace(columns[0], name="word")
    is_plain = _plain(contract, columns[0])
    texts = []
    for column in columns:
        source, text = "g_text", f'"{column.name}__text"'
        if column.name in alternating:
            source = f"(select any_value({text}) as {text} from g_text group by g_text.{text})"
        odd = f" and not ({is_plain.format(text=text)})" if is_plain else ""
        texts.append(f'select {text} as "word__text" from {source} where {text} is not null{odd}')
    prepared, typed = (
        "".join(f", {sql}" for sql in found) for found in (_auxiliary(c, comparing(columns[0])), _typed(c))
    )
    return f"""
with texts as (select distinct * from ({" union all ".join(texts)})),
placed as (select *, {_place(contract, c)} as "word__place" from texts),
cleaned as (select *, {_clean(c)} as "word__clean" from placed),
prepared as (select *{prepared} from cleaned),
typed as (select *{typed} from prepared)
select "word__text" as text, {_kinds(c)} as "word__kinds", * exclude ("word__text", "word__place") from typed
"""


PLAIN = {"name": "xy_plain_name", "text": "xy_plain_text", "uscc": "xy_plain_uscc", "id_number": "xy_plain_id"}
"""Kind of column -> macro that holds for texts which mean themselves."""


def _plain(contract: Contract, c: Column) -> str:
    """Returns SQL over ``{text}`` that holds for texts which need no reading; '' where every text does."""
    if comparing(c) or c.kind not in PLAIN:
        return ""
    tokens = [t for t in _tokens(contract, c) if c.kind in ("name", "text") or (len(t) == 18 and t[0] != "0")]
    lengths = ", ".join(map(str, sorted({len(token) for token in tokens} | {0})))
    listed = ", ".join(map(quoted, tokens)) or "''"
    return f"""case when not {PLAIN[c.kind]}({{text}}) then false
        when length({{text}}) in ({lengths}) then xy_one_form({{text}}) not in ({listed}) else true end"""


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


def _auxiliary(c: Column, compared: str) -> list[str]:
    clean = f'"{c.name}__clean"'
    if compared:
        return [f'{compared}({clean}) as "{c.name}__key"']
    if c.kind == "name":
        text = f'"{c.name}__text"'
        return [f'case when {clean} is not null then xy_hidden(xy_name_norm({text})) end as "{c.name}__norm"']
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
        return [f'{_list_of(c)} as "{c.name}"', f'{_unknown_in_list(c)} as "{c.name}__unknown"']
    by_kind = {
        "name": f"case when {clean} is not null then xy_hidden(xy_name({text})) end",
        "date": f"xq_date({clean})",
        "number": f"case when {clean} is not null and not contains({clean}, '***') then xy_number({text}) end",
        "integer": f"case when {clean} is not null and not contains({clean}, '***') then xy_integer({text}) end",
    }
    return [f'{by_kind.get(c.kind, clean)} as "{c.name}"']


def _value_of(c: Column, key_sql: str) -> str:
    """Returns SQL for the enumerated value that a key means, null for an unknown one."""
    values = {key(spelling): entry.value for entry in c.enum for spelling in (entry.value, *entry.aliases)}
    return f"map([{', '.join(map(quoted, values))}], [{', '.join(map(quoted, values.values()))}])[{key_sql}]"


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


def _unknown_in_list(c: Column) -> str:
    """Returns SQL that is true where a list cell holds a value that its enumeration lacks."""
    if not c.enum:
        return "false"
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
