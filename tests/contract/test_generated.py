"""Everything that is generated is up to date, repeatable and usable."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from ingest import contract_render
from ingest.contract_model import EXAMPLE_NAME, NOTES_SHEET, OPTIONS_SHEET, Contract, is_own_sheet, load_contracts
from ingest.raw_schema import raw_schema, text_schema
from tests.contract.xlsx_file import read_xlsx

ALL = list(load_contracts().values())


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the generated files."""
    for path in contract_render.artefacts():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(contract_render.ROOT / path, tmp_path / path)
    return tmp_path


def test_regenerating_changes_nothing() -> None:
    assert contract_render.drift() == [], "run python -m ingest.contract_render"


def test_two_renderings_are_equal() -> None:
    assert contract_render.artefacts() == contract_render.artefacts()


def test_check_tells_drift(checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(contract_render, "drift", lambda: [contract_render.DICTIONARY])
    assert contract_render.main(["--check"]) == 1
    assert "docs/dictionary.md" in capsys.readouterr().out
    assert contract_render.main(["--chekc"]) == 2


def test_missing_changed_and_left_over_files_are_found_and_put_right(checkout: Path) -> None:
    templates = checkout / contract_render.TEMPLATES
    gone = next(iter(sorted(templates.glob("*.xlsx"))))
    gone.unlink()
    (templates / "old_feed_旧.xlsx").write_bytes(b"old")
    (checkout / contract_render.DICTIONARY).write_text("edited by hand", encoding="utf-8")
    wrong = contract_render.drift(checkout)
    assert {p.name for p in wrong} == {gone.name, "old_feed_旧.xlsx", "dictionary.md"}
    assert contract_render.write(checkout) == wrong
    assert contract_render.drift(checkout) == []


def template(contract: Contract) -> Path:
    return contract_render.ROOT / contract_render.TEMPLATES / contract_render.template_name(contract)


@pytest.mark.parametrize("contract", ALL, ids=lambda c: c.feed)
def test_template(contract: Contract) -> None:
    book = read_xlsx(template(contract))
    assert list(book) == [contract.template_sheet, NOTES_SHEET, OPTIONS_SHEET]
    assert [s.is_hidden for s in book.values()] == [False, False, True]
    assert is_own_sheet(NOTES_SHEET)
    assert is_own_sheet(OPTIONS_SHEET)
    assert not is_own_sheet(contract.template_sheet)
    data, header = book[contract.template_sheet], contract.template_header_row
    assert data.row(header) == [c.title + ("*" if c.required else "") for c in contract.columns]
    assert data.at(header + 1, 1).startswith(contract.example_marker)
    assert data.height == header + 1, "nothing below the example row"
    assert data.frozen_at == f"A{header + 1}"
    assert {c.title for c in contract.columns} <= {book[NOTES_SHEET].at(r, 1) for r in range(1, 80)}


LENGTHS = {
    "registration_no": ("13", "15"),
    "district_code": ("6", "6"),
    "inspecting_authority_code": ("18", "18"),
    "source_unit_code": ("18", "18"),
    "listing_reason": ("4", "32767"),
}
"""Texts whose length the contracts limit."""


@pytest.mark.parametrize("contract", ALL, ids=lambda c: c.feed)
def test_template_helps_to_fill_each_column(contract: Contract) -> None:
    data = read_xlsx(template(contract))[contract.template_sheet]
    header = contract.template_header_row
    letters = sorted((letter for _, letter in data.comments), key=lambda letter: (len(letter), letter))
    for column, letter in zip(contract.columns, letters, strict=True):
        assert column.description in data.comments[header, letter]
        rule = data.validations.get(letter, {})
        if column.kind in {"enum", "domain", "department"}:
            assert rule["type"] == "list", column.name
        elif column.kind == "uscc":
            assert (rule["type"], rule["formula1"]) == ("textLength", "18")
        elif column.kind == "date":
            assert rule["type"] == "date"
            assert (rule["formula2"] == "TODAY()") == column.not_after_receipt
        elif column.name in LENGTHS:
            assert (rule["type"], rule["formula1"], rule["formula2"]) == ("textLength", *LENGTHS[column.name])
        elif column.kind in {"number", "integer"}:
            assert rule["type"] == ("whole" if column.kind == "integer" else "decimal")
        else:
            assert rule == {}, f"{column.name}: what is asked of it is not tested"
        if column.kind in {"uscc", "id_number", "task_no"}:
            assert data.cells[header + 1, letter].number_format == "@"


def test_domain_choices_are_the_47() -> None:
    options = read_xlsx(template(load_contracts()["positive_list"]))[OPTIONS_SHEET]
    names = [options.at(r, 1) for r in range(1, options.height + 1)]
    assert len(names) == 47
    assert names[0] == "专利代理行业"
    assert names[-1] == "海关企业"


def test_example_rows_carry_the_example_name_where_they_name_an_enterprise() -> None:
    for contract in ALL:
        for c in contract.columns:
            if c.kind == "name":
                assert c.example.startswith(EXAMPLE_NAME)


@pytest.mark.parametrize("contract", ALL, ids=lambda c: c.feed)
def test_source_describes_every_raw_column(contract: Contract) -> None:
    document = yaml.safe_load((contract_render.ROOT / contract_render.SOURCES).read_text(encoding="utf-8"))
    tables = {t["name"]: t for t in document["sources"][0]["tables"]}
    columns = tables[contract.feed]["columns"]
    assert [(c["name"], c["data_type"]) for c in columns] == raw_schema(contract)
    assert all(c["description"] for c in columns)


def test_raw_schema_keeps_id_numbers_out_of_typed_columns() -> None:
    names = [n for n, _ in raw_schema(load_contracts()["inspection_results"])]
    assert "legal_representative_id_number" not in names
    at = names.index("legal_representative_id_number__text")
    assert names[at + 1] == "legal_representative_person_key"
    assert names[names.index("counterpart_code") + 1] == "counterpart_person_key"


@pytest.mark.parametrize(
    ("feed", "column", "duckdb_type"),
    [
        ("positive_list", "published_on", "DATE"),
        ("evaluation_results", "score", "DOUBLE"),
        ("inspection_tasks", "sampled_subject_count", "BIGINT"),
        ("inspection_results", "inspection_result", "VARCHAR[]"),
        ("positive_list", "uscc", "VARCHAR"),
        ("evaluation_results", "tier", "VARCHAR"),
        ("positive_list", "_received_at", "TIMESTAMP"),
        ("positive_list", "rule_ids", "VARCHAR[]"),
    ],
)
def test_raw_types(feed: str, column: str, duckdb_type: str) -> None:
    assert dict(raw_schema(load_contracts()[feed]))[column] == duckdb_type


def test_raw_schema_can_be_created() -> None:
    import duckdb

    con = duckdb.connect()
    for contract in ALL:
        for name, schema in (("raw", raw_schema(contract)), ("text", text_schema(contract))):
            names = [n for n, _ in schema]
            assert len(names) == len(set(names))
            columns = ", ".join(f'"{n}" {t}' for n, t in schema)
            con.execute(f"create table {name}_{contract.feed} ({columns})")


def test_dictionary_names_every_column_and_rule() -> None:
    words = (contract_render.ROOT / contract_render.DICTIONARY).read_text(encoding="utf-8")
    for contract in ALL:
        assert all(c.title in words for c in contract.columns)
        assert all(f"`{r.rule_id}`" in words for r in contract.rules)
