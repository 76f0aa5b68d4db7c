"""Returns the overview page of a release, ``index.html``: what was collected, ranks, gates, all files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PAGE = "index.html"


def write_overview(con: Any, folder: Path) -> Path:
    """Returns ``index.html``, written last: it links to what lies in the folder.

    Args:
        con: read-only connection to the release file.
        folder: of the release under construction; everything that shall be linked is in it.
    """
    from exports.overview.content import gather
    from exports.overview.links import links
    from exports.pages import write_page

    return write_page(folder / PAGE, "overview.html.j2", {"facts": gather(con), "links": links(con, folder)})
