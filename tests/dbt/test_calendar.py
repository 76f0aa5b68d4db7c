"""A day counted in working days is never guessed: beyond the years of the calendar the build fails and says why."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from tests.dbt.june import subject
from tests.dbt.tiny_home import Close, Sent, build_home

PROJECT = Path(__file__).parents[2] / "dbt_project"


def test_term_beyond_the_known_holidays_fails_loudly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    listing = subject(0) | {
        "domain_code": "tax",
        "published_on": date(2026, 12, 1),
        "listing_reason": "欠税",
        "match_method": "name",  # to be confirmed within ten working days: into 2027, of which no holidays are known
    }
    received = datetime(2026, 12, 25)
    sent = [Sent("list", "serious_dishonesty_list", "tax_bureau", "2026-12", received, [listing])]
    home = build_home(tmp_path / "home", Close("2026-12", datetime(2026, 12, 31)), sent)
    monkeypatch.setenv("XINYONG_DBT_HOME", str(home))
    arguments = [
        "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", str(tmp_path / "target"),
        "--log-path", str(tmp_path / "logs"), "--log-level", "none", "--no-version-check",
    ]  # fmt: skip
    chosen = ["--select", "+int_repair__cases", "--exclude-resource-type", "test", "unit_test"]
    outcome = dbtRunner().invoke(["build", *arguments, *chosen])
    DuckDBConnectionManager.close_all_connections()
    failed = {r.node.name: str(r.message) for r in outcome.result.results if str(r.status) != "success"}
    assert list(failed) == ["int_repair__cases"]
    assert "seed working_days does not know all working days after 2026-12-25" in failed["int_repair__cases"]
