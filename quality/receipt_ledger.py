"""Returns what the ledger knows of many submissions at once: a handful of queries, however many receipts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]

QUERIES = {
    "submissions": """
        select s.*, a.size_bytes
        from quality.submissions as s left join quality.arrivals as a using (arrival_id)
        where s.submission_id in (select unnest($ids))""",
    "members": """
        select s.submission_id, m.member_name, m.sha256, m.size_bytes
        from quality.submissions as s inner join quality.arrival_members as m using (arrival_id)
        where s.submission_id in (select unnest($ids)) order by m.member_name""",
    "decisions": """
        select * from quality.submission_verdicts where submission_id in (select unnest($ids))
        order by decided_at, cause = 'judged' desc""",
    "domains": """
        select d.*, l.list_state, l.decided_by, l.reason as decision_reason
        from quality.submission_domains as d
        left join (
            select * from quality.list_decisions where submission_id in (select unnest($ids))
            qualify row_number() over (partition by submission_id, domain_code order by decided_at desc) = 1
        ) as l using (submission_id, domain_code)
        where d.submission_id in (select unnest($ids)) order by d.domain_code""",
    "later": """
        select submission_id, count(*) filter (row_state = 'accepted') as released,
            count(*) filter (row_state = 'closed') as closed
        from (
            select submission_id, row_state from quality.row_decisions where submission_id in (select unnest($ids))
            qualify row_number() over (partition by submission_id, row_id order by decided_at desc, cause) = 1
        ) group by submission_id""",
    # file faults first, then by rows freed: the top of the list is worth most
    "problems": """
        with faults as (select * from quality.findings where submission_id in (select unnest($ids))),
        blockers as (
            select submission_id, row_id, count(distinct (rule_id, kind)) as faults
            from faults where row_id is not null and severity = 'error' group by all
        )
        select submission_id, rule_id, max(rule_version) as rule_version, kind, severity,
            min(column_name) as column_name, count(*) as findings, count(distinct row_id) as rows,
            count(distinct row_id) filter (severity = 'error' and blockers.faults = 1) as rows_freed,
            arg_min(reason, (coalesce(row_id, 0), coalesce(column_name, ''), reason)) as reason,
            arg_min(remedy, (coalesce(row_id, 0), coalesce(column_name, ''), reason)) as remedy,
            bool_and(row_id is null) as is_batch
        from faults left join blockers using (submission_id, row_id)
        group by submission_id, rule_id, kind, severity
        order by severity <> 'error', not is_batch, rows_freed desc, rows desc, rule_id, kind""",
}


def read_ledger(con: duckdb.DuckDBPyConnection, submission_ids: Sequence[str]) -> dict[str, dict[str, list[Row]]]:
    """Returns, per table name of ``QUERIES`` and submission, the rows in order."""
    found: dict[str, dict[str, list[Row]]] = {}
    for name, query in QUERIES.items():
        result = con.execute(query, {"ids": list(submission_ids)})
        columns = [d[0] for d in result.description or []]
        grouped: dict[str, list[Row]] = defaultdict(list)
        for values in result.fetchall():
            row = dict(zip(columns, values, strict=True))
            grouped[row.pop("submission_id") if name != "submissions" else row["submission_id"]].append(row)
        found[name] = grouped
    return found
