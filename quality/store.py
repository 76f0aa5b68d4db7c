"""Writes what a pass decided: raw batches as Parquet, then the ledger's tables in one transaction."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest import durable
from ingest.contract_model import Contract
from ingest.raw_schema import raw_columns
from quality import findings
from quality.corrections import Merge
from quality.lookups import NO_DOMAIN
from quality.measures import Frame
from quality.rules.codes import code_column
from quality.tables import DOMAINS, FINDINGS, LIST_DECISIONS, MEASURES, VERDICTS, insert_rows
from quality.typing_sql import quoted
from quality.verdict import list_states

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings
    from quality.batch import Arrived, Judged

ROW_DECISIONS = (
    ("submission_id", "varchar"),
    ("row_id", "bigint"),
    ("decided_at", "timestamp"),
    ("row_state", "varchar"),
    ("cause", "varchar"),
    ("uscc", "varchar"),
    ("match_method", "varchar"),
    ("cause_submission_id", "varchar"),
)

TABLES = ("submission_verdicts", "submission_domains", "list_decisions", "findings", "quarantine", "measures")
"""What judging writes for a submission, all of it keyed by submission_id."""


MANY_ROWS = 50_000
"""Rows of a submission from which it pays to ask what all of them share."""

FEW_ROWS = 2_048
"""Rows that are asked first whether a column holds one value."""


@dataclass
class Plan:
    """Later decisions about earlier submissions, made by the corrections of a pass."""

    merges: list[Merge] = field(default_factory=list)

    def add(self, merge: Merge) -> None:
        """Adds what one correction decides."""
        self.merges.append(merge)


def decide_rows(con: duckdb.DuckDBPyConnection, judged: list[Judged]) -> None:
    """Creates ``g_state``: rows of which there is something to say: state, rules that broke, rules that keep it out.

    Raises:
        RuntimeError: rows accepted and quarantined do not add up to the verdict; nothing is stored then.
    """
    con.execute("create or replace temp table g_verdict (submission_id varchar, reject_rule varchar)")
    insert_rows(
        con,
        "g_verdict",
        (("submission_id", "varchar"), ("reject_rule", "varchar")),
        [(j.submission_id, j.verdict.reject_rule) for j in judged if j.verdict.name == "rejected"],
    )
    con.execute("create or replace temp table g_held (submission_id varchar, domain_code varchar)")
    insert_rows(
        con,
        "g_held",
        (("submission_id", "varchar"), ("domain_code", "varchar")),
        [(j.submission_id, d) for j in judged for d in sorted(j.verdict.held)],
    )
    con.execute("""
        create or replace temp table g_state as
        with batch as (
            select r._submission_id, r._row_id, m.is_error, m.is_repeat, coalesce(m.rule_ids, []) as own,
                coalesce(m.causes, []) as own_causes,
                v.submission_id is not null as is_rejected,
                list_distinct(list_filter([
                    case when h.domain_code is not null then 'X-SHRINK' end,
                    case when v.submission_id is not null and (v.reject_rule <> 'X-SHRINK' or h.domain_code is null)
                        then v.reject_rule end
                ], lambda x: x is not null)) as from_batch
            from g_row as r
            left join g_mark as m using (_submission_id, _row_id)
            left join g_verdict as v on r._submission_id = v.submission_id
            left join g_held as h on r._submission_id = h.submission_id and r.domain_code = h.domain_code
            where m._row_id is not null or v.submission_id is not null or h.domain_code is not null
        )
        select _submission_id, _row_id,
            case when is_rejected or coalesce(is_error, false) or coalesce(is_repeat, false) or len(from_batch) > 0
                then 'quarantined' else 'accepted' end as row_state,
            list_concat(own, from_batch) as rule_ids, list_concat(own_causes, from_batch) as causes
        from batch
    """)
    counted = dict(
        con.execute("""
            select r._submission_id, count(*) - coalesce(any_value(s.quarantined), 0)
            from g_row as r
            left join (
                select _submission_id, count(*) as quarantined from g_state where row_state = 'quarantined' group by all
            ) as s using (_submission_id)
            group by all
        """).fetchall()
    )
    for j in judged:
        if counted.get(j.submission_id, 0) != j.verdict.rows_accepted:
            raise RuntimeError(
                f"submission {j.submission_id}: verdict accepts {j.verdict.rows_accepted} rows, the rows say "
                f"{counted.get(j.submission_id, 0)}; nothing is stored"
            )


def write_batches(
    con: duckdb.DuckDBPyConnection, settings: Settings, contract: Contract, submission_ids: list[str]
) -> None:
    """Writes one Parquet per submission: temporary name, fsync, rename. A second time it writes the same bytes."""
    folder = settings.raw_batches / contract.feed
    folder.mkdir(parents=True, exist_ok=True)
    select = dict(_raw_select(contract))
    columns = ", ".join(f'{sql} as "{name}"' for name, sql in select.items())
    rows = f"select {columns} from g_row as r left join g_state as s using (_submission_id, _row_id)"
    if len(submission_ids) == 1:
        sources = [_in_order(con, rows, list(select))]
    else:
        con.execute(f"create or replace temp table g_raw as {rows} order by _submission_id, _row_id")
        sources = [f"select * from g_raw where _submission_id = {quoted(s)} order by _row_id" for s in submission_ids]
    for submission_id, source in zip(submission_ids, sources, strict=True):
        final = folder / f"{submission_id}.parquet"
        temporary = folder / f"{submission_id}.parquet.part"
        con.execute(f"copy ({source}) to '{_escaped(temporary)}' (format parquet, compression zstd)")
        _sync(temporary)
        with durable.point("raw.batch"):
            temporary.replace(final)
    if submission_ids:
        write_empty(con, settings, contract)
        _sync(folder)


def _in_order(con: duckdb.DuckDBPyConnection, rows: str, names: list[str]) -> str:
    """Returns the query of the rows in order; a column that holds one value is not carried through the sort of many.

    Such a text becomes an enumeration of one value: in Parquet it is the same text, written many times quicker.
    """
    if con.execute("select count(*) from g_row").fetchall()[0][0] < MANY_ROWS:
        return f"select * from ({rows}) order by _row_id"
    con.execute(f"set variable one_row = (select r from ({rows}) as r limit 1)")
    values: dict[str, Any] = con.execute("select getvariable('one_row')").fetchall()[0][0] or {}
    same = "getvariable('one_row').\"{}\"".format
    one = [n for n in values if n != "_row_id"]
    for some in (f" limit {FEW_ROWS}", ""):  # most columns vary among the first rows already
        asked = ", ".join(["true", *(f'bool_and("{n}" is not distinct from {same(n)})' for n in one)])
        found = con.execute(f"select {asked} from (select * from ({rows}){some})").fetchall()[0]
        one = [n for n, is_one in zip(one, found[1:], strict=True) if is_one]
    shown = {n: f'"{n}"' for n in names} | {n: f'{same(n)} as "{n}"' for n in one}
    for n in one:
        if isinstance(values[n], str):
            shown[n] = f'cast({quoted(values[n])} as enum({quoted(values[n])})) as "{n}"'
    carried = ", ".join(f'"{n}"' for n in names if n not in one)
    return f"select {', '.join(shown.values())} from (select {carried} from ({rows}) order by _row_id)"


def write_empty(con: duckdb.DuckDBPyConnection, settings: Settings, contract: Contract) -> None:
    """Writes ``_empty.parquet``: typed, without rows, so that a glob over the feed's batches always matches."""
    folder = settings.raw_batches / contract.feed
    target = folder / "_empty.parquet"
    if target.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    columns = ", ".join(f'cast(null as {c.duckdb_type}) as "{c.name}"' for c in raw_columns(contract))
    temporary = folder / "_empty.parquet.part"
    con.execute(f"copy (select {columns} where false) to '{_escaped(temporary)}' (format parquet)")
    temporary.replace(target)


def _escaped(path: Path) -> str:
    return str(path).replace("'", "''")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _raw_select(contract: Contract) -> list[tuple[str, str]]:
    """Returns (column of the raw batch, SQL) in file order; numbers of persons leave as hashes only (design.md 10)."""
    code = code_column(contract)
    coded = next((c for c in contract.columns if c.name == code), None)
    special: dict[str, str] = {
        "row_state": "coalesce(s.row_state, 'accepted')",
        "rule_ids": "coalesce(s.rule_ids, [])",
    }
    for c in contract.columns:
        if c.kind == "domain":
            special[c.name] = f'coalesce(r._domain_name, r."{c.name}")'
        elif c.kind == "department":
            special[c.name] = f'coalesce(r."{c.name}__unit_name", r."{c.name}")'
    if coded is not None:
        person = f'r."{coded.encrypted_name}"' if coded.encrypted_name else "cast(null as varchar)"
        text, clean = f'r."{coded.name}__text"', f'r."{coded.name}__clean"'
        special[f"{coded.name}__text"] = (
            f"case when r._is_id_number or (r._is_person and {text} is not null) "
            f"then 'person:' || coalesce({person}, person_hash(xq_id_of({clean}))) else {text} end"
        )
    found = []
    for raw in raw_columns(contract):
        sql = special.get(raw.name, f'r."{raw.name}"')
        found.append((raw.name, f"cast({sql} as {raw.duckdb_type})"))
    return found


def commit(
    con: duckdb.DuckDBPyConnection, contract: Contract, judged: list[Judged], frame: Frame, plan: Plan, versions: str
) -> None:
    """Stores verdicts, domains, lists, findings, quarantine and measures of a pass in one transaction."""
    con.execute("begin")
    try:
        ids = [j.submission_id for j in judged]
        for table in TABLES:  # nothing is there unless a judgement is repeated by hand
            con.execute(f"delete from quality.{table} where submission_id in (select unnest($1))", [ids])
        received = dict(con.execute("select submission_id, received_at from g_sub").fetchall())
        insert_rows(
            con,
            "quality.submission_verdicts",
            VERDICTS,
            [
                (
                    j.submission_id,
                    received[j.submission_id],
                    "judged",
                    j.verdict.name,
                    j.counts.rows,
                    j.verdict.rows_accepted,
                    j.counts.rows - j.verdict.rows_accepted,
                    versions,
                    None,
                    None,
                    None,
                )
                for j in judged
            ],
        )
        insert_rows(con, "quality.submission_domains", DOMAINS, _domain_rows(con, judged))
        insert_rows(
            con,
            "quality.list_decisions",
            LIST_DECISIONS,
            [
                (j.submission_id, domain, received[j.submission_id], state, None, None)
                for j in judged
                for domain, state in list_states(j.counts, j.verdict).items()
            ],
        )
        _insert_findings(con, contract, judged)
        con.execute(f"""
            insert into quality.quarantine
            select r._submission_id, r._row_id, r.domain_code, {_subject_code(contract)}, r.name_norm, s.causes
            from g_row as r inner join g_state as s using (_submission_id, _row_id)
            where s.row_state = 'quarantined'
            order by 1, 2
        """)
        insert_rows(con, "quality.measures", MEASURES, [[row[name] for name, _ in MEASURES] for row in frame.rows])
        _insert_merges(con, plan)
        with durable.point("verdict.pass"):
            con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise


def _subject_code(contract: Contract) -> str:
    code = code_column(contract)
    return f'coalesce(r."{code}", r.resolved_uscc)' if code else "cast(null as varchar)"


def _domain_rows(con: duckdb.DuckDBPyConnection, judged: list[Judged]) -> list[tuple[Any, ...]]:
    accepted = {
        (s, d): n
        for s, d, n in con.execute("""
            select r._submission_id, r.domain_code, count(*) from g_row as r
            left join g_state as s using (_submission_id, _row_id)
            where s.row_state is distinct from 'quarantined' and r.domain_code is not null group by all
        """).fetchall()
    }
    return [
        (
            j.submission_id,
            d.domain_code,
            bool(d.is_own),
            d.rows,
            accepted.get((j.submission_id, d.domain_code), 0),
            d.subjects,
            d.former_subjects,
            d.is_zero_report,
        )
        for j in judged
        for d in j.counts.domains
        if d.domain_code != NO_DOMAIN
    ]


def _insert_findings(con: duckdb.DuckDBPyConnection, contract: Contract, judged: list[Judged]) -> None:
    rows: list[list[Any]] = []
    for j in judged:
        told = [*j.counts.problems, *j.verdict.findings]
        rows += [findings.batch_finding_row(j.submission_id, contract, finding) for finding in told]
    insert_rows(con, "quality.findings", FINDINGS, rows)
    names = ", ".join(name for name, _ in FINDINGS)
    con.execute(
        f"insert into quality.findings ({names}) select {names} from g_finding order by submission_id, row_id, rule_id"
    )


def _insert_merges(con: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Stores what corrections decide about earlier submissions; counts stay those of the first file."""
    for merge in plan.merges:
        insert_rows(con, "quality.row_decisions", ROW_DECISIONS, merge.row_decisions)
        insert_rows(con, "quality.list_decisions", LIST_DECISIONS, merge.list_decisions)
        for submission_id, decided_at, name, cause in merge.verdicts:
            con.execute(
                """
                insert into quality.submission_verdicts
                select submission_id, $at, 'corrected', $name, rows_received, rows_accepted, rows_quarantined,
                    rule_versions, null, null, $cause
                from quality.submission_verdicts where submission_id = $id and cause = 'judged'
                """,
                {"id": submission_id, "at": decided_at, "name": name, "cause": cause},
            )


def reject_unread(con: duckdb.DuckDBPyConnection, arrived: list[Arrived]) -> list[Judged]:
    """Returns the verdicts about files whose feed is not known: rejected, no rows; the bytes are in the archive."""
    from quality.batch import Judged
    from quality.verdict import BatchFinding, Counts, Verdict

    judged = []
    for a in arrived:
        problems = a.problems or (BatchFinding("X-FEED"),)
        fatal = tuple(p for p in problems if findings.wording_of(None, p.rule_id).severity == "error")
        counts = Counts(0, 0, 0, problems=problems, fatal=fatal or problems)
        judged.append(Judged(a.submission_id, Verdict("rejected", counts.fatal[0].rule_id, frozenset(), 0, ()), counts))
    con.execute("begin")
    try:
        for j in judged:
            con.execute(
                """
                insert into quality.submission_verdicts
                select submission_id, received_at, 'judged', 'rejected', 0, 0, 0, '{}', null, null, null
                from quality.submissions where submission_id = $1
                """,
                [j.submission_id],
            )
            insert_rows(
                con,
                "quality.findings",
                FINDINGS,
                [findings.batch_finding_row(j.submission_id, None, f) for f in j.counts.problems],
            )
        with durable.point("verdict.unread"):
            con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise
    return judged
