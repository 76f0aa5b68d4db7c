"""Returns html pages that open from any folder: one file each, nothing loaded from elsewhere, every text escaped."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from exports import text_pages

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,  # names come from departments: markup in them is text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["href"] = href
    return environment


def href(path: str) -> str:
    """Returns a relative link to a file of the release, its Chinese name percent-encoded."""
    return quote(path, safe="/.-_~")


def write_page(path: Path, template: str, content: Mapping[str, Any]) -> Path:
    """Returns the page written from a template of ``exports/templates``; equal content gives equal bytes."""
    page = _environment().get_template(template).render(words=text_pages, **content)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(page.encode("utf-8"))
    return path
