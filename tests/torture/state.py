"""What a home holds, in a form that two homes can be compared by; and whether every release in it is whole."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import duckdb

from exports.files import read_pointer

WALL_CLOCK = frozenset({"landed_at", "noted_at", "pulled_at", "closed_at", "loaded_at"})
"""Columns that tell when our machine did something, whatever the receipt clock says."""

NOT_COMPARED = ("warehouse/xinyong.duckdb", "warehouse/dbt_target", "warehouse/scratch", "warehouse/.run.lock", "inbox")
"""Compared by their tables, or caches. Two builds of a DuckDB file differ in bytes (stack.md)."""


class IncompleteReleaseError(AssertionError):
    """A release could be opened and was not whole."""


def state(home: Path) -> dict[str, str]:
    """Returns a hash for every file and table of a home that must not depend on what happened on the way."""
    found: dict[str, str] = {}
    for path in sorted(home.rglob("*")):
        place = path.relative_to(home).as_posix()
        if path.is_dir() or place.startswith(NOT_COMPARED):
            continue
        if path.is_symlink():
            found[place] = f"link to {path.readlink()}"
        elif path.name == "xinyong.duckdb":
            found |= {f"{place}: {name}": told for name, told in tables(path, ("marts", "meta")).items()}
        elif path.name == "manifest.json" and place.startswith("published/"):
            compared = json.loads(path.read_text(encoding="utf-8"))["compared"]
            found[place] = hashlib.sha256(json.dumps(compared, sort_keys=True).encode()).hexdigest()
        elif path.name == "SHA256SUMS":
            kept = [line for line in path.read_text(encoding="utf-8").splitlines() if not _of_database(line)]
            found[place] = hashlib.sha256("\n".join(kept).encode()).hexdigest()
        else:
            found[place] = hashlib.sha256(path.read_bytes()).hexdigest()
    ledger = tables(home / "warehouse" / "xinyong.duckdb", ("quality", "meta"))
    return found | {f"ledger: {name}": told for name, told in ledger.items()}


def _of_database(line: str) -> bool:
    return line.endswith(("xinyong.duckdb", "manifest.json"))


def tables(database: Path, schemas: tuple[str, ...]) -> dict[str, str]:
    """Returns rows and an order-free hash of every table, wall-clock columns left out."""
    found = {}
    with duckdb.connect(str(database), read_only=True) as con:
        columns: dict[tuple[str, str], list[str]] = {}
        for schema, table, column in con.execute(
            "select schema_name, table_name, column_name from duckdb_columns() "
            "where schema_name in (select unnest($1)) and not internal order by all",
            [list(schemas)],
        ).fetchall():
            columns.setdefault((schema, table), []).append(column)
        for (schema, table), names in columns.items():
            listed = ", ".join(f'"{n}"' for n in names if n not in WALL_CLOCK)
            told = con.execute(
                f"select count(*), sum(hash(t)::hugeint), bit_xor(hash(t)) "
                f'from (select {listed} from "{schema}"."{table}") as t'
            ).fetchall()
            found[f"{schema}.{table}"] = str(told[0])
    return found


def differences(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    """Returns what differs, in words."""
    return [
        *(f"missing: {k}" for k in sorted(expected.keys() - found.keys())),
        *(f"left over: {k}" for k in sorted(found.keys() - expected.keys())),
        *(f"differs: {k}" for k in sorted(expected.keys() & found.keys()) if expected[k] != found[k]),
    ]


def releases(home: Path) -> list[Path]:
    """Returns the release folders that a reader can open: the current one and every other with a final name."""
    published = home / "published"
    if not published.is_dir():
        return []
    pointed = read_pointer(published / "current")
    named = [p for p in published.iterdir() if p.is_dir() and not p.is_symlink() and not p.name.startswith(".")]
    return sorted({*named, *([pointed.resolve()] if pointed else [])})


def check_release(release: Path) -> None:
    """Opens a release as a reader would.

    Raises:
        IncompleteReleaseError: a file is missing or not what its checksum says, or a table lacks rows.
    """
    sums = release / "SHA256SUMS"
    if not sums.is_file() or not (release / "manifest.json").is_file():
        raise IncompleteReleaseError(f"{release.name}: no checksums or no manifest")
    for line in sums.read_text(encoding="utf-8").splitlines():
        expected, _, name = line.partition("  ")
        if hashlib.sha256((release / name).read_bytes()).hexdigest() != expected:
            raise IncompleteReleaseError(f"{release.name}: {name} is not what its checksum says")
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    with duckdb.connect(str(release / "xinyong.duckdb"), read_only=True) as con:
        for table in manifest["compared"]["tables"]:
            rows = con.execute(f'select count(*) from marts."{table["table"]}"').fetchall()[0][0]
            if rows != table["rows"]:
                raise IncompleteReleaseError(f"{release.name}: {table['table']} has {rows} of {table['rows']} rows")
