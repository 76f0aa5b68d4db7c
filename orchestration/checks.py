"""Returns the gate checks: one per feed, on monthly partitions, red where a gate failed. They show, they never block.

The verdicts were stored when the rows were judged, and bad rows are already out; a check only reads them (design.md 2).
"""

from collections.abc import Iterator

import dagster as dg

from ingest.contract_model import load_contracts
from ingest.settings import Settings
from orchestration.assets import PLAN, POOL, raw_key
from orchestration.counts import FeedTotals, feed_gates, feed_totals

PERIOD_GATE = "period_gate"
VERDICTS = "verdicts"
SHOWN = 20  # failed gates listed in the metadata of a check


def gate_checks(partitions: dg.PartitionsDefinition) -> dg.AssetChecksDefinition:
    """Returns, per contract, the check of the month's period gates and the check of its submissions' verdicts."""
    feeds = list(load_contracts())
    specs = [
        dg.AssetCheckSpec(
            name,
            asset=raw_key(feed),
            additional_deps=[PLAN],
            description=description,
            partitions_def=partitions,
        )
        for feed in feeds
        for name, description in (
            (PERIOD_GATE, "当月门禁，按领域：已报送、必填项完整、错误比例、没有待确认的清单"),
            (VERDICTS, "当月没有整批退回的报送"),
        )
    ]

    @dg.multi_asset_check(name="gate_checks", specs=specs, pool=POOL, description="读取已存的判定，不重新计算，不阻断")
    def checks(
        context: dg.AssetCheckExecutionContext, settings: dg.ResourceParam[Settings]
    ) -> Iterator[dg.AssetCheckResult]:
        from ingest import warehouse

        period = context.partition_key
        with warehouse.connect(settings) as con:
            totals = feed_totals(con, period)
            gates = feed_gates(con, period)
        for feed in feeds:
            judged = gates.get(feed, [])
            failed = [gate for gate in judged if gate.success is False]
            yield dg.AssetCheckResult(
                asset_key=raw_key(feed),
                check_name=PERIOD_GATE,
                passed=not failed,
                severity=dg.AssetCheckSeverity.ERROR,
                metadata={
                    "judged": len(judged),
                    "failed": len(failed),
                    "not_judged": sum(gate.success is None for gate in judged),
                    "failed_gates": [gate.shown() for gate in failed[:SHOWN]],
                },
            )
            found = totals.get(feed, FeedTotals())
            yield dg.AssetCheckResult(
                asset_key=raw_key(feed),
                check_name=VERDICTS,
                passed=found.rejected == 0,
                severity=dg.AssetCheckSeverity.ERROR,
                metadata={"submissions": found.submissions, "rejected": found.rejected},
            )

    return checks
