"""Returns the columns of a raw batch Parquet of one feed, in order, with their DuckDB types.

One home of the raw shape: the gate writes it, the dbt sources and the dictionary describe it.
"""

from __future__ import annotations

from typing import NamedTuple

from ingest.contract_model import Column, Contract

TYPED = {"date": "DATE", "number": "DOUBLE", "integer": "BIGINT", "list": "VARCHAR[]"}


class RawColumn(NamedTuple):
    """One column of the raw batch."""

    name: str
    duckdb_type: str
    description: str  # Chinese


# what the parser knows of a row: where it stood and what it asks for
PROVENANCE = (
    RawColumn("_submission_id", "VARCHAR", "报送批次编号"),
    RawColumn("_source_file", "VARCHAR", "来源文件；压缩包写作“包名!文件名”，子文件夹写作“文件夹/文件名”"),
    RawColumn("_sheet", "VARCHAR", "来源工作表；csv 和网关为空"),
    RawColumn("_row_number", "BIGINT", "在工作表或文件中的行号，从1起，含表头"),
    RawColumn("_row_id", "BIGINT", "在本批次中的行编号，从1起，不重复"),
    RawColumn("_received_at", "TIMESTAMP", "收到时间，世界协调时"),
    RawColumn("_record_id", "VARCHAR", "网关记录编号；文件报送为空"),
    RawColumn("_operation", "VARCHAR", "操作：upsert 新增或修改，delete 删除"),
    RawColumn("_extra", "VARCHAR", "目录以外的列，JSON 对象；没有则为空"),
)

# what the gate found out about a row
JUDGEMENT = (
    RawColumn("domain_code", "VARCHAR", "行业领域代码；目录不含领域或领域不明时为空"),
    RawColumn("is_own_domain", "BOOLEAN", "该领域是否由报送部门负责"),
    RawColumn("name_norm", "VARCHAR", "规范化后的企业名称，用于比对"),
    RawColumn("resolved_uscc", "VARCHAR", "认定的统一社会信用代码；未认出或自然人为空"),
    RawColumn(
        "match_method",
        "VARCHAR",
        "认定方式：uscc 代码、organisation_code 组织机构代码、"
        "registration_no 注册号、name 名称、unresolved 未认出、natural_person 自然人",
    ),
    RawColumn("is_check_ok", "BOOLEAN", "统一社会信用代码的校验码是否相符；没有代码时为空"),
    RawColumn("required_cells", "INTEGER", "本行应填的必填项个数"),
    RawColumn("required_filled", "INTEGER", "本行已填的必填项个数"),
    RawColumn("normalisations", "STRUCT(column_name VARCHAR, kind VARCHAR)[]", "本行做过的写法规范：列名和种类"),
    RawColumn("row_state", "VARCHAR", "首次判定：accepted 入库，quarantined 隔离"),
    RawColumn("rule_ids", "VARCHAR[]", "本行触发的规则编号"),
)

GRADE = (
    RawColumn("scale_id", "VARCHAR", "评价标准编号"),
    RawColumn("tier", "VARCHAR", "对应的监管档次，A 最好，D 最差"),
)


def typed_name(column: Column) -> str | None:
    """Returns the name of the typed column, None for an ID number, which exists only as a keyed hash."""
    return None if column.kind == "id_number" else column.name


def raw_columns(contract: Contract) -> list[RawColumn]:
    """Returns every column of the feed's raw batch: contract columns, grade columns, provenance, judgement."""
    found: list[RawColumn] = []
    for c in contract.columns:
        found.append(RawColumn(f"{c.name}__text", "VARCHAR", f"{c.title}（报送原文）"))
        if name := typed_name(c):
            found.append(RawColumn(name, TYPED.get(c.kind, "VARCHAR"), c.title + f"：{c.description}"))
        if c.encrypted_name:
            found.append(RawColumn(c.encrypted_name, "VARCHAR", f"{c.title}的密文（HMAC-SHA256），不可还原"))
    if any(c.kind == "grade" for c in contract.columns):
        found.extend(GRADE)
    return [*found, *PROVENANCE, *JUDGEMENT]


def raw_schema(contract: Contract) -> list[tuple[str, str]]:
    """Returns (name, DuckDB type) of the feed's raw batch, in file order."""
    return [(c.name, c.duckdb_type) for c in raw_columns(contract)]


def text_schema(contract: Contract) -> list[tuple[str, str]]:
    """Returns (name, DuckDB type) of what the parser hands to the gate: texts and provenance."""
    texts = [(f"{c.name}__text", "VARCHAR") for c in contract.columns]
    return [*texts, *((c.name, c.duckdb_type) for c in PROVENANCE)]
