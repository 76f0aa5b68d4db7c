"""Pages open in a real browser and documents in a real office program: both are used where they are installed.

``.ci/run`` installs them when it can; elsewhere the tests say what is missing. The browser gets an empty profile and no
network of its own; the office program a profile of its own, so that nothing of the user's is touched.
"""

import os
import re
import shutil
import subprocess
import zlib
from datetime import date

import duckdb
import pytest

from exports.notice import write_notice
from exports.notice.issuing import Issue, Issuer
from exports.overview import write_overview
from tests.unit.exports_fixture import make_release_db, published_july

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OFFICES = ("soffice", "libreoffice")
SECONDS = 120  # a cold start of either program on a busy machine


def _program(names):
    return next((found for name in names if (found := shutil.which(name))), None)


needs_browser = pytest.mark.skipif(_program(BROWSERS) is None, reason="no chromium here: apt-get install chromium")
needs_office = pytest.mark.skipif(
    _program(OFFICES) is None, reason="no LibreOffice here: apt-get install libreoffice-calc libreoffice-writer"
)


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return published_july(tmp_path_factory.getbasetemp() / "发布 home")[1]


def _browse(tmp_path, address, *arguments):
    return subprocess.run(
        [
            _program(BROWSERS), "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--disable-component-update", "--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={tmp_path / 'profile'}", *arguments, address,
        ],
        capture_output=True, check=True, timeout=SECONDS, env=os.environ | {"HOME": str(tmp_path)},
    ).stdout.decode("utf-8", "replace")  # fmt: skip


@needs_browser
@pytest.mark.parametrize(
    ("name", "tables", "words"),
    [
        ("index.html", 5, ("涉企行政检查信用信息归集总览", "统计领域", "○", "湖州海关")),
        ("dictionary.html", 30, ("数据字典", "marts.positive_list", "示例查询")),
        ("departments/statistics_bureau/部门报告.html", 3, ("先改什么", "补报行业评价结果信息")),
    ],
)
def test_page_in_a_browser_shows_what_it_should(release, tmp_path, name, tables, words):
    shown = _browse(tmp_path, (release / name).as_uri(), "--dump-dom")
    assert shown.count("<table") >= tables
    assert [word for word in words if word not in shown] == []


@needs_browser
def test_overview_printed_by_a_browser_is_a_few_pages(release, tmp_path):
    printed = tmp_path / "index.pdf"
    _browse(tmp_path, (release / "index.html").as_uri(), "--no-pdf-header-footer", f"--print-to-pdf={printed}")
    assert 2 <= _pages(printed.read_bytes()) <= 6


@needs_browser
def test_overview_of_a_year_is_printed_with_whole_names(tmp_path):
    months = ["2024-12", *(f"2025-{month:02d}" for month in range(1, 12))]
    database = make_release_db(tmp_path / "release.duckdb", months)
    with duckdb.connect(str(database), read_only=True) as con:
        page = write_overview(con, tmp_path)
    printed = tmp_path / "index.pdf"
    _browse(tmp_path, page.as_uri(), "--no-pdf-header-footer", f"--print-to-pdf={printed}")
    # Matrix two pages, ranking and gates the third; a name set in a column of one letter makes it five.
    assert 3 <= _pages(printed.read_bytes()) <= 4


@needs_browser
def test_overview_drawn_by_a_browser_is_not_blank(release, tmp_path):
    picture = tmp_path / "index.png"
    _browse(tmp_path, (release / "index.html").as_uri(), "--window-size=1280,1600", f"--screenshot={picture}")
    content = picture.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) > 60_000, "a blank page of that size takes a few thousand bytes"


@needs_office
def test_documents_open_in_an_office_program(release, tmp_path):
    documents = [
        *sorted(release.glob("notice/*.docx")), *sorted(release.glob("notice/*.xlsx")),
        release / "lists" / "正面清单.xlsx", release / "lists" / "未报送清单.xlsx", release / "dictionary.xlsx",
        release / "departments" / "construction_bureau" / "部门附件.xlsx",
        *sorted(release.glob("departments/construction_bureau/*/*.docx")), _issued(release, tmp_path),
    ]  # fmt: skip
    answer = subprocess.run(
        [
            _program(OFFICES), "--headless", "--norestore", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--convert-to", "pdf", "--outdir", str(tmp_path), *map(str, documents),
        ],
        capture_output=True, check=False, timeout=SECONDS, env=os.environ | {"HOME": str(tmp_path)},
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr.decode("utf-8", "replace")
    made = {path.stem: path.read_bytes() for path in tmp_path.glob("*.pdf")}
    assert set(made) == {path.stem for path in documents}
    assert all(_pages(content) >= 1 for content in made.values())
    # Body and annexes: the ranking alone takes two pages on its side.
    assert _pages(made["通报"]) >= 6


def _issued(release, folder):
    """Returns an issued notice: red head, number, imprint."""
    act = Issue(
        "湖信用办〔2025〕8号", date(2025, 8, 20), Issuer("署名", "湖州市信用办", "湖信用办", "抄送机关", "印发机关")
    )
    return write_notice(release / "xinyong.duckdb", folder / "issued", "2025-07", act).document


def _pages(content):
    """Returns the number of pages of a PDF, counted in its objects, packed or not."""
    parts = [content]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            parts.append(zlib.decompressobj().decompress(stream))
        except zlib.error:
            continue  # a picture or a font, packed in another way
    return sum(len(re.findall(rb"/Type\s*/Page(?![a-zA-Z])", part)) for part in parts)
