"""Returns cell values of spreadsheets as the texts that a person would see, before any normalisation."""

from __future__ import annotations

import datetime as dt
import math

EXACT_INTEGERS = 10**15
"""From here on a double does not hold every digit: Excel keeps 15 (domain.md 4 SCI)."""

ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"})


def number_text(value: float) -> str:
    """Returns a number as Excel would show it: 5.0 is 5, codes that lost digits show as 9.1330502E+17."""
    if not math.isfinite(value):
        return "#NUM!"
    if value == int(value) and abs(value) < EXACT_INTEGERS:
        return str(int(value))
    return format(value, ".15G")


def cell_text(value: object) -> str | None:
    """Returns the text of a typed cell, None for an empty one.

    Dates of the workbook become ISO texts: in that form they are no dirty form (a date, or a date with ``T`` and time).
    """
    if isinstance(value, str):
        return value or None
    if value is None:
        return None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(timespec="seconds")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)
