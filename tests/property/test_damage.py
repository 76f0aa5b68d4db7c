"""Damaged files: whatever the bytes are, reading ends with grids or with a reason, never with an exception."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.readers.files import read_files
from tests.unit.tables import FIRST, HEADERS, SECOND, csv_text, spreadsheetml, write_xlsx, write_zip
from tests.unit.test_readers import LIMITS

ROWS = (HEADERS, FIRST, SECOND)


def samples() -> dict[str, bytes]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        return {
            "xlsx": write_xlsx(path, {"s": ROWS}).read_bytes(),
            "zip": write_zip(path, {"一.csv": csv_text(ROWS).encode()}).read_bytes(),
            "xml": spreadsheetml({"s": ROWS}, '<?xml version="1.0"?>').encode(),
            "csv": csv_text(ROWS).encode("gb18030"),
            "utf-16": csv_text(ROWS).encode("utf-16"),
        }


SAMPLES = samples()


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(sorted(SAMPLES)),
    st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=8),
    st.floats(0.3, 1.0),
)
def test_damage_is_told_never_raised(kind: str, changes: list[tuple[float, int]], share: float) -> None:
    data = bytearray(SAMPLES[kind])
    for place, byte in changes:
        data[int(place * len(data))] = byte
    if share < 0.9:
        del data[int(share * len(data)) :]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.xlsx"
        path.write_bytes(bytes(data))
        found = read_files([("x.xlsx", path)], Path(folder), LIMITS)
        assert all(error.reason_zh for _, error in found.failures)
