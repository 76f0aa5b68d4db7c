"""Returns a Word document in the layout of GB/T 9704-2012 (domain.md 11).

Fonts are declared by name and never embedded: officials have them, a server has not.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from exports import charts_render, text
from exports.charts import Chart
from exports.figures import Figure
from exports.files import fix_zip
from exports.notice.blocks import Annex, Notice, Table
from exports.notice.letterhead import add_head, add_imprint
from exports.notice.ooxml import element as _element

BODY_FONT = "仿宋_GB2312"
TITLE_FONT = "方正小标宋_GBK"
HEADING_FONT = "黑体"
SECTION_FONT = "楷体_GB2312"
PAGE_FONT = "宋体"
LATIN_FONT = "Times New Roman"

SIZE_2, SIZE_3, SIZE_4, SIZE_5 = "44", "32", "28", "21"  # 二号, 三号, 四号, 五号 in half points
SIZE_CAPTION = "24"  # 小四, under a drawing
LINE, TITLE_LINE, TABLE_LINE = "580", "700", "300"  # line spacing in twentieths of a point: 29, 35, 15 pt
PAGE_WIDTH, PAGE_HEIGHT = Mm(210), Mm(297)
TOP, LEFT, RIGHT = Mm(37), Mm(28), Mm(26)
# 35 mm less a fraction: 22 lines of exactly 29 pt are 638 pt, 225 mm are 637.8 pt, and Word would push the last line to
# the next page. The standard allows 1 mm.
BOTTOM = Mm(34.85)
FOOTER = Mm(24)  # page number 7 mm below the type area
# 28 letters on 156 mm are 15.79 pt each: 16 pt letters set 0.25 pt closer. A letter grid would say the same, but other
# readers than Word set each letter of 16 pt into two cells of such a grid.
LETTER_SPACING = "-5"  # twentieths of a point
CELL_MARGIN = "40"  # twips left and right of the text in a cell
TWIPS_PER_MM = 1440 / 25.4

# Form of each role: font, size, alignment, indent, line spacing. Chars are hundredths of a letter, and win in Word;
# the twips beside them are for readers that do not know letters.
TWO_IN = {"firstLineChars": "200", "firstLine": "640"}
FORMS: dict[str, tuple[str, str, str, dict[str, str], str]] = {
    "title": (TITLE_FONT, SIZE_2, "center", {}, TITLE_LINE),
    "draft": (SECTION_FONT, SIZE_3, "center", {}, LINE),
    "recipient": (BODY_FONT, SIZE_3, "left", {}, LINE),
    "heading": (HEADING_FONT, SIZE_3, "left", TWO_IN, LINE),
    "body": (BODY_FONT, SIZE_3, "both", TWO_IN, LINE),
    # 附件：1. stands two letters in; a second line begins under the title.
    "attachment_first": (
        BODY_FONT,
        SIZE_3,
        "left",
        {"leftChars": "650", "left": "2080", "hangingChars": "450", "hanging": "1440"},
        LINE,
    ),
    "attachment_next": (
        BODY_FONT,
        SIZE_3,
        "left",
        {"leftChars": "650", "left": "2080", "hangingChars": "150", "hanging": "480"},
        LINE,
    ),
    "signature": (BODY_FONT, SIZE_3, "right", {"rightChars": "300", "right": "960"}, LINE),
    "date": (BODY_FONT, SIZE_3, "right", {"rightChars": "400", "right": "1280"}, LINE),
    "blank": (BODY_FONT, SIZE_3, "left", {}, LINE),
    "annex_mark": (HEADING_FONT, SIZE_3, "left", {}, LINE),
    "annex_title": (TITLE_FONT, SIZE_2, "center", {}, TITLE_LINE),
    "annex_period": (SECTION_FONT, SIZE_3, "center", {}, LINE),
    "caption": (HEADING_FONT, SIZE_CAPTION, "center", {}, "360"),
    "note": (BODY_FONT, SIZE_5, "left", {}, TABLE_LINE),
    "cell": (BODY_FONT, SIZE_5, "center", {}, TABLE_LINE),
    "cell_left": (BODY_FONT, SIZE_5, "left", {}, TABLE_LINE),
    "cell_header": (HEADING_FONT, SIZE_5, "center", {}, TABLE_LINE),
}
# Kept with what follows; so that a signature never stands on a page of its own, with it the last sentence of the body.
KEPT = frozenset(
    {
        "heading",
        "annex_mark",
        "annex_title",
        "annex_period",
        "blank",
        "attachment_first",
        "attachment_next",
        "signature",
    }
)
OFF_GRID = frozenset(
    {"title", "annex_title", "caption", "note", "cell", "cell_left", "cell_header"}
)  # other sizes than the grid's


def write_document(notice: Notice, path: Path, created: datetime) -> None:
    """Writes the docx file; equal notices give equal bytes."""
    document = Document()
    body = document.element.body
    _defaults(document)
    _page(document, landscape=False)
    _page_numbers(document.sections[0])
    if notice.head:
        add_head(body, notice.head)
    for line in notice.title:
        _fill(body.add_p(), "title", line)
    end = notice.last_sentence
    for position, part in enumerate(notice.paragraphs):
        _fill(body.add_p(), part.role, part.words, part.lead, keep=position == end)
    if notice.table:
        _table(body, notice.table)
        _fill(body.add_p(), "note", "")  # a table must not end a document
    for annex in notice.annexes:
        _annex(document, annex)
    if notice.head:
        add_imprint(body, notice.head)
    properties = document.core_properties
    properties.title = "".join(notice.title)
    properties.author = properties.last_modified_by = properties.comments = properties.keywords = ""
    properties.created = properties.modified = created
    properties.revision = 1
    properties.language = "zh-CN"
    path.parent.mkdir(parents=True, exist_ok=True)
    document.save(str(path))
    fix_zip(path)


def _properties(parent: Any, tag: str) -> Any:
    """Returns the property element of a style, emptied: what the template says there does not count."""
    found = parent.find(qn(tag))
    if found is None:
        found = OxmlElement(tag)
        parent.append(found)
    for child in list(found):
        found.remove(child)
    return found


def _letters(properties: Any, font: str, size: str, latin: str = LATIN_FONT) -> None:
    """Declares one font for Chinese, one for Latin letters, and the size; quotation marks count as Chinese."""
    _element(properties, "w:rFonts", ascii=latin, hAnsi=latin, eastAsia=font, cs=latin, hint="eastAsia")
    _element(properties, "w:spacing", val=LETTER_SPACING if size == SIZE_3 else "0")
    _element(properties, "w:sz", val=size)
    _element(properties, "w:szCs", val=size)


def _defaults(document: Any) -> None:
    """Sets font, spacing and language of the whole document; every page keeps its 22 lines."""
    styles = document.styles.element
    for parent in (styles.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}"), document.styles["Normal"].element):
        run = _properties(parent, "w:rPr")
        _letters(run, BODY_FONT, SIZE_3)
        _element(run, "w:lang", val="en-US", eastAsia="zh-CN")
    _properties(styles.find(f"{qn('w:docDefaults')}/{qn('w:pPrDefault')}"), "w:pPr")
    paragraph = document.styles["Normal"].element.get_or_add_pPr()
    _element(paragraph, "w:widowControl", val="0")
    _element(paragraph, "w:autoSpaceDE", val="0")
    _element(paragraph, "w:autoSpaceDN", val="0")
    _element(paragraph, "w:spacing", before="0", after="0", line=LINE, lineRule="exact")
    document.settings.odd_and_even_pages_header_footer = True


def _page(document: Any, *, landscape: bool) -> None:
    """Sets paper, margins and grid of the last section. On its side the sheet is turned, its top becomes an edge."""
    section = document.sections[-1]
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    if landscape:
        section.page_width, section.page_height = PAGE_HEIGHT, PAGE_WIDTH
        section.top_margin, section.bottom_margin = LEFT, RIGHT
        section.left_margin, section.right_margin = BOTTOM, TOP
        section.footer_distance = Mm(15)
    else:
        section.page_width, section.page_height = PAGE_WIDTH, PAGE_HEIGHT
        section.top_margin, section.bottom_margin = TOP, BOTTOM
        section.left_margin, section.right_margin = LEFT, RIGHT
        section.footer_distance = FOOTER
    section.header_distance = Mm(15)
    section.gutter = 0
    properties = document.element.body.findall(qn("w:sectPr"))[-1]
    for old in properties.findall(qn("w:docGrid")):
        properties.remove(old)
    _element(properties, "w:docGrid", type="lines", linePitch=LINE)


def _page_numbers(section: Any) -> None:
    """Writes — 1 — at the outer edge: odd pages right, even pages left, one letter from the edge."""
    for footer, alignment in ((section.footer, "right"), (section.even_page_footer, "left")):
        footer.is_linked_to_previous = False
        root = footer.part.element
        paragraph = root.find(qn("w:p"))
        for child in list(paragraph):
            paragraph.remove(child)
        properties = paragraph.get_or_add_pPr()
        _element(properties, "w:snapToGrid", val="0")
        _element(properties, "w:spacing", line="240", lineRule="auto")
        _element(properties, "w:ind", **{f"{alignment}Chars": "100", alignment: "280"})
        _element(properties, "w:jc", val=alignment)
        _page_run(paragraph, words="— ")
        _page_run(paragraph, field="begin")
        _page_run(paragraph, instruction=" PAGE ")
        _page_run(paragraph, field="separate")
        _page_run(paragraph, words="1")
        _page_run(paragraph, field="end")
        _page_run(paragraph, words=" —")


def _page_run(paragraph: Any, words: str = "", field: str = "", instruction: str = "") -> None:
    run = paragraph.add_r()
    _letters(run.get_or_add_rPr(), PAGE_FONT, SIZE_4, PAGE_FONT)
    if words:
        run.text = words
    elif field:
        mark = OxmlElement("w:fldChar")
        mark.set(qn("w:fldCharType"), field)
        run.append(mark)
    else:
        code = OxmlElement("w:instrText")
        code.set(qn("xml:space"), "preserve")
        code.text = instruction
        run.append(code)


def _fill(paragraph: Any, role: str, words: str, lead: str = "", *, keep: bool = False) -> None:
    """Gives a new paragraph the form of its role and its words; a lead stands before them in the font of sections."""
    font, size, alignment, indent, line = FORMS[role]
    properties = paragraph.get_or_add_pPr()
    if keep or role in KEPT:
        _element(properties, "w:keepNext")
    _element(properties, "w:autoSpaceDE", val="0")
    _element(properties, "w:autoSpaceDN", val="0")
    if role in OFF_GRID:
        _element(properties, "w:snapToGrid", val="0")
    _element(properties, "w:spacing", line=line, lineRule="exact")
    if indent:
        _element(properties, "w:ind", **indent)
    _element(properties, "w:jc", val=alignment)
    for part, part_font in ((lead, SECTION_FONT), (words, font)):
        if part:
            run = paragraph.add_r()
            _letters(run.get_or_add_rPr(), part_font, size)
            run.text = part


def _annex(document: Any, annex: Annex) -> None:
    """Adds an annex on a new page: its mark, its title on the third line, its table, its notes."""
    document.add_section(WD_SECTION.NEW_PAGE)
    body = document.element.body
    _pull_up_break(body)
    _page(document, landscape=annex.landscape)
    _fill(body.add_p(), "annex_mark", text.ANNEX.format(number=str(annex.number)))
    _fill(body.add_p(), "blank", "")
    _fill(body.add_p(), "annex_title", annex.title)
    _fill(body.add_p(), "annex_period", annex.period)
    if annex.table is not None:
        _table(body, annex.table)
    elif annex.empty:
        _fill(body.add_p(), "body", annex.empty)
    for chart in annex.charts:
        _chart(document, chart)
    for note in annex.notes:
        _fill(body.add_p(), "note", note)


def _chart(document: Any, chart: Chart) -> None:
    """Adds a drawing as a picture, with its caption on the same page."""
    paragraph = document.add_paragraph()
    form = paragraph.paragraph_format
    form.keep_with_next, form.alignment = True, WD_ALIGN_PARAGRAPH.CENTER
    form.line_spacing, form.space_before = 1.0, Pt(6)
    paragraph.add_run().add_picture(io.BytesIO(charts_render.png(chart.svg)), Mm(chart.width_mm))
    described = document.element.body.findall(f".//{qn('wp:docPr')}")[-1]
    described.set("name", chart.name)
    described.set("descr", chart.alt)
    _fill(document.element.body.add_p(), "caption", chart.caption)


def _pull_up_break(body: Any) -> None:
    """Moves the end of the former section into its last paragraph: an empty one of its own could fill a page."""
    carrier = body.findall(qn("w:p"))[-1]
    last = carrier.getprevious()
    if last is not None and last.tag == qn("w:p"):
        last.get_or_add_pPr().append(carrier.pPr.find(qn("w:sectPr")))
        body.remove(carrier)


def _table(body: Any, table: Table) -> None:
    """Adds a table whose header returns on every page and whose rows are never torn."""
    grid = OxmlElement("w:tbl")
    body.insert_element_before(grid, "w:sectPr")
    properties = _element(grid, "w:tblPr")
    widths = [str(round(width * TWIPS_PER_MM)) for width in table.widths_mm]
    _element(properties, "w:tblW", w=str(sum(map(int, widths))), type="dxa")
    _element(properties, "w:jc", val="center")
    borders = _element(properties, "w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        _element(borders, f"w:{side}", val="single", sz="4", space="0", color="000000")
    _element(properties, "w:tblLayout", type="fixed")
    margins = _element(properties, "w:tblCellMar")
    for side in ("left", "right"):
        _element(margins, f"w:{side}", w=CELL_MARGIN, type="dxa")
    columns = _element(grid, "w:tblGrid")
    for width in widths:
        column = OxmlElement("w:gridCol")
        column.set(qn("w:w"), width)
        columns.append(column)
    _row(grid, table.header, widths, ["cell_header"] * len(widths), is_header=True)
    roles = ["cell_left" if position in table.left else "cell" for position in range(len(widths))]
    for cells in table.rows:
        _row(grid, cells, widths, roles, is_header=False)


def _row(grid: Any, cells: Sequence[Any], widths: Sequence[str], roles: Sequence[str], *, is_header: bool) -> None:
    row = OxmlElement("w:tr")
    grid.append(row)
    properties = _element(row, "w:trPr")
    _element(properties, "w:cantSplit")
    if is_header:
        _element(properties, "w:tblHeader")
    for value, width, role in zip(cells, widths, roles, strict=True):
        cell = OxmlElement("w:tc")
        row.append(cell)
        cell_properties = _element(cell, "w:tcPr")
        _element(cell_properties, "w:tcW", w=width, type="dxa")
        _element(cell_properties, "w:vAlign", val="center")
        paragraph = OxmlElement("w:p")
        cell.append(paragraph)
        _fill(paragraph, role, value.text if isinstance(value, Figure) else str(value))
