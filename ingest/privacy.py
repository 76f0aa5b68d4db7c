"""Returns texts without ID numbers: names of files, folders, sheets and headers are kept and shown everywhere."""

from __future__ import annotations

import hashlib
import re

_WIDE = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789Xx")
_BIRTH = r"(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])"
_ID = re.compile(
    rf"([1-9][0-9]{{2}})[0-9]{{3}}(?:19|20)[0-9]{{2}}{_BIRTH}([0-9]{{3}}[0-9Xx])"
    rf"|(?<![0-9])([1-9][0-9]{{2}})[0-9]{{5}}{_BIRTH}([0-9]{{3}})(?![0-9])"
)
"""Shape of an ID number of 18 or 15 digits (GB 11643); the check digit is not asked: a slip tells as much."""


def without_ids(text: str) -> str:
    """Returns the text with every ID number masked but for its first three and last digits (domain.md 13)."""
    half = text.translate(_WIDE)
    if not _ID.search(half):
        return text
    return _ID.sub(lambda m: f"{m[1] or m[3]}***********{m[2] or m[4]}", half)


def path_without_ids(path: str) -> str:
    """Returns a path for the ledger: unchanged, or masked with a hash that keeps two of them apart."""
    masked = without_ids(path)
    return path if masked == path else f"{masked}#{hashlib.sha256(path.encode()).hexdigest()[:12]}"
