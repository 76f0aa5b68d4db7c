"""An ID number is masked whatever stands around it, by Python and by SQL alike, and nothing else is changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import normalise
from ingest.privacy import without_ids

BLANKS = st.text(alphabet=" \t\u00a0\u3000", max_size=2)
AROUND = st.text(alphabet="甲乙张三（）号，。:/-_ aZ\n\u3000", max_size=12)
"""What may stand beside a number: no digit, as a longer number is another number."""


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, str]:
    """Returns area, birth date, sequence and check as one number, and the same as somebody may write it."""
    born = draw(st.dates(date(1900, 1, 1), date(2029, 12, 31)))
    area, last = (
        draw(st.from_regex(r"[1-9][0-9]{5}", fullmatch=True)),
        draw(st.from_regex(r"[0-9]{3}[0-9Xx]", fullmatch=True)),
    )
    number = f"{area}{born:%Y%m%d}{last}"
    if draw(st.booleans()):
        return number, "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in number)
    return number, "".join(c + draw(BLANKS) for c in number[:-1]) + number[-1]


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        normalise.install(con, "key of a test")
        yield con


@settings(max_examples=100, deadline=None)
@given(number=numbers(), before=AROUND, after=AROUND)
def test_privacy_number_anywhere_is_masked_and_its_surroundings_stay(
    con: duckdb.DuckDBPyConnection, number: tuple[str, str], before: str, after: str
) -> None:
    plain, written = number
    masked = without_ids(f"{before}{written}{after}")
    assert masked.startswith(before)
    assert masked.endswith(after)
    middle = masked.removeprefix(before).removesuffix(after)
    assert "***********" in middle
    assert sum(c.isdigit() or c in "Xx" for c in middle) == 7
    assert con.execute("select xy_hidden($1)", [f"{before}{written}{after}"]).fetchall() == [(masked,)]
    assert plain[3:14] not in masked


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="0123456789Xx甲 -.E+", max_size=30))
def test_privacy_python_and_sql_agree(con: duckdb.DuckDBPyConnection, text: str) -> None:
    assert con.execute("select xy_hidden($1)", [text]).fetchall() == [(without_ids(text),)]
