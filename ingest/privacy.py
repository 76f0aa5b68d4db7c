"""Returns texts without ID numbers, in Python and in SQL: the one home of their shape.

Recognised wherever they stand (GB 11643): 18 digits, of either width, blanks between them; 15 digits that stand alone;
and what a spreadsheet makes of one, 3.30502196001011E+17. The check digit is not asked: a slip tells as much.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.settings import Settings


def _of(digits: str) -> str:
    """Returns the class of these digits in both widths."""
    return "[" + "".join(d if d == "-" else d + chr(ord(d) + 0xFEE0) for d in digits) + "]"


_DIGIT = "[0-9０-９]"
_BLANK = "[ \t\r\n\u00a0\u3000]{0,2}"
_LAST = "[0-9０-９XxＸｘ]"
_YEAR = f"(?:{_of('1')}{_BLANK}{_of('9')}|{_of('2')}{_BLANK}{_of('0')}){_BLANK}{_DIGIT}{_BLANK}{_DIGIT}"
_MONTH = f"(?:{_of('0')}{_BLANK}[1-9１-９]|{_of('1')}{_BLANK}[0-2０-２])"
_DAY = f"(?:[0-2０-２]{_BLANK}{_DIGIT}|{_of('3')}{_BLANK}[01０１])"


def _digits(count: int, first: str = _DIGIT) -> str:
    return _BLANK.join([first, *[_DIGIT] * (count - 1)])


ID18 = _BLANK.join([f"({_digits(3, '[1-9１-９]')})", _digits(3), _YEAR, _MONTH, _DAY, f"({_digits(3)}{_BLANK}{_LAST})"])
ID15 = (
    f"(^|[^0-9０-９])([1-9１-９]{_DIGIT}{{2}}){_DIGIT}{{5}}(?:{_of('0')}[1-9１-９]|{_of('1')}[0-2０-２])"
    f"(?:[0-2０-２]{_DIGIT}|{_of('3')}[01０１])({_DIGIT}{{3}})($|[^0-9０-９])"
)
SCIENTIFIC = r"[1-9]\.[0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])[0-9]*[Ee]\+?17"
"""The same expressions for Python's ``re`` and for RE2, which DuckDB uses."""

_MASK = "***********"  # first three and last four digits stay (domain.md 13); of 15 digits the last three
_LONG_RUN = f"{_DIGIT}(?:{_BLANK}{_DIGIT}){{13}}|[Ee][+]?17"
"""What has no such run holds no ID number: asked first, as nearly no value has one."""

_LONG, _FULL, _SHORT, _POWER = (re.compile(p) for p in (_LONG_RUN, ID18, ID15, SCIENTIFIC))

_TOLD = rf"\1{_MASK}\2"
_TOLD_SHORT = rf"\1\2{_MASK}\3\4"
_BLOT = "******"


def _macro(name: str, full: str, short: str) -> str:
    """Returns the SQL of a macro that masks every ID number in a text."""
    value = f"regexp_replace(regexp_replace(x, '{ID18}', '{full}', 'g'), '{SCIENTIFIC}', '{_BLOT}', 'g')"
    for _ in range(2):  # the sign between two of 15 digits belongs to the first
        value = f"regexp_replace({value}, '{ID15}', '{short}', 'g')"
    asked = f"length(x) >= 15 and regexp_matches(x, '{_LONG_RUN}')"
    return f"create or replace temp macro {name}(x) as case when {asked} then {value} else x end;\n"


MACROS = _macro("xy_hidden", _TOLD, _TOLD_SHORT) + _macro("xy_blotted", _BLOT, rf"\1{_BLOT}\4")
"""``xy_hidden`` keeps first and last digits, for the department that sent them; ``xy_blotted`` keeps none."""


def without_ids(text: str) -> str:
    """Returns the text with every ID number masked but for its first three and last digits (macro ``xy_hidden``)."""
    if len(text) < 15 or not _LONG.search(text):
        return text
    masked = _POWER.sub(_BLOT, _FULL.sub(_TOLD, text))
    return _SHORT.sub(_TOLD_SHORT, _SHORT.sub(_TOLD_SHORT, masked))


def name_without_ids(name: str, settings: Settings) -> str:
    """Returns a path or record id for the ledger: unchanged, or masked with a keyed hash that keeps two apart."""
    masked = without_ids(name)
    if masked == name:
        return name
    secret = settings.person_key.get_secret_value() if settings.person_key else ""
    return f"{masked}#{hmac.new(secret.encode(), name.encode(), hashlib.sha256).hexdigest()[:12]}"
