"""Returns the Chinese words of receipts. What a rule says stands in the contracts; here is only what frames it."""

from __future__ import annotations

from datetime import datetime

from ingest.clock import LOCAL_OFFSET

VERDICTS = {"accepted": "全部入库", "accepted_with_remarks": "已接收，有问题需要处理", "rejected": "整份退回"}
CHANNELS = {"drop": "文件报送", "gateway": "接口归集"}
CAUSES = {"judged": "首次判定", "confirmed": "确认后判定", "corrected": "更正后判定"}
LIST_STATES = {"in_force": "启用", "held": "暂缓启用，等待确认", "refused": "未启用（整份退回）"}

# what was wrong, in few words: by kind of the finding (domain.md 4), else by rule
PROBLEMS = {
    "required": "没有填写",
    "type": "内容读不出来",
    "enum": "不在可选范围",
    "pattern": "写法不对",
    "length": "字数不合要求",
    "range": "超出合理范围",
    "DATE_MONTH": "只有年月",
    "format": "不是18位代码",
    "check": "校验码不符",
    "OLDORG": "填了9位组织机构代码",
    "OLDREG": "填了15位注册号",
    "TAXNO": "填了税务登记号",
    "SCI": "代码被 Excel 变成数字",
    "LETTER": "含有不使用的字母",
    "MASKED": "代码被遮挡",
    "NAME*": "名称被遮挡或过短",
    "SWAP": "与其他列内容相同",
    "scale": "不是该领域的等级",
    "X-DOMAIN": "行业领域认不出",
    "X-OWNER": "不是本部门负责的数据",
    "X-REPEAT": "重复行",
    "X-DUPLICATE": "关键项相同而内容不同",
    "X-FUTURE": "日期晚于报送当天",
    "X-PERSON": "填了身份证号码",
    "X-NAME": "名称与代码对不上",
    "X-UNMATCHED": "找不到对应的列入记录",
    "X-UNIT": "单位与报送部门不一致",
    "X-ZEROROW": "“无”与其他企业混在一起",
    "X-READ": "文件打不开",
    "X-FEED": "认不出是哪类数据",
    "X-HEADER": "缺少必需的表头",
    "X-SHEET": "有工作表没有读取",
    "X-COLUMN": "有目录以外的列",
    "X-SHRINK": "名单减少过半",
    "X-GATE": "错误行过多",
    "X-ZERO": "零报告没有写明领域",
    "X-EMPTY": "没有可用的数据",
    "X-SENDER": "认不出报送部门",
    "X-PERIOD": "认不出数据月份",
    "X-CLOCK": "文件时间晚于收到时间",
}

# spelling that the system put right by itself (domain.md 4)
NORMALISATIONS = {
    "CASE": "小写字母改为大写",
    "PREFIX": "去掉代码前的文字",
    "COPYMARK": "去掉副本标记",
    "WIDTH": "全角字符改为半角",
    "INVIS": "去掉看不见的字符和空格",
    "APOS": "去掉引号前缀",
    "HYPHEN": "去掉连字符和空格",
    "PLACE": "占位内容按没有填写处理",
    "DATE_FORM": "日期写法统一",
    "DATE_SERIAL": "Excel 日期序号还原为日期",
    "SENTINEL": "表示长期的日期按无期限处理",
    "ALIAS": "别称改为标准取值",
    "ID15": "15位身份证号升为18位",
    "BRACKET": "括号写法统一",
}

# what became of a row
ROW_IN, ROW_IN_REMARK = "已入库", "已入库，有提示"
ROW_OUT, ROW_REPEAT, ROW_HELD = "未入库，请改正", "重复行，只计一次", "暂缓入库，等待确认"
ROW_REJECTED, ROW_CLOSED = "未入库（整份退回）", "已由更正替换"


def moment(ts: datetime) -> str:
    """Returns an instant as a clerk reads it, in Asia/Shanghai."""
    local = ts + LOCAL_OFFSET
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def due_day(due_at: datetime) -> str:
    """Returns the last day on which a report is in time; ``due_at`` is its 24:00."""
    local = due_at + LOCAL_OFFSET
    last = local.fromordinal(local.toordinal() - 1)
    return f"{last.year}年{last.month}月{last.day}日"


def punctuality(received_at: datetime, due_at: datetime | None) -> str:
    """Returns whether a report came in time."""
    if due_at is None:
        return "不考核时限"
    return f"按时（截止 {due_day(due_at)}）" if received_at <= due_at else f"迟报（截止 {due_day(due_at)}）"


def deadline(received_at: datetime, due_at: datetime | None) -> str:
    """Returns until when something is to be done."""
    if due_at is None:
        return "请尽快"
    if received_at <= due_at:
        return f"请在 {due_day(due_at)} 前"
    return f"已过截止日（{due_day(due_at)}），请尽快"


def height(words: str, width: int, line: int = 17) -> int:
    """Returns how high a wrapped cell must be, in points: a Chinese character is two letters wide.

    Args:
        words: of the cell.
        width: of the column, letters.
        line: height of one line, points.
    """
    lines = sum(1 + sum(2 if ord(c) > 0xFF else 1 for c in part) // max(width - 1, 1) for part in words.split("\n"))
    return line * lines


def share(part: int, whole: int) -> str:
    """Returns a share with one decimal, — where nothing was received."""
    return f"{part / whole:.1%}" if whole else "—"
