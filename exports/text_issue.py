"""Returns the Chinese wording of issued and amended notices, charts, names of figures, slips and the quarterly table.

Sentences hold ``{places}`` for registered figures and for names, and no number of their own.
"""

from __future__ import annotations

# ---- charts
CHART_TREND = "图1  全市归集率、及时率逐月变化"
CHART_TREND_ALT = "全市归集率和及时率逐月变化的折线图"
CHART_RANKING = "图2  各部门综合得分"
CHART_RANKING_ALT = "各部门综合得分的条形图，按名次排列"
CHART_COVERAGE = "图3  各行业领域归集情况"
CHART_COVERAGE_ALT = "各行业领域本月应报目录是否报送的方格图"
CHART_MONTH = "{year}.{month}"
CHART_FEEDS = ("评价", "清单", "失信")
CHART_STATES = {"reported": "按时报送", "late": "有迟报", "zero": "零报送", "missing": "未归集", "not_due": "不需报送"}
TREND_TITLES = {"collection_rate": "归集率", "timeliness_rate": "及时率"}
CHARTS_TITLE = "归集情况统计图"

# ---- files
NOTICE_PDF = "通报（草案）.pdf"
AMENDMENT_FILES = ("更正通报（草案）.docx", "更正通报（草案）.pdf")
ISSUED_FILES = ("通报.docx", "通报.pdf")
ISSUED_AMENDMENT_FILES = ("更正通报.docx", "更正通报.pdf")

EDITED_FILE = "编辑稿.docx"  # as the office handed it in

# ---- issued notice (GB/T 9704)
IMPRINT_COPY = "抄送：{copy_to}。"
IMPRINT_ISSUED = "{issuer}"
IMPRINT_DATE = "{day}印发"
ADOPTED_NOTE = (
    "本月未报送，或综合得分低于{score}分、归集率低于{collection}、及时率低于{timeliness}的，列入提醒、批评或函告范围；"
    "相关部门可在附件1“情况说明”栏反馈意见。"
)
PRAISE = "对综合得分达到{score}分且通过全部质量门槛的部门予以表扬：{departments}。"
REMINDER = "首次列入的，发提醒函，不作批评：{departments}。"
CRITICISM = "再次列入的，通报批评：{departments}。"
LETTER = "垂直管理单位列入的，以函告知：{departments}。"
ADOPTED_TITLE = "处理意见"

# ---- amended notice 更正通报
AMENDMENT_TITLE = ("关于{month}全市涉企行政检查", "信用信息归集情况的更正通报")
FORMER_TITLE = "《关于{month}全市涉企行政检查信用信息归集情况的{kind}》"
KINDS = {"notice": "通报", "amendment": "更正通报"}
AMENDMENT_OPENING = (
    "{title}（{number}，{day}印发）发布后，统计所依据的数据有变动。经按截至{as_of}的数据重新统计，现更正通报如下。"
)
AMENDMENT_CONTENT = "一、更正内容"
AMENDMENT_COUNT = "共更正数据{count}处，逐项对照见附件5。"
AMENDMENT_MAIN = "其中，全市主要指标更正如下："
AMENDMENT_NOT_MAIN = "全市主要指标没有变动。"
AMENDMENT_ITEM = "{number}.{label}：由{before}更正为{after}。"
AMENDMENT_REASON = "二、更正依据"
AMENDMENT_LATER = "原通报统计截至{former}。此后至{as_of}，收到{month}数据的补报、更正{count}件，涉及{departments}。"
AMENDMENT_NO_LATER = (
    "原通报统计截至{former}。此后至{as_of}，没有收到{month}数据的补报、更正；"
    "变动来自对已报送数据的确认、复核或重新统计。"
)
AMENDMENT_NOW = "三、更正后的总体情况"
AMENDMENT_OTHER = "四、其他事项"
AMENDMENT_VALID = (
    "原通报与本通报不一致的，以本通报为准。更正后的各部门归集情况、未报送清单、数据质量问题和统计图见附件1至附件4。"
)
AMENDMENT_ANNEX = "更正前后对照表"
AMENDMENT_HEADER = ("序号", "项目", "更正前", "更正后")
AMENDMENT_NOTES = ("注：“—”表示分母为零、没有可比数据，或该项在更正前（后）没有列出。",)
ABSENT = "—"

# ---- what a figure is called (更正前后对照表, 数字索引)
INDEX_SHEET = "数字索引"
INDEX_HEADER = ("编号", "含义", "数值")
INDEX_NOTE = "凭编号可查询每个数字的来源：xinyong trace 编号。"
LABEL = "{subject}{measure}"
LABEL_SUBJECTS = {"programme": "全市", "faults": "数据质量", "departments": "部门数", "limit": "标准"}
LABEL_NOT_REPORTED = "{department}“{domain}”{feed}未报送"
LABEL_NOT_REPORTED_DEPARTMENT = "{department}{feed}未报送"
LABEL_FAULT = "{feed}“{rule}”（{severity}）"
LABEL_SLIP = "{department}{day}提示单"
LABEL_TREND = "{month}全市"
LABEL_REPORT_TREND = "{department}{month}"
LABEL_REPORT_COMPARED = "{department}{measure}："
LABEL_REPORT_ACTION = "{department}{step}："
LABEL_REPORT_OPEN = "{department}待更正数据"
LABEL_REPORT_STEPS = {
    "report": "补报{feed}",
    "on_time": "按时报送",
    "mend": "改正{feed}“{rule}”",
    "all": "全部改正",
}
LABEL_CHANGE = "与上月相比"
LABELS = {
    "due_feed_count": "应报目录项次",
    "reported_feed_count": "已报目录项次",
    "submitted_rows": "报送量",
    "accepted_rows": "入库量",
    "evaluated_subject_count": "现行评价家次",
    "regulated_subject_count": "监管对象家次",
    "positive_list_count": "正面清单在列家次",
    "vetoed_count": "一票否决家次",
    "collection_rate": "归集率",
    "conformity_rate": "合规率",
    "timeliness_rate": "及时率",
    "completeness_rate": "完整率",
    "accuracy_rate": "准确率",
    "evaluation_coverage_rate": "评价覆盖率",
    "due_department_count": "应报送部门数",
    "reporting_department_count": "已报送部门数",
    "due_domain_count": "应报送行业领域数",
    "reporting_domain_count": "已报送行业领域数",
    "zero_report_count": "零报送件次",
    "unassigned_rows": "未写明本部门行业领域的数据条数",
    "score": "综合得分",
    "rank": "排名",
    "previous_rank": "上期排名",
    "rank_shift": "位次变化",
    "silent_months": "累计整月未报送月数",
    "due_count": "应报数",
    "reported_count": "已报数",
    "missed_months": "累计月数",
    "fault_count": "问题数",
    "told_count": "家次数",
    "fault_share": "问题占比",
    "department_count": "涉及部门数",
    "error_count": "错误数",
    "warning_count": "提示数",
    "held_rows": "暂未入库数据条数",
    "rest_kind_count": "附件未列的问题类数",
    "rest_fault_count": "附件未列的问题数",
    "silent": "（整月未报送）",
    "silent_vertical": "（整月未报送的垂直管理单位）",
    "partial": "（部分目录未报送）",
    "late": "（迟报）",
    "late_vertical": "（迟报的垂直管理单位）",
    "praise_score": "表扬得分线",
    "criticism_score": "批评得分线",
    "criticism_collection_rate": "批评归集率线",
    "criticism_timeliness_rate": "批评及时率线",
    "small_sample_rows": "小样本条数",
    "row_count": "条数",
    "oldest_days": "最早的已待天数",
    "own": "本部门",
    "average": "部门平均",
    "place": "位次",
    "compared": "参与比较的部门数",
    "amount": "涉及数量",
    "gain": "可提高得分",
    "score_after": "改后得分",
    "rank_after": "改后名次",
}
LABELS_ALONE = {
    "notice.month": "通报月份",
    "notice.as_of": "统计截止时间",
    "notice.next_month": "下一期月份",
    "notice.next_due": "下一期报送截止日",
    "gate.failed": "未通过质量门槛项数",
    "notice.day": "成文日期",
    "amendment.count": "更正处数",
    "amendment.former_as_of": "原通报统计截止时间",
    "amendment.former_day": "原通报印发日期",
    "amendment.later_submissions": "补报、更正件数",
}

# ---- slips and annexes to one department (semantics 7.3)
SLIP_TITLE = "否决/移出提示单"
SLIP_FILE = "提示单_{day}.docx"
SLIP_FOLDER = "否决移出提示单"
SLIP_RECIPIENT = "{department}："
SLIP_OPENING = (
    "{day}，经比对公共信用评价、严重失信主体名单、行业评价、监督检查和登记信息，你单位行业正面清单有下列主体被一票否决、"
    "移出或不符合条件，共{count}家次。请核对并据此调整本行业免予现场检查等措施；有异议的，请在收到之日起向市信用办反馈，并附证明材料。"
)
SLIP_MORE = "本单列出前{shown}家次，其余见同一文件夹“部门附件.xlsx”。"
SLIP_HEADER = ("序号", "行业领域", "统一社会信用代码", "企业名称", "处理", "原因")
SLIP_KINDS = {"vetoed": "一票否决", "ineligible": "不符合条件", "removed": "移出"}
SLIP_NOTE = "本单仅发送相关部门，不得对外公开。"
SLIP_FIGURE = "家次数编号{figure_id}，凭编号可向数据管理部门查询来源。"
SLIP_FIGURES = "slip_figures.json"

# ---- quarterly table of serious dishonesty
QUARTERLY_HEADER = {
    "quarter": "季度",
    "domain": "行业领域名称",
    "department": "部门名称",
    "district": "区县",
    "former_stock": "季初存量",
    "inflow": "流入",
    "outflow": "流出",
    "stock": "期末存量",
    "repaired_outflow": "流出中的修复",
    "removed_outflow": "流出中的移出",
    "expired_outflow": "流出中的期满",
    "other_outflow": "其他流出",
}
QUARTERLY_TOTAL = "全市合计"
QUARTERLY_NOTE = "本季度已统计的月份：{months}。期末存量＝季初存量＋流入－流出；流入、流出为各月之和。"
