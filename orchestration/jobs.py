"""Returns the jobs that are no assets: what the command line does beside closing a month, from the Dagster UI."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import dagster as dg

from ingest.settings import Settings
from orchestration.assets import POOL


class Confirmation(dg.Config):
    """Which held submission is put in force, by whom, and why; all three are kept."""

    submission_id: str
    by: str
    reason: str


class Check(dg.Config):
    """Which file is checked, as if which department sent it for which month."""

    path: str
    department: str
    period: str
    feed: str = ""


class Lookup(dg.Config):
    """Which enterprise is looked up, as known on which day (empty: as published), and whether with its evidence."""

    uscc: str
    as_of: str = ""
    why: bool = False


class Redraw(dg.Config):
    """Which domain's draw of which month is made again, who decides it, and why; both are kept."""

    period: str
    domain: str
    by: str
    reason: str


class Notice(dg.Config):
    """Which month's notice is drafted, or issued under which number, by whom, on which day (empty: today)."""

    period: str
    issue: bool = False
    number: str = ""
    by: str = ""
    on: str = ""
    adopt: bool = False


class Figure(dg.Config):
    """Which printed figure is traced, of which month or issued notice (empty: of the last closed month)."""

    figure: str
    period: str = ""
    number: str = ""
    limit: int = 20


class Month(dg.Config):
    """Which closed month is built again."""

    period: str


class Template(dg.Config):
    """Which feed's template is written into which folder of this machine."""

    feed: str
    folder: str


@dg.op(pool=POOL, description="确认因骤减而暂存的清单，自确认之时起生效")
def confirm_held_list(
    context: dg.OpExecutionContext, config: Confirmation, settings: dg.ResourceParam[Settings]
) -> None:
    """Confirms a held list, as ``xinyong confirm`` does."""
    from ingest import warehouse
    from orchestration.lock import exclusive
    from quality import confirm, receipt

    with exclusive(settings, f"confirmation of {config.submission_id}"), warehouse.connect(settings) as con:
        done = confirm.confirm(con, settings, config.submission_id, config.by, config.reason)
        receipt.write_receipts(con, settings, [config.submission_id])
    context.add_output_metadata({"domains": list(done.domains), "rows_released": done.rows_released})


@dg.op(description="按门禁规则预检一个文件，不保存")
def check_one_file(context: dg.OpExecutionContext, config: Check, settings: dg.ResourceParam[Settings]) -> None:
    """Checks a file, as ``xinyong check`` does; fails if a row would be quarantined."""
    from orchestration.feeds import find_department, find_feed
    from quality import precheck

    department = find_department(settings, config.department)
    feed = find_feed(config.feed).feed if config.feed else None
    result = precheck.check_file(settings, Path(config.path), feed, department, config.period)
    context.add_output_metadata({"verdict": result.verdict, "receipt": dg.MetadataValue.json(result.document)})
    if not result.is_clean:
        raise dg.Failure(f"{result.rows_quarantined} of {result.rows_received} rows would be quarantined")


@dg.op(description="查看一户企业的信用画像：已发布的，或某日所知的，并说明变化和依据")
def show_one_profile(context: dg.OpExecutionContext, config: Lookup, settings: dg.ResourceParam[Settings]) -> None:
    """Shows an enterprise, as ``xinyong profile`` does."""
    from orchestration import profile, times

    as_of = times.parse_as_of(config.as_of) if config.as_of else None
    found = profile.find_profile(settings, config.uscc, as_of, why=config.why)
    context.add_output_metadata({"release": found.release.path.name, "profile": _shown(found)})


@dg.op(pool=POOL, description="决定对一个领域重新抽取；原抽取结果保留")
def decide_redraw(context: dg.OpExecutionContext, config: Redraw, settings: dg.ResourceParam[Settings]) -> None:
    """Decides that inspections are drawn again, as ``xinyong draw`` does."""
    from ingest import warehouse
    from orchestration.lock import exclusive
    from quality import redraw

    with exclusive(settings, f"draw of {config.domain}, {config.period}"), warehouse.connect(settings) as con:
        decided = redraw.decide(con, settings, config.period, config.domain, config.by, config.reason)
    context.add_output_metadata({"decision": _shown(decided)})


@dg.op(pool=POOL, description="起草当月通报或更正通报；填写文号和签发人即印发")
def write_one_notice(context: dg.OpExecutionContext, config: Notice, settings: dg.ResourceParam[Settings]) -> None:
    """Drafts or issues a notice, as ``xinyong notice`` does."""
    from orchestration import notice

    order = notice.Order(
        config.issue, config.number or None, config.by or None, config.on or None, is_adopted=config.adopt
    )
    context.add_output_metadata({"notice": _shown(notice.run(settings, config.period, order))})


@dg.op(pool=POOL, description="追溯一个已印数字：查询、明细行、来源报送")
def trace_one_figure(context: dg.OpExecutionContext, config: Figure, settings: dg.ResourceParam[Settings]) -> None:
    """Traces a figure, as ``xinyong trace`` does; fails if the release no longer gives it."""
    from orchestration import trace

    found = trace.trace(settings, config.figure, config.period or None, config.number or None, config.limit)
    context.add_output_metadata({"figure": _shown(found)})
    if not found.is_same:
        raise dg.Failure(f"{config.figure} was printed as {found.stored}, the release gives {found.value}")


@dg.op(pool=POOL, description="重新生成一个已关账的月份，逐个文件比对")
def verify_one_month(context: dg.OpExecutionContext, config: Month, settings: dg.ResourceParam[Settings]) -> None:
    """Builds a month again, as ``xinyong verify`` does; fails if an artefact differs."""
    from orchestration import verify

    result = verify.verify(settings, config.period, context.log.info)
    context.add_output_metadata({"verification": _shown(result)})
    if not result.is_equal:
        raise dg.Failure(f"{result.release_name} did not come out equal")


def _shown(found: Any) -> dg.JsonMetadataValue:
    """Returns a dataclass as the UI can show it: paths and times as texts."""
    return dg.MetadataValue.json(json.loads(json.dumps(asdict(found), default=str, ensure_ascii=False)))


@dg.op(description="写出一个目录的 xlsx 模板")
def write_one_template(context: dg.OpExecutionContext, config: Template, settings: dg.ResourceParam[Settings]) -> None:
    """Writes a template, as ``xinyong template`` does."""
    from ingest.contract_render import template_bytes, template_name
    from orchestration.feeds import find_feed

    contract = find_feed(config.feed)
    path = Path(config.folder) / template_name(contract)
    path.write_bytes(template_bytes(contract, settings.programme))
    context.add_output_metadata({"path": dg.MetadataValue.path(path)})


@dg.op(description="检查机器、设置和数据目录")
def examine_machine(context: dg.OpExecutionContext) -> None:
    """Examines machine, settings and home, as ``xinyong doctor`` does; fails if something is not in order."""
    from orchestration import doctor

    findings = doctor.examine()
    context.add_output_metadata({f.what: f"{f.state}: {f.found} {f.do}".strip() for f in findings})
    bad = [f.what for f in findings if f.state == "bad"]
    if bad:
        raise dg.Failure(f"not in order: {', '.join(bad)}")


JOBS = {
    "confirm_submission": (confirm_held_list, "confirm"),
    "check_file": (check_one_file, "check"),
    "show_profile": (show_one_profile, "profile"),
    "draw_again": (decide_redraw, "draw"),
    "write_notice": (write_one_notice, "notice"),
    "trace_figure": (trace_one_figure, "trace"),
    "verify_month": (verify_one_month, "verify"),
    "write_template": (write_one_template, "template"),
    "examine": (examine_machine, "doctor"),
}
"""Job → its step, and the command of ``xinyong`` that does the same (design.md 9)."""


def build_jobs() -> list[dg.JobDefinition]:
    """Returns one job per command that closes nothing."""
    return [_job(name, op, command) for name, (op, command) in JOBS.items()]


def _job(name: str, op: dg.OpDefinition, command: str) -> dg.JobDefinition:
    @dg.job(name=name, executor_def=dg.in_process_executor, description=f"{op.description}（同 xinyong {command}）")
    def one() -> None:
        op()

    return one
