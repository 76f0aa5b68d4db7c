"""Returns one enterprise as the models see it on any day: the same dbt project, fed with its rows (design.md 5).

Everything happens in a temporary home that is deleted afterwards; the home that is asked is only read.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest import clock
from ingest.errors import FeedError, WarehouseBusyError

if TYPE_CHECKING:
    import duckdb
    from dbt.contracts.graph.manifest import Manifest

    from ingest.settings import Settings

MODELS = ("enterprise_profile", "enterprise_domain_profile", "positive_list", "serious_dishonesty", "inspections")
"""What a profile shows and its evidence rests on; all that they read is built with them."""
WHOLE_FEEDS = frozenset({"inspection_tasks"})  # rows about no single enterprise
ADDRESS_ENDING = 6  # letters; whoever shares an address shares at least these, whatever area words stand before
LEDGER_TABLES = (
    "quality.submissions", "quality.submission_verdicts", "quality.submission_domains", "quality.list_decisions",
    "quality.row_decisions", "quality.quarantine", "quality.redraws",
)  # fmt: skip
OF_ROWS = {  # of these only what concerns the enterprise
    "quality.row_decisions": "(submission_id, row_id) in (select (submission_id, row_id) from kept_rows)",
    "quality.quarantine": "uscc in (select uscc from codes) or name_norm in (select name_norm from names)",
}


@dataclass(frozen=True)
class Moment:
    """What is known (period and as_of) and on which day rules are read."""

    period: str
    as_of: datetime
    reference_date: date


@dataclass(frozen=True)
class FilteredHome:
    """A temporary home that holds one enterprise."""

    settings: Settings  # of the temporary home
    source: Settings
    uscc: str
    manifest: Manifest  # of the dbt project, for the temporary home

    def connect(self) -> duckdb.DuckDBPyConnection:
        """Returns a connection to what was built: staging and intermediate, and ``release.marts``."""
        import duckdb

        con = duckdb.connect(str(self.settings.warehouse_file))
        con.execute(f"attach '{_literal(self.settings.release_build)}' as release (read_only)")
        return con


def moment_of(as_of: datetime) -> Moment:
    """Returns the moment that a day asks for: its own month, open or not, and its own date (semantics 1.3)."""
    day = clock.local_date(as_of)
    return Moment(f"{day:%Y-%m}", as_of, day)


@contextmanager
def filtered_home(settings: Settings, uscc: str) -> Iterator[FilteredHome]:
    """Yields a temporary home with all raw rows and decisions about one enterprise; deleted at exit.

    Raises:
        FeedError: nothing was ever judged here.
        WarehouseBusyError: a run has the warehouse open.
    """
    if not settings.warehouse_file.is_file():
        raise FeedError(
            "there is no warehouse to look into",
            where=str(settings.warehouse_file),
            expected="submissions judged by a run",
            got="no file",
            do="close a month first: xinyong run --period YYYY-MM",
        )
    folder = Path(tempfile.mkdtemp(prefix="xinyong-profile-"))
    try:
        own = settings.model_copy(update={"home": folder})
        own.scratch.mkdir(parents=True)
        _copy(settings, own, uscc)
        yield FilteredHome(own, settings, uscc, _parse(own, settings))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def build(home: FilteredHome, moment: Moment, *, former_rules: bool = False) -> None:
    """Builds the marts of the enterprise at a moment; a later build replaces an earlier one.

    Args:
        home: of the enterprise.
        moment: what is known, and when rules are read.
        former_rules: with the seeds as the last close loaded them, not as their files are now.
    """
    import duckdb

    from exports.build_info import read_build_info
    from exports.release_meta import write_meta
    from ingest import warehouse
    from orchestration import dbt
    from orchestration.version import code_version

    own = home.settings
    with warehouse.connect(own) as con:
        previous = _former_closes(con, home, moment)
        con.execute("delete from meta.close_parameters")
        con.execute(
            "insert into meta.close_parameters values (?, ?, ?, ?, ?, ?, ?, true)",
            [
                own.programme, moment.period, previous, clock.period_start(moment.period),
                clock.period_end(moment.period), moment.as_of, moment.reference_date,
            ],
        )  # fmt: skip
        if former_rules:
            _take_former_rules(con, home.source)
        is_seeded = bool(con.execute("from duckdb_tables() where schema_name = 'seeds' limit 1").fetchall())
    for leftover in (own.release_build, own.release_build.with_suffix(".duckdb.wal")):
        leftover.unlink(missing_ok=True)
    try:
        dbt.run_models(own, MODELS, with_seeds=not is_seeded, manifest=home.manifest)
    finally:
        if former_rules:  # the next build takes those of today again
            with duckdb.connect(str(own.warehouse_file)) as con:
                con.execute("drop schema seeds cascade")
    with warehouse.connect(own) as con:
        info = read_build_info(con, fingerprint="", code_version=code_version(), violations=())
    with duckdb.connect(str(own.release_build)) as con:
        write_meta(con, info, "profile", [])


def _parse(own: Settings, source: Settings) -> Manifest:
    """Returns the dbt manifest for the temporary home, from the partial parse of the home that it stands for.

    To parse the project from scratch takes longer than all else that a profile needs. The home itself is only read: its
    partial parse is copied, and where the manifest names the home (locations of sources) the temporary one is put.
    """
    from orchestration import dbt

    target = dbt.target_path(own)
    target.mkdir(parents=True, exist_ok=True)
    partial = dbt.target_path(source) / "partial_parse.msgpack"
    if partial.is_file():
        shutil.copyfile(partial, target / partial.name)
    manifest = dbt.parse(source, target=target)
    former, wanted = str(source.home.absolute()), str(own.home.absolute())
    for table in manifest.sources.values():
        for meta in (table.meta, table.source_meta, table.config.meta):
            if "external_location" in meta:
                meta["external_location"] = meta["external_location"].replace(former, wanted)
    return manifest


def holds_rules_of(source: Settings, release_name: str) -> bool:
    """Returns whether the warehouse still holds the seeds with which a release was made: none were loaded since."""
    import duckdb

    with duckdb.connect(str(source.warehouse_file), read_only=True) as con:
        found = con.execute(
            "select 1 from meta.closes where release_name = $1 "
            "and closed_at > (select max(loaded_at) from meta.seed_loads)",
            [release_name],
        ).fetchall()
    return bool(found)


def _take_former_rules(con: duckdb.DuckDBPyConnection, source: Settings) -> None:
    """Copies the seeds as they stand in the warehouse of the home."""
    con.execute("drop schema if exists seeds cascade; create schema seeds")
    con.execute(f"attach '{_literal(source.warehouse_file)}' as home (read_only)")
    tables = con.execute(
        "select table_name from duckdb_tables() where database_name = 'home' and schema_name = 'seeds'"
    ).fetchall()
    for (table,) in tables:
        con.execute(f"create table seeds.{table} as from home.seeds.{table}")
    con.execute("detach home")


def _literal(path: Path) -> str:
    return str(path.absolute()).replace("'", "''")


def _copy(source: Settings, own: Settings, uscc: str) -> None:
    """Copies the rows and decisions about the enterprise; the source is opened read-only."""
    import duckdb

    from ingest import warehouse
    from ingest.contract_model import load_contracts

    with warehouse.connect(own) as con:
        try:
            con.execute(f"attach '{_literal(source.warehouse_file)}' as home (read_only)")
        except duckdb.IOException as error:
            raise WarehouseBusyError(
                "the warehouse is in use by another process",
                where=str(source.warehouse_file),
                got=str(error).splitlines()[0],
                do="wait until that run has ended, then ask again",
            ) from error
        feeds = [feed for feed in load_contracts() if (source.raw_batches / feed).is_dir()]
        raw = {feed: f"read_parquet('{_literal(source.raw_batches / feed)}/*.parquet', union_by_name = true)"
               for feed in feeds}  # fmt: skip
        _find_rows(con, raw, uscc)
        for feed in feeds:
            folder = own.raw_batches / feed
            folder.mkdir(parents=True)
            condition = (
                "true"
                if feed in WHOLE_FEEDS
                else "resolved_uscc in (select uscc from codes) "
                "or (_submission_id, _row_id) in (select (submission_id, row_id) from kept_rows)"
            )
            target = _literal(folder / "rows.parquet")
            con.execute(f"copy (select * from {raw[feed]} where {condition}) to '{target}' (format parquet)")
        present = {
            f"{schema}.{table}"
            for schema, table in con.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'home'"
            ).fetchall()
        }
        for table in (*LEDGER_TABLES, "meta.closes"):
            if table in present:
                condition = OF_ROWS.get(table, "true")
                con.execute(f"insert into {table} by name select * from home.{table} where {condition}")
        con.execute("detach home")


def _find_rows(con: duckdb.DuckDBPyConnection, raw: dict[str, str], uscc: str) -> None:
    """Creates ``codes``, ``names``, ``kept_rows``: whose rows decide what the models say of the enterprise.

    Beside its own rows those of enterprises whose rows in quarantine bear its name: they decide whether such a row
    protects its former entry (semantics 4.4). And those that may share its address or its legal representative: they
    are counted for 一址多照 and 一人多企. Rather some too many than one too few.
    """
    con.execute("create temp table codes as select $1 as uscc", [uscc])
    con.execute(
        "create temp table kept_rows as select distinct submission_id, row_id from home.quality.row_decisions "
        "where uscc = $1",
        [uscc],
    )
    named = " union ".join(f"select name_norm from {rows} where resolved_uscc = $1" for rows in raw.values())
    con.execute(f"create temp table names as select name_norm from ({named}) where name_norm is not null", [uscc])
    con.execute(
        "insert into codes select distinct uscc from home.quality.quarantine "
        "where uscc is not null and uscc <> $1 and name_norm in (select name_norm from names)",
        [uscc],
    )
    ending = f"right(regexp_replace(upper(registered_address), '\\s', '', 'g'), {ADDRESS_ENDING})"
    for feed, shared in (("enterprise_registry", ending), ("inspection_results", "legal_representative_person_key")):
        if feed in raw:
            con.execute(
                f"insert into codes select distinct resolved_uscc from {raw[feed]} "
                "where resolved_uscc not in (select uscc from codes) "
                f"and {shared} in (select {shared} from {raw[feed]} where resolved_uscc = $1)",
                [uscc],
            )
    for rows in raw.values():
        con.execute(
            "insert into kept_rows select d.submission_id, d.row_id from home.quality.row_decisions as d "
            f"inner join {rows} as r on d.submission_id = r._submission_id and d.row_id = r._row_id "
            "where r.resolved_uscc in (select uscc from codes)"
        )


def _former_closes(con: duckdb.DuckDBPyConnection, home: FilteredHome, moment: Moment) -> str | None:
    """Returns the last period closed by then; lays out the former rows of the enterprise as they were known by then."""
    from orchestration import dbt

    own, source = home.settings, home.source
    shutil.rmtree(own.closes, ignore_errors=True)
    marts = sorted(dbt.former_close_columns(home.manifest))
    known = con.execute(
        """
        select period, arg_max(release_name, closed_at) from meta.closes
        where programme = $1 and is_final and period < $2 and as_of <= $3 group by period order by period
        """,
        [own.programme, moment.period, moment.as_of],
    ).fetchall()
    in_force = dict(
        con.execute("select period, arg_max(release_name, closed_at) from meta.closes group by period").fetchall()
    )
    for period, release in known:
        target = own.closes / period
        target.mkdir(parents=True)
        for mart in marts:
            path = source.published / release / "parquet" / f"{mart}.parquet"
            if not path.is_file() and in_force[period] == release:  # an old release may have been pruned
                path = source.closes / period / f"{mart}.parquet"
            if path.is_file():
                _copy_former(con, path, target / path.name, period, home.uscc)
    return known[-1][0] if known else None


def _copy_former(con: duckdb.DuckDBPyConnection, path: Path, target: Path, period: str, uscc: str) -> None:
    described = con.execute(f"describe from read_parquet('{_literal(path)}')").fetchall()
    columns = {row[0] for row in described}  # as they were then
    conditions: list[str] = ["true"]
    values: dict[str, Any] = {}
    for column, value in (("period", period), ("uscc", uscc)):
        if column in columns:
            conditions.append(f"{column} = ${column}")
            values[column] = value
    con.execute(
        f"copy (select * from read_parquet('{_literal(path)}') where {' and '.join(conditions)}) "
        f"to '{_literal(target)}' (format parquet)",
        values,
    )
