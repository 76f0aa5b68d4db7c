"""One synthetic city, closed for three months with all gates on, once per session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from ingest.settings import Settings
from ingest.synthetic.manifest import Manifest
from orchestration import demo
from orchestration.close import CloseResult
from tests.conftest import settings_for

ENTERPRISES = 1000
"""Smallest round size at which every fault of the planter finds a place."""


@dataclass(frozen=True)
class City:
    """A city after its three closes, each at its own as_of."""

    settings: Settings
    manifest: Manifest
    results: list[CloseResult]

    @property
    def home(self) -> Path:
        return self.settings.home

    def release(self, period: str) -> duckdb.DuckDBPyConnection:
        """Returns the published release of a period, opened as an analyst would: read-only."""
        folder = next(r.release for r in self.results if r.period == period)
        return duckdb.connect(str(folder / "xinyong.duckdb"), read_only=True)


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    home = tmp_path_factory.mktemp("city") / "信用 home"
    base = settings_for(home, person_key=None)
    outcome = demo.run_demo(base, enterprises=ENTERPRISES, seed=7)
    return City(
        demo.demo_settings(base, home / "gateways.yaml"),
        demo.make_city(home, enterprises=ENTERPRISES, seed=7),
        outcome.results,
    )


@pytest.fixture
def ledger(city: City) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse of the city, read-only, with a view ``batches`` over all raw batches."""
    with duckdb.connect(str(city.settings.warehouse_file), read_only=True) as con:
        con.execute(
            "create temp view batches as select _submission_id, _row_id, _source_file, _sheet, _row_number, "
            "_record_id, normalisations, row_state, resolved_uscc "
            f"from read_parquet('{city.settings.raw_batches}/*/*.parquet', union_by_name = true)"
        )
        yield con
