"""Merges a correction into what it corrects (semantics 4.3).

Rows of the correction replace rows of the list or batch by key and remove nobody. If what it corrects was rejected,
or a domain of it is held, the whole is decided anew, on the day of the correction; the counts of the first file stay.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ingest.contract_model import RECEIPT_HEADERS, Contract
from quality.registry import batch_files
from quality.resolution import subject
from quality.rules.codes import code_column
from quality.verdict import Counts, DomainCount, Limits, ListState, Verdict, judge

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings

ROW_ID_HEADER = RECEIPT_HEADERS[-1]
"""Header of the hidden column of a receipt that says which row of which submission stands there."""

ROW_MARK = "#"
"""Between submission and row in that column; the number alone means the submission that is corrected."""


@dataclass(frozen=True)
class Merge:
    """What a correction decides, for itself and for what it corrects."""

    verdict: Verdict
    counts: Counts
    row_decisions: list[list[Any]] = field(default_factory=list)  # of earlier rows: closed or accepted
    list_decisions: list[list[Any]] = field(default_factory=list)  # of the corrected submission
    verdicts: list[list[Any]] = field(default_factory=list)  # submission_id, decided_at, verdict, correction


def members_of(con: duckdb.DuckDBPyConnection, root: str, before: str | None = None) -> list[str]:
    """Returns a submission and its judged corrections, also corrections of corrections, in order of receipt.

    Args:
        con: warehouse.
        root: the submission that is corrected.
        before: only what had arrived before this submission.
    """
    rows = con.execute(
        """
        with recursive members as (
            select submission_id, received_at, sha256 from quality.submissions where submission_id = $root
            union
            select s.submission_id, s.received_at, s.sha256
            from quality.submissions as s inner join members as m on s.corrects_submission_id = m.submission_id
        )
        select m.submission_id
        from members as m
        semi join quality.submission_verdicts as v on m.submission_id = v.submission_id
        where $before is null or (m.received_at, m.sha256) < (
            select (received_at, sha256) from quality.submissions where submission_id = $before)
        order by m.received_at, m.sha256
        """,
        {"root": root, "before": before},
    ).fetchall()
    return [row[0] for row in rows]


def merge(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    contract: Contract,
    correction: str,
    root: str,
    own: Counts,
    limits: Limits,
    former: dict[tuple[str, str], int],
    disabled: frozenset[str],
) -> Merge:
    """Returns what the correction decides.

    Args:
        con: warehouse, with ``g_row`` and ``g_mark`` of the correction.
        settings: of the deployment.
        contract: of the feed.
        correction: submission that corrects.
        root: submission that is corrected, at the end of the chain.
        own: counts of the correction by itself.
        limits: thresholds.
        former: subjects of the list in force before, per submission and domain.
        disabled: rules that are off.
    """
    if own.fatal:
        return Merge(judge(own, limits, disabled), own)
    _load_standing(con, settings, contract, correction, root)
    _pair(con, contract, correction, root)
    _keep_masked_numbers(con, contract)
    received = _one(con, "select received_at from g_sub where submission_id = $1", [correction])
    state = _one(
        con,
        """
        select arg_max(verdict, decided_at) from quality.submission_verdicts
        where submission_id = $1 and decided_at <= $2
    """,
        [root, received],
    )
    lists: dict[str, ListState] = dict(
        con.execute(
            """
        select domain_code, arg_max(list_state, decided_at) from quality.list_decisions
        where submission_id = $1 and decided_at <= $2 group by domain_code
    """,
            [root, received],
        ).fetchall()
    )
    whole = _merged_counts(con, contract, correction, own, former)
    subjects = {d.domain_code: d.subjects for d in whole.domains}
    own = replace(own, domains=tuple(replace(d, subjects=subjects.get(d.domain_code, d.subjects)) for d in own.domains))
    if state != "rejected" and "held" not in lists.values():
        verdict = judge(own, limits, disabled)
        closed = [] if verdict.name == "rejected" else _closed(con, received, correction)
        return Merge(verdict, own, row_decisions=closed)
    return _decided_anew(con, contract, correction, root, own, whole, limits, lists, received, disabled)


def _decided_anew(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    correction: str,
    root: str,
    own: Counts,
    whole: Counts,
    limits: Limits,
    lists: dict[str, ListState],
    received: Any,
    disabled: frozenset[str],
) -> Merge:
    """Returns the decision about the corrected submission as a whole."""
    verdict = judge(whole, limits, disabled)
    rejected = verdict.name == "rejected"
    rows = _closed(con, received, correction)
    name = "rejected" if rejected else "accepted_with_remarks"
    verdicts = [[root, received, name, correction]]
    if not rejected:
        released = [
            [s, i, received, "accepted", "corrected", None, None, correction]
            for s, i, domain in con.execute("""
                select submission_id, row_id, domain_code from g_standing
                where row_state = 'quarantined' and is_sound and not is_replaced order by 1, 2
            """).fetchall()
            if domain is None or domain not in verdict.held
        ]
        rows += released
        # earlier corrections that waited with it are in now, too
        verdicts += [[s, received, name, correction] for s in sorted({r[0] for r in released} - {root})]
    decisions: list[list[Any]] = []
    if contract.submission == "full_list":
        for d in whole.domains:
            state: ListState = "held" if d.domain_code in verdict.held else "refused" if rejected else "in_force"
            if d.is_own and lists.get(d.domain_code) != state:
                decisions.append([root, d.domain_code, received, state, None, f"更正 {correction}"])
    accepted = sum(d.sound_rows for d in own.domains if d.domain_code in verdict.held)
    mine = Verdict(
        "rejected" if rejected else "accepted_with_remarks" if own.has_remarks or verdict.held else "accepted",
        verdict.reject_rule,
        verdict.held,
        0 if rejected else own.sound_rows - accepted,
        verdict.findings,
    )
    if not rejected and mine.rows_accepted == 0:
        mine = replace(mine, name="rejected", reject_rule="X-SHRINK" if verdict.held else "X-EMPTY")
    return Merge(mine, own, rows, decisions, verdicts)


def _one(con: duckdb.DuckDBPyConnection, query: str, values: list[Any]) -> Any:
    row = con.execute(query, values).fetchone()
    return row[0] if row else None


def _closed(con: duckdb.DuckDBPyConnection, received: Any, correction: str) -> list[list[Any]]:
    return [
        [s, i, received, "closed", "corrected", None, None, correction]
        for s, i in con.execute(
            "select submission_id, row_id from g_standing where is_replaced order by 1, 2"
        ).fetchall()
    ]


def _key_parts(contract: Contract) -> list[tuple[str, str]]:
    """Returns (key column, column of the raw batch that holds it); the code is not among them, see ``_pair``."""
    code = code_column(contract)
    names = {c.name: ("domain_code" if c.kind == "domain" else c.name) for c in contract.columns}
    return [(k, names[k]) for k in contract.key if k != code]


def _load_standing(
    con: duckdb.DuckDBPyConnection, settings: Settings, contract: Contract, correction: str, root: str
) -> None:
    """Creates ``g_standing``: rows of what is corrected that still stand, with the columns that were in error."""
    members = members_of(con, root, correction)
    files = batch_files(settings, contract.feed, members)
    parts = "".join(f', cast(r."{raw}" as varchar) as "k_{k}"' for k, raw in _key_parts(contract))
    hashes = [c.encrypted_name for c in contract.columns if c.kind == "id_number"]
    kept = "".join(f', r."{h}"' for h in hashes)
    kept += "".join(f', r."{c.name}__text"' for c in contract.columns if c.kind == "id_number")
    source = "read_parquet($files, union_by_name = true)" if files else "(select * from g_row where false)"
    missing = "" if files else ", cast(null as varchar) as row_state, cast(null as varchar[]) as rule_ids"
    con.execute(
        f"""
        create or replace temp table g_standing as
        with raw as (select *{missing} from {source}),
        decided as (
            select submission_id, row_id, arg_max(row_state, decided_at) as row_state
            from quality.row_decisions
            where submission_id in (select unnest($members))
                and decided_at <= (select received_at from g_sub where submission_id = $correction)
            group by all
        ),
        faults as (
            select submission_id, row_id, list(coalesce(column_name, '')) as columns
            from quality.findings
            where submission_id in (select unnest($members)) and severity = 'error' and row_id is not null
            group by all
        )
        select r._submission_id as submission_id, r._row_id as row_id, r.domain_code, r.is_own_domain,
            r.resolved_uscc, r.name_norm, coalesce(d.row_state, r.row_state) as row_state,
            f.columns is null and not coalesce(list_contains(r.rule_ids, 'X-REPEAT'), false) as is_sound,
            f.columns is not null as is_error, coalesce(f.columns, []) as faults,
            coalesce(r.resolved_uscc, r.name_norm, '#' || r._submission_id || cast(r._row_id as varchar)) as subject,
            false as is_replaced{parts}{kept}
        from raw as r
        left join decided as d on r._submission_id = d.submission_id and r._row_id = d.row_id
        left join faults as f on r._submission_id = f.submission_id and r._row_id = f.row_id
        where coalesce(d.row_state, r.row_state) <> 'closed'
        """,
        {"members": members, "correction": correction} | ({"files": files} if files else {}),
    )


def _pair(con: duckdb.DuckDBPyConnection, contract: Contract, correction: str, root: str) -> None:
    """Creates ``g_pair`` and marks in ``g_standing`` what the sound rows of the correction replace.

    A row is replaced by the row that names its number (a returned receipt), else by the row that agrees with every key
    part that it has right; in place of a code that is missing or wrong stands the exact normalised name. A number
    counts only where the row that it names still stands: a receipt may be older than the list that it comes back to.
    """
    keys = [k for k, _ in _key_parts(contract)]
    agreed = [f'(m."k_{k}" is null or list_contains(m.faults, \'{k}\') or m."k_{k}" = n."k_{k}")' for k in keys]
    code = code_column(contract)
    if code is not None:
        is_known = f"m.resolved_uscc is not null and not list_contains(m.faults, '{code}')"
        ways = [f"m.resolved_uscc = n.resolved_uscc and {is_known}", f"m.name_norm = n.name_norm and not ({is_known})"]
    else:  # without the first part of the key only the number of a row tells which one is meant
        ways = [f'm."k_{keys[0]}" = n."k_{keys[0]}"'] if keys else []
    columns = "".join(f', cast(r."{raw}" as varchar) as "k_{k}"' for k, raw in _key_parts(contract))
    con.execute(
        f"""
        create or replace temp table g_named as
        select r._submission_id as n_submission, r._row_id as n_row, r.resolved_uscc, r.name_norm,
            m.submission_id as of_submission, m.row_id as of_row{columns}
        from (
            select *, json_extract_string(_extra, $path) as said,
                if(contains(said, $mark), split_part(said, $mark, 1), $root) as named_submission,
                try_cast(if(contains(said, $mark), split_part(said, $mark, 2), said) as bigint) as named_row
            from g_row where _submission_id = $correction
        ) as r
        left join g_mark as k using (_submission_id, _row_id)
        left join g_standing as m on r.named_submission = m.submission_id and r.named_row = m.row_id
        where not coalesce(k.is_error or k.is_repeat, false)
        """,
        {"correction": correction, "root": root, "mark": ROW_MARK, "path": f'$."{ROW_ID_HEADER}"'},
    )
    by_key = "".join(
        f"""
        union
        select m.submission_id, m.row_id, n.n_submission, n.n_row
        from g_standing as m inner join g_named as n on n.of_row is null and {" and ".join([way, *agreed])}"""
        for way in ways
    )
    con.execute(f"""
        create or replace temp table g_pair as
        select of_submission as submission_id, of_row as row_id, n_submission, n_row
        from g_named where of_row is not null{by_key}
    """)
    con.execute("""
        update g_standing set is_replaced = true
        where (submission_id, row_id) in (select (submission_id, row_id) from g_pair)
    """)


def _keep_masked_numbers(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Takes over the ID number of the replaced row where the correction holds a masked one (semantics 7.5)."""
    for c in contract.columns:
        if c.kind != "id_number":
            continue
        con.execute(f"""
            update g_kept set "{c.encrypted_name}" = o."{c.encrypted_name}", "{c.name}__text" = o."{c.name}__text"
            from (
                select p.n_submission, p.n_row, any_value(m."{c.encrypted_name}") as "{c.encrypted_name}",
                    any_value(m."{c.name}__text") as "{c.name}__text"
                from g_pair as p inner join g_standing as m using (submission_id, row_id)
                group by all having count(*) = 1
            ) as o
            where g_kept._submission_id = o.n_submission and g_kept._row_id = o.n_row
                and contains(g_kept."{c.name}__text", '*')
        """)


def _merged_counts(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    correction: str,
    own: Counts,
    former: dict[tuple[str, str], int],
) -> Counts:
    """Returns the counts of the corrected submission as it is with the correction merged in."""
    con.execute(
        f"""
        create or replace temp table g_whole as
        select domain_code, is_own_domain, subject, is_error, is_sound from g_standing where not is_replaced
        union all
        select r.domain_code, r.is_own_domain, {subject(contract)}, coalesce(k.is_error, false),
            not coalesce(k.is_error or k.is_repeat, false)
        from g_row as r left join g_mark as k using (_submission_id, _row_id)
        where r._submission_id = $1
        """,
        [correction],
    )
    total, errors, sound = con.execute(
        "select count(*), count(*) filter (is_error), count(*) filter (is_sound) from g_whole"
    ).fetchone() or (0, 0, 0)
    domains = tuple(
        DomainCount(code, name, is_own, rows, sound_rows, subjects, former.get((correction, code)))
        for code, name, is_own, rows, sound_rows, subjects in con.execute("""
            select w.domain_code, min(d.domain_name), bool_or(w.is_own_domain), count(*), count(*) filter (w.is_sound),
                count(distinct w.subject)
            from g_whole as w
            left join (select distinct domain_code, domain_name from g_domains) as d using (domain_code)
            where w.domain_code is not null group by w.domain_code order by 1
        """).fetchall()
    )
    return Counts(
        rows=total,
        error_rows=errors,
        sound_rows=sound,
        domains=domains,
        has_remarks=True,
        replaces_list=contract.submission == "full_list",
        is_zero_report=own.is_zero_report,
    )
