"""Returns red head and imprint of an issued Word document (GB/T 9704-2012, 7.2 and 7.4; domain.md 11)."""

from __future__ import annotations

from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from exports.notice.blocks import Head
from exports.notice.ooxml import element, letters

MARK_FONT, BODY_FONT = "方正小标宋_GBK", "仿宋_GB2312"
RED = "E60012"
MARK_SIZE, NUMBER_SIZE, IMPRINT_SIZE = "64", "32", "28"  # half points: 32 pt (free), 三号, 四号
MARK_LINE, LINE, IMPRINT_LINE = "760", "580", "440"  # twentieths of a point
ABOVE_MARK = "1640"  # its letters begin 35 mm below the top of the type area
ABOVE_RULE = "4"  # mm between number and red line, see _rule
TYPE_WIDTH = "8845"  # twips: 156 mm
POINTS_PER_MM = 72 / 25.4


def add_head(body: Any, head: Head) -> None:
    """Adds the red mark of the authority, the document number and the red line, before anything else."""
    mark = _paragraph(body, head.authority, MARK_FONT, MARK_SIZE, "center", MARK_LINE, colour=RED, before=ABOVE_MARK)
    element(mark.pPr, "w:snapToGrid", val="0")
    _paragraph(body, "", BODY_FONT, NUMBER_SIZE, "center", LINE)
    number = _paragraph(body, head.number, BODY_FONT, NUMBER_SIZE, "center", LINE)
    borders = element(number.pPr, "w:pBdr")
    space = str(round(int(ABOVE_RULE) * POINTS_PER_MM))
    element(borders, "w:bottom", val="single", sz="12", space=space, color=RED)
    _in_order(number.pPr)
    _in_order(mark.pPr)
    for _ in range(2):
        _paragraph(body, "", BODY_FONT, NUMBER_SIZE, "left", LINE)


def add_imprint(body: Any, head: Head) -> None:
    """Adds the imprint at the foot of the last page: a table of two lines that floats to the bottom."""
    table = OxmlElement("w:tbl")
    body.insert_element_before(table, "w:sectPr")
    properties = element(table, "w:tblPr")
    element(
        properties,
        "w:tblpPr",
        vertAnchor="margin",
        horzAnchor="margin",
        tblpXSpec="left",
        tblpYSpec="bottom",
        leftFromText="0",
        rightFromText="0",
    )
    element(properties, "w:tblW", w=TYPE_WIDTH, type="dxa")
    borders = element(properties, "w:tblBorders")
    for side, weight in (("top", "8"), ("bottom", "8"), ("insideH", "6")):  # eighths of a point
        element(borders, f"w:{side}", val="single", sz=weight, space="0", color="000000")
    element(properties, "w:tblLayout", type="fixed")
    grid = element(table, "w:tblGrid")
    widths = ("5445", "3400")
    for width in widths:
        column = OxmlElement("w:gridCol")
        column.set(qn("w:w"), width)
        grid.append(column)
    _imprint_row(table, [(head.copy_to, TYPE_WIDTH, "2", "left")])
    _imprint_row(table, [(head.imprint, widths[0], "1", "left"), (head.imprint_date, widths[1], "1", "right")])
    _paragraph(body, "", BODY_FONT, "2", "left", "20")  # a table must not end a document


def _imprint_row(table: Any, cells: list[tuple[str, str, str, str]]) -> None:
    row = OxmlElement("w:tr")
    table.append(row)
    for words, width, span, alignment in cells:
        cell = OxmlElement("w:tc")
        row.append(cell)
        properties = element(cell, "w:tcPr")
        element(properties, "w:tcW", w=width, type="dxa")
        element(properties, "w:gridSpan", val=span)
        paragraph = OxmlElement("w:p")
        cell.append(paragraph)
        _form(paragraph, words, BODY_FONT, IMPRINT_SIZE, alignment, IMPRINT_LINE)
        side = "leftChars" if alignment == "left" else "rightChars"
        element(paragraph.pPr, "w:ind", **{side: "100", side.removesuffix("Chars"): "280"})
        _in_order(paragraph.pPr)


def _paragraph(
    body: Any, words: str, font: str, size: str, alignment: str, line: str, colour: str = "000000", before: str = "0"
) -> Any:
    paragraph = body.add_p()
    _form(paragraph, words, font, size, alignment, line, colour, before)
    return paragraph


def _form(
    paragraph: Any,
    words: str,
    font: str,
    size: str,
    alignment: str,
    line: str,
    colour: str = "000000",
    before: str = "0",
) -> None:
    properties = paragraph.get_or_add_pPr()
    element(properties, "w:spacing", before=before, line=line, lineRule="exact")
    element(properties, "w:jc", val=alignment)
    if words:
        run = paragraph.add_r()
        letters(run, font, size, colour)
        run.text = words


ORDER = ("w:keepNext", "w:pBdr", "w:snapToGrid", "w:spacing", "w:ind", "w:jc")


def _in_order(properties: Any) -> None:
    """Sorts the properties of a paragraph as the schema wants them."""
    places = {qn(tag): place for place, tag in enumerate(ORDER)}
    for child in sorted(properties, key=lambda child: places.get(child.tag, len(places))):
        properties.remove(child)
        properties.append(child)
