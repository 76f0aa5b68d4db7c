"""Returns the query that says of every typed row whom and what it is about (semantics 3.2, 3.8; design.md 5).

Order: exact code, then organisation code or registration number through the registry, then the unique exact
normalised name; natural persons are never resolved. A masked code must agree with what it shows. Nothing is repaired.
Columns added for the rules begin with ``_``; those of the raw batch carry their own names.
"""

from __future__ import annotations

from ingest.contract_model import Column, Contract
from quality.lookups import NO_DOMAIN
from quality.rules.check import is_filled, is_required
from quality.rules.codes import code_column, name_column
from quality.rules.rows import domain_column
from quality.typing_sql import TypedBatch, quoted

PERSON = "自然人"
"""Value of 行政相对人类别 that makes the counterpart a natural person (semantics 3.1)."""

SHORTEST_NAME = 4
"""Characters of the shortest name that is compared: three or fewer are none (domain.md 4 NAME*)."""


def resolved_batch(typed: TypedBatch) -> str:
    """Returns the query over the typed rows, ``g_sub`` and the lookup tables that gives ``g_row`` without its hits."""
    contract = typed.contract
    steps = [_situated(typed), _recognised(contract), _matched(contract), _settled(contract), _graded(contract)]
    names = ("situated", "recognised", "matched", "settled", "graded")
    ctes = ",\n".join(f"{name} as ({sql})" for name, sql in zip(names, steps, strict=True))
    return f"with {ctes}\nselect *, {_counts(contract)}, {_keys(contract)}, {_spelling(typed)} from graded"


def _situated(typed: TypedBatch) -> str:
    """Adds whose row it is: sender, month, domain and its owner."""
    contract = typed.contract
    domain = domain_column(contract)
    keys = _keys_only_columns(contract)
    owner = contract.owner
    if domain is None:
        fixed = owner.removeprefix("department:") if owner.startswith("department:") else ""
        owner_name = (
            f"(select min(department_name) from seed_departments where department_code = {quoted(fixed)})"
            if fixed
            else "cast(null as varchar)"
        )
        own = f"""cast(null as varchar) as domain_code, cast(null as boolean) as is_own_domain,
            cast(null as varchar) as _domain_name, {owner_name} as _owner_name"""
        join = ""
    else:
        also = owner.removeprefix("domain_owner_or:") if owner.startswith("domain_owner_or:") else None
        permitted = f" or s.department_code = {quoted(also)}" if also else ""
        own = f"""d.domain_code, d.domain_name as _domain_name, d.department_name as _owner_name,
            case when d.domain_code is not null
                then coalesce(s.department_code = d.department_code{permitted}, false) end as is_own_domain"""
        join = f'left join g_domain as d on t."{domain}__key" = d.domain_key and s.period_end = d._period_end'
    units = [_unit(contract, c) for c in contract.columns if c.kind == "department" or c.name.endswith("_unit_name")]
    unit_columns = "".join(f", {column}" for column, _ in units)
    unit_joins = "\n".join(join_sql for _, join_sql in units)
    return f"""
        select t.*, s.epoch as _epoch, s.department_code as _sender, s.department_name as _sender_name,
            s.domain_names as _sender_domains, s.period_end as _period_end, s.received_on as _received_on,
            t._operation = 'delete' as _is_delete,
            t._operation = 'delete' and t._record_id is not null as _is_record_delete,
            {own}{unit_columns}, {keys}
        from {typed.relation(c.name for c in contract.columns)} as t
        inner join g_sub as s on t._submission_id = s.submission_id
        {join}
        {unit_joins}
    """


def _keys_only_columns(contract: Contract) -> str:
    """Adds whether the row is about a natural person."""
    category = next((c for c in contract.columns if any(e.value == PERSON for e in c.enum)), None)
    if category is None:
        return "false as _is_person"
    return f't."{category.name}" is not distinct from {quoted(PERSON)} as _is_person'


def _unit(contract: Contract, c: Column) -> tuple[str, str]:
    """Adds which department a unit's name means, and its code where the feed has one beside it."""
    code = f"{c.name.removesuffix('_name')}_code"
    alias = f"u_{c.name}"
    join = f'left join g_unit_names as {alias} on t."{c.name}__key" = {alias}.unit_key'
    column = f'{alias}.department_code as "{c.name}__unit_by_name", {alias}.department_name as "{c.name}__unit_name"'
    if code in {x.name for x in contract.columns}:
        join += f'\nleft join g_unit_codes as {alias}_c on t."{code}__key" = {alias}_c.unit_code'
        return f'{column}, {alias}_c.department_code as "{c.name}__unit_by_code"', join
    return f'{column}, cast(null as varchar) as "{c.name}__unit_by_code"', join


def _recognised(contract: Contract) -> str:
    """Adds what the code is, what the registry says of it, and whether the name can be compared."""
    code, name = code_column(contract), name_column(contract)
    name_norm = f'"{name}__norm"' if name else "null"
    usable = f"coalesce(length(r.name_norm) >= {SHORTEST_NAME} and not contains(r.name_norm, '*'), false)"
    if code is None:
        return f"""
            select r.*, {usable} as _name_usable
            from (select *, cast({name_norm} as varchar) as name_norm from situated) as r
        """
    return f"""
        select r.*, {usable} as _name_usable, k.registry_name as _registry_name, k.name_norm as _registry_name_norm,
            k.formers as _registry_formers,
            coalesce("{code}__class" = 'person' and k.uscc is null and not _is_person, false) as _is_id_number,
            case when not _is_person
                and ("{code}__class" = 'uscc' or ("{code}__class" = 'person' and k.uscc is not null))
                then "{code}__clean" end as "{code}"
        from (select *, cast({name_norm} as varchar) as name_norm from situated) as r
        left join g_registry as k on r._epoch = k.epoch and r."{code}__clean" = k.uscc
    """


def _matched(contract: Contract) -> str:
    """Adds the enterprise that a code which cannot be used means: by old number, else by name."""
    code = code_column(contract)
    if code is None:
        return "select *, false as _needs_name from recognised"
    return f"""
        select r.*, o.uscc as _by_organisation, g.uscc as _by_registration,
            r."{code}" is null and not _is_person and not _is_id_number and o.uscc is null and g.uscc is null
                as _needs_name,
            case when r._name_usable and not _is_person and not _is_id_number and (
                "{code}__class" is distinct from 'MASKED'
                or n.uscc like regexp_replace("{code}__clean", '[*]+', '%', 'g')
            ) then n.uscc end as _by_name
        from recognised as r
        left join g_by_organisation as o
            on r._epoch = o.epoch and r."{code}__clean" = o.number and r."{code}__class" = 'OLDORG' and not r._is_person
        left join g_by_registration as g
            on r._epoch = g.epoch and r."{code}__clean" = g.number and r."{code}__class" = 'OLDREG' and not r._is_person
        left join g_by_name as n on r._epoch = n.epoch and r.name_norm = n.name_norm and r."{code}" is null
    """


def _settled(contract: Contract) -> str:
    """Adds whom the row is about, and the keyed hashes that stand for persons' numbers."""
    code, name = code_column(contract), name_column(contract)
    if code is None:
        return """
            select *, cast(null as varchar) as resolved_uscc, cast(null as varchar) as match_method,
                cast(null as boolean) as is_check_ok
            from matched
        """
    person = next((c for c in contract.columns if c.name == code), None)
    hashes = []
    if person is not None and person.encrypted_name:
        hashes.append(
            f"case when _is_person and not contains(\"{code}__clean\", '*') "
            f'then person_hash(xq_id_of("{code}__clean")) end '
            f'as "{person.encrypted_name}"'
        )
    ids = [c for c in contract.columns if c.kind == "id_number"]
    hashes += [f'{_swapped(contract, c, code, name)} as "{c.name}__swapped"' for c in ids]
    extra = "".join(f", {sql}" for sql in hashes)
    return f"""
        select *,
            case when _is_person then null
                else coalesce("{code}", _by_organisation, _by_registration, _by_name) end as resolved_uscc,
            case when _is_person then 'natural_person'
                when "{code}" is not null then 'uscc'
                when _by_organisation is not null then 'organisation_code'
                when _by_registration is not null then 'registration_no'
                when _by_name is not null then 'name'
                else 'unresolved' end as match_method,
            xy_uscc_check_ok("{code}") as is_check_ok{extra}
        from matched
    """


def _swapped(contract: Contract, c: Column, code: str, name: str | None) -> str:
    """Returns SQL: does the ID number repeat a name or the code of the subject (domain.md 4 SWAP)?"""
    others = [f'(not _is_person and "{c.name}__clean" = "{code}__clean")']
    names = [x.name for x in contract.columns if x.name in ("legal_representative_name", name)]
    others += [f'"{c.name}__clean" = xy_key("{n}__text")' for n in names]
    return f'case when "{c.name}__clean" is null then false else coalesce({" or ".join(others)}, false) end'


def _graded(contract: Contract) -> str:
    """Adds the meaning of a grade, and whether a repair's listing is known."""
    grade = next((c for c in contract.columns if c.kind == "grade"), None)
    columns, joins = ["r.*"], []
    ids = [c for c in contract.columns if c.kind == "id_number"]
    columns += [  # a masked number says nothing about whose it is
        f"""case when "{c.name}__clean" is not null and not "{c.name}__swapped" and not contains("{c.name}__clean", '*')
            then person_hash("{c.name}__id") end as "{c.encrypted_name}\""""
        for c in ids
    ]
    if grade is not None:
        domain = "r.domain_code" if domain_column(contract) else f"'{NO_DOMAIN}'"
        stated = any(c.name == "evaluation_standard" for c in contract.columns)
        standard = 'r."evaluation_standard__key"' if stated else "cast(null as varchar)"
        columns[0] = f'r.* exclude ("{grade.name}", "{grade.name}__kinds")'
        kinds = f'r."{grade.name}__kinds"'
        columns += [
            f"""case when g.grade <> r."{grade.name}__clean" then list_append({kinds}, 'ALIAS') else {kinds} end
                as "{grade.name}__kinds\"""",
            f"{domain} as _scale_domain",
            "g.grade as _grade",
            "g.scale_id",
            "g.tier",
            "g.expected as _grade_expected",
            f'coalesce(g.grade, r."{grade.name}__clean") as "{grade.name}"',
        ]
        joins.append(
            f"left join g_grade as g on {domain} = g.domain_code and g.standard_key is not distinct from {standard} "
            f'and r."{grade.name}__key" = g.grade_key and r._period_end = g._period_end'
        )
    if any(rule.rule_id == "X-UNMATCHED" for rule in contract.rules):
        columns.append("l.domain_code is not null as _is_listed")
        joins.append(
            "left join g_listed as l on r._submission_id = l.submission_id and r.domain_code = l.domain_code "
            "and r.resolved_uscc = l.uscc and r.listed_on = l.published_on"
        )
    return f"select {', '.join(columns)} from settled as r {' '.join(joins)}"


def _counts(contract: Contract) -> str:
    """Returns SQL for the required cells of a row and how many of them are filled; a withdrawal needs its keys."""
    keys = set(contract.key)
    needed, filled = ["0"], ["0"]
    for c in contract.columns:
        if not (c.required or c.required_when or c.name in keys):
            continue
        condition = is_required(c)
        if c.name in keys:
            condition = f"not _is_record_delete and ({condition})"
        else:
            condition = f"not _is_delete and ({condition})"
        needed.append(f"cast({condition} as integer)")
        filled.append(f"cast({condition} and {is_filled(c)} as integer)")
    return (
        f"cast({' + '.join(needed)} as integer) as required_cells, "
        f"cast({' + '.join(filled)} as integer) as required_filled"
    )


def _keys(contract: Contract) -> str:
    """Returns SQL for what makes rows the same: business key and whole content (semantics 3.3)."""
    code = code_column(contract)
    person = next((c.encrypted_name for c in contract.columns if c.name == code), None)
    subject_parts = ["resolved_uscc"] if code else []
    if person:
        subject_parts.append(f'"{person}"')
    if code:
        subject_parts.append(f'"{code}__clean"')
    whom = f"coalesce({', '.join(subject_parts)})" if subject_parts else "null"
    values: dict[str, str] = {}
    for c in contract.columns:
        if c.name == code:
            values[c.name] = whom
        elif c.kind == "domain":
            values[c.name] = f'coalesce(domain_code, "{c.name}__key")'
        elif c.kind == "id_number":
            values[c.name] = f'"{c.encrypted_name}"'
        else:
            values[c.name] = f'"{c.name}"'
    key = ", ".join(values[k] for k in contract.key)
    content = ", ".join([*values.values(), "_operation"])
    if contract.submission == "records":  # the key of a record without an id includes all of its content
        key_hash = f"case when _record_id is not null then hash(_record_id) else hash({content}) end"
    else:
        key_hash = f"hash({key})"
    return f"{key_hash} as _key, hash({content}, _record_id) as _content"


def subject(contract: Contract) -> str:
    """Returns SQL over ``g_row as r``: who stands on a list, a row of nobody known for itself (semantics 4.2)."""
    uscc = "r.resolved_uscc, " if code_column(contract) else ""
    name = "r.name_norm, " if name_column(contract) else ""
    return f"coalesce({uscc}{name}'#' || cast(r._row_id as varchar))"


def _spelling(typed: TypedBatch) -> str:
    """Returns SQL for the struct list of spelling that was undone, by column; most rows need no list built."""
    lists = ", ".join(
        f"list_transform(coalesce(\"{name}__kinds\", []), lambda k: {{'column_name': '{name}', 'kind': k}})"
        for name in typed.spelled
    )
    lengths = " + ".join(f'coalesce(len("{name}__kinds"), 0)' for name in typed.spelled)
    none = "cast([] as struct(column_name varchar, kind varchar)[])"
    return f"{f'case when {lengths} = 0 then {none} else flatten([{lists}]) end' if lists else none} as normalisations"
