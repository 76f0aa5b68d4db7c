"""What happens after a close: late data, a draw made again, a gateway that is down, an open month, a killed run."""

from __future__ import annotations

import csv
import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from ingest import clock
from ingest.settings import Settings
from orchestration import cli, close
from tests.integration.conftest import City

LATE = datetime(2025, 9, 1, 2)  # after July's close, before August's
DEAD = """
- {name: dead, feed: inspection_results, protocol: bg-hmac, base_url: "http://127.0.0.1:9", path: /x, attempts: 1,
   access_key_env: DEAD_KEY, secret_key_env: DEAD_SECRET, record_id: id}
"""


@pytest.fixture(scope="module")
def copy(city: City, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a copy of the city that these tests may change; they build on each other, in order."""
    home = tmp_path_factory.mktemp("again") / "home"
    shutil.copytree(city.home, home, symlinks=True, copy_function=shutil.copy2)
    return city.settings.model_copy(update={"home": home, "gateways": None})


def count(release: Path, sql: str) -> int:
    with duckdb.connect(str(release / "xinyong.duckdb"), read_only=True) as con:
        return int(con.execute(sql).fetchall()[0][0])


def drop(settings: Settings, period: str, at: datetime) -> None:
    """A repair decision of July that came late; one row, from the department that owns no list of it."""
    folder = settings.inbox / "development_reform" / period
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "补报_信用修复.csv"
    path.write_text(
        "行业领域名称,企业名称,统一社会信用代码,列入日期,修复日期,修复决定\n"
        "纳税缴费领域,湖州不存在有限公司,91330500MA2B0000X1,2025-01-02,2025-07-02,准予\n",
        encoding="utf-8",
    )
    stamp = (at - datetime(1970, 1, 1)) / timedelta(seconds=1)
    os.utime(path, (stamp, stamp))


def test_late_file_changes_nothing_until_the_month_is_amended(copy: Settings) -> None:
    drop(copy, "2025-07", LATE)
    result = close.close_month(copy, "2025-07")
    assert (result.state, result.reclosed) == ("unchanged", ())
    assert result.arrived_later >= 1


DRAWN_AGAIN = "transport"
REASON = "名录漏了三家企业"


def command(settings: Settings, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Returns the exit code of the command line in the home of the settings."""
    assert settings.person_key is not None
    monkeypatch.setenv("XINYONG_HOME", str(settings.home))
    monkeypatch.setenv("XINYONG_PERSON_KEY", settings.person_key.get_secret_value())
    monkeypatch.setenv("XINYONG_RECEIPT_CLOCK", "mtime")
    monkeypatch.setattr("sys.argv", ["xinyong", *arguments])
    return cli.call()


def test_draw_is_decided_again_by_a_person_with_a_reason(
    copy: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATE)
    wanted = ("draw", "2025-07", "交通运输领域")
    assert command(copy, monkeypatch, *wanted) != 0
    assert command(copy, monkeypatch, *wanted, "--by", "信用办 王工", "--reason", " ") == 1
    assert "needs a name and a reason" in capsys.readouterr().err
    assert command(copy, monkeypatch, *wanted, "--by", "信用办 王工", "--reason", REASON) == 0
    assert "draw 2 of transport for 2025-07" in capsys.readouterr().out
    # Decided, not yet made: what is published stays, and a close as of its former time does not know of it.
    assert close.close_month(copy, "2025-07").state == "unchanged"


def test_amendment_closes_the_month_and_what_follows_each_at_its_own_time(city: City, copy: Settings) -> None:
    june, july, august = city.results
    amended = close.close_month(copy, "2025-07", LATE + timedelta(hours=1))
    assert (amended.state, amended.as_of) == ("closed", LATE + timedelta(hours=1))
    assert [(r.period, r.as_of, r.state) for r in amended.reclosed] == [("2025-08", august.as_of, "closed")]
    assert (copy.published / "current").resolve().name == amended.reclosed[0].release.name
    late = "select count(*) from marts.submissions where feed = 'credit_repair' and period = '2025-07'"
    assert count(amended.release, late) == count(july.release, late) + 1
    assert (copy.published / june.release.name).is_dir()  # June stands as it was
    again = close.close_month(copy, "2025-07")
    assert (again.state, again.as_of, again.reclosed) == ("unchanged", amended.as_of, ())


def test_draw_made_again_stands_beside_the_former_one(city: City, copy: Settings) -> None:
    def draws(release: Path, condition: str) -> list[tuple]:
        with duckdb.connect(str(release / "xinyong.duckdb"), read_only=True) as con:
            return con.execute(
                "select domain_code, draw_no, seed, population_hash, uscc, measure, drawn, redraw_reason, drawn_as_of "
                f"from marts.inspection_draws where {condition} order by all"
            ).fetchall()

    former = city.results[1].release
    (amended,) = [path for path in copy.published.glob("2025-07*") if path.name != former.name]
    assert draws(amended, "draw_no = 1") == draws(former, "true")
    again = draws(amended, "draw_no = 2")
    assert {(row[0], row[7], row[8]) for row in again} == {(DRAWN_AGAIN, REASON, LATE + timedelta(hours=1))}
    assert {row[2] for row in again}.isdisjoint(row[2] for row in draws(former, "true"))
    in_force = draws(amended, f"domain_code = '{DRAWN_AGAIN}' and is_in_force and drawn")
    assert in_force == [row for row in again if row[6]] != []
    with next((amended / "lists").glob("inspection_draws.csv")).open(encoding="utf-8-sig", newline="") as lines:
        reasons = {row["redraw_reason"] for row in csv.DictReader(lines) if row["domain_code"] == DRAWN_AGAIN}
    assert reasons == {REASON}


def test_gateway_that_is_down_is_told_and_stops_nothing(
    copy: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    gateways = tmp_path / "gateways.yaml"
    gateways.write_text(DEAD, encoding="utf-8")
    monkeypatch.setenv("XINYONG_GATEWAYS", str(gateways))
    monkeypatch.setenv("DEAD_KEY", "key")
    monkeypatch.setenv("DEAD_SECRET", "secret-of-the-gateway")
    code = command(copy, monkeypatch, "run", "--period", "2025-08")
    said = capsys.readouterr()
    assert code == 1
    assert "PROBLEM gateway dead" in said.out
    assert "nothing changed since" in said.out  # the close went on, and found nothing new
    assert "secret-of-the-gateway" not in said.out + said.err


def test_leftovers_of_a_killed_run_do_no_harm_and_an_open_month_is_closed_provisionally(copy: Settings) -> None:
    (copy.published / ".tmp-2025-09_killed").mkdir()
    (copy.published / ".tmp-2025-09_killed" / "half.parquet").write_bytes(b"PAR1")
    copy.release_build.write_bytes(b"half a database")
    copy.release_build.with_name("release_build.duckdb.wal").write_bytes(b"log")
    copy.scratch.mkdir(exist_ok=True)
    (copy.scratch / "left").write_bytes(b"x")
    as_of = datetime(2025, 9, 24, 16)
    result = close.close_month(copy, "2025-09", as_of)
    assert (result.state, result.is_final) == ("closed", False)
    assert result.release.name.endswith("-provisional")
    assert list(copy.published.glob(".tmp-*")) == []
    assert not (copy.closes / "2025-09").exists()  # a provisional close fixes nothing
    assert (
        count(result.release, "select count(*) from marts.enterprise_profile where reference_date <> '2025-09-25'") == 0
    )
    assert close.close_month(copy, "2025-09", as_of).state == "unchanged"
