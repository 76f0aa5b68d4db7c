"""Returns a published release: built in a temporary folder, checked by a stranger, renamed once (design.md 8)."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from exports import files, manifest, reopen
from exports.build_info import BuildInfo
from exports.closes import recover_closes, store_close
from exports.lists import Release as OpenRelease
from exports.lists import write_lists
from exports.release_meta import example_queries, write_meta
from exports.tables import (
    TableFacts,
    column_names,
    comments,
    measure,
    open_database,
    ordered,
    quoted,
    table_names,
    write_parquet,
)
from ingest import durable
from ingest.errors import FeedError

if TYPE_CHECKING:
    from ingest.settings import Settings

log = logging.getLogger(__name__)

DATABASE = "xinyong.duckdb"
EXAMPLES = "example_queries.sql"
POINTER = "current"
FINGERPRINT_LETTERS = 8
# They show refused submissions too.
NOT_FROM_ROWS = frozenset({"submissions", "findings", "unresolved_records", "open_corrections"})


class ReleaseRefusedError(FeedError):
    """What was built must not be published."""


@dataclass(frozen=True)
class Release:
    """One published release."""

    name: str
    path: Path
    period: str
    as_of: datetime
    is_final: bool
    is_new: bool  # False: the same release stood there already
    is_current: bool  # published/current points to it
    rows: dict[str, int]

    @property
    def database(self) -> Path:
        """The release database."""
        return self.path / DATABASE


def release_name(build: BuildInfo) -> str:
    """Returns ``<period>_<as_of>_<fingerprint>``; a close before the due date bears the suffix ``-provisional``."""
    name = f"{build.period}_{build.as_of:%Y%m%dT%H%M%SZ}_{build.fingerprint[:FINGERPRINT_LETTERS]}"
    return name if build.is_final else f"{name}-provisional"


def publish(settings: Settings, build: BuildInfo, extras: Mapping[str, Path] = MappingProxyType({})) -> Release:
    """Returns the release made of ``warehouse/release_build.duckdb``.

    Args:
        settings: of the deployment.
        build: the close that the file holds.
        extras: files made elsewhere that belong into the release, by the name that they get there.

    Raises:
        ReleaseRefusedError: the file is not closed, verdicts or conservation forbid it, or a check of the finished
            release failed. Nothing is published then, and ``current`` stays.
    """
    clean_up(settings)
    name = release_name(build)
    target = settings.published / name
    if (target / manifest.MANIFEST).is_file():
        log.info("release %s stands already; nothing is built", name)
        settings.release_build.unlink(missing_ok=True)  # built once more by the run after one that was killed here
        return _finish(settings, build, target, is_new=False)
    _refuse_unclean(settings.release_build)
    _refuse_unsound(settings, build)
    folder = settings.published / f"{files.TEMPORARY}{name}"
    folder.mkdir()
    database = folder / DATABASE
    with durable.point("release.move"):
        shutil.move(settings.release_build, database)
    tables = _fill(settings, database, build, name)
    for extra, source in extras.items():
        shutil.copyfile(source, folder / extra)
    _write_documents(settings, database, folder, build, tables)
    _check_from_outside(database, tables)
    manifest.write_manifest(folder, database, build, name, tables)
    files.sync_tree(folder)
    with durable.point("release.folder"):
        folder.rename(target)
        files.sync_file(settings.published)
    log.info("published %s: %d marts, %d rows", name, len(tables), sum(t.row_count for t in tables))
    return _finish(settings, build, target, is_new=True)


def clean_up(settings: Settings) -> list[str]:
    """Returns what a killed run left behind, now deleted; call it before anything reads former closes."""
    settings.published.mkdir(parents=True, exist_ok=True)
    return [*files.remove_leftovers(settings.published), *recover_closes(settings)]


def current_release(settings: Settings) -> Path | None:
    """Returns the folder of the current release, None before the first."""
    return files.read_pointer(settings.published / POINTER)


def _refuse_unclean(source: Path) -> None:
    """A file that is missing, or has a log beside it, is not a finished build (stack.md)."""
    log_file = source.with_name(f"{source.name}.wal")
    if not source.is_file():
        raise ReleaseRefusedError(
            "there is nothing to publish",
            where=str(source),
            expected="the marts built by dbt",
            got="no file",
            do="build the close first",
        )
    if log_file.exists():
        raise ReleaseRefusedError(
            "the release build is still open or was not closed cleanly",
            where=str(source),
            expected="no .wal file beside it",
            got=log_file.name,
            do="close every connection of dbt, then build again",
        ) from _why_not_closed(source)


def _why_not_closed(source: Path) -> Exception | None:
    """Returns what keeps the log from being taken into the file, a full disk for example; None if nothing does."""
    import duckdb

    try:
        with duckdb.connect(str(source)) as con:
            con.execute("checkpoint")
    except duckdb.Error as error:
        return error
    return None


def _refuse_unsound(settings: Settings, build: BuildInfo) -> None:
    """Re-asserts what the gate decided: no row of a refused submission, nothing lost, every table described."""
    if build.violations:
        raise ReleaseRefusedError(
            "rows were lost or doubled on the way",
            where="quality.conservation",
            expected="received = accepted + quarantined",
            got="; ".join(build.violations),
            do="find the submission in the ledger and run the close again",
        )
    rejected = sorted(s.submission_id for s in build.submissions if s.verdict == "rejected")
    if rejected:
        raise ReleaseRefusedError(
            "a rejected submission is among those used",
            where="the build",
            got=", ".join(rejected),
            expected="accepted submissions only",
            do="rebuild the marts from accepted rows",
        )
    with open_database(settings, settings.release_build) as con:
        marts = table_names(con, "marts")
        if not marts:
            raise ReleaseRefusedError(
                "the release build holds no marts",
                where=str(settings.release_build),
                expected="schema marts filled by dbt",
                got="no table",
                do="build the marts, close every connection, publish again",
            )
        _refuse_foreign_rows(con, marts, {s.submission_id for s in build.submissions})
        private = {c.column_name for c in build.columns if c.classification == "id_number"}
        shown = [f"marts.{m}.{c}" for m in marts for c in column_names(con, "marts", m) if c in private]
        if shown:
            raise ReleaseRefusedError(
                "a mart shows numbers of persons",
                where=", ".join(shown),
                expected="the keyed hash only, or nothing",
                do="leave the column out of the model",
            )
        found = comments(con)
        bare = [
            f"{table}.{column}" if column else table
            for (table, column), words in found.items()
            if table.startswith("marts.") and not words
        ]
        if bare:
            raise ReleaseRefusedError(
                "tables or columns are not described",
                where="schema marts",
                expected="a Chinese comment on each",
                got=", ".join(sorted(bare)),
                do="describe them in the model's .yml file",
            )


def _refuse_foreign_rows(con: Any, marts: Sequence[str], used: set[str]) -> None:
    for mart in marts:
        if mart in NOT_FROM_ROWS or "submission_id" not in column_names(con, "marts", mart):
            continue
        ids = con.execute(
            f"select distinct submission_id from marts.{quoted(mart)} where submission_id is not null"
        ).fetchall()
        foreign = sorted({row[0] for row in ids} - used)
        if foreign:
            raise ReleaseRefusedError(
                "a mart holds rows of a submission that is not accepted",
                where=f"marts.{mart}",
                expected="submissions accepted by as_of",
                got=", ".join(foreign[:10]),
                do="check the filter on verdicts in staging",
            )


def _fill(settings: Settings, database: Path, build: BuildInfo, name: str) -> list[TableFacts]:
    """Adds the meta tables and writes the Parquet files; returns the facts of the marts."""
    folder = database.parent / "parquet"
    folder.mkdir()
    with open_database(settings, database, read_only=False) as con:
        tables = [measure(con, "marts", mart) for mart in table_names(con, "marts")]
        write_meta(con, build, name, tables)
        for facts in tables:
            write_parquet(con, ordered("marts", facts), folder / f"{facts.table_name}.parquet")
        con.execute("checkpoint")
    return tables


def _write_documents(
    settings: Settings, database: Path, folder: Path, build: BuildInfo, tables: Sequence[TableFacts]
) -> None:
    """Writes what people read; the overview comes last, since it links to all the rest."""
    from exports.datapackage import write_datapackage
    from exports.department_report import write_reports
    from exports.dictionary import write_dictionary
    from exports.notice import write_notice
    from exports.notice.slips import write_slips
    from exports.overview import write_overview

    write_notice(database, folder / "notice", build.period)
    with open_database(settings, database) as con:
        write_lists(con, folder)
        write_slips(con, folder)
        write_reports(con, folder)
        write_dictionary(con, folder, build.as_of, " ".join(OpenRelease(con).notes()))
        blocks = [f"-- {title}\n{sql};\n" for title, sql in example_queries(table_names(con, "marts"))]
        (folder / EXAMPLES).write_text("\n".join(blocks), encoding="utf-8")
        write_datapackage(con, folder, build, folder.name.removeprefix(files.TEMPORARY), tables, comments(con))
        write_overview(con, folder)


def _check_from_outside(database: Path, tables: Sequence[TableFacts]) -> None:
    """Lets another process open the release read-only and compares what it sees."""
    log_file = database.with_name(f"{database.name}.wal")
    answer = subprocess.run(
        [sys.executable, str(Path(reopen.__file__)), str(database)],
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    if answer.returncode or log_file.exists():
        raise ReleaseRefusedError(
            "the finished release cannot be opened",
            where=str(database),
            expected="a closed file that opens read-only",
            got=answer.stderr.strip()[-500:] or f"{log_file.name} beside it",
            do="build the close again",
        )
    seen = json.loads(answer.stdout)
    expected = {f"marts.{t.table_name}": t.row_count for t in tables}
    got = {table: rows for table, rows in seen["counts"].items() if table.startswith("marts.")}
    if got != expected or seen["broken_examples"]:
        wrong = [f"{t}: {got.get(t)} instead of {n}" for t, n in expected.items() if got.get(t) != n]
        raise ReleaseRefusedError(
            "the finished release does not hold what was built",
            where=str(database),
            expected="the same rows, and example queries that run",
            got="; ".join(wrong + seen["broken_examples"]) or "other tables",
            do="build the close again",
        )


def _finish(settings: Settings, build: BuildInfo, target: Path, *, is_new: bool) -> Release:
    """Stores the rows that later closes need and moves ``current``; repeating it does no harm."""
    content = json.loads((target / manifest.MANIFEST).read_text(encoding="utf-8"))["compared"]
    if build.is_final:
        store_close(settings, target, build.period)
    is_current = _comes_first(build, current_release(settings), target)
    if is_current:
        files.switch_pointer(settings.published / POINTER, target.name)
    return Release(
        name=target.name,
        path=target,
        period=build.period,
        as_of=build.as_of,
        is_final=build.is_final,
        is_new=is_new,
        is_current=is_current,
        rows={t["table"]: t["rows"] for t in content["tables"]},
    )


def _comes_first(build: BuildInfo, standing: Path | None, target: Path) -> bool:
    """Says whether ``current`` moves: never to an earlier period, nor from a final close back to a provisional one."""
    if standing is None or standing == target:
        return True
    content = json.loads((standing / manifest.MANIFEST).read_text(encoding="utf-8"))["compared"]
    return (build.period, build.is_final) >= (content["period"], content["is_final"])
