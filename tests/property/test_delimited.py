"""Csv files: the fast reader and the careful one must read the same cells from the same rows."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.parse_sql import cells_sql
from ingest.readers import delimited
from ingest.readers.grid import Grid
from tests.unit.tables import csv_text
from tests.unit.test_readers import LIMITS

CELL = st.text("甲乙丙09aZ -,;\t\"'（）。\n", max_size=8).map(lambda t: t.strip('"'))
ROWS = st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=2, max_size=12)


def cells(grid: Grid) -> list[tuple[int, list[str | None]]]:
    rows = []
    for number, *texts in duckdb.sql(f"from {cells_sql(grid)} order by row_number").fetchall() if grid.parts else ():
        while texts and (texts[-1] is None or not texts[-1].strip()):
            texts.pop()
        if texts:
            rows.append((number, texts))
    return rows


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, encoding=st.sampled_from(["utf-8", "gb18030"]), end=st.sampled_from(["\n", "\r\n"]))
def test_fast_and_careful_reading_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[list[str]], encoding: str, end: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(csv_text([("企业名称", "代码", "日期"), *rows], ",", end).encode(encoding))
    read = {}
    for name, limit in (("fast", 0), ("careful", 10**12)):
        monkeypatch.setattr(delimited, "BULK_BYTES", limit)
        scratch = tmp_path / name
        scratch.mkdir(exist_ok=True)
        for old in scratch.iterdir():
            old.unlink()
        (grid,) = delimited.read_delimited(path, "x.csv", scratch, LIMITS)
        read[name] = cells(grid)
    assert read["fast"] == read["careful"]
    expected = [(i, [c or None for c in row]) for i, row in enumerate(rows, start=2)]
    shown = [(i, row) for i, row in read["careful"] if i > 1]
    for number, row in shown:
        original = expected[number - 2][1]
        assert row == original[: len(row)]
        assert all(c is None or not c.strip() for c in original[len(row) :])
