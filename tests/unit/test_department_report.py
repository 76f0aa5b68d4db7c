"""A department's report says what to mend first, and the gain is the score of semantics 6.6 computed again."""

import json
import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

import duckdb
import pytest

from exports.department_report import FIGURES_FILE, REPORT, contents, write_reports
from exports.figures import Figures
from exports.notice.evidence import evidence
from exports.notice.labels import Labels
from tests.unit.exports_fixture import make_release_db, seed

SILENT = "statistics_bureau"


def open_row(department, row, age):
    sent = [f"2025-07-{department}-positive_list", row]
    return [department, "positive_list", "2025-07", None, *sent, "某企业", "原因", "correct", date(2025, 5, 1), age]


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("报告 reports")
    database = make_release_db(
        folder / "release.duckdb",
        ("2025-06", "2025-07"),
        overrides={
            ("2025-07", SILENT): {"silent": True},
            ("2025-07", "commerce"): {"due_feed_count": 0, "score": None},
        },
        rows={"open_corrections": [open_row("finance", 3, 40), open_row("finance", 4, 76), open_row("justice", 5, 0)]},
    )
    with duckdb.connect(str(database), read_only=True) as con:
        write_reports(con, folder)
        yield folder, con


def _figures(folder):
    content = json.loads((folder / "departments" / FIGURES_FILE).read_text(encoding="utf-8"))
    return {figure["figure_id"]: figure for figure in content["figures"]}


def _score(parts):
    """Returns the score of a department from numerators and denominators, in plain Python."""
    weights = {row["component"]: Decimal(repr(row["weight"])) for row in seed("score_weights")}
    known = {name: (n, d) for name, (n, d) in parts.items() if d}
    total = sum(weights[name] * Decimal(min(n, d)) / d for name, (n, d) in known.items())
    return (100 * total / sum(weights[name] for name in known)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _parts(con, department):
    names = [row["component"] for row in seed("score_weights")]
    columns = ", ".join(f"{name}_numerator, {name}_denominator" for name in names)
    row = con.execute(
        f"select {columns} from marts.coverage_department_period where period = '2025-07' and department_code = ?",
        [department],
    ).fetchone()
    return {name: (row[2 * i], row[2 * i + 1]) for i, name in enumerate(names)}


def test_reports_every_department_that_owes_something_has_page_and_pdf(reports):
    folder, _ = reports
    codes = {row["department_code"] for row in seed("departments")}
    for suffix in ("html", "pdf"):
        assert {p.parent.name for p in folder.glob(f"departments/*/{REPORT}.{suffix}")} == codes - {"commerce"}
    pdf = (folder / "departments" / "finance" / f"{REPORT}.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 1


def test_reports_gain_of_an_action_is_the_score_computed_again(reports):
    folder, con = reports
    rows = con.execute(
        """
        select f.rule_id, count(*), count(*) filter (f.severity = 'error')
        from marts.findings as f inner join marts.submissions as s using (submission_id)
        where s.period = '2025-07' and s.department_code = 'construction_bureau' group by all
        """
    ).fetchall()
    figures = _figures(folder)
    checked = 0
    for rule, faults, held in rows:
        parts = _parts(con, "construction_bureau")
        if rule.endswith(".required"):
            parts["completeness_rate"] = (parts["completeness_rate"][0] + faults, parts["completeness_rate"][1])
        if held:
            parts["conformity_rate"] = (parts["conformity_rate"][0] + held, parts["conformity_rate"][1])
        else:
            parts["accuracy_rate"] = (parts["accuracy_rate"][0] + faults, parts["accuracy_rate"][1])
        for figure_id, figure in figures.items():
            if figure_id.startswith("report.action.construction_bureau.mend.") and figure_id.endswith(
                f"{rule}.score_after"
            ):
                assert Decimal(figure["text"]) == _score(parts), rule
                checked += 1
    assert checked


def test_reports_gain_of_reporting_what_is_missing(reports):
    folder, con = reports
    figures = _figures(folder)
    parts = _parts(con, SILENT)
    missing = [f for f in figures if f.startswith(f"report.action.{SILENT}.report.") and f.endswith(".score_after")]
    assert len(missing) == 4, "three catalogues of its domain, and the tasks"
    parts["collection_rate"] = (parts["collection_rate"][0] + 1, parts["collection_rate"][1])
    assert {Decimal(figures[f]["text"]) for f in missing} == {_score(parts)}
    assert figures[f"report.action.{SILENT}.all...score_after"]["text"] == "100.00"


def test_reports_every_figure_is_given_by_its_query(reports):
    folder, con = reports
    figures = list(_figures(folder).values())
    assert len(figures) > 500
    for figure in figures[:: max(1, len(figures) // 40)]:
        value = con.execute(figure["sql"], figure["parameters"]).fetchone()[0]
        assert (None if value is None else str(value)) == (None if figure["value"] is None else str(figure["value"]))


def test_reports_silent_department_shows_dashes_and_no_quality(reports):
    folder, _ = reports
    page = (folder / "departments" / SILENT / f"{REPORT}.html").read_text(encoding="utf-8")
    assert "本月没有收到数据行，数据质量无法评价。" in page
    assert "补报行业评价结果信息（统计领域）" in page
    assert "—" in page
    assert not re.search(r"https?://|<script|@import", page)


def test_reports_twice_give_the_same_bytes(reports, tmp_path):
    folder, con = reports
    write_reports(con, tmp_path)
    for path in sorted(folder.glob("departments/**/*")):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / path.relative_to(folder)).read_bytes(), path.name


def _traced(con, figure, period="2025-07"):
    """Returns how many rows and submissions stand behind a figure."""
    found = evidence(figure["figure_id"], figure["sql"], period)
    counts = []
    for sql in (found.rows, found.submissions):
        used = {name: value for name, value in found.parameters.items() if f"${name}" in sql}
        counts.append(len(con.execute(sql, used).fetchall()))
    return counts


def test_reports_tell_how_much_is_to_be_put_right_and_since_when(reports):
    folder, con = reports
    told = {
        code: (folder / "departments" / code / f"{REPORT}.html").read_text(encoding="utf-8")
        for code in ("finance", "justice", "tax_bureau")
    }
    assert "还有2条数据待更正，最早的已待76天" in told["finance"]
    assert "还有1条数据待更正，最早的已待0天" in told["justice"]
    assert "没有待更正的数据。" in told["tax_bureau"]
    figures = _figures(folder)
    assert _traced(con, figures["report.open.finance.row_count"]) == [2, 1]


def test_reports_every_kind_of_figure_leads_to_rows_and_submissions_and_has_a_name(reports):
    folder, con = reports
    kinds = {}
    for figure_id, figure in _figures(folder).items():
        _, part, *place, measure = figure_id.split(".")
        kinds.setdefault((part, place[1] if part == "action" else "", measure), figure)
    # Score, rank, five rates and rows; own value, average, place and how many are compared; four kinds of steps.
    assert len([kind for kind in kinds if kind[0] == "trend"]) == 8
    assert len([kind for kind in kinds if kind[0] == "compared"]) == 4
    assert {kind[1] for kind in kinds if kind[0] == "action"} == {"report", "on_time", "mend", "all"}
    labels = Labels(con)
    for kind, figure in kinds.items():
        rows, _ = _traced(con, figure)
        assert rows, kind
        assert not re.search(r"[a-z_]{3}", labels.of_id(figure["figure_id"])), kind


def test_reports_what_is_to_be_mended_are_the_rows_behind_it(reports):
    folder, con = reports
    figures = _figures(folder)
    amounts = {f: figure for f, figure in figures.items() if f.endswith(".amount")}
    mend = [figure for f, figure in amounts.items() if ".mend." in f]
    assert mend
    for figure in mend:
        assert _traced(con, figure)[0] == int(figure["text"]), figure["figure_id"]
    # One catalogue of the silent department's one domain is owed, and nothing of it was sent.
    assert _traced(con, amounts[f"report.action.{SILENT}.report.positive_list..amount"]) == [1, 0]


def test_reports_page_tells_the_id_of_each_number(reports):
    folder, _ = reports
    page = (folder / "departments" / "finance" / f"{REPORT}.html").read_text(encoding="utf-8")
    shown = dict(re.findall(r'title="(report\.[^"]+)">([^<]+)<', page))
    figures = _figures(folder)
    assert len(shown) > 30
    assert {f: figures[f]["text"] for f in shown} == shown


def test_reports_first_month_has_no_former_rank_and_one_row_is_a_report(tmp_path):
    one = {("2025-06", "justice"): {"submitted_rows": 1, "accepted_rows": 1, "conformity_rate": 1.0}}
    database = make_release_db(tmp_path / "release.duckdb", ("2025-06",), overrides=one)
    with duckdb.connect(str(database), read_only=True) as con:
        found = dict(contents(con, Figures(con), "2025-06", datetime(2025, 7, 16, 2, 30), is_final=True))
    justice = found["justice"]
    assert justice["cards"][1][2].startswith("上月 —，")
    assert [str(cell) for cell in justice["trend"][0]["cells"]][-1] == "1"
    assert len(justice["trend"]) == 1
