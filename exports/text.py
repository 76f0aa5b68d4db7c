"""Returns all Chinese wording of what goes out: release tables, lists, the monthly notice and its annexes.

Sentences hold ``{places}`` for registered figures and for names, and no number of their own. Wording of a feed, a rule
or a cell that a clerk reads in a receipt lives in the contracts.
"""

from __future__ import annotations

from ingest.contract_words import SEVERITY_WORDS

# ---- how a figure is printed (exports/figures.py)
NO_DENOMINATOR = "—"  # a rate without denominator, a place without rank (domain.md 10)
NO_SHIFT = "—"
GROWTH = ("增长", "下降", "持平")
POINTS = ("上升", "下降", "持平")
POINT_UNIT = "个百分点"
DAY = "{year}年{month}月{day}日"
MONTH = "{year}年{month}月份"
MOMENT = "{day}{hour}时{minute}"
MINUTE = "{minute}分"

LIST_SEPARATOR = "、"
FULL_STOP = "。"

# ---- faults, without a value: what is counted in the notice
FAULT_KINDS = {
    "required": "{column}未填写",
    "format": "{column}格式不符",
    "check": "{column}校验位不符",
    "type": "{column}不符合规定的数据类型",
    "enum": "{column}不在规定取值内",
    "pattern": "{column}不符合规定格式",
    "length": "{column}长度不符",
    "range": "{column}超出规定范围",
    "masked": "{column}被遮盖或过短，无法核对",
    "swap": "{column}与名称或代码相同",
    "scale": "{column}不在本行业评价等级内",
    "month": "{column}只写到月份",
}
FAULTS_ACROSS = {
    "X-READ": "文件无法读取",
    "X-FEED": "无法判断属于哪个目录",
    "X-HEADER": "缺少必需的表头",
    "X-SHEET": "有未读取的工作表",
    "X-COLUMN": "有目录以外的列",
    "X-SENDER": "无法判断报送部门",
    "X-PERIOD": "无法判断报送月份",
    "X-CLOCK": "文件时间晚于接收时间",
    "X-DOMAIN": "行业领域名称无法识别",
    "X-OWNER": "报送了不属于本部门的数据",
    "X-REPEAT": "完全相同的重复行",
    "X-DUPLICATE": "同一主体重复且内容不一致",
    "X-FUTURE": "日期晚于报送之日",
    "X-PERSON": "企业代码栏填写了居民身份证号码",
    "X-NAME": "企业名称与登记信息不一致",
    "X-UNMATCHED": "修复信息没有对应的列入记录",
    "X-UNIT": "所填部门与报送部门不一致",
    "X-SHRINK": "名单数量骤减，暂缓生效",
    "X-GATE": "问题数据占比过高，整件退回",
    "X-ZERO": "零报送未写明行业领域",
    "X-ZEROROW": "零报送行与数据行混报",
    "X-EMPTY": "没有可用的数据行",
}
FAULT_OTHER = "其他问题（{rule_id}）"
ROW_LEVEL = "数据行"


def rule_title(rule_id: str, kind: str, column_title: str | None) -> str:
    """Returns the words under which the faults of a rule are counted; they never hold a value."""
    if rule_id in FAULTS_ACROSS:
        return FAULTS_ACROSS[rule_id]
    pattern = FAULT_KINDS.get(rule_id.rsplit(".", maxsplit=1)[-1]) or FAULT_KINDS.get(kind)
    return pattern.format(column=column_title or ROW_LEVEL) if pattern else FAULT_OTHER.format(rule_id=rule_id)


# ---- codes in words, for people (lists, annexes, dictionary)
CODES: dict[str, dict[str, str]] = {
    "status": {
        "listed": "在列",
        "vetoed": "一票否决",
        "ineligible": "不符合条件",
        "active": "有效",
        "unconfirmed": "待核实",
        "removed": "已移出",
        "repaired": "已修复",
        "expired": "已届满",
        "revoked": "已撤销",
    },
    "change": {"added": "新增", "removed": "移出"},
    "severity": SEVERITY_WORDS,
    "verdict": {"accepted": "通过", "accepted_with_remarks": "通过（有提示）", "rejected": "退回"},
    "tier": {"A": "A", "B": "B", "C": "C", "D": "D"},
    "severity_class": {"minor": "轻微", "general": "一般", "serious": "严重"},
    "state": {
        "listed": "待确认身份",
        "in_min_period": "最短公示期内",
        "eligible": "可以修复",
        "decided_approved": "准予修复",
        "decided_rejected": "不予修复",
        "auto_expired": "期满",
        "closed": "已结束",
    },
    "next_action": {
        "confirm_identity": "请部门确认企业身份",
        "first_reminder": "首次到期提醒",
        "last_reminder": "再次到期提醒",
        "invite_application": "告知可以申请修复",
        "explain_refusal": "说明不予修复的原因",
        "prepare_end": "准备到期移出",
        "end_publicity": "终止公示",
        "take_off_list": "移出已期满的列入",
        "name_terms": "请部门明确期限",
        "follow_up": "跟踪回访",
    },
    "warning_type": {
        "multi_licence_address": "一址多照",
        "multi_firm_person": "一人多企",
        "untraceable": "查无下落",
    },
    "level": {"warn": "提示", "alert": "警示"},
    "closing_action": {
        "correct": "更正后再报",
        "resend": "整批改正后重报",
        "confirm": "报信用办确认或重报名单",
        "source": "在来源系统改正",
        "withdraw": "不属于本部门，无需再报",
    },
    "measure": {
        "exempt_onsite": "免予现场检查",
        "reduced": "降低频次",
        "routine": "常规检查",
        "intensified": "加强检查",
        "focus": "重点监管",
    },
    "exclusion_reason": {
        "REGISTRATION_ENDED": "登记已终止",
        "ONSITE_LIMIT_REACHED": "本年现场检查已达上限",
    },
    "match_method": {
        "uscc": "统一社会信用代码",
        "organisation_code": "组织机构代码",
        "registration_no": "注册号",
        "name": "名称",
        "unresolved": "未识别",
        "natural_person": "自然人",
    },
}
YES_NO = {True: "是", False: "否"}

# ---- lists
LIST_TITLES = {
    "positive_list": "正面清单",
    "positive_list_changes": "本期正面清单变动",
    "positive_list_excluded": "正面清单否决和不符合条件名单",
    "positive_list_candidates": "正面清单候选名单",
    "serious_dishonesty": "严重失信主体名单",
    "not_reported": "未报送清单",
    "grade_conflicts": "两步以上等级差复核清单",
    "repair_reminders": "信用修复提醒清单",
    "dishonesty_dynamics": "严重失信主体存量动态表",
    "dishonesty_quarterly": "严重失信主体季度动态表",
    "removal_notice": "否决和移出提示单",
    "row_faults": "数据问题明细",
    "open_corrections": "待更正数据清单",
    "public_credit_renewals": "公共信用评价待更新清单",
    "inspections_without_domain": "检查所属领域待确认清单",
    "risk_warnings": "风险预警清单",
    "unresolved_records": "未识别记录清单",
    "inspection_draws": "双随机抽取结果",
    "inspection_draw_exclusions": "未参加抽取主体",
    "combined_inspections": "综合查一次清单",
    "onsite_exceptions": "正面清单企业现场检查例外",
    "inspection_tasks": "检查任务核对清单",
}
DRAW_RECIPE = (
    "抽取可复核：名录各行“代码,措施”按代码排序、以换行相连，取 SHA-256 为名录哈希；种子为“方案|领域|月份|名录哈希”"
    "（重新抽取的再加“|次序”）的 SHA-256；同一措施内按 SHA-256（种子和代码相连）由小到大，取“比例×主体数”家，小数进一。"
)
LIST_EMPTY = "本期没有记录（数据已归集）。"
LIST_NOT_COLLECTED = "未归集：本目录没有收到可用的报送，不代表没有记录。"
LIST_PARTS = "本清单共{rows}条，超出一张工作表的行数上限，分{parts}张工作表列出。"
LIST_PART = "{title}（{part}）"
SHEET_NOTE = "数据月份：{period}；统计截止：{as_of}（北京时间）。"
SHEET_FOOTER = "第 &P 页，共 &N 页"
SHEET_PROVISIONAL = "本表为报送截止前的临时统计。"

# ---- dictionary
DICTIONARY_TABLES = "表"
DICTIONARY_COLUMNS = "字段"
DICTIONARY_CODES = "代码"
DICTIONARY_TABLE_HEADERS = ("模式", "表名", "说明", "行数")
DICTIONARY_COLUMN_HEADERS = ("模式", "表名", "序号", "字段名", "类型", "可为空", "说明")
DICTIONARY_CODE_HEADERS = ("字段名", "代码", "含义")

# ---- names of period gate checks, for sentences
GATE_NAMES = {
    "reported": "未报送",
    "completeness": "必填项完整率不足",
    "error_share": "错误数据占比过高",
    "no_held_list": "名单数量骤减，暂缓生效",
}

# ---- the monthly notice (domain.md 11). Places hold registered figures or names.
NOTICE_FILE = "通报（草案）.docx"
NOTICE_ANNEX_FILE = "通报附件.xlsx"
NOTICE_TITLE = ("关于{month}全市涉企行政检查", "信用信息归集情况的通报")
NOTICE_DRAFT = "（草案）"
NOTICE_PROVISIONAL = "（草案，报送截止前的临时统计）"
NOTICE_RECIPIENT = "各区县信用办，市级相关行政执法机关："
NOTICE_OPENING = (
    "根据行业信用监管和分级分类涉企检查的有关部署，按照涉企行政检查信用信息定期归集工作通报机制，"
    "现将{month}全市归集情况通报如下（统计截至{as_of}，涉及对比的均为与上月相比）。"
)

HEADING_OVERVIEW = "一、总体情况"
HEADING_CATALOGUES = "二、各部门归集情况"
HEADING_QUALITY = "三、数据质量情况"
HEADING_PROBLEMS = "四、存在问题"
HEADING_NEXT = "五、下一步要求"
SECTION_NUMBERS = "一二三四五六七八九十"
SECTION = "（{number}）{title}。"

OVERVIEW_DEPARTMENTS = (
    "本月应报送部门{due}个，已报送{reported}个；应报送行业领域{due_domains}个，已报送{reported_domains}个；"
    "应报目录{due_feeds}项次，已报{reported_feeds}项次，归集率{rate}{change}。"
)
OVERVIEW_ROWS = (
    "全市共报送数据{submitted}条{submitted_change}，清洗入库{accepted}条{accepted_change}。"
    "合规率{conformity}{conformity_change}，及时率{timeliness}{timeliness_change}，"
    "完整率{completeness}{completeness_change}，准确率{accuracy}{accuracy_change}。"
)
OVERVIEW_EVALUATED = "各行业领域现行有效信用评价覆盖经营主体{evaluated}家次{change}。"
OVERVIEW_NOT_EVALUATED = "行业评价结果未归集。"
OVERVIEW_REGULATED = "监管对象{regulated}家次，评价覆盖率{rate}。"
OVERVIEW_NOT_REGULATED = "监管对象名单未归集，评价覆盖率暂无法计算。"
OVERVIEW_LISTS = "行业正面清单在列{listed}家次{change}，因一票否决不予列入{vetoed}家次。"
OVERVIEW_LISTS_NOT_COLLECTED = "行业正面清单未归集。"
OVERVIEW_UNASSIGNED = "报送数据中有{count}条未写明本部门行业领域，只计入部门和全市总量。"
OVERVIEW_ZERO = "零报送{count}件次，已按规定计为报送。"
OVERVIEW_FIRST = "本月为首次通报，没有上月数据可供对比。"
CHANGE = "（{change}）"

CATALOGUE_DUE_DOMAINS = "应报行业领域{due}个，已报{reported}个"
CATALOGUE_DUE_DEPARTMENTS = "应报部门{due}个，已报{reported}个"
CATALOGUE_NONE_DUE = "本月没有应报部门"
CATALOGUE_ROWS = "；报送{submitted}条{change}，清洗入库{accepted}条，合规率{rate}"
CATALOGUE_NOT_COLLECTED = "；本目录本月未归集"
CATALOGUE_NO_ROWS = "；均为零报送"
CATALOGUE_SILENT = "除整月未报送的部门外，未报送或未报齐的还有：{departments}。"
CATALOGUE_SILENT_ONLY = "未报送的均为整月未报送的部门。"
CATALOGUE_INCOMPLETE = "未报送或未报齐的部门：{departments}。"
CATALOGUE_ALL_SILENT = "应报部门均未报送。"

QUALITY_NONE = "本月报送的数据没有发现问题。"
QUALITY_NOT_COLLECTED = "本月数据未归集，无法评价数据质量。"
QUALITY_TOTAL = (
    "本月校验共发现问题{faults}处，其中错误{errors}处、提示{warnings}处，涉及部门{departments}个；"
    "暂未入库的数据{held}条。"
)
QUALITY_TOP = "数量居前的问题如下："
QUALITY_FAULT = "{number}.{title}（{feed}，{severity}）{faults}处，占问题总数的{share}，涉及{departments}。"
QUALITY_DEPARTMENTS = "{first}等{count}个部门"
QUALITY_GATES = "未通过本月数据质量门槛的有：{items}。已入库的数据照常使用，相关部门不列入表扬建议。"
QUALITY_GATES_MORE = "{items}等{count}项"
QUALITY_GATE = "{department}{feed}（{check}）"
QUALITY_GATE_DOMAIN = "{department}“{domain}”{feed}（{check}）"

PROBLEM_SILENT_TITLE = "未报送"
PROBLEM_SILENT_NONE = "本月没有整月未报送的部门。"
PROBLEM_SILENT = "本月未报送任何应报目录的部门{count}个。"
PROBLEM_SILENT_FIRST = "首次未报送的：{departments}。"
PROBLEM_SILENT_REPEATED = "累计{months}个月未报送的：{departments}。"
PROBLEM_SILENT_VERTICAL = "其中垂直管理单位{count}个，另以函告知。"
PROBLEM_PARTIAL = "部分目录未报送的部门{count}个，具体见附件2。"
PROBLEM_LATE_TITLE = "迟报"
PROBLEM_LATE_NONE = "已报送的部门均在规定时限内报送。"
PROBLEM_LATE = "存在迟报的部门{count}个。"
PROBLEM_LATE_MUCH = "其中及时率低于{limit}的：{departments}。"
PROBLEM_LATE_OTHERS = "其他迟报部门：{departments}。"
PROBLEM_LATE_ALL = "包括：{departments}。"
PROBLEM_LATE_VERTICAL = "上述迟报中垂直管理单位{count}个，另以函告知。"
PROBLEM_LATE_PERSON = "{department}（及时率{rate}）"
PROBLEM_ACTION_TITLE = "处理建议"
PRAISE = "【建议】对综合得分达到{score}分且通过全部质量门槛的部门予以表扬：{departments}。"
PRAISE_NONE = "本月没有达到表扬条件的部门。"
REMINDER = "【建议】首次列入的，发提醒函，不作批评：{departments}。"
CRITICISM = "【建议】再次列入的，通报批评：{departments}。"
LETTER = "【建议】垂直管理单位列入的，以函告知，不点名批评：{departments}。"
ACTION_NONE = "本月没有需要提醒或批评的部门。"
ACTION_NOTE = (
    "以下建议依据数据提出，由市信用办审定；相关部门可在附件1“情况说明”栏反馈意见。"
    "本月未报送，或综合得分低于{score}分、归集率低于{collection}、及时率低于{timeliness}的，列入提醒、批评或函告范围。"
)

NEXT_MISSING = "未报送、未报齐的部门要对照附件2抓紧补报，最迟于{due}前报送；确无数据的，按零报送要求报送，不得漏报。"
NEXT_FAULTS = "各部门要对照回执逐条核对未入库的数据，更正后以“更正”文件重新报送，更正数据于{due}前完成。"
NEXT_PERIOD = "{month}数据请于{due}24时前报送。"
NEXT_PERIOD_OPEN = "下一期数据请按报送日历规定的时限报送。"
NEXT_FEEDBACK = "对本通报数据有异议的，请及时与市信用办联系核对。"
NEXT_CONTACT = "联系人：        ，联系电话：        。"  # drafts only: the office fills it in
NEXT_TITLES = ("补齐未报目录", "更正问题数据", "按时报送下期数据", "反馈情况说明")

ATTACHMENT_LEAD = "附件：1. "
ATTACHMENTS = ("各部门归集情况排名表", "未报送清单", "数据质量问题统计表")
ATTACHMENT_LINE = "{number}. {title}"
SIGNATURE = "（发文机关署名）"
SIGNATURE_DATE = "（成文日期）"

ANNEX = "附件{number}"
ANNEX_PERIOD = "（{month}）"
RANKING_HEADER = (
    "排名",
    "部门",
    "应报目录",
    "已报目录",
    "归集率",
    "报送量",
    "入库量",
    "合规率",
    "及时率",
    "完整率",
    "准确率",
    "综合得分",
    "上期排名",
    "位次变化",
    "情况说明",
)
RANKING_TOTAL = "全市"
RANKING_NOTES = (
    "注：1. 按综合得分排名，得分相同的名次并列；没有应报目录的部门不排名。2. “—”表示分母为零或没有可比数据。",
    "3. 带*的部门报送量不足{rows}条，名次仅供参考。4. “情况说明”由相关部门填写。",
)
SMALL_SAMPLE = "{department}*"
NOT_REPORTED_HEADER = ("序号", "部门", "行业领域", "未报送目录", "累计未报月数")
NOT_REPORTED_NONE = "本月没有未报送的应报目录。"
NOT_REPORTED_NOTES = ("注：未报送的目录均为未归集，不代表没有数据；部门一级的目录“行业领域”栏以“—”表示。",)
NO_DOMAIN = "—"
FAULTS_HEADER = ("序号", "数据目录", "问题", "等级", "问题数", "占比", "涉及部门数", "涉及部门")
FAULTS_NONE = "本月报送的数据没有发现问题。"
FAULTS_NOTES = ("注：本表只统计问题数量，不列企业；逐条明细随回执反馈相关部门。",)
FAULTS_REST = (
    "本表列问题数最多的{printed}类，问题数相同的先列错误；另有{kinds}类问题共{faults}处，"
    "见通报附件工作簿中的“数据质量问题统计表”。"
)
FEED_UNKNOWN = "未识别目录"
