"""Every number of the saved notice is counted again by other hands; one wrong digit or mart cell is found (issue 5)."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import docx
import duckdb
import pytest

from exports.notice import write_notice
from exports.notice.evidence import evidence
from exports.notice.labels import Labels
from tests.integration.conftest import City
from tests.integration.notice_check import PERIOD, PREVIOUS, Recounts, changed_figures, check, rate
from tests.integration.recount import RATES, Recount, ledger
from tests.integration.recount_lists import Lists

CHANGED_CELLS = {
    "rows accepted of a department": "coverage_department_period set accepted_rows = accepted_rows - 1 "
    "where accepted_rows > 1",
    "listed in the city": "coverage_programme_period set positive_list_count = positive_list_count + 1 where true",
    "vetoed in the city": "coverage_programme_period set vetoed_count = vetoed_count - 1 where true",
    "regulated in the city": "coverage_programme_period set regulated_subject_count = regulated_subject_count + 1 "
    "where true",
    "rows of an obligation": "coverage_obligations set submitted_rows = submitted_rows + 1 where submitted_rows > 1",
}
"""One cell each, of the month of the notice."""
A_FAULT = """
    update marts.findings set rule_id = (
        select max(o.rule_id) from marts.findings as o where o.rule_id < findings.rule_id
    )
    where rowid = (
        select max(f.rowid) from marts.findings as f inner join marts.submissions as s using (submission_id)
        where s.period = '2025-08' and s.feed = 'positive_list'
    )
"""


@pytest.fixture(scope="module")
def counted(city: City) -> Recounts:
    tables = ledger(city.home)
    return {r.period: Recount(city.home, tables, r.period, r.as_of) for r in city.results}


@pytest.fixture(scope="module")
def lists(counted: Recounts) -> dict[str, Lists]:
    return {period: Lists(counted[period]) for period in (PREVIOUS, PERIOD)}


@pytest.fixture(scope="module")
def notice(city: City, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the saved notice of August."""
    target = tmp_path_factory.mktemp("notice")
    release = city.results[-1].release
    shutil.copytree(release / "notice", target / "notice")
    shutil.copy(release / "xinyong.duckdb", target)
    return target


def test_every_number_of_the_notice_is_counted_again(notice: Path, counted: Recounts, lists: dict[str, Lists]) -> None:
    assert check(notice, counted, lists) == []
    assert list(changed_figures(notice)) == []


def test_lists_are_counted_again_subject_by_subject(city: City, lists: dict[str, Lists]) -> None:
    for period, own in lists.items():
        with city.release(period) as con:
            status = "select domain_code, uscc from marts.positive_list where status = "
            assert set(con.execute(f"{status}'listed'").fetchall()) == own.listed
            assert set(con.execute(f"{status}'vetoed'").fetchall()) == own.vetoed
            regulated = "select domain_code, uscc from marts.enterprise_domain_profile where is_regulated"
            assert set(con.execute(regulated).fetchall()) == own.regulated
        assert own.vetoed, "the city has none: nothing is tested"


def test_drawn_trend_is_counted_again(notice: Path, counted: Recounts) -> None:
    saved = json.loads((notice / "notice" / "figures.json").read_text(encoding="utf-8"))["figures"]
    texts = {figure["figure_id"]: figure["text"] for figure in saved}
    for period, found in counted.items():
        for name in RATES[:2]:
            assert texts[f"trend.{period}.{name}"] == rate(found.programme[name])


def _copied(notice: Path, target: Path) -> Path:
    shutil.copytree(notice, target / "copy")
    return target / "copy"


@pytest.mark.parametrize("place", ["共报送数据", "一票否决不予列入", "ranking", "faults"])
def test_one_changed_digit_is_found(
    notice: Path, counted: Recounts, lists: dict[str, Lists], tmp_path: Path, place: str
) -> None:
    folder = _copied(notice, tmp_path)
    path = next((folder / "notice").glob("*.docx"))
    document = docx.Document(str(path))
    if place not in {"ranking", "faults"}:
        run = next(r for p in document.paragraphs if place in p.text for r in p.runs if re.search(r"\d", r.text))
    else:
        row = document.tables[0 if place == "ranking" else 2].rows[3]
        run = row.cells[5 if place == "ranking" else 4].paragraphs[0].runs[0]
    # The first digit of the run, or that of the number after the words.
    pattern = r"\d" if place in {"ranking", "faults"} else rf"(?<={place})\d"
    run.text, changes = re.subn(pattern, lambda match: str((int(match[0]) + 1) % 10), run.text, count=1)
    assert changes == 1
    document.save(str(path))
    assert check(folder, counted, lists)


@pytest.mark.parametrize("cell", [*CHANGED_CELLS, "rule of a fault"])
def test_one_changed_mart_cell_is_found(
    notice: Path, counted: Recounts, lists: dict[str, Lists], tmp_path: Path, cell: str
) -> None:
    folder = _copied(notice, tmp_path)
    with duckdb.connect(str(folder / "xinyong.duckdb")) as con:
        if cell in CHANGED_CELLS:
            change, _, condition = CHANGED_CELLS[cell].partition(" where ")
            mart = change.split()[0]
            where = f"period = '{PERIOD}' and {condition}"
            con.execute(f"update marts.{change} where rowid = (select min(rowid) from marts.{mart} where {where})")
        else:
            con.execute(A_FAULT)
    assert next(changed_figures(folder), None), "the queries of the notice do not notice"
    shutil.rmtree(folder / "notice")
    write_notice(folder / "xinyong.duckdb", folder / "notice", PERIOD)
    assert check(folder, counted, lists), "a notice written from the changed mart is believed"


def test_every_kind_of_figure_leads_to_rows_and_submissions_and_has_a_name(city: City) -> None:
    folder = city.results[-1].release
    kinds: dict[tuple[str, str, str], dict[str, Any]] = {}
    for name in ("notice/figures.json", "departments/figures.json", "departments/slip_figures.json"):
        for figure in json.loads((folder / name).read_text(encoding="utf-8"))["figures"]:
            first, second, *_ = parts = figure["figure_id"].split(".")
            kinds.setdefault((first, second if first == "report" else "", parts[-1]), figure)
    assert {"slip", "report", "department", "programme", "catalogue", "fault", "not_reported"} <= {
        kind[0] for kind in kinds
    }
    bare = []
    with city.release(PERIOD) as con:
        labels = Labels(con)
        for kind, figure in kinds.items():
            found = evidence(figure["figure_id"], figure["sql"], PERIOD)
            for sql in (found.rows, found.submissions):
                used = {name: value for name, value in found.parameters.items() if f"${name}" in (sql or "")}
                if sql and not con.execute(f"select count(*) from ({sql})", used).fetchall()[0][0]:
                    bare.append(kind)
            assert not re.search(r"[a-z]{3}[._]", labels.of_id(figure["figure_id"])), figure["figure_id"]
    # Nothing was sent for what was not reported, and nothing stands behind a count of none.
    assert {kind[0] for kind in bare} <= {"not_reported", "departments", "report"}, bare
