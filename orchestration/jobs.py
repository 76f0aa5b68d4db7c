"""Returns the jobs that are no assets: what the command line does beside closing a month, from the Dagster UI."""

from pathlib import Path

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
    """Which enterprise is looked up, as published by which day (empty: the current release)."""

    uscc: str
    as_of: str = ""


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


@dg.op(description="查看一户企业已发布的信用画像")
def show_one_profile(context: dg.OpExecutionContext, config: Lookup, settings: dg.ResourceParam[Settings]) -> None:
    """Shows an enterprise, as ``xinyong profile`` does."""
    from orchestration import profile, times

    found = profile.find_profile(settings, config.uscc, times.parse_as_of(config.as_of) if config.as_of else None)
    domains = [dict(zip(found.domain_headers, row, strict=True)) for row in found.domains]
    context.add_output_metadata(
        {
            "release": found.release.path.name,
            "profile": dg.MetadataValue.json(dict(found.facts)),
            "domains": dg.MetadataValue.json(domains),
        }
    )


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


def build_jobs() -> list[dg.JobDefinition]:
    """Returns one job per command that closes nothing."""
    described = {
        "confirm_submission": (confirm_held_list, "xinyong confirm"),
        "check_file": (check_one_file, "xinyong check"),
        "show_profile": (show_one_profile, "xinyong profile"),
        "write_template": (write_one_template, "xinyong template"),
        "examine": (examine_machine, "xinyong doctor"),
    }
    return [_job(name, op, like) for name, (op, like) in described.items()]


def _job(name: str, op: dg.OpDefinition, like: str) -> dg.JobDefinition:
    @dg.job(name=name, executor_def=dg.in_process_executor, description=f"{op.description}（同 {like}）")
    def one() -> None:
        op()

    return one
