"""A slip tells one department what changed on its lists on one day, and nobody else."""

from __future__ import annotations

import docx
import duckdb

from exports.notice.queries import SLIPS
from exports.notice.slips import write_slips
from tests.unit.exports_fixture import make_release_db


def test_slips_go_to_the_department_of_the_domain_only(tmp_path):
    database = make_release_db(tmp_path / "release.duckdb")
    with duckdb.connect(str(database), read_only=True) as con:
        *written, _ = write_slips(con, tmp_path)
        told = con.execute(SLIPS).fetchall()
    assert told
    assert {path.parts[-3] for path in written} == {row[0] for row in told}
    assert len(written) == len({row[:3] for row in told})
    for path in written:
        document = docx.Document(str(path))
        own = [row for row in told if row[0] == path.parts[-3] and row[2].isoformat() in path.name]
        rows = [[cell.text for cell in row.cells] for row in document.tables[0].rows][1:]
        assert [row[2] for row in rows] == [row[4] for row in own]
        assert f"{own[0][1]}：" in [p.text for p in document.paragraphs]
        others = {row[5] for row in told} - {row[5] for row in own}
        assert not [name for name in others if any(name in cell for row in rows for cell in row)]
