"""A month closes from Dagster as it does from the command line."""

from __future__ import annotations

import dagster as dg
import pytest

from orchestration import dbt
from orchestration.assets import CONSERVATION, LEDGER
from orchestration.definitions import build_defs
from tests.integration.conftest import City


@pytest.fixture(scope="module")
def run(city: City, tmp_path_factory: pytest.TempPathFactory) -> tuple[City, dg.ExecuteInProcessResult]:
    """August closed again by the job, without a time given: that of its final close; the gateways have stopped."""
    defs = build_defs(city.settings.model_copy(update={"gateways": None}))
    with dg.DagsterInstance.ephemeral(str(tmp_path_factory.mktemp("dagster"))) as instance:
        result = defs.resolve_job_def("close_month").execute_in_process(
            partition_key="2025-08", instance=instance, raise_on_error=False
        )
    return city, result


def test_job_succeeds_and_every_step_shows_its_assets(run) -> None:
    city, result = run
    assert result.success
    made = {e.asset_key for e in result.get_asset_materialization_events()}
    models = [n for n in dbt.read_manifest(city.settings)["nodes"].values() if n["resource_type"] == "model"]
    assert {dg.AssetKey([m["schema"], m["name"]]) for m in models} <= made
    assert {dg.AssetKey("release"), dg.AssetKey("notice"), dg.AssetKey("lists"), LEDGER} <= made


def test_release_is_the_one_of_the_command_line(run) -> None:
    city, result = run
    event = next(e for e in result.get_asset_materialization_events() if e.asset_key == dg.AssetKey("release"))
    assert event.materialization.metadata["path"].value == str(city.results[-1].release)


def test_marts_carry_their_row_counts(run) -> None:
    city, result = run
    counts = {
        e.asset_key.path[-1]: e.materialization.metadata["dagster/row_count"].value
        for e in result.get_asset_materialization_events()
        if e.asset_key.path[0] == "marts"
    }
    assert counts["enterprise_profile"] == city.results[-1].counts.enterprises
    assert sum(counts.values()) == city.results[-1].counts.rows_published


def test_gate_checks_are_red_where_a_gate_failed_and_stop_nothing(run) -> None:
    _, result = run
    checks = {(c.asset_key.to_user_string(), c.check_name): c for c in result.get_asset_check_evaluations()}
    assert checks[LEDGER.to_user_string(), CONSERVATION].passed
    gates = {key: check for key, check in checks.items() if key[1] == "period_gate"}
    assert len(gates) == 9
    assert not all(check.passed for check in gates.values())  # one department is silent, one list is held
    for check in gates.values():
        assert check.passed == (check.metadata["failed"].value == 0)
