"""The warehouse connection: one writer, no network, nothing printed at exit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ingest import warehouse
from ingest.errors import FeedError, WarehouseBusyError
from ingest.settings import Settings

REPOSITORY = Path(__file__).parents[2]


def test_connect_makes_the_ledger_and_knows_the_macros(settings: Settings) -> None:
    with warehouse.connect(settings) as con:
        assert con.execute("select count(*) from quality.submissions").fetchall() == [(0,)]
        assert con.execute("select xy_uscc('91330502matext01xa')").fetchall() == [("91330502MATEXT01XA",)]
        assert con.execute("select current_setting('autoinstall_known_extensions')").fetchall() == [(False,)]
    with warehouse.connect(settings) as con:  # again, on the file that is there
        assert con.execute("select count(*) from quality.arrivals").fetchall() == [(0,)]


def test_connect_empties_scratch(settings: Settings) -> None:
    settings.scratch.mkdir(parents=True)
    (settings.scratch / "left behind").write_text("x")
    with warehouse.connect(settings):
        assert list(settings.scratch.glob("left*")) == []


def test_connect_needs_the_person_key(settings: Settings) -> None:
    without = settings.model_copy(update={"person_key": None})
    with pytest.raises(FeedError, match="XINYONG_PERSON_KEY"), warehouse.connect(without):
        pass


def test_connect_while_another_process_writes_is_refused(settings: Settings) -> None:
    script = (
        "import sys; from pathlib import Path; from ingest.settings import Settings; from ingest import warehouse\n"
        "settings = Settings(home=Path(sys.argv[1]), person_key='k')\n"
        "with warehouse.connect(settings):\n    print('open', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(settings.home)], cwd=REPOSITORY, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(WarehouseBusyError, match="in use by another process"), warehouse.connect(settings):
            pass
        other.stdin.close()
    with warehouse.connect(settings):
        pass


def test_a_process_that_forgets_to_close_ends_in_silence(settings: Settings) -> None:
    script = (
        "import sys; from pathlib import Path; from ingest.settings import Settings; from ingest import warehouse\n"
        "keep = warehouse.connect(Settings(home=Path(sys.argv[1]), person_key='k')); con = keep.__enter__()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(settings.home)], cwd=REPOSITORY, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
