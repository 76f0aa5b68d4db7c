"""Returns ``docs/rules.md``: every policy rule with its values, its article and what is assumed, read from the seeds.

``python -m exports.rules_doc`` writes it; ``--check`` fails if the file does not say what the seeds say.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ingest.seeds import SEEDS

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "rules.md"
MODELS = ROOT / "dbt_project" / "models"
PACKAGES = ("ingest", "quality", "exports", "orchestration")
READ = re.compile(r"(?:policy|ref)\('(\w+)'\)")
COMMON = ("programme", "valid_from", "valid_to", "legal_basis", "assumed")
CELL_BREAK = "<br>"
GROUPS = {
    "grading": "Grades and tiers 评价等级与监管档次",
    "lists": "Positive lists, vetoes and terms 正面清单、一票否决与期限",
    "repair": "Credit repair 信用修复",
    "inspection": "Inspection guidance and draws 检查措施与双随机抽取",
    "watch": "Warnings 风险预警",
    "identity": "Candidates for unidentified enterprises 主体识别的候选",
    "coverage": "Coverage, score and notice 归集、得分与通报",
    "calendar": "Calendar 报送日历与工作日",
    "organisation": "Departments, domains and codes 部门、行业领域与代码",
}
"""Chapters by folder of the seeds, in the order of reading; a folder not named here follows under its own name."""
INTRODUCTION = """# Rules of Xinyong 信用规则

Generated from the seeds in `dbt_project/seeds/` by `python -m exports.rules_doc`; do not edit. Each table is a policy:
its values, since when they hold, the article they rest on, and whether they are **assumed** 暂定, because no document
settles them. How a rule is read is in the models that each policy names; they have unit tests at every boundary.

A draw of inspections 双随机抽取 can be redone by anybody. The population is frozen and hashed first: SHA-256 over the
lines `uscc,measure` in the order of uscc. The seed is the SHA-256 of `programme|domain|period|population hash`; of a
draw made again, `|number` is added. Within each measure those with the smallest SHA-256 of seed and uscc are drawn,
rate × size of them, rounded up. An example query of each release checks it; `exports/draw_recipe.py` does it without a
database.
"""


def render() -> str:
    """Returns the document."""
    descriptions, readers = _descriptions(), _readers()
    folders = sorted({path.parent.name for path in SEEDS.rglob("*.csv")})
    order = [folder for folder in GROUPS if folder in folders]
    order += [folder for folder in folders if folder not in GROUPS]
    parts = [INTRODUCTION, _summary(order)]
    for folder in order:
        parts.append(f"## {GROUPS.get(folder, folder)}\n")
        paths = sorted((SEEDS / folder).glob("*.csv"))
        parts += [_section(path, descriptions.get(path.stem, {}), readers[path.stem]) for path in paths]
    return "\n".join(parts).rstrip() + "\n"


def main(arguments: Sequence[str]) -> int:
    """Returns the exit code: 0 if the file is as it should be, or was written."""
    text = render()
    if "--check" in arguments:
        if not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != text:
            sys.stderr.write(f"{TARGET.name} does not say what the seeds say: run python -m exports.rules_doc\n")
            return 1
        return 0
    TARGET.write_text(text, encoding="utf-8")
    return 0


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _descriptions() -> dict[str, dict[str, str]]:
    """Returns per seed the words of the table (under '') and of its columns."""
    import yaml

    found = {}
    for path in sorted(SEEDS.rglob("*.yml")):
        for seed in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("seeds", []):
            words = {column["name"]: column.get("description", "") for column in seed.get("columns", [])}
            found[seed["name"]] = {"": seed.get("description", "")} | words
    return found


def _readers() -> dict[str, list[str]]:
    """Returns per seed the models that apply it; where none does, the modules that read it."""
    found: dict[str, list[str]] = {path.stem: [] for path in SEEDS.rglob("*.csv")}
    for path in sorted(MODELS.rglob("*.sql"), key=lambda path: path.stem):
        for name in found.keys() & set(READ.findall(path.read_text(encoding="utf-8"))):
            found[name].append(path.stem)
    alone = [name for name, models in found.items() if not models]
    for path in sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        code = path.read_text(encoding="utf-8")
        for name in alone:
            if "ingest.seeds" in code and f'"{name}"' in code:
                found[name].append(path.relative_to(ROOT).as_posix())
    return found


def _summary(order: Sequence[str]) -> str:
    """Returns the table of contents with how much is assumed."""
    lines = ["| policy | rows | assumed | since |", "|---|---:|---:|---|"]
    for folder in order:
        for path in sorted((SEEDS / folder).glob("*.csv")):
            rows = _rows(path)
            assumed = sum(row["assumed"] == "true" for row in rows)
            since = min((row["valid_from"] for row in rows), default="")
            lines.append(f"| [{path.stem}](#{path.stem}) | {len(rows)} | {assumed} | {since} |")
    return "\n".join(lines) + "\n"


def _section(path: Path, words: Mapping[str, str], readers: Sequence[str]) -> str:
    rows = _rows(path)
    columns = [column for column in (rows[0] if rows else {}) if column not in COMMON]
    has_programmes = len({row["programme"] for row in rows}) > 1
    has_ends = any(row["valid_to"] for row in rows)
    bases = list(dict.fromkeys(row["legal_basis"] for row in rows))
    lines = [f"### {path.stem}\n", f"{words.get('', '')}\n"]
    lines += [f"- `{column}`: {words[column]}" for column in columns if words.get(column)]
    lines += ["", f"Read by 用于: {', '.join(f'`{reader}`' for reader in readers)}"]
    lines += ["", "Legal basis 依据:", ""]
    lines += [f"{number}. {basis}" for number, basis in enumerate(bases, start=1)]
    shown = [*(["programme"] if has_programmes else []), *columns, "valid_from", *(["valid_to"] if has_ends else [])]
    lines += ["", f"| {' | '.join(shown)} | basis | assumed |", f"|{'---|' * (len(shown) + 2)}"]
    for row in rows:
        cells = [_cell(row[column]) for column in shown]
        mark = "**yes 暂定**" if row["assumed"] == "true" else "no"
        lines.append(f"| {' | '.join(cells)} | {bases.index(row['legal_basis']) + 1} | {mark} |")
    return "\n".join(lines) + "\n"


def _cell(value: str) -> str:
    return re.sub(r"\r?\n", CELL_BREAK, value).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
