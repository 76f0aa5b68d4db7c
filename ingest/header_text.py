"""Returns header texts as compared: titles of the contracts, headers of files, keys of gateway records."""

from __future__ import annotations

import re
from functools import lru_cache

from ingest.contract_model import REQUIRED_MARK
from ingest.normalise import key

# What a header says besides its name: obligation, format, unit (domain.md 8: headers vary).
_HINT = re.compile(
    r"\((?:[^()]*(?:必填|选填|可选|必须|YYYY|格式|年月日|年/月|年-月|例如|如:|下拉|文本|单位|[0-9]+位|见说明|填写)[^()]*|必|\*|[0-9]+位)\)$"
)
_NUMBERING = re.compile(r"^(?:[0-9]{1,2}[、.]|[①-⑳])")


@lru_cache(maxsize=16384)
def header_text(text: str) -> str:
    """Returns the text without width, blanks, bracket forms, obligation marks, hints and numbering; upper case."""
    found = key(text).strip(REQUIRED_MARK + "＊★:")
    while True:
        shorter = _NUMBERING.sub("", _HINT.sub("", found)).strip(REQUIRED_MARK + "★:")
        if shorter == found or not shorter:
            return found
        found = shorter
