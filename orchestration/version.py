"""Returns the version of the product and of its code, so that a close knows when it has to be done again."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

VERSION = "0.1.0"

ROOT = Path(__file__).parents[1]
# What a close is computed from. Not in it: the synthetic city and the Dagster wiring, which change no result.
_SOURCES = (
    "ingest/**/*", "quality/**/*", "exports/**/*", "orchestration/close*.py", "orchestration/plan.py",
    "orchestration/intake.py", "orchestration/dbt.py", "orchestration/dbt_docs.py",
    "dbt_project/dbt_project.yml", "dbt_project/macros/**/*", "dbt_project/models/**/*", "dbt_project/seeds/**/*",
)  # fmt: skip
_NOT_SOURCES = ("ingest/synthetic", "ingest/templates")


@lru_cache(maxsize=1)
def code_hash() -> str:
    """Returns the sha256, hex, over code, contracts, models and seeds: what decides a close besides its input."""
    digest = hashlib.sha256()
    paths = {path for pattern in _SOURCES for path in ROOT.glob(pattern)}
    for path in sorted(paths):
        name = path.relative_to(ROOT).as_posix()
        if not path.is_file() or "__pycache__" in name or name.startswith(_NOT_SOURCES):
            continue
        digest.update(name.encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def code_version() -> str:
    """Returns the version as a release names it: the product's, and the first digits of the code's hash."""
    return f"{VERSION}+{code_hash()[:12]}"
