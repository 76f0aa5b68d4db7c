"""Returns what a dbt build did. dbt runs in this process: a subprocess costs seconds and needs the same lock."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ingest import clock, durable
from ingest.errors import FeedError
from orchestration.dbt_failures import explain

if TYPE_CHECKING:
    import duckdb
    from dbt.contracts.graph.manifest import Manifest

    from ingest.settings import Settings

log = logging.getLogger(__name__)

PROJECT = Path(__file__).parents[1] / "dbt_project"
FORMER_CLOSES = "closes"  # dbt source: rows of former closes, one Parquet per close and mart
NO_CLOSE = "0000-00"  # folder of the empty files that keep the glob of that source from matching nothing

Progress = Callable[[str], None]


class BuildError(FeedError):
    """A model, seed or test of the dbt project failed: our bug, never a department's fault."""


@dataclass(frozen=True)
class NodeRun:
    """One model, seed or test as dbt ran it."""

    unique_id: str
    name: str
    resource_type: str
    status: str  # success | pass | warn | error | fail | skipped
    seconds: float
    failures: int | None  # rows that a test found
    message: str


@dataclass(frozen=True)
class BuildResult:
    """One dbt build: every node that ran, the rows of every mart, the seconds per stage."""

    nodes: tuple[NodeRun, ...]
    row_counts: dict[str, int]
    seconds: dict[str, float] = field(default_factory=dict)

    def by_type(self, resource_type: str) -> list[NodeRun]:
        """Returns the nodes of one type (model, seed, test)."""
        return [n for n in self.nodes if n.resource_type == resource_type]


def target_path(settings: Settings) -> Path:
    """Returns where dbt keeps its manifest and partial parse; per home, so that two homes never disturb each other."""
    return settings.warehouse.absolute() / "dbt_target"


@contextmanager
def _environment(settings: Settings) -> Iterator[None]:
    """Sets what profiles.yml reads, only while dbt runs: the settings refuse names that are not theirs."""
    wanted = {
        "XINYONG_DBT_HOME": str(settings.home.absolute()),
        "XINYONG_DBT_MEMORY": settings.memory_limit,
        "XINYONG_DBT_THREADS": str(settings.threads),
        "DO_NOT_TRACK": "1",
    }
    former = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in former.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _arguments(settings: Settings, command: str, *more: str, target: Path | None = None) -> list[str]:
    target = target or target_path(settings)
    return [
        command,
        "--project-dir", str(PROJECT),
        "--profiles-dir", str(PROJECT),
        "--target-path", str(target),
        "--log-path", str(target / "logs"),
        "--log-level", "none",
        "--log-level-file", "info",
        "--no-use-colors",
        "--no-version-check",
        "--no-send-anonymous-usage-stats",
        *more,
    ]  # fmt: skip


def _close_connections() -> None:
    """Closes what dbt leaves open; a release copied before that has its rows still in the ``.wal`` (stack.md)."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()


def parse(settings: Settings, *, write: bool = False, target: Path | None = None) -> Manifest:
    """Returns dbt's manifest of the project, from the partial parse where files did not change.

    Args:
        settings: whose home the manifest is for.
        write: also leave ``manifest.json``; that costs as much as reading the partial parse.
        target: folder of the partial parse, if not the home's own.

    Raises:
        BuildError: the project does not parse.
    """
    from dbt.cli.main import dbtRunner

    (target or target_path(settings)).mkdir(parents=True, exist_ok=True)
    more = [] if write else ["--no-write-json"]
    with _environment(settings):
        result = dbtRunner().invoke(_arguments(settings, "parse", *more, target=target))
    if not result.success or result.result is None:
        raise BuildError(
            "the dbt project does not parse",
            where=str(PROJECT),
            got=str(result.exception or "see the log"),
            do=f"read {target_path(settings) / 'logs' / 'dbt.log'} and correct the project",
        ) from result.exception
    return cast("Manifest", result.result)


@lru_cache(maxsize=1)
def project_hash() -> str:
    """Returns the sha256 over every file of the dbt project, hex."""
    digest = hashlib.sha256()
    for path in sorted(PROJECT.rglob("*")):
        place = path.relative_to(PROJECT)
        if path.is_file() and place.parts[0] not in {"target", "logs"}:
            digest.update(place.as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def read_manifest(settings: Settings) -> dict[str, Any]:
    """Returns dbt's manifest as data, parsed again only if a file of the project changed."""
    manifest = target_path(settings) / "manifest.json"
    stamp = target_path(settings) / "manifest.project_hash"
    if not manifest.is_file() or not stamp.is_file() or stamp.read_text(encoding="utf-8") != project_hash():
        parse(settings, write=True)
        stamp.write_text(project_hash(), encoding="utf-8")
    found: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
    return found


def former_close_columns(manifest: Manifest) -> dict[str, list[tuple[str, str]]]:
    """Returns per mart whose former rows are read the (column, type) of its model contract."""
    models = {node.name: node for node in manifest.nodes.values() if node.resource_type == "model"}
    found: dict[str, list[tuple[str, str]]] = {}
    for source in manifest.sources.values():
        if source.source_name != FORMER_CLOSES:
            continue
        model = models.get(source.name)
        columns = [(c.name, c.data_type or "") for c in model.columns.values()] if model else []
        if not columns or not all(kind for _, kind in columns):
            raise BuildError(
                "the rows of former closes have no type",
                where=f"source {FORMER_CLOSES}.{source.name}",
                expected="a model of that name with a contract that types every column",
                got="no model" if model is None else "columns without data_type",
                do="complete the model's contract",
            )
        found[source.name] = columns
    return found


def ensure_empty_closes(settings: Settings, manifest: Manifest) -> list[Path]:
    """Returns the empty, typed files that stand for 'no former close'; the first close reads them alone."""
    import duckdb

    folder = settings.closes / NO_CLOSE
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as con:
        for mart, columns in sorted(former_close_columns(manifest).items()):
            path = folder / f"{mart}.parquet"
            part = path.with_suffix(".part")
            names = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in columns)
            con.execute(f"copy (select {names} where false) to '{_literal(part)}' (format parquet)")
            part.replace(path)
            written.append(path)
    return written


def _literal(path: Path) -> str:
    return str(path.absolute()).replace("'", "''")


@lru_cache(maxsize=1)
def seeds_hash() -> str:
    """Returns the sha256 over the seed files and what types them, hex; seeds change with a version of the product."""
    digest = hashlib.sha256()
    for path in sorted([*PROJECT.glob("seeds/**/*.*"), PROJECT / "dbt_project.yml"]):
        digest.update(str(path.relative_to(PROJECT)).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _seeds_in_place(con: duckdb.DuckDBPyConnection) -> bool:
    """Returns whether the warehouse holds the seeds as the files are now."""
    con.execute(
        "create table if not exists meta.seed_loads (seeds_hash varchar not null, loaded_at timestamp not null)"
    )
    row = con.execute("select seeds_hash from meta.seed_loads order by loaded_at desc limit 1").fetchone()
    return row is not None and row[0] == seeds_hash()


def run_build(settings: Settings, progress: Progress | None = None) -> BuildResult:
    """Returns the result of building all models and running all tests into a fresh ``release_build.duckdb``.

    ``meta.close_parameters`` must hold the close (``orchestration.close`` writes it); the warehouse must be closed.

    Raises:
        BuildError: a node failed; the message names each with what it found.
    """
    from dbt.cli.main import dbtRunner

    seconds: dict[str, float] = {}
    started = time.perf_counter()
    if progress:
        progress("dbt: parse")
    manifest = parse(settings)
    with durable.point("dbt.empty_closes"):
        ensure_empty_closes(settings, manifest)
    with _plain(settings) as con:
        seeds_in_place = _seeds_in_place(con)
        if not seeds_in_place:  # a load that is interrupted leaves neither these seeds nor those of a former version
            con.execute("delete from meta.seed_loads")
    for leftover in (settings.release_build, settings.release_build.with_suffix(".duckdb.wal")):
        leftover.unlink(missing_ok=True)
    seconds["dbt parse"] = time.perf_counter() - started

    started = time.perf_counter()
    if progress:
        progress("dbt: build")
    # Unit tests prove the models on made-up rows; they belong to the tests of the product, not to every close.
    skipped = ["unit_test", *(["seed"] if seeds_in_place else [])]
    exclude = [argument for kind in skipped for argument in ("--exclude-resource-type", kind)]
    try:
        with durable.point("dbt.build"), _environment(settings):
            result = dbtRunner(manifest=manifest).invoke(_arguments(settings, "build", "--no-write-json", *exclude))
    finally:
        _close_connections()
    seconds["dbt build"] = time.perf_counter() - started

    if result.exception is not None:
        raise BuildError("dbt could not run", where=str(PROJECT), got=str(result.exception), do="see the log of dbt")
    runs = list(getattr(result.result, "results", []))
    nodes = tuple(_node_run(run) for run in runs)
    failed = [run for run in runs if str(run.status) in {"error", "fail", "runtime error", "partial success"}]
    if failed or not result.success:
        raise BuildError(
            f"{len(failed)} of {len(runs)} dbt nodes failed",
            where=str(PROJECT),
            got=explain(settings, failed) or "no result",
            do="correct the model, or find the rows with the query shown",
        )
    if not any(node.resource_type == "model" for node in nodes):
        raise BuildError("dbt built no model", where=str(PROJECT), expected="every model of the project", got="none")

    if not seeds_in_place:
        with _plain(settings) as con, durable.point("dbt.seeds"):
            con.execute("insert into meta.seed_loads values (?, ?)", [seeds_hash(), clock.now()])
    return BuildResult(nodes, _row_counts(settings), seconds)


def run_models(
    settings: Settings, models: Sequence[str], *, with_seeds: bool, manifest: Manifest | None = None
) -> None:
    """Builds some models, and all that they read, without tests; ``meta.close_parameters`` must hold the close.

    Raises:
        BuildError: a node failed.
    """
    from dbt.cli.main import dbtRunner

    manifest = manifest or parse(settings)
    ensure_empty_closes(settings, manifest)
    skipped = ["unit_test", "test", *([] if with_seeds else ["seed"])]
    exclude = [argument for kind in skipped for argument in ("--exclude-resource-type", kind)]
    selected = ["--select", *(f"+{model}" for model in models)]
    try:
        with _environment(settings):
            result = dbtRunner(manifest=manifest).invoke(
                _arguments(settings, "build", "--no-write-json", *selected, *exclude)
            )
    finally:
        _close_connections()
    failed = [run for run in getattr(result.result, "results", []) if str(run.status) != "success"]
    if failed or not result.success:
        raise BuildError("dbt could not build", where=", ".join(models), got=explain(settings, failed) or "no result",
                         do="see the log of dbt")  # fmt: skip


def _plain(settings: Settings) -> duckdb.DuckDBPyConnection:
    """Returns a connection without the macros and functions that only the gate needs."""
    import duckdb

    return duckdb.connect(str(settings.warehouse_file), config={"autoinstall_known_extensions": "false"})


def _node_run(run: Any) -> NodeRun:
    return NodeRun(
        unique_id=run.node.unique_id,
        name=run.node.name,
        resource_type=str(run.node.resource_type),
        status=str(run.status),
        seconds=float(run.execution_time or 0),
        failures=run.failures,
        message=str(run.message or ""),
    )


def _row_counts(settings: Settings) -> dict[str, int]:
    """Returns the rows of every mart of the release under construction."""
    import duckdb

    with duckdb.connect(str(settings.release_build), read_only=True) as con:
        tables = con.execute("select table_name from duckdb_tables() where schema_name = 'marts' order by 1").fetchall()
        return {name: con.execute(f'select count(*) from marts."{name}"').fetchall()[0][0] for (name,) in tables}
