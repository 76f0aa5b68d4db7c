"""Returns the documentation of the dbt project as one offline page: models, columns, lineage, tests.

``dbt docs generate --static`` compiles every model and reads the catalogue of the database; what it then writes holds
times, ids of the run and paths of the machine, so that two closes of the same input would differ. The page is therefore
made of dbt's own page and manifest, with a catalogue from the model contracts, and kept per home until a file of the
project changes: a close pays for it once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.dbt import PROJECT, project_hash, read_manifest, target_path

if TYPE_CHECKING:
    from ingest.settings import Settings

PAGE = "dbt_docs.html"
KEPT_AS = "docs-{project}.html"  # beside dbt's manifest; named after the hash of the project
CATALOG_VERSION = "https://schemas.getdbt.com/dbt/catalog/v1.json"
POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline' "
    "'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; font-src data:\">"
)
"""The page may run its own script and reach nothing: dbt's page can report its readers to its maker."""
REPORTING = re.compile(r"(?:https?:)?//(?:d1fc8wv8zag5ca\.cloudfront\.net|fuzzed\.getdbt\.com)[^\"']*")
"""Where that reporting would come from and go to: the addresses are taken out of the page as well."""
OF_A_RUN = frozenset({"created_at", "root_path"})
METADATA = ("dbt_schema_version", "dbt_version", "project_name", "adapter_type")  # the rest is of a run or a reader
UNORDERED = frozenset({"macros", "nodes", "refs", "sources"})
"""Lists below a node or its ``depends_on`` that dbt fills in the order of a set: another one in every process."""
NOT_SHOWN = ("disabled", "group_map", "saved_queries", "selectors")


def docs_page(settings: Settings) -> Path:
    """Returns the page, made if the project has changed since it was made last; equal projects give equal bytes."""
    kept = target_path(settings) / KEPT_AS.format(project=project_hash()[:16])
    if kept.is_file():
        return kept
    manifest = scrub(read_manifest(settings), settings)
    for former in kept.parent.glob(KEPT_AS.format(project="*")):
        former.unlink()
    part = kept.with_suffix(".part")
    part.write_bytes(_page(manifest).encode("utf-8"))
    part.replace(kept)
    return kept


def _page(manifest: Mapping[str, Any]) -> str:
    from dbt.task.docs import DOCS_INDEX_FILE_PATH

    page = Path(DOCS_INDEX_FILE_PATH).read_text(encoding="utf-8")
    page = REPORTING.sub("", page).replace("<head>", f"<head>{POLICY}", 1)
    page = page.replace('"MANIFEST.JSON INLINE DATA"', _inline(manifest))
    return page.replace('"CATALOG.JSON INLINE DATA"', _inline(catalog(manifest)))


def _inline(content: Mapping[str, Any]) -> str:
    """Returns JSON that can stand in a script: no end tag of one inside."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).replace("</", "<\\/")


def scrub(manifest: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """Returns dbt's manifest without what differs between two runs of the same project, and without paths."""
    places = {str(settings.home.absolute()): "$XINYONG_HOME", str(PROJECT.absolute()): "dbt_project"}
    cleaned: dict[str, Any] = _clean(manifest, places)
    for name in ("child_map", "parent_map"):
        cleaned[name] = {node: sorted(others) for node, others in cleaned.get(name, {}).items()}
    for name in NOT_SHOWN:
        cleaned.pop(name, None)
    kept = {name: cleaned["metadata"].get(name) for name in METADATA}
    cleaned["metadata"] = kept | {"send_anonymous_usage_stats": False}
    return cleaned


def _clean(value: Any, places: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        cleaned = {key: _clean(part, places) for key, part in value.items() if key not in OF_A_RUN}
        for key in UNORDERED & cleaned.keys():
            if isinstance(cleaned[key], list):
                cleaned[key] = sorted(cleaned[key], key=json.dumps)
        return cleaned
    if isinstance(value, list):
        return [_clean(part, places) for part in value]
    if isinstance(value, str):
        for place, name in places.items():
            value = value.replace(place, name)
    return value


def catalog(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Returns dbt's catalogue from the manifest alone: the contracts of the models name every column's type."""
    nodes: dict[str, Any] = {}
    for unique_id, node in manifest["nodes"].items():
        columns = node.get("columns", {})
        if node["resource_type"] not in {"model", "seed"} or not all(c.get("data_type") for c in columns.values()):
            continue
        nodes[unique_id] = {
            "unique_id": unique_id,
            "metadata": {
                "type": str(node["config"].get("materialized", "")).upper(),
                "schema": node["schema"],
                "name": node.get("alias") or node["name"],
                "database": node.get("database"),
                "comment": node.get("description", ""),
                "owner": None,
            },
            "columns": {
                name: {"type": c["data_type"], "index": number, "name": name, "comment": c.get("description", "")}
                for number, (name, c) in enumerate(columns.items(), start=1)
            },
            "stats": {},
        }
    return {"metadata": {"dbt_schema_version": CATALOG_VERSION}, "nodes": nodes, "sources": {}, "errors": None}
