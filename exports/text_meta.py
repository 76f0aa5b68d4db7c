"""Returns the Chinese comments of the tables that a release carries beside its marts (schema meta)."""

from __future__ import annotations

META_COMMENTS: dict[str, tuple[str, dict[str, str]]] = {
    "release": (
        "本发布包的说明，一行",
        {
            "release_name": "发布包名称",
            "programme": "适用方案",
            "period": "数据月份",
            "as_of": "统计截止时间（UTC），此前收到的报送计入",
            "reference_date": "业务日期规则的基准日",
            "is_final": "是否为报送截止后的正式统计",
            "fingerprint": "全部输入的指纹",
            "code_version": "程序版本",
            "rules_version": "规则表版本，各政策参数表的指纹",
            "engine_version": "DuckDB 版本，行哈希只在同一版本内可比",
        },
    ),
    "tables": (
        "发布的表及其行数和哈希",
        {
            "table_name": "表名",
            "row_count": "行数",
            "row_hash": "与行序无关的哈希",
            "key_columns": "排序和唯一键",
        },
    ),
    "releases": (
        "本期及以前各月有效的发布包",
        {
            "release_name": "发布包名称",
            "period": "数据月份",
            "as_of": "统计截止时间（UTC）",
            "is_final": "是否为报送截止后的正式统计",
            "fingerprint": "全部输入的指纹",
            "is_this": "是否为本发布包",
        },
    ),
    "known_problems": (
        "使用本发布包前应当知道的问题",
        {
            "problem_no": "序号",
            "problem_kind": "类别代码",
            "subject": "所涉目录、行业领域、部门或政策表的代码",
            "problem_zh": "说明",
            "amount": "涉及数量，空为不适用",
        },
    ),
    "policy_tables": (
        "生效的政策表及其版本",
        {
            "seed_name": "政策表名称",
            "row_count": "生效行数",
            "assumed_count": "其中没有文件依据、暂按假定值执行的行数",
            "sha256": "政策表文件的 SHA-256",
        },
    ),
    "score_weights": (
        "综合得分的权重",
        {
            "component": "组成部分",
            "weight": "权重",
        },
    ),
    "rule_versions": (
        "生效的校验规则及版本",
        {
            "rule_id": "规则编号",
            "rule_version": "规则版本",
            "feed": "数据目录代码，空为通用规则",
            "rule_title": "规则名称",
            "severity": "等级：error 错误，warning 提示",
            "dimension": "质量维度（GB/T 36344）",
        },
    ),
    "contract_versions": (
        "数据目录及其契约版本",
        {
            "feed": "数据目录代码",
            "title": "数据目录名称",
            "catalogue": "目录序号，空为支撑数据",
            "contract_version": "契约版本",
        },
    ),
    "contract_columns": (
        "数据目录的信息项",
        {
            "feed": "数据目录代码",
            "column_name": "字段名",
            "column_title": "信息项名称",
            "is_required": "是否必填",
            "classification": "分级：public 公开，internal 内部，personal 个人信息，id_number 证件号码（不进入本库）",
        },
    ),
    "submissions_used": (
        "计入本发布包的报送",
        {
            "submission_id": "报送编号",
            "feed": "数据目录代码",
            "department_code": "部门代码",
            "period": "报送月份",
            "received_at": "收到时间（UTC）",
            "verdict": "判定结果",
            "rows_received": "收到行数",
            "sha256": "所收内容的 SHA-256",
            "contract_version": "契约版本",
        },
    ),
    "example_queries": (
        "示例查询",
        {
            "query_no": "序号",
            "title": "说明",
            "sql": "查询语句",
        },
    ),
    "departments": (
        "报送部门",
        {
            "department_code": "部门代码",
            "department_name": "部门名称",
            "is_vertical": "是否垂直管理单位",
            "sort_order": "排列顺序",
        },
    ),
    "domains": (
        "行业领域",
        {
            "domain_code": "行业领域代码",
            "domain_no": "序号",
            "domain_name": "行业领域名称",
            "department_code": "主管部门代码",
            "phase": "阶段：pilot 先行先试，rollout 全面推广",
            "due_from": "开始应报月份",
        },
    ),
    "notice_thresholds": (
        "通报的界限",
        {
            "threshold": "界限名称",
            "threshold_value": "界限值",
        },
    ),
    "reporting_calendar": (
        "报送日历",
        {
            "period": "数据月份",
            "due_on": "报送截止日，当日24时止",
        },
    ),
    "reason_codes": (
        "正面清单的原因代码",
        {
            "reason_code": "原因代码",
            "reason_order": "先后顺序",
            "reason_kind": "类别",
            "reason_zh": "原因",
        },
    ),
    "period_gates": (
        "本期分部门、行业领域和目录的质量门槛",
        {
            "period": "数据月份",
            "as_of": "统计截止时间（UTC）",
            "department_code": "部门代码",
            "domain_code": "行业领域代码",
            "feed": "数据目录代码",
            "check_name": "检查项",
            "evaluated": "检查数量",
            "unexpected": "不符数量",
            "observed": "实际值",
            "threshold": "界限值",
            "success": "是否通过，空为无法判断",
        },
    ),
}

PROBLEMS = {
    "provisional": "本发布包是报送截止前的临时统计，不作为通报依据。",
    "not_collected": "{title}未归集：没有收到可用的报送，不代表没有记录。",
    "gate_failed": "{department}{domain}{feed}未通过质量门槛（{check}）：已入库的数据照常使用。",
    "gate_unknown": "{department}{domain}{feed}的质量门槛（{check}）无法判断。",
    "unresolved": "有报送记录未能识别到经营主体，列在 marts.unresolved_records，不计入档案。",
    "unconfirmed": "有严重失信名单记录待核实主体，核实前不作否决依据。",
    "assumed": "政策表{seed}中有暂按假定值执行的内容，正式口径以文件为准。",
}
"""What ``meta.known_problems`` says, by kind."""
