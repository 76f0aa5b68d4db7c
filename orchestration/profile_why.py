"""Returns what each fact of a profile rests on: submission, file, sheet and row, rule and article (design.md 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from orchestration import times

if TYPE_CHECKING:
    import duckdb

    from exports.lists import Release
    from orchestration.profile_build import FilteredHome


@dataclass(frozen=True)
class Source:
    """A kind of fact: the model that holds it, how it reads, and the rule by which it counts."""

    title: str
    feed: str
    relation: str
    words: str  # SQL text over the relation's columns
    rule: str
    condition: str = "true"
    order: str = "submission_id, row_id"


@dataclass(frozen=True)
class Evidence:
    """One fact in words, and where it came from."""

    fact: str
    domain: str
    content: str
    rule: str
    article: str
    department: str = ""
    submission_id: str = ""
    file: str = ""
    sheet: str = ""
    row_number: str = ""
    received_at: str = ""


HEADERS = ("事项", "行业领域", "内容", "规则", "依据", "报送部门", "报送编号", "文件", "工作表", "行", "收到时间")

SOURCES = (
    Source(
        "登记信息", "enterprise_registry", "staging.stg_enterprise_registry__enterprises",
        "concat_ws('，', enterprise_name, registration_status, '信用风险等级' || credit_risk_class)",
        "以最近一次报送为准",
    ),
    Source(
        "公共信用评价", "public_credit_evaluation", "intermediate.int_public_credit__current",
        "concat_ws('，', '等级' || grade, '评价时间' || evaluated_on, '否决至' || veto_until)",
        "评价时间最近且不晚于基准日的一次",
    ),
    Source(
        "行业评价", "evaluation_results", "intermediate.int_evaluation__current",
        "concat_ws('，', '等级' || grade || '（监管档次' || tier || '）', '评价时间' || evaluated_on, "
        "'有效期至' || evaluation_valid_to, case when not is_current then '已过期' end)",
        "评价时间最近的一次，在有效期内才采用",
    ),
    Source(
        "正面清单", "positive_list", "intermediate.int_positive_list__entries",
        "concat_ws('，', '发布日期' || published_on, case when is_protected then '更正前保留原列入' end)",
        "部门最近一份有效清单", "is_in_force",
    ),
    Source(
        "监管对象", "regulated_subjects", "intermediate.int_regulated__subjects",
        "'在监管对象名单上'", "部门最近一份有效名单", "is_in_force",
    ),
    Source(
        "严重失信", "serious_dishonesty_list", "staging.stg_serious_dishonesty_list__listings",
        "concat_ws('，', '列入日期' || published_on, listing_reason)",
        "每次列入分别记载，状态见严重失信主体名单",
    ),
    Source(
        "信用修复", "credit_repair", "staging.stg_credit_repair__repairs",
        "concat_ws('，', decision || '修复', '修复日期' || repaired_on, '列入日期' || listed_on)",
        "准予修复且不晚于基准日的，对应列入不再计",
    ),
    Source(
        "检查", "inspection_results", "intermediate.int_inspection__latest",
        "concat_ws('，', inspected_on, inspection_form, inspection_method, array_to_string(inspection_result, '、'), "
        "'任务' || task_no)",
        "检查所属领域由任务写明的领域或部门唯一的领域确定",
        order="inspected_on, submission_id, row_id",
    ),
)  # fmt: skip


def explain(home: FilteredHome) -> list[Evidence]:
    """Returns every fact about the enterprise as last built, each with its origin, then the rules that follow."""
    from exports.lists import Release

    with home.connect() as con:
        con.execute("use release.marts")
        words = Release(con)
        domains = dict(con.execute("select domain_code, domain_name from release.meta.domains").fetchall())
        departments = dict(
            con.execute("select department_code, department_name from release.meta.departments").fetchall()
        )
        _locate(con, home)
        found = [evidence for source in SOURCES for evidence in _facts(con, source, home.uscc, domains, departments)]
        return [*found, *_conclusions(con, words, home, domains)]


def _locate(con: duckdb.DuckDBPyConnection, home: FilteredHome) -> None:
    """Creates ``places``: where each raw row stood in the file as sent."""
    files = [str(path) for path in sorted(home.settings.raw_batches.glob("*/rows.parquet"))]
    con.execute(
        "create temp table places as select _submission_id, _row_id, _source_file, _sheet, _row_number, _received_at "
        "from read_parquet($1, union_by_name = true)",
        [files],
    )


def _facts(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    uscc: str,
    domains: dict[str, str],
    departments: dict[str, str],
) -> list[Evidence]:
    from ingest.contract_model import load_contracts

    contract = load_contracts()[source.feed]
    relation = f"xinyong.{source.relation}"
    described = {row[0] for row in con.execute(f"describe {relation}").fetchall()}
    has_domain = "domain_code" in described
    domain = "f.domain_code" if has_domain else "null"
    order = ", ".join(f"f.{c}" for c in [*(["domain_code"] if has_domain else []), *source.order.split(", ")])
    rows = con.execute(
        f"""
        select {domain}, {source.words}, s.department_code, f.submission_id, s.source_name, p._source_file, p._sheet,
            p._row_number, p._received_at
        from (select * from {relation} where uscc = $1 and {source.condition}) as f
        left join xinyong.quality.submissions as s on f.submission_id = s.submission_id
        left join places as p on f.submission_id = p._submission_id and f.row_id = p._row_id
        order by {order}
        """,
        [uscc],
    ).fetchall()
    return [
        Evidence(
            fact=source.title,
            domain=domains.get(domain_code, ""),
            content=content,
            rule=source.rule,
            article=contract.article or contract.title,
            department=departments.get(department, department or ""),
            submission_id=submission_id,
            file=file or name or "",
            sheet=sheet or "",
            row_number="" if row_number is None else str(row_number),
            received_at=_shown(received_at),
        )
        for domain_code, content, department, submission_id, name, file, sheet, row_number, received_at in rows
    ]


def _shown(instant: datetime | None) -> str:
    return times.show(instant) if instant else ""


def _conclusions(
    con: duckdb.DuckDBPyConnection, words: Release, home: FilteredHome, domains: dict[str, str]
) -> list[Evidence]:
    """Returns per domain why it is listed or not, the reasons and the measure, each with its seed row's article."""
    articles: dict[Any, str] = dict(
        con.execute(
            """
            select 'reason:' || reason_code, any_value(legal_basis) from xinyong.seeds.reason_codes
            where programme = $1 group by 1
            union all
            select 'measure:' || circumstance, any_value(legal_basis) from xinyong.seeds.measure_rules
            where programme = $1 group by 1
            union all
            select 'measure:MATRIX', any_value(legal_basis) from xinyong.seeds.measure_matrix where programme = $1
            """,
            [home.settings.programme],
        ).fetchall()
    )
    rows = con.execute(
        "select domain_code, reasons, inspection_measure, measure_rule, measure_basis "
        "from release.marts.enterprise_domain_profile where uscc = $1 order by domain_code",
        [home.uscc],
    ).fetchall()
    listed = con.execute(
        "select domain_code, explanation_zh, status, coalesce(reasons[1], 'LISTED') from release.marts.positive_list "
        "where uscc = $1 order by domain_code",
        [home.uscc],
    ).fetchall()
    found = []
    for domain_code, explanation, status, first in listed:
        domain = domains.get(domain_code, domain_code)
        shown = str(words.in_words("status", status))
        found.append(Evidence("正面清单结论", domain, explanation, shown, articles[f"reason:{first}"]))
    for domain_code, reasons, measure, rule, basis in rows:
        domain = domains.get(domain_code, domain_code)
        for reason in reasons or []:
            shown = str(words.in_words("reason_code", reason))
            found.append(Evidence("不得列入的原因", domain, shown, reason, articles.get(f"reason:{reason}", "")))
        shown = str(words.in_words("measure", measure))
        found.append(Evidence("检查措施", domain, shown, basis, articles.get(f"measure:{rule}", "")))
    return found
