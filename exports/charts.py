"""Returns charts as SVG, drawn to be printed in black and white: shape and pattern tell, never a shade alone.

The same content gives the same bytes. Numbers arrive as registered figures and are printed as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from exports import text_issue as words
from exports.figures import Figure

SANS, SERIF = "Noto Sans SC", "Noto Serif SC"
INK, GUIDE, SOFT = "#000000", "#9a9a9a", "#d9d9d9"
WIDTH = 156.0  # mm, the type area of GB/T 9704
MM = 10.0  # units per millimetre: the drawing is made of whole tenths
LABELLED_MONTHS = 6  # of more months only the lowest and the last are labelled, else the labels touch
GRID_STEPS = 4  # guide lines of a trend
NAME_ROOM = 43.0  # mm for the name of a domain; a longer one is set smaller


@dataclass(frozen=True)
class Chart:
    """A drawing with its caption; ``alt`` says in words what it shows."""

    name: str
    caption: str
    alt: str
    svg: str
    width_mm: float
    height_mm: float


@dataclass(frozen=True)
class Trend:
    """A rate over the months; a month in which nothing was due has a figure without value."""

    title: str
    months: Sequence[str]
    rates: Sequence[Figure]


@dataclass(frozen=True)
class Bar:
    """A department in the ranking; without a score it is listed with a dash."""

    name: str
    rank: str
    score: Figure


@dataclass(frozen=True)
class DomainCells:
    """A domain and what became of each of its catalogues: reported, zero, late, missing or not_due."""

    name: str
    states: Sequence[str]


class Canvas:
    """The shapes of one drawing, in millimetres."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._shapes: list[str] = []

    def line(self, start: tuple[float, float], end: tuple[float, float], weight: float = 0.2, ink: str = INK) -> None:
        """Draws a straight line."""
        (x1, y1), (x2, y2) = start, end
        self._shapes.append(
            f'<line x1="{_u(x1)}" y1="{_u(y1)}" x2="{_u(x2)}" y2="{_u(y2)}" '
            f'stroke="{ink}" stroke-width="{_u(weight)}"/>'
        )

    def rect(self, corner: tuple[float, float], size: tuple[float, float], fill: str = "none") -> None:
        """Draws a rectangle with a black edge."""
        (x, y), (width, height) = corner, size
        self._shapes.append(
            f'<rect x="{_u(x)}" y="{_u(y)}" width="{_u(width)}" height="{_u(height)}" fill="{fill}" '
            f'stroke="{INK}" stroke-width="{_u(0.2)}"/>'
        )

    def blank(self, corner: tuple[float, float], size: tuple[float, float]) -> None:
        """Clears the ground under letters."""
        (x, y), (width, height) = corner, size
        self._shapes.append(f'<rect x="{_u(x)}" y="{_u(y)}" width="{_u(width)}" height="{_u(height)}" fill="#ffffff"/>')

    def path(self, points: Sequence[tuple[float, float]], weight: float = 0.4) -> None:
        """Draws a line through points."""
        places = " ".join(f"{_u(x)},{_u(y)}" for x, y in points)
        self._shapes.append(f'<polyline points="{places}" fill="none" stroke="{INK}" stroke-width="{_u(weight)}"/>')

    def dot(self, centre: tuple[float, float], radius: float = 0.9) -> None:
        """Draws a filled dot."""
        x, y = centre
        self._shapes.append(f'<circle cx="{_u(x)}" cy="{_u(y)}" r="{_u(radius)}" fill="{INK}"/>')

    def write(
        self, place: tuple[float, float], letters: str, size: float = 2.8, anchor: str = "start", font: str = SERIF
    ) -> None:
        """Writes letters with their foot on ``place``; ``size`` in mm."""
        x, y = place
        self._shapes.append(
            f'<text x="{_u(x)}" y="{_u(y)}" font-family="{font}" font-size="{_u(size)}" text-anchor="{anchor}" '
            f'fill="{INK}">{escape(letters)}</text>'
        )

    def hatch(self, corner: tuple[float, float], side: float) -> None:
        """Draws a square with slanted lines."""
        x, y = corner
        self.rect(corner, (side, side), "#ffffff")
        for part in (1 / 3, 2 / 3, 1):
            self.line((x, y + side * part), (x + side * part, y), 0.25)
        for part in (1 / 3, 2 / 3):
            self.line((x + side * part, y + side), (x + side, y + side * part), 0.25)

    def svg(self) -> str:
        """Returns the drawing."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width:g}mm" height="{self.height:g}mm" '
            f'viewBox="0 0 {_u(self.width)} {_u(self.height)}">{"".join(self._shapes)}</svg>'
        )


def trend_chart(trends: Sequence[Trend], height: float = 58.0) -> Chart:
    """Returns rates over the months, one panel each: lines that lie close together never share one."""
    canvas = Canvas(WIDTH, height)
    panel = WIDTH / len(trends)
    for number, trend in enumerate(trends):
        _panel(canvas, trend, number * panel, panel, height)
    return Chart("trend", words.CHART_TREND, words.CHART_TREND_ALT, canvas.svg(), WIDTH, height)


def _panel(canvas: Canvas, trend: Trend, left: float, width: float, height: float) -> None:
    first, last, top, foot = left + 13, left + width - 6, 11.0, height - 8
    known = [float(rate.value) for rate in trend.rates if rate.value is not None]
    floor = _floor(known)
    canvas.write((left + width / 2, 4.5), trend.title, 3.4, "middle", SANS)
    for step in range(GRID_STEPS + 1):
        y = foot - (foot - top) * step / GRID_STEPS
        canvas.line((first - 2, y), (last + 2, y), 0.15, INK if step == 0 else GUIDE)
        share = floor + (1 - floor) * step / GRID_STEPS
        canvas.write((first - 3, y + 0.9), f"{share * 100:g}%", 2.5, "end")
    gap = (last - first) / max(len(trend.months) - 1, 1)
    _curve(canvas, trend, (first, gap), (foot, top, floor))
    lowest = min(known, default=None)
    is_marked = False  # only the first of several lowest months is labelled
    for number, (month, rate) in enumerate(zip(trend.months, trend.rates, strict=True)):
        x = first + gap * number if len(trend.months) > 1 else (first + last) / 2
        is_last = number == len(trend.months) - 1
        if len(trend.months) <= LABELLED_MONTHS or number % 2 == (len(trend.months) - 1) % 2:
            canvas.write((x, foot + 4.5), month, 2.6, "middle")
        if rate.value is None:
            canvas.write((x, foot - 1.2), rate.text, 2.6, "middle")
            continue
        y = foot - (foot - top) * (float(rate.value) - floor) / (1 - floor)
        canvas.dot((x, y))
        if len(trend.months) <= LABELLED_MONTHS or is_last or (float(rate.value) == lowest and not is_marked):
            is_marked = is_marked or float(rate.value) == lowest
            canvas.blank((x - len(rate.text) * 0.75, y - 4.4), (len(rate.text) * 1.5, 2.8))
            canvas.write((x, y - 2), rate.text, 2.6, "middle")


def _curve(canvas: Canvas, trend: Trend, across: tuple[float, float], down: tuple[float, float, float]) -> None:
    """Draws the line under dots and labels; a month without value interrupts it."""
    (first, gap), (foot, top, floor) = across, down
    places: list[tuple[float, float]] = []
    for number, rate in enumerate(trend.rates):
        if rate.value is None:
            _stroke(canvas, places)
            places = []
        else:
            places.append((first + gap * number, foot - (foot - top) * (float(rate.value) - floor) / (1 - floor)))
    _stroke(canvas, places)


def _stroke(canvas: Canvas, places: Sequence[tuple[float, float]]) -> None:
    if len(places) > 1:
        canvas.path(places)


def _floor(values: Sequence[float]) -> float:
    """Returns where the scale begins: a tenth below the lowest value, and never so high that nothing looks like much.

    The axis is labelled, so a reader sees that it does not begin at nought.
    """
    lowest = min(values, default=0.0)
    return max(0.0, min(int(lowest * 10) / 10 - 0.1, 0.8))


def ranking_chart(bars: Sequence[Bar], row: float = 3.5) -> Chart:
    """Returns the scores of departments as bars, in the order given."""
    height = row * len(bars) + 7
    canvas = Canvas(WIDTH, height)
    left, right = 44.0, 142.0
    for number, bar in enumerate(bars):
        y = 1 + row * number
        canvas.write((6, y + 2.55), bar.rank, 2.5, "middle")
        canvas.write((left - 2, y + 2.55), bar.name, 2.6, "end")
        length = 0.0
        if bar.score.value is not None:
            length = (right - left) * float(bar.score.value) / 100
            if length:
                canvas.rect((left, y + 0.45), (length, row - 0.9), SOFT)
        canvas.write((left + length + 1.2, y + 2.55), bar.score.text, 2.5)
    foot = 1 + row * len(bars) + 0.6
    canvas.line((left, 0.6), (left, foot))
    for score in (0, 20, 40, 60, 80, 100):
        x = left + (right - left) * score / 100
        canvas.line((x, foot), (x, foot + 0.8))
        canvas.write((x, foot + 3.9), str(score), 2.4, "middle")
    canvas.line((left, foot), (right, foot))
    return Chart("ranking", words.CHART_RANKING, words.CHART_RANKING_ALT, canvas.svg(), WIDTH, height)


def coverage_chart(domains: Sequence[DomainCells], feeds: Sequence[str], row: float = 5.2) -> Chart:
    """Returns domains × catalogues in two columns of cells; each state has a sign of its own."""
    half = (len(domains) + 1) // 2
    top = 9.0
    height = top + row * half + 10
    canvas = Canvas(WIDTH, height)
    column = WIDTH / 2
    for number, domain in enumerate(domains):
        left, y = (0.0 if number < half else column), top + row * (number % half)
        canvas.write((left + 1, y + row / 2 + 1), f"{number + 1}", 2.5)
        canvas.write((left + 6, y + row / 2 + 1), domain.name, min(2.7, NAME_ROOM / len(domain.name)))
        for place, state in enumerate(domain.states):
            _cell(canvas, (left + 49 + place * 9.5 + 1.2, y + (row - 3.6) / 2), state)
        canvas.line((left, y + row), (left + column - 3, y + row), 0.1, GUIDE)
    for left in (0.0, column) if len(domains) > 1 else (0.0,):
        for place, feed in enumerate(feeds):
            canvas.write((left + 52 + place * 9.5, 5.6), feed, 2.6, "middle", SANS)
        canvas.line((left, top), (left + column - 3, top), 0.3)
    x, y = 1.0, top + row * half + 4
    for state, title in words.CHART_STATES.items():
        _cell(canvas, (x, y), state)
        canvas.write((x + 5, y + 2.9), title, 2.7)
        x += 7 + 2.7 * len(title) + 5
    return Chart("coverage", words.CHART_COVERAGE, words.CHART_COVERAGE_ALT, canvas.svg(), WIDTH, height)


def _cell(canvas: Canvas, corner: tuple[float, float], state: str, side: float = 3.6) -> None:
    x, y = corner
    if state == "reported":
        canvas.rect(corner, (side, side), INK)
    elif state == "late":
        canvas.hatch(corner, side)
    elif state == "zero":
        canvas.rect(corner, (side, side), "#ffffff")
        canvas.dot((x + side / 2, y + side / 2), 0.8)
    elif state == "missing":
        canvas.rect(corner, (side, side), "#ffffff")
    else:
        canvas.line((x + 0.6, y + side / 2), (x + side - 0.6, y + side / 2), 0.3)


def _u(millimetres: float) -> str:
    """Returns a length in units of the drawing, with two decimals at most: no machine rounds differently."""
    return f"{round(millimetres * MM, 2):g}"
