"""Returns red head and imprint of an issued Word document (GB/T 9704-2012, 7.2 and 7.4; domain.md 11)."""

from __future__ import annotations

from typing import Any

from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn

from exports.notice.blocks import Head
from exports.notice.ooxml import element, letters

MARK_FONT, BODY_FONT = "方正小标宋_GBK", "仿宋_GB2312"
RED = "E60012"
MARK_SIZE, NUMBER_SIZE, IMPRINT_SIZE = 64, "32", "28"  # half points: 32 pt (free, less for a long name), 三号, 四号
MARK_LINE, LINE, IMPRINT_LINE = "760", "580", "440"  # twentieths of a point
ABOVE_MARK = "1640"  # its letters begin 35 mm below the top of the type area
ABOVE_RULE = "4"  # mm between number and red line, see _rule
TYPE_WIDTH = "8845"  # twips: 156 mm
IMPRINT_ROW = "500"
EMU_PER_TWIP = 635
BOX_WIDTH = int(TYPE_WIDTH) * EMU_PER_TWIP
BOX_HEIGHT = (2 * int(IMPRINT_ROW) + 20) * EMU_PER_TWIP  # both rows, and the paragraph below them
BOX = """
<mc:AlternateContent {namespaces} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"
    xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">
  <mc:Choice Requires="wps">
    <w:drawing>
      <wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="2" behindDoc="0" locked="0"
          layoutInCell="1" allowOverlap="0">
        <wp:simplePos x="0" y="0"/>
        <wp:positionH relativeFrom="margin"><wp:align>left</wp:align></wp:positionH>
        <wp:positionV relativeFrom="margin"><wp:align>bottom</wp:align></wp:positionV>
        <wp:extent cx="{width}" cy="{height}"/>
        <wp:effectExtent l="0" t="0" r="0" b="0"/>
        <wp:wrapTopAndBottom/>
        <wp:docPr id="9001" name="版记" descr="版记"/>
        <wp:cNvGraphicFramePr/>
        <a:graphic>
          <a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">
            <wps:wsp>
              <wps:cNvSpPr txBox="1"/>
              <wps:spPr>
                <a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>
                <a:prstGeom prst="rect"><a:avLst/></a:prstGeom>
                <a:noFill/><a:ln><a:noFill/></a:ln>
              </wps:spPr>
              <wps:txbx><w:txbxContent/></wps:txbx>
              <wps:bodyPr lIns="0" tIns="0" rIns="0" bIns="0" anchor="b"/>
            </wps:wsp>
          </a:graphicData>
        </a:graphic>
      </wp:anchor>
    </w:drawing>
  </mc:Choice>
</mc:AlternateContent>
"""
POINTS_PER_MM = 72 / 25.4


def add_head(body: Any, head: Head) -> None:
    """Adds the red mark of the authority, the document number and the red line, before anything else."""
    size = str(min(MARK_SIZE, int(int(TYPE_WIDTH) / 10 / len(head.authority)) - 1))  # on one line
    mark = _paragraph(body, head.authority, MARK_FONT, size, "center", MARK_LINE, colour=RED, before=ABOVE_MARK)
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
    """Adds the imprint at the foot of the last page: two ruled lines, a table in a text box on the bottom margin.

    Text that needs its place goes on to a page of its own, and the box with it. Readers other than Word leave a table
    that floats by itself where it stands in the text, and lose the place of a frame.
    """
    carrier = _paragraph(body, "", BODY_FONT, "2", "left", "20")
    run = carrier.add_r()
    run.append(parse_xml(BOX.format(namespaces=nsdecls("w", "wp", "a"), width=BOX_WIDTH, height=BOX_HEIGHT)))
    content = next(run.iter(qn("w:txbxContent")))
    content.append(_imprint(head))
    end = OxmlElement("w:p")  # no text box ends with a table
    content.append(end)
    _form(end, "", BODY_FONT, "2", "left", "20")
    element(element(end.pPr, "w:rPr"), "w:sz", val="2")


def _imprint(head: Head) -> Any:
    table = OxmlElement("w:tbl")
    properties = element(table, "w:tblPr")
    element(properties, "w:tblW", w=TYPE_WIDTH, type="dxa")
    element(properties, "w:jc", val="center")  # flush left would begin a cell's margin further left
    borders = element(properties, "w:tblBorders")
    for side, weight in (("top", "8"), ("bottom", "8"), ("insideH", "6")):  # eighths of a point: heavy, light
        element(borders, f"w:{side}", val="single", sz=weight, space="0", color="000000")
    element(properties, "w:tblLayout", type="fixed")
    margins = element(properties, "w:tblCellMar")
    for side in ("left", "right"):
        element(margins, f"w:{side}", w=str(int(IMPRINT_SIZE) * 10), type="dxa")  # one letter in
    element(element(table, "w:tblGrid"), "w:gridCol", w=TYPE_WIDTH)
    stop = str(int(TYPE_WIDTH) - 2 * int(IMPRINT_SIZE) * 10)
    for words in (head.copy_to, f"{head.imprint}\t{head.imprint_date}"):
        row = OxmlElement("w:tr")
        table.append(row)
        element(element(row, "w:trPr"), "w:trHeight", val=IMPRINT_ROW, hRule="exact")
        cell = element(row, "w:tc")
        form = element(cell, "w:tcPr")
        element(form, "w:tcW", w=TYPE_WIDTH, type="dxa")
        element(form, "w:vAlign", val="center")
        paragraph = element(cell, "w:p")
        _form(paragraph, words, BODY_FONT, IMPRINT_SIZE, "left", IMPRINT_LINE)
        element(element(paragraph.pPr, "w:tabs"), "w:tab", val="right", pos=stop)
        _in_order(paragraph.pPr)
    return table


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


ORDER = ("w:keepNext", "w:pBdr", "w:tabs", "w:snapToGrid", "w:spacing", "w:ind", "w:jc")


def _in_order(properties: Any) -> None:
    """Sorts the properties of a paragraph as the schema wants them."""
    places = {qn(tag): place for place, tag in enumerate(ORDER)}
    for child in sorted(properties, key=lambda child: places.get(child.tag, len(places))):
        properties.remove(child)
        properties.append(child)
