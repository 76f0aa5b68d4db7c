"""The offline page of the dbt project is the same on every machine, and tells nothing of the machine."""

import re

from orchestration.dbt import PROJECT
from orchestration.dbt_docs import _inline, _page, catalog, scrub

RUN = {"run_started_at": "2026-11-22T16:42:24", "invocation_id": "a", "user_id": "b", "env": {"X": "y"}}


def _manifest(home, order=1, **run):
    """Returns a manifest; ``order`` -1 turns round what dbt lists in no order."""
    return {
        "metadata": {"dbt_version": "1.11", "project_name": "xinyong", **RUN, **run},
        "nodes": {
            "model.xinyong.a": {
                "resource_type": "model", "name": "a", "schema": "marts", "config": {"materialized": "table"},
                "created_at": len(str(home)), "root_path": str(PROJECT), "description": "说明</script>",
                "relation_name": f"read_parquet('{home.absolute()}/warehouse/raw/a/*.parquet')",
                "columns": {"period": {"data_type": "varchar", "description": "期次"}},
                "refs": [{"name": "b", "package": None}, {"name": "c", "package": None}][::order],
                "sources": [["quality", "findings"], ["meta", "closes"]][::order],
                "depends_on": {"nodes": ["model.b", "model.c"][::order], "macros": ["macro.x", "macro.y"][::order]},
            },
            "model.xinyong.b": {"resource_type": "model", "columns": {"untyped": {"description": ""}}},
            "test.xinyong.c": {"resource_type": "test", "columns": {}},
        },
        "child_map": {"model.xinyong.a": ["y", "x"]},
        "parent_map": {},
        "disabled": {"z": []},
    }  # fmt: skip


def test_scrub_two_homes_and_two_runs_give_the_same(settings, tmp_path):
    other = settings.model_copy(update={"home": tmp_path / "a longer home"})
    one = scrub(_manifest(settings.home), settings)
    two = scrub(_manifest(other.home, -1, run_started_at="later", invocation_id="c"), other)
    assert _inline(one) == _inline(two)
    words = _inline(one)
    assert str(settings.home) not in words
    assert str(PROJECT) not in words
    assert "$XINYONG_HOME/warehouse/raw/a" in words
    assert "</script" not in words
    assert one["child_map"] == {"model.xinyong.a": ["x", "y"]}
    assert one["metadata"]["send_anonymous_usage_stats"] is False
    assert not set(RUN) & set(one["metadata"])


def test_catalog_holds_what_the_contracts_type(settings):
    found = catalog(scrub(_manifest(settings.home), settings))["nodes"]
    assert list(found) == ["model.xinyong.a"]
    assert found["model.xinyong.a"]["columns"]["period"]["type"] == "varchar"


def test_page_loads_and_reports_nothing(settings):
    page = _page(scrub(_manifest(settings.home), settings))
    assert "default-src 'none'" in page
    assert "cloudfront" not in page
    assert "fuzzed.getdbt.com" not in page
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"(?:https?:)?//", page)
    assert '"name":"a"' in page, "the manifest stands in the page"
