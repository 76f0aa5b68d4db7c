"""Old releases stay as long as the setting says; what is current, in force or issued always stays."""

import json

import pytest

from exports import files
from exports.release_prune import prune, standing_releases
from tests.conftest import settings_for


def _release(settings, period, as_of, is_final=True):
    name = f"{period}_{as_of}{'' if is_final else '-provisional'}"
    folder = settings.published / name
    folder.mkdir(parents=True)
    compared = {"period": period, "as_of": as_of, "is_final": is_final}
    (folder / "manifest.json").write_text(json.dumps({"compared": compared}), encoding="utf-8")
    return name


@pytest.fixture
def filled(tmp_path):
    """Two months: June provisional twice, final three times; July provisional twice, the newer one current."""
    settings = settings_for(tmp_path / "信用 home")
    names = {
        "june_first": _release(settings, "2025-06", "2025-06-20", is_final=False),
        "june_second": _release(settings, "2025-06", "2025-07-01", is_final=False),
        "june_final": _release(settings, "2025-06", "2025-07-16"),
        "june_amended": _release(settings, "2025-06", "2025-09-01"),
        "june_amended_again": _release(settings, "2025-06", "2025-10-01"),
        "july_first": _release(settings, "2025-07", "2025-07-20", is_final=False),
        "july_second": _release(settings, "2025-07", "2025-08-01", is_final=False),
    }
    files.switch_pointer(settings.published / "current", names["july_second"])
    return settings, names


def test_prune_by_default_keeps_every_final_release(filled):
    settings, names = filled
    assert prune(settings, []) == [names["june_first"], names["june_second"], names["july_first"]]
    assert [r.path.name for r in standing_releases(settings)] == [
        names["june_final"], names["june_amended"], names["june_amended_again"], names["july_second"],
    ]  # fmt: skip
    assert prune(settings, []) == []
    assert not list(settings.published.glob(".tmp-*"))


def test_prune_keeps_as_many_final_releases_as_the_setting_says(filled):
    settings, names = filled
    fewer = settings.model_copy(update={"keep_releases": 1})
    assert set(prune(fewer, [])) == {
        names["june_first"], names["june_second"], names["june_final"], names["june_amended"], names["july_first"],
    }  # fmt: skip


def test_prune_never_deletes_what_is_protected_or_current(filled):
    settings, names = filled
    files.switch_pointer(settings.published / "current", names["july_first"])
    fewer = settings.model_copy(update={"keep_releases": 1})
    removed = prune(fewer, [names["june_final"], names["june_first"]])
    assert set(removed) == {names["june_second"], names["june_amended"]}
    assert files.read_pointer(settings.published / "current") is not None


def test_prune_release_that_cannot_be_moved_stays(filled, monkeypatch):
    settings, names = filled

    def refuse(path, _):
        raise PermissionError("open elsewhere")

    monkeypatch.setattr("pathlib.Path.rename", refuse)
    assert prune(settings, []) == []
    assert (settings.published / names["june_first"]).is_dir()
