"""Returns what the departments' files of each feed look like: titles, columns, Chinese headers (domain.md 15)."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.synthetic.senders import OPERATIONS, REMOVALS, SHORT, VALID_TO


@dataclass(frozen=True)
class Feed:
    """What a department's file of a feed looks like: title and columns with their headers (domain.md 15)."""

    name: str
    title: str  # in the file name
    columns: tuple[tuple[str, str], ...]  # column, Chinese header
    name_column: str = "enterprise_name"
    code_column: str = "uscc"
    domain_column: str | None = None
    optional: dict[str, frozenset[str]] | None = None  # column -> departments that send it; others leave it out

    def headers(self, department: str) -> list[tuple[str, str]]:
        """Returns the columns that a department sends, with headers."""
        optional = self.optional or {}
        return [(c, h) for c, h in self.columns if c not in optional or department in optional[c]]


NAME_CODE = (("enterprise_name", "企业名称"), ("uscc", "统一社会信用代码"))
DOMAIN = ("domain_name", "行业领域名称")
OPERATION = ("operation", "操作")  # semantics 3.5
TWO_SCALES = frozenset({"transport_bureau", "ecology_environment"})
FEEDS = {
    f.name: f
    for f in (
        Feed(
            "enterprise_registry",
            "企业登记信息",
            (
                *NAME_CODE,
                ("registration_no", "注册号"),
                ("organisation_code", "组织机构代码"),
                ("registration_status", "登记状态"),
                ("district_code", "行政区划代码"),
                ("registered_address", "住所"),
                ("legal_representative_name", "法定代表人"),
                ("credit_risk_class", "信用风险等级"),
                ("former_names", "曾用名"),
                ("established_on", "成立日期"),
                ("approved_on", "核准日期"),
                OPERATION,
            ),
        ),
        Feed(
            "public_credit_evaluation",
            "公共信用评价",
            (
                *NAME_CODE,
                ("public_credit_grade", "公共信用评价等级"),
                ("public_credit_score", "公共信用评价分值"),
                ("evaluated_on", "评价时间"),
                OPERATION,
            ),
        ),
        Feed("regulated_subjects", "监管对象名单", (DOMAIN, *NAME_CODE), domain_column="domain_name"),
        Feed(
            "evaluation_results",
            "行业评价结果信息",
            (
                ("evaluation_name", "行业领域评价结果名称"),
                *NAME_CODE,
                ("evaluated_on", "评价时间"),
                ("evaluating_department", "评价部门"),
                ("grade", "评价等级"),
                ("score", "评价分值"),
                ("evaluation_standard", "评价标准"),
                ("valid_to", "有效期止"),
                OPERATION,
            ),
            domain_column="evaluation_name",
            optional={"evaluation_standard": TWO_SCALES, "valid_to": VALID_TO, "operation": OPERATIONS},
        ),
        Feed(
            "positive_list",
            "行业正面清单",
            (DOMAIN, *NAME_CODE, ("published_on", "发布日期"), ("remarks", "备注")),
            domain_column="domain_name",
        ),
        Feed(
            "serious_dishonesty_list",
            "严重失信主体名单",
            (
                *NAME_CODE,
                ("published_on", "发布日期"),
                DOMAIN,
                ("listing_reason", "列入原因"),
                ("remarks", "备注"),
                ("removed_on", "移出日期"),
                ("removal_reason", "移出原因"),
                ("decision_department", "作出决定机关"),
                ("decision_doc_no", "决定文书号"),
            ),
            domain_column="domain_name",
            optional=dict.fromkeys(
                ("removed_on", "removal_reason", "decision_department", "decision_doc_no"), REMOVALS
            ),
        ),
        Feed(
            "inspection_tasks",
            "监督检查任务记录",
            (
                ("task_name", "任务名称"),
                ("task_no", "任务编号"),
                ("task_type", "任务类型"),
                ("lead_department", "牵头部门"),
                ("joint_departments", "联合部门"),
                ("sampling_type", "抽查类型"),
                ("sampled_subject_count", "抽查主体数量"),
                ("subject_scope", "抽查对象范围"),
                ("task_start_on", "任务期限起始时间"),
                ("task_end_on", "任务期限截止时间"),
                ("published_on", "发布日期"),
                ("inspection_items", "抽查事项"),
                OPERATION,
            ),
            optional={"operation": OPERATIONS},
        ),
        Feed(
            "credit_repair",
            "信用修复信息",
            (
                DOMAIN,
                *NAME_CODE,
                ("listed_on", "列入日期"),
                ("repaired_on", "修复日期"),
                ("decision", "修复决定"),
                OPERATION,
            ),
            domain_column="domain_name",
        ),
        Feed(
            "inspection_results",
            "监督检查结果",
            (
                ("counterpart_name", "行政相对人名称"),
                ("counterpart_category", "行政相对人类别"),
                ("counterpart_code", "行政相对人代码"),
                ("legal_representative_name", "法定代表人姓名"),
                ("legal_representative_id_type", "法定代表人证件类型"),
                ("legal_representative_id_number", "法定代表人证件号码"),
                ("inspection_form", "检查形式"),
                ("inspection_method", "检查方式"),
                ("inspection_content", "监督检查内容"),
                ("inspection_result", "检查结果"),
                ("related_document_no", "关联文书号"),
                ("inspected_on", "监督检查日期"),
                ("task_no", "监督检查任务号"),
                ("inspecting_authority_name", "监督检查机关名称"),
                ("inspecting_authority_code", "监督检查机关代码"),
                ("source_unit_name", "数据来源单位名称"),
                ("source_unit_code", "数据来源单位代码"),
                ("remarks", "备注"),
                OPERATION,
            ),
            name_column="counterpart_name",
            code_column="counterpart_code",
        ),
    )
}
# Order in which files of a month are written; drops only. Later months of the supporting feeds bring changes.
DROPS = (
    "enterprise_registry",
    "public_credit_evaluation",
    "regulated_subjects",
    "evaluation_results",
    "positive_list",
    "serious_dishonesty_list",
    "inspection_tasks",
    "credit_repair",
)


def short_of(department: str) -> str:
    """Returns a department's abbreviation in document numbers."""
    return SHORT.get(department, "湖")
