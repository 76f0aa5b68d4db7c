"""Compares a saved notice, number by number, with what another count says (``recount.py``, ``recount_lists.py``)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import docx
import duckdb

from ingest.contract_model import load_contracts
from tests.integration.recount import CATALOGUES, Recount, seed
from tests.integration.recount_lists import Lists

PERIOD, PREVIOUS = "2025-08", "2025-07"
DASH = "—"
GROWTH = r"(?:（((?:增长|下降)\d+\.\d\d%|持平)）)?"
POINTS = r"(?:（((?:上升|下降)\d+\.\d\d个百分点|持平)）)?"
RATE = r"(\d+(?:\.\d+)?%|—)"
N = r"(\d+)"
DAY = r"\d{4}年\d{1,2}月\d{1,2}日"
# The only numbers that are no figures: annexes, drawings, items and notes. Dates are checked on their own.
NUMBERING = re.compile(r"附件：?\d|^\d\. |^图\d|^\d\.|注：1\. |(?<=。)[2-4]\. |24时")
VERTICAL_SILENT, VERTICAL_LATE = r"其中垂直管理单位(\d+)个", r"迟报中垂直管理单位(\d+)个"
LEFT_OUT = r"本表列问题数最多的(\d+)类，问题数相同的先列错误；另有(\d+)类问题共(\d+)处"
PRINTED_FAULTS = 20
LATE_LIMIT = r"其中及时率低于(\d+)%的"
OPTIONAL = (
    r"等(\d+)项。", r"累计(\d+)个月未报送的：", r"报送数据中有(\d+)条", r"零报送(\d+)件次",
    r"未报送任何应报目录的部门(\d+)个", r"部分目录未报送的部门(\d+)个", r"存在迟报的部门(\d+)个", VERTICAL_SILENT,
    VERTICAL_LATE, LATE_LIMIT, LEFT_OUT,
)  # fmt: skip
"""Sentences that a notice has only if there is something to say."""
Recounts = dict[str, Recount]


def rate(value: Decimal | None) -> str:
    """Prints a share as a notice does: two decimals, and what is not whole is never 100%."""
    if value is None:
        return DASH
    shown = (value * 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    if shown >= 100 > value * 100:
        shown = Decimal("99.99")
    return f"{int(shown) if shown in (0, 100) else shown}%"


def growth(now: int, before: int) -> str | None:
    """Prints the relative change of a count."""
    if not before:
        return None
    change = (Decimal(now) / before - 1) * 100
    shown = abs(change).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return "持平" if shown == 0 else f"{'增长' if change > 0 else '下降'}{shown}%"


def points(now: Decimal | None, before: Decimal | None) -> str | None:
    """Prints the difference of two printed rates."""
    if now is None or before is None:
        return None
    four = Decimal("0.0001")
    change = (now.quantize(four, ROUND_HALF_UP) - before.quantize(four, ROUND_HALF_UP)) * 100
    return (
        "持平" if not change else f"{'上升' if change > 0 else '下降'}{abs(change).quantize(Decimal('0.01'))}个百分点"
    )


def check(folder: Path, counted: Recounts, lists: dict[str, Lists]) -> list[str]:
    """Returns every number printed in a saved notice that another count does not confirm."""
    standing: dict[str, Any] = {
        "listed": len(lists[PERIOD].listed),
        "vetoed": len(lists[PERIOD].vetoed),
        "former": len(lists[PREVIOUS].listed),
        "regulated": (len(lists[PERIOD].regulated), len(lists[PERIOD].regulated & set(lists[PERIOD].evaluated))),
    }
    document = docx.Document(str(next((folder / "notice").glob("*.docx"))))
    with duckdb.connect(str(folder / "xinyong.duckdb"), read_only=True) as con:
        rules = dict(con.execute("select rule_id, rule_title from meta.rule_versions").fetchall())
    standing["left_out"] = _counts(_kinds(counted, rules))[PRINTED_FAULTS:]
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]
    wrong = [
        *_ranking(tables[0], counted),
        *_not_reported(tables[1], counted),
        *_faults(tables[2], counted, rules),
    ]
    paragraphs = [p.text for p in document.paragraphs if p.text]
    return wrong + _paragraphs(paragraphs, counted, standing, tables[2][1:])


def changed_figures(folder: Path) -> Iterator[str]:
    """Yields the figures whose query no longer gives what was registered."""
    saved = json.loads((folder / "notice" / "figures.json").read_text(encoding="utf-8"))["figures"]
    with duckdb.connect(str(folder / "xinyong.duckdb"), read_only=True) as con:
        for figure in saved:
            value = con.execute(figure["sql"], figure["parameters"]).fetchall()[0][0]
            if str(value).replace("T", " ") != str(figure["value"]).replace("T", " "):
                yield f"{figure['figure_id']}: {value} instead of {figure['value']}"


def _ranking(table: list[list[str]], counted: Recounts) -> list[str]:
    names = seed("departments").set_index("department_code")["department_name"]
    now, before = counted[PERIOD].departments, counted[PREVIOUS].departments
    expected = {}
    for code, name in names.items():
        found, former = now[code], before[code]["rank"]
        if not found["due_feed_count"] and not found["submitted_rows"]:
            continue
        shift = former - found["rank"] if former and found["rank"] else 0
        mark = "*" if found["submitted_rows"] < 30 else ""
        score = DASH if found["score"] is None else str(found["score"])
        expected[f"{name}{mark}"] = [
            str(found["rank"] or DASH), f"{name}{mark}", *_shared(found), score,
            str(former or DASH), f"{'↑' if shift > 0 else '↓'}{abs(shift)}" if shift else DASH, "",
        ]  # fmt: skip
    expected["全市"] = ["", "全市", *_shared(counted[PERIOD].programme), "", "", "", ""]
    shown = {row[1]: row for row in table[1:]}
    return [
        f"{name}: {shown.get(name)} instead of {row}" for name, row in expected.items() if shown.get(name) != row
    ] + [f"{name}: nobody of that name is due" for name in shown.keys() - expected.keys()]


def _shared(found: dict[str, Any]) -> list[str]:
    return [
        str(found["due_feed_count"]), str(found["reported_feed_count"]), rate(found["collection_rate"]),
        str(found["submitted_rows"]), str(found["accepted_rows"]),
        *(rate(found[c]) for c in ("conformity_rate", "timeliness_rate", "completeness_rate", "accuracy_rate")),
    ]  # fmt: skip


def _not_reported(table: list[list[str]], counted: Recounts) -> list[str]:
    owed = counted[PERIOD].owed
    names = seed("departments").set_index("department_code")["department_name"]
    domains = seed("domains").set_index("domain_code")["domain_name"]
    titles = {feed: contract.title for feed, contract in load_contracts().items()}
    missing = []
    for row in owed[owed["due"] & ~owed["reported"]].itertuples():
        domain = row.domain_code if isinstance(row.domain_code, str) else None
        months = 0
        for other in counted.values():
            own = other.owed
            here = own[(own["department_code"] == row.department_code) & (own["feed"] == row.feed)]
            here = here[here["domain_code"].eq(domain) if domain else here["domain_code"].isna()]
            months += int((here["due"] & ~here["reported"]).sum())
        missing.append((names[row.department_code], domains[domain] if domain else DASH, titles[row.feed], str(months)))
    missing.sort()
    shown = sorted(tuple(row[1:5]) for row in table[1:])
    wrong = [] if shown == missing else [f"not reported: {shown} instead of {missing}"]
    return wrong + [f"running number {row}" for n, row in enumerate(table[1:], start=1) if row[0] != str(n)]


def _kinds(counted: Recounts, rules: dict[str, str]) -> Any:
    """Returns the faults of the month by catalogue, words of the rule, and severity."""
    faults = counted[PERIOD].faults
    titles = {feed: contract.title for feed, contract in load_contracts().items()}
    return faults.assign(
        title=faults["feed"].map(titles).fillna("未识别目录"),
        rule=faults["rule_id"].map(rules),
        word=faults["severity"].map({"error": "错误", "warning": "提示"}),
    ).groupby(["title", "rule", "word"])


def _counts(kinds: Any) -> list[int]:
    """Returns how many faults there are of each kind, the most first."""
    return sorted((len(own) for _, own in kinds), reverse=True)


def _faults(table: list[list[str]], counted: Recounts, rules: dict[str, str]) -> list[str]:
    """Returns the kinds of faults that the annex counts otherwise: by catalogue, words of the rule, and severity."""
    faults = counted[PERIOD].faults
    total = len(faults)
    kinds = _kinds(counted, rules)
    expected = {key: (str(len(own)), str(own["department_code"].nunique())) for key, own in kinds}
    shown = {(row[1], row[2], row[3]): (row[4], row[6]) for row in table[1:]}
    wrong = [
        f"fault {key}: {shown.get(key)} instead of {own}" for key, own in expected.items() if shown.get(key, own) != own
    ]
    wrong += [f"fault {key}: nobody made it" for key in shown.keys() - expected.keys()]
    if [int(row[4]) for row in table[1:]] != _counts(kinds)[:PRINTED_FAULTS]:
        wrong.append("faults: not the most frequent ones, or not in this order")
    for number, row in enumerate(table[1:], start=1):
        more = re.search(r"等(\d+)个部门$", row[7])
        departments = more[1] if more else str(len([name for name in row[7].split("、") if name]))
        if row[0] != str(number) or row[5] != rate(Decimal(int(row[4])) / total) or row[6] != departments:
            wrong.append(f"fault {row}")
    return wrong


def _paragraphs(
    paragraphs: list[str], counted: Recounts, standing: dict[str, Any], faults: list[list[str]]
) -> list[str]:
    """Returns the paragraphs in which a number stands that no pattern explains, or that was counted otherwise."""
    wrong = []
    rules = _sentences(counted, standing)
    names = seed("departments").set_index("department_code")["department_name"]
    lateness = {names[code]: rate(found["timeliness_rate"]) for code, found in counted[PERIOD].departments.items()}
    seen = set()
    for words in paragraphs:
        rest = words
        if fault := re.fullmatch(
            rf"(\d)\.(\S+?)（(\S+?)，(错误|提示)）(\d+)处，占问题总数的{RATE}，涉及(\S+)。", words
        ):
            if list(fault.groups()) != [faults[int(fault[1]) - 1][column] for column in (0, 2, 1, 3, 4, 5, 7)]:
                wrong.append(f"not as in the annex: {words}")
            continue
        for name, shown in re.findall(rf"([^：、。]+)（及时率{RATE}）", rest):
            if shown != lateness.get(name):
                wrong.append(f"{name}: {shown} instead of {lateness.get(name)}")
            rest = rest.replace(f"（及时率{shown}）", "", 1)
        for pattern, expected in rules:
            for match in list(re.finditer(pattern, rest)):
                seen.add(pattern)
                if list(match.groups()) != expected:
                    wrong.append(f"{match[0]}: expected {expected}")
                rest = rest.replace(match[0], "", 1)
        if re.search(r"\d", NUMBERING.sub("", rest)):
            wrong.append(f"unexplained: {words}")
    return wrong + [f"missing: {pattern}" for pattern, _ in rules if pattern not in seen and pattern not in OPTIONAL]


def _silent_months(counted: Recounts) -> int:
    """Returns for how many months the department was silent that was silent longest, of those silent now."""
    months = [
        sum(
            bool(r.departments[code]["due_feed_count"]) and not r.departments[code]["reported_feed_count"]
            for r in counted.values()
        )
        for code, found in counted[PERIOD].departments.items()
        if found["due_feed_count"] and not found["reported_feed_count"]
    ]
    return max(months, default=0)


def _sentences(counted: Recounts, standing: dict[str, Any]) -> list[tuple[str, list[str | None]]]:
    now, before = counted[PERIOD], counted[PREVIOUS]
    p, q = now.programme, before.programme
    due_next = seed("reporting_calendar").set_index("period")["due_on"]["2025-09"].split("-")
    next_due = f"{due_next[0]}年{int(due_next[1])}月{int(due_next[2])}日"
    as_of = now.as_of + timedelta(hours=8) - timedelta(microseconds=1)
    regulated, evaluated_of_them = standing["regulated"]
    limits = {
        r["threshold"]: f"{Decimal(r['threshold_value']).normalize():f}"
        for _, r in seed("notice_thresholds").iterrows()
    }
    faults = now.faults
    severities = faults["severity"].value_counts()
    silent = [d for d in now.departments.values() if d["due_feed_count"] and not d["reported_feed_count"]]
    partial = [d for d in now.departments.values() if 0 < d["reported_feed_count"] < d["due_feed_count"]]
    late = [d for d in now.departments.values() if d["timeliness_rate"] is not None and d["timeliness_rate"] < 1]
    rules: list[tuple[str, list[str | None]]] = [
        (r"关于(\S+份)全市", ["2025年8月份"]),
        (
            rf"现将(\S+?月份)全市归集情况通报如下（统计截至({DAY})24时，",
            ["2025年8月份", f"{as_of.year}年{as_of.month}月{as_of.day}日"],
        ),
        (
            rf"应报送部门{N}个，已报送{N}个；应报送行业领域{N}个，已报送{N}个；应报目录{N}项次，已报{N}项次，归集率{RATE}{POINTS}",
            [
                *(str(p[c]) for c in (
                    "due_department_count", "reporting_department_count", "due_domain_count", "reporting_domain_count",
                    "due_feed_count", "reported_feed_count",
                )),
                rate(p["collection_rate"]), points(p["collection_rate"], q["collection_rate"]),
            ],
        ),
        (
            rf"共报送数据(\d+)条{GROWTH}，清洗入库(\d+)条{GROWTH}",
            [
                str(p["submitted_rows"]), growth(p["submitted_rows"], q["submitted_rows"]),
                str(p["accepted_rows"]), growth(p["accepted_rows"], q["accepted_rows"]),
            ],
        ),
        (
            rf"合规率{RATE}{POINTS}，及时率{RATE}{POINTS}，完整率{RATE}{POINTS}，准确率{RATE}{POINTS}",
            [
                part
                for c in ("conformity_rate", "timeliness_rate", "completeness_rate", "accuracy_rate")
                for part in (rate(p[c]), points(p[c], q[c]))
            ],
        ),
        (r"^（(\S+月份)）$", ["2025年8月份"]),
        (
            rf"经营主体(\d+)家次{GROWTH}",
            [str(p["evaluated_subject_count"]), growth(p["evaluated_subject_count"], q["evaluated_subject_count"])],
        ),
        (
            rf"监管对象(\d+)家次，评价覆盖率{RATE}",
            [str(regulated), rate((Decimal(evaluated_of_them) / regulated).quantize(Decimal("0.000001")))],
        ),
        (
            rf"在列(\d+)家次{GROWTH}，因一票否决不予列入(\d+)家次",
            [str(standing["listed"]), growth(standing["listed"], standing["former"]), str(standing["vetoed"])],
        ),
        *(_catalogue(number, feed, now, before) for number, feed in enumerate(CATALOGUES)),
        (
            r"共发现问题(\d+)处，其中错误(\d+)处、提示(\d+)处，涉及部门(\d+)个；暂未入库的数据(\d+)条",
            [
                str(len(faults)), str(severities["error"]), str(severities["warning"]),
                str(faults["department_code"].nunique()), str(p["submitted_rows"] - p["accepted_rows"]),
            ],
        ),
        (r"未报送任何应报目录的部门(\d+)个", [str(len(silent))]),
        (r"累计(\d+)个月未报送的：", [str(_silent_months(counted))]),
        (r"部分目录未报送的部门(\d+)个", [str(len(partial))]),
        (r"存在迟报的部门(\d+)个", [str(len(late))]),
        (VERTICAL_SILENT, [str(len([d for d in silent if d["is_vertical"]]))]),
        (VERTICAL_LATE, [str(len([d for d in late if d["is_vertical"]]))]),
        (LATE_LIMIT, [f"{Decimal(limits['criticism_timeliness_rate']) * 100:f}".split(".")[0]]),
        (
            r"综合得分低于(\d+)分、归集率低于(\d+)%、及时率低于(\d+)%",
            [limits["criticism_score"], *(
                f"{Decimal(limits[c]) * 100:f}".split(".")[0]
                for c in ("criticism_collection_rate", "criticism_timeliness_rate")
            )],
        ),
        (r"综合得分达到(\d+)分", [limits["praise_score"]]),
        (rf"({DAY})(?:前|24时前)", [next_due]),
        (r"(\d{4}年\d+月份)数据请于", ["2025年9月份"]),
        (r"等(\d+)项。", [str(_failed_gates(now))]),
        (r"报送量不足(\d+)条，名次仅供参考", [limits["ranked_apart_below_rows"]]),
        (r"报送数据中有(\d+)条", [str(p["unassigned_rows"])]),
        (LEFT_OUT, [str(PRINTED_FAULTS), str(len(standing["left_out"])), str(sum(standing["left_out"]))]),
        (r"零报送(\d+)件次", [str(p["zero_report_count"])]),
    ]  # fmt: skip
    return rules


def _failed_gates(now: Recount) -> int:
    gates = now.tables["period_gates"]
    own = gates[(gates["period"] == now.period) & (gates["as_of"] == now.as_of)]
    return int((own["success"].eq(False) & (own["check_name"] != "reported")).sum())


def _catalogue(number: int, feed: str, now: Recount, before: Recount) -> tuple[str, list[str | None]]:
    here, former = now.catalogue(feed), before.catalogue(feed)
    mark = f"（{'一二三四五'[number]}）"
    return (
        rf"{mark}\S+?。应报(?:行业领域|部门){N}个，已报{N}个；报送{N}条{GROWTH}，清洗入库{N}条，合规率{RATE}",
        [
            str(here["due_count"]), str(here["reported_count"]), str(here["submitted_rows"]),
            growth(here["submitted_rows"], former["submitted_rows"]), str(here["accepted_rows"]),
            rate(here["conformity_rate"]),
        ],
    )  # fmt: skip
