"""Returns what a receipt proposes for a code or name that cannot be used; nothing is ever resolved by it.

A misread letter (O for 0) is proposed if the check character then holds and the registry knows that code under the
reported name (domain.md 4 LETTER); else the registered name that is nearest by rapidfuzz, with its code.
How near it must be, and for how many rows of a receipt something is looked for, says seed ``candidate_policies``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingest import clock
from ingest.seeds import seed_rows
from quality.rules.codes import code_column, name_column

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from ingest.contract_model import Contract


@dataclass(frozen=True)
class Registered:
    """An enterprise of the registry, under its present name."""

    uscc: str
    name: str
    name_norm: str


def suggestions(
    con: duckdb.DuckDBPyConnection, contract: Contract, submission: dict[str, Any], raw: Path, programme: str
) -> dict[tuple[int, str], str]:
    """Returns a sentence by row and column, from what the registry knew when the submission arrived.

    Nothing where no policy is in force on the day of receipt.

    Args:
        con: warehouse connection with the normalising macros.
        contract: of the submission's feed.
        submission: its row of the ledger.
        raw: its raw batch.
        programme: whose policy applies.
    """
    code, name = code_column(contract), name_column(contract)
    policies = seed_rows("candidate_policies", programme, clock.local_date(submission["received_at"]))
    if code is None or name is None or contract.feed == "enterprise_registry" or not policies:
        return {}
    policy = policies[-1]
    beginning: int = policy["receipt_beginning_length"]
    least_likeness: float = policy["receipt_least_likeness"]
    no_enterprise = [r.rule_id for r in contract.rules if r.subject]
    opened: list[tuple[int, str, str]] = con.execute(
        f"""
        select _row_id, name_norm, "{code}__text" from read_parquet($raw)
        where resolved_uscc is null and match_method = 'unresolved' and name_norm is not null
            and not list_has_any(rule_ids, cast($no_enterprise as varchar[]))
        order by _row_id limit $row_limit
        """,
        {"raw": str(raw), "no_enterprise": no_enterprise, "row_limit": policy["receipt_row_limit"]},
    ).fetchall()
    if not opened:
        return {}
    repaired = _repaired(con, [text for _, _, text in opened])
    beginnings = {name_norm[:beginning] for _, name_norm, _ in opened}
    alike = _registered(con, submission, raw, beginning, beginnings)
    proposed: dict[tuple[int, str], str] = {}
    for row_id, sent, text in opened:
        candidates = alike.get(sent[:beginning], [])
        words = _misread(sent, repaired.get(text), candidates) or _nearest(sent, candidates, least_likeness)
        if words:
            proposed[row_id, code] = words
    return proposed


def _repaired(con: duckdb.DuckDBPyConnection, texts: list[str]) -> dict[str, str]:
    """Returns by code as sent the code that it becomes once letters that look like digits are read as such."""
    return dict(
        con.execute(
            """
            with sent as materialized (select code, xy_uscc(code) as clean from (select unnest($texts) as code)),
            repaired as materialized (select code, xy_uscc_repair(clean) as code_meant from sent)
            select * from repaired where code_meant is not null
            """,
            {"texts": texts},
        ).fetchall()
    )


def _registered(
    con: duckdb.DuckDBPyConnection, submission: dict[str, Any], raw: Path, beginning: int, beginnings: set[str]
) -> dict[str, list[Registered]]:
    """Returns by beginning of name what the registry knew when the submission arrived, in the order of codes."""
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
    found: dict[str, list[Registered]] = {}
    if not present:
        return found
    rows = con.execute(
        """
        with registered as (
            select resolved_uscc, enterprise_name, name_norm, _received_at, _row_id
            from read_parquet($files, union_by_name = true)
            where resolved_uscc is not null and row_state = 'accepted'
        ),
        concerned as (
            select distinct resolved_uscc from registered where left(name_norm, $length) in (select unnest($begin))
        )
        select resolved_uscc, arg_max(enterprise_name, (_received_at, _row_id)),
            arg_max(name_norm, (_received_at, _row_id)) as present_name
        from registered
        semi join concerned using (resolved_uscc)
        group by resolved_uscc
        having present_name is not null
        order by resolved_uscc
        """,
        {"files": present, "length": beginning, "begin": sorted(beginnings)},
    ).fetchall()
    for row in rows:
        found.setdefault(row[2][:beginning], []).append(Registered(*row))
    return found


def _misread(sent: str, repaired: str | None, candidates: list[Registered]) -> str | None:
    """Returns the sentence on a code that is registered under this name once its letters are read as digits."""
    if any(c.uscc == repaired and c.name_norm == sent for c in candidates):
        return f"登记信息中同名企业的代码是 {repaired}，请核对是否把数字写成了字母。"
    return None


def _nearest(sent: str, candidates: list[Registered], least_likeness: float) -> str | None:
    """Returns the sentence on the registered name that is most like the one sent, the first of equals."""
    from rapidfuzz import fuzz, process

    names = [c.name_norm for c in candidates]
    best = process.extractOne(sent, names, scorer=fuzz.ratio, score_cutoff=100 * least_likeness)
    if best is None:
        return None
    nearest = candidates[best[2]]
    return f"登记信息中名称最相近的是“{nearest.name}”（{nearest.uscc}），请核对是否就是这家。"
