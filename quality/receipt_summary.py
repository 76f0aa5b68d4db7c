"""Writes the first sheet of 回执.xlsx: what to do next, what was received, what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ingest.contract_words import SEVERITY_WORDS, article_words
from quality import receipt_text as text
from quality.receipt_facts import Facts
from quality.receipt_rows import LISTED_LIMIT

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

FONT = "微软雅黑"
COLUMNS = (8, 34, 14, 14, 14, 48, 18)  # widths, characters
LAST = len(COLUMNS) - 1
WIDE = sum(COLUMNS)
BANNERS = {
    "accepted": ("#C6EFCE", "#006100"),
    "accepted_with_remarks": ("#FFEB9C", "#7F6000"),
    "rejected": ("#FFC7CE", "#9C0006"),
}


class _Page:
    """Writes line by line from the top, as the streaming workbook needs it."""

    def __init__(self, book: Workbook, sheet: Worksheet) -> None:
        self.sheet, self.row = sheet, 0
        base = {"font_name": FONT, "font_size": 10, "valign": "vcenter", "text_wrap": True}
        box = {**base, "border": 1, "border_color": "#D9D9D9"}
        self.book, self.base = book, base
        self.title = book.add_format({**base, "font_size": 18, "bold": True, "font_color": "#1F4E79"})
        self.section = book.add_format(
            {**base, "font_size": 12, "bold": True, "font_color": "#1F4E79", "bottom": 2, "bottom_color": "#1F4E79"}
        )
        self.label = book.add_format({**box, "bold": True, "bg_color": "#F2F2F2"})
        self.cell, self.plain = book.add_format(box), book.add_format(base)
        self.head = book.add_format({**box, "bold": True, "bg_color": "#DDEBF7", "align": "center"})
        self.centre = book.add_format({**box, "align": "center"})
        self.fills = {
            s: book.add_format({**box, "align": "center", "bg_color": c})
            for s, c in ((SEVERITY_WORDS["error"], "#FFC7CE"), (SEVERITY_WORDS["warning"], "#FFEB9C"))
        }

    def wide(self, words: str, form: Any, height: float | None = None) -> None:
        """Writes one line over the whole width."""
        self.sheet.merge_range(self.row, 0, self.row, LAST, "", form)
        self.sheet.write_string(self.row, 0, words, form)
        self.sheet.set_row(self.row, height or text.height(words, WIDE))
        self.row += 1

    def heading(self, words: str) -> None:
        """Writes the heading of a section after a blank line."""
        self.row += 1
        self.wide(words, self.section, 22)

    def pair(self, name: str, words: str) -> None:
        """Writes a label and what belongs to it."""
        self.sheet.merge_range(self.row, 0, self.row, 1, "", self.label)
        self.sheet.write_string(self.row, 0, name, self.label)
        self.sheet.merge_range(self.row, 2, self.row, LAST, "", self.cell)
        self.sheet.write_string(self.row, 2, words, self.cell)
        self.sheet.set_row(self.row, text.height(words, WIDE - COLUMNS[0] - COLUMNS[1]))
        self.row += 1

    def line(self, cells: Sequence[str], head: bool = False) -> None:
        """Writes a line of a table; the last cell reaches to the right edge."""
        last = len(cells) - 1
        widths = [*COLUMNS[:last], sum(COLUMNS[last:])]
        self.sheet.set_row(self.row, max(text.height(c, w) for c, w in zip(cells, widths, strict=True)))
        for i, words in enumerate(cells):
            form = self.head if head else self.fills.get(words) or (self.cell if i in {1, 5, last} else self.centre)
            if i == last < LAST:
                self.sheet.merge_range(self.row, i, self.row, LAST, "", form)
            self.sheet.write_string(self.row, i, words, form)
        self.row += 1


def write_summary(book: Workbook, sheet: Worksheet, facts: Facts, remark: str) -> None:
    """Writes the summary sheet."""
    page = _Page(book, sheet)
    for i, width in enumerate(COLUMNS):
        sheet.set_column(i, i, width)
    s, title = facts.submission, facts.contract.title if facts.contract else "未认出的数据"
    page.wide("报送回执", page.title, 30)
    page.wide(f"{facts.department_name} · {title} · {s['period'] or '月份不明'}", page.plain)
    back, front = BANNERS[facts.verdict]
    banner = book.add_format({**page.base, "font_size": 13, "bold": True, "bg_color": back, "font_color": front})
    page.wide(f"{text.VERDICTS[facts.verdict]}：{_outcome(facts)}", banner, 30)
    page.heading("一、下一步怎么办")
    for i, step in enumerate(facts.next_steps, start=1):
        page.wide(f"{i}. {step}", page.plain)
    page.wide(remark, page.plain)
    _received(page, facts, title)
    _counted(page, facts)
    _problems(page, facts)
    _domains(page, facts)
    if facts.normalisations:
        page.heading("系统已统一的写法（不算问题，无需处理）")
        page.line(("序号", "信息项", "处数", "处理"), head=True)
        for i, n in enumerate(facts.normalisations, start=1):
            page.line((str(i), n["title"], str(n["cells"]), n["words"]))
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C第 &P 页，共 &N 页")
    sheet.hide_gridlines(2)


def _outcome(facts: Facts) -> str:
    """Returns in one sentence what became of the submission."""
    first = facts.first
    if not first["rows_received"]:
        if any(d["is_zero_report"] for d in facts.domains):
            return "零报告已登记"
        why = [p.reason for p in facts.problems if p.is_batch][:1]
        return "。".join(["没有读到数据行", *why])
    return (
        f"收到 {first['rows_received']} 行，入库 {first['rows_accepted']} 行，未入库 {first['rows_quarantined']} 行"
        + (f"；后来入库 {facts.rows_released} 行" if facts.rows_released else "")
    )


def _received(page: _Page, facts: Facts, title: str) -> None:
    """Writes what was received, when and from whom."""
    s = facts.submission
    page.heading("二、收到了什么")
    page.pair("报送部门", facts.department_name)
    page.pair("数据", title)
    if facts.contract and facts.contract.article:
        page.pair("依据", article_words(facts.contract.article))
    page.pair("文件", f"{s['source_name']}（{facts.size_bytes:,} 字节）")
    if len(facts.members) > 1:
        page.pair("其中", "；".join(m["member_name"] for m in facts.members))
    page.pair("报送方式", text.CHANNELS[s["channel"]] + ("，更正" if s["is_correction"] else ""))
    page.pair("收到时间", text.moment(s["received_at"]))
    in_time = text.punctuality(s["received_at"], facts.due_at)
    page.pair("是否按时", "更正，不考核时限" if s["is_correction"] else in_time)
    page.pair("批次编号", s["submission_id"])
    page.pair("文件校验值", f"SHA-256 {s['sha256']}")
    if s["corrects_submission_id"]:
        page.pair("更正的批次", s["corrects_submission_id"])


def _counted(page: _Page, facts: Facts) -> None:
    """Writes the counts and the later decisions."""
    first = facts.first
    received = first["rows_received"]
    page.heading("三、处理结果")
    page.line(("序号", "项目", "行数", "占收到", "说明"), head=True)
    for i, (name, rows, note) in enumerate(
        (
            ("收到", received, "表头、空行、示例行、合计行和“无”行不计"),
            ("入库", first["rows_accepted"], "已经可以使用"),
            ("未入库", first["rows_quarantined"], "留在隔离区，改正后入库"),
            *(
                (("后来入库", facts.rows_released, "企业身份后来认出，或名单经确认、更正"),)
                if facts.rows_released
                else ()
            ),
            *((("已由更正替换", facts.rows_closed, "以更正后的行为准"),) if facts.rows_closed else ()),
        ),
        start=1,
    ):
        page.line((str(i), name, str(rows), text.share(rows, received), note))
    for d in facts.decisions[1:]:
        cause = text.CAUSES.get(d["cause"], d["cause"])
        said = [f"{text.moment(d['decided_at'])} {cause}：{text.VERDICTS[d['verdict']]}", d["decided_by"], d["reason"]]
        page.wide("，".join(str(words) for words in said if words), page.plain)


def _problems(page: _Page, facts: Facts) -> None:
    """Writes the kinds of problem, the most rewarding first."""
    page.heading("四、问题（从上往下改，最先入库的行最多）")
    if not facts.problems:
        page.wide("没有发现问题。", page.plain)
        return
    page.line(("序号", "问题", "程度", "涉及行数", "改好可入库", "怎样改（以第一处为例）", "依据"), head=True)
    for i, p in enumerate(facts.problems, start=1):
        page.line(
            (
                str(i),
                p.title,
                SEVERITY_WORDS[p.severity],
                "整份" if p.is_batch else str(p.rows),
                str(p.rows_freed) if p.rows_freed else "—",
                p.remedy,
                article_words(p.article) or "—",
            )
        )
    total = sum(p.findings for p in facts.problems)
    more = f"，清单只列前 {LISTED_LIMIT} 处" if total > LISTED_LIMIT else ""
    page.wide(f"共 {total} 处，逐处见“问题清单”{more}。", page.plain)


def _domains(page: _Page, facts: Facts) -> None:
    """Writes what was received per domain."""
    if not facts.domains:
        return
    page.heading("五、各行业领域")
    page.line(("序号", "行业领域", "收到", "入库", "企业数", "情况", "原名单企业数"), head=True)
    for i, d in enumerate(facts.domains, start=1):
        state = "零报告" if d["is_zero_report"] else text.LIST_STATES.get(d["list_state"] or "", "")
        owner = "" if d["is_own_domain"] else "不是本部门负责的领域"
        former = d["former_subject_count"]
        page.line(
            (
                str(i),
                d["domain_name"],
                str(d["rows_received"]),
                str(d["rows_accepted"]),
                str(d["subject_count"]),
                "；".join(w for w in (owner, state) if w),
                "—" if former is None else str(former),
            )
        )
