"""Returns the printed figures of a document, each with its id, value, text and query (design.md 8).

No other module of ``exports`` formats a number: a document holds ``Figure.text`` only, and ``figures.json`` beside it
lists for every figure the query that gives the same value from the release file again (``xinyong trace``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Literal

from exports import text

Kind = Literal[
    "count", "rate", "score", "rank", "growth", "points", "shift", "day", "month", "moment", "number", "percent"
]
"""How a value is printed.

count: whole number. rate: share 0-1 as per cent. score: 0-100. rank: place. growth: relative change of a count.
points: difference of two rates, percentage points. shift: places gained (positive) or lost against the former rank.
day, month, moment: dates in Asia/Shanghai; a moment is stored in UTC. number, percent: a limit, without needless zeros.
"""

RATE_DECIMALS = Decimal("0.01")  # per cent with two decimals, as the notices of domain.md 11 print them
SCORE_DECIMALS = Decimal("0.01")  # ranks are taken from the score with two decimals (semantics 6.6)
LOCAL_OFFSET = timedelta(hours=8)  # Asia/Shanghai, no daylight saving time (semantics 1.1)
HUNDRED = Decimal(100)
FORMER = "before."  # begins the id of a figure that a former document printed


@dataclass(frozen=True)
class Figure:
    """One printed figure. ``sql`` with ``parameters`` gives ``value`` again on the release file."""

    figure_id: str
    kind: Kind
    value: Any
    text: str
    sql: str
    parameters: Mapping[str, Any]
    printed: float | int | None = None  # the number as printed, for a spreadsheet cell; None: not a number
    release: str | None = None  # the release that the query runs on, if it is not that of the document

    def __str__(self) -> str:
        """Returns the text, so that a sentence can hold the figure itself."""
        return self.text

    def __format__(self, spec: str) -> str:
        """Returns the text; a format of its own is refused."""
        if spec:
            raise ValueError(f"figure {self.figure_id} is printed as registered, not as {spec!r}")
        return self.text


class Figures:
    """The registry of one document: runs queries on the release and keeps what was printed."""

    def __init__(self, con: Any) -> None:
        self._con = con
        self._figures: dict[str, Figure] = {}

    def one(
        self, figure_id: str, kind: Kind, sql: str, *, missing: str = text.NO_DENOMINATOR, **parameters: Any
    ) -> Figure:
        """Returns the figure that a query of one row and one column gives."""
        rows = self._con.execute(sql, parameters).fetchall() if parameters else self._con.execute(sql).fetchall()
        if len(rows) != 1 or len(rows[0]) != 1:
            raise ValueError(f"figure {figure_id}: expected one row with one column, got {len(rows)} rows from {sql}")
        printed_text, printed = render(kind, rows[0][0], missing)
        return self._keep(Figure(figure_id, kind, rows[0][0], printed_text, sql, parameters, printed))

    def table(
        self,
        prefix: str,
        sql: str,
        key: Sequence[str],
        kinds: Mapping[str, Kind],
        *,
        missing: str = text.NO_DENOMINATOR,
        **parameters: Any,
    ) -> list[dict[str, Any]]:
        """Returns the rows of a query; columns named in ``kinds`` become figures ``<prefix>.<key values>.<column>``.

        The query of a single figure is the same query narrowed to its row, so the two cannot differ.
        """
        result = self._con.execute(sql, parameters) if parameters else self._con.execute(sql)
        names = [column[0] for column in result.description]
        rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        for row in rows:
            place = ".".join(str(row[k]) for k in key)
            condition = " and ".join(f"{k} is not distinct from $key_{k}" for k in key)
            bound = dict(parameters) | {f"key_{k}": row[k] for k in key}
            for column, kind in kinds.items():
                narrowed = f"select {column} from ({sql}) where {condition}"
                printed_text, printed = render(kind, row[column], missing)
                row[column] = self._keep(
                    Figure(f"{prefix}.{place}.{column}", kind, row[column], printed_text, narrowed, bound, printed)
                )
        return rows

    def rows(self, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Returns the rows of a query of which nothing is printed as a number: names, and codes that choose words."""
        found: list[tuple[Any, ...]] = self._con.execute(sql, parameters).fetchall()
        return found

    def former(self, entry: Mapping[str, Any], release: str) -> Figure:
        """Returns a figure as a former document printed it, under ``before.<its id>``; it leads to the former release.

        Args:
            entry: of the ``figures.json`` of the former document.
            release: on which that document rests.
        """
        figure_id = f"{FORMER}{entry['figure_id']}"
        return self._keep(
            Figure(
                figure_id,
                entry["kind"],
                entry["value"],
                entry["text"],
                entry["sql"],
                entry["parameters"],
                release=entry.get("release_name", release),
            )
        )

    def get(self, figure_id: str) -> Figure:
        """Returns the figure of that id. Raises KeyError naming the figures with the same beginning."""
        if figure_id not in self._figures:
            near = [f for f in self._figures if f.split(".")[0] == figure_id.split(".", maxsplit=1)[0]]
            raise KeyError(f"no figure {figure_id}; there are {', '.join(near) or 'none of that prefix'}")
        return self._figures[figure_id]

    def all(self) -> list[Figure]:
        """Returns every figure in the order of registration."""
        return list(self._figures.values())

    def save(self, path: Path, document: Mapping[str, Any]) -> None:
        """Writes ``figures.json``: what the document is, then every figure."""
        figures = [
            {
                "figure_id": f.figure_id,
                "kind": f.kind,
                "value": _jsonable(f.value),
                "text": f.text,
                "sql": " ".join(f.sql.split()),
                "parameters": {k: _jsonable(v) for k, v in f.parameters.items()},
            }
            | ({"release_name": f.release} if f.release else {})
            for f in self._figures.values()
        ]
        content = json.dumps({"document": dict(document), "figures": figures}, ensure_ascii=False, indent=1)
        path.write_text(content + "\n", encoding="utf-8")

    def _keep(self, figure: Figure) -> Figure:
        former = self._figures.get(figure.figure_id)
        if former is not None and (former.value, former.text) != (figure.value, figure.text):
            raise ValueError(
                f"figure {figure.figure_id} is registered twice, as {former.text} and as {figure.text}; rename one"
            )
        self._figures[figure.figure_id] = figure
        return figure


def render(kind: Kind, value: Any, missing: str = text.NO_DENOMINATOR) -> tuple[str, float | int | None]:
    """Returns how a value is printed, and the number as printed for a spreadsheet cell (None: no number).

    A null is never printed as 0: it is ``missing`` (a dash for a zero denominator, 未归集 for what was not collected).
    """
    if value is None:
        return missing, None
    if kind in {"count", "rank"}:
        return str(int(value)), int(value)
    if kind == "rate":
        return _rate(value)
    if kind == "score":
        score = _decimal(value).quantize(SCORE_DECIMALS, ROUND_HALF_UP)
        return str(score), float(score)
    if kind in {"number", "percent"}:
        shown = _decimal(value) * (HUNDRED if kind == "percent" else 1)
        return f"{shown.normalize():f}{'%' if kind == 'percent' else ''}", None
    if kind == "growth":
        return _directed(_decimal(value) * HUNDRED, text.GROWTH, "%"), None
    if kind == "points":
        return _directed(_decimal(value) * HUNDRED, text.POINTS, text.POINT_UNIT), None
    if kind == "shift":
        places = int(value)
        return (f"{'↑' if places > 0 else '↓'}{abs(places)}" if places else text.NO_SHIFT), None
    return _calendar(kind, value), None


def _decimal(value: Any) -> Decimal:
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def _rate(value: Any) -> tuple[str, float]:
    """Returns a share as per cent. What is not whole is never printed as 100%, what is not nothing never as 0%."""
    share = _decimal(value) * HUNDRED
    shown = share.quantize(RATE_DECIMALS, ROUND_HALF_UP)
    if shown >= HUNDRED > share:
        shown = HUNDRED - RATE_DECIMALS
    elif shown == 0 < share:
        shown = RATE_DECIMALS
    digits = str(int(shown)) if shown in {Decimal(0), HUNDRED} else str(shown)
    return f"{digits}%", float(shown / HUNDRED)


def _directed(amount: Decimal, words: tuple[str, str, str], unit: str) -> str:
    """Returns 'rises by x', 'falls by x' or 'unchanged'; a change too small for two decimals counts as unchanged."""
    shown = abs(amount).quantize(RATE_DECIMALS, ROUND_HALF_UP)
    rises, falls, unchanged = words
    if shown == 0:
        return unchanged
    return f"{rises if amount > 0 else falls}{shown}{unit}"


def _calendar(kind: Kind, value: Any) -> str:
    if kind == "month":
        year, month = str(value).split("-")
        return text.MONTH.format(year=year, month=str(int(month)))
    if kind == "moment":
        return _moment(value + LOCAL_OFFSET)
    day: date = value
    return text.DAY.format(year=str(day.year), month=str(day.month), day=str(day.day))


def _moment(local: datetime) -> str:
    """Returns a local time; midnight is hour 24 of the day that it ends, as deadlines are written."""
    ends_day = local.time() == time()
    day = _calendar("day", (local - timedelta(days=1) if ends_day else local).date())
    minute = text.MINUTE.format(minute=f"{local.minute:02d}") if local.minute else ""
    return text.MOMENT.format(day=day, hour="24" if ends_day else str(local.hour), minute=minute)


def _jsonable(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value
