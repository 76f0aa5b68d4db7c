"""Returns what a receipt proposes for a code or name that cannot be used; nothing is ever resolved by it.

A misread letter (O for 0) is proposed if the check character then holds and the registry knows that code under the
reported name (domain.md 4 LETTER); else the registered name that is nearest by rapidfuzz, with its code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quality.rules.codes import code_column, name_column

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from ingest.contract_model import Contract

MOST_ROWS = 2_000
"""Rows of a receipt for which something is looked for; who has more has another problem than slips."""

BEGINNING = 4
"""Characters in which two names must begin alike to be compared: place and first of the trade name."""

NEAREST = 80
"""Likeness of 100 from which a name is worth proposing; assumed."""


def suggestions(
    con: duckdb.DuckDBPyConnection, contract: Contract, submission: dict[str, Any], raw: Path
) -> dict[tuple[int, str], str]:
    """Returns a sentence by row and column, from what the registry knew when the submission arrived.

    Args:
        con: warehouse connection with the normalising macros.
        contract: of the submission's feed.
        submission: its row of the ledger.
        raw: its raw batch.
    """
    code, name = code_column(contract), name_column(contract)
    if code is None or name is None or contract.feed == "enterprise_registry":
        return {}
    known = con.execute(
        """
        select r.submission_id
        from quality.submissions as r
        inner join (select distinct submission_id from quality.submission_verdicts) as v using (submission_id)
        where r.feed = 'enterprise_registry' and r.period <= $period and (r.received_at, r.sha256) < ($at, $sha)
        """,
        {"period": submission["period"], "at": submission["received_at"], "sha": submission["sha256"]},
    ).fetchall()
    files = [raw.parents[1] / "enterprise_registry" / f"{row[0]}.parquet" for row in known]
    present = [str(f) for f in files if f.exists()]
    if not present:
        return {}
    found = con.execute(
        f"""
        with open_rows as (
            select _row_id, name_norm, xy_uscc_repair(xy_uscc("{code}__text")) as repaired
            from read_parquet($raw)
            where resolved_uscc is null and match_method = 'unresolved' and name_norm is not null
                and not list_contains(rule_ids, 'X-PERSON')
            order by _row_id limit {MOST_ROWS}
        ),
        registry as (
            select resolved_uscc as uscc, arg_max(enterprise_name, (_received_at, _row_id)) as enterprise_name,
                arg_max(name_norm, (_received_at, _row_id)) as name_norm
            from read_parquet($files, union_by_name = true)
            where resolved_uscc is not null and row_state = 'accepted'
            group by resolved_uscc
        )
        select o._row_id, o.name_norm, o.repaired, r.uscc, r.enterprise_name, r.name_norm
        from open_rows as o
        inner join registry as r on left(o.name_norm, {BEGINNING}) = left(r.name_norm, {BEGINNING})
        order by o._row_id, r.uscc
        """,
        {"raw": str(raw), "files": present},
    )
    best: dict[int, tuple[float, str, str]] = {}
    proposed: dict[tuple[int, str], str] = {}
    from rapidfuzz import fuzz

    while batch := found.fetchmany(10_000):
        for row_id, sent, repaired, uscc, registered, norm in batch:
            if repaired == uscc and sent == norm:
                proposed[row_id, code] = f"登记信息中同名企业的代码是 {uscc}，请核对是否把数字写成了字母。"
            likeness = fuzz.ratio(sent, norm)
            if likeness >= NEAREST and likeness > best.get(row_id, (0.0, "", ""))[0]:
                best[row_id] = (likeness, registered, uscc)
    for row_id, (_, registered, uscc) in best.items():
        proposed.setdefault((row_id, code), f"登记信息中名称最相近的是“{registered}”（{uscc}），请核对是否就是这家。")
    return proposed
