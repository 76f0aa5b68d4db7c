"""Returns the exit code of the command line ``xinyong`` (design.md 9); 0 only if everything that was asked for worked.

Everything heavy is imported inside the command that needs it, so that ``xinyong --help`` answers at once.
"""

from __future__ import annotations

import atexit
import gc
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ingest.settings import Settings
    from orchestration.close import CloseResult

app = typer.Typer(
    name="xinyong",
    help="Municipal public-credit data pipeline 公共信用数据流水线. Settings come from XINYONG_* in the environment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

GARBAGE_THRESHOLD = 200_000  # objects; Python's default is 700
UNCLEAN = 1  # exit code: something that was tried did not work


@app.callback()
def _options(verbose: Annotated[bool, typer.Option("--verbose", "-v", help="log every stage")] = False) -> None:
    logging.basicConfig(
        level=logging.INFO if verbose else logging.ERROR,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        stream=sys.stderr,
    )


@app.command()
def demo(
    enterprises: Annotated[int, typer.Option(min=200, help="size of the synthetic city")] = 5000,
    seed: Annotated[int, typer.Option(help="the same seed makes the same city")] = 2025,
) -> None:
    """Makes a synthetic Huzhou and closes June, July and August 2025; a second run finds nothing to do."""
    from orchestration import demo as demonstration
    from orchestration import report

    with _progress() as progress:
        outcome = demonstration.run_demo(_settings(), enterprises=enterprises, seed=seed, progress=progress)
    report.show_demo(outcome)
    _leave(outcome.results)


@app.command()
def run(
    period: Annotated[str, typer.Option(help="month that the data describe, YYYY-MM")],
    as_of: Annotated[
        str | None,
        typer.Option(
            help="what was received by then counts; Asia/Shanghai, or ISO with zone. Default: that of the "
            "period's final close, else now"
        ),
    ] = None,
) -> None:
    """Pulls the gateways, gates the inbox, closes a month and publishes its release."""
    from orchestration import close, report, times
    from orchestration.plan import due_at_of

    settings = _settings()
    instant = times.parse_as_of(as_of, due_at_of(settings, period)) if as_of else None
    with _progress() as progress:
        result = close.close_month(settings, period, instant, progress)
    report.show_closes([result, *result.reclosed])
    report.show_stages([result, *result.reclosed])
    report.show_problems([result])
    _leave([result])


@app.command()
def template(
    feed: Annotated[str, typer.Argument(help="feed or its Chinese title, e.g. positive_list or 行业正面清单")],
    output: Annotated[Path, typer.Option("--output", "-o", help="folder, or file to write")] = Path(),
) -> None:
    """Writes the xlsx template of a feed, with its drop-downs and notes."""
    from ingest.contract_render import template_bytes, template_name
    from orchestration.feeds import find_feed

    contract = find_feed(feed)
    path = output / template_name(contract) if output.is_dir() else output
    path.write_bytes(template_bytes(contract, _settings().programme))
    typer.echo(path)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(exists=True, readable=True, help="file, zip or folder as it would be sent")],
    department: Annotated[str, typer.Option(help="code or Chinese name of the sender")],
    feed: Annotated[str | None, typer.Option(help="feed; default: as the file's name or headers say")] = None,
    period: Annotated[
        str | None,
        typer.Option(
            help="month that the data describe; default: as the name of file or folder says, else the month before"
        ),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="folder: writes the receipt there, too")] = None,
) -> None:
    """Checks a file as the gate would, and stores nothing. Exit code 0 if every row would be accepted."""
    from ingest import clock
    from orchestration import report
    from orchestration.feeds import find_department, find_feed
    from quality import precheck

    settings = _settings()
    code = find_department(settings, department)
    month = period or precheck.period_of(file, clock.local_date(clock.now()))
    with _progress() as progress:
        progress(f"check {file.name}")
        result = precheck.check_file(settings, file, find_feed(feed).feed if feed else None, code, month, output)
    report.show_check(result)
    if not result.is_clean:
        raise typer.Exit(UNCLEAN)


@app.command()
def confirm(
    submission: Annotated[str, typer.Argument(help="id of the held submission, as in its receipt")],
    by: Annotated[str, typer.Option(help="who confirms; kept")],
    reason: Annotated[str, typer.Option(help="why the list really is that short; kept")],
) -> None:
    """Puts a list that X-SHRINK held in force, from now on."""
    from ingest import warehouse
    from orchestration.lock import exclusive
    from quality import confirm as confirmation
    from quality import receipt

    settings = _settings()
    with exclusive(settings, f"confirmation of {submission}"), warehouse.connect(settings) as con:
        confirmation.confirm(con, settings, submission, by, reason)
        receipt.write_receipts(con, settings, [submission])
    typer.echo(f"submission {submission} is confirmed by {by}; the next close uses it")


@app.command()
def draw(
    period: Annotated[str, typer.Argument(help="month whose draw is made again, YYYY-MM; closed finally")],
    domain: Annotated[str, typer.Argument(help="domain code or its Chinese name")],
    by: Annotated[str, typer.Option(help="who decides; kept in the ledger")],
    reason: Annotated[str, typer.Option(help="why; kept, and published with the draw")],
) -> None:
    """Decides that inspections of a domain are drawn again; the former draw is kept beside the new one."""
    from ingest import warehouse
    from orchestration import times
    from orchestration.lock import exclusive
    from quality import redraw

    settings = _settings()
    with exclusive(settings, f"draw of {domain}, {period}"), warehouse.connect(settings) as con:
        decided = redraw.decide(con, settings, period, domain, by, reason)
    typer.echo(
        f"draw {decided.draw_no} of {decided.domain_code} for {period} is decided by {by} "
        f"at {times.show(decided.decided_at)}; amend the close to carry it out: "
        f"xinyong run --period {period} --as-of {decided.decided_at:%Y-%m-%dT%H:%M:%S.%fZ}"
    )


@app.command()
def profile(
    uscc: Annotated[str, typer.Argument(help="unified social credit code of the enterprise")],
    as_of: Annotated[
        str | None, typer.Option(help="any day: what was known then, and what changed against the release, and why")
    ] = None,
    why: Annotated[
        bool, typer.Option("--why", help="each fact with submission, file, sheet, row, rule, article")
    ] = False,
) -> None:
    """Shows the credit profile of one enterprise: as published, or as known on a day."""
    from orchestration import profile as lookup
    from orchestration import profile_show, times

    found = lookup.find_profile(_settings(), uscc, times.parse_as_of(as_of) if as_of else None, why=why)
    profile_show.show_profile(found)


@app.command()
def notice(
    period: Annotated[str, typer.Argument(help="closed month, YYYY-MM")],
    issue: Annotated[bool, typer.Option("--issue", help="issue it: red head, number, date; kept for good")] = False,
    number: Annotated[str | None, typer.Option(help="document number, e.g. 湖信用办〔2025〕8号")] = None,
    by: Annotated[str | None, typer.Option(help="who issues it; kept")] = None,
    on: Annotated[str | None, typer.Option(help="date of the document, YYYY-MM-DD; default: today")] = None,
    adopt: Annotated[bool, typer.Option("--adopt", help="print praise and criticism as decided")] = False,
    document: Annotated[Path | None, typer.Option(help="docx: the draft as the office edited it goes out")] = None,
    accept_changes: Annotated[
        bool, typer.Option("--accept-changes", help="numbers of the edited document that differ go out on purpose")
    ] = False,
) -> None:
    """Writes the draft of the monthly notice, an amendment if an issued one no longer holds; or issues it."""
    from orchestration import notice as notices

    order = notices.Order(issue, number, by, on, adopt, document, accept_changes)
    notices.show(notices.run(_settings(), period, order))


@app.command()
def trace(
    figure: Annotated[str, typer.Argument(help="id of a printed figure, as in 数字索引 of 通报附件.xlsx")],
    period: Annotated[str | None, typer.Option(help="month of the notice; default: the last closed one")] = None,
    number: Annotated[str | None, typer.Option(help="document number of an issued notice")] = None,
    limit: Annotated[int, typer.Option(min=1, help="most rows shown of each kind")] = 20,
) -> None:
    """Shows the query of a printed figure, the rows behind it and the submissions that they came from."""
    from orchestration import trace as tracing

    found = tracing.trace(_settings(), figure, period, number, limit)
    tracing.show(found)
    if not found.is_same:
        raise typer.Exit(UNCLEAN)


@app.command()
def verify(period: Annotated[str, typer.Argument(help="closed month to build again and compare, YYYY-MM")]) -> None:
    """Rebuilds a published month in a temporary home and compares every artefact. Exit code 0 if all are equal."""
    from orchestration import verify as verification

    with _progress() as progress:
        result = verification.verify(_settings(), period, progress)
    verification.show(result)
    if not result.is_equal:
        raise typer.Exit(UNCLEAN)


@app.command()
def doctor() -> None:
    """Checks whether this machine, these settings and this home can run Xinyong."""
    from orchestration import doctor as examination
    from orchestration import report

    findings = examination.examine()
    report.show_doctor(findings)
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(UNCLEAN)


def _settings() -> Settings:
    from ingest.settings import load_settings

    return load_settings()


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Yields what stages report to: a spinner on a terminal, a line per stage elsewhere, always on stderr."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        last = ""

        def tell(message: str) -> None:
            nonlocal last
            kind = re.sub("[0-9]+", "0", message)
            if kind != last:  # of "receipt 1 of 31" and its fellows the first is enough for a log
                console.print(message, markup=False, highlight=False, soft_wrap=True)
            last = kind

        yield tell
        return
    with console.status("…") as status:
        yield lambda message: status.update(f"{message} …")


def _leave(results: list[CloseResult]) -> None:
    if not all(result.is_clean for result in results):
        raise typer.Exit(UNCLEAN)


def call() -> int:
    """Returns the exit code of the command line in ``sys.argv``; a fault that a person can act on is one message."""
    from ingest.errors import FeedError
    from ingest.settings import SettingsError

    try:
        app()
    except (FeedError, SettingsError) as error:
        typer.secho(f"xinyong: {error}", err=True, fg="red")
        return UNCLEAN
    except SystemExit as stop:  # how Typer ends, also when all is well
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0


def hasten() -> Callable[[int], None]:
    """Returns how to leave with an exit code; spares this process what the libraries' millions of objects would cost.

    Looking for garbage among them costs every start a second, taking them apart at the end two. So the collector looks
    rarely, and the process ends when everything that was registered for its end has run: this is registered first, so
    it runs last.
    """
    ended_with = [UNCLEAN]

    def end() -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended_with[0])

    def leave(code: int) -> None:
        ended_with[0] = code
        sys.exit(code)

    gc.set_threshold(GARBAGE_THRESHOLD, 50, 100)
    atexit.register(end)
    return leave


def main() -> None:
    """Runs the command line and ends the process; what the console script calls."""
    leave = hasten()
    leave(call())


if __name__ == "__main__":
    main()
