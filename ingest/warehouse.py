"""Returns connections to the warehouse: one writer at a time, everything that SQL needs installed, always closed."""

from __future__ import annotations

import atexit
import secrets
import shutil
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import FeedError, WarehouseBusyError
from ingest.normalise import install

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings

LEDGER = Path(__file__).with_name("ledger.sql")

# Connections with Python functions that outlive the interpreter make DuckDB print warnings: close what is left.
_open: weakref.WeakSet[duckdb.DuckDBPyConnection] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for con in list(_open):
        con.close()


def _config(settings: Settings, spill: Path | None) -> dict[str, str | bool | int | float | list[str]]:
    # A missing extension must fail at once: offices have no network, and looking for one costs seconds (stack.md).
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "threads": str(settings.threads),
        "memory_limit": settings.memory_limit,
        "preserve_insertion_order": "true",
    }
    if spill is not None:
        config["temp_directory"] = str(spill)
    return config


def _opened(database: str, settings: Settings, spill: Path | None) -> duckdb.DuckDBPyConnection:
    import duckdb

    try:
        con = duckdb.connect(database, config=_config(settings, spill))
    except duckdb.IOException as error:
        if "lock" not in str(error).lower():
            raise
        raise WarehouseBusyError(
            "the warehouse is in use by another process",
            where=database,
            got=str(error).splitlines()[0],
            do="wait until that run has ended, or end it, then try again; analysts read published/current instead",
        ) from error
    _open.add(con)
    return con


@contextmanager
def connect(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Returns a connection to the warehouse file with ledger tables, macros and functions; closed at exit.

    Raises:
        WarehouseBusyError: another process has the file open.
        FeedError: ``XINYONG_PERSON_KEY`` is not set (design.md 10).
    """
    if settings.person_key is None or not settings.person_key.get_secret_value():
        raise FeedError(
            "the key for ID numbers is not set",
            where="the environment",
            expected="XINYONG_PERSON_KEY",
            do="set it to a long random text, keep it safe, and never change it: it links persons over time",
        )
    settings.warehouse.mkdir(parents=True, exist_ok=True)
    is_first = not _open
    con = _opened(str(settings.warehouse_file), settings, settings.scratch / "spill")
    try:
        if is_first:  # the lock is ours, so whatever lies in scratch was left by a run that was killed
            shutil.rmtree(settings.scratch, ignore_errors=True)
        settings.scratch.mkdir(parents=True, exist_ok=True)
        con.execute(LEDGER.read_text(encoding="utf-8"))
        install(con, settings.person_key.get_secret_value())
        yield con
    finally:
        con.close()
        _open.discard(con)


@contextmanager
def connect_memory(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Returns a connection without a file, as ``connect`` otherwise; for checks that store nothing.

    Without ``XINYONG_PERSON_KEY`` the hashes are made under a key that is forgotten at exit.
    """
    key = settings.person_key.get_secret_value() if settings.person_key else ""
    con = _opened(":memory:", settings, None)
    try:
        con.execute(LEDGER.read_text(encoding="utf-8"))
        install(con, key or secrets.token_hex(32))
        yield con
    finally:
        con.close()
        _open.discard(con)
