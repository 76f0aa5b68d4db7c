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
