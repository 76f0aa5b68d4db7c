"""The dbt runner: a fresh release each time, nothing left open, seeds loaded once, failures shown with their rows."""

from __future__ import annotations

import subprocess
import sys

import duckdb
import pytest

from ingest import warehouse
from ingest.settings import Settings
from orchestration import dbt
from tests.conftest import settings_for
from tests.dbt.june import build_june


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, dbt.BuildResult]:
    home = tmp_path_factory.mktemp("六月 home")
    build_june(home)
    settings = settings_for(home)
    return settings, dbt.run_build(settings)


def test_every_model_and_test_of_the_project_ran(built) -> None:
    settings, build = built
    nodes = dbt.read_manifest(settings)["nodes"].values()
    for kind in ("model", "seed", "test"):
        wanted = {n["unique_id"] for n in nodes if n["resource_type"] == kind and n["config"]["enabled"]}
        assert {n.unique_id for n in build.by_type(kind)} == wanted
    assert build.by_type("unit_test") == []
    assert {n.status for n in build.by_type("test")} == {"pass"}


def test_row_counts_are_those_of_the_release(built) -> None:
    settings, build = built
    with duckdb.connect(str(settings.release_build), read_only=True) as con:
        for mart, rows in build.row_counts.items():
            assert con.execute(f"select count(*) from marts.{mart}").fetchall() == [(rows,)]
    assert build.row_counts["enterprise_profile"] == 5


def test_nothing_is_left_open(built) -> None:
    """Another process may write at once, and no rows are left in a write-ahead log."""
    settings, _ = built
    assert list(settings.warehouse.glob("*.wal")) == []
    files = [str(settings.warehouse_file), str(settings.release_build)]
    code = f"import duckdb; [duckdb.connect(path).close() for path in {files!r}]"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_environment_is_as_before(built, monkeypatch) -> None:
    """dbt's own variables would be refused as unknown settings."""
    import os

    assert [name for name in os.environ if name.startswith("XINYONG_")] == []


def test_failing_test_names_itself_and_shows_its_rows_and_the_next_build_is_fresh(built) -> None:
    settings, first = built
    with warehouse.connect(settings) as con:
        con.execute("update seeds.domains set domain_code = 'twice' where domain_no in (1, 2)")
    with pytest.raises(dbt.BuildError) as failure:
        dbt.run_build(settings)
    assert "dbt nodes failed" in str(failure.value)
    assert "twice" in str(failure.value)
    with warehouse.connect(settings) as con:
        con.execute("delete from meta.seed_loads")
    again = dbt.run_build(settings)
    assert again.row_counts == first.row_counts
    assert len(again.by_type("seed")) == len(first.by_type("seed"))
    assert dbt.run_build(settings).by_type("seed") == []  # in place now
