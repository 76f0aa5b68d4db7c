"""The monthly notice says what the marts say, names no enterprise, and looks as GB/T 9704 asks."""

import json
import re
import shutil
from datetime import datetime
from itertools import pairwise

import docx
import duckdb
import openpyxl
import pytest
from docx.oxml.ns import qn
from docx.shared import Length

from exports import charts_render
from exports.notice import write_notice
from tests.unit.exports_fixture import build_info, make_release_db

JUNE, JULY = "2025-06", "2025-07"
# Numbers that are no figures: annexes, items, hours, notes; and the running numbers of table rows.
LABELS = re.compile(r"^图\d|附件\s?\d|24时|^\d\.|附件：\d\.|注：\d\.|(?<=。)\d\.")


def _write(folder, period=JULY, periods=(JUNE, JULY), **options):
    database = make_release_db(folder / "release.duckdb", periods, **options)
    return write_notice(database, folder / "notice", period)


def _words(files):
    return [p.text for p in docx.Document(str(files.document)).paragraphs]


def _table(files, number):
    """Returns the rows of an annex as printed; annexes without a table have none."""
    tables = docx.Document(str(files.document)).tables
    return [[cell.text for cell in row.cells] for row in tables[number - 1].rows]


@pytest.fixture(scope="module")
def july(tmp_path_factory):
    """July after June: finance silent for the first time, water for the second, customs is vertical, justice late."""
    return _write(
        tmp_path_factory.mktemp("july"),
        overrides={
            (JUNE, "water_resources"): {"silent": True},
            (JULY, "water_resources"): {"silent": True},
            (JULY, "finance"): {"silent": True},
            (JULY, "customs_office"): {"silent": True},
            (JULY, "justice"): {"timeliness_rate": 0.25, "score": 70.0},
            (JULY, "statistics_bureau"): {"submitted_rows": 1, "accepted_rows": 1, "conformity_rate": 1.0},
        },
    )


def test_notice_has_the_outline(july):
    words = _words(july)
    assert words[:3] == ["关于2025年7月份全市涉企行政检查", "信用信息归集情况的通报", "（草案）"]
    assert words[4] == "各区县信用办，市级相关行政执法机关："
    headings = [w for w in words if re.match(r"^[一二三四五]、", w)]
    assert headings == ["一、总体情况", "二、各部门归集情况", "三、数据质量情况", "四、存在问题", "五、下一步要求"]
    sections = [w for w in words if re.match(r"^（[一二三四五]）", w)]
    assert [s.split("。")[0] for s in sections[:5]] == [
        "（一）行业评价结果信息", "（二）行业正面清单", "（三）严重失信主体名单", "（四）行政监督检查结果",
        "（五）监督检查任务记录",
    ]  # fmt: skip
    assert "附件：1. 各部门归集情况排名表" in words
    assert [w for w in words if re.match(r"^附件\d$", w)] == ["附件1", "附件2", "附件3", "附件4"]
    assert not any("〔" in w for w in words)  # a draft bears no document number


def test_notice_compares_with_the_month_before(july):
    overview = "".join(_words(july)[6:10])
    assert re.search(r"归集率87\.43%（下降\d+\.\d\d个百分点）", overview)
    assert re.search(r"共报送数据\d+条（(增长|下降)\d+\.\d\d%）", overview)
    assert "没有上月数据" not in overview


def test_first_month_says_so_and_compares_nothing(tmp_path):
    files = _write(tmp_path, JUNE, (JUNE,))
    words = "".join(_words(files))
    assert "本月为首次通报，没有上月数据可供对比。" in words
    assert "百分点）" not in words
    assert "增长" not in words
    assert {row[12] for row in _table(files, 1)[1:-1]} == {"—"}  # no former rank


def test_silent_department_stands_with_zeros_and_dashes(july):
    row = next(row for row in _table(july, 1) if row[1].startswith("市财政局"))
    assert row[2:11] == ["4", "0", "0%", "0", "0", "—", "—", "—", "—"]
    assert "首次未报送的：市财政局。累计2个月未报送的：市水利局。" in "".join(_words(july))


def test_first_miss_is_a_reminder_and_the_second_a_proposal_to_criticise(july):
    words = _words(july)
    reminder = next(w for w in words if "发提醒函" in w)
    criticism = next(w for w in words if "通报批评" in w)
    assert "市财政局" in reminder
    assert "市司法局" in reminder
    assert criticism == "【建议】再次列入的，通报批评：市水利局。"
    for proposal in (reminder, criticism):
        assert proposal.startswith("【建议】")


def test_vertical_unit_is_told_by_letter_and_not_named_among_the_problems(july):
    words = _words(july)
    silent = next(w for w in words if w.startswith("（一）未报送"))
    assert "湖州海关" not in silent
    assert "其中垂直管理单位1个，另以函告知。" in silent
    assert next(w for w in words if "以函告知，不点名批评" in w).endswith("：湖州海关。")


def test_late_department_below_the_limit_is_given_with_its_rate(july):
    late = next(w for w in _words(july) if w.startswith("（二）迟报"))
    assert "其中及时率低于50%的：市司法局（及时率25.00%）。" in late


def test_ranking_ties_share_a_place_and_moves_are_shown(tmp_path):
    tie = {(JULY, code): {"score": 98.5} for code in ("finance", "commerce")}
    files = _write(tmp_path, overrides=tie | {(JUNE, "commerce"): {"score": 60.5}})
    rows = {row[1]: row for row in _table(files, 1)}
    finance, commerce = rows["市财政局"], rows["市商务局"]
    assert finance[0] == commerce[0]
    assert finance[11] == commerce[11] == "98.50"
    assert commerce[13] == f"↑{int(commerce[12]) - int(commerce[0])}"
    numbers = [int(row[0]) for row in _table(files, 1)[1:-1]]
    assert numbers == sorted(numbers)
    assert numbers.count(int(finance[0])) >= 2


def test_department_of_one_row_is_marked_as_a_small_sample(july):
    row = next(row for row in _table(july, 1) if row[1].startswith("市统计局"))
    assert row[1] == "市统计局*"
    assert row[5:8] == ["1", "1", "100%"]
    assert any("报送量不足30条，名次仅供参考" in w for w in _words(july))


def test_nothing_sent_at_all_gives_dashes_and_no_zero_rates(tmp_path):
    departments = {(JUNE, d["department_code"]): {"silent": True} for d in build_info().seeds["departments"]}
    files = _write(tmp_path, JUNE, (JUNE,), overrides=departments, build=build_info((JUNE,), submissions=[]))
    words = "".join(_words(files))
    assert "合规率—，及时率—，完整率—，准确率—" in words
    assert "行业评价结果未归集。" in words
    assert "行业正面清单未归集。" in words
    assert "应报行业领域47个，已报0个；本目录本月未归集。应报部门均未报送。" in words
    assert "本月数据未归集，无法评价数据质量。" in words
    assert "没有发现问题" not in words


def test_feed_that_nobody_sent_is_not_collected(tmp_path):
    files = _write(tmp_path, JUNE, (JUNE,), without_feeds=("serious_dishonesty_list",))
    section = next(w for w in _words(files) if w.startswith("（三）严重失信主体名单"))
    assert "本目录本月未归集" in section
    assert not re.search("无严重失信|报送0条", section)


def test_notice_names_no_enterprise(july):
    content = "".join(_words(july)) + str([_table(july, n) for n in (1, 2, 3)])
    book = openpyxl.load_workbook(july.annexes)
    content += "".join(str(row) for page in book.worksheets for row in page.iter_rows(values_only=True))
    for name in ("秘密企业", "长兴否决工程", "湖州测试建设", "91330500000000027M"):
        assert name not in content


def test_every_number_of_the_notice_is_a_registered_figure(july):
    texts = sorted({f["text"] for f in json.loads(july.figures.read_text(encoding="utf-8"))["figures"]}, key=len)
    paragraphs = _words(july)
    for number in (1, 2, 3):
        for row in _table(july, number)[1:]:
            paragraphs += row[1:] if number > 1 else row  # running numbers are labels
    for paragraph in paragraphs:
        rest = LABELS.sub("", paragraph.replace("注：1. ", "").replace("2. ", "").replace("3. ", "").replace("4. ", ""))
        for words in reversed(texts):
            rest = rest.replace(words, "")
        assert not re.search(r"\d", rest), paragraph


def test_every_figure_comes_again_from_its_query(july):
    saved = json.loads(july.figures.read_text(encoding="utf-8"))
    assert saved["document"]["release_name"] == "2025-07_20250816T023000Z_01234567"
    assert len(saved["figures"]) > 400
    with duckdb.connect(str(july.document.parents[1] / "release.duckdb"), read_only=True) as con:
        for figure in saved["figures"]:
            rows = con.execute(figure["sql"], figure["parameters"]).fetchall()
            assert len(rows) == 1, figure["figure_id"]
            value = rows[0][0]
            same = value == figure["value"] or str(value) in {
                str(figure["value"]),
                str(figure["value"]).replace("T", " "),
            }
            assert same, figure["figure_id"]


def test_annex_workbook_prints_the_same_figures(july):
    book = openpyxl.load_workbook(july.annexes)
    assert book.sheetnames == ["各部门归集情况排名表", "未报送清单", "数据质量问题统计表", "数字索引"]
    ranking = [row for row in book.worksheets[0].iter_rows(min_row=4, values_only=True) if row[1]]
    for printed, row in zip(_table(july, 1)[1:], ranking, strict=True):
        assert printed[1] == row[1]
        for shown, value in zip(printed[2:12], row[2:12], strict=True):
            if isinstance(value, int | float) and shown.endswith("%"):
                assert float(shown.rstrip("%")) == pytest.approx(value * 100)
            elif isinstance(value, int | float):
                assert float(shown) == value
            else:
                assert shown == (value or "")


def test_annex_of_faults_prints_the_most_frequent_kinds_and_the_worksheet_all(tmp_path, monkeypatch):
    from exports.notice import annexes, facts, queries

    missing = {(JULY, "finance"): {"silent": True}}  # annex 2 has a table, too
    whole = _write(tmp_path / "whole", overrides=missing)
    printed = _table(whole, 3)[1:]
    counts = [int(row[4]) for row in printed]
    assert counts == sorted(counts, reverse=True)
    for row, after in pairwise(printed):
        assert row[4] != after[4] or (row[3], after[3]) != ("提示", "错误"), "errors come before remarks as frequent"
    assert not [w for w in _words(whole) if "另有" in w and "类问题" in w]
    monkeypatch.setattr(annexes, "PRINTED_FAULTS", 2)
    monkeypatch.setattr(facts, "FAULTS_REST", queries.FAULTS_REST.replace("offset 20", "offset 2"))
    short = _write(tmp_path / "short", overrides=missing)
    assert [row[1:] for row in _table(short, 3)[1:]] == [row[1:] for row in printed[:2]]
    note = next(w for w in _words(short) if "类问题" in w)
    assert f"本表列问题数最多的2类，问题数相同的先列错误；另有{len(counts) - 2}类问题共{sum(counts[2:])}处" in note
    sheet = openpyxl.load_workbook(short.annexes)["数据质量问题统计表"]
    shown = [row for row in sheet.iter_rows(values_only=True) if str(row[0]).isdigit()]
    assert [row[4] for row in shown] == counts


def test_layout_is_that_of_the_standard(july):
    document = docx.Document(str(july.document))
    first = document.sections[0]
    assert (round(first.page_width.mm), round(first.page_height.mm)) == (210, 297)
    margins = [first.top_margin, first.bottom_margin, first.left_margin, first.right_margin]
    for margin, expected in zip(margins, (37, 35, 28, 26), strict=True):
        assert abs(margin.mm - expected) < 0.2  # the standard allows 1 mm
    height = Length(first.page_height - first.top_margin - first.bottom_margin).pt
    assert 22 * 29 <= height < 23 * 29
    width = Length(first.page_width - first.left_margin - first.right_margin).pt
    assert 28 * (16 - 0.25) <= width < 29 * (16 - 0.25)
    body = next(p for p in document.paragraphs if p.text.startswith("本月应报送部门"))
    assert body.paragraph_format.line_spacing.pt == 29
    run = body.runs[0]
    assert run.font.size.pt == 16
    fonts = run._r.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "仿宋_GB2312"
    declared = {
        p.text[:4]: p.runs[0]._r.rPr.rFonts.get(qn("w:eastAsia")) for p in document.paragraphs if p.text and p.runs
    }
    assert declared["关于20"] == "方正小标宋_GBK"
    assert declared["一、总体"] == "黑体"
    assert declared["（一）行"] == "楷体_GB2312"
    assert [s.orientation for s in document.sections] == [0, 1, 0, 0, 0]  # the ranking lies on its side
    for table in document.tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


def test_page_numbers_stand_at_the_outer_edge(july):
    document = docx.Document(str(july.document))
    assert document.settings.odd_and_even_pages_header_footer
    section = document.sections[0]
    for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        paragraph = footer.paragraphs[0]
        assert paragraph.text == "— 1 —"
        assert paragraph._p.pPr.find(qn("w:jc")).get(qn("w:val")) == side
        assert "PAGE" in paragraph._p.xml


def test_no_font_is_embedded_and_nothing_names_a_person(july, tmp_path):
    shutil.unpack_archive(july.document, tmp_path, "zip")
    names = [p.name for p in tmp_path.rglob("*")]
    assert not [n for n in names if n.endswith((".odttf", ".ttf"))]
    core = (tmp_path / "docProps" / "core.xml").read_text(encoding="utf-8")
    assert "python-docx" not in core
    assert "2025-08-16T02:30:00Z" in core


def test_provisional_notice_says_so(tmp_path):
    files = _write(tmp_path, build=build_info(is_final=False))
    assert "（草案，报送截止前的临时统计）" in _words(files)


def test_period_that_the_release_does_not_cover_is_refused(tmp_path):
    database = make_release_db(tmp_path / "release.duckdb", (JUNE,))
    with pytest.raises(LookupError, match="no coverage of 2025-09; it has 2025-06"):
        write_notice(database, tmp_path, "2025-09")


def test_pdf_that_the_typesetter_had_to_cut_is_refused(tmp_path, monkeypatch):
    # A list of annexes was once left out of the PDF so: a block inside a paragraph is dropped with a warning.
    (tmp_path / "cut.typ").write_text("#par(pad(left: 2em, grid([附件：1.])))", encoding="utf-8")
    monkeypatch.setattr(charts_render, "TEMPLATES", tmp_path)
    with pytest.raises(ValueError, match=r"cut\.typ: .*ignored"):
        charts_render.pdf("cut.typ", {}, datetime(2025, 8, 16, 2, 30))
