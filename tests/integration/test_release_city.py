"""The release of a closed city is what analysts were promised: an old enough format, examples with answers, links."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from tests.integration.conftest import City

NO_ANSWER = {"查一家企业的信用档案"}  # asks for a code that only stands for one


def _folder(city: City) -> Path:
    return city.results[-1].release


def test_release_is_stored_in_the_format_of_the_oldest_promised_client(city: City) -> None:
    with city.release("2025-08") as con:
        tags = con.execute("select tags from duckdb_databases() where path like '%xinyong.duckdb'").fetchall()
    assert [tag["storage_version"] for (tag,) in tags] == ["v1.5.0+"]


def test_every_example_query_has_an_answer(city: City) -> None:
    with city.release("2025-08") as con:
        examples = con.execute("select title, sql from meta.example_queries order by query_no").fetchall()
        empty = [title for title, sql in examples if not con.execute(sql).fetchall()]
        shown = dict(examples)["本期正面清单的新增和移出"]
        told = sum(row[-1] for row in con.execute(shown).fetchall())
        events = con.execute("select count(*) from marts.positive_list_changes where period = '2025-08'").fetchall()
    assert set(empty) == NO_ANSWER
    assert told == events[0][0], "of this month, not of all"


def test_every_file_of_the_release_is_linked_from_the_overview_or_is_of_a_folder_that_is(city: City) -> None:
    folder = _folder(city)
    page = (folder / "index.html").read_text(encoding="utf-8")
    links = {unquote(link) for link in re.findall(r'href="([^"#]+)"', page)}
    linked = tuple(link for link in links if link.endswith("/"))
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    forgotten = {name for name in files - links if not name.startswith(linked) and not name.endswith("figures.json")}
    assert forgotten == {"index.html"}
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
