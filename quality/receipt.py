"""Writes receipts: ``outbox/<department>/<submission_id>/`` with 回执.xlsx, receipt.json and 回执摘要.txt."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest import durable
from ingest.contract_words import SEVERITY_WORDS, article_words
from quality import receipt_text as text
from quality.receipt_book import write_book
from quality.receipt_facts import Facts, collect
from quality.receipt_rows import FIRST, LISTED_LIMIT, Listed, findings

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings

log = logging.getLogger(__name__)

BOOK, DOCUMENT, MESSAGE = "回执.xlsx", "receipt.json", "回执摘要.txt"
MESSAGE_PROBLEMS = 5  # kinds of problem that the message names
UNKNOWN = "_unknown"  # outbox folder of senders that nobody knows
LAYOUT = 1  # version of receipt.json: raise it when a key changes its meaning

Progress = Callable[[str], None]


def write_receipts(
    con: duckdb.DuckDBPyConnection, settings: Settings, submission_ids: Iterable[str], progress: Progress | None = None
) -> list[Path]:
    """Returns the receipt folders, one per submission, in the order given.

    A receipt that is there already is replaced as a whole if it differs; a reader sees the old or the new one.

    Args:
        con: connection to the warehouse, its ledger committed.
        settings: of the deployment.
        submission_ids: judged submissions.
        progress: told which receipt is being written.

    Raises:
        LookupError: a submission is unknown or not judged yet.
    """
    ids = list(dict.fromkeys(submission_ids))
    folders = []
    for i, facts in enumerate(collect(con, settings, ids), start=1):
        if progress:
            progress(f"receipt {i} of {len(ids)}")
        submission_id = facts.submission["submission_id"]
        target = settings.outbox / (facts.submission["department_code"] or UNKNOWN) / submission_id
        write_receipt(con, facts, target)
        folders.append(target)
        log.info(
            "receipt written",
            extra={
                "submission_id": submission_id,
                "feed": facts.submission["feed"],
                "period": facts.submission["period"],
                "verdict": facts.verdict,
            },
        )
    return folders


def write_receipt(con: duckdb.DuckDBPyConnection, facts: Facts, target: Path) -> None:
    """Writes both files beside the target folder, then puts them in place at once."""
    draft = target.with_name(f".{target.name}.new")
    former = target.with_name(f".{target.name}.old")
    for left in (draft, former):
        shutil.rmtree(left, ignore_errors=True)
    draft.mkdir(parents=True)
    listed = list(findings(con, facts, LISTED_LIMIT))
    write_book(draft / BOOK, con, facts, listed)
    first = listed
    if sum(p.findings for p in facts.problems) > len(listed):  # the list was cut: fetch the first of every problem
        first = list(findings(con, facts, FIRST * len(facts.problems), FIRST))
    document = json.dumps(document_of(facts, first), ensure_ascii=False, indent=1)
    (draft / DOCUMENT).write_text(document + "\n", encoding="utf-8")
    (draft / MESSAGE).write_text(message_of(facts), encoding="utf-8")
    if _same(draft, target):
        shutil.rmtree(draft)
        return
    with durable.point("receipt.folder"):
        if target.exists():
            target.rename(former)
        draft.rename(target)
    shutil.rmtree(former, ignore_errors=True)


def remove_leftovers(settings: Settings) -> list[Path]:
    """Returns what a killed run left beside receipts, now deleted; a receipt moved aside is put back."""
    left = sorted([*settings.outbox.glob("*/.*.old"), *settings.outbox.glob("*/.*.new")])
    for path in left:
        target = path.with_name(path.name.removeprefix(".").rpartition(".")[0])
        if path.suffix == ".old" and not target.exists():
            path.rename(target)
        else:
            shutil.rmtree(path)
    return left


def _same(draft: Path, target: Path) -> bool:
    """Returns whether the receipt in place is the one that was just written."""
    pairs = [(draft / name, target / name) for name in (BOOK, DOCUMENT, MESSAGE)]
    return all(old.is_file() and old.read_bytes() == new.read_bytes() for new, old in pairs)


def message_of(facts: Facts) -> str:
    """Returns the receipt in a few lines for chat or mail: verdict, counts, the most rewarding fixes, what to do."""
    s, first = facts.submission, facts.first
    title = facts.contract.title if facts.contract else "目录不明"
    came = f"{text.moment(s['received_at'])}收到，{text.punctuality(s['received_at'], facts.due_at)}"
    counts = (
        f"收到 {first['rows_received']} 行，入库 {first['rows_accepted']} 行，未入库 {first['rows_quarantined']} 行"
    )
    lines = [
        f"【报送回执】{facts.department_name}：{title}（{s['period'] or '月份不明'}）",
        f"文件：{s['source_name']}，{came}",
        f"结果：{text.VERDICTS[facts.verdict]}。{counts}。",
    ]
    for i, p in enumerate(facts.problems[:MESSAGE_PROBLEMS], start=1):
        where = "整份" if p.is_batch else f"{p.rows} 行"
        freed = f"，改好可入库 {p.rows_freed} 行" if p.rows_freed else ""
        lines.append(f"{i}. {p.title}（{SEVERITY_WORDS[p.severity]}，{where}{freed}）")
    if len(facts.problems) > MESSAGE_PROBLEMS:
        lines.append(f"……共 {len(facts.problems)} 类问题，详见“{BOOK}”。")
    lines += [f"处理：{facts.next_steps[0]}", *facts.next_steps[1:], f"批次编号：{s['submission_id']}"]
    return "\r\n".join(lines) + "\r\n"


def document_of(facts: Facts, listed: Sequence[Listed]) -> dict[str, Any]:
    """Returns receipt.json: the same facts as the workbook, for programs. Times are UTC."""
    s, first = facts.submission, facts.first
    shown: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for problem, f in listed:
        of_problem = shown.setdefault((problem.rule_id, problem.kind, problem.severity), [])
        if len(of_problem) < FIRST:
            of_problem.append(f)
    return {
        "layout": LAYOUT,
        "submission": {
            **{
                name: _plain(s[name])
                for name in (
                    "submission_id",
                    "feed",
                    "department_code",
                    "period",
                    "channel",
                    "gateway_name",
                    "source_name",
                    "received_at",
                    "sha256",
                    "contract_version",
                    "is_correction",
                    "corrects_submission_id",
                )
            },
            "feed_title": facts.contract.title if facts.contract else None,
            "department_name": facts.department_name,
            "size_bytes": facts.size_bytes,
            "members": facts.members,
        },
        "due_at": _plain(facts.due_at),
        "is_timely": facts.is_timely,
        "verdict": facts.verdict,
        "verdict_words": text.VERDICTS[facts.verdict],
        "rows_received": first["rows_received"],
        "rows_accepted": first["rows_accepted"],
        "rows_quarantined": first["rows_quarantined"],
        "rows_released_later": facts.rows_released,
        "rows_replaced_later": facts.rows_closed,
        "decisions": [
            {k: _plain(v) for k, v in d.items() if k not in {"submission_id", "rule_versions"}} for d in facts.decisions
        ],
        "rule_versions": json.loads(first["rule_versions"] or "{}"),
        "domains": [{k: _plain(v) for k, v in d.items() if k != "submission_id"} for d in facts.domains],
        "problems": [
            {
                "rule_id": p.rule_id,
                "rule_version": p.rule_version,
                "kind": p.kind,
                "severity": p.severity,
                "column": p.column,
                "title": p.title,
                "article": article_words(p.article) or None,
                "findings": p.findings,
                "rows": p.rows,
                "rows_freed": p.rows_freed,
                "first": shown.get((p.rule_id, p.kind, p.severity), []),
            }
            for p in facts.problems
        ],
        "normalisations": facts.normalisations,
        "next_steps": facts.next_steps,
    }


def _plain(value: Any) -> Any:
    """Returns a value as JSON can hold it; instants end in Z."""
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    return value.isoformat() if isinstance(value, date) else value
