"""Returns what turns a draft into an issued document: red head, number, signature, date, imprint (semantics 7.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from exports import text_issue as words
from exports.figures import Figure, Figures
from exports.notice.blocks import Head, Paragraph

# 机关代字, year in 六角括号, running number without 第 and without leading noughts (GB/T 9704-2012 7.2.5).
NUMBER = re.compile(r"(?P<code>[^\s〔〕/\\\d第][^\s〔〕/\\]*)〔(?P<year>\d{4})〕[1-9]\d{0,4}号")


@dataclass(frozen=True)
class Issuer:
    """Who issues notices of a programme (seed ``notice_issuers``)."""

    issuer_name: str
    head_name: str
    number_code: str
    copy_to: str
    imprint_name: str


@dataclass(frozen=True)
class Issue:
    """One issuing: under which number, on which day, and whether the proposals of the draft are adopted."""

    number: str
    day: date
    issuer: Issuer
    is_adopted: bool = False


def day_figure(figures: Figures, issue: Issue) -> Figure:
    """Returns the date of the document as a registered figure."""
    return figures.one("notice.day", "day", "select $day::date", day=issue.day)


def head_of(issue: Issue, figures: Figures) -> Head:
    """Returns red head and imprint."""
    return Head(
        authority=issue.issuer.head_name,
        number=issue.number,
        copy_to=words.IMPRINT_COPY.format(copy_to=issue.issuer.copy_to),
        imprint=words.IMPRINT_ISSUED.format(issuer=issue.issuer.imprint_name),
        imprint_date=words.IMPRINT_DATE.format(day=day_figure(figures, issue)),
    )


def sign(paragraphs: Sequence[Paragraph], issue: Issue, figures: Figures) -> list[Paragraph]:
    """Returns the paragraphs without the mark of a draft, signed and dated."""
    signed = []
    for part in paragraphs:
        if part.role == "draft":
            continue
        if part.role == "signature":
            signed.append(replace(part, words=issue.issuer.issuer_name))
        elif part.role == "date":
            signed.append(replace(part, words=str(day_figure(figures, issue))))
        else:
            signed.append(part)
    return signed
