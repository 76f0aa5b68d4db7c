"""Two releases of the same input compare equal, artefact by artefact; one changed byte, cell or file is told."""

import shutil

import duckdb
import pytest

from exports.verify import check_sums, compare
from orchestration import verify as verification
from orchestration.close import CloseError
from orchestration.verify import Verification, show, verify
from tests.unit.exports_fixture import published_july


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """The same close published in two homes, under paths of different length."""
    base = tmp_path_factory.getbasetemp()
    return [published_july(base / name) for name in ("发布 home", "a much longer name of another home")]


@pytest.fixture
def changed(homes, tmp_path):
    """The first home's settings, its release, and a copy of the second's to be changed."""
    settings, first = homes[0]
    copy = tmp_path / "release"
    shutil.copytree(homes[1][1], copy)
    return settings, first, copy


def _unequal(artefacts):
    return {artefact.path: artefact.state for artefact in artefacts if artefact.state != "equal"}


def test_compare_same_input_in_two_homes_is_equal_in_every_artefact(homes):
    (settings, first), (_, second) = homes
    artefacts = compare(settings, first, second)
    assert _unequal(artefacts) == {}
    kinds = {artefact.path.rsplit(".", maxsplit=1)[-1] for artefact in artefacts}
    assert {"parquet", "xlsx", "csv", "docx", "pdf", "html", "json", "sql"} <= kinds
    tables = {artefact.path for artefact in artefacts if "#" in artefact.path}
    assert {"xinyong.duckdb#marts.positive_list", "xinyong.duckdb#meta.releases"} <= tables


@pytest.mark.parametrize(
    "name",
    [
        "parquet/positive_list.parquet", "lists/正面清单.xlsx", "lists/positive_list.csv", "index.html",
        "departments/finance/部门报告.pdf", "notice/通报（草案）.docx", "datapackage.json",
    ],
)  # fmt: skip
def test_compare_tells_one_changed_byte(changed, name):
    settings, first, copy = changed
    path = copy / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    artefacts = compare(settings, first, copy)
    assert _unequal(artefacts) == {name: "unequal"}
    assert next(a for a in artefacts if a.path == name).detail == f"byte {len(content) // 2} differs"
    assert [(a.path, a.state) for a in check_sums(copy)] == [(name, "damaged")]


def test_compare_tells_one_changed_cell_and_one_changed_comment(changed):
    settings, first, copy = changed
    with duckdb.connect(str(copy / "xinyong.duckdb")) as con:
        con.execute("update marts.positive_list set status = 'listed' where uscc = '91330500000000027M'")
        con.execute("comment on column meta.releases.period is '别的'")
    assert _unequal(compare(settings, first, copy)) == {
        "xinyong.duckdb#marts.positive_list": "unequal",
        "xinyong.duckdb#meta.releases": "unequal",
    }


def test_compare_tells_files_that_only_one_has(changed):
    settings, first, copy = changed
    (copy / "index.html").unlink()
    (copy / "lists" / "extra.csv").write_text("x", encoding="utf-8")
    assert _unequal(compare(settings, first, copy)) == {"index.html": "added", "lists/extra.csv": "missing"}
    assert {(a.path, a.state) for a in check_sums(copy)} == {("index.html", "damaged"), ("lists/extra.csv", "added")}


def test_compare_looks_into_the_manifest(changed):
    settings, first, copy = changed
    path = copy / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"is_final": true', '"is_final": false'), encoding="utf-8")
    artefacts = compare(settings, first, copy)
    assert _unequal(artefacts) == {"manifest.json": "unequal"}
    assert next(a for a in artefacts if a.path == "manifest.json").detail == "is_final"


def test_check_sums_of_an_untouched_release_finds_nothing(homes):
    assert check_sums(homes[0][1]) == []


@pytest.mark.parametrize("is_damaged", [False, True])
def test_show_ends_with_the_verdict(capsys, homes, changed, is_damaged):
    settings, first, copy = changed
    if is_damaged:
        (copy / "index.html").write_text("nothing", encoding="utf-8")
    result = Verification("2025-07", copy.name, "0.1.0", "0.1.0", check_sums(copy), compare(settings, copy, first))
    show(result)
    lines = capsys.readouterr().out.splitlines()
    assert result.is_equal is not is_damaged
    assert any(line.startswith("damaged  index.html") for line in lines) is is_damaged
    assert lines[-1].endswith("1 unequal, 1 damaged" if is_damaged else "0 unequal, 0 damaged")


def test_verify_month_that_was_never_closed_says_so(settings):
    with pytest.raises(CloseError, match=r"never closed.*xinyong run --period 2025-07"):
        verify(settings, "2025-07")


def test_temporary_home_is_gone_afterwards_whatever_happens(settings):
    settings.closes.mkdir(parents=True)
    settings.raw_batches.mkdir(parents=True)
    settings.warehouse_file.touch()
    homes = []

    def use_and_fail():
        with verification._temporary_home(settings, "2025-07") as other:
            homes.append(other.home)
            assert other.raw_batches.is_dir()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        use_and_fail()
    assert not homes[0].exists()
    assert settings.raw_batches.is_dir()


@pytest.mark.parametrize(("state", "code"), [("equal", 0), ("unequal", 1)])
def test_command_line_exit_code_tells(monkeypatch, settings, state, code):
    from typer.testing import CliRunner

    from exports.verify import Artefact
    from orchestration import cli

    result = Verification("2025-07", "2025-07_x", "0.1.0", "0.1.0", [], [Artefact("index.html", state)])
    monkeypatch.setattr(verification, "verify", lambda *_: result)
    monkeypatch.setenv("XINYONG_HOME", str(settings.home))
    answer = CliRunner().invoke(cli.app, ["verify", "2025-07"])
    assert answer.exit_code == code
    assert f"{state:8} index.html" in answer.stdout
