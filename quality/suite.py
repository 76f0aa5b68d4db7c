"""Validates measures with Great Expectations, on a suite built from the contract (design.md 4).

Over measures Great Expectations fails open: a NaN share, an empty frame or an absent rule count as success (stack.md).
So the suite first asks for exactly the contract's rules, each once per submission, with counts that fit; if this part
fails the gate itself is broken, and nothing of the batch is stored.
"""

from __future__ import annotations

import logging
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ingest.contract_model import Contract
from quality.measures import Frame
from quality.rules import row_rules

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core import ExpectationSuite

NUMERIC = ("evaluated", "unexpected")


class SuiteError(RuntimeError):
    """The measures do not have the shape that the contract asks for: a fault of ours, not of the sender."""


_imports: list[threading.Thread] = []
"""The background import, once it has begun."""


@lru_cache(maxsize=1)
def _context() -> Any:
    """Returns an ephemeral GX context without progress bars; importing GX costs seconds, so only here."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    for name in [n for n in logging.root.manager.loggerDict if n.split(".")[0] == "great_expectations"]:
        logging.getLogger(name).setLevel(logging.WARNING)  # some of its loggers set a level of their own
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return context


@lru_cache(maxsize=1)
def _batch_definition() -> Any:
    source = _context().data_sources.add_pandas("measures")
    return source.add_dataframe_asset("measures").add_batch_definition_whole_dataframe("whole")


def build_suite(contract: Contract, submissions: tuple[str, ...], disabled: frozenset[str]) -> ExpectationSuite:
    """Returns the suite of a contract for the measures of some submissions.

    Rules with the same threshold share one expectation: the rows tell which rule and submission broke it, and a
    validation costs by the expectation.
    """
    _imported()
    import great_expectations.expectations as gxe
    from great_expectations.core import ExpectationSuite

    rules = row_rules(contract, disabled)
    ids = [r.rule_id for r in rules]
    expectations: list[Any] = [
        gxe.ExpectTableRowCountToEqual(value=len(ids) * len(submissions), meta=_structural("row_count")),
        gxe.ExpectColumnDistinctValuesToEqualSet(column="rule_id", value_set=ids, meta=_structural("rules")),
        gxe.ExpectColumnDistinctValuesToEqualSet(
            column="submission_id", value_set=list(submissions), meta=_structural("submissions")
        ),
        gxe.ExpectCompoundColumnsToBeUnique(
            column_list=["submission_id", "rule_id"], meta=_structural("one_measure_per_rule")
        ),
        gxe.ExpectColumnValuesToNotBeNull(column="evaluated", meta=_structural("evaluated_known")),
        gxe.ExpectColumnValuesToNotBeNull(column="unexpected", meta=_structural("unexpected_known")),
        gxe.ExpectColumnValuesToBeBetween(column="evaluated", min_value=0, meta=_structural("evaluated_plausible")),
        gxe.ExpectColumnValuesToBeBetween(column="left_over", min_value=0, meta=_structural("unexpected_plausible")),
        gxe.ExpectColumnValuesToNotBeNull(
            column="share", row_condition="evaluated>0", condition_parser="pandas", meta=_structural("share_known")
        ),
    ]
    expectations += [
        gxe.ExpectColumnValuesToBeBetween(
            column="share",
            max_value=limit,
            row_condition=f"limit_group=={_group(limit)}",
            condition_parser="pandas",
            meta={"part": "threshold", "name": f"share <= {limit}"},
        )
        for limit in sorted({r.threshold for r in rules if r.threshold is not None})
    ]
    return ExpectationSuite(name=contract.feed, expectations=expectations)


def _structural(name: str) -> dict[str, str]:
    return {"part": "structure", "name": name}


def _group(limit: float | None) -> int:
    """Returns the threshold in millionths: a row condition must compare whole numbers, floats read back may differ."""
    return -1 if limit is None else round(limit * 1_000_000)


def _pandas(frame: Frame) -> pd.DataFrame:
    import pandas as pd

    columns = ["submission_id", "rule_id", "evaluated", "unexpected", "share", "threshold"]
    table = pd.DataFrame([[r.get(c) for c in columns] for r in frame.rows], columns=columns)
    table["limit_group"] = (
        [_group(r["threshold"]) if r["evaluated"] else -1 for r in frame.rows]
        if frame.rows
        else pd.Series(dtype="int64")
    )
    for name in (*NUMERIC, "share", "threshold"):
        table[name] = pd.to_numeric(table[name])
    table["left_over"] = table["evaluated"] - table["unexpected"]
    return table


def validate(contract: Contract, frame: Frame, disabled: frozenset[str] = frozenset()) -> Frame:
    """Returns the frame with ``success`` filled: by rule and submission, null where a rule applied to no row.

    Raises:
        SuiteError: a rule is missing, doubled or unmeasured, or Great Expectations could not run a check.
    """
    suite = build_suite(contract, frame.submissions, disabled)
    batch = _batch_definition().get_batch(batch_parameters={"dataframe": _pandas(frame)})
    result = batch.validate(
        suite,
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["submission_id", "rule_id"]},
    )
    beyond: set[tuple[str, str]] = set()
    for outcome in result.results:
        meta = outcome.expectation_config.meta or {}
        _refuse_broken(outcome, contract.feed, meta)
        if meta.get("part") == "threshold":
            beyond |= {(i["submission_id"], i["rule_id"]) for i in outcome.result.get("unexpected_index_list") or []}
    for row in frame.rows:
        row["success"] = None if row["evaluated"] == 0 else (row["submission_id"], row["rule_id"]) not in beyond
    return frame


def _refuse_broken(outcome: Any, what: str, meta: dict[str, Any]) -> None:
    """Raises SuiteError where a check could not run, or the measures lack the shape that was asked for."""
    info = outcome.exception_info or {}
    raised = bool(info.get("raised_exception")) or any(
        isinstance(v, dict) and v.get("raised_exception") for v in info.values()
    )
    name = meta.get("name", outcome.expectation_config.type)
    if raised:
        raise SuiteError(f"{what}: the check {name} could not run; nothing of this is stored")
    if meta.get("part") == "structure" and not outcome.success:
        raise SuiteError(
            f"{what}: the measures fail the check {name}: every rule that is on must be measured exactly "
            "once; nothing of this is stored"
        )
    if meta.get("part") == "threshold" and not outcome.success and not outcome.result.get("unexpected_index_list"):
        raise SuiteError(f"{what}: the check {name} failed without naming a measure; nothing of this is stored")


def import_in_background() -> None:
    """Begins to import Great Expectations in a thread: it takes seconds, in which files can be read."""
    if not _imports:
        _imports.append(threading.Thread(target=_batch_definition, name="import-great-expectations", daemon=True))
        _imports[0].start()


def _imported() -> None:
    """Waits for the background import: its packages import each other, two threads must not import them at once."""
    for thread in _imports:
        if thread is not threading.current_thread():
            thread.join()


def validate_period(rows: list[dict[str, Any]]) -> list[bool | None]:
    """Returns, for the period measures in their order, whether each holds; None where nothing could be measured.

    Completeness and reporting have a floor, error share and held lists a ceiling.

    Raises:
        SuiteError: a measure is doubled, or Great Expectations could not run a check.
    """
    _imported()
    import great_expectations.expectations as gxe
    import pandas as pd
    from great_expectations.core import ExpectationSuite

    def margin(r: dict[str, Any]) -> float | None:
        if r["observed"] is None:
            return None
        way = 1 if r["check_name"] in ("reported", "completeness") else -1
        return round(way * (r["observed"] - r["threshold"]), 12)  # a share at its limit must not fail by a rounding

    names = ["department_code", "domain_code", "feed", "check_name"]
    table = pd.DataFrame([[r[n] for n in names] for r in rows], columns=names)
    table["margin"] = pd.to_numeric(pd.Series([margin(r) for r in rows], dtype="float64"))
    table["place"] = range(len(rows))
    checks = sorted({str(r["check_name"]) for r in rows})
    expectations: list[Any] = [
        gxe.ExpectTableRowCountToEqual(value=len(rows), meta=_structural("row_count")),
        gxe.ExpectCompoundColumnsToBeUnique(column_list=names, meta=_structural("one_measure_per_check")),
        gxe.ExpectColumnValuesToNotBeNull(
            column="margin",
            row_condition='check_name=="reported"',
            condition_parser="pandas",
            meta=_structural("reported_known"),
        ),
    ]
    expectations += [
        gxe.ExpectColumnValuesToBeBetween(
            column="margin",
            min_value=0,
            row_condition=f'check_name=="{name}"',
            condition_parser="pandas",
            meta={"part": "threshold", "name": name},
        )
        for name in checks
    ]
    batch = _batch_definition().get_batch(batch_parameters={"dataframe": table})
    result = batch.validate(
        ExpectationSuite(name="period", expectations=expectations),
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["place"]},
    )
    failed: set[int] = set()
    for outcome in result.results:
        meta = outcome.expectation_config.meta or {}
        _refuse_broken(outcome, "period", meta)
        if meta.get("part") == "threshold":
            failed |= {int(i["place"]) for i in outcome.result.get("unexpected_index_list") or []}
    return [None if r["observed"] is None else i not in failed for i, r in enumerate(rows)]
