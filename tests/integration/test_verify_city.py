"""A month closed here comes out again elsewhere: other folder, time zone, language, hash seed and number of threads."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.conftest import City

ROOT = Path(__file__).parents[2]
ELSEWHERE = {
    "TZ": "America/New_York", "LANG": "de_DE.UTF-8", "LC_ALL": "C", "PYTHONHASHSEED": "7", "XINYONG_THREADS": "1",
    "XINYONG_MEMORY_LIMIT": "2GB",
}  # fmt: skip
SECONDS = 600  # far above what a rebuild takes on a busy machine


@pytest.mark.slow
@pytest.mark.parametrize("period", ["2025-06", "2025-08"])
def test_month_verified_on_another_machine_is_equal_in_every_artefact(city: City, tmp_path: Path, period: str) -> None:
    home = tmp_path / "另一台机器 with a longer name" / "home"
    shutil.copytree(city.home, home, symlinks=True, ignore=shutil.ignore_patterns("dbt_target", "inbox", "archive"))
    answer = subprocess.run(
        [sys.executable, "-m", "orchestration.cli", "verify", period],
        capture_output=True, check=False, text=True, encoding="utf-8", timeout=SECONDS, cwd=ROOT,
        env=os.environ | ELSEWHERE | {
            "XINYONG_HOME": str(home), "XINYONG_PERSON_KEY": (home / "person.key").read_text(encoding="utf-8").strip(),
            "PYTHONUTF8": "1",
        },
    )  # fmt: skip
    lines = answer.stdout.splitlines()
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-3000:]
    assert "0 unequal, 0 damaged" in lines[-1]
    equal = {line.split()[1] for line in lines if line.startswith("equal ")}
    kinds = {path.rsplit(".", maxsplit=1)[-1] for path in equal if "#" not in path}
    assert {"parquet", "xlsx", "csv", "docx", "pdf", "html", "json"} <= kinds
    assert "xinyong.duckdb#marts.positive_list" in equal
