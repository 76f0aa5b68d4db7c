"""Prints what the commands of ``xinyong`` found, as tables. What a clerk or an officer reads is in Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from ingest.contract_words import SEVERITY_WORDS
from orchestration import times

if TYPE_CHECKING:
    from orchestration.close import CloseResult
    from orchestration.demo import DemoOutcome
    from orchestration.doctor import Finding
    from quality.precheck import CheckResult

SHOWN_PER_PROBLEM = 10  # rows listed per kind of problem; the receipt marks them all


def console() -> Console:
    """Returns the console for results: standard output; a pipe or file gets lines wide enough not to be broken."""
    found = Console(highlight=False, markup=False)
    return found if found.is_terminal else Console(highlight=False, markup=False, width=160)


def show_closes(results: Sequence[CloseResult]) -> None:
    """Prints per month what was received, accepted, quarantined and published."""
    table = Table(title="Closed months")
    table.add_column("month")
    table.add_column("as of (Asia/Shanghai)")
    table.add_column("state")
    for heading in (
        "submissions",
        "rows received",
        "accepted",
        "quarantined",
        "rows published",
        "enterprises",
        "on positive lists",
        "vetoed",
    ):
        table.add_column(heading, justify="right")
    for result in results:
        counts = result.counts
        state = result.state if result.is_final else f"{result.state}, provisional"
        numbers = (
            counts.submissions, counts.rows_received, counts.rows_accepted, counts.rows_quarantined,
            counts.rows_published, counts.enterprises, counts.on_positive_lists, counts.vetoed,
        )  # fmt: skip
        table.add_row(result.period, times.show(result.as_of), state, *(f"{n:,}" for n in numbers))
    console().print(table)


def show_paths(results: Sequence[CloseResult]) -> None:
    """Prints where the notice, the lists and the release of each month are."""
    out = console()
    for result in results:
        out.print(f"{result.period}  release {result.release}", soft_wrap=True)
        for label, pattern in (("notice", "notice/*.docx"), ("annex", "notice/*.xlsx"), ("lists", "lists")):
            for path in sorted(result.release.glob(pattern)):
                out.print(f"         {label:<7} {path}", soft_wrap=True)


def show_stages(results: Sequence[CloseResult]) -> None:
    """Prints the seconds of every stage."""
    out = console()
    for result in results:
        if result.state == "closed":
            stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in result.seconds.items() if seconds >= 0.05)
            out.print(f"{result.period}  {sum(result.seconds.values()):.1f} s: {stages}", soft_wrap=True)


def show_problems(results: Sequence[CloseResult]) -> None:
    """Prints what did not work, and what waits for a decision."""
    out = console()
    for result in results:
        for problem in result.problems:
            out.print(f"{result.period}  PROBLEM {problem}", soft_wrap=True, style="red")
        if result.state == "unchanged":
            out.print(f"{result.period}  nothing changed since {result.release.name}")
        if result.is_final and result.arrived_later:
            out.print(
                f"{result.period}  {result.arrived_later} submissions came after {times.show(result.as_of)}; "
                f"amend the month with --as-of to take them in",
                soft_wrap=True,
            )


def show_demo(outcome: DemoOutcome) -> None:
    """Prints the three months of the demonstration, and what to look at."""
    results = outcome.results
    show_closes(results)
    show_stages(results)
    show_paths(results)
    show_problems(results)
    out = console()
    if all(result.state == "unchanged" for result in results):
        out.print("nothing changed: every month is closed on the same input by the same code")
    out.print(f"current release {outcome.current}", soft_wrap=True)
    out.print(f"faults planted by the synthetic city {outcome.manifest}", soft_wrap=True)


def show_doctor(findings: Sequence[Finding]) -> None:
    """Prints what was looked at, and what to do about it."""
    table = Table(title="xinyong doctor")
    for heading in ("what", "state", "found", "do"):
        table.add_column(heading, overflow="fold")
    styles = {"good": "green", "warning": "yellow", "bad": "red"}
    for finding in findings:
        table.add_row(finding.what, finding.state, finding.found, finding.do, style=styles[finding.state])
    console().print(table)


def show_check(result: CheckResult) -> None:
    """Prints a pre-check in the words of the receipt: the verdict, what is wrong where, what to do."""
    out = console()
    document = result.document
    submission = document["submission"]
    feed = submission.get("feed_title") or "目录不明"
    out.print(
        f"预检（不保存）：{submission['source_name']} — {feed}，{submission['department_name']}，{submission['period']}"
    )
    out.print(
        f"结论：{document['verdict_words']}。收到 {result.rows_received} 行，采信 {result.rows_accepted} 行，"
        f"隔离 {result.rows_quarantined} 行"
    )
    if not result.has_knowledge:
        out.print("说明：没有可比对的历史数据（尚未运行，或正在运行），企业认定和清单骤减未能核对", soft_wrap=True)
    if document["problems"]:
        table = Table(title="问题")
        for heading in ("级别", "工作表", "行", "内容", "原因", "改法"):
            table.add_column(heading, overflow="fold")
        for problem in document["problems"]:
            level = SEVERITY_WORDS[problem["severity"]]
            for first in problem["first"][:SHOWN_PER_PROBLEM]:
                cells = (first["sheet"], first["row"], first["value"], first["reason"], first["remedy"])
                table.add_row(level, *("" if cell is None else str(cell) for cell in cells))
            more = problem["findings"] - len(problem["first"][:SHOWN_PER_PROBLEM])
            if more > 0:
                table.add_row(level, "", "", "", f"{problem['title']}：另有 {more} 处", "")
        out.print(table)
    for normalised in document["normalisations"]:
        out.print(f"已自动规范（不算问题）：{normalised['title']}，{normalised['words']}，{normalised['cells']} 处")
    for step in document["next_steps"]:
        out.print(step, soft_wrap=True)
