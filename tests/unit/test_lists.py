"""Lists are safe to open, name enterprises only where they may, and say what was not collected."""

import csv
import zipfile
from dataclasses import replace
from datetime import date, datetime

import duckdb
import openpyxl
import pytest

from exports.lists import write_lists
from exports.workbook import Sheet, write_csv, write_workbook
from tests.unit.exports_fixture import build_info, make_release_db

JUNE = ("2025-06",)


def _lists(tmp_path, **options):
    database = make_release_db(tmp_path / "release.duckdb", options.pop("periods", JUNE), **options)
    with duckdb.connect(str(database), read_only=True) as con:
        write_lists(con, tmp_path)
    return tmp_path


def _rows(path, sheet=None):
    book = openpyxl.load_workbook(path)
    page = book[sheet] if sheet else book.worksheets[0]
    return [[cell.value for cell in row] for row in page.iter_rows()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    overrides = {("2025-06", "finance"): {"silent": True}}
    return _lists(tmp_path_factory.mktemp("lists"), overrides=overrides)


def test_positive_list_holds_listed_enterprises_only(folder):
    rows = _rows(folder / "lists" / "正面清单.xlsx")
    assert rows[0][0] == "正面清单"
    assert rows[1][0] == "数据月份：2025年6月份；统计截止：2025年7月16日10时30分（北京时间）。"
    assert rows[2] == ["行业领域名称", "部门名称", "统一社会信用代码", "企业名称", "发布日期", "状态"]
    assert [row[2] for row in rows[3:]] == ["91330502MATEXT01XA", "93330521MATEXT036F"]
    assert {row[5] for row in rows[3:]} == {"在列"}


def test_excluded_list_gives_the_reasons_in_words(folder):
    rows = _rows(folder / "lists" / "正面清单否决和不符合条件名单.xlsx")
    by_code = {row[2]: row for row in rows[3:]}
    assert by_code["91330500000000027M"][5:] == [
        "一票否决",
        "公共信用评价结果为差，一票否决、属于严重失信主体，一票否决",
    ]
    assert by_code["52330500MJTEXT047X"][5] == "不符合条件"


def test_workbook_has_a_frozen_header_and_a_filter(folder):
    page = openpyxl.load_workbook(folder / "lists" / "正面清单.xlsx").worksheets[0]
    assert page.freeze_panes == "A4"
    assert page.auto_filter.ref == "A3:F5"
    assert page.column_dimensions["C"].width >= 18


@pytest.mark.parametrize("text", ["=1+1", "+安吉置业", "-x", "@拖欠工资", "\t=1", "\r=1", "＝1+1", "＠x"])
def test_text_that_looks_like_a_formula_stays_text(tmp_path, text):
    path = tmp_path / "a.xlsx"
    write_workbook(path, [Sheet("a", "t", ["名称"], [[text]])], build_info(JUNE).as_of)
    with zipfile.ZipFile(path) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    with duckdb.connect() as con:
        con.execute("create table t as select ?::varchar as name, [?::varchar] as names, -5 as number", [text, text])
        write_csv(con, "select * from t", tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as handle:
        row = next(csv.DictReader(handle))
    assert row == {"name": f"'{text}", "names": f"'{text}", "number": "-5"}


def test_no_list_of_the_release_holds_a_formula(folder):
    for path in folder.rglob("*.xlsx"):
        with zipfile.ZipFile(path) as book:
            for name in book.namelist():
                assert b"<f>" not in book.read(name), path
    with (folder / "lists" / "positive_list.csv").open(encoding="utf-8-sig", newline="") as handle:
        names = [row["enterprise_name"] for row in csv.DictReader(handle)]
    assert names == ["湖州测试建设有限公司", '\'=HYPERLINK("http://x","合作社")']


def test_csv_begins_with_a_byte_order_mark_and_keeps_codes(folder):
    content = (folder / "lists" / "positive_list_excluded.csv").read_bytes()
    assert content.startswith("\ufeffdomain_code,".encode())
    assert b"PUBLIC_CREDIT_POOR;SERIOUSLY_DISHONEST" in content


def test_silent_department_is_on_the_list_of_what_was_not_reported(folder):
    rows = _rows(folder / "lists" / "未报送清单.xlsx")
    assert [row[:3] for row in rows[3:]] == [
        ["市财政局", None, "监督检查任务记录"],
        ["市财政局", "政府采购招标代理机构", "行业评价结果信息"],
        ["市财政局", "政府采购招标代理机构", "行业正面清单"],
        ["市财政局", "政府采购招标代理机构", "严重失信主体名单"],
    ]


def test_department_annex_holds_its_own_matters_only(folder):
    book = openpyxl.load_workbook(folder / "departments" / "construction_bureau" / "部门附件.xlsx")
    assert book.sheetnames == ["否决和移出提示单", "本期正面清单变动", "数据问题明细"]
    words = str(_rows(folder / "departments" / "construction_bureau" / "部门附件.xlsx", "否决和移出提示单"))
    assert "长兴否决工程有限公司" in words
    others = [p for p in folder.rglob("部门附件.xlsx") if p.parent.name != "construction_bureau"]
    assert others
    for path in others:
        book = openpyxl.load_workbook(path)
        words = "".join(str(row) for page in book.worksheets for row in page.iter_rows(values_only=True))
        assert "长兴否决工程有限公司" not in words


def test_empty_list_says_whether_the_feed_was_collected(tmp_path):
    collected = _lists(tmp_path / "a", rows={"serious_dishonesty": []})
    assert _rows(collected / "lists" / "严重失信主体名单.xlsx")[2][0] == "本期没有记录（数据已归集）。"
    build = build_info(JUNE)
    without = [s for s in build.submissions if s.feed != "serious_dishonesty_list"]
    missing = _lists(tmp_path / "b", rows={"serious_dishonesty": []}, build=replace(build, submissions=without))
    assert _rows(missing / "lists" / "严重失信主体名单.xlsx")[2][0].startswith("未归集")


def test_list_without_its_mart_is_left_out(folder):
    assert not (folder / "lists" / "positive_list_candidates.csv").exists()


def test_list_longer_than_a_sheet_goes_on_in_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr("exports.lists.SHEET_ROWS", 21)
    folder = _lists(tmp_path)
    path = folder / "lists" / "正面清单.xlsx"
    assert openpyxl.load_workbook(path).sheetnames == ["正面清单（1）", "正面清单（2）"]
    codes = []
    for name in ("正面清单（1）", "正面清单（2）"):
        rows = _rows(path, name)
        assert rows[2][0] == "本清单共2条，超出一张工作表的行数上限，分2张工作表列出。"
        codes += [row[2] for row in rows[4:]]
    assert codes == ["91330502MATEXT01XA", "93330521MATEXT036F"]


def test_provisional_lists_say_so(tmp_path):
    folder = _lists(tmp_path, build=build_info(JUNE, is_final=False))
    assert _rows(folder / "lists" / "正面清单.xlsx")[2][0] == "本表为报送截止前的临时统计。"


def test_stale_public_grade_is_listed_for_renewal(tmp_path):
    rows = _rows(_lists(tmp_path) / "lists" / "公共信用评价待更新清单.xlsx")[3:]
    assert [row[:3] for row in rows] == [["93330521MATEXT036F", "德清待更新合作社", "差"]]


def test_repairs_dynamics_and_conflicts_reach_the_departments_concerned_only(tmp_path):
    day = date(2025, 7, 20)
    first, second = "91330502MATEXT01XA", "52330500MJTEXT047X"
    rows = {
        "repair_reminders": [
            ["construction", first, "甲", day, "serious", day, day, "in_min_period", "first_reminder", day, False],
            ["tax", second, "乙", day, "serious", day, day, "eligible", "invite_application", day, True],
            ["tax", first, "甲", day, "serious", day, day, "closed", None, None, False],
        ],
        "dishonesty_dynamics": [
            ["2025-06", "tax", "330502", "吴兴区", 3, 1, 2, 2, 1.0],
            ["2025-06", "tax", "330503", "南浔区", 0, 0, 0, 0, 0.0],
            ["2025-05", "tax", "330502", "吴兴区", 0, 3, 0, 3, 1.0],
        ],
        "grade_conflicts": [[first, "甲", "construction", "A", "tax", "C", 2, "市建设局", "市税务局"]],
    }
    folder = _lists(tmp_path, rows=rows)
    lists = folder / "lists"
    assert [row[2:3] + row[8:11] for row in _rows(lists / "信用修复提醒清单.xlsx")[3:]] == [
        [first, "最短公示期内", "首次到期提醒", datetime(2025, 7, 20)],
        [second, "可以修复", "告知可以申请修复", datetime(2025, 7, 20)],
    ]
    assert [row[3:8] for row in _rows(lists / "严重失信主体存量动态表.xlsx")[3:]] == [["吴兴区", 3, 1, 2, 2]]
    assert [row[:2] for row in _rows(lists / "两步以上等级差复核清单.xlsx")[3:]] == [[first, "甲"]]
    assert {p.name for p in lists.iterdir()} >= {
        "repair_reminders.csv",
        "dishonesty_dynamics.csv",
        "grade_conflicts.csv",
    }

    def concerned(code):
        path = folder / "departments" / code / "部门附件.xlsx"
        titles = {"信用修复提醒清单", "严重失信主体存量动态表", "两步以上等级差复核清单"}
        return titles & set(openpyxl.load_workbook(path).sheetnames) if path.exists() else set()

    assert concerned("construction_bureau") == {"信用修复提醒清单", "两步以上等级差复核清单"}
    assert concerned("tax_bureau") == {"信用修复提醒清单", "严重失信主体存量动态表", "两步以上等级差复核清单"}
    assert {d.name for d in (folder / "departments").iterdir() if concerned(d.name)} == {
        "construction_bureau",
        "tax_bureau",
    }
    tax = str(_rows(folder / "departments" / "tax_bureau" / "部门附件.xlsx", "信用修复提醒清单"))
    assert second in tax
    assert first not in tax


def test_open_corrections_are_listed_with_age_and_way_out_to_the_department_concerned_only(tmp_path):
    first, second, sent = date(2025, 7, 10), date(2025, 5, 1), ("positive_list", "2025-06")
    rows = {
        "open_corrections": [
            ["tax_bureau", *sent, "tax", "s1", 7, "第7家", "原因", "confirm", first, 6],
            ["construction_bureau", *sent, "construction", "s2", 3, "第3家", "原因", "correct", second, 76],
        ]
    }
    folder = _lists(tmp_path, rows=rows)
    page = _rows(folder / "lists" / "待更正数据清单.xlsx")
    assert [line[0] for line in page[3:]] == ["市建设局", "市税务局"]
    assert [line[2:7] for line in page[3:]] == [
        ["行业正面清单", "2025-06", datetime(2025, 5, 1), 76, "更正后再报"],
        ["行业正面清单", "2025-06", datetime(2025, 7, 10), 6, "报信用办确认或重报名单"],
    ]
    assert (folder / "lists" / "open_corrections.csv").exists()
    own = str(_rows(folder / "departments" / "tax_bureau" / "部门附件.xlsx", "待更正数据清单"))
    assert "第7家" in own
    assert "第3家" not in own


def test_quarterly_table_adds_up_the_months_of_the_quarter_so_far(tmp_path):
    rows = {
        "dishonesty_dynamics": [
            ["2025-06", "tax", "330502", "吴兴区", 0, 9, 0, 9, 1.0],  # the quarter before
            ["2025-07", "tax", "330502", "吴兴区", 9, 4, 1, 12, 1.0],
            ["2025-08", "tax", "330502", "吴兴区", 12, 0, 5, 7, 1.0],
            ["2025-07", "construction", "330503", "南浔区", 0, 2, 0, 2, 1.0],
            ["2025-08", "construction", "330503", "南浔区", 2, 0, 2, 0, 1.0],
            ["2025-08", "construction", "330521", "德清县", 0, 0, 0, 0, 1.0],
        ]
    }
    folder = _lists(tmp_path, periods=("2025-07", "2025-08"), rows=rows)
    shown = _rows(folder / "lists" / "严重失信主体季度动态表.xlsx")
    assert shown[2][0].startswith("本季度已统计的月份：2025-07、2025-08。")
    assert shown[3] == ["季度", "行业领域名称", "部门名称", "区县", "季初存量", "流入", "流出", "期末存量"]
    assert shown[4:] == [
        ["2025-Q3", "建设工程领域", "市建设局", "南浔区", 0, 2, 2, 0],
        ["2025-Q3", "纳税缴费领域", "市税务局", "吴兴区", 9, 4, 6, 7],
        ["2025-Q3", "全市合计", None, None, 9, 6, 8, 7],
    ]
    with (folder / "lists" / "dishonesty_quarterly.csv").open(encoding="utf-8-sig", newline="") as handle:
        machine = list(csv.DictReader(handle))
    assert [(row["domain_code"], row["stock"]) for row in machine] == [("construction", "0"), ("tax", "7")]
