"""Draft, issued, amended: an issued notice is never written again, and an amendment says what changed."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date, datetime

import docx
import duckdb
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from exports.figures import Figures
from exports.issue import NoticeError
from exports.notice import reading
from exports.notice.facts import gather
from exports.notice.queries import SLIPS
from exports.notice.slips import write_slips
from exports.release import release_name
from ingest import warehouse
from orchestration import notice as notices
from orchestration import trace as tracing
from tests.unit.exports_fixture import build_info, make_release_db

JUNE, JULY = "2025-06", "2025-07"
EIGHT, NINE, TEN = "湖信用办〔2025〕8号", "湖信用办〔2025〕9号", "湖信用办〔2025〕10号"
DAY = date(2025, 8, 20)
SILENT = {(JULY, "finance"): {"silent": True}}


def _close(settings, fingerprint, overrides, *, is_final=True, as_of=datetime(2025, 8, 16, 2, 30)):
    """Publishes a hand-made release of July and puts it in force."""
    build = build_info((JUNE, JULY), fingerprint=fingerprint, is_final=is_final, as_of=as_of)
    name = release_name(build)
    release = settings.published / name / "xinyong.duckdb"
    make_release_db(release, (JUNE, JULY), build=build, overrides=overrides)
    write_figures(release, settings.published / name / "notice")
    with warehouse.connect(settings) as con:
        closed_at = datetime(2025, 8, 17) if fingerprint.startswith("a") else datetime(2025, 9, 17)
        con.execute(
            "insert into meta.closes values ('huzhou', ?, ?, '2025-07-31', ?, ?, ?, ?)",
            [JULY, as_of, is_final, closed_at, fingerprint, name],
        )
    return settings.published / name


def write_figures(release, folder):
    """Writes what trace needs of the draft that a release carries."""
    folder.mkdir(parents=True)
    with duckdb.connect(str(release), read_only=True) as con:
        figures = Figures(con)
        gather(con, figures, JULY)
    figures.save(folder / "figures.json", {})


def _words(path):
    return [p.text for p in docx.Document(str(path)).paragraphs]


def _imprint(document):
    """Returns the rows of the imprint, which stands in a text box."""
    (box,) = document.element.body.iter(qn("w:txbxContent"))
    return ["".join(paragraph.text for paragraph in row.iter(qn("w:p"))) for row in box.iter(qn("w:tr"))]


@pytest.fixture
def closed(settings):
    """A home in which July is closed; finance sent nothing."""
    _close(settings, "a" * 16, SILENT)
    return settings


def test_draft_is_written_anew_whenever_asked_for(closed):
    first = notices.draft(closed, JULY)
    again = notices.draft(closed, JULY)
    assert (first.kind, first.state) == ("notice", "draft")
    assert "（草案）" in _words(first.files.document)
    assert first.files == again.files
    assert again.files.pdf.read_bytes().startswith(b"%PDF")


def test_issued_notice_bears_head_number_signature_and_date(closed):
    made = notices.issue(closed, JULY, EIGHT, "王小明", DAY)
    words = _words(made.files.document)
    assert words[0] == "湖州市社会信用体系建设领导小组办公室"
    assert EIGHT in words
    assert "2025年8月20日" in words
    assert "（草案）" not in words
    assert not [w for w in words if "建议】" in w or "（成文日期）" in w]
    assert not [w for w in words if "通报批评" in w or "予以表扬" in w]  # nobody decided that
    record = json.loads((made.files.document.parent / "issue.json").read_text(encoding="utf-8"))
    assert (record["issued_by"], record["issued_on"], record["number"]) == ("王小明", "2025-08-20", EIGHT)
    with warehouse.connect(closed) as con:
        (kept,) = notices.issued_notices(con, "huzhou")
    assert (kept.number, kept.issued_by, kept.issued_on, kept.kind) == (EIGHT, "王小明", DAY, "notice")


def test_signature_of_an_issued_notice_stays_with_its_body_and_the_imprint_ends_the_last_page(closed):
    document = docx.Document(str(notices.issue(closed, JULY, EIGHT, "王小明", DAY).files.document))
    paragraphs = document.paragraphs
    date_line = next(n for n, p in enumerate(paragraphs) if p.text == "2025年8月20日")
    last = next(n for n, p in enumerate(paragraphs) if p.text.startswith("（四）反馈情况说明"))
    assert paragraphs[last].text.endswith("联系核对。"), "what goes out has no gaps to fill in"
    # The last sentence, a blank, four annexes, two blanks, the signature: each on the page of the next.
    assert [bool(p.paragraph_format.keep_with_next) for p in paragraphs[last:date_line]] == [True] * 9
    assert not paragraphs[date_line].paragraph_format.keep_with_next
    assert _imprint(document) == [
        "抄送：省信用办，市委办公室、市政府办公室。",
        "湖州市社会信用体系建设领导小组办公室\t2025年8月20日印发",
    ]
    (place,) = document.element.body.iter(qn("wp:anchor"))
    assert place in list(paragraphs[-1]._p.iter())
    vertical = place.find(qn("wp:positionV"))
    assert (vertical.get("relativeFrom"), vertical.find(qn("wp:align")).text) == ("margin", "bottom")
    # As wide as the type area, 156 mm, and as high as two rows of 25 pt and a line of 1 pt: 36,000 to the mm, 12,700 to
    # the point.
    extent = place.find(qn("wp:extent"))
    assert int(extent.get("cx")) / 36_000 == pytest.approx(156, abs=0.05)
    assert int(extent.get("cy")) == 51 * 12_700


def test_adopted_proposals_are_printed_as_decided(closed):
    words = _words(notices.issue(closed, JULY, EIGHT, "王小明", DAY, is_adopted=True).files.document)
    assert "首次列入的，发提醒函，不作批评：市财政局。" in words
    assert not any("建议】" in w for w in words)


@pytest.mark.parametrize(
    ("number", "by", "day", "message"),
    [
        ("湖信用办〔2025〕第8号", "王小明", DAY, "no document number"),
        ("湖信用办〔2025〕08号", "王小明", DAY, "no document number"),
        ("湖信用办[2025]8号", "王小明", DAY, "no document number"),
        ("湖市监〔2025〕8号", "王小明", DAY, "no document number"),
        ("湖信用办〔2024〕8号", "王小明", DAY, "no document number"),
        ("../湖信用办〔2025〕8号", "王小明", DAY, "no document number"),
        (EIGHT, "王小明", date(2025, 8, 1), "cannot bear this date"),
        (EIGHT, " ", DAY, "nobody issues"),
    ],
)
def test_unusable_number_date_or_name_is_refused(closed, number, by, day, message):
    with pytest.raises(NoticeError, match=message):
        notices.issue(closed, JULY, number, by, day)
    assert not (closed.home / "notices").exists()


def test_number_is_used_once_and_unchanged_figures_are_not_amended(closed):
    notices.issue(closed, JULY, EIGHT, "王小明", DAY)
    with pytest.raises(NoticeError, match="never overwritten"):
        notices.issue(closed, JULY, EIGHT, "李四", DAY)
    with pytest.raises(NoticeError, match="nothing changed"):
        notices.issue(closed, JULY, NINE, "李四", DAY)
    assert notices.draft(closed, JULY).state == "unchanged"


def test_provisional_close_and_open_period_are_not_issued(settings):
    with pytest.raises(NoticeError, match="no release in force"):
        notices.draft(settings, JULY)
    _close(settings, "a" * 16, SILENT, is_final=False)
    with pytest.raises(NoticeError, match="provisional"):
        notices.issue(settings, JULY, EIGHT, "王小明", DAY)


def test_late_data_lead_to_an_amendment_that_lists_every_change(closed):
    issued = notices.issue(closed, JULY, EIGHT, "王小明", DAY)
    bytes_before = {p: p.read_bytes() for p in issued.files.document.parent.rglob("*") if p.is_file()}
    _close(closed, "b" * 16, {}, as_of=datetime(2025, 9, 16, 2, 30))
    drafted = notices.draft(closed, JULY)
    assert (drafted.kind, drafted.state, drafted.number) == ("amendment", "draft", EIGHT)
    words = _words(drafted.files.document)
    assert words[:3] == ["关于2025年7月份全市涉企行政检查", "信用信息归集情况的更正通报", "（草案）"]
    assert any(EIGHT in w and "2025年8月20日印发" in w for w in words)
    table = docx.Document(str(drafted.files.document)).tables[-1]
    rows = [[cell.text for cell in row.cells] for row in table.rows][1:]
    assert len(rows) == drafted.changed_figures
    # Before: finance owed four catalogues and sent none. After: it sent all four.
    assert [r[2:] for r in rows if r[1] == "市财政局已报目录项次"] == [["0", "4"]]
    assert not [r for r in rows if r[2] == r[3]]
    amended = notices.issue(closed, JULY, NINE, "李四", date(2025, 9, 20))
    assert (amended.kind, amended.state) == ("amendment", "issued")
    assert {p: p.read_bytes() for p in bytes_before} == bytes_before
    with warehouse.connect(closed) as con:
        assert [(n.number, n.amends) for n in notices.issued_notices(con, "huzhou", JULY)] == [
            (EIGHT, None), (NINE, EIGHT),
        ]  # fmt: skip
    assert notices.draft(closed, JULY).state == "unchanged"


def test_figures_of_an_issued_notice_are_traced_on_its_own_release(closed):
    notices.issue(closed, JULY, EIGHT, "王小明", DAY)
    late = _close(closed, "b" * 16, {}, as_of=datetime(2025, 9, 16, 2, 30))
    notices.draft(closed, JULY)
    figure = "department.finance.reported_feed_count"
    old = tracing.trace(closed, figure, number=EIGHT)
    new = tracing.trace(closed, figure, period=JULY)
    former = tracing.trace(closed, f"before.{figure}", period=JULY)
    assert (old.text, new.text, former.text) == ("0", "4", "0")
    assert old.is_same
    assert new.is_same
    assert former.is_same
    assert new.database == late / "xinyong.duckdb"
    assert former.database == old.database
    assert new.rows is not None
    assert new.submissions is not None
    assert new.rows.total == 4
    assert new.submissions.total > 0
    with pytest.raises(NoticeError, match="no figure has this id"):
        tracing.trace(closed, "department.finance", period=JULY)


def test_an_issued_notice_that_was_edited_is_noticed(closed):
    made = notices.issue(closed, JULY, EIGHT, "王小明", DAY)
    _close(closed, "b" * 16, {}, as_of=datetime(2025, 9, 16, 2, 30))
    made.files.figures.chmod(0o644)
    made.files.figures.write_text(
        made.files.figures.read_text(encoding="utf-8").replace('"text": "0"', '"text": "1"', 1)
    )
    with pytest.raises(NoticeError, match="not what was issued"):
        notices.draft(closed, JULY)


def test_what_a_killed_run_left_does_not_bar_the_number(closed):
    folder = notices.notices_folder(closed, JULY)
    (folder / EIGHT).mkdir(parents=True)
    (folder / EIGHT / "issue.json").write_text("{}", encoding="utf-8")
    (folder / f".tmp-{NINE}").mkdir()
    made = notices.issue(closed, JULY, EIGHT, "王小明", DAY)
    assert made.files.document.is_file()
    assert sorted(p.name for p in folder.iterdir()) == [EIGHT]


def test_the_same_issue_gives_the_same_bytes(closed, tmp_path):
    from exports.notice import write_notice
    from exports.notice.issuing import Issue, Issuer

    release = next(closed.published.glob("*/xinyong.duckdb"))
    act = Issue(EIGHT, DAY, Issuer("署名", "发文机关", "湖信用办", "抄送机关", "印发机关"))
    one, two = (write_notice(release, tmp_path / name, JULY, act) for name in ("one", "two"))
    for path in (one.document, one.pdf, one.annexes, one.figures):
        assert path.read_bytes() == (two.document.parent / path.name).read_bytes(), path.name


def test_options_of_an_issue_belong_together(closed):
    for order in (notices.Order(number=EIGHT), notices.Order(is_issue=True, by="王小明")):
        with pytest.raises(NoticeError):
            notices.run(closed, JULY, order)
    made = notices.run(closed, JULY, notices.Order(True, EIGHT, "王小明", "2025-08-20"))
    assert made.state == "issued"
    assert re.search(r"8号$", made.files.document.parent.name)


def _edited(closed, tmp_path, change):
    """Returns the draft after somebody changed one paragraph in it, as Word would save it."""
    document = docx.Document(str(notices.draft(closed, JULY).files.document))
    for paragraph in document.paragraphs:
        words = change(paragraph.text)
        if words != paragraph.text:
            paragraph.runs[0].text = words
            for run in paragraph.runs[1:]:
                run.text = ""
    path = tmp_path / "市信用办改.docx"
    document.save(str(path))
    return path


def _decided(words):
    """The office takes the proposals out, names a contact, and adds a sentence."""
    if "【建议】" in words:
        return ""
    return words.replace("联系人：        ，联系电话：        。", "联系人：王小明，2345678。请各单位重视。")


def test_document_that_the_office_edited_is_what_goes_out(closed, tmp_path):
    path = _edited(closed, tmp_path, _decided)
    handed_in = path.read_bytes()
    made = notices.issue(closed, JULY, EIGHT, "王小明", DAY, document=path)
    assert made.state == "issued"
    assert made.files.pdf.read_bytes().startswith(b"%PDF")
    folder = made.files.document.parent
    assert (folder / "编辑稿.docx").read_bytes() == handed_in
    words = [w for w in _words(made.files.document) if w]
    assert words[:2] == ["湖州市社会信用体系建设领导小组办公室", EIGHT]
    assert any(w.endswith("联系人：王小明，2345678。请各单位重视。") for w in words)
    assert "（草案）" not in words
    assert {"湖州市社会信用体系建设领导小组办公室", "2025年8月20日"} <= set(words[2:])
    assert _imprint(docx.Document(str(made.files.document)))[0].startswith("抄送：")
    record = json.loads((folder / "issue.json").read_text(encoding="utf-8"))
    assert record["edited_sha256"] == hashlib.sha256(handed_in).hexdigest()
    # The office took the limit of praise out with the proposals, and added a telephone number.
    assert [(d["kind"], d["before"], d["after"]) for d in record["deviations"]] == [
        ("removed", "95", None), ("added", None, "2345678"),
    ]  # fmt: skip
    assert "编辑稿.docx" in (folder / "SHA256SUMS").read_text(encoding="utf-8")


def test_changed_digit_in_an_edited_document_is_told_and_goes_out_on_purpose_only(closed, tmp_path):
    def mistyped(words):
        return _decided(words).replace("应报送部门26个", "应报送部门27个")

    path = _edited(closed, tmp_path, mistyped)
    with pytest.raises(NoticeError, match=r"26 → 27 \(本月应报送部门27个") as error:
        notices.issue(closed, JULY, EIGHT, "王小明", DAY, document=path)
    assert "--accept-changes" in str(error.value)
    folder = notices.notices_folder(closed, JULY)
    assert not (folder / EIGHT).exists()
    made = notices.issue(closed, JULY, EIGHT, "王小明", DAY, document=path, is_accepting=True)
    record = json.loads((made.files.document.parent / "issue.json").read_text(encoding="utf-8"))
    changed = [d for d in record["deviations"] if d["kind"] == "changed"]
    assert [(d["before"], d["after"]) for d in changed] == [("26", "27")]


def test_edited_document_with_undecided_proposals_or_no_document_is_refused(closed, tmp_path):
    with pytest.raises(NoticeError, match="proposals of the draft"):
        notices.issue(closed, JULY, EIGHT, "王小明", DAY, document=_edited(closed, tmp_path, str))
    (tmp_path / "no.docx").write_text("not a document", encoding="utf-8")
    with pytest.raises(NoticeError, match="cannot be read"):
        notices.issue(closed, JULY, EIGHT, "王小明", DAY, document=tmp_path / "no.docx")


def test_document_that_bears_the_number_already_is_kept_byte_by_byte(closed, tmp_path):
    def numbered(words):
        return EIGHT if words == "（草案）" else _decided(words)

    path = _edited(closed, tmp_path, numbered)
    made = notices.issue(closed, JULY, EIGHT, "王小明", DAY, document=path, is_accepting=True)
    assert made.files.document.read_bytes() == path.read_bytes()
    assert (made.files.pdf, made.files.why_no_pdf) == (None, "the office numbered the document itself")
    assert not (made.files.document.parent / "通报.pdf").exists()
    assert not [d for d in made.deviations if EIGHT in d], "a document number is no figure"


def test_draft_read_back_gives_the_parts_that_its_pdf_was_set_from(closed, tmp_path, monkeypatch):
    from exports.notice import pdf

    given = []
    monkeypatch.setattr(
        pdf, "sections_pdf", lambda _title, _head, sections, _created: given.extend(sections) or b"%PDF"
    )
    found = reading.sections_of(docx.Document(str(notices.draft(closed, JULY).files.document)))
    alike = {"annex_title": "title", "annex_period": "draft", "attachment_first": "attachment_next"}  # set the same way
    assert [s["landscape"] for s in found] == [s["landscape"] for s in given] == [False, True, False, False, False]
    for ours, theirs in zip(found, given, strict=True):
        for part, other in zip(ours["parts"], theirs["parts"], strict=True):
            if part["role"] == "picture":  # drawn there, a picture of it here
                assert (part["format"], bytes(part["picture"])[:4], part["width"]) == (
                    "png",
                    b"\x89PNG",
                    other["width"],
                )
            else:
                assert part == other | {"role": alike.get(other["role"], other["role"])}


def _paragraph(document, beginning):
    return next(p for p in document.paragraphs if p.text.startswith(beginning))


def test_what_the_office_added_stands_in_the_pdf_in_its_place(closed, tmp_path):
    document = docx.Document(str(notices.draft(closed, JULY).files.document))
    body = _paragraph(document, "（四）反馈情况说明")
    added = body.insert_paragraph_before("特此通报，")
    added.add_run("务必整改").bold = True
    added.add_run("。\n另行通知")
    heading = _paragraph(document, "一、")
    heading.insert_paragraph_before("居中的一行").alignment = 1
    document.tables[1].add_row().cells[1].text = "市某局"
    parts = [part for section in reading.sections_of(document) for part in section["parts"]]
    place = next(n for n, part in enumerate(parts) if part.get("lead", "").startswith("（四）反馈情况说明"))
    assert parts[place - 1]["words"] == [
        {"words": "特此通报，", "bold": False}, {"words": "务必整改", "bold": True},
        {"words": "。\n另行通知", "bold": False},
    ]  # fmt: skip
    place = next(n for n, part in enumerate(parts) if str(part.get("words", "")).startswith("一、"))
    assert (parts[place - 1]["role"], parts[place - 1]["words"]) == ("draft", "居中的一行")
    assert [part for part in parts if part["role"] == "table"][1]["rows"][-1][1] == "市某局"


def test_tracked_changes_are_refused(closed, tmp_path):
    document = docx.Document(str(_edited(closed, tmp_path, _decided)))
    run = _paragraph(document, "一、").runs[0]
    mark = OxmlElement("w:ins")
    run._element.addprevious(mark)
    mark.append(run.element)
    document.save(str(tmp_path / "修订.docx"))
    with pytest.raises(NoticeError, match="tracked changes"):
        notices.issue(closed, JULY, EIGHT, "王小明", DAY, document=tmp_path / "修订.docx")


@pytest.mark.parametrize(("number", "is_refused"), [("1", True), ("0", False)])
def test_automatic_numbers_are_not_lost_unseen(closed, number, is_refused):
    document = docx.Document(str(notices.draft(closed, JULY).files.document))
    mark = OxmlElement("w:numPr")
    mark.append(OxmlElement("w:numId"))
    mark[0].set(qn("w:val"), number)
    _paragraph(document, "一、").paragraph_format.element.get_or_add_pPr().append(mark)
    if is_refused:
        with pytest.raises(reading.CannotSetError, match="automatic numbering"):
            reading.sections_of(document)
    else:
        assert reading.sections_of(document)


def test_document_that_the_pdf_would_not_show_goes_out_without_one_and_says_why(closed, tmp_path):
    document = docx.Document(str(_edited(closed, tmp_path, _decided)))
    table = document.tables[1]
    table.cell(1, 0).merge(table.cell(1, 1))
    document.save(str(tmp_path / "合并.docx"))
    made = notices.issue(closed, JULY, EIGHT, "王小明", DAY, document=tmp_path / "合并.docx", is_accepting=True)
    assert (made.state, made.files.pdf) == ("issued", None)
    assert "merged cells" in made.files.why_no_pdf
    assert not (made.files.document.parent / "通报.pdf").exists()
    assert EIGHT in _words(made.files.document)


def test_number_of_a_slip_leads_to_its_enterprises_and_their_lists(closed):
    (release,) = [path for path in closed.published.iterdir() if path.is_dir()]
    with duckdb.connect(str(release / "xinyong.duckdb"), read_only=True) as con:
        written = write_slips(con, release)
        told = con.execute(SLIPS).fetchall()
    saved = json.loads((release / "departments" / "slip_figures.json").read_text(encoding="utf-8"))["figures"]
    assert len(saved) == len(written) - 1
    for path in written[:-1]:
        own = [row for row in told if row[0] == path.parts[-3] and row[2].isoformat() in path.name]
        figure = f"slip.{own[0][0]}.{own[0][2].isoformat()}.told_count"
        words = [p.text for p in docx.Document(str(path)).paragraphs]
        assert any(figure in w for w in words)
        found = tracing.trace(closed, figure, period=JULY)
        assert (found.text, found.is_same) == (str(len(own)), True)
        assert found.label.startswith(f"{own[0][1]}{own[0][2].year}年")
        assert found.label.endswith("提示单家次数")
        assert found.rows is not None
        assert {row[found.rows.columns.index("uscc")] for row in found.rows.rows} <= {row[4] for row in own}
        assert found.rows.total == len(own)
        assert found.submissions is not None
        assert found.submissions.total == len({row[8] for row in own})
