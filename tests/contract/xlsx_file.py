"""Reads an xlsx file as it is written: cells with their type, validations, comments, fills. No library in between."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


@dataclass
class Cell:
    """One cell."""

    value: str
    kind: str  # xlsx type: s, inlineStr, n …
    fill: str  # background as RRGGBB, '' for none
    number_format: str
    has_formula: bool


@dataclass
class Sheet:
    """One worksheet."""

    name: str
    is_hidden: bool
    cells: dict[tuple[int, str], Cell] = field(default_factory=dict)  # (row, column letter)
    validations: dict[str, dict[str, str]] = field(default_factory=dict)  # by column letter
    comments: dict[tuple[int, str], str] = field(default_factory=dict)
    hidden_columns: set[int] = field(default_factory=set)  # 1-based
    links: dict[tuple[int, str], str] = field(default_factory=dict)
    frozen_at: str = ""

    def row(self, number: int) -> list[str]:
        """Returns the values of a row, without gaps at the end."""
        width = max((_index(c) for r, c in self.cells if r == number), default=0)
        return [self.at(number, i) for i in range(1, width + 1)]

    def at(self, row: int, column: int) -> str:
        """Returns one value, '' for an empty cell."""
        found = self.cells.get((row, _letter(column)))
        return found.value if found else ""

    @property
    def height(self) -> int:
        """Number of the last row that holds a cell with a value."""
        return max((r for (r, _), c in self.cells.items() if c.value), default=0)


def _index(letters: str) -> int:
    n = 0
    for letter in letters:
        n = n * 26 + ord(letter) - 64
    return n


def _letter(index: int) -> str:
    text = ""
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def _place(reference: str) -> tuple[int, str]:
    found = re.fullmatch(r"([A-Z]+)(\d+)", reference)
    assert found
    return int(found[2]), found[1]


def read_xlsx(path: Path) -> dict[str, Sheet]:
    """Returns the sheets by name, in order."""
    with zipfile.ZipFile(path) as package:
        xml = {n: ET.fromstring(package.read(n)) for n in package.namelist() if n.endswith((".xml", ".rels"))}
    strings = [_text(s) for s in xml["xl/sharedStrings.xml"]] if "xl/sharedStrings.xml" in xml else []
    styles = _styles(xml["xl/styles.xml"])
    targets = {r.get("Id"): r.get("Target") for r in xml["xl/_rels/workbook.xml.rels"]}
    sheets = {}
    for entry in xml["xl/workbook.xml"].iter(f"{MAIN}sheet"):
        file = f"xl/{targets[entry.get(f'{REL}id')]}"
        sheet = Sheet(str(entry.get("name")), entry.get("state") == "hidden")
        _read_sheet(xml, file, sheet, strings, styles)
        sheets[sheet.name] = sheet
    return sheets


def _text(element: ET.Element) -> str:
    return "".join(t.text or "" for t in element.iter(f"{MAIN}t"))


def _styles(root: ET.Element) -> list[tuple[str, str]]:
    fills = []
    for fill in root.find(f"{MAIN}fills") or []:
        colour = fill.find(f"{MAIN}patternFill/{MAIN}fgColor")
        fills.append((colour.get("rgb") or "")[2:] if colour is not None else "")
    formats = {f.get("numFmtId"): str(f.get("formatCode")) for f in root.iter(f"{MAIN}numFmt")} | {"49": "@"}
    cells = root.find(f"{MAIN}cellXfs")
    assert cells is not None
    return [(fills[int(x.get("fillId") or 0)], formats.get(x.get("numFmtId"), "")) for x in cells]


def _read_sheet(
    xml: dict[str, ET.Element], file: str, sheet: Sheet, strings: list[str], styles: list[tuple[str, str]]
) -> None:
    root = xml[file]
    for c in root.iter(f"{MAIN}c"):
        kind, value = c.get("t") or "n", c.find(f"{MAIN}v")
        raw = value.text or "" if value is not None else _text(c)
        fill, number_format = styles[int(c.get("s") or 0)]
        sheet.cells[_place(str(c.get("r")))] = Cell(
            strings[int(raw)] if kind == "s" else raw, kind, fill, number_format, c.find(f"{MAIN}f") is not None
        )
    for rule in root.iter(f"{MAIN}dataValidation"):
        formulas = {f"formula{i}": f.text or "" for i in (1, 2) if (f := rule.find(f"{MAIN}formula{i}")) is not None}
        sheet.validations[_place(str(rule.get("sqref")).split(":")[0])[1]] = {"type": str(rule.get("type")), **formulas}
    for column in root.iter(f"{MAIN}col"):
        if column.get("hidden") == "1":
            sheet.hidden_columns |= set(range(int(column.get("min") or 0), int(column.get("max") or 0) + 1))
    for link in root.iter(f"{MAIN}hyperlink"):
        sheet.links[_place(str(link.get("ref")))] = str(link.get("location"))
    pane = next(root.iter(f"{MAIN}pane"), None)
    sheet.frozen_at = str(pane.get("topLeftCell")) if pane is not None else ""
    folder, name = file.rsplit("/", 1)
    for relation in xml.get(f"{folder}/_rels/{name}.rels", []):
        if str(relation.get("Type")).endswith("/comments"):
            for comment in xml[f"xl/{str(relation.get('Target')).removeprefix('../')}"].iter(f"{MAIN}comment"):
                sheet.comments[_place(str(comment.get("ref")))] = _text(comment)
