"""Returns how two releases compare, artefact by artefact: same in, same out (design.md 8)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from exports.files import files_below, sha256_of
from exports.manifest import MANIFEST, SUMS
from exports.tables import measure, open_database, table_names

if TYPE_CHECKING:
    from ingest.settings import Settings

DATABASE = "xinyong.duckdb"
SCHEMAS = ("marts", "meta")
State = Literal["equal", "unequal", "missing", "added", "damaged"]
"""equal, unequal: both have it. missing: only the rebuilt one. added: only the published one. damaged: its bytes are
not those whose checksum was published."""


@dataclass(frozen=True)
class Artefact:
    """One file, or one table of the database (``xinyong.duckdb#marts.positive_list``)."""

    path: str
    state: State
    detail: str = ""


def check_sums(release: Path) -> list[Artefact]:
    """Returns what in a release folder is no longer as published: bytes changed, files gone or added; else nothing."""
    published: dict[str, str] = {}
    for line in (release / SUMS).read_text(encoding="utf-8").splitlines():
        checksum, _, name = line.partition("  ")
        published[name] = checksum
    there = {path.relative_to(release).as_posix(): path for path in files_below(release)}
    found = []
    for name, checksum in sorted(published.items()):
        if name not in there:
            found.append(Artefact(name, "damaged", f"named in {SUMS}, but gone"))
        elif (now := sha256_of(there[name])) != checksum:
            found.append(Artefact(name, "damaged", f"sha256 {now[:12]}…, published as {checksum[:12]}…"))
    found += [Artefact(name, "added", f"not named in {SUMS}") for name in sorted(set(there) - set(published) - {SUMS})]
    return found


def compare(settings: Settings, published: Path, rebuilt: Path) -> list[Artefact]:
    """Returns every artefact of two release folders, compared: files by their bytes, the database by its tables.

    Two equal builds of a database file differ in bytes (stack.md), so its checksum, and what holds that checksum, is
    left out of ``manifest.json`` and ``SHA256SUMS``.
    """
    first, second = (
        {path.relative_to(folder).as_posix() for path in files_below(folder)} for folder in (published, rebuilt)
    )
    found = []
    for name in sorted(first | second):
        if name not in second:
            found.append(Artefact(name, "added", "the rebuilt release has no such file"))
        elif name not in first:
            found.append(Artefact(name, "missing", "the published release has no such file"))
        elif name == DATABASE:
            found += _tables(settings, published / name, rebuilt / name)
        else:
            found.append(_file(name, published / name, rebuilt / name))
    return found


def _file(name: str, one: Path, other: Path) -> Artefact:
    if name == MANIFEST:
        first, second = (json.loads(p.read_text(encoding="utf-8"))["compared"] for p in (one, other))
        keys = [key for key in sorted({*first, *second}) if first.get(key) != second.get(key)]
        return Artefact(name, "unequal" if keys else "equal", ", ".join(keys))
    if name == SUMS:
        first, second = (_comparable_sums(p) for p in (one, other))
        lines = sorted(first ^ second)
        return Artefact(name, "unequal" if lines else "equal", f"{len(lines)} lines" if lines else "")
    if one.stat().st_size != other.stat().st_size:
        return Artefact(name, "unequal", f"{one.stat().st_size} bytes, rebuilt {other.stat().st_size}")
    if sha256_of(one) != sha256_of(other):
        return Artefact(name, "unequal", f"byte {_first_difference(one, other)} differs")
    return Artefact(name, "equal")


def _comparable_sums(path: Path) -> set[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return {line for line in lines if not line.endswith((f"  {DATABASE}", f"  {MANIFEST}"))}


def _first_difference(one: Path, other: Path, piece: int = 1 << 20) -> int:
    """Returns the place of the first byte that differs in two files of one size, counted from 0."""
    position = 0
    with one.open("rb") as first, other.open("rb") as second:
        while (a := first.read(piece)) == (b := second.read(piece)) and a:
            position += len(a)
    return position + next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), 0)


def _tables(settings: Settings, one: Path, other: Path) -> Iterable[Artefact]:
    first, second = (_measured(settings, path) for path in (one, other))
    for name in sorted({*first, *second}):
        path = f"{DATABASE}#{name}"
        if name not in second:
            yield Artefact(path, "added", "the rebuilt release has no such table")
        elif name not in first:
            yield Artefact(path, "missing", "the published release has no such table")
        else:
            parts = [part for part in first[name] if first[name][part] != second[name][part]]
            shown = "; ".join(f"{part}: {first[name][part]}, rebuilt {second[name][part]}" for part in parts)
            yield Artefact(path, "unequal" if parts else "equal", shown[:300])


def _measured(settings: Settings, database: Path) -> dict[str, dict[str, Any]]:
    """Returns per table its rows, their hash, and its columns with types and comments."""
    found = {}
    with open_database(settings, database) as con:
        for schema in SCHEMAS:
            for table in table_names(con, schema):
                facts = measure(con, schema, table)
                columns = con.execute(
                    "select column_name, data_type, comment from duckdb_columns() "
                    "where schema_name = ? and table_name = ? order by column_index",
                    [schema, table],
                ).fetchall()
                found[f"{schema}.{table}"] = {
                    "rows": facts.row_count,
                    "hash": facts.row_hash,
                    "columns": columns,
                }
    return found
