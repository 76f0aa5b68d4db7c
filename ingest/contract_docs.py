"""Returns the texts that are generated from the contracts: dbt sources, dbt macro of the rules, data dictionary."""

from __future__ import annotations

from typing import Any

from ingest.contract_model import Contract, Rule
from ingest.contract_words import (
    KIND_WORDS,
    OWNER_WORDS,
    SEVERITY_WORDS,
    SUBMISSION_WORDS,
    allowed_values,
    article_words,
    key_titles,
    obligation,
)
from ingest.raw_schema import GRADE, JUDGEMENT, PROVENANCE, raw_columns

GENERATED = "Generated from ingest/contracts by `python -m ingest.contract_render`; edit the contracts instead."
LOCATION = "read_parquet('{{ env_var('XINYONG_DBT_HOME') }}/warehouse/raw/{name}/*.parquet', union_by_name=true)"
DIMENSION_WORDS = {
    "completeness": "完整性",
    "validity": "规范性",
    "accuracy": "准确性",
    "consistency": "一致性",
    "timeliness": "时效性",
    "uniqueness": "唯一性",
}
CLASSIFICATION_WORDS = {"public": "公开", "internal": "内部", "personal": "个人信息", "id_number": "证件号码"}


def render_sources(contracts: dict[str, Contract]) -> str:
    """Returns the dbt source file of the raw batches."""
    import yaml

    document: dict[str, Any] = {
        "version": 2,
        "sources": [
            {
                "name": "raw",
                "description": "收到的原始批次，每个批次一个 Parquet 文件，只增不改",
                "config": {"meta": {"external_location": LOCATION}},
                "tables": [
                    {
                        "name": c.feed,
                        "description": f"{c.title}：{c.grain}。{c.description}",
                        "columns": [
                            {"name": r.name, "description": r.description, "data_type": r.duckdb_type}
                            for r in raw_columns(c)
                        ],
                    }
                    for c in contracts.values()
                ],
            }
        ],
    }
    body = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=118)
    return f"# {GENERATED}\n{body}"


def render_rules(contracts: dict[str, Contract]) -> str:
    """Returns the dbt macro that tells what the contracts say of their rules: ids by closing, by subject, by feed."""
    shared = {r.rule_id: r for c in contracts.values() for r in c.rules if r.scope != "cell"}
    told: dict[str, dict[str, list[str]]] = {"closing": {}, "subject": {}}
    for rule_id, rule in sorted(shared.items()):
        if rule.closing:
            told["closing"].setdefault(rule.closing, []).append(rule_id)
        if rule.subject:
            told["subject"].setdefault(rule.subject, []).append(rule_id)
    told["key"] = {c.feed: list(c.rules_on_key) for c in contracts.values() if c.rules_on_key}
    lines = [f"{{#- {GENERATED} -#}}", "", "{#- Returns the ids of rules by what the contracts say of them. -#}"]
    lines += ["{% macro contract_rules() -%}", "    {{ return({"]
    for name, groups in told.items():
        lines += [f"        '{name}': {{", *(f"            {k!r}: {ids!r}," for k, ids in groups.items()), "        },"]
    return "\n".join([*lines, "    }) }}", "{%- endmacro %}", ""])


def render_dictionary(contracts: dict[str, Contract]) -> str:
    """Returns the data dictionary as Markdown, in Chinese."""
    items = sum(1 for c in contracts.values() for column in c.columns if column.annex_item)
    lines = [
        f"<!-- {GENERATED} -->",
        "",
        "# 数据字典",
        "",
        f"共 {len(contracts)} 类数据：五个目录 {items} 个信息项（000 附件3），另有支撑数据。",
        "",
        "每一类的全部约定见 `ingest/contracts/`。",
        "",
        *_table(
            ("数据", "目录", "表名", "报送方式", "报送单位"),
            [
                (
                    f"[{c.title}](#{c.feed})",
                    str(c.catalogue or "支撑"),
                    f"`{c.feed}`",
                    SUBMISSION_WORDS[c.submission].split("：")[0],
                    OWNER_WORDS.get(c.owner, c.owner),
                )
                for c in contracts.values()
            ],
        ),
        "",
    ]
    for c in contracts.values():
        lines += _feed(c)
    lines += [
        "## 每个原始批次共有的列",
        "",
        "判定和溯源的列，跟在各类数据自己的列之后。",
        "",
        *_table(
            ("列", "类型", "含义"),
            [(f"`{r.name}`", f"`{r.duckdb_type}`", r.description) for r in (*GRADE, *PROVENANCE, *JUDGEMENT)],
        ),
        "",
        "`scale_id` 和 `tier` 只在有评价等级的数据中出现。",
        "",
        "## 各类数据共用的规则",
        "",
    ]
    shared = {r.rule_id: r for c in contracts.values() for r in c.rules if r.scope != "cell"}
    lines += [*_rules(sorted(shared.values(), key=lambda r: (r.scope == "batch", r.rule_id))), ""]
    return "\n".join(lines)


def _feed(c: Contract) -> list[str]:
    """Returns the section of one feed."""
    rows: list[tuple[str, ...]] = []
    headers = "；".join(f"{column.title} = {'、'.join(column.synonyms)}" for column in c.columns if column.synonyms)
    for column in c.columns:
        stored = f"`{column.encrypted_name}`（密文）" if column.kind == "id_number" else f"`{column.name}`"
        kind = KIND_WORDS[column.kind]
        meaning = column.description + (f"。可选：{values}" if (values := allowed_values(column)) else "")
        if column.assumed:
            meaning += f"。（待确认：{column.assumed}）"
        rows.append(
            (
                stored,
                column.title,
                kind,
                obligation(column),
                "是" if column.is_key else "",
                CLASSIFICATION_WORDS[column.classification],
                meaning,
                article_words(column.article),
            )
        )
    return [
        f'## <a id="{c.feed}"></a>{c.title} `{c.feed}`',
        "",
        f"{c.description}。{c.grain}。",
        "",
        f"- 用途：{c.purpose}",
        f"- 报送方式：{SUBMISSION_WORDS[c.submission]}",
        f"- 报送单位：{OWNER_WORDS.get(c.owner, c.owner)}",
        f"- 关键项：{key_titles(c)}",
        f"- 文件名含：{'、'.join(c.file_titles)}",
        f"- 依据：{article_words(c.article) or '—'}",
        f"- 契约版本：{c.version}",
        f"- 整份退回：错误行超过 {c.error_share_limit:.0%}（建议值）",
        f"- 月度检查：必填项填写率不低于 {c.completeness_floor:.0%}（建议值）",
        f"- 月度检查：错误行不超过 {c.period_error_share_limit:.0%}（建议值）",
        "",
        *_table(("列", "表头", "类型", "必填", "关键项", "敏感程度", "含义", "依据"), rows),
        "",
        f"认得的其他表头：{headers}。",
        "",
        "### 检查规则",
        "",
        *_rules([r for r in c.rules if r.scope == "cell"]),
        "",
        "另有：" + "、".join(f"`{r.rule_id}`" for r in c.rules if r.scope != "cell") + "，见文末。",
        "",
    ]


def _rules(rules: list[Rule]) -> list[str]:
    """Returns a table of rules with their wording."""
    rows: list[tuple[str, ...]] = []
    for r in rules:
        limit = "—" if r.threshold is None else f"{r.threshold:.0%}"
        rows.append(
            (
                f"`{r.rule_id}`",
                str(r.version),
                SEVERITY_WORDS[r.severity],
                DIMENSION_WORDS[r.dimension],
                limit,
                r.why_zh,
                r.fix_zh,
            )
        )
        rows += [(f"— {form.kind}", "", "", "", "", form.why_zh, form.fix_zh) for form in r.forms]
    return _table(("规则", "版本", "程度", "维度", "容许比例", "原因", "怎样改"), rows)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Returns a Markdown table; a pipe inside a cell is escaped."""
    clean = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(r) + " |" for r in clean)]
