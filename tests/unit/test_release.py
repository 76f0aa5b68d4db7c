"""A release is whole or not there; what must not be published is refused, and the former release stays."""

import hashlib
import json
import subprocess
from pathlib import Path

import duckdb
import pytest

from exports import files, release
from exports.closes import CLOSE_MARTS, recover_closes, store_close
from exports.release import ReleaseRefusedError, clean_up, current_release, publish, release_name
from tests.conftest import settings_for
from tests.unit.exports_fixture import build_info, make_release_build
from tests.unit.exports_marts import MARTS

JUNE, JULY = ("2025-06",), ("2025-06", "2025-07")


def _publish(settings, periods=JUNE, **changes):
    make_release_build(settings.release_build, periods)
    return publish(settings, build_info(periods, **changes))


@pytest.fixture
def quick(monkeypatch):
    """Leaves lists and documents out: other tests look at them."""
    monkeypatch.setattr(release, "_write_documents", lambda *_: None)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """June published twice, in two homes."""
    made = []
    for number in (1, 2):
        settings = settings_for(tmp_path_factory.mktemp(f"信用 home {number}"))
        made.append((settings, _publish(settings)))
    return made


def test_publish_fills_the_release_folder(published):
    settings, made = published[0]
    assert made.name == "2025-06_20250716T023000Z_01234567"
    assert made.is_new
    assert made.is_current
    assert current_release(settings) == made.path
    assert not settings.release_build.exists()
    names = {p.relative_to(made.path).as_posix() for p in made.path.rglob("*") if p.is_file()}
    assert names >= {
        "xinyong.duckdb", "manifest.json", "SHA256SUMS", "dictionary.xlsx", "example_queries.sql",
        "parquet/positive_list.parquet", "lists/positive_list.csv", "lists/正面清单.xlsx", "notice/figures.json",
        "notice/通报（草案）.docx", "notice/通报附件.xlsx", "departments/construction_bureau/部门附件.xlsx",
    }  # fmt: skip
    assert not list(made.path.rglob("*.wal"))


def test_publish_same_input_gives_same_bytes(published):
    first, second = (made.path for _, made in published)
    compared = [p.relative_to(first) for p in files.files_below(first)]
    assert compared == [p.relative_to(second) for p in files.files_below(second)]
    different = [p.as_posix() for p in compared if (first / p).read_bytes() != (second / p).read_bytes()]
    # Two builds of a database file differ in bytes; the manifest tells its checksum outside the compared part.
    assert set(different) <= {"xinyong.duckdb", "manifest.json", "SHA256SUMS"}
    manifests = [json.loads((folder / "manifest.json").read_text(encoding="utf-8")) for folder in (first, second)]
    assert manifests[0]["compared"] == manifests[1]["compared"]


def test_manifest_tells_rows_and_checksums(published):
    _, made = published[0]
    manifest = json.loads((made.path / "manifest.json").read_text(encoding="utf-8"))
    compared = manifest["compared"]
    assert (compared["period"], compared["as_of"], compared["is_final"]) == ("2025-06", "2025-07-16T02:30:00Z", True)
    assert {t["table"]: t["rows"] for t in compared["tables"]} == made.rows
    assert made.rows["positive_list"] == 4
    for file in compared["files"]:
        content = (made.path / file["path"]).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest()), file["path"]
    assert manifest["database"]["sha256"] == hashlib.sha256(made.database.read_bytes()).hexdigest()
    listed = {s["submission_id"] for s in compared["submissions_used"]}
    assert "2025-06-finance-positive_list" in listed


def test_sums_are_what_sha256sum_checks(published):
    _, made = published[0]
    answer = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=made.path, capture_output=True, check=False
    )
    assert answer.returncode == 0, answer.stderr


def test_release_file_explains_itself_and_its_examples_run(published):
    _, made = published[0]
    with duckdb.connect(str(made.database), read_only=True) as con:
        row = con.execute("select release_name, period, is_final, fingerprint from meta.release").fetchone()
        assert row == (made.name, "2025-06", True, "0123456789abcdef")
        examples = con.execute("select sql from meta.example_queries order by query_no").fetchall()
        assert len(examples) >= 8
        for (sql,) in examples:
            con.execute(sql).fetchall()
        bare = con.execute(
            """
            select schema_name, table_name, column_name from duckdb_columns()
            where schema_name in ('marts', 'meta') and coalesce(comment, '') = ''
            """
        ).fetchall()
        assert bare == []
        hashes = dict(con.execute("select table_name, row_hash from meta.tables where row_count > 0").fetchall())
        assert len(set(hashes.values())) == len(hashes)
        parquet = made.path / "parquet" / "coverage_department_period.parquet"
        differing = con.execute(
            f"select count(*) from (select * from marts.coverage_department_period except all from '{parquet}')"
        ).fetchone()
        assert differing == (0,)


def test_parquet_rows_are_in_the_order_of_their_key(published):
    _, made = published[0]
    with duckdb.connect() as con:
        rows = con.execute(f"select domain_code, uscc from '{made.path}/parquet/positive_list.parquet'").fetchall()
    assert rows == sorted(rows)


def test_publish_refuses_a_build_beside_a_wal(settings):
    make_release_build(settings.release_build, JUNE)
    settings.release_build.with_name("release_build.duckdb.wal").write_bytes(b"rows that are not in the file")
    with pytest.raises(ReleaseRefusedError, match=r"no \.wal file beside it"):
        publish(settings, build_info(JUNE))
    assert settings.release_build.is_file()
    assert current_release(settings) is None


def test_publish_refuses_without_a_build(settings):
    with pytest.raises(ReleaseRefusedError, match="nothing to publish"):
        publish(settings, build_info(JUNE))


def test_publish_refuses_a_violation_of_conservation(settings):
    make_release_build(settings.release_build, JUNE)
    with pytest.raises(ReleaseRefusedError, match="received = accepted \\+ quarantined"):
        publish(settings, build_info(JUNE, violations=("abc: 10 received, 9 accepted, 0 quarantined",)))


def test_publish_refuses_a_rejected_submission(settings):
    from dataclasses import replace

    make_release_build(settings.release_build, JUNE)
    build = build_info(JUNE)
    submissions = [replace(build.submissions[0], verdict="rejected"), *build.submissions[1:]]
    with pytest.raises(ReleaseRefusedError, match=build.submissions[0].submission_id):
        publish(settings, build_info(JUNE, submissions=submissions))


def test_publish_refuses_rows_of_a_submission_that_is_not_accepted(settings):
    make_release_build(settings.release_build, JUNE)
    build = build_info(JUNE)
    kept = [s for s in build.submissions if s.submission_id != "2025-06-construction_bureau-positive_list"]
    with pytest.raises(ReleaseRefusedError, match=r"marts\.positive_list.*2025-06-construction_bureau-positive_list"):
        publish(settings, build_info(JUNE, submissions=kept))


def test_publish_refuses_a_column_without_comment(settings):
    make_release_build(settings.release_build, JUNE)
    with duckdb.connect(str(settings.release_build)) as con:
        con.execute("comment on column marts.positive_list.status is null")
    with pytest.raises(ReleaseRefusedError, match=r"marts\.positive_list\.status"):
        publish(settings, build_info(JUNE))


def test_publish_that_fails_half_way_leaves_the_former_release(settings, monkeypatch):
    monkeypatch.setattr(release, "_write_documents", lambda *_: None)
    former = _publish(settings)

    def broken(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(release, "_write_documents", broken)
    with pytest.raises(OSError, match="no space"):
        _publish(settings, fingerprint="f" * 16)
    assert current_release(settings) == former.path
    monkeypatch.setattr(release, "_write_documents", lambda *_: None)
    assert [p.name for p in settings.published.glob(".tmp-*")] != []
    again = _publish(settings, fingerprint="f" * 16)
    assert list(settings.published.glob(".tmp-*")) == []
    assert current_release(settings) == again.path


def test_publish_deletes_leftovers_of_a_killed_run(settings):
    leftover = settings.published / ".tmp-2025-05_x"
    (leftover / "lists").mkdir(parents=True)
    (leftover / "lists" / "half.csv").write_text("half", encoding="utf-8")
    assert files.remove_leftovers(settings.published) == [".tmp-2025-05_x"]
    assert list(settings.published.iterdir()) == []


@pytest.mark.usefixtures("quick")
def test_publish_again_finds_the_release_standing(settings):
    first = _publish(settings)
    again = publish(settings, build_info(JUNE))
    assert (first.is_new, again.is_new) == (True, False)
    assert (again.path, again.rows) == (first.path, first.rows)


@pytest.mark.usefixtures("quick")
def test_current_stays_with_the_latest_period_on_amendment(settings):
    june = _publish(settings)
    july = _publish(settings, JULY)
    assert current_release(settings) == july.path
    amended = _publish(settings, JUNE, fingerprint="a" * 16)
    assert (june.is_current, july.is_current, amended.is_current) == (True, True, False)
    assert current_release(settings) == july.path
    assert len([p for p in settings.published.iterdir() if p.is_dir() and not p.is_symlink()]) == 3


@pytest.mark.usefixtures("quick")
def test_provisional_close_is_named_so_and_does_not_replace_a_final_one(settings):
    provisional = _publish(settings, is_final=False)
    assert provisional.name.endswith("-provisional")
    assert provisional.is_current
    assert not (settings.closes / "2025-06").exists()  # fixes nothing
    final = _publish(settings)
    assert final.is_current
    later = _publish(settings, is_final=False, fingerprint="b" * 16)
    assert not later.is_current
    assert current_release(settings) == final.path


def test_release_name_tells_period_time_and_fingerprint():
    assert release_name(build_info(JULY)) == "2025-07_20250816T023000Z_01234567"


def test_pointer_becomes_a_text_file_where_symlinks_are_refused(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    pointer = tmp_path / "current"
    files.switch_pointer(pointer, "a")
    assert pointer.is_symlink()

    def refuse(*_args, **_kwargs):
        raise OSError("symbolic links are not permitted")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    files.switch_pointer(pointer, "b")
    assert not pointer.is_symlink()
    assert files.read_pointer(pointer) == tmp_path / "b"


def test_pointer_is_never_missing_while_it_switches(tmp_path, monkeypatch):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    pointer = tmp_path / "current"
    files.switch_pointer(pointer, "a")
    seen = []
    replace = Path.replace

    def watched(self, target):
        seen.append(files.read_pointer(pointer))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    files.switch_pointer(pointer, "b")
    assert seen == [tmp_path / "a"]
    assert files.read_pointer(pointer) == tmp_path / "b"


@pytest.mark.usefixtures("quick")
def test_reader_of_the_old_release_finishes_undisturbed(settings):
    june = _publish(settings)
    with duckdb.connect(str(june.database), read_only=True) as con:
        july = _publish(settings, JULY)
        assert con.execute("select period from meta.release").fetchone() == ("2025-06",)
    assert current_release(settings) == july.path


@pytest.mark.usefixtures("quick")
def test_store_close_keeps_the_rows_of_its_period_only(settings):
    july = _publish(settings, JULY)
    folder = settings.closes / "2025-07"
    stored = {f"{mart}.parquet" for mart in CLOSE_MARTS if mart in MARTS}
    assert {p.name for p in folder.iterdir()} == stored | {"release.txt"}
    assert {"coverage_obligations.parquet", "positive_list.parquet"} <= stored
    with duckdb.connect() as con:
        for path in folder.glob("*.parquet"):
            names = [row[0] for row in con.execute(f"describe select * from '{path}'").fetchall()]
            if "period" in names:  # the others hold the state at the end of the period
                assert con.execute(f"select distinct period from '{path}'").fetchall() in ([], [("2025-07",)]), path
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    store_close(settings, july.path, "2025-07")
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert [p.name for p in settings.closes.iterdir()] == ["2025-07"]
    assert [p.name for p in settings.warehouse.iterdir() if p.name.startswith(".")] == []


def test_publish_refuses_a_mart_with_numbers_of_persons(settings):
    make_release_build(settings.release_build, JUNE)
    with duckdb.connect(str(settings.release_build)) as con:
        con.execute("alter table marts.enterprise_profile add column legal_representative_id_number varchar")
    with pytest.raises(ReleaseRefusedError, match=r"marts\.enterprise_profile\.legal_representative_id_number"):
        publish(settings, build_info(JUNE))


def test_close_folder_comes_back_after_a_stop_between_the_renames(settings):
    target = settings.closes / "2025-06"
    target.mkdir(parents=True)
    (target / "positive_list.parquet").write_bytes(b"former")
    target.rename(settings.warehouse / ".closes-2025-06-former")
    half = settings.warehouse / ".closes-2025-06-fresh"
    half.mkdir()
    (half / "positive_list.parquet").write_bytes(b"half")
    assert recover_closes(settings) == [".closes-2025-06-former", ".closes-2025-06-fresh"]
    assert (target / "positive_list.parquet").read_bytes() == b"former"
    assert clean_up(settings) == []
    assert [p.name for p in settings.warehouse.iterdir()] == ["closes"]
