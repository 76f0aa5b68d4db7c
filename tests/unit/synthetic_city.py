"""Helpers of the tests of the synthetic city: read its files back without the pipeline's readers."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl

from ingest.synthetic.manifest import Drop, Finding, Manifest
from ingest.synthetic.senders import style_of

NAMESPACE = "{urn:schemas-microsoft-com:office:spreadsheet}"


def hashes(home: Path) -> dict[str, str]:
    """Returns the sha256 of every file below a folder."""
    return {
        str(p.relative_to(home)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(home.rglob("*"))
        if p.is_file()
    }


def cells(home: Path, drop: Drop, source_file: str, sheet: str) -> list[list[Any]]:
    """Returns the physical rows of one table of a drop."""
    path = home / drop.path
    if "!" in source_file:
        name = source_file.split("!")[1]
        with zipfile.ZipFile(path) as archive:
            content = archive.read(name)
    elif path.is_dir():
        name = source_file.rsplit("/", maxsplit=1)[-1]
        content = (path / name).read_bytes()
    else:
        name, content = path.name, path.read_bytes()
    if name.endswith(".csv"):
        style = style_of(drop.department or "")
        encoding = style.encoding if style.form == "csv" and drop.role != "faulty" else "utf-8"
        delimiter = style.delimiter if style.form == "csv" and drop.role != "faulty" else ","
        return list(csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=delimiter))
    if name.endswith(".xls"):
        table = ET.fromstring(content).find(f".//{NAMESPACE}Worksheet[@{NAMESPACE}Name='{sheet}']/*")
        return [["".join(c.itertext()) for c in row] for row in table] if table is not None else []
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [list(row) for row in book[sheet].iter_rows(values_only=True)]


def drop_of(manifest: Manifest, fault: Finding) -> Drop:
    """Returns the drop that holds a fault."""
    return next(d for d in manifest.drops if any(p["file"] == fault.file for p in d.parts))


def as_text(value: Any) -> str:
    """Returns a cell as the manifest writes it."""
    text = "" if value is None else str(value)
    return re.sub(r"[ T]00:00:00(\.000)?$", "", text)
