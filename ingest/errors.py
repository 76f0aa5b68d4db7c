"""Returns errors that say what is wrong, where, what was expected and found, and what to do."""

from __future__ import annotations


class FeedError(Exception):
    """Something a person has to act on; never holds personal data."""

    def __init__(self, what: str, *, where: str = "", expected: str = "", got: str = "", do: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.expected = expected
        self.got = got
        self.do = do

    def __str__(self) -> str:
        parts = [self.what]
        if self.where:
            parts.append(f"in {self.where}")
        text = " ".join(parts)
        details = [f"{label} {value}" for label, value in (("expected", self.expected), ("got", self.got)) if value]
        if details:
            text += ": " + ", ".join(details)
        return f"{text}; {self.do}" if self.do else text


class ReadError(FeedError):
    """A file cannot be read as a table: becomes the finding X-READ, whose reason is told to the clerk in Chinese."""

    def __init__(self, what: str, reason_zh: str, *, where: str = "", expected: str = "", got: str = "") -> None:
        super().__init__(what, where=where, expected=expected, got=got)
        self.reason_zh = reason_zh


class WarehouseBusyError(FeedError):
    """Another process has the warehouse open: transient, try again when it has ended."""


class SeedError(FeedError):
    """A policy table is missing, or does not cover the day asked for."""
