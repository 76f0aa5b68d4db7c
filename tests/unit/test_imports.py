"""The layers hold: imports run one way, and what is heavy is imported only where it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = ("ingest", "quality", "exports", "orchestration")  # each may import those before it
ONLY_IN = {
    "dagster": "orchestration",
    "dagster_dbt": "orchestration",
    "dbt": "orchestration",
    "great_expectations": "quality",
}
HEAVY = (
    "dagster",
    "dagster_dbt",
    "dbt",
    "great_expectations",
    "pandas",
    "numpy",
    "pyarrow",
    "duckdb",
    "docx",
    "openpyxl",
    "xlsxwriter",
    "python_calamine",
    "pydantic_settings",
    "rich.progress",
)
WITH_DAGSTER = {
    "assets",
    "checks",
    "dbt_assets",
    "definitions",
    "jobs",
    "partitions",
    "resources",
    "schedules",
    "sensors",
}


def sources() -> list[Path]:
    return sorted(path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))


def imported(path: Path) -> Iterator[tuple[str, bool]]:
    """Yields (module, whether it is imported when the file is), also imports inside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {
        id(node)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        or (isinstance(outer, ast.If) and "TYPE_CHECKING" in ast.unparse(outer.test))
        for node in ast.walk(outer)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) not in inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or "", id(node) not in inside


def test_sources_are_found_in_every_layer() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in sources()} == set(LAYERS)


@pytest.mark.parametrize("path", sources(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_imports_run_one_way(path: Path) -> None:
    layer = path.relative_to(ROOT).parts[0]
    forbidden = set(LAYERS[LAYERS.index(layer) + 1 :])
    upward = sorted(module for module, _ in imported(path) if module.split(".")[0] in forbidden)
    assert upward == []


@pytest.mark.parametrize("path", sources(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_frameworks_stay_in_their_layer(path: Path) -> None:
    layer = path.relative_to(ROOT).parts[0]
    strangers = sorted(m for m, _ in imported(path) if ONLY_IN.get(m.split(".")[0], layer) != layer)
    assert strangers == []


def test_business_code_of_orchestration_knows_no_dagster() -> None:
    with_dagster = {
        path.stem
        for path in (ROOT / "orchestration").glob("*.py")
        if any(module.split(".")[0] in {"dagster", "dagster_dbt"} for module, _ in imported(path))
    }
    assert with_dagster <= WITH_DAGSTER


def test_synthetic_city_imports_nothing_that_finds() -> None:
    """The planter must not share an opinion with the finder: it may know where seeds lie, nothing else."""
    modules = {m for p in (ROOT / "ingest" / "synthetic").rglob("*.py") for m, _ in imported(p)}
    ours = {m for m in modules if m.split(".")[0] in LAYERS and not m.startswith("ingest.synthetic")}
    assert ours <= {"ingest.seeds", "ingest.clock"}


@pytest.mark.parametrize("module", ["dagster", "dbt", "great_expectations", "pandas"])
def test_heavy_library_is_imported_inside_functions_only(module: str) -> None:
    eager = [
        path.relative_to(ROOT).as_posix()
        for path in sources()
        if not (path.parent.name == "orchestration" and path.stem in WITH_DAGSTER)
        and any(name.split(".")[0] == module and at_import for name, at_import in imported(path))
    ]
    assert eager == []


def test_command_line_imports_nothing_heavy() -> None:
    code = f"import sys, orchestration.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_importing_any_module_makes_no_folder(tmp_path: Path) -> None:
    """Settings and folders are made when something runs, not when something is imported."""
    modules = [".".join(p.relative_to(ROOT).with_suffix("").parts) for p in sources() if p.name != "__init__.py"]
    wanted = [m for m in modules if m.split(".")[-1] not in WITH_DAGSTER]
    code = f"import importlib, sys; sys.path.insert(0, {str(ROOT)!r}); [importlib.import_module(m) for m in {wanted!r}]"
    subprocess.run([sys.executable, "-B", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert list(tmp_path.iterdir()) == []
