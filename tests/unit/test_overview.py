"""The overview page shows every domain and department, links to what is there, and loads nothing from elsewhere."""

import json
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import duckdb
import pytest

from exports import text_pages
from exports.build_info import PolicyTable
from exports.overview.content import _cell, gather
from tests.unit.exports_fixture import build_info, make_release_db, published_july

JULY = ("2025-06", "2025-07")


class Page(HTMLParser):
    """Collects links, addresses and the text of a page."""

    def __init__(self):
        super().__init__()
        self.links, self.loaded, self.tags, self.words = [], [], [], []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append(tag)
        if tag == "a":
            self.links.append(values["href"])
        self.loaded += [value for name, value in attrs if name in {"src", "srcset", "data", "poster", "action"}]
        if tag == "link":
            self.loaded.append(values.get("href"))

    def handle_data(self, data):
        self.words.append(data)


def _parse(path):
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return published_july(tmp_path_factory.getbasetemp() / "发布 home")[1]


def test_overview_links_lead_to_files_of_the_release(published):
    page = _parse(published / "index.html")
    files = [unquote(link) for link in page.links if not link.startswith("#")]
    assert [link for link in files if not (published / link).exists()] == []
    assert {
        "xinyong.duckdb",
        "manifest.json",
        "dictionary.html",
        "lists/正面清单.xlsx",
        "lists/positive_list.csv",
    } <= set(files)
    folders = tuple(link for link in files if link.endswith("/"))
    there = {p.relative_to(published).as_posix() for p in published.rglob("*") if p.is_file()}
    there = {name for name in there if not name.startswith(folders)} if folders else there
    forgotten = there - set(files) - {"index.html"} - {f for f in there if f.endswith("figures.json")}
    assert {f for f in forgotten if not f.startswith(("notice/",))} == set()
    anchors = [link[1:] for link in page.links if link.startswith("#")]
    html = (published / "index.html").read_text(encoding="utf-8")
    assert all(f'id="{anchor}"' in html for anchor in anchors)


@pytest.mark.parametrize("name", ["index.html", "dictionary.html", "departments/finance/部门报告.html"])
def test_pages_load_nothing_and_run_nothing(published, name):
    page = _parse(published / name)
    html = (published / name).read_text(encoding="utf-8")
    assert page.loaded == []
    assert not {"script", "iframe", "object", "embed", "img", "base"} & set(page.tags)
    assert not re.search(r"(https?:)?//[a-z0-9]|@import|url\(", html)
    assert "default-src 'none'" in html


def test_totals_and_ranking_bear_the_ids_of_the_notice_and_print_the_same(published):
    html = (published / "index.html").read_text(encoding="utf-8")
    shown = re.findall(r'<data value="([^"]+)" title="([^"]+)">([^<]+)</data>', html)
    figures = json.loads((published / "notice" / "figures.json").read_text(encoding="utf-8"))["figures"]
    printed = {figure["figure_id"]: figure["text"] for figure in figures}
    assert [(i, words) for i, title, words in shown if (title, words) != (i, printed.get(i))] == []
    # Six cards with 2, 2, 2, 2, 3 and 2 figures; rank, shift, score, two counts and five rates of 26 departments.
    assert len(shown) == 13 + 26 * 10
    assert {"programme.2025-07.collection_rate", "department.finance.score"} <= {i for i, _, _ in shown}


def test_overview_shows_every_domain_and_department(published):
    with duckdb.connect(str(published / "xinyong.duckdb"), read_only=True) as con:
        facts = gather(con)
        domains = [
            name for (name,) in con.execute("select domain_name from meta.domains order by domain_no").fetchall()
        ]
    assert [row.domain for row in facts.matrix] == domains
    assert len(domains) == 47
    assert len(facts.ranking) == 26
    assert facts.months == list(JULY)
    words = "".join(_parse(published / "index.html").words)
    assert all(name in words for name in domains)


def test_overview_silent_domain_is_told_by_symbol_and_words(published):
    with duckdb.connect(str(published / "xinyong.duckdb"), read_only=True) as con:
        row = next(r for r in gather(con).matrix if r.domain == "统计领域")
    assert [(cell.state, cell.symbol, cell.shown) for cell in row.cells] == [("full", "●", "3/3"), ("none", "○", "0/3")]
    assert row.cells[1].title == "未归集；未报：行业评价结果信息、行业正面清单、严重失信主体名单"


@pytest.mark.parametrize(
    ("counts", "state"),
    [(None, "blank"), ((0, 0), "free"), ((3, 0), "none"), ((3, 1), "part"), ((3, 3), "full")],
)
def test_cell_state(counts, state):
    cell = _cell(counts, [])
    assert cell.state == state
    assert len({symbol for symbol, _ in text_pages.STATES.values()}) == len(text_pages.STATES), "shape tells the state"


def test_overview_first_month_has_nothing_to_compare(tmp_path):
    database = make_release_db(tmp_path / "release.duckdb", ("2025-06",))
    with duckdb.connect(str(database), read_only=True) as con:
        facts = gather(con)
    assert facts.cards[0][2] == ["首月，没有上月可比"]
    assert {str(row.shift[0]) for row in facts.ranking} == {"—"}


def test_overview_tells_a_provisional_release(tmp_path):
    build = build_info(JULY, is_final=False)
    database = make_release_db(tmp_path / "release.duckdb", JULY, build=build)
    with duckdb.connect(str(database), read_only=True) as con:
        facts = gather(con)
    assert not facts.is_final
    assert facts.problems[0][0].startswith("本发布包是报送截止前的临时统计")


def test_overview_tells_assumed_values_of_policy_tables_in_one_line(tmp_path):
    tables = [PolicyTable("domains", 47, 45, "0" * 64), PolicyTable("list_terms", 3, 0, "0" * 64)]
    tables.append(PolicyTable("score_weights", 5, 5, "0" * 64))
    database = make_release_db(tmp_path / "release.duckdb", JULY, build=build_info(JULY, policy_tables=tables))
    with duckdb.connect(str(database), read_only=True) as con:
        shown = [row for row in gather(con).problems if "假定值" in row[0]]
        assert con.execute("select count(*) from meta.known_problems where problem_kind = 'assumed'").fetchone() == (2,)
    assert [(words[:2], amount) for words, amount in shown] == [("2张", "50")]


def test_page_markup_in_a_name_is_text(tmp_path):
    name = "<script>alert(1)</script>&amp;"
    build = build_info(JULY)
    domains = [dict(row, domain_name=name) if row["domain_no"] == 1 else row for row in build.seeds["domains"]]
    database = make_release_db(
        tmp_path / "release.duckdb", JULY, build=build_info(JULY, seeds=build.seeds | {"domains": domains})
    )
    from exports.overview import write_overview

    with duckdb.connect(str(database), read_only=True) as con:
        page = _parse(write_overview(con, tmp_path))
    assert "script" not in page.tags
    assert name in "".join(page.words)
