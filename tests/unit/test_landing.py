"""From the inbox to the ledger: every arrival once, its bytes safe, its submission named the same anywhere."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest import clock, landing, ledger, warehouse
from ingest.contract_model import MARK_SHEET, load_contracts
from ingest.settings import Settings
from tests.unit.tables import FIRST, HEADERS, SECOND, THIRD, csv_text, write_csv, write_xlsx, write_zip

JUNE = datetime(2025, 7, 3, 1, 0, 0)
LIST = csv_text([HEADERS, FIRST]).encode()
OTHER = csv_text([HEADERS, FIRST, SECOND]).encode()


def drop(
    settings: Settings, name: str, data: bytes = LIST, sender: str = "market_regulation", period: str = "2025-06",
    at: datetime = JUNE,
) -> Path:  # fmt: skip
    """Puts a file into the inbox, written at that time (UTC)."""
    path = settings.inbox / sender / period / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    touch(path, at)
    return path


def touch(path: Path, at: datetime) -> None:
    seconds = at.replace(tzinfo=UTC).timestamp()
    os.utime(path, (seconds, seconds))


def land(settings: Settings) -> list[ledger.Submission]:
    """Lands the inbox, returns everything that waits to be judged."""
    with warehouse.connect(settings) as con:
        landing.land_inbox(con, settings)
        return ledger.pending(con)


def arrivals(settings: Settings) -> list[tuple[str, bool]]:
    with warehouse.connect(settings) as con:
        found = con.execute("select source_name, is_repeat from quality.arrivals order by landed_at, source_name")
        return found.fetchall()


def test_a_file_becomes_a_submission_with_its_bytes_in_the_archive(settings: Settings) -> None:
    drop(settings, "行业正面清单6月.csv")
    (found,) = land(settings)
    assert (found.feed, found.department_code, found.period) == ("positive_list", "market_regulation", "2025-06")
    assert (found.received_at, found.is_correction, found.channel) == (JUNE, False, "drop")
    assert found.sender_folder == "market_regulation"
    ((name, path),) = found.files
    assert name == "行业正面清单6月.csv"
    kept = settings.archive / path
    assert kept.read_bytes() == LIST
    assert kept.stat().st_mode & 0o222 == 0
    assert kept.name == found.sha256
    assert list(settings.archive.glob(".incoming*")) == []


def test_the_same_history_gives_the_same_ids_anywhere(settings: Settings, tmp_path: Path) -> None:
    elsewhere = settings.model_copy(update={"home": tmp_path / "elsewhere"})
    for home in (settings, elsewhere):
        drop(home, "正面清单.csv")
    assert [s.submission_id for s in land(settings)] == [s.submission_id for s in land(elsewhere)]


def test_an_unchanged_inbox_is_passed_over_unread(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(settings, "正面清单.csv")
    drop(settings, "正面清单二.csv", OTHER)
    assert len(land(settings)) == 2
    monkeypatch.setattr(landing, "archive_file", lambda *_: pytest.fail("read again"))
    before = arrivals(settings)
    assert len(land(settings)) == 2
    assert arrivals(settings) == before


def test_same_bytes_as_the_latest_have_no_effect_and_are_noted_once(settings: Settings) -> None:
    drop(settings, "正面清单.csv")
    land(settings)
    drop(settings, "正面清单 副本.csv", at=datetime(2025, 7, 4))
    assert len(land(settings)) == 1
    assert len(land(settings)) == 1
    assert arrivals(settings) == [("正面清单.csv", False), ("正面清单 副本.csv", True)]


def test_same_bytes_as_an_older_one_are_a_new_submission(settings: Settings) -> None:
    for day, data in ((3, LIST), (4, OTHER), (5, LIST)):
        drop(settings, f"正面清单{day}.csv", data, at=datetime(2025, 7, day))
    assert [s.received_at.day for s in land(settings)] == [3, 4, 5]


def test_same_bytes_for_another_month_or_sender_are_new(settings: Settings) -> None:
    drop(settings, "正面清单.csv")
    drop(settings, "正面清单.csv", period="2025-07")
    drop(settings, "正面清单.csv", sender="tax_bureau")
    assert len(land(settings)) == 3


def test_a_changed_file_is_a_new_submission(settings: Settings) -> None:
    drop(settings, "正面清单.csv")
    land(settings)
    drop(settings, "正面清单.csv", OTHER, at=datetime(2025, 7, 4))
    assert [s.received_at.day for s in land(settings)] == [3, 4]


@pytest.mark.parametrize(
    ("folder", "code"),
    [
        ("tax_bureau", "tax_bureau"), ("市税务局", "tax_bureau"), (" 市税务局 ", "tax_bureau"),
        ("湖州市市场监督管理局", "market_regulation"), ("市气象局", None),
    ],
)  # fmt: skip
def test_the_folder_says_who_the_sender_is(settings: Settings, folder: str, code: str | None) -> None:
    drop(settings, "正面清单.csv", sender=folder)
    (found,) = land(settings)
    assert (found.department_code, found.sender_folder) == (code, folder)


@pytest.mark.parametrize(
    ("folder", "period"), [("2025-06", "2025-06"), ("2025-6", None), ("六月", None), ("2025-13", None)]
)
def test_the_folder_says_which_month(settings: Settings, folder: str, period: str | None) -> None:
    drop(settings, "正面清单.csv", period=folder)
    assert [s.period for s in land(settings)] == [period]


def test_files_in_the_wrong_place_are_answered(settings: Settings) -> None:
    for path in (settings.inbox / "正面清单.csv", settings.inbox / "tax_bureau" / "正面清单.csv"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(LIST)
        touch(path, JUNE)
    assert sorted((s.department_code or "", s.period or "") for s in land(settings)) == [("", ""), ("tax_bureau", "")]


@pytest.mark.parametrize(
    ("name", "feed"),
    [
        ("行业评价结果.csv", "evaluation_results"), ("6月行业正面清单（终）.csv", "positive_list"),
        ("严重失信主体名单.csv", "serious_dishonesty_list"), ("监督检查任务.csv", "inspection_tasks"),
        ("企业登记信息.csv", "enterprise_registry"), ("公共信用评价.csv", "public_credit_evaluation"),
        ("监管对象名单.csv", "regulated_subjects"), ("信用修复.csv", "credit_repair"),
        ("positive_list.csv", "positive_list"), ("POSITIVE_LIST 6.csv", "positive_list"),
        ("正面清单和监管对象名单.csv", None), ("报表.csv", None),
    ],
)  # fmt: skip
def test_the_file_name_says_which_feed(name: str, feed: str | None) -> None:
    assert landing.feed_of_name(name, load_contracts()) == feed


def test_headers_say_which_feed_where_the_name_does_not(settings: Settings) -> None:
    headers = [c.title for c in load_contracts()["inspection_tasks"].columns]
    drop(settings, "六月.csv", csv_text([headers]).encode())
    drop(settings, "报表.csv")  # headers of a positive list: a dishonesty list without its reasons has the same
    assert {s.source_name: s.feed for s in land(settings)} == {"六月.csv": "inspection_tasks", "报表.csv": None}


def test_leftovers_are_ignored(settings: Settings) -> None:
    for name in (".DS_Store", "~$正面清单.xlsx", "正面清单.csv.part", "正面清单.tmp", "Thumbs.db"):
        drop(settings, name)
    assert land(settings) == []


def test_links_are_refused(settings: Settings, tmp_path: Path) -> None:
    secret = write_csv(tmp_path / "secret.csv", [HEADERS, THIRD])
    drop(settings, "a.txt").with_name("正面清单.csv").symlink_to(secret)
    folder = settings.inbox / "market_regulation" / "2025-06" / "正面清单"
    folder.mkdir()
    (folder / "link.csv").symlink_to(secret)
    (folder / "real.csv").write_bytes(LIST)
    found = land(settings)
    assert sorted(name for s in found for name, _ in s.files) == ["a.txt", "正面清单/real.csv"]


def test_a_sub_folder_is_one_submission(settings: Settings) -> None:
    drop(settings, "正面清单/一.csv", LIST, at=datetime(2025, 7, 3))
    drop(settings, "正面清单/二.csv", OTHER, at=datetime(2025, 7, 5))
    (found,) = land(settings)
    assert (found.source_name, found.feed, found.received_at) == ("正面清单", "positive_list", datetime(2025, 7, 5))
    assert [name for name, _ in found.files] == ["正面清单/一.csv", "正面清单/二.csv"]
    hashes = sorted(path.name for _, path in found.files)
    assert found.sha256 == ledger.members_sha256(hashes)


def test_a_zip_is_one_submission_under_its_own_name(settings: Settings, tmp_path: Path) -> None:
    data = write_zip(tmp_path / "x.zip", {"一.csv": LIST, "二.csv": OTHER}).read_bytes()
    drop(settings, "正面清单.zip", data)
    (found,) = land(settings)
    assert (found.feed, found.files[0][0]) == ("positive_list", "正面清单.zip")


@pytest.mark.parametrize("name", ["更正正面清单.csv", "【更正】正面清单.csv", "（更正）正面清单.csv"])
def test_a_correction_is_known_by_its_name_and_finds_what_it_corrects(settings: Settings, name: str) -> None:
    drop(settings, "正面清单.csv", at=datetime(2025, 7, 3))
    drop(settings, name, OTHER, at=datetime(2025, 7, 4))
    drop(settings, "更正2正面清单.csv", csv_text([HEADERS, THIRD]).encode(), at=datetime(2025, 7, 5))
    first, second, third = land(settings)
    assert (first.is_correction, first.corrects_submission_id) == (False, None)
    assert (second.is_correction, second.corrects_submission_id) == (True, first.submission_id)
    assert (third.is_correction, third.corrects_submission_id) == (True, first.submission_id)


def test_a_returned_receipt_is_a_correction_of_its_own_feed(settings: Settings, tmp_path: Path) -> None:
    drop(settings, "正面清单.csv", at=datetime(2025, 7, 3))
    (first,) = land(settings)
    sheets = {
        "数据": [HEADERS, SECOND],
        MARK_SHEET: [("submission_id", first.submission_id), ("feed", "positive_list")],
    }
    receipt = write_xlsx(tmp_path / "r.xlsx", sheets, hidden=(MARK_SHEET,)).read_bytes()
    drop(settings, "回执.xlsx", receipt, at=datetime(2025, 7, 6))
    drop(settings, "回执.xlsx", receipt, sender="tax_bureau", at=datetime(2025, 7, 6))
    _, returned, foreign = sorted(land(settings), key=lambda s: (s.received_at, s.department_code))
    assert (returned.feed, returned.is_correction) == ("positive_list", True)
    assert returned.corrects_submission_id == first.submission_id
    assert (foreign.feed, foreign.corrects_submission_id) == (None, None)  # not theirs, and headers do not tell


def test_a_time_in_the_future_counts_as_now(settings: Settings) -> None:
    drop(settings, "正面清单.csv", at=datetime(2035, 1, 1))
    (found,) = land(settings)
    assert found.received_at <= clock.now()
    assert (found.remark or "").startswith("X-CLOCK: modification time 2035-01-01 00:00:00 UTC")


def test_ledger_clock_counts_first_sight_and_waits_for_writers(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = settings.model_copy(update={"receipt_clock": "ledger"})
    now = datetime(2025, 7, 8, 1, 0, 0)
    monkeypatch.setattr(clock, "now", lambda: now)
    drop(ours, "正面清单二.csv", OTHER, at=datetime(2025, 7, 8, 0, 59, 0))
    drop(ours, "正面清单一.csv", LIST, at=datetime(2025, 7, 8, 0, 58, 0))
    drop(ours, "正面清单三.csv", csv_text([HEADERS, THIRD]).encode(), at=datetime(2025, 7, 8, 0, 59, 59))
    found = land(ours)
    assert [s.source_name for s in found] == ["正面清单一.csv", "正面清单二.csv"]  # in the order of writing
    assert all(abs((s.received_at - now).total_seconds()) < 0.001 for s in found)
    monkeypatch.setattr(clock, "now", lambda: datetime(2025, 7, 8, 1, 5, 0))
    assert [s.source_name for s in land(ours)][-1] == "正面清单三.csv"


def test_a_file_that_grows_while_it_is_read_is_left_for_later(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drop(settings, "正面清单.csv")
    real = landing.archive_file

    def slow(settings: Settings, source: Path) -> object:
        done = real(settings, source)
        with source.open("ab") as file:
            file.write(b"more")
        return done

    monkeypatch.setattr(landing, "archive_file", slow)
    assert land(settings) == []
    monkeypatch.setattr(landing, "archive_file", real)
    touch(path, JUNE)
    assert len(land(settings)) == 1


def test_a_failure_half_way_loses_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(settings, "正面清单.csv", LIST)
    drop(settings, "正面清单二.csv", OTHER, at=datetime(2025, 7, 4))
    real = ledger.record
    calls = []

    def failing(*arguments: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return real(*arguments)

    monkeypatch.setattr(ledger, "record", failing)
    with pytest.raises(RuntimeError):
        land(settings)
    monkeypatch.setattr(ledger, "record", real)
    assert len(land(settings)) == 2
    assert len(arrivals(settings)) == 2
