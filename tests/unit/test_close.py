"""Which instant a close takes, what makes it a new close, and that two runs do not collide."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from ingest import clock, warehouse
from ingest.errors import FeedError, WarehouseBusyError
from ingest.settings import Settings
from orchestration import close
from orchestration.close_history import FormerClose, close_in_force, closes_in_force, was_interrupted
from orchestration.intake import refuse_loss
from orchestration.lock import exclusive
from orchestration.plan import due_at_of, fingerprint, resolve_as_of
from orchestration.stages import CloseError

JUNE = "2025-06"
LONG_AGO = datetime(2025, 7, 20)


@pytest.fixture
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse.connect_memory(settings) as opened:
        yield opened


@pytest.fixture
def due(settings: Settings) -> datetime:
    return due_at_of(settings, JUNE)


def add_close(
    con: duckdb.DuckDBPyConnection, period: str, as_of: datetime, *, final: bool = True, fingerprint: str = "f"
) -> None:
    count = con.execute("select count(*) from meta.closes").fetchall()[0][0]
    con.execute(
        "insert into meta.closes values ('huzhou', ?, ?, ?, ?, ?, ?, ?)",
        [period, as_of, as_of.date(), final, datetime(2026, 1, 1) + timedelta(hours=count), fingerprint, f"r{count}"],
    )


def add_submission(
    con: duckdb.DuckDBPyConnection, submission_id: str, received_at: datetime, period: str = JUNE
) -> None:
    con.execute(
        "insert into quality.submissions (submission_id, arrival_id, feed, department_code, period, channel, "
        "source_name, received_at, sha256, is_correction) "
        "values (?, 'a', 'positive_list', 'tax_bureau', ?, 'drop', 'x.csv', ?, 's', false)",
        [submission_id, period, received_at],
    )
    con.execute(
        "insert into quality.submission_verdicts (submission_id, decided_at, cause, verdict, rows_received, "
        "rows_accepted, rows_quarantined) values (?, ?, 'judged', 'accepted', 3, 3, 0)",
        [submission_id, received_at],
    )


class TestAsOf:
    def test_open_period_defaults_to_now(self, con, settings, due) -> None:
        before = clock.now()
        assert before <= resolve_as_of(con, settings, JUNE, due, None) <= clock.now()

    def test_closed_period_defaults_to_its_final_close(self, con, settings, due) -> None:
        add_close(con, JUNE, LONG_AGO)
        assert resolve_as_of(con, settings, JUNE, due, None) == LONG_AGO

    def test_provisional_close_sets_no_default(self, con, settings, due) -> None:
        add_close(con, JUNE, datetime(2025, 6, 20), final=False)
        assert resolve_as_of(con, settings, JUNE, due, None) > LONG_AGO

    def test_amendment_takes_the_time_given(self, con, settings, due) -> None:
        add_close(con, JUNE, LONG_AGO)
        later = LONG_AGO + timedelta(days=30)
        assert resolve_as_of(con, settings, JUNE, due, later) == later

    def test_future_is_refused(self, con, settings, due) -> None:
        with pytest.raises(CloseError, match="cannot be closed yet"):
            resolve_as_of(con, settings, JUNE, due, clock.now() + timedelta(hours=1))

    def test_time_before_the_period_is_refused(self, con, settings, due) -> None:
        with pytest.raises(CloseError, match="has not begun"):
            resolve_as_of(
                con, settings, JUNE, due, clock.local_midnight(clock.period_start(JUNE)) - timedelta(microseconds=1)
            )

    def test_first_moment_of_the_period_is_taken(self, con, settings, due) -> None:
        first = clock.local_midnight(clock.period_start(JUNE))
        assert resolve_as_of(con, settings, JUNE, due, first) == first

    def test_final_close_does_not_become_provisional(self, con, settings, due) -> None:
        add_close(con, JUNE, LONG_AGO)
        with pytest.raises(CloseError, match="cannot become provisional"):
            resolve_as_of(con, settings, JUNE, due, due - timedelta(microseconds=1))
        assert resolve_as_of(con, settings, JUNE, due, due) == due

    @pytest.mark.parametrize("period", ["2025-6", "June", "2025-13", "202506"])
    def test_period_that_is_no_month_is_refused(self, settings, period) -> None:
        with pytest.raises(CloseError, match="YYYY-MM"):
            due_at_of(settings, period)

    def test_period_before_the_programme_is_refused(self, settings) -> None:
        with pytest.raises(CloseError, match="no reports are due"):
            due_at_of(settings, "2024-01")


class TestFingerprint:
    def print_of(self, con, as_of=LONG_AGO, previous=None) -> str:
        return fingerprint(con, "huzhou", JUNE, as_of, previous)

    def test_same_input_gives_the_same(self, con) -> None:
        add_submission(con, "one", LONG_AGO - timedelta(days=1))
        assert self.print_of(con) == self.print_of(con)

    def test_submission_known_by_then_changes_it(self, con) -> None:
        before = self.print_of(con)
        add_submission(con, "one", LONG_AGO)
        assert self.print_of(con) != before

    @pytest.mark.parametrize(
        ("received_at", "period"),
        [(LONG_AGO + timedelta(microseconds=1), JUNE), (LONG_AGO, "2025-07")],
        ids=["received later", "of a later period"],
    )
    def test_what_is_not_known_changes_nothing(self, con, received_at, period) -> None:
        before = self.print_of(con)
        add_submission(con, "one", received_at, period)
        assert self.print_of(con) == before

    @pytest.mark.parametrize(
        ("decided_at", "changes"), [(LONG_AGO, True), (LONG_AGO + timedelta(microseconds=1), False)]
    )
    def test_decision_counts_from_its_date(self, con, decided_at, changes) -> None:
        add_submission(con, "one", LONG_AGO - timedelta(days=1))
        before = self.print_of(con)
        con.execute(
            "insert into quality.row_decisions values ('one', 1, ?, 'accepted', 'identity', 'x', 'name', null)",
            [decided_at],
        )
        assert (self.print_of(con) != before) is changes

    def test_former_close_and_time_count(self, con) -> None:
        former = FormerClose("2025-05", LONG_AGO, True, "abc", "r")
        assert len({self.print_of(con), self.print_of(con, previous=former), self.print_of(con, due_later())}) == 3


def due_later() -> datetime:
    return LONG_AGO + timedelta(seconds=1)


def test_close_in_force_is_the_last_published_one(con) -> None:
    add_close(con, JUNE, LONG_AGO, fingerprint="old")
    add_close(con, "2025-07", LONG_AGO, fingerprint="july")
    add_close(con, JUNE, LONG_AGO, fingerprint="new")
    assert [c.fingerprint for c in closes_in_force(con, "huzhou")] == ["new", "july"]
    assert close_in_force(con, "huzhou", "2025-08") is None
    assert close_in_force(con, "wuzhong", JUNE) is None


def test_later_close_that_is_older_tells_of_a_run_that_was_killed(con) -> None:
    add_close(con, JUNE, LONG_AGO)
    add_close(con, "2025-07", LONG_AGO)
    add_close(con, "2025-08", LONG_AGO, final=False)
    assert not was_interrupted(con, "huzhou", JUNE)
    add_close(con, JUNE, LONG_AGO)  # amended; killed before July was closed again
    assert was_interrupted(con, "huzhou", JUNE)
    assert not was_interrupted(con, "huzhou", "2025-07")  # a provisional close is not made again
    add_close(con, "2025-07", LONG_AGO)
    assert not was_interrupted(con, "huzhou", JUNE)


def test_loss_is_refused_and_nothing_lost_is_not() -> None:
    refuse_loss([])
    with pytest.raises(CloseError, match="submission one: 3 received, 2 found"):
        refuse_loss(["submission one: 3 received, 2 found"])


def test_second_run_is_told_who_has_the_home(settings: Settings) -> None:
    code = (
        "from pathlib import Path\nfrom ingest.settings import Settings\nfrom orchestration.lock import exclusive\n"
        f"with exclusive(Settings(home=Path({str(settings.home)!r})), 'other'): pass"
    )
    with exclusive(settings, "close of 2025-06"):
        answer = subprocess.run(
            [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
        )
    assert answer.returncode != 0
    assert "close of 2025-06, process" in answer.stderr
    with exclusive(settings, "afterwards"):
        pass


def test_lock_within_one_process_is_refused_too(settings: Settings) -> None:
    with exclusive(settings, "first"), pytest.raises(WarehouseBusyError, match="first"), exclusive(settings, "second"):
        pass


def test_close_without_person_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="XINYONG_PERSON_KEY"):
        close.close_month(Settings(home=tmp_path, person_key=None), JUNE, LONG_AGO)
