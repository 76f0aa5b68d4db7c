"""Writes everything that repeats a feed's shape or rules: templates, dbt sources and macro of rules, dictionary.

``python -m ingest.contract_render`` writes, ``--check`` exits with 1 and names the files that differ.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ingest.contract_docs import render_dictionary, render_rules, render_sources
from ingest.contract_model import Contract, load_contracts
from ingest.contract_template import render_template
from ingest.raw_schema import raw_schema
from ingest.seeds import seed_rows
from ingest.settings import Settings

ROOT = Path(__file__).parents[1]
TEMPLATES = Path("ingest/templates")
SOURCES = Path("dbt_project/models/staging/_raw__sources.yml")
RULES = Path("dbt_project/macros/contract_rules.sql")
DICTIONARY = Path("docs/dictionary.md")

__all__ = ["artefacts", "drift", "main", "raw_schema", "template_bytes", "template_name", "write"]


def template_name(contract: Contract) -> str:
    """Returns the file name of a feed's template."""
    return f"{contract.feed}_{contract.title}.xlsx"


def template_bytes(contract: Contract, programme: str) -> bytes:
    """Returns the feed's template with the domain and department names of one programme."""
    domains = tuple(str(row["domain_name"]) for row in seed_rows("domains", programme))
    departments = tuple(str(row["department_name"]) for row in seed_rows("departments", programme))
    return render_template(contract, domains, departments)


def artefacts() -> dict[Path, bytes]:
    """Returns every generated file, relative to the checkout, with its content."""
    contracts = load_contracts()
    programme = str(Settings.model_fields["programme"].default)
    files = {TEMPLATES / template_name(c): template_bytes(c, programme) for c in contracts.values()}
    files[SOURCES] = render_sources(contracts).encode()
    files[RULES] = render_rules(contracts).encode()
    files[DICTIONARY] = render_dictionary(contracts).encode()
    return files


def drift(root: Path = ROOT) -> list[Path]:
    """Returns the generated files that are missing, differ, or are left over from a feed that is gone."""
    wanted = artefacts()
    wrong = [p for p, content in wanted.items() if not (root / p).is_file() or (root / p).read_bytes() != content]
    left = [TEMPLATES / p.name for p in sorted((root / TEMPLATES).glob("*.xlsx")) if TEMPLATES / p.name not in wanted]
    return wrong + left


def write(root: Path = ROOT) -> list[Path]:
    """Returns the files that had to change, after writing or removing them."""
    changed = drift(root)
    wanted = artefacts()
    for path in changed:
        if path not in wanted:
            (root / path).unlink()
            continue
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(wanted[path])
    return changed


def main(arguments: list[str]) -> int:
    """Returns the exit code: 0 if all is as it should be, 1 if ``--check`` found drift."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m ingest.contract_render [--check]\n")
        return 2
    check = arguments == ["--check"]
    files = drift() if check else write()
    for path in files:
        sys.stdout.write(f"{'differs' if check else 'written'}: {path}\n")
    if check and files:
        sys.stderr.write("generated files differ from the contracts: run python -m ingest.contract_render\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
