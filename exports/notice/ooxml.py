"""Returns elements of Office Open XML."""

from __future__ import annotations

from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn


def element(parent: Any, tag: str, **attributes: str) -> Any:
    """Returns the child element of that tag, made if missing, with its attributes set."""
    child = parent.find(qn(tag))
    if child is None:
        child = OxmlElement(tag)
        parent.append(child)
    for name, value in attributes.items():
        child.set(qn(f"w:{name}"), value)
    return child


def letters(run: Any, font: str, half_points: str, colour: str = "000000", spacing: str = "0") -> None:
    """Declares font, size and colour of a run."""
    properties = run.get_or_add_rPr()
    element(properties, "w:rFonts", ascii="Times New Roman", hAnsi="Times New Roman", eastAsia=font, hint="eastAsia")
    element(properties, "w:color", val=colour)
    element(properties, "w:spacing", val=spacing)
    element(properties, "w:sz", val=half_points)
    element(properties, "w:szCs", val=half_points)
