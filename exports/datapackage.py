"""Returns the Frictionless description ``datapackage.json`` of a release: its Parquet files and machine lists.

Field types come from the files themselves, titles and descriptions from the comments of the release database, so the
description cannot differ from what it describes. Profile: Data Package v2 (https://datapackage.org).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from exports.build_info import BuildInfo
from exports.files import sha256_of
from exports.tables import TableFacts, header, quoted

DATAPACKAGE = "datapackage.json"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
RESOURCE_PROFILE = "https://datapackage.org/profiles/2.0/dataresource.json"
SCHEMA_PROFILE = "https://datapackage.org/profiles/2.0/tableschema.json"

FIELD_TYPES = (
    (r".*\[\]$|^LIST.*", "array"),
    (r"^(STRUCT|MAP|JSON).*", "object"),
    (r"^BOOLEAN$", "boolean"),
    (r"^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$", "integer"),
    (r"^(DOUBLE|FLOAT|DECIMAL.*)$", "number"),
    (r"^DATE$", "date"),
    (r"^TIMESTAMP.*", "datetime"),
    (r"^TIME.*", "time"),
    (r"^VARCHAR$", "string"),
)
"""Table Schema type of a DuckDB type (https://datapackage.org/standard/table-schema/#field-types)."""


def field_type(kind: str) -> str:
    """Returns the Table Schema type of a DuckDB type.

    Raises:
        LookupError: a type that no mart had before; it needs a line in ``FIELD_TYPES``.
    """
    for pattern, name in FIELD_TYPES:
        if re.match(pattern, kind):
            return name
    raise LookupError(f"no Table Schema type for DuckDB type {kind}; add it to exports/datapackage.py")


def write_datapackage(
    con: Any,
    folder: Path,
    build: BuildInfo,
    release_name: str,
    tables: Sequence[TableFacts],
    found: Mapping[tuple[str, str | None], str],
) -> Path:
    """Returns ``datapackage.json``, written from the Parquet and csv files that lie below ``folder``.

    Args:
        con: any connection that can read Parquet.
        folder: of the release under construction; everything else in it is finished.
        build: the close.
        release_name: as the folder will be called.
        tables: facts of the marts.
        found: comments by (``schema.table``, column).
    """
    by_name = {facts.table_name: facts for facts in tables}
    resources = [_parquet(con, folder, path, by_name, found) for path in sorted((folder / "parquet").glob("*.parquet"))]
    resources += [_csv(folder, path) for path in sorted((folder / "lists").glob("*.csv"))]
    content = {
        "$schema": PROFILE,
        "name": re.sub(r"[^a-z0-9._-]+", "-", f"xinyong-{build.programme}-{release_name}".lower()),
        "title": f"{build.programme} {build.period}",
        "version": f"{build.period}+{build.fingerprint[:8]}",
        "created": f"{build.as_of:%Y-%m-%dT%H:%M:%SZ}",
        "resources": resources,
    }
    path = folder / DATAPACKAGE
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def _parquet(
    con: Any,
    folder: Path,
    path: Path,
    tables: Mapping[str, TableFacts],
    found: Mapping[tuple[str, str | None], str],
) -> dict[str, Any]:
    table = path.stem
    literal = str(path).replace("'", "''")
    fields = []
    for name, kind, *_ in con.execute(f"describe select * from read_parquet('{literal}')").fetchall():
        comment = found.get((f"marts.{table}", name), "")
        fields.append({"name": name, "title": header(comment, name), "type": field_type(kind), "description": comment})
    facts = tables[table]
    schema: dict[str, Any] = {"$schema": SCHEMA_PROFILE, "fields": fields}
    if facts.is_key_unique and _has_no_null(con, literal, facts.order_by):
        schema["primaryKey"] = list(facts.order_by)
    return _resource(folder, path, table, "parquet", "application/vnd.apache.parquet") | {
        "title": found.get((f"marts.{table}", None), ""),
        "rows": facts.row_count,
        "schema": schema,
    }


def _has_no_null(con: Any, literal: str, key: Sequence[str]) -> bool:
    """A primary key may hold no null (Table Schema); a total order may."""
    missing = " or ".join(f"{quoted(column)} is null" for column in key)
    sql = f"select count(*) from (select 1 from read_parquet('{literal}') where {missing} limit 1)"
    return not con.execute(sql).fetchall()[0][0]


def _csv(folder: Path, path: Path) -> dict[str, Any]:
    """A list for machines: every field is read as text, so that a code never loses a zero."""
    with path.open(encoding="utf-8-sig") as lines:
        names = lines.readline().rstrip("\n").split(",")
    fields = [{"name": name, "type": "string"} for name in names]
    return _resource(folder, path, f"list-{path.stem.replace('_', '-')}", "csv", "text/csv") | {
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "quoteChar": '"', "header": True},
        "schema": {"$schema": SCHEMA_PROFILE, "fields": fields, "missingValues": [""]},
    }


def _resource(folder: Path, path: Path, name: str, form: str, media_type: str) -> dict[str, Any]:
    return {
        "$schema": RESOURCE_PROFILE,
        "name": name,
        "path": path.relative_to(folder).as_posix(),
        "format": form,
        "mediatype": media_type,
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256_of(path)}",
    }
