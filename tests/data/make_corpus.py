"""Writes the stored part of the corpus (``python -m tests.data.make_corpus``); hostile files are never stored."""

from __future__ import annotations

from tests.data.building import CORPUS, Case
from tests.data.cases_cells import CELLS, DATES
from tests.data.cases_codes import CODES
from tests.data.cases_files import ARCHIVES, FORMATS, NO_TABLES, PASSWORDS, SENDERS, WRONG_NAMES, XLSB
from tests.data.cases_hostile import HOSTILE
from tests.data.cases_tables import LAYOUTS

CASES: list[Case] = [
    *FORMATS, *XLSB, *WRONG_NAMES, *ARCHIVES, *NO_TABLES, *PASSWORDS, *SENDERS, *LAYOUTS, *DATES, *CELLS,
    *CODES, *HOSTILE,
]  # fmt: skip
"""Every file of the corpus, in the order in which it is received."""


def main() -> None:
    """Writes the files anew and removes those that no case names any more."""
    CORPUS.mkdir(exist_ok=True)
    stored = {case.stored: case for case in CASES if not case.made_late}
    for path in CORPUS.iterdir():
        if path.name not in stored:
            path.unlink()
    for name, case in stored.items():
        path, data = CORPUS / name, case.make()
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)


if __name__ == "__main__":
    main()
