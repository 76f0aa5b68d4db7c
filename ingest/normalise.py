"""Returns connections that know the normalisation macros ``xy_*`` of ``normalise.sql`` and its three functions."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ingest import privacy

if TYPE_CHECKING:
    import duckdb

MACROS = Path(__file__).with_name("normalise.sql")

# Same classes as in normalise.sql: what nobody sees, blanks, and bracket forms (domain.md 4).
_UNSEEN = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")
_BLANKS = re.compile("[\\s\u00a0\x00-\x20\x7f]+")
_BRACKETS = str.maketrans("[]【】〔〕〖〗{}〈〉", "()()()()()()")


def key(text: str) -> str:
    """Returns the text for comparing: NFKC, one bracket form, no blanks, upper case (macro ``xy_key``)."""
    folded = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
    return _BLANKS.sub("", folded).translate(_BRACKETS).upper()


def person_hash(number: str, secret: str) -> str:
    """Returns the keyed hash, hex HMAC-SHA256, under which an ID number leaves the raw zone (design.md 10)."""
    return hmac.new(secret.encode(), number.encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=1)
def macros() -> str:
    """Returns the SQL of the macros; those that hide ID numbers come first, others use them."""
    return f"{privacy.MACROS}\n{MACROS.read_text(encoding='utf-8')}"


def install(con: duckdb.DuckDBPyConnection, secret: str) -> None:
    """Registers ``nfkc``, ``uscc_check``, ``person_hash`` and the macros on the connection, for this connection only.

    Args:
        con: where to register; close it before the interpreter ends.
        secret: key of ``person_hash``, ``XINYONG_PERSON_KEY``.
    """
    from duckdb.func import PythonUDFType

    from ingest.normalise_functions import hasher, nfkc, uscc_check  # pyarrow only where rows are read

    con.create_function("nfkc", nfkc, ["VARCHAR"], "VARCHAR", type=PythonUDFType.ARROW)
    con.create_function("uscc_check", uscc_check, ["VARCHAR"], "BOOLEAN", type=PythonUDFType.ARROW)
    con.create_function("person_hash", hasher(secret), ["VARCHAR"], "VARCHAR", type=PythonUDFType.ARROW)
    con.execute(macros())
