"""Returns what becomes of a draft that the office edited: its numbers are checked, then it is made ready to go out.

The office may reword, shorten and add. A number that differs from the draft is told; what is issued with such numbers
is issued on purpose (semantics 7.1: a person issues a notice).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Literal
from zipfile import BadZipFile

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docx.table import Table

from exports import text
from exports.files import fix_zip
from exports.notice.blocks import Head
from exports.notice.letterhead import add_head, add_imprint

NUMBER = re.compile(r"\d+(?:\.\d+)?%?")
SHOWN_LETTERS = 40  # of the sentence around a number
PROPOSAL = "【建议】"


@dataclass(frozen=True)
class Deviation:
    """A number that the edited document prints otherwise than the draft; None: one of the two does not print it."""

    kind: Literal["changed", "added", "removed"]
    before: str | None
    after: str | None
    sentence: str

    def __str__(self) -> str:
        """Returns the deviation in one line."""
        return f"{self.before or '—'} → {self.after or '—'} ({self.sentence})"


def read(path: Path) -> Any:
    """Returns the Word document.

    Raises:
        ValueError: the file is none.
    """
    try:
        return docx.Document(str(path))
    except (PackageNotFoundError, BadZipFile, KeyError, ValueError) as error:
        raise ValueError(f"{path} is no Word document (.docx)") from error


def words_of(document: Any) -> Iterator[str]:
    """Yields the paragraphs of a document and the cells of its tables, in the order of reading."""
    for part in document.iter_inner_content():
        if isinstance(part, Table):
            for row in part.rows:
                yield from (cell.text for cell in row.cells)
        else:
            yield part.text


def deviations(edited: Any, draft: Any, own: Sequence[str]) -> list[Deviation]:
    """Returns the numbers in which an edited document differs from the draft, in the order of reading.

    Args:
        edited: as the office hands it in.
        draft: as the program writes it.
        own: texts that only what goes out bears: document number and date.
    """
    former, now = _numbers(draft, ()), _numbers(edited, own)
    found: list[Deviation] = []
    matcher = SequenceMatcher(None, [n for n, _ in former], [n for n, _ in now], autojunk=False)
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        gone, come = former[start:end], now[other_start:other_end]
        both = min(len(gone), len(come))
        for (before, _), (after, sentence) in zip(gone[:both], come[:both], strict=True):
            found.append(Deviation("changed", before, after, sentence))
        found += [Deviation("removed", before, None, sentence) for before, sentence in gone[both:]]
        found += [Deviation("added", None, after, sentence) for after, sentence in come[both:]]
    return found


def _numbers(document: Any, own: Sequence[str]) -> list[tuple[str, str]]:
    """Returns every number with the sentence around it."""
    found = []
    for words in words_of(document):
        rest = words
        for part in own:
            rest = rest.replace(part, "")
        for match in NUMBER.finditer(rest):
            start = max(0, match.start() - SHOWN_LETTERS // 2)
            found.append((match[0], rest[start : start + SHOWN_LETTERS]))
    return found


def is_finished(document: Any, number: str) -> bool:
    """Returns whether the office numbered the document itself: it goes out byte by byte."""
    return any(number in words for words in words_of(document))


def sign(document: Any, issuer: str, day: str) -> None:
    """Takes the mark of a draft out of a document and puts signature and date in their places."""
    body = document.element.body
    for paragraph in body.findall(qn("w:p")):
        if paragraph.text in {text.NOTICE_DRAFT, text.NOTICE_PROVISIONAL}:
            body.remove(paragraph)
        for mark, words in ((text.SIGNATURE, issuer), (text.SIGNATURE_DATE, day)):
            if paragraph.text.strip() == mark:
                first, *others = paragraph.r_lst
                first.text = words
                for run in others:
                    run.text = ""


def write_headed(document: Any, target: Path, head: Head, created: datetime) -> None:
    """Writes the document that goes out: the signed one with red head, number and imprint."""
    body = document.element.body
    before = len(body)
    add_head(body, head)
    for position, part in enumerate(list(body)[before - 1 : -1]):  # the last element is that of the page
        body.insert(position, part)
    add_imprint(body, head)
    document.core_properties.modified = created
    document.save(str(target))
    fix_zip(target)
