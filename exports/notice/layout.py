"""Returns a Word document in the layout of GB/T 9704-2012 (domain.md 11).

Fonts are declared by name and never embedded: officials have them, a server has not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, Twips

from exports import text
from exports.figures import Figure
from exports.files import fix_zip
from exports.notice.blocks import Annex, Notice, Table

BODY_FONT = "仿宋_GB2312"
TITLE_FONT = "方正小标宋_GBK"
HEADING_FONT = "黑体"
SECTION_FONT = "楷体_GB2312"
PAGE_FONT = "宋体"
LATIN_FONT = "Times New Roman"

SIZE_2, SIZE_3, SIZE_4, SIZE_5 = Pt(22), Pt(16), Pt(14), Pt(10.5)  # 二号, 三号, 四号, 五号
LINE = Pt(29)  # 22 lines on 225 mm
TITLE_LINE = Pt(35)
TABLE_LINE = Pt(15)
PAGE_WIDTH, PAGE_HEIGHT = Mm(210), Mm(297)
TOP, LEFT, RIGHT = Mm(37), Mm(28), Mm(26)
# 35 mm less a twentieth of a millimetre or two: 22 lines of exactly 29 pt are 638 pt, 225 mm are 637.8 pt, and Word
# would push the last line to the next page. The standard allows 1 mm.
BOTTOM = Mm(34.85)
FOOTER = Mm(24)  # page number 7 mm below the type area
GRID_LINE_TWIPS = 580  # 29 pt
GRID_LETTER = -842  # 28 letters on 156 mm: 15.79 pt each, given in 1/4096 pt below the 16 pt of the font
TWO_LETTERS, FOUR_LETTERS = "200", "400"  # hundredths of a letter


def write_document(notice: Notice, path: Path, created: datetime) -> None:
    """Writes the docx file; equal notices give equal bytes."""
    document = Document()
    _defaults(document)
    _page(document.sections[0], landscape=False)
    _page_numbers(document)
    for line in notice.title:
        _paragraph(document, "title", line)
    for part in notice.paragraphs:
        _paragraph(document, part.role, part.words, part.lead)
    for annex in notice.annexes:
        _annex(document, annex)
    # The template begins with nothing, but a document needs its last section at the end of the body.
    properties = document.core_properties
    properties.title = "".join(notice.title)
    properties.author = properties.last_modified_by = properties.comments = properties.keywords = ""
    properties.created = properties.modified = created
    properties.revision = 1
    properties.language = "zh-CN"
    path.parent.mkdir(parents=True, exist_ok=True)
    document.save(str(path))
    fix_zip(path)


def _element(parent: Any, tag: str, **attributes: str) -> Any:
    """Returns the child element of that tag, made if missing, with its attributes set."""
    child = parent.find(qn(tag))
    if child is None:
        child = OxmlElement(tag)
        parent.append(child)
    for name, value in attributes.items():
        child.set(qn(f"w:{name}"), value)
    return child


def _fonts(properties: Any, east_asian: str, latin: str = LATIN_FONT) -> None:
    """Declares a font for Chinese and one for Latin letters; quotation marks count as Chinese."""
    fonts = properties.get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for name, font in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", east_asian)):
        fonts.set(qn(f"w:{name}"), font)
    fonts.set(qn("w:hint"), "eastAsia")


def _defaults(document: Any) -> None:
    style = document.styles["Normal"]
    style.font.size = SIZE_3
    properties = style.element.get_or_add_rPr()
    _fonts(properties, BODY_FONT)
    _element(properties, "w:kern", val="2")
    _element(properties, "w:lang", val="en-US", eastAsia="zh-CN")
    form = style.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, LINE
    form.widow_control = False  # every page keeps its 22 lines
    paragraph = style.element.get_or_add_pPr()
    _element(paragraph, "w:autoSpaceDE", val="0")
    _element(paragraph, "w:autoSpaceDN", val="0")
    settings = document.settings.element
    _element(settings, "w:evenAndOddHeaders")
    document.settings.odd_and_even_pages_header_footer = True


def _page(section: Any, *, landscape: bool) -> None:
    """Sets paper, margins and grid. On its side the sheet is turned: the top of the page becomes its right edge."""
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
    properties = section._sectPr  # python-docx has no access to the grid
    for old in properties.findall(qn("w:docGrid")):
        properties.remove(old)
    _element(properties, "w:docGrid", type="linesAndChars", linePitch=str(GRID_LINE_TWIPS), charSpace=str(GRID_LETTER))


def _page_numbers(document: Any) -> None:
    """Writes — 1 — at the outer edge: odd pages right, even pages left, one letter from the edge."""
    section = document.sections[0]
    for footer, alignment, side in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT, "right"),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT, "left"),
    ):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.style = document.styles["Normal"]
        paragraph.alignment = alignment
        form = paragraph.paragraph_format
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.SINGLE, 1.0
        _element(paragraph._p.get_or_add_pPr(), "w:ind", **{side: "280", f"{side}Chars": "100"})
        _run(paragraph, "— ", PAGE_FONT, SIZE_4, PAGE_FONT)
        for kind, instruction in (("begin", ""), ("", " PAGE "), ("separate", ""), ("shown", "1"), ("end", "")):
            run = _run(paragraph, "1" if kind == "shown" else "", PAGE_FONT, SIZE_4, PAGE_FONT)
            if kind in {"begin", "separate", "end"}:
                mark = OxmlElement("w:fldChar")
                mark.set(qn("w:fldCharType"), kind)
                run._r.append(mark)
            elif instruction.strip() == "PAGE":
                words = OxmlElement("w:instrText")
                words.set(qn("xml:space"), "preserve")
                words.text = instruction
                run._r.append(words)
        _run(paragraph, " —", PAGE_FONT, SIZE_4, PAGE_FONT)


def _run(paragraph: Any, words: str, font: str, size: Any, latin: str = LATIN_FONT) -> Any:
    run = paragraph.add_run(words)
    run.font.size = size
    _fonts(run._r.get_or_add_rPr(), font, latin)
    return run


def _paragraph(document: Any, role: str, words: str, lead: str = "") -> Any:
    """Adds a paragraph in the form of its role."""
    paragraph = document.add_paragraph()
    form = paragraph.paragraph_format
    font, size = BODY_FONT, SIZE_3
    if role in {"title", "annex_title"}:
        font, size = TITLE_FONT, SIZE_2
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        form.line_spacing = TITLE_LINE
    elif role in {"draft", "annex_period"}:
        font = SECTION_FONT
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    elif role == "heading":
        font = HEADING_FONT
        _first_line(paragraph, TWO_LETTERS)
        form.keep_with_next = True
    elif role == "body":
        paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
        _first_line(paragraph, TWO_LETTERS)
    elif role == "annex_mark":
        font = HEADING_FONT
    elif role == "attachment_first":
        # Two letters in; a second line begins under the title, behind 附件：1.
        _indent(paragraph, leftChars="650", left="2080", hangingChars="450", hanging="1440")
    elif role == "attachment_next":
        _indent(paragraph, leftChars="650", left="2080", hangingChars="150", hanging="480")
    elif role in {"signature", "date"}:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        _indent(paragraph, rightChars=FOUR_LETTERS, right="1280")
    elif role == "note":
        size = SIZE_5
        form.line_spacing = TABLE_LINE
    if lead:
        _run(paragraph, lead, SECTION_FONT, size)
    _run(paragraph, words, font, size)
    return paragraph


def _first_line(paragraph: Any, letters: str) -> None:
    _indent(paragraph, firstLineChars=letters, firstLine="640")


def _indent(paragraph: Any, **attributes: str) -> None:
    _element(paragraph._p.get_or_add_pPr(), "w:ind", **attributes)


def _annex(document: Any, annex: Annex) -> None:
    """Adds an annex on a new page: its mark, its title on the third line, its table, its notes."""
    section = document.add_section(WD_SECTION.NEW_PAGE)
    _page(section, landscape=annex.landscape)
    _paragraph(document, "annex_mark", text.ANNEX.format(number=str(annex.number)))
    _paragraph(document, "blank", "")
    _paragraph(document, "annex_title", annex.title)
    _paragraph(document, "annex_period", annex.period)
    if annex.table is None:
        _paragraph(document, "body", annex.empty)
    else:
        _table(document, annex.table)
    for note in annex.notes:
        _paragraph(document, "note", note)


def _table(document: Any, table: Table) -> None:
    """Adds a table whose header returns on every page and whose rows are never torn."""
    grid = document.add_table(rows=1 + len(table.rows), cols=len(table.header))
    grid.style = "Table Grid"
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    grid.autofit = False
    properties = grid._tbl.tblPr
    margins = _element(properties, "w:tblCellMar")
    for side in ("left", "right"):
        _element(margins, f"w:{side}", w="40", type="dxa")
    widths = [Twips(round(width * 1440 / 25.4)) for width in table.widths_mm]
    for column, width in zip(grid._tbl.tblGrid.findall(qn("w:gridCol")), widths, strict=True):
        column.set(qn("w:w"), str(width.twips))
    for row, cells in zip(grid._tbl.tr_lst, [table.header, *table.rows], strict=True):
        is_header = cells is table.header
        row_properties = row.get_or_add_trPr()
        _element(row_properties, "w:cantSplit")
        if is_header:
            _element(row_properties, "w:tblHeader")
        _cells(row, cells, widths, table.left, is_header=is_header)


def _cells(row: Any, cells: Sequence[Any], widths: Sequence[Any], left: Sequence[int], *, is_header: bool) -> None:
    for position, (cell, value, width) in enumerate(zip(row.tc_lst, cells, widths, strict=True)):
        cell.width = width
        _element(cell.get_or_add_tcPr(), "w:vAlign", val="center")
        paragraph = _first_paragraph(cell)
        paragraph.alignment = (
            WD_ALIGN_PARAGRAPH.LEFT if position in left and not is_header else WD_ALIGN_PARAGRAPH.CENTER
        )
        paragraph.paragraph_format.line_spacing = TABLE_LINE
        words = value.text if isinstance(value, Figure) else str(value)
        _run(paragraph, words, HEADING_FONT if is_header else BODY_FONT, SIZE_5)


def _first_paragraph(cell: Any) -> Any:
    """Returns the paragraph that every cell has."""
    from docx.text.paragraph import Paragraph as DocxParagraph

    return DocxParagraph(cell.p_lst[0], None)
