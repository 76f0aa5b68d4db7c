"""Judges all submissions of one feed that do not depend on each other, in one set-based pass, and writes the result.

Raw batches are written first (temporary name, fsync, rename), then everything else in one transaction: a run that is
killed in between judges the same submissions again and gets the same result.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.contract_model import Contract
from ingest.normalise import key
from quality import corrections, findings, lists, lookups, registry, store
from quality.marking import mark, measured
from quality.measures import add_shares
from quality.resolution import subject
from quality.suite import validate
from quality.typing_sql import quoted, read_words
from quality.verdict import BatchFinding, Counts, DomainCount, Limits, Verdict, judge

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from ingest.settings import Settings
    from quality.rules.check import Check

SMALL_PASS = 20_000
"""Rows up to which a pass keeps its texts and its intermediate layers in memory."""


@dataclass(frozen=True)
class Arrived:
    """A submission as read: its texts, and what is to be said about the file."""

    submission_id: str
    texts: str  # query of its texts as the parser gave it; '': no rows
    rows: int
    zero_report: str | None  # text that names the domain; '': only headers; None: no zero report
    problems: tuple[BatchFinding, ...] = ()


@dataclass(frozen=True)
class Judged:
    """What became of a submission."""

    submission_id: str
    verdict: Verdict
    counts: Counts


def judge_batch(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    contract: Contract,
    arrived: list[Arrived],
    disabled: frozenset[str] = frozenset(),
) -> list[Judged]:
    """Returns the verdicts; all of them are stored, or none.

    Args:
        con: warehouse, with the policy tables of ``lookups.load_policy``.
        settings: of the deployment.
        contract: of the feed of all these submissions.
        arrived: submissions that do not depend on each other.
        disabled: ids of rules that are off; only tests switch rules off.
    """
    with _planning(con, sum(a.rows for a in arrived)):
        return _judge(con, settings, contract, arrived, disabled)


@contextmanager
def _planning(con: duckdb.DuckDBPyConnection, rows: int) -> Iterator[None]:
    """Spares the planner what costs more than it gains here: half of the time of a small pass is planning.

    Lists of constants are not turned into joins; in a small batch the layers of typing are kept apart instead of being
    merged into one long expression, in a large one they are merged so that rows stream through them.
    """
    off = "in_clause, cte_inlining" if rows <= SMALL_PASS else "in_clause"
    con.execute(f"set disabled_optimizers = '{off}'")
    try:
        yield
    finally:
        con.execute("set disabled_optimizers = ''")


def _judge(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    contract: Contract,
    arrived: list[Arrived],
    disabled: frozenset[str],
) -> list[Judged]:
    """Returns the verdicts after storing everything that a pass says."""
    _open(con, [a.submission_id for a in arrived])
    checks = _mark_rows(con, settings, contract, arrived, disabled)
    measures = measured(con, checks)
    limits = load_limits(con, settings, contract)
    former = lists.former_subjects(con, contract.feed) if contract.submission == "full_list" else {}
    counts = _counts(con, contract, arrived, former, disabled)
    judged: list[Judged] = []
    plan = store.Plan()
    roots = dict(con.execute("select submission_id, root_id from g_sub where root_id is not null").fetchall())
    # a correction that nothing was sent before must not remove anybody either: it is held as soon as one is missing
    strict = replace(limits, shrink_floor=1, shrink_share=1.0)
    baseless = {
        row[0]
        for row in con.execute("select submission_id from g_sub where is_correction and root_id is null").fetchall()
    }
    for a in arrived:
        count = counts[a.submission_id]
        root = roots.get(a.submission_id)
        if root is None:
            verdict = judge(count, strict if a.submission_id in baseless else limits, disabled)
        else:
            merged = corrections.merge(con, settings, contract, a.submission_id, root, count, limits, former, disabled)
            verdict, count = merged.verdict, merged.counts
            plan.add(merged)
        judged.append(Judged(a.submission_id, verdict, count))
    frame = add_shares(contract, measures)
    validate(contract, frame, disabled)
    store.decide_rows(con, judged)
    store.write_batches(con, settings, contract, [a.submission_id for a in arrived if a.texts])
    store.commit(con, contract, judged, frame, plan, rule_versions(contract, disabled))
    return judged


def _open(con: duckdb.DuckDBPyConnection, submission_ids: list[str]) -> None:
    """Creates ``g_sub``: the facts of each submission that its rows are judged by."""
    con.execute(
        """
        create or replace temp table g_sub as
        with recursive origin as (
            select submission_id, corrects_submission_id as root_id, corrects_submission_id
            from quality.submissions
            where submission_id in (select unnest($ids)) and corrects_submission_id is not null
            union all
            select o.submission_id, p.corrects_submission_id, p.corrects_submission_id
            from origin as o
            inner join quality.submissions as p on o.corrects_submission_id = p.submission_id
            where p.corrects_submission_id is not null
        ),
        roots as (
            select o.submission_id, o.root_id
            from origin as o
            inner join quality.submissions as p on o.root_id = p.submission_id
            where p.corrects_submission_id is null
        )
        select s.submission_id, s.department_code, t.department_name, s.period,
            last_day(cast(coalesce(s.period || '-01', strftime(s.received_at + interval 8 hour, '%Y-%m-01')) as date))
                as period_end,
            s.is_correction, s.received_at, cast(s.received_at + interval 8 hour as date) as received_on, s.sha256,
            r.root_id, cast(0 as integer) as epoch, n.domain_names, coalesce(n.domain_count, 0) as domain_count
        from quality.submissions as s
        left join roots as r on s.submission_id = r.submission_id
        left join (select department_code, min(department_name) as department_name from seed_departments group by 1)
            as t on s.department_code = t.department_code
        left join (
            select department_code, string_agg(domain_name, '、' order by domain_no) as domain_names,
                count(*) as domain_count
            from (select distinct department_code, domain_code, domain_name, domain_no from seed_domains)
            group by department_code
        ) as n on s.department_code = n.department_code
        where s.submission_id in (select unnest($ids))
        """,
        {"ids": submission_ids},
    )


def _mark_rows(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    contract: Contract,
    arrived: list[Arrived],
    disabled: frozenset[str],
) -> list[Check]:
    """Returns the checks; creates ``g_row``, ``g_hit``, ``g_mark`` and ``g_finding`` of all the rows."""
    _load_texts(con, contract, arrived)
    typed = read_words(con, contract)
    lookups.look_up_domains(con, typed)
    lookups.look_up_grades(con, typed)
    registry.wanted_terms(con, typed)
    registry.load_known(con, registry.set_epochs(con, settings), "g_wanted")
    registry.index_known(con)
    if any(r.rule_id == "X-UNMATCHED" for r in contract.rules):
        lists.load_listings(con, settings)
    checks = mark(con, typed, disabled)
    findings.row_findings(con, contract, checks)
    return checks


def _load_texts(con: duckdb.DuckDBPyConnection, contract: Contract, arrived: list[Arrived]) -> None:
    """Creates ``g_text``, the texts of all the rows; without any, an empty one."""
    from ingest.raw_schema import text_schema

    typed = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in text_schema(contract))
    source = " union all by name ".join(
        [
            f"select {typed} where false",
            *(f"select *, {quoted(a.submission_id)} as _submission_id from ({a.texts})" for a in arrived if a.texts),
        ]
    )
    rows = sum(a.rows for a in arrived)
    if rows <= SMALL_PASS:
        con.execute(f"create or replace temp table g_sent as {source}")
        source = "select * from g_sent"
    con.execute(f"create or replace temp view g_text as {source}")


def load_limits(con: duckdb.DuckDBPyConnection, settings: Settings, contract: Contract) -> Limits:
    """Returns the thresholds: error share from the contract, shrink limits from the newest policy in force."""
    from ingest.seeds import seed_rows

    row = con.execute("select max(period_end) from g_sub").fetchone()
    on: date | None = row[0] if row else None
    policies = seed_rows("list_policies", settings.programme, on) or seed_rows("list_policies", settings.programme)
    return Limits(contract.error_share_limit, int(policies[-1]["shrink_floor"]), float(policies[-1]["shrink_share"]))


def _counts(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    arrived: list[Arrived],
    former: dict[tuple[str, str], int],
    disabled: frozenset[str],
) -> dict[str, Counts]:
    """Returns the counts that each verdict rests on."""
    rows = {
        r[0]: r[1:]
        for r in con.execute("""
            select r._submission_id, count(*), count(*) filter (m.is_error),
                count(*) filter (not coalesce(m.is_error or m.is_repeat, false)), count(m._row_id)
            from g_row as r left join g_mark as m using (_submission_id, _row_id)
            group by r._submission_id
        """).fetchall()
    }
    domains: dict[str, list[DomainCount]] = {}
    for submission, code, name, is_own, count, sound, subjects in con.execute(f"""
        select r._submission_id, r.domain_code, min(r._domain_name), bool_or(r.is_own_domain), count(*),
            count(*) filter (not coalesce(m.is_error or m.is_repeat, false)), count(distinct {subject(contract)})
        from g_row as r left join g_mark as m using (_submission_id, _row_id)
        where r.domain_code is not null
        group by r._submission_id, r.domain_code
        order by 1, 2
    """).fetchall():
        domains.setdefault(submission, []).append(
            DomainCount(code, name, is_own, count, sound, subjects, former.get((submission, code)))
        )
    facts = {
        f[0]: f[1:]
        for f in con.execute(
            "select submission_id, department_code, root_id, period_end, domain_names from g_sub"
        ).fetchall()
    }
    found: dict[str, Counts] = {}
    for a in arrived:
        department, root, period_end, domain_names = facts[a.submission_id]
        total, errors, sound, marked = rows.get(a.submission_id, (0, 0, 0, 0))
        problems = list(a.problems)
        zero: list[DomainCount] = []
        if total == 0 and not _errors(contract, problems) and a.zero_report is not None:
            zero, problem = _zero_report(con, contract, a, department, period_end, domain_names, former)
            problems += problem
        kept = [p for p in problems if p.rule_id not in disabled]
        found[a.submission_id] = Counts(
            rows=total,
            error_rows=errors,
            sound_rows=sound,
            domains=tuple(domains.get(a.submission_id, []) + zero),
            problems=tuple(kept),
            fatal=tuple(_errors(contract, kept)),
            has_remarks=marked > 0 or bool(kept),
            is_zero_report=bool(zero),
            replaces_list=contract.submission == "full_list" and root is None,
        )
    return found


def _errors(contract: Contract, problems: list[BatchFinding]) -> list[BatchFinding]:
    """Returns the problems that reject the file: those of severity error."""
    return [p for p in problems if findings.wording_of(contract, p.rule_id).severity == "error"]


def _zero_report(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    a: Arrived,
    department: str | None,
    period_end: date,
    domain_names: str | None,
    former: dict[tuple[str, str], int],
) -> tuple[list[DomainCount], list[BatchFinding]]:
    """Returns the domain of a zero report (semantics 3.7), or why it is none."""
    if not any(c.kind == "domain" for c in contract.columns):
        return [], []  # a feed without domains has no zero report: no row accepted
    known = con.execute(
        """
        select distinct domain_code, domain_name, domain_key, department_code from g_domains
        where valid_from <= $on and coalesce(valid_to >= $on, true)
        """,
        {"on": period_end},
    ).fetchall()
    if a.zero_report:
        text = key(a.zero_report)
        named = [d for d in known if d[2] in text]
        named = [d for d in named if not any(d[2] != o[2] and d[2] in o[2] for o in named)]
        column = next(c.title for c in contract.columns if c.kind == "domain")
        shown = {"value": a.zero_report[:60], "expected": domain_names, "column": column}
        if len(named) != 1:
            return [], [BatchFinding("X-DOMAIN", shown)]
        if named[0][3] != department and department is not None and not contract.owner.endswith(f":{department}"):
            return [], [BatchFinding("X-OWNER", shown | {"expected": _department(con, named[0][3])})]
    else:
        named = [d for d in known if d[3] == department]
        if len(named) != 1:
            return [], [BatchFinding("X-ZERO", {"expected": domain_names})]
    code, name, _, _ = named[0]
    return [DomainCount(code, name, True, 0, 0, 0, former.get((a.submission_id, code)), is_zero_report=True)], []


def _department(con: duckdb.DuckDBPyConnection, code: str) -> str:
    row = con.execute("select min(department_name) from seed_departments where department_code = $1", [code]).fetchone()
    return str(row[0]) if row and row[0] else code


def rule_versions(contract: Contract, disabled: frozenset[str] = frozenset()) -> str:
    """Returns JSON {rule_id: version} of the rules that judged."""
    return json.dumps({r.rule_id: r.version for r in contract.rules if r.rule_id not in disabled}, sort_keys=True)
