"""docs/rules.md says what the seeds say."""

from exports import rules_doc
from ingest.seeds import SEEDS


def test_rules_doc_is_what_the_seeds_say() -> None:
    assert rules_doc.main(["--check"]) == 0


def test_rules_doc_holds_every_seed_and_marks_what_is_assumed() -> None:
    text = rules_doc.render()
    for path in SEEDS.rglob("*.csv"):
        assert f"### {path.stem}\n" in text
    # A policy that nobody reads decides nothing.
    assert "Read by 用于: \n" not in text
    assert "Read by 用于: `int_repair__terms`\n" in text.split("### repair_terms\n")[1].split("###")[0]
    limits = text.split("### onsite_limits\n")[1].split("###")[0]
    assert "| * | * | 2 | 2025-01-01 | 1 | **yes 暂定** |" in limits
    assert "每年不超过2次" in limits


def test_a_stale_document_is_told(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(rules_doc, "TARGET", tmp_path / "rules.md")
    assert rules_doc.main(["--check"]) == 1
    assert "python -m exports.rules_doc" in capsys.readouterr().err
    assert rules_doc.main([]) == 0
    assert rules_doc.main(["--check"]) == 0
