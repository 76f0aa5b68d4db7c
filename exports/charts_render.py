"""Returns typeset documents and pictures: typst with the fonts that the set-up brings along, and no others.

Fonts of the machine are left out, so that the same input gives the same bytes anywhere. The fonts are Noto Serif SC and
Noto Sans SC (SIL Open Font License); a PDF embeds the letters that it uses, a docx embeds nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

PICTURE_PPI = 220  # dots per inch: sharp on an office printer, small in the file
TEMPLATES = Path(__file__).parent / "templates"
_PICTURE = b"""
#set page(width: auto, height: auto, margin: 0pt, fill: white)
#image(bytes(sys.inputs.svg), format: "svg")
"""


@lru_cache(maxsize=1)
def fonts() -> Any:
    """Returns the fonts that documents are set in."""
    import pylopdf_fonts_zh_cn
    import typst

    folder = Path(pylopdf_fonts_zh_cn.__file__).parent
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])


def pdf(template: str, content: Mapping[str, Any], created: datetime) -> bytes:
    """Returns a PDF made by a template of ``exports/templates`` from plain content.

    Args:
        template: file name.
        content: what the template reads; passed as data, never as markup; a registered figure as it is printed.
        created: UTC; the date in the properties of the file.

    Raises:
        ValueError: the typesetter had to leave something out, which it says in a warning.
    """
    import typst

    made, warnings = typst.compile_with_warnings(
        (TEMPLATES / template).read_bytes(),
        format="pdf",
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"content": json.dumps(content, ensure_ascii=False, default=str)},
        timestamp=created.replace(tzinfo=UTC),
    )
    if warnings:
        raise ValueError(f"template {template}: {'; '.join(warning.message for warning in warnings)}")
    return bytes(made)


@lru_cache(maxsize=8)  # draft and issued notice of a run hold the same drawings
def png(svg: str) -> bytes:
    """Returns a drawing as a picture, for programs that cannot show SVG."""
    import typst

    made: bytes = typst.compile(
        _PICTURE,
        format="png",
        ppi=PICTURE_PPI,
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"svg": svg},
    )
    return made
