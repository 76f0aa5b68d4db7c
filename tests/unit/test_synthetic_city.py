"""Tests of the city: the same seed gives the same bytes, the manifest tells what is really there."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path

import pytest

from ingest.synthetic import Manifest, close_as_of, drops, make_city
from ingest.synthetic.city import CityError
from ingest.synthetic.feeds import FEEDS
from ingest.synthetic.policy import last_day, load_policy
from ingest.synthetic.senders import FOREIGN, SHRINKING, SILENT, ZERO_HEADER, ZERO_ROW
from tests.unit.synthetic_city import as_text, cells, drop_of, hashes

SIZE = 1000
MONTHS = ("2025-06", "2025-07", "2025-08")
LISTS = ("positive_list", "serious_dishonesty_list")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("city")


@pytest.fixture(scope="module")
def city(home: Path) -> Manifest:
    return make_city(home, enterprises=SIZE)


def test_same_seed_gives_same_bytes(home: Path, city: Manifest, tmp_path: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    again = make_city(tmp_path, enterprises=SIZE, progress=lambda *step: steps.append(step))
    assert hashes(tmp_path) == hashes(home)
    assert again == city
    assert steps[-1][1] == steps[-1][2] == len(steps)


def test_other_seed_gives_other_city(home: Path, tmp_path: Path) -> None:
    make_city(tmp_path, seed=2, enterprises=SIZE, months=("2025-06",))
    first, other = hashes(home), hashes(tmp_path)
    registry = "inbox/market_regulation/2025-06/企业登记信息_2025-06.csv"
    assert first[registry] != other[registry]


def test_second_call_writes_nothing(home: Path, city: Manifest) -> None:
    before = {p: p.stat().st_mtime_ns for p in home.rglob("*")}
    assert make_city(home, enterprises=SIZE) == city
    assert {p: p.stat().st_mtime_ns for p in home.rglob("*")} == before


def test_another_city_in_the_home_is_refused(home: Path, city: Manifest) -> None:
    with pytest.raises(CityError, match="holds another city"):
        make_city(home, enterprises=SIZE + 1)


def test_too_small_a_city_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CityError, match="at least"):
        make_city(tmp_path, enterprises=10)


def test_manifest_survives_saving(home: Path, city: Manifest) -> None:
    assert Manifest.load(home / "manifest.json") == city


def test_every_planted_text_stands_where_the_manifest_says(home: Path, city: Manifest) -> None:
    tables: dict[tuple[str, str], list[list[object]]] = {}
    for fault in (f for f in city.faults if not f.file.startswith("gateway:") and f.column):
        drop = drop_of(city, fault)
        part = next(p for p in drop.parts if p["file"] == fault.file and p["sheet"] == fault.sheet)
        key = (fault.file, fault.sheet)
        if key not in tables:
            tables[key] = cells(home, drop, fault.file.split("/", 2)[2], fault.sheet)
        header = dict(FEEDS[fault.feed].columns)[fault.column]
        headers = tables[key][int(str(part["header_rows"])) - 1]
        if header not in headers:  # a merged header has its other texts one row higher
            headers = tables[key][int(str(part["header_rows"])) - 2]
        row = tables[key][int(fault.row) - 1]
        found = row[headers.index(header)] if headers.index(header) < len(row) else None
        assert as_text(found) == as_text(fault.text), fault


def test_every_planted_record_stands_in_its_gateway(home: Path, city: Manifest) -> None:
    texts = {
        name: (home / "gateway" / f"{name}.jsonl").read_text(encoding="utf-8") for name in ("dazonghe", "datashare")
    }
    records = {name: [json.loads(line) for line in text.splitlines()] for name, text in texts.items()}
    by_id = {(name, r["record_unique_identity"]): r for name, rs in records.items() for r in rs}
    for fault in (f for f in city.faults if f.file.startswith("gateway:") and f.text is not None):
        record = by_id[fault.file.removeprefix("gateway:"), fault.row]
        assert json.dumps(fault.text, ensure_ascii=False) in json.dumps(record, ensure_ascii=False), fault
    assert all(rs == sorted(rs, key=lambda r: r["cd_time"]) for rs in records.values())
    assert {r["cd_operation"] for rs in records.values() for r in rs} == {"i", "u", "d"}


def test_rows_of_every_table_are_counted(home: Path, city: Manifest) -> None:
    for drop in city.drops:
        for part in drop.parts if drop.role != "zero_report" else ():
            rows = cells(home, drop, str(part["file"]).split("/", 2)[2], str(part["sheet"]))[
                int(str(part["header_rows"])) :
            ]
            filled = [r for r in rows if any(c not in (None, "") for c in r) and "报送部门填报" not in str(r[0])]
            assert len(filled) == part["rows"], part
        assert drop.rows == sum(int(str(p["rows"])) for p in drop.parts)


def test_files_are_as_old_as_they_pretend(home: Path, city: Manifest) -> None:
    for drop in city.drops:
        expected = datetime.fromisoformat(f"{drop.received_at}+00:00").timestamp()
        path = home / drop.path
        assert path.stat().st_mtime == expected
        assert all(p.stat().st_mtime == expected for p in path.rglob("*"))


def test_register_of_a_month_comes_before_everything_else_of_it(city: Manifest) -> None:
    for period in MONTHS:
        own = [d for d in city.drops if d.period == period]
        first = min(own, key=lambda d: d.received_at)
        assert (first.feed, first.department) == ("enterprise_registry", "market_regulation")


def test_late_and_after_close(city: Manifest) -> None:
    lists = [d for d in city.drops if d.feed in ("evaluation_results", "positive_list")]
    late = [d for d in lists if d.is_late and not d.is_after_close]
    after = [d for d in lists if d.is_after_close]
    assert late
    assert after
    assert len(late) + len(after) < len(lists) / 10
    assert all(d.received_at > city.due_at[d.period or ""] for d in late)
    assert close_as_of("2025-12").isoformat() == "2026-01-20T16:00:00"


def test_silent_department_sent_nothing(home: Path, city: Manifest) -> None:
    policy = load_policy(last_day("2025-06"))
    assert city.silent == [SILENT]
    assert not any(d.department == SILENT for d in city.drops)
    assert policy.authority(SILENT).name not in (home / "gateway" / "dazonghe.jsonl").read_text(encoding="utf-8")
    senders = {d.department for d in city.drops if d.department}
    assert senders == {code for code, _ in policy.departments} - {SILENT}


def test_exactly_the_intended_list_shrinks(city: Manifest) -> None:
    (held,) = city.held
    assert (held["department"], held["domain"], held["period"]) == (*SHRINKING, "2025-07")
    assert int(str(held["former"])) >= 10
    assert 2 * int(str(held["rows"])) < int(str(held["former"]))


def test_every_domain_has_its_three_catalogues_every_month(home: Path, city: Manifest) -> None:
    policy = load_policy(last_day("2025-06"))
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for drop in city.drops:
        if drop.role == "zero_report":
            found[drop.feed or "", drop.period or ""].update(drop.zero_domains)
        elif drop.role == "list" and drop.feed in ("evaluation_results", *LISTS):
            for part in drop.parts:
                for row in cells(home, drop, str(part["file"]).split("/", 2)[2], str(part["sheet"])):
                    own = policy.domains_of(drop.department or "")
                    found[drop.feed, drop.period or ""].update(d.code for d in own for c in row if d.name in str(c))
    expected = {d.code for d in policy.domains if d.department != SILENT}
    assert {feed for feed, _ in found} == {"evaluation_results", *LISTS}
    for key, codes in found.items():
        assert codes >= expected, (key, expected - codes)


def test_zero_reports_and_foreign_rows(city: Manifest) -> None:
    zero = city.zero_reports()
    assert Counter(d.zero_domains[0] for d in zero) == {ZERO_ROW[1]: 3, ZERO_HEADER[1]: 3}
    assert all(d.rows == 0 for d in zero)
    foreign = [f for f in city.faults if f.kind == "X-OWNER"]
    assert {f.department for f in foreign} == {FOREIGN[0]}
    assert city.foreign_rows() == len(foreign)


def test_correction_closes_rows_of_its_own_month(city: Manifest) -> None:
    (correction,) = city.corrections
    closed = correction["closes"]
    assert isinstance(closed, list)
    keys = {
        (f.file, f.sheet, f.row) for f in city.faults if f.expected_state == "quarantined" and f.period == "2025-08"
    }
    assert len(closed) == 4
    assert all((c["file"], c["sheet"], c["row"]) in keys for c in closed)
    drop = next(d for d in city.drops if d.submission == correction["submission"])
    assert (drop.role, drop.rows, drop.is_late) == ("correction", 4, False)


def test_two_lists_in_one_month(city: Manifest) -> None:
    sent = Counter((d.department, d.period, d.feed) for d in city.drops if d.role == "list")
    assert [key for key, n in sent.items() if n == 2] == [("public_security", "2025-07", "positive_list")]


def test_lists_change_from_month_to_month(home: Path, city: Manifest) -> None:
    codes = []
    for period in MONTHS:
        path = home / "inbox" / "tax_bureau" / period / f"行业正面清单_{period}.csv"
        codes.append({line.split(",")[2] for line in path.read_text(encoding="gb18030").splitlines()})
    assert codes[0] - codes[1]
    assert codes[1] - codes[0]
    assert codes[2] - codes[1]


def test_formats_are_mixed(home: Path, city: Manifest) -> None:
    endings = Counter(Path(d.path).suffix for d in city.drops)
    assert set(endings) == {".csv", ".xlsx", ".xls", ".zip", ""}
    heads = {p.read_bytes()[:2] for p in home.rglob("*.csv")}
    assert {b"\xef\xbb", b"\xff\xfe"} <= heads
    assert (home / "inbox" / "市卫生健康委" / "2025-06").is_dir()
    assert (home / "inbox" / "justice" / "2025-06" / "行业正面清单_2025年6月.xls").read_bytes().startswith(b"<?xml")


def test_gateways_file_names_both_protocols(home: Path, city: Manifest) -> None:
    import yaml

    listed = yaml.safe_load((home / "gateways.yaml").read_text(encoding="utf-8"))
    assert [(g["name"], g["protocol"]) for g in listed] == [("dazonghe", "bg-hmac"), ("datashare", "datasharing")]
    columns = {c for c, _ in FEEDS["inspection_results"].columns} - {"operation"}
    assert set(listed[0]["fields"]) == columns


def test_lists_too_long_for_a_workbook_are_copied_behind_the_planted_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drops, "HEAD", 40)
    made = make_city(tmp_path, enterprises=SIZE, months=("2025-06",))
    long = [d for d in made.drops if any(int(str(p["rows"])) > 57 for p in d.parts) and d.role == "list"]
    assert {d.feed for d in long} >= {"enterprise_registry", "public_credit_evaluation", "evaluation_results"}
    assert {Path(d.path).suffix for d in long} == {".csv", ".zip"}
    for drop in long:
        for part in drop.parts:
            rows = cells(tmp_path, drop, str(part["file"]).split("/", 2)[2], str(part["sheet"]))
            assert len(rows) - 1 == part["rows"], part
            assert len({len(r) for r in rows}) == 1
            assert len({tuple(r) for r in rows}) >= len(rows) - 1  # one planted repeat at most
