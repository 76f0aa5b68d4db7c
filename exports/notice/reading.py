"""Returns what stands in a Word document that the office edited, as the template of the PDF takes it.

A paragraph in one of the forms that ``layout`` writes gets the role of that form back, so that the PDF is set as that
of an unedited notice; any other keeps alignment, size and indents. Bold letters stay; other marks of letters do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

from exports.notice import layout
from exports.notice.pdf import part, section, table_part

# What the PDF could not show, or would show otherwise: its words are not among those of the paragraphs.
CANNOT = {
    "w:txbxContent": "a text box", "w:pict": "a drawing", "wp:anchor": "a floating picture", "m:oMath": "a formula",
    "w:object": "an embedded object", "w:sdt": "a content control", "w:smartTag": "a smart tag", "w:sym": "a symbol",
    "w:footnoteReference": "a footnote", "w:endnoteReference": "an endnote",
    "w:gridSpan": "merged cells", "w:vMerge": "merged cells", "w:fldSimple": "a field", "w:customXml": "marked words",
}  # fmt: skip
TRACKED = ("w:ins", "w:del", "w:moveFrom", "w:moveTo")
PICTURES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}
EMU_PER_MM = 36_000
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}oMath"

_SANS, _SECTION, _TITLE = "黑", "楷", "标宋"  # in the name of a font, whoever makes it
_BODY_SIZE, _TITLE_SIZE = float(layout.SIZE_3) / 2, float(layout.SIZE_2) / 2
_CAPTION_SIZE, _NOTE_SIZE = float(layout.SIZE_CAPTION) / 2, float(layout.SIZE_5) / 2


class CannotSetError(ValueError):
    """The document holds what the PDF would not show as it stands."""


def is_tracked(document: Any) -> bool:
    """Returns whether changes stand in the document that nobody accepted or rejected yet."""
    body = document.element.body
    return any(next(body.iter(qn(tag)), None) is not None for tag in TRACKED)


def title_of(sections: list[dict[str, Any]]) -> str:
    """Returns the title of a document, for the properties of the PDF."""
    return "".join(str(p["words"]) for p in sections[0]["parts"] if p["role"] == "title")


def sections_of(document: Any) -> list[dict[str, Any]]:
    """Returns the sections of a document with their parts in order, as ``exports.notice.pdf`` takes them.

    Raises:
        CannotSetError: something in it would be lost or look otherwise.
    """
    body = document.element.body
    for tag, found in CANNOT.items():
        if next(body.iter(_MATH if tag == "m:oMath" else qn(tag)), None) is not None:
            raise CannotSetError(found)
    if any(number.get(qn("w:val")) != "0" for number in body.iter(qn("w:numId"))):  # 0: taken off again
        raise CannotSetError("automatic numbering")
    ends = iter(document.sections)
    sections, parts = [], []
    for element in body:
        if element.tag == qn("w:tbl"):
            parts.append(_table(element, document))
        elif element.tag == qn("w:p"):
            parts += _paragraph(element, Paragraph(element, document))
            if element.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is not None:
                sections.append(_section(next(ends), parts))
                parts = []
    sections.append(_section(next(ends), parts))
    return sections


def _section(found: Any, parts: list[dict[str, Any]]) -> dict[str, Any]:
    return section(parts, landscape=(found.page_width or 0) > (found.page_height or 0))


def _paragraph(element: Any, paragraph: Paragraph) -> Iterator[dict[str, Any]]:
    breaks = [b for b in element.iter(qn("w:br")) if b.get(qn("w:type")) == "page"]
    pictures = list(_pictures(element, paragraph.part))
    words = paragraph.text
    before = paragraph.paragraph_format.page_break_before or (breaks and not _has_words_before(element, breaks[0]))
    if before:
        yield {"role": "page_break"}
    yield from pictures
    if words.strip() or not (pictures or breaks):
        yield _words(element, paragraph)
    if breaks and not before:
        yield {"role": "page_break"}


def _has_words_before(element: Any, mark: Any) -> bool:
    for child in element.iter(qn("w:t"), qn("w:br")):
        if child is mark:
            return False
        if child.tag == qn("w:t") and child.text:
            return True
    return False


def _words(element: Any, paragraph: Paragraph) -> dict[str, Any]:
    runs = [(run, run.text) for run in element.r_lst if run.text]  # elements, not python-docx's runs
    if not paragraph.text.strip():
        return part("blank", "")
    if "".join(words for _, words in runs) != paragraph.text:  # a hyperlink: its words are no runs of the paragraph
        runs = [(runs[0][0], paragraph.text)] if runs else []
    first = runs[0][0] if runs else None
    lead_end = next((n for n, (run, _) in enumerate(runs) if _SECTION not in _font(paragraph, run)), len(runs))
    letters = runs[lead_end][0] if lead_end < len(runs) else first  # a lead runs into the words of the body
    role = _role(paragraph, letters)
    keep = bool(paragraph.paragraph_format.keep_with_next)
    if role == "body" and lead_end:
        lead = "".join(words for _, words in runs[:lead_end])
        return part(role, _bold(runs[lead_end:]), lead, keep=keep)
    if role in ("body", "recipient", "note"):
        return part(role, _bold(runs) if runs else paragraph.text, keep=role == "body" and keep)
    if role != "other":
        return part(role, paragraph.text)
    form = paragraph.paragraph_format
    size = _size(paragraph, first)
    return {
        "role": "other", "words": _bold(runs) if runs else paragraph.text, "sans": _SANS in _font(paragraph, first),
        "size": size, "align": {1: "center", 2: "right"}.get(_alignment(paragraph), "left"),
        "left": _points(form.left_indent), "right": _points(form.right_indent),
        "first": _points(form.first_line_indent), "keep": keep,
    }  # fmt: skip


def _points(length: Any) -> float:
    return float(length.pt) if length else 0.0


def _bold(runs: list[tuple[Any, str]]) -> Any:
    """Returns words, as runs if some are bold."""
    found = [
        {"words": "".join(words for _, words in same), "bold": bold}
        for bold, same in groupby(runs, key=lambda run: _is_bold(run[0]))
    ]
    return found if any(run["bold"] for run in found) else "".join(str(run["words"]) for run in found)


def _is_bold(run: Any) -> bool:
    mark = run.find(f"{qn('w:rPr')}/{qn('w:b')}")
    return mark is not None and mark.get(qn("w:val")) not in ("0", "false", "off")


def _role(paragraph: Paragraph, letters: Any) -> str:
    """Returns the role whose form a paragraph has (``layout.FORMS``), ``other`` if none."""
    font, size, align = _font(paragraph, letters), _size(paragraph, letters), _alignment(paragraph)
    first, words = _points(paragraph.paragraph_format.first_line_indent), paragraph.text
    if size == _TITLE_SIZE and align == 1:
        return "title"
    if size == _CAPTION_SIZE and align == 1:
        return "caption"
    if size == _NOTE_SIZE and align in (0, 3) and not first:
        return "note"
    if size != _BODY_SIZE or _TITLE in font:
        return "other"
    if align == 1:
        return "other" if _SANS in font else "draft"
    if align == 2:
        right = paragraph.paragraph_format.right_indent
        return "signature" if paragraph.paragraph_format.keep_with_next else "date" if right else "other"
    if first < 0:
        return "attachment_next" if ". " in words else "other"
    if first > 0:
        return "heading" if _SANS in font else "body"
    if paragraph.paragraph_format.left_indent:
        return "other"
    return "annex_mark" if _SANS in font else "recipient"


def _alignment(paragraph: Paragraph) -> int:
    """Returns 0 for left, 1 for centred, 2 for right, 3 for both edges."""
    found = paragraph.alignment
    if found is None and paragraph.style is not None:
        found = paragraph.style.paragraph_format.alignment
    return int(found) if found is not None and int(found) in (1, 2, 3) else 0


def _font(paragraph: Paragraph, run: Any) -> str:
    """Returns the name of the font of Chinese letters."""
    for properties in _letters(paragraph, run):
        fonts = properties.find(qn("w:rFonts"))
        if fonts is not None and fonts.get(qn("w:eastAsia")):
            return str(fonts.get(qn("w:eastAsia")))
    return layout.BODY_FONT


def _size(paragraph: Paragraph, run: Any) -> float:
    """Returns the size of the letters in points."""
    for properties in _letters(paragraph, run):
        size = properties.find(qn("w:sz"))
        if size is not None:
            return float(size.get(qn("w:val"))) / 2
    return _BODY_SIZE


def _letters(paragraph: Paragraph, run: Any) -> Iterator[Any]:
    """Yields the properties of letters that hold for a run, the nearest first."""
    if run is not None and run.rPr is not None:
        yield run.rPr
    style = paragraph.style
    while style is not None:
        found = style.element.find(qn("w:rPr"))
        if found is not None:
            yield found
        style = style.base_style


def _pictures(element: Any, document_part: Any) -> Iterator[dict[str, Any]]:
    for drawing in element.iter(qn("wp:inline")):
        blip = next(drawing.iter(qn("a:blip")), None)
        if blip is None or not blip.get(qn("r:embed")):
            raise CannotSetError("a drawing")
        image = document_part.related_parts[blip.get(qn("r:embed"))]
        if image.content_type not in PICTURES:
            raise CannotSetError(f"a picture of type {image.content_type}")
        described = drawing.find(qn("wp:docPr"))
        yield {
            "role": "picture", "picture": list(image.blob), "format": PICTURES[image.content_type],
            "alt": described.get("descr") or "" if described is not None else "",
            "width": int(drawing.find(qn("wp:extent")).get("cx")) / EMU_PER_MM,
        }  # fmt: skip


def _table(element: Any, document: Any) -> dict[str, Any]:
    table = Table(element, document)
    if next(element.iterdescendants(qn("w:tbl")), None) is not None:
        raise CannotSetError("a table inside a table")
    if next(element.iterdescendants(qn("w:drawing")), None) is not None:
        raise CannotSetError("a picture inside a table")
    columns = [int(column.get(qn("w:w")) or 0) for column in element.tblGrid.iter(qn("w:gridCol"))]
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    if not all(columns) or any(len(row) != len(columns) for row in rows):
        raise CannotSetError("a table whose rows have other columns than the table")
    headers = 0
    for row in element.tr_lst:
        if row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is None:
            break
        headers += 1
    left = []
    if headers < len(rows):
        for place, cell in enumerate(table.rows[headers].cells):
            if _alignment(cell.paragraphs[0]) not in (1, 2):
                left.append(place)
    header = [words for row in rows[:headers] for words in row]
    widths = [round(width / layout.TWIPS_PER_MM, 1) for width in columns]
    return table_part(header, rows[headers:], widths, left)
