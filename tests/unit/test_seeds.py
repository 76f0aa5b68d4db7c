"""Policy tables as Python and SQL read them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ingest import seeds, warehouse
from ingest.errors import SeedError
from ingest.settings import Settings


@pytest.mark.parametrize(
    ("column", "duckdb_type"),
    [
        ("department_code", "VARCHAR"), ("area_code", "VARCHAR"), ("due_from", "VARCHAR"), ("valid_from", "DATE"),
        ("due_on", "DATE"), ("is_veto", "BOOLEAN"), ("assumed", "BOOLEAN"), ("counts_to_limit", "BOOLEAN"),
        ("rank", "INTEGER"), ("max_term_months", "INTEGER"), ("weight", "DOUBLE"), ("sampling_rate", "DOUBLE"),
        ("receipt_row_limit", "INTEGER"), ("list_beginning_length", "INTEGER"), ("receipt_least_likeness", "DOUBLE"),
    ],
)  # fmt: skip
def test_types_follow_names(column: str, duckdb_type: str) -> None:
    assert seeds.seed_type(column) == duckdb_type


def test_rows_of_one_programme_are_typed() -> None:
    rows = seeds.seed_rows("departments", "huzhou")
    assert len(rows) == 26
    assert rows[0]["department_code"] == "market_regulation"
    assert rows[0]["valid_from"] == date(2025, 1, 1)
    assert rows[0]["assumed"] is False
    assert seeds.seed_rows("departments", "atlantis") == []


def test_rows_are_those_in_force_on_the_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "limits.csv").write_text(
        "programme,weight,valid_from,valid_to\nhuzhou,1,2025-01-01,2025-06-30\nhuzhou,2,2025-07-01,\n", encoding="utf-8"
    )
    monkeypatch.setattr(seeds, "SEEDS", tmp_path)
    seeds.seed_path.cache_clear()
    try:
        for day, weights in (
            (date(2024, 12, 31), []), (date(2025, 6, 30), [1.0]), (date(2025, 7, 1), [2.0]), (None, [1.0, 2.0]),
        ):  # fmt: skip
            assert [r["weight"] for r in seeds.seed_rows("limits", "huzhou", day)] == weights
    finally:
        seeds.seed_path.cache_clear()


def test_a_missing_seed_says_what_to_do() -> None:
    with pytest.raises(SeedError, match="no_such_seed"):
        seeds.seed_path("no_such_seed")


def test_load_seed_makes_a_temporary_table(settings: Settings) -> None:
    with warehouse.connect_memory(settings) as con:
        assert seeds.load_seed(con, "domains", settings.programme, date(2025, 6, 30)) == "seed_domains"
        assert con.execute("select count(*) from seed_domains").fetchall() == [(47,)]
