"""Returns the dbt project as one asset: every seed, model and test under its Dagster name.

Models run in this process, which is what makes them quick (stack.md).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, build_dbt_asset_specs
from typing_extensions import override

from ingest.settings import Settings
from orchestration.assets import FORMER, LEDGER, OWNERS, PLAN, POOL, raw_key, refuse_other_month
from orchestration.lock import exclusive
from orchestration.plan import stored_plan

# Who writes what dbt reads besides models, seeds and raw batches: dbt source name to asset.
_WRITERS = {"quality": LEDGER, "meta": PLAN, "closes": FORMER}


class Translator(DagsterDbtTranslator):
    """Returns Dagster names for dbt nodes: groups by folder, keys of sources as the assets that write them."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))

    @override
    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Returns the key: sources as their writers, seeds under ``seeds``, models as ``<schema>/<name>``."""
        if dbt_resource_props["resource_type"] == "source":
            writer = _WRITERS.get(dbt_resource_props["source_name"])
            return writer or raw_key(dbt_resource_props["name"])
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    @override
    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Returns the folder that the node lies in: policy, staging, intermediate, or the mart's own."""
        if dbt_resource_props["resource_type"] == "seed":
            return "policy"
        folders = dbt_resource_props["fqn"][1:-1]
        return "_".join(folders[:2]) if folders and folders[0] == "marts" else (folders[0] if folders else "dbt")

    @override
    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str] | None:
        """Returns the credit office, which owns the meaning of every model."""
        return OWNERS

    @override
    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """Returns the Chinese description alone; the SQL is in the repository."""
        return str(dbt_resource_props.get("description") or "")


def dbt_asset(partitions: dg.PartitionsDefinition, manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """Returns the dbt project as one asset step: it runs in this process, which is what makes it quick (stack.md)."""
    translator = Translator()
    specs = [
        spec.replace_attributes(partitions_def=partitions, skippable=_unique_id(spec).startswith("seed."))
        for spec in build_dbt_asset_specs(manifest=manifest, dagster_dbt_translator=translator)
    ]
    checks = _test_checks(manifest, translator, specs)

    @dg.multi_asset(
        name="dbt_build",
        specs=specs,
        check_specs=list(checks.values()),
        pool=POOL,
        description="dbt 模型：只读采信的行，按数据截至时间重建",
    )
    def dbt_build(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        from ingest import warehouse
        from orchestration import dbt

        with exclusive(settings, f"build of {context.partition_key}"):
            with warehouse.connect(settings) as con:
                refuse_other_month(stored_plan(con, settings), context.partition_key)
            build = dbt.run_build(settings, context.log.info)
        ran = {node.unique_id: node for node in build.nodes}
        models = {_unique_id(spec): spec for spec in specs if _unique_id(spec).startswith("model.")}
        if not models or models.keys() - ran.keys():
            raise dbt.BuildError(
                "dbt did not build every model that Dagster knows",
                expected=f"{len(models)} models",
                got=f"missing {', '.join(sorted(models.keys() - ran.keys())) or 'all'}",
                do="reload the code location, so that it reads the project as it is now",
            )
        by_unique_id = {_unique_id(spec): spec for spec in specs}
        for node in build.nodes:  # in the order in which dbt ran them, which is that of the graph
            spec = by_unique_id.get(node.unique_id)
            if spec is None:
                continue
            rows = build.row_counts.get(node.name) if spec.key.path[0] == "marts" else None
            metadata: dict[str, Any] = {"seconds": node.seconds}
            yield dg.MaterializeResult(
                asset_key=spec.key, metadata=metadata | ({} if rows is None else {"dagster/row_count": rows})
            )
        for unique_id, check in checks.items():
            test = ran.get(unique_id)
            if test is None:
                continue
            severity = dg.AssetCheckSeverity.WARN if test.status == "warn" else dg.AssetCheckSeverity.ERROR
            yield dg.AssetCheckResult(
                asset_key=check.asset_key,
                check_name=check.name,
                passed=test.status == "pass",
                severity=severity,
                metadata={"failures": test.failures or 0},
            )

    return dbt_build


def _unique_id(spec: dg.AssetSpec) -> str:
    return str(spec.metadata["dagster_dbt/unique_id"])


def _test_checks(
    manifest: Mapping[str, Any], translator: Translator, specs: Sequence[dg.AssetSpec]
) -> dict[str, dg.AssetCheckSpec]:
    """Returns per dbt test the check of the asset that it speaks about."""
    by_unique_id = {_unique_id(spec): spec for spec in specs}
    checks: dict[str, dg.AssetCheckSpec] = {}
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] != "test":
            continue
        for parent in manifest["parent_map"].get(unique_id, []):
            spec = by_unique_id.get(parent)
            check = spec and translator.get_asset_check_spec(
                asset_spec=spec, manifest=manifest, unique_id=unique_id, project=None
            )
            if check:
                checks[unique_id] = check
                break
    return checks
