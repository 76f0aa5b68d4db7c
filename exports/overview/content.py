"""Returns what the overview page says, every number already in words (exports/figures.py prints them)."""

from __future__ import annotations

from dataclasses import dataclass, field
from string import Formatter
from typing import Any

from exports import text, text_pages
from exports.figures import Kind, render

MATRIX_MONTHS = 12  # newest months shown: more do not fit on a printed A4 page


@dataclass(frozen=True)
class Shown:
    """A printed number, and the id under which ``xinyong trace`` leads to its rows."""

    text: str
    figure_id: str | None  # that of the same figure in the notice; None: the notice does not print it

    def __str__(self) -> str:
        """Returns the number as printed."""
        return self.text


Parts = list[Shown | str]
"""Words with numbers between them."""


@dataclass(frozen=True)
class Cell:
    """One domain in one month: whether everything due came, by symbol, text and colour class."""

    state: str  # full | part | none | free (nothing due) | blank (no close of that month)
    symbol: str
    shown: str
    title: str


@dataclass(frozen=True)
class DomainRow:
    """One line of the coverage matrix."""

    number: int
    domain: str
    department: str
    department_code: str
    cells: list[Cell]


@dataclass(frozen=True)
class RankRow:
    """One department of the ranking."""

    code: str
    name: str
    rank: Parts
    shift: Parts
    score: Parts
    width: str  # of the bar, per cent
    rates: list[Parts]
    reported: Parts
    is_small: bool
    is_failed: bool


@dataclass(frozen=True)
class Overview:
    """The content of the page."""

    month: str
    as_of: str
    is_final: bool
    release_name: str
    code_version: str
    cards: list[tuple[str, Parts, Parts]]
    months: list[str]
    matrix: list[DomainRow]
    months_left_out: int
    ranking: list[RankRow]
    gate_counts: list[tuple[str, str, str, str]]
    gates: list[tuple[str, ...]]
    problems: list[tuple[str, str]] = field(default_factory=list)


def gather(con: Any) -> Overview:
    """Returns the content of the page from an open release file."""
    name, period, as_of, is_final, code = con.execute(
        "select release_name, period, as_of, is_final, code_version from meta.release"
    ).fetchall()[0]
    periods = [
        p for (p,) in con.execute("select distinct period from marts.coverage_domain_period order by 1").fetchall()
    ]
    shown = periods[-MATRIX_MONTHS:]
    return Overview(
        month=_say("month", period),
        as_of=_say("moment", as_of),
        is_final=bool(is_final),
        release_name=name,
        code_version=code,
        cards=_cards(con, period),
        months=shown,
        matrix=_matrix(con, shown),
        months_left_out=len(periods) - len(shown),
        ranking=_ranking(con, period),
        gate_counts=_gate_counts(con, period),
        gates=_gates(con, period),
        problems=_problems(con),
    )


def _say(kind: Kind, value: Any) -> str:
    return render(kind, value)[0]


def _parts(pattern: str, **shown: Shown) -> Parts:
    """Returns a sentence cut at its numbers."""
    parts: Parts = []
    for words, name, _, _ in Formatter().parse(pattern):
        parts += [words] if words else []
        parts += [shown[name]] if name else []
    return parts


def _cards(con: Any, period: str) -> list[tuple[str, Parts, Parts]]:
    """Returns title, figure and remark of the totals at the top of the page."""
    result = con.execute(
        """
        select c.*,
            round(c.collection_rate::decimal(18, 10), 4) - round(p.collection_rate::decimal(18, 10), 4) as points,
            c.submitted_rows / nullif(p.submitted_rows, 0) - 1 as growth
        from marts.coverage_programme_period as c
        left join marts.coverage_programme_period as p on p.period = strftime(
            cast(c.period || '-01' as date) - interval 1 month, '%Y-%m'
        )
        where c.period = ?
        """,
        [period],
    )
    names = [column[0] for column in result.description]
    rows = result.fetchall()
    if not rows:
        return []
    total = dict(zip(names, rows[0], strict=True))

    def of(kind: Kind, column: str, measure: str | None = None) -> Shown:
        return Shown(_say(kind, total[column]), f"programme.{period}.{measure or column}")

    def compared(kind: Kind, column: str, measure: str) -> Parts:
        if total[column] is None:
            return [text_pages.CARD_FIRST]
        return [text_pages.CARD_COMPARED, of(kind, column, measure)]

    def among(part: str, whole: str) -> Parts:
        return [of("count", part), " / ", of("count", whole)]

    due: Parts = [text_pages.CARD_OF_DUE]
    accepted = _parts(text_pages.CARD_ACCEPTED, rows=of("count", "accepted_rows"), rate=of("rate", "conformity_rate"))
    growth = compared("growth", "growth", "submitted_rows_growth")
    return [
        (
            text_pages.CARD_RATE,
            [of("rate", "collection_rate")],
            compared("points", "points", "collection_rate_points"),
        ),
        (text_pages.CARD_DEPARTMENTS, among("reporting_department_count", "due_department_count"), due),
        (text_pages.CARD_DOMAINS, among("reporting_domain_count", "due_domain_count"), due),
        (text_pages.CARD_ROWS, [of("count", "submitted_rows")], growth),
        (text_pages.CARD_TIMELY, [of("rate", "timeliness_rate")], accepted),
        (
            text_pages.CARD_LISTED,
            [of("count", "positive_list_count")],
            _parts(text_pages.CARD_VETOED, count=of("count", "vetoed_count")),
        ),
    ]


def _matrix(con: Any, periods: list[str]) -> list[DomainRow]:
    missing: dict[tuple[str, str], list[str]] = {}
    for domain, period, title in con.execute(
        """
        select o.domain_code, o.period, coalesce(v.title, o.feed)
        from marts.coverage_obligations as o
        left join meta.contract_versions as v on v.feed = o.feed
        where o.is_due and not o.is_reported and o.domain_code is not null
        order by v.catalogue, o.feed
        """
    ).fetchall():
        missing.setdefault((domain, period), []).append(title)
    counts = {
        (domain, period): (due, reported)
        for domain, period, due, reported in con.execute(
            "select domain_code, period, due_feed_count, reported_feed_count from marts.coverage_domain_period"
        ).fetchall()
    }
    return [
        DomainRow(
            number,
            name,
            department,
            department_code,
            [_cell(counts.get((code, p)), missing.get((code, p), [])) for p in periods],
        )
        for code, number, name, department, department_code in con.execute(
            """
            select d.domain_code, d.domain_no, d.domain_name, p.department_name, d.department_code
            from meta.domains as d
            left join meta.departments as p using (department_code)
            order by d.domain_no, d.domain_code
            """
        ).fetchall()
    ]


def _cell(counts: tuple[int, int] | None, missing: list[str]) -> Cell:
    """Returns one cell; its symbol alone tells the state, so that it can be read without colours."""
    if counts is None:
        return Cell("blank", "", "", text_pages.STATE_BLANK)
    due, reported = counts
    state = "free" if not due else "full" if reported >= due else "part" if reported else "none"
    symbol, words = text_pages.STATES[state]
    title = words
    if missing:
        title = text_pages.STATE_MISSING.format(state=words, feeds=text.LIST_SEPARATOR.join(missing))
    return Cell(state, symbol, f"{reported}/{due}" if due else "", title)


def _ranking(con: Any, period: str) -> list[RankRow]:
    rates = ("collection_rate", "timeliness_rate", "completeness_rate", "conformity_rate", "accuracy_rate")
    rows = con.execute(
        f"""
        select c.department_code, c.department_name, c.rank, c.rank_change, c.score, c.due_feed_count,
            c.reported_feed_count, c.submitted_rows, coalesce(c.is_small_volume, false), coalesce(g.is_failed, false),
            {", ".join(f"c.{rate}" for rate in rates)}
        from marts.coverage_department_period as c
        left join (
            select department_code, bool_or(success is false) as is_failed
            from meta.period_gates
            group by department_code
        ) as g using (department_code)
        where c.period = ?
        order by c.rank nulls last, c.sort_order, c.department_code
        """,
        [period],
    ).fetchall()
    return [
        RankRow(
            code=code,
            name=name,
            rank=[Shown(_say("rank", rank), _own(code, "rank", due, submitted))],
            shift=[Shown(_say("shift", shift), _own(code, "rank_shift", due, submitted))],
            score=[Shown(_say("score", score), _own(code, "score", due, submitted))],
            width="0" if score is None else f"{float(score):.1f}",
            rates=[
                [Shown(_say("rate", value), _own(code, rate, due, submitted))]
                for rate, value in zip(rates, values, strict=True)
            ],
            reported=[
                Shown(_say("count", reported), _own(code, "reported_feed_count", due, submitted)),
                "/",
                Shown(_say("count", due), _own(code, "due_feed_count", due, submitted)),
            ],
            is_small=bool(is_small),
            is_failed=bool(is_failed),
        )
        for code, name, rank, shift, score, due, reported, submitted, is_small, is_failed, *values in rows
    ]


def _own(code: str, measure: str, due: int, submitted: int) -> str | None:
    """Returns the id of a department's figure; one that owes nothing and sent nothing does not stand in the notice."""
    return f"department.{code}.{measure}" if due or submitted else None


def _problems(con: Any) -> list[tuple[str, str]]:
    """Returns what to know before use, with amounts; gates have a part of their own, assumed values share a line."""
    rows = con.execute(
        "select problem_kind, problem_zh, amount from meta.known_problems "
        "where problem_kind not in ('gate_failed', 'gate_unknown') order by problem_no"
    ).fetchall()
    found = [
        (words, "" if amount is None else _say("count", amount)) for kind, words, amount in rows if kind != "assumed"
    ]
    assumed = [amount for kind, _, amount in rows if kind == "assumed"]
    if assumed:
        words = text_pages.PROBLEMS_ASSUMED.format(tables=_say("count", len(assumed)))
        found.append((words, _say("count", sum(assumed))))
    return found


def _gate_counts(con: Any, period: str) -> list[tuple[str, str, str, str]]:
    """Returns per check how many passed, failed and could not be judged."""
    rows = con.execute(
        """
        select check_name, count(*) filter (where success), count(*) filter (where not success),
            count(*) filter (where success is null)
        from meta.period_gates
        where period = ?
        group by check_name
        """,
        [period],
    ).fetchall()
    by_name = {
        name: (_say("count", passed), _say("count", failed), _say("count", unknown))
        for name, passed, failed, unknown in rows
    }
    known = [name for name in text_pages.GATE_CHECKS if name in by_name]
    others = sorted(set(by_name) - set(known))
    return [(text_pages.GATE_CHECKS.get(name, name), *by_name[name]) for name in (*known, *others)]


def _gates(con: Any, period: str) -> list[tuple[str, ...]]:
    """Returns the failed gates: department, domain, catalogue, check, observed, threshold."""
    found: list[tuple[str, ...]] = []
    for department, domain, feed, check, observed, threshold in con.execute(
        """
        select coalesce(p.department_name, g.department_code), coalesce(d.domain_name, ''),
            coalesce(v.title, g.feed), g.check_name, g.observed, g.threshold
        from meta.period_gates as g
        left join meta.departments as p using (department_code)
        left join meta.domains as d on d.domain_code = g.domain_code
        left join meta.contract_versions as v on v.feed = g.feed
        where g.period = ? and g.success is false
        order by p.sort_order, d.domain_no nulls first, v.catalogue nulls last, g.feed, g.check_name
        """,
        [period],
    ).fetchall():
        is_rate = check in text_pages.GATES_IN_RATES  # the others say yes or no
        found.append(
            (
                department,
                domain or text.NO_DOMAIN,
                feed,
                text.GATE_NAMES.get(check, check),
                _say("rate", observed) if is_rate else text.NO_DENOMINATOR,
                _say("percent", threshold) if is_rate else text.NO_DENOMINATOR,
            )
        )
    return found
