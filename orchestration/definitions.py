"""Returns the Dagster definitions; assembly only. ``dagster dev -w workspace.yaml`` calls ``defs``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from ingest.settings import Settings, load_settings
from orchestration import dbt
from orchestration.assets import FORMER, OWNERS, intake_assets, plan_asset, publication_assets
from orchestration.checks import gate_checks
from orchestration.dbt_assets import dbt_asset
from orchestration.jobs import build_jobs
from orchestration.partitions import months
from orchestration.resources import CloseTime
from orchestration.schedules import build_schedules
from orchestration.sensors import build_sensors


def build_defs(settings: Settings | None = None, manifest: Mapping[str, Any] | None = None) -> dg.Definitions:
    """Returns the definitions.

    Args:
        settings: of the deployment; None: of the environment.
        manifest: of the dbt project; None: read or parsed as the project is now.
    """
    settings = settings or load_settings()
    partitions = months(settings.programme)
    intake = intake_assets(partitions)
    plan = plan_asset(partitions)
    models = dbt_asset(partitions, manifest or dbt.read_manifest(settings))
    marts = sorted(key for key in models.keys if key.path[0] == "marts")
    publication = publication_assets(partitions, marts)
    former = dg.AssetSpec(
        FORMER,
        description="以前各月最终关账的行（Parquet）",
        group_name="intake",
        owners=OWNERS,
        kinds={"parquet"},
    )
    gates = gate_checks(partitions)
    close_job = dg.define_asset_job(
        "close_month",
        selection=dg.AssetSelection.assets(intake, plan, models, publication),
        executor_def=dg.in_process_executor,
        description="关账：收件、门禁、建模、发布一个月；as_of 在 resources.close_time.config 中填写",
    )
    intake_job = dg.define_asset_job(
        "daily_intake_job",
        selection=dg.AssetSelection.assets(intake),
        executor_def=dg.in_process_executor,
        description="只收件：拉取网关、处理收件箱、发回执",
    )
    return dg.Definitions(
        assets=[intake, plan, models, publication, former],
        asset_checks=[gates],
        jobs=[close_job, intake_job, *build_jobs()],
        schedules=build_schedules(close_job.name, intake_job.name, settings),
        sensors=build_sensors(intake_job.name, settings),
        resources={"settings": settings, "close_time": CloseTime()},
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Returns the definitions of the environment; called by Dagster when it loads them, not at import."""
    return build_defs()
