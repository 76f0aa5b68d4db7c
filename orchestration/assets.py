"""Returns the assets that are no models: the intake with a raw output per contract, the plan of a close, the release.

Nothing here knows a feed or a mart by name: contracts and the dbt manifest say what there is. Each step opens the
warehouse for itself and closes it, because DuckDB has one writer (stack.md).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from ingest.contract_model import Contract, load_contracts
from ingest.settings import Settings
from orchestration import close
from orchestration.counts import FeedTotals, feed_totals, release_counts
from orchestration.intake import take_in
from orchestration.lock import exclusive
from orchestration.plan import Plan, due_at_of, judge_period, prepare, resolve_as_of, stored_plan
from orchestration.resources import CloseTime
from orchestration.stages import CloseError, Stopwatch

OWNERS = ["team:信用办"]
POOL = "duckdb_writer"  # everything that opens the warehouse
LEDGER = dg.AssetKey("quality_ledger")
PLAN = dg.AssetKey("close_plan")
FORMER = dg.AssetKey("former_closes")
RELEASE = dg.AssetKey("release")
CONSERVATION = "conservation"
EVERYTHING_WORKED = "everything_worked"


def raw_key(feed: str) -> dg.AssetKey:
    """Returns the asset key of a feed's raw batches."""
    return dg.AssetKey(f"raw_{feed}__batches")


def intake_assets(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """Returns the intake: gateways and inbox to raw batches, with receipts; one output per contract."""
    contracts = load_contracts()
    specs = [
        dg.AssetSpec(
            raw_key(contract.feed),
            description=f"{contract.title}：{contract.grain}",
            group_name="intake",
            owners=OWNERS,
            kinds={"parquet"},
            partitions_def=partitions,
            metadata={"contract_version": contract.version, "contract": f"ingest/contracts/{contract.feed}.odcs.yaml"},
        )
        for contract in contracts.values()
    ]
    ledger = dg.AssetSpec(
        LEDGER,
        description="台账：每次报送、每条发现、每项决定，只增不改",
        group_name="intake",
        owners=OWNERS,
        kinds={"duckdb"},
        partitions_def=partitions,
    )
    conservation = dg.AssetCheckSpec(
        CONSERVATION,
        asset=LEDGER,
        blocking=True,
        description="收到的行数等于采信的行数加隔离的行数；不相等即停止，不发布",
    )

    worked = dg.AssetCheckSpec(
        EVERYTHING_WORKED, asset=LEDGER, description="网关都已拉取，报送都已判定；有失败的变红，其余照常进行"
    )

    @dg.multi_asset(
        name="intake",
        specs=[*specs, ledger],
        check_specs=[conservation, worked],
        pool=POOL,
        description="拉取网关、登记收件箱、门禁、发回执；一个部门出错不影响其他部门",
    )
    def intake(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], close_time: CloseTime
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        from ingest import warehouse

        period = context.partition_key
        tell = context.log.info
        watch = Stopwatch(tell, period)
        with exclusive(settings, f"intake of {period}"), warehouse.connect(settings) as con:
            due_at = due_at_of(settings, period)
            until = resolve_as_of(con, settings, period, due_at, close_time.instant(settings, period))
            taken = take_in(con, settings, until, watch, tell)
            totals = feed_totals(con, period)
        for contract in contracts.values():
            yield dg.MaterializeResult(asset_key=raw_key(contract.feed), metadata=_feed_metadata(contract, totals))
        for problem in taken.problems:
            context.log.error(problem)
        yield dg.MaterializeResult(
            asset_key=LEDGER,
            metadata={
                "submissions_landed": len(taken.landed),
                "submissions_judged": len(taken.judged),
                "gateway_records": taken.pulled_records,
                "problems": list(taken.problems),
                **{f"seconds_{name}": seconds for name, seconds in watch.seconds.items()},
            },
        )
        yield dg.AssetCheckResult(
            asset_key=LEDGER,
            check_name=CONSERVATION,
            passed=not taken.violations,
            metadata={"violations": list(taken.violations)},
        )
        yield dg.AssetCheckResult(
            asset_key=LEDGER,
            check_name=EVERYTHING_WORKED,
            passed=not taken.problems,
            severity=dg.AssetCheckSeverity.ERROR,
            metadata={"problems": list(taken.problems)},
        )

    return intake


def _feed_metadata(contract: Contract, totals: Mapping[str, FeedTotals]) -> dict[str, Any]:
    found = totals.get(contract.feed, FeedTotals())
    return {
        "dagster/row_count": found.rows_received,
        "submissions": found.submissions,
        "rows_accepted": found.rows_accepted,
        "rows_quarantined": found.rows_quarantined,
        "rejected_submissions": found.rejected,
        "contract_version": contract.version,
    }


def plan_asset(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """Returns the plan of a close: identities tried again, period gates judged, parameters for dbt written."""

    @dg.asset(
        key=PLAN,
        deps=[*(raw_key(feed) for feed in load_contracts()), LEDGER],
        partitions_def=partitions,
        group_name="intake",
        owners=OWNERS,
        kinds={"duckdb"},
        pool=POOL,
        description="关账参数：哪个月、数据截至何时、是否最终；按领域和目录判定当月门禁",
    )
    def close_plan(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], close_time: CloseTime
    ) -> dg.MaterializeResult:
        from ingest import warehouse

        period = context.partition_key
        watch = Stopwatch(context.log.info, period)
        with exclusive(settings, f"plan of {period}"), warehouse.connect(settings) as con:
            due_at = due_at_of(settings, period)
            as_of = resolve_as_of(con, settings, period, due_at, close_time.instant(settings, period))
            plan = prepare(con, settings, period, as_of, watch)
            judge_period(con, settings, plan, watch)
        return dg.MaterializeResult(
            metadata={
                "as_of_utc": plan.as_of.isoformat(),
                "reference_date": plan.reference_date.isoformat(),
                "is_final": plan.is_final,
                "previous_period": plan.previous_period or "none",
                "fingerprint": plan.fingerprint,
            }
        )

    return close_plan


def refuse_other_month(plan: Plan, period: str) -> None:
    """Refuses to work on a plan that another run made in between.

    Raises:
        CloseError: the plan is of another month.
    """
    if plan.period != period:
        raise CloseError(
            "the plan at hand is of another month",
            where="meta.close_parameters",
            expected=period,
            got=plan.period,
            do="materialize close_plan of this month first, or run the job close_month",
        )


def publication_assets(partitions: dg.PartitionsDefinition, marts: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """Returns what is published: the release, and in it the notice and the lists."""
    shown = {
        "release": ("发布批次：可独立打开的 DuckDB 文件、Parquet、清单和校验和；整体切换，读者不受影响", "duckdb"),
        "notice": ("当月通报（草稿）及附件，数字均取自发布批次", "docx"),
        "lists": ("正面清单、变动、严重失信主体名单等，含各部门附件", "xlsx"),
    }
    specs = [
        dg.AssetSpec(
            name,
            deps=list(marts) if name == "release" else [RELEASE],
            description=description,
            group_name="publication",
            owners=OWNERS,
            kinds={kind},
            partitions_def=partitions,
        )
        for name, (description, kind) in shown.items()
    ]

    @dg.multi_asset(name="publish", specs=specs, pool=POOL, description="发布：写好、查过、再一次切换")
    def publish(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
    ) -> Iterator[dg.MaterializeResult]:
        from ingest import warehouse

        period = context.partition_key
        with exclusive(settings, f"publication of {period}"):
            watch = Stopwatch(context.log.info, period)
            with warehouse.connect(settings) as con:
                plan = stored_plan(con, settings)
            refuse_other_month(plan, period)
            release = close.publish(settings, plan, watch)
            counts = release_counts(release / "xinyong.duckdb", period)
            later = close.close_later(settings, period, context.log.info)
        for result in later:
            context.log_event(dg.AssetMaterialization(RELEASE, partition=result.period, metadata=_published(result)))
        yield dg.MaterializeResult(
            asset_key=RELEASE,
            metadata={
                "path": dg.MetadataValue.path(release),
                "dagster/row_count": counts.rows_published,
                **{name: value for name, value in vars(counts).items() if name != "rows_published"},
            },
        )
        for name in ("notice", "lists"):
            files = [str(p.relative_to(release)) for p in sorted((release / name).rglob("*")) if p.is_file()]
            yield dg.MaterializeResult(
                asset_key=name, metadata={"path": dg.MetadataValue.path(release / name), "files": files}
            )

    return publish


def _published(result: close.CloseResult) -> dict[str, Any]:
    return {"path": dg.MetadataValue.path(result.release), "dagster/row_count": result.counts.rows_published}
