"""After a whole close from Dagster ID numbers stand in the raw zone only: archive and text of raw batches."""

from __future__ import annotations

import io
import logging
import zipfile
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from ingest.settings import Settings
from ingest.synthetic.gateway_data import write_gateways_yaml
from ingest.synthetic.simulator import serve
from orchestration.definitions import build_defs
from tests.conftest import settings_for
from tests.integration.canary_home import PERIOD, Canaries, records, send

pytestmark = pytest.mark.slow

RAW_ZONE = ("inbox/", "archive/", "warehouse/raw/")
"""The inbox is the departments'; raw batches are read column by column."""

AS_OF = "2025-07-20 08:00"


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Canaries, Path, str]:
    """The home, its canaries, Dagster's storage, and everything that was logged."""
    home, storage = tmp_path_factory.mktemp("canary") / "信用 home", tmp_path_factory.mktemp("dagster")
    home.mkdir()
    canaries, log = Canaries(), io.StringIO()
    handler = logging.StreamHandler(log)
    delivered = {"dazonghe": records(canaries, nested=True), "datashare": records(canaries, nested=False)}
    with serve(delivered) as simulator, pytest.MonkeyPatch.context() as environment:
        for name, value in simulator.keys.items():
            environment.setenv(name, value)
        settings = settings_for(home, gateways=write_gateways_yaml(home, simulator.base_url))
        send(settings, canaries)
        logging.getLogger().addHandler(handler)
        level = logging.getLogger().level
        logging.getLogger().setLevel(logging.DEBUG)
        try:
            with dg.DagsterInstance.local_temp(str(storage)) as instance:
                result = (
                    build_defs(settings)
                    .resolve_job_def("close_month")
                    .execute_in_process(
                        partition_key=PERIOD,
                        instance=instance,
                        run_config={"resources": {"close_time": {"config": {"as_of": AS_OF}}}},
                    )
                )
                assert result.success
        finally:
            logging.getLogger().removeHandler(handler)
            logging.getLogger().setLevel(level)
    return settings, canaries, storage, log.getvalue()


def leaks(canaries: Canaries, folder: Path, without: tuple[str, ...] = ()) -> list[str]:
    """Returns where canaries stand in the files of a folder, in their names, and in what is packed into them."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        place = path.relative_to(folder).as_posix()
        if place.startswith(without):
            continue
        content = path.read_bytes()
        if zipfile.is_zipfile(path):  # workbooks and documents
            with zipfile.ZipFile(path) as packed:
                content = b"\n".join(packed.read(name) for name in packed.namelist())
        told = canaries.found_in_bytes(content) + canaries.found_in(place)
        if path.suffix in {".csv", ".json", ".txt", ".html", ".xlsx", ".docx", ".log", ".jsonl"}:
            told += canaries.found_in(content.decode("utf-8", "replace"))
        found += [f"{place}: {number}" for number in told]
    return found


def test_no_file_outside_the_raw_zone_holds_one(closed: tuple[Settings, Canaries, Path, str]) -> None:
    """Warehouse, dbt's artefacts and logs, receipts, release with its documents and lists, as bytes and unpacked."""
    settings, canaries, _, _ = closed
    assert leaks(canaries, settings.inbox), "the canaries are found where they were planted"
    assert leaks(canaries, settings.home, RAW_ZONE) == []


def test_no_table_of_warehouse_or_release_holds_one(closed: tuple[Settings, Canaries, Path, str]) -> None:
    settings, canaries, _, _ = closed
    release = settings.published / "current"
    found, rows = [], 0
    for database in (settings.warehouse_file, release / "xinyong.duckdb"):
        with duckdb.connect(str(database), read_only=True) as con:
            tables = con.execute("select schema_name, table_name from duckdb_tables() order by all").fetchall()
            for schema, table in tables:
                for (row,) in con.execute(f'select cast(t as varchar) from "{schema}"."{table}" as t').fetchall():
                    rows += 1
                    found += [f"{schema}.{table}: {row}"] * bool(canaries.found_in(row))
    with duckdb.connect() as con:
        for file in sorted(release.rglob("*.parquet")):
            for (row,) in con.execute("select cast(t as varchar) from read_parquet($1) as t", [str(file)]).fetchall():
                found += [f"{file.name}: {row}"] * bool(canaries.found_in(row))
    assert rows > 5000
    assert found == []


def test_raw_batches_hold_them_as_text_only(closed: tuple[Settings, Canaries, Path, str]) -> None:
    settings, canaries, _, _ = closed
    found = []
    with duckdb.connect() as con:
        for file in sorted(settings.raw_batches.glob("*/*.parquet")):
            names = [d[0] for d in con.execute("select * from read_parquet($1) limit 0", [str(file)]).description]
            typed = ", ".join(f'"{n}"' for n in names if not n.endswith("__text") and n != "_extra")
            rows = con.execute(
                f"select cast(t as varchar) from (select {typed} from read_parquet($1)) as t", [str(file)]
            ).fetchall()
            found += [f"{file.parent.name}: {row}" for (row,) in rows if canaries.found_in(row)]
    assert found == []


def test_dagster_and_logs_hold_none(closed: tuple[Settings, Canaries, Path, str]) -> None:
    _, canaries, storage, log = closed
    assert any(p.suffix == ".db" for p in storage.rglob("*"))
    assert leaks(canaries, storage) == []
    assert "verdict=" in log
    assert [line for line in log.splitlines() if canaries.found_in(line)] == []


def test_what_was_accepted_reached_the_documents(closed: tuple[Settings, Canaries, Path, str]) -> None:
    """Else the tests above would prove little: masked numbers stand in marts and lists."""
    settings, _, _, _ = closed
    with duckdb.connect(str(settings.published / "current" / "xinyong.duckdb"), read_only=True) as con:
        told = "330***********"
        marts = {
            mart
            for (mart,) in con.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
            if con.execute(
                f"select count(*) from marts.\"{mart}\" as t where cast(t as varchar) like '%{told}%'"
            ).fetchall()
            != [(0,)]
        }
    assert {"positive_list", "serious_dishonesty", "inspections", "findings", "open_corrections"} <= marts
