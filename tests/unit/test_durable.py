"""What happens when a write does not come about: a kill, a full disk, a file swapped under the reader's hands."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from exports import closes, release
from ingest import durable, landing, ledger, warehouse
from ingest.durable import AFTER, BEFORE, DiskFullError
from ingest.settings import Settings
from orchestration.lock import exclusive
from quality import receipt
from tests.torture.state import check_release, releases
from tests.unit.exports_fixture import build_info, make_release_build

JUNE = "2025-06"
ARRIVED = datetime(2025, 7, 3, tzinfo=UTC).timestamp()
PUBLISHING = ("release.move", "release.folder", "close.aside", "close.store", "release.switch")


class KilledError(BaseException):
    """Stands for SIGKILL where no process has to die: nothing catches it."""


def stopping(point: str, side: str, error: BaseException) -> durable.Hook:
    def hook(name: str, here: str) -> None:
        if (name, here) == (point, side):
            raise error

    return hook


def full() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def drop(settings: Settings, name: str, data: bytes) -> Path:
    path = settings.inbox / "market_regulation" / JUNE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (ARRIVED, ARRIVED))
    return path


def land(settings: Settings) -> list[str]:
    with warehouse.connect(settings) as con:
        landing.land_inbox(con, settings)
        return [s.source_name for s in ledger.pending(con)]


def wrapped(message: str) -> RuntimeError:
    try:
        try:
            raise full()
        except OSError as error:
            raise RuntimeError(message) from error
    except RuntimeError as error:
        return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (full(), True),
        (OSError(errno.EDQUOT, "quota"), True),
        (OSError(errno.EACCES, "no right"), False),
        (RuntimeError('IO Error: Could not write file "x": No space left on device'), True),
        (wrapped("the workbook cannot be read"), True),
        (RuntimeError("a model is wrong"), False),
    ],
)
def test_full_disk_is_told_from_other_errors(error: BaseException, expected: bool) -> None:
    assert durable.is_disk_full(error) is expected


def test_full_disk_under_the_lock_says_what_to_do(settings: Settings) -> None:
    told = r"the disk is full .* MB left; make room .* run the same command again"
    with pytest.raises(DiskFullError, match=told), exclusive(settings, "close"):
        raise full()
    with pytest.raises(OSError, match="no right"), exclusive(settings, "close"):
        raise OSError(errno.EACCES, "no right")


def test_point_without_a_hook_does_nothing() -> None:
    with durable.point("archive.file"):
        pass


@pytest.mark.parametrize("point", ["archive.file", "ledger.arrivals"])
def test_landing_on_a_full_disk_stops_and_the_next_run_lands_everything(settings: Settings, point: str) -> None:
    drop(settings, "正面清单.csv", b"a,b\r\n1,2\r\n")
    drop(settings, "严重失信主体名单.csv", b"a,b\r\n3,4\r\n")
    with pytest.raises(OSError, match="No space"), durable.hooked(stopping(point, BEFORE, full())):
        land(settings)
    assert sorted(land(settings)) == ["严重失信主体名单.csv", "正面清单.csv"]


@pytest.mark.parametrize(
    ("point", "side"), [("archive.file", BEFORE), ("archive.file", AFTER), ("ledger.arrivals", BEFORE)]
)
def test_landing_killed_leaves_no_half_copied_file(settings: Settings, point: str, side: str) -> None:
    drop(settings, "正面清单.csv", b"a,b\r\n1,2\r\n")
    with pytest.raises(KilledError), durable.hooked(stopping(point, side, KilledError())):
        land(settings)
    (settings.archive / ".incoming-left").write_bytes(b"half")
    assert land(settings) == ["正面清单.csv"]
    assert [p for p in settings.archive.iterdir() if p.name.startswith(".")] == []


def test_file_swapped_while_it_is_read_is_left_for_later(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another file of the same size and time under the same name: what was archived is not what lies there."""
    path = drop(settings, "正面清单.csv", b"a,b\r\n1,2\r\n")
    real = landing.archive_file

    def swapped(settings: Settings, source: Path) -> object:
        done = real(settings, source)
        other = source.with_name("~other")
        other.write_bytes(b"a,b\r\n9,9\r\n")
        os.utime(other, (ARRIVED, ARRIVED))
        other.replace(source)
        return done

    monkeypatch.setattr(landing, "archive_file", swapped)
    assert land(settings) == []
    monkeypatch.setattr(landing, "archive_file", real)
    assert land(settings) == ["正面清单.csv"]
    with warehouse.connect(settings) as con:
        (sha256,) = con.execute("select sha256 from quality.submissions").fetchall()[0]
    assert (settings.archive / sha256[:2] / sha256).read_bytes() == path.read_bytes()


def test_receipt_moved_aside_comes_back_and_drafts_go(settings: Settings) -> None:
    folder = settings.outbox / "tax_bureau"
    for name in (".one.old", "two", ".two.old", ".three.new"):
        (folder / name).mkdir(parents=True)
        (folder / name / "receipt.json").write_text(name, encoding="utf-8")
    assert len(receipt.remove_leftovers(settings)) == 3
    assert {p.name: (p / "receipt.json").read_text(encoding="utf-8") for p in folder.iterdir()} == {
        "one": ".one.old", "two": "two",
    }  # fmt: skip


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves out lists, documents and the look from outside: other tests look at them."""
    monkeypatch.setattr(release, "_write_documents", lambda *_: None)
    monkeypatch.setattr(release, "_check_from_outside", lambda *_: None)


def publish(settings: Settings, **changes: object) -> release.Release:
    make_release_build(settings.release_build, (JUNE,))
    return release.publish(settings, build_info((JUNE,), **changes))


def files_of(settings: Settings) -> set[str]:
    """Returns what lies around apart from the insides of releases."""
    return {
        p.relative_to(settings.home).as_posix()
        for p in settings.home.rglob("*")
        if len(p.relative_to(settings.published).parts if p.is_relative_to(settings.published) else ()) < 2
    }


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("side", "error"), [(BEFORE, full()), (AFTER, KilledError())], ids=["disk full", "killed"])
def test_publishing_stopped_anywhere_shows_whole_releases_only(
    settings: Settings, side: str, error: BaseException
) -> None:
    first = publish(settings, fingerprint="a" * 64)
    for point in PUBLISHING:
        with pytest.raises(type(error)), durable.hooked(stopping(point, side, error)):
            publish(settings, fingerprint=f"{PUBLISHING.index(point)}" * 64)
        shown = releases(settings.home)
        assert first.path in shown
        for found in shown:
            check_release(found)
    last = publish(settings, fingerprint=f"{PUBLISHING.index('release.switch')}" * 64)
    assert release.current_release(settings) == last.path
    assert not settings.release_build.exists()  # of the run that found its release there already
    assert not [name for name in files_of(settings) if "/." in name or name.startswith(".")]


def test_build_that_a_full_disk_keeps_from_closing_is_told_as_a_full_disk(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB closes without a word if its log cannot be taken into the file: only the log beside it tells."""
    make_release_build(settings.release_build)
    settings.release_build.with_name(f"{settings.release_build.name}.wal").write_bytes(b"what could not be taken in")
    with pytest.raises(release.ReleaseRefusedError), durable.full_disk_told(settings.home):
        release.publish(settings, build_info(), {})

    def out_of_room(*_: object, **__: object) -> None:
        raise duckdb.IOException("IO Error: Could not write file: No space left on device")

    monkeypatch.setattr("duckdb.connect", out_of_room)
    with pytest.raises(DiskFullError, match="make room"), durable.full_disk_told(settings.home):
        release.publish(settings, build_info(), {})


@pytest.mark.usefixtures("quick")
def test_rows_of_former_closes_are_those_of_the_close_in_force(settings: Settings) -> None:
    one = publish(settings, fingerprint="a" * 64)
    rows = {p.name: p.read_bytes() for p in (settings.closes / JUNE).iterdir()}
    two = publish(settings, fingerprint="b" * 64)  # killed before it came into force: meta.closes knows the first only
    assert (settings.closes / JUNE / closes.ORIGIN).read_text(encoding="utf-8").strip() == two.name
    assert closes.restore(settings, {JUNE: one.path}) == [JUNE]
    assert {p.name: p.read_bytes() for p in (settings.closes / JUNE).iterdir()} == rows
    assert closes.restore(settings, {JUNE: one.path}) == []
    assert closes.restore(settings, {}) == [JUNE]  # the first close ever, killed before it came into force
    assert not (settings.closes / JUNE).exists()
