"""Prints one enterprise in Chinese: its facts, what changed and why, what every fact rests on."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

from rich.table import Table

from orchestration import times
from orchestration.profile_why import HEADERS
from orchestration.report import console

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orchestration.profile import Profile

CHANGE_HEADERS = ("行业领域", "项目", "发布时", "查询日", "原因", "说明")


def show_profile(found: Profile) -> None:
    """Prints one enterprise: its facts, a row per domain, then changes and evidence where they were asked for."""
    out = console()
    release = found.release
    kind = "" if release.is_final else "，未到报送截止时间，为临时结果"
    published = f"发布批次 {release.path.name}：{release.period} 月，数据截至 {times.show(release.as_of)}{kind}"
    if found.day is None:
        out.print(published, soft_wrap=True)
    else:
        out.print(
            f"查询日 {found.day}：按当日已知数据、以当日为基准日，由同一规则得出；未改动任何发布批次", soft_wrap=True
        )
    _print("企业信用画像", None, found.facts)
    if found.domains:
        _print("各行业领域", found.domain_headers, found.domains)
    else:
        out.print("各行业领域：未归集")
    if found.changes is not None:
        out.print(f"与{published}相比", soft_wrap=True)
        if found.changes:
            _print("变化及原因", CHANGE_HEADERS, [astuple(change) for change in found.changes])
        else:
            out.print("没有变化")
    if found.evidence is not None:
        _print("逐项依据", HEADERS, [astuple(evidence) for evidence in found.evidence])


def _print(title: str, headers: Sequence[str] | None, rows: Iterable[Sequence[str]]) -> None:
    table = Table(title=title, show_header=headers is not None)
    for header in headers or ("项目", "内容"):
        table.add_column(header, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console().print(table)
