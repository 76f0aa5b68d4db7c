"""One build of the whole dbt project, unit tests included, shared by the tests of this folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.dbt.june import build_june

PROJECT = Path(__file__).parents[2] / "dbt_project"


@dataclass(frozen=True)
class Built:
    """One build: its home, dbt's manifest and results."""

    manifest: Any
    results: list[Any]
    home: Path

    @property
    def release(self) -> Path:
        """Returns where the marts are."""
        return self.home / "warehouse" / "release_build.duckdb"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    home = build_june(tmp_path_factory.mktemp("dbt") / "信用 home")
    work = tmp_path_factory.mktemp("dbt_target")
    arguments = [
        "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", str(work),
        "--log-path", str(work / "logs"), "--log-level", "none", "--no-version-check",
    ]  # fmt: skip
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XINYONG_DBT_HOME", str(home))
        environment.setenv("XINYONG_DBT_MEMORY", "2GB")
        parsed = dbtRunner().invoke(["parse", *arguments])
        assert parsed.success, parsed.exception
        outcome = dbtRunner(manifest=parsed.result).invoke(["build", *arguments])
    DuckDBConnectionManager.close_all_connections()
    return Built(parsed.result, list(outcome.result.results), home)
