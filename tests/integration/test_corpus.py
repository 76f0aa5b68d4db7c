"""Every file of the corpus on the real way from inbox to verdict: what comes of it is what its case says."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest import landing, warehouse
from ingest.archive import archive_path
from ingest.settings import Settings
from quality import conservation, gate, precheck
from quality.receipt import DOCUMENT, write_receipts
from tests.conftest import settings_for
from tests.data.building import CORPUS, Case, text
from tests.data.cases_files import PASSWORDS
from tests.data.make_corpus import CASES
from tests.unit.judging import CONTRACTS, REGISTRY

FIRST = datetime(2025, 7, 1, 8, tzinfo=UTC)
PERIOD = "2025-06"


def outcome(case: Case) -> dict[str, Any]:
    """Returns what a case says, comparable with what came of it."""
    return {
        "rows": (case.rows, case.accepted),
        "verdict": case.verdict,
        "found": sorted(case.found.split()),
        "spelled": sorted(case.spelled.split()),
        "batch": sorted(case.batch.split()),
        "says": case.says,
    }


def put(settings: Settings, path: Path, data: bytes, place: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    when = (FIRST + timedelta(minutes=place)).timestamp()
    os.utime(path, (when, when))


def registry() -> bytes:
    """Returns the registry that the corpus is judged against."""
    columns = [c for c in CONTRACTS["enterprise_registry"].columns if any(r.get(c.name) for r in REGISTRY)]
    extra = [
        {"enterprise_name": name, "uscc": code, "registration_status": "存续"}
        for name, code in (("安吉某村经济合作社", "N2330522MFTEXT050D"), ("湖州某事业单位", "123305000000000190"))
    ]
    rows = [[r.get(c.name) or "" for c in columns] for r in [*REGISTRY, *extra]]
    return text([[c.title for c in columns], *rows])


def judged(settings: Settings, cases: list[Case]) -> dict[str, dict[str, Any]]:
    """Returns by case what came of its file: one inbox, landed and judged in one run."""
    put(settings, settings.inbox / "market_regulation" / PERIOD / "企业登记信息.csv", registry(), 0)
    for place, case in enumerate(cases, start=1):
        path = settings.inbox / case.sender / PERIOD / case.sent
        put(settings, path, case.make() if case.made_late else (CORPUS / case.stored).read_bytes(), place)
    with warehouse.connect(settings) as con:
        landing.land_inbox(con, settings)
        summary = gate.gate_pending(con, settings)
        assert [str(e) for e in summary.errors] == []
        assert conservation.check(con, settings) == []
        ids = dict(con.execute("select source_name, submission_id from quality.submissions").fetchall())
        write_receipts(con, settings, [ids[case.sent] for case in cases if case.sent in ids])
        return {case.name: came_of(con, settings, ids.get(case.sent), case) for case in cases}


def came_of(con: Any, settings: Settings, submission: str | None, case: Case) -> dict[str, Any]:
    if submission is None:
        return {"rows": "not landed"}
    rows, accepted, verdict = con.execute(
        "select rows_received, rows_accepted, verdict from quality.submission_verdicts where submission_id = $1",
        [submission],
    ).fetchone()
    found = con.execute(
        "select distinct concat(row_number, ':', column_name, ':', kind) from quality.findings "
        "where submission_id = $1 and row_id is not null order by 1",
        [submission],
    ).fetchall()
    batch = con.execute(
        "select rule_id, string_agg(reason, ' ') from quality.findings where submission_id = $1 and row_id is null "
        "group by 1 order by 1",
        [submission],
    ).fetchall()
    spelled: list[Any] = []
    file = settings.raw_batches / "evaluation_results" / f"{submission}.parquet"
    if file.exists():
        spelled = con.execute(
            "select distinct concat(_row_number, ':', n.column_name, ':', n.kind) from "
            "(select _row_number, unnest(normalisations) as n from read_parquet($1)) order by 1",
            [str(file)],
        ).fetchall()
    document = next(settings.outbox.glob(f"*/{submission}/{DOCUMENT}"))
    (sha256,) = con.execute("select sha256 from quality.submissions where submission_id = $1", [submission]).fetchone()
    assert hashlib.sha256((settings.archive / archive_path(sha256)).read_bytes()).hexdigest() == sha256
    assert json.loads(document.read_text(encoding="utf-8"))["verdict"] == verdict
    return {
        "rows": (rows, accepted),
        "verdict": verdict,
        "found": [r[0] for r in found],
        "spelled": [r[0] for r in spelled],
        "batch": [r[0] for r in batch],
        "says": case.says if any(case.says in r[1] for r in batch) else " ".join(r[1] for r in batch),
    }


def differences(expected: list[Case], came: dict[str, dict[str, Any]]) -> list[str]:
    return [
        f"{case.name}: expected {wanted}, got {got}"
        for case in expected
        for wanted, got in [
            (
                {k: v for k, v in outcome(case).items() if came[case.name].get(k) != v},
                {k: v for k, v in came[case.name].items() if outcome(case).get(k) != v},
            )
        ]
        if got
    ]


def test_stored_files_are_those_that_the_maker_makes() -> None:
    stored = {case.stored: case for case in CASES if not case.made_late}
    assert sorted(p.name for p in CORPUS.iterdir()) == sorted(stored)
    assert [name for name, case in stored.items() if (CORPUS / name).read_bytes() != case.make()] == []
    assert len(CASES) >= 150
    assert sum(p.stat().st_size for p in CORPUS.iterdir()) < 1024**2


def test_every_file_meets_its_expected_outcome(tmp_path: Path) -> None:
    home = tmp_path / "语料 home"
    home.mkdir()
    cases = [case for case in CASES if not case.limits]
    found = differences(cases, judged(settings_for(home), cases))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("in_bytes", [False, True], ids=["rows, columns, expansion", "bytes"])
def test_limits_are_settings(tmp_path: Path, in_bytes: bool) -> None:
    cases = [case for case in CASES if case.limits and ("max_file_bytes" in case.limits) == in_bytes]
    lowest: dict[str, int] = {}
    for case in cases:
        for name, value in case.limits.items():
            lowest[name] = min(value, lowest.get(name, value))
    found = differences(cases, judged(settings_for(tmp_path, **lowest), cases))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("case", PASSWORDS, ids=[case.name for case in PASSWORDS])
def test_file_under_a_password_is_refused_for_that_before_it_is_sent(
    settings: Settings, tmp_path: Path, case: Case
) -> None:
    file = tmp_path / case.sent
    file.write_bytes(case.make())
    result = precheck.check_file(settings, file, None, case.sender, PERIOD)
    assert result.verdict == "rejected"
    (finding,) = result.findings
    assert (finding["rule_id"], case.says in finding["reason"]) == ("X-READ", True)
