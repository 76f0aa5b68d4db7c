"""Dagster's definitions: what there is follows from contracts and manifest, and the counts say so."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from ingest.contract_model import load_contracts
from orchestration import cli, dbt
from orchestration.assets import CONSERVATION, LEDGER, raw_key
from orchestration.checks import PERIOD_GATE
from orchestration.definitions import build_defs
from orchestration.jobs import JOBS
from orchestration.schedules import due_period
from orchestration.sensors import SETTLED_SECONDS
from tests.conftest import settings_for


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    settings = settings_for(tmp_path_factory.mktemp("home"))
    manifest = dbt.read_manifest(settings)
    return settings, manifest, build_defs(settings, manifest)


def specs_of(defs: dg.Definitions) -> dict[dg.AssetKey, dg.AssetSpec]:
    return {spec.key: spec for spec in defs.resolve_all_asset_specs()}


def test_definitions_load(made) -> None:
    dg.Definitions.validate_loadable(made[2])


def test_every_contract_has_a_raw_output_and_gate_checks(made) -> None:
    defs = made[2]
    keys = specs_of(defs).keys()
    checks = {(c.asset_key, c.name) for c in defs.resolve_asset_graph().asset_check_keys}
    for feed in load_contracts():
        assert raw_key(feed) in keys
        assert (raw_key(feed), PERIOD_GATE) in checks


def test_every_model_seed_and_test_of_dbt_is_known(made) -> None:
    _, manifest, defs = made
    kinds = [n["resource_type"] for n in manifest["nodes"].values()]
    names = [key for key in specs_of(defs) if len(key.path) == 2]
    assert len(names) == kinds.count("model") + kinds.count("seed")
    in_dagster = [c for c in defs.resolve_asset_graph().asset_check_keys if len(c.asset_key.path) == 2]
    speaks_of_node = [
        uid
        for uid, n in manifest["nodes"].items()
        if n["resource_type"] == "test" and any(p.startswith(("model.", "seed.")) for p in manifest["parent_map"][uid])
    ]
    assert len(in_dagster) >= 0.9 * len(speaks_of_node) > 0


def test_only_the_conservation_check_of_ours_blocks(made) -> None:
    graph = made[2].resolve_asset_graph()
    ours = {key for key in graph.asset_check_keys if len(key.asset_key.path) == 1}
    blocking = {key for key in ours if graph.get(key).blocking}
    assert blocking == {dg.AssetCheckKey(LEDGER, CONSERVATION)}


def test_everything_we_make_is_described_owned_grouped_and_monthly(made) -> None:
    for key, spec in specs_of(made[2]).items():
        if key.path[0] == "former_closes":
            continue
        assert spec.owners == ["team:信用办"], key
        assert spec.group_name not in (None, "default"), key
        assert spec.partitions_def is not None, key
        assert spec.description, key


def test_partitions_begin_with_the_programme_and_include_the_running_month(made) -> None:
    partitions = specs_of(made[2])[LEDGER].partitions_def
    keys = partitions.get_partition_keys(current_time=datetime(2025, 9, 3, tzinfo=ZoneInfo("Asia/Shanghai")))
    assert (keys[0], keys[-1]) == ("2025-04", "2025-09")


def test_jobs_schedules_and_sensor_are_there(made) -> None:
    repository = made[2].get_repository_def()
    assert {"close_month", "daily_intake_job", *JOBS} <= set(repository.job_names)
    assert {s.name for s in repository.schedule_defs} == {"close_when_due", "daily_intake"}
    assert {s.name for s in repository.sensor_defs} == {"drop_sensor"}


def test_every_command_has_a_job_except_those_that_close(made) -> None:
    names = {command.name or command.callback.__name__ for command in cli.app.registered_commands}
    assert {command for _, command in JOBS.values()} == names - {"run", "demo"}


@pytest.mark.parametrize(("day", "period"), [(14, None), (15, "2025-06"), (16, None)])
def test_month_closes_the_day_after_it_was_due(made, day, period) -> None:
    """June 2025 is due on 14 July, the tenth working day."""
    assert due_period(made[0], date(2025, 7, day)) == period


def evaluate(made, cursor: str | None) -> dg.SensorExecutionData:
    repository = made[2].get_repository_def()
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=repository)
        return repository.get_sensor_def("drop_sensor").evaluate_tick(context)


def drop(home: Path, age: float, text: str = "a") -> None:
    import os
    import time

    path = home / "inbox" / "tax_bureau" / "2025-06" / "正面清单.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    then = time.time() - age
    os.utime(path, (then, then))


def test_sensor_starts_an_intake_for_what_changed_only(made, monkeypatch) -> None:
    import orchestration.sensors as sensors

    home = made[0].home
    assert evaluate(made, None).run_requests == []
    drop(home, age=0)
    assert evaluate(made, None).run_requests == []  # still arriving
    monkeypatch.setattr(sensors, "SETTLED_SECONDS", -SETTLED_SECONDS)
    first = evaluate(made, None)
    assert [r.partition_key for r in first.run_requests] == ["2025-06"]
    assert evaluate(made, first.cursor).run_requests == []
    drop(home, age=100, text="b")  # dropped again: counts again
    assert len(evaluate(made, first.cursor).run_requests) == 1


def test_template_is_written_from_dagster_too(made, tmp_path) -> None:
    config = {"ops": {"write_one_template": {"config": {"feed": "positive_list", "folder": str(tmp_path)}}}}
    job = made[2].resolve_job_def("write_template")
    with dg.DagsterInstance.ephemeral() as instance:
        assert job.execute_in_process(run_config=config, instance=instance).success
    assert [p.suffix for p in tmp_path.iterdir()] == [".xlsx"]
