"""Returns what a reader of a release has to know before relying on it (meta.known_problems)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exports import text
from exports.build_info import BuildInfo
from exports.tables import table_names
from exports.text_meta import PROBLEMS

COUNTED = {
    "unresolved": ("unresolved_records", "select count(*) from marts.unresolved_records"),
    "unconfirmed": (
        "serious_dishonesty",
        "select count(*) from marts.serious_dishonesty where status = 'unconfirmed'",
    ),
}


def known_problems(con: Any, build: BuildInfo) -> list[dict[str, Any]]:
    """Returns the rows of ``meta.known_problems``, the gravest kind first, each kind in the order of the registers."""
    return [
        {"problem_no": number, "problem_kind": kind, "subject": subject, "problem_zh": words, "amount": amount}
        for number, (kind, subject, words, amount) in enumerate(_problems(con, build), start=1)
    ]


def _problems(con: Any, build: BuildInfo) -> Iterator[tuple[str, str, str, int | None]]:
    if not build.is_final:
        yield "provisional", build.period, PROBLEMS["provisional"], None
    collected = {submission.feed for submission in build.submissions}
    for feed in build.feeds:
        if feed.feed not in collected:
            yield "not_collected", feed.feed, PROBLEMS["not_collected"].format(title=feed.title), None
    yield from _gates(build)
    present = table_names(con, "marts")
    for kind, (mart, sql) in COUNTED.items():
        amount = int(con.execute(sql).fetchall()[0][0]) if mart in present else 0
        if amount:
            yield kind, mart, PROBLEMS[kind], amount
    for policy in build.policy_tables:
        if policy.assumed_count:
            words = PROBLEMS["assumed"].format(seed=policy.seed_name)
            yield "assumed", policy.seed_name, words, policy.assumed_count


def _gates(build: BuildInfo) -> Iterator[tuple[str, str, str, int | None]]:
    departments = {d["department_code"]: d["department_name"] for d in build.seeds.get("departments", ())}
    domains = {d["domain_code"]: d["domain_name"] for d in build.seeds.get("domains", ())}
    feeds = {feed.feed: feed.title for feed in build.feeds}
    for gate in build.period_gates:
        if gate["success"]:
            continue
        kind = "gate_unknown" if gate["success"] is None else "gate_failed"
        domain = domains.get(gate["domain_code"], "")
        words = PROBLEMS[kind].format(
            department=departments.get(gate["department_code"], gate["department_code"]),
            domain=f"“{domain}”" if domain else "",
            feed=feeds.get(gate["feed"], gate["feed"]),
            check=text.GATE_NAMES.get(gate["check_name"], gate["check_name"]),
        )
        subject = "/".join(str(gate[c]) for c in ("department_code", "domain_code", "feed"))
        yield kind, subject, words, gate["unexpected"]
