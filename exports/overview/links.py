"""Returns the links of the overview page, made from the files that lie in the release folder: none leads nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exports import text, text_pages
from exports.figures import render

KIB = 1024  # bytes
SINGLE_FILES = (
    ("xinyong.duckdb", text_pages.FILE_DATABASE),
    ("dictionary.html", text_pages.FILE_DICTIONARY),
    ("dictionary.xlsx", text_pages.FILE_DICTIONARY_BOOK),
    ("dbt_docs.html", text_pages.FILE_MODELS),
    ("datapackage.json", text_pages.FILE_DATAPACKAGE),
    ("example_queries.sql", text_pages.FILE_EXAMPLES),
)
LATER_FILES = (("manifest.json", text_pages.FILE_MANIFEST), ("SHA256SUMS", text_pages.FILE_SUMS))
"""Written after the page, since they hold its checksum; every release has them."""


@dataclass(frozen=True)
class Link:
    """A file to open: where, and what it is called."""

    path: str
    title: str
    size: str = ""


@dataclass(frozen=True)
class ListLinks:
    """A list for people and the same list for machines."""

    title: str
    people: Link | None
    machine: Link | None


@dataclass(frozen=True)
class DepartmentLinks:
    """What concerns one department."""

    name: str
    files: list[Link]


@dataclass(frozen=True)
class Links:
    """All links of the page."""

    notice: list[Link]
    lists: list[ListLinks]
    departments: list[DepartmentLinks]
    reports: dict[str, str]  # department code → its report page
    tables: list[tuple[Link, str, str]]
    data: list[Link]
    former: list[Link]


def links(con: Any, folder: Path) -> Links:
    """Returns the links to everything in a release folder.

    Args:
        con: read-only connection to the release file.
        folder: of the release under construction.
    """
    reports = {path.parent.name: _place(folder, path) for path in sorted(folder.glob("departments/*/*.html"))}
    return Links(
        notice=_notice(folder),
        lists=_lists(folder),
        departments=_departments(con, folder),
        reports=reports,
        tables=_tables(con, folder),
        data=[
            *(_link(folder, folder / name, title) for name, title in SINGLE_FILES if (folder / name).is_file()),
            *(Link(name, title) for name, title in LATER_FILES),
        ],
        former=[
            Link(f"../{name}/index.html", render("month", period)[0])
            for name, period in con.execute(
                "select release_name, period from meta.releases where not is_this order by period desc"
            ).fetchall()
        ],
    )


def _notice(folder: Path) -> list[Link]:
    """Returns the documents of the notice, the document itself first; what machines read is left out."""
    order = {".docx": 0, ".pdf": 1, ".xlsx": 2}
    found = [p for p in folder.glob("notice/*") if p.suffix in order]
    return [
        _link(folder, p) for p in sorted(found, key=lambda p: (p.stem.startswith("通报附件"), order[p.suffix], p.name))
    ]


def _lists(folder: Path) -> list[ListLinks]:
    machine = {path.stem: path for path in folder.glob("lists/*.csv")}
    people = {path.stem: path for path in folder.glob("lists/*.xlsx")}
    found = []
    for name, title in text.LIST_TITLES.items():
        one, other = people.pop(title, None), machine.pop(name, None)
        if one or other:
            found.append(_pair(folder, title, one, other))
    found += [_pair(folder, path.stem, path, None) for _, path in sorted(people.items())]
    found += [_pair(folder, path.stem, None, path) for _, path in sorted(machine.items())]
    return found


def _pair(folder: Path, title: str, one: Path | None, other: Path | None) -> ListLinks:
    return ListLinks(
        title,
        _link(folder, one, text_pages.LIST_FOR_PEOPLE) if one else None,
        _link(folder, other, text_pages.LIST_FOR_MACHINES) if other else None,
    )


def _departments(con: Any, folder: Path) -> list[DepartmentLinks]:
    order = {".html": 0, ".pdf": 1, ".docx": 2, ".xlsx": 3, ".csv": 4}
    found = []
    for code, name in con.execute(
        "select department_code, department_name from meta.departments order by sort_order, department_code"
    ).fetchall():
        own = sorted((folder / "departments" / code).glob("*"))
        documents = sorted((p for p in own if p.suffix in order), key=lambda p: (order[p.suffix], p.name))
        files = [_link(folder, p) for p in documents] + [_folder(folder, p) for p in own if p.is_dir()]
        if files:
            found.append(DepartmentLinks(name, files))
    return found


def _tables(con: Any, folder: Path) -> list[tuple[Link, str, str]]:
    """Returns per mart its Parquet file, its comment and its rows."""
    found = []
    for name, comment, rows in con.execute(
        """
        select t.table_name, coalesce(d.comment, ''), t.row_count
        from meta.tables as t
        left join duckdb_tables() as d on d.schema_name = 'marts' and d.table_name = t.table_name
        order by t.table_name
        """
    ).fetchall():
        path = folder / "parquet" / f"{name}.parquet"
        if path.is_file():
            found.append((_link(folder, path, path.name), comment, render("count", rows)[0]))
    return found


def _link(folder: Path, path: Path, title: str = "") -> Link:
    """The size of the database is left out: two equal builds of it differ by a few blocks (stack.md)."""
    size = "" if path.suffix == ".duckdb" else f"{-(-path.stat().st_size // KIB)} KB"
    return Link(_place(folder, path), title or path.name, size)


def _folder(release: Path, path: Path) -> Link:
    """Returns the link to a folder of documents, of which there may be one a day."""
    count = render("count", sum(p.is_file() for p in path.iterdir()))[0]
    return Link(f"{_place(release, path)}/", path.name, text_pages.FOLDER_SIZE.format(count=count))


def _place(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()
