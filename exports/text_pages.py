"""Returns the Chinese wording of the pages: overview, dictionary, per-department report."""

from __future__ import annotations

BACK = "← 返回总览"

# ---- dictionary page
DICTIONARY_TITLE = "数据字典"
DICTIONARY_TABLES = "数据表"
DICTIONARY_CODES = "代码含义"
DICTIONARY_PAGE_TABLES = ("表名", "说明", "行数", "排序和唯一键")
DICTIONARY_PAGE_COLUMNS = ("序号", "字段名", "类型", "说明")
EXAMPLES_TITLE = "示例查询"
EXAMPLES_NOTE = "用 DuckDB 1.5 及以上版本只读打开 xinyong.duckdb 后即可运行；每次发布前均已核对可以执行。"

# ---- overview page
OVERVIEW_TITLE = "涉企行政检查信用信息归集总览"
OVERVIEW_SUB = "数据月份：{month}。统计截止：{as_of}（北京时间）。"
OVERVIEW_FINAL = "正式统计"
OVERVIEW_PROVISIONAL = "临时统计：报送尚未截止，不作通报依据"
OVERVIEW_TRACE = "鼠标停在指标和排名的数字上，显示其编号；在命令行用 xinyong trace 加编号，可查到来源数据。"
OVERVIEW_RELEASE = "发布包 {name}，程序版本 {code}"
CARD_RATE = "全市归集率"
CARD_DEPARTMENTS = "已报部门"
CARD_DOMAINS = "已报行业领域"
CARD_ROWS = "报送数据（条）"
CARD_TIMELY = "及时率"
CARD_LISTED = "正面清单在列（家次）"
CARD_OF_DUE = "已报 / 应报"
CARD_FIRST = "首月，没有上月可比"
CARD_COMPARED = "比上月"
CARD_ACCEPTED = "入库{rows}条，合规率{rate}"
CARD_VETOED = "一票否决{count}家次"

MATRIX_TITLE = "行业领域归集情况"
MATRIX_CAPTION = (
    "每格为当月已报目录数/应报目录数（评价结果、正面清单、严重失信主体名单三个目录）；鼠标停留可见未报目录。"
)
MATRIX_HEADER = ("序号", "行业领域", "主管部门")
MATRIX_OLDER = "只显示最近{shown}个月，更早的{left}个月见数据表 coverage_domain_period。"
STATES = {
    "full": ("●", "应报目录全部已报"),
    "part": ("◐", "部分已报"),
    "none": ("○", "未归集"),
    "free": ("–", "当月没有应报目录"),
}
STATE_MISSING = "{state}；未报：{feeds}"
STATE_BLANK = "当月没有统计"

RANKING_TITLE = "部门排名"
RANKING_CAPTION = (
    "按综合得分排名，得分相同的名次并列。“—”表示分母为零或没有可比数据；"
    "*表示报送量少，名次仅供参考；▲表示有未通过的质量门槛。"
)
RANKING_PAGE_HEADER = (
    "名次", "位次变化", "部门", "综合得分", "已报/应报", "归集率", "及时率", "完整率", "合规率", "准确率",
)  # fmt: skip

GATES_TITLE = "质量门槛"
GATES_CAPTION = "门槛逐部门、逐行业领域、逐目录检查；未通过的不影响已入库数据使用，但当月不建议表扬。"
GATE_CHECKS = {
    "reported": "按期报送",
    "completeness": "必填项完整",
    "error_share": "错误占比",
    "no_held_list": "名单没有暂缓生效",
}
GATES_IN_RATES = frozenset({"completeness", "error_share"})
GATE_COUNT_HEADER = ("检查项", "通过", "未通过", "无法判断")
GATE_HEADER = ("部门", "行业领域", "目录", "问题", "实际值", "界限值")
GATES_NONE = "本月没有未通过的质量门槛。"

PROBLEMS_TITLE = "使用前须知"
PROBLEMS_HEADER = ("说明", "涉及数量")
PROBLEMS_NONE = "没有需要特别说明的问题。"
PROBLEMS_ASSUMED = (
    "{tables}张政策表中有暂按假定值执行的内容，正式口径以文件为准；逐表见数据库中的 meta.known_problems。"
)

FILES_TITLE = "文件"
FILES_NOTICE = "通报"
FILES_LISTS = "清单"
FILES_DEPARTMENTS = "各部门附件"
FILES_DEPARTMENTS_NOTE = "只发相关部门：含企业名单和逐行问题。"
FILES_DATA = "数据"
FILES_TABLES = "数据表（Parquet）"
FILES_FORMER = "以前各月"
FILES_NONE = "没有文件。"
TABLES_HEADER = ("文件", "说明", "行数")
LIST_FOR_PEOPLE = "表格（xlsx）"
LIST_FOR_MACHINES = "数据（csv）"
FOLDER_SIZE = "{count}份"
FILE_DATABASE = "数据库（DuckDB 1.5 及以上版本打开）"
FILE_DICTIONARY = "数据字典（网页）"
FILE_DICTIONARY_BOOK = "数据字典（表格）"
FILE_MODELS = "数据加工过程与血缘（dbt 文档，英文界面）"
FILE_DATAPACKAGE = "数据包描述（Frictionless）"
FILE_EXAMPLES = "示例查询"
FILE_MANIFEST = "发布清单"
FILE_SUMS = "校验和"

# ---- per-department report
REPORT_TITLE = "{department}涉企行政检查信用信息归集情况"
REPORT_NOTE = "数据月份：{month}；统计截止：{as_of}（北京时间）。供本部门改进使用，不作通报。"
REPORT_SCORE = "综合得分"
REPORT_RANK = "名次"
REPORT_COLLECTION = "归集率"
REPORT_AVERAGE = "部门平均 {value}"
REPORT_FORMER_RANK = "上月 {rank}，共{compared}个部门排名"
REPORT_TREND_TITLE = "一、逐月趋势"
REPORT_TREND_HEADER = ("月份", "综合得分", "名次", "归集率", "及时率", "完整率", "合规率", "准确率", "报送量")
REPORT_COMPARISON_TITLE = "二、与部门平均比较"
REPORT_COMPARISON_HEADER = ("指标", "本部门", "部门平均", "比较", "位次")
REPORT_COMPARED = ("▲ 高于平均", "▼ 低于平均", "＝ 与平均相同")
REPORT_MEASURES = {
    "score": "综合得分",
    "collection_rate": "归集率",
    "timeliness_rate": "及时率",
    "completeness_rate": "完整率",
    "conformity_rate": "合规率",
    "accuracy_rate": "准确率",
}
REPORT_ACTIONS_TITLE = "三、先改什么、能提高多少"
REPORT_ACTIONS_HEADER = ("序号", "要改的问题", "涉及", "可提高", "改后得分", "改后名次")
REPORT_DO_REPORT = "补报{feed}{where}"
REPORT_WHERE = "（{domains}）"
REPORT_DO_ON_TIME = "全部数据在截止时间前报送"
REPORT_DO_MEND = "{feed}：{rule}"
REPORT_ITEMS = "{count}项"
REPORT_ROWS = "{count}条"
REPORT_TOTAL = "以上及其余问题全部改正后，综合得分{score}，列第{rank}位。"
REPORT_NOTHING = "本月没有需要改正的问题。"
REPORT_ACTIONS_NOTE = (
    "测算方法：只改正这一项、其他各项和其他部门不变，按同一权重重算综合得分；"
    "一行有几种错误的，改正其中一种不计提高。逐行明细见同一文件夹的部门附件和回执。"
)
REPORT_GATES_TITLE = "四、质量门槛和待更正数据"
REPORT_GATES_PASSED = "已报送的数据没有未通过的质量门槛。"
REPORT_GATES_NOTHING = "本月没有收到数据行，数据质量无法评价。"
REPORT_GATES_FAILED = "未通过：{items}{more}。"
REPORT_GATES_MORE = "等"
REPORT_OPEN = "还有{count}条数据待更正，最早的已待{days}天，逐条见部门附件。"
REPORT_OPEN_NONE = "没有待更正的数据。"
REPORT_GATE = "{domain}{feed}（{check}）"
REPORT_TRACE = "鼠标停在数字上可见其编号，凭编号可查询数字的来源：xinyong trace 编号。"
