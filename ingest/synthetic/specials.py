"""Writes the drops that are special as a whole: zero reports, a correction, and files that must be refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ingest.synthetic.drops import Writer, write_drop
from ingest.synthetic.faults import ACCEPTED, KNOWN, QUARANTINED
from ingest.synthetic.feeds import FEEDS
from ingest.synthetic.files import Part, csv_bytes, stamp, xlsx_bytes
from ingest.synthetic.manifest import Drop
from ingest.synthetic.planter import LISTED_SORT, Cast, Planted
from ingest.synthetic.policy import first_day
from ingest.synthetic.rows import LISTED_DOMAIN, base_row
from ingest.synthetic.senders import CORRECTING, CSV, FOREIGN, XLSX, ZERO_HEADER, ZERO_ROW, received_at

DISHONESTY = FEEDS["serious_dishonesty_list"]
POSITIVE = FEEDS["positive_list"]
REFUSING = "economy_information"  # whose first month also brings files that cannot be read
SEVERAL = "market_regulation"  # has several domains: headers alone say nothing
STRANGER = "市烟草专卖局"  # a folder that is no department
TASKS = "inspection_tasks"
GATED = "government_services"  # sends a file in which nearly every row is wrong
GATED_ROWS = (9, 1)  # wrong and right rows of that file: more than 0.8 in error (semantics 4.1)


@dataclass
class _Blob:
    """A file that is refused as a whole, before any row is judged."""

    folder: str
    month: str
    name: str
    content: bytes
    rule: str
    feed: str | None
    department: str | None
    period: str | None


def write(writer: Writer, cast: Cast) -> None:
    """Writes all special drops."""
    for period in writer.months:
        _zero_reports(writer, period)
    _correction(writer)
    _gated(writer, cast)
    _wrong_sender(writer, cast)
    for blob in _refused(writer):
        path = writer.home / "inbox" / blob.folder / blob.month / blob.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(blob.content)
        at = received_at(writer.policy, "refused", REFUSING, writer.months[0], writer.months)
        stamp(path, at)
        writer.manifest.drops.append(
            Drop(
                submission=f"{blob.folder}/{blob.month}/{blob.name}",
                path=str(path.relative_to(writer.home)),
                feed=blob.feed,
                department=blob.department,
                period=blob.period,
                received_at=at.isoformat(),
                rows=0,
                parts=[],
                role="faulty",
                batch_rules=[blob.rule],
                rejected=True,
            )
        )


def _zero_reports(writer: Writer, period: str) -> None:
    domains = {d.code: d for d in writer.policy.domains}
    at = received_at(writer.policy, DISHONESTY.name, ZERO_ROW[0], period, writer.months) + timedelta(hours=1)
    domain = domains[ZERO_ROW[1]]
    row = Part(
        "Sheet1",
        DISHONESTY.headers(ZERO_ROW[0]),
        [{"domain_name": domain.name, "enterprise_name": "无"}],
        sheet="Sheet1",
    )
    headers = Part("Sheet1", DISHONESTY.headers(ZERO_HEADER[0]), [], sheet="Sheet1")
    for department, code, part in ((*ZERO_ROW, row), (*ZERO_HEADER, headers)):
        stem = f"严重失信主体名单_{int(period[5:])}月零报告"
        drop = write_drop(
            writer,
            DISHONESTY,
            department,
            period,
            XLSX,
            [(part, [None] * len(part.rows))],
            stem,
            at,
            role="zero_report",
        )
        drop.rows, drop.zero_domains = 0, [code]
        for table in drop.parts:
            table["rows"] = 0


def _correction(writer: Writer) -> None:
    """Closes the quarantined rows of the last month's positive list of one department, by their keys."""
    period = writer.months[-1]
    faulty = [f for f in writer.marked if f[3].mark == "correction"]
    right = [
        dict(f[3].row) | {"published_on": first_day(period) + timedelta(days=14 + k)} for k, f in enumerate(faulty)
    ]
    part = Part("更正", POSITIVE.headers(CORRECTING), right, sheet="更正")
    at = received_at(writer.policy, POSITIVE.name, CORRECTING, period, writer.months) + timedelta(days=2)
    drop = write_drop(
        writer,
        POSITIVE,
        CORRECTING,
        period,
        XLSX,
        [(part, [None] * len(right))],
        f"更正-{POSITIVE.title}_{int(period[5:])}月",
        at,
        role="correction",
    )
    writer.manifest.corrections.append(
        {"submission": drop.submission, "closes": [{"file": f, "sheet": s, "row": r} for f, s, r, _ in faulty]}
    )


def _gated(writer: Writer, cast: Cast) -> None:
    feed, period = FEEDS["evaluation_results"], writer.months[0]
    domain = writer.policy.domains_of(GATED)[0]
    planted = []
    for k in range(sum(GATED_ROWS)):
        row = base_row(feed.name, cast.take(feed.name, KNOWN), writer.policy, GATED, domain, period, k)
        if k < GATED_ROWS[0]:
            planted.append(
                Planted(
                    row | {"evaluation_name": f"自拟领域{k + 1}"},
                    (("evaluation_name", "X-DOMAIN"),),
                    "X-DOMAIN",
                    QUARANTINED,
                )
            )
        else:
            planted.append(Planted(row, state=ACCEPTED))
    part = Part("", feed.headers(GATED), [p.row for p in planted])
    at = received_at(writer.policy, feed.name, GATED, period, writer.months) + timedelta(days=1)
    drop = write_drop(
        writer, feed, GATED, period, CSV, [(part, list(planted))], f"{feed.title}_{period}_误报", at, role="faulty"
    )
    drop.batch_rules, drop.rejected = ["X-GATE"], True


def _wrong_sender(writer: Writer, cast: Cast) -> None:
    """Feeds from a department that does not own them, or about a domain that is not its own: every row is refused."""
    period, last = writer.months[0], writer.months[-1]
    work = next(d for d in writer.policy.domains if d.code == LISTED_DOMAIN)
    for feed_name, month, sort in (
        ("public_credit_evaluation", period, KNOWN),
        ("enterprise_registry", period, KNOWN),
        ("credit_repair", last, LISTED_SORT),
    ):
        feed = FEEDS[feed_name]
        column = feed.domain_column or ""
        planted = [
            Planted(
                base_row(feed.name, cast.take(feed.name, sort), writer.policy, FOREIGN[0], work, month, k),
                ((column, "X-OWNER"),),
                "X-OWNER",
                QUARANTINED,
            )
            for k in range(3)
        ]
        part = Part("Sheet1", feed.headers(FOREIGN[0]), [p.row for p in planted], sheet="Sheet1")
        at = received_at(writer.policy, "forwarded", FOREIGN[0], month, writer.months) + timedelta(days=9)
        drop = write_drop(
            writer, feed, FOREIGN[0], month, XLSX, [(part, list(planted))], f"{feed.title}_转报", at, role="faulty"
        )
        drop.rejected = True


def _refused(writer: Writer) -> list[_Blob]:
    period = writer.months[0]
    name = writer.policy.department_name(REFUSING)
    empty = Part("Sheet1", POSITIVE.headers(REFUSING), [], sheet="Sheet1")
    tasks = Part("Sheet1", FEEDS[TASKS].headers(REFUSING), [], sheet="Sheet1")
    whole = xlsx_bytes(
        [
            Part(
                "Sheet1",
                POSITIVE.headers(REFUSING),
                [{"domain_name": "散装水泥行业", "enterprise_name": name}],
                sheet="Sheet1",
            )
        ],
        "plain",
        "损坏",
    )
    people = Part(
        "Sheet1",
        [("a", "姓名"), ("b", "办公室"), ("c", "座机")],
        [{"a": "经办人甲", "b": "301", "c": "内线一"}],
        sheet="Sheet1",
    )
    old = Part(
        "",
        [(c, h) for c, h in POSITIVE.headers(REFUSING) if c != "published_on"],
        [{"domain_name": "散装水泥行业", "enterprise_name": "湖州旧模板示意有限公司", "uscc": "91330500MXT00000XX"}],
    )
    month = f"{period[:4]}年{int(period[5:])}月"  # no name of a month's folder
    files: list[tuple[str, str, str, bytes, str, str | None, str | None]] = [
        (REFUSING, period, "行业正面清单_损坏.xlsx", whole[: len(whole) // 2], "X-READ", POSITIVE.name, REFUSING),
        (REFUSING, period, "联系人名单.xlsx", xlsx_bytes([people], "plain", "联系人"), "X-FEED", None, REFUSING),
        (REFUSING, period, "行业正面清单_旧模板.csv", csv_bytes(old, "gb18030"), "X-HEADER", POSITIVE.name, REFUSING),
        (
            REFUSING,
            period,
            "监督检查任务记录_空表.xlsx",
            xlsx_bytes([tasks], "plain", "空表"),
            "X-EMPTY",
            TASKS,
            REFUSING,
        ),
        (
            SEVERAL,
            period,
            "行业正面清单_空表.xlsx",
            xlsx_bytes([empty], "plain", "空表"),
            "X-ZERO",
            POSITIVE.name,
            SEVERAL,
        ),
        (STRANGER, period, "行业正面清单.xlsx", xlsx_bytes([empty], "plain", "不明"), "X-SENDER", POSITIVE.name, None),
        (
            REFUSING,
            month,
            "行业正面清单.xlsx",
            xlsx_bytes([empty], "plain", "不明"),
            "X-PERIOD",
            POSITIVE.name,
            REFUSING,
        ),
    ]
    return [
        _Blob(folder, at, name, content, rule, feed, department, None if at == month else period)
        for folder, at, name, content, rule, feed, department in files
    ]
