"""Three months of a city of 60 enterprises, worked out by hand from the rules: the marts equal ``tests/expected``.

Each file there holds the key columns of design.md 7 of one mart at one close, and a note that says why. E01 stands for
an enterprise of ``small_city/cast.csv``, J03 for a file of ``small_city/submissions.csv``, G:2025-06:unit:1 for the
first pull that brought records of that month and unit, and P1 for the person who represents several enterprises. Times
are those of Asia/Shanghai.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest import warehouse
from ingest.settings import Settings
from orchestration import close, demo
from quality import confirm
from tests.conftest import PERSON_KEY, settings_for
from tests.integration import small_city_home

EXPECTED = Path(__file__).parents[1] / "expected"
AS_OF = {  # Asia/Shanghai, after the period is due
    "2025-06": "2025-07-20 08:00:00",
    "2025-07": "2025-08-20 08:00:00",
    "2025-08": "2025-09-18 08:00:00",
}
CONFIRMED_AT = "2025-08-25 10:00:00"  # K03, the list that was held
HISTORIES = {"positive_list_changes", "dishonesty_dynamics"}
TABLES = sorted({path.stem for path in EXPECTED.glob("*/*.csv")})
PERSONS = {"P1": "11010519491231002X"}  # the number that several inspections give for the legal representative


@dataclass(frozen=True)
class SmallCity:
    """The city after its three closes."""

    settings: Settings
    releases: dict[str, Path]
    names: dict[str, str]  # code or name of an enterprise, id of a submission -> what the tables call it


def _submission_names(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    files = {(s.department, s.period, s.name): s.no for s in small_city_home.submissions()}
    names = {}
    pulls: Counter[tuple[str, str]] = Counter()
    for submission, channel, department, period, name in con.execute(
        "select submission_id, channel, department_code, period, source_name from quality.submissions "
        "order by received_at, sha256"
    ).fetchall():
        if channel == "drop":
            names[submission] = files[department, period, name]
        else:
            pulls[period, department or "none"] += 1
            names[submission] = f"G:{period}:{department or 'none'}:{pulls[period, department or 'none']}"
    return names


def close_small_city(home: Path, months: tuple[str, ...] = tuple(AS_OF)) -> SmallCity:
    """Returns the city, closed month by month, the held list confirmed in between."""
    small_city_home.build(home)
    releases = {}
    with demo.gateways_running(home) as gateways:
        settings = settings_for(home, gateways=gateways)
        for period in months:
            if period == "2025-08":
                _confirm(settings)
            result = close.close_month(settings, period, small_city_home.local(AS_OF[period]))
            assert result.is_clean, result.problems
            releases[period] = result.release
    with warehouse.connect(settings) as con:
        names = _submission_names(con)
    for alias, row in reversed(small_city_home.cast().items()):
        names |= {row["name"]: alias} | ({row["uscc"]: alias} if row["uscc"] else {})
    names |= {f"person:{_person_shown(number)}": alias for alias, number in PERSONS.items()}
    return SmallCity(settings, releases, names)


def _person_shown(number: str) -> str:
    """Returns what a published table shows of a person: the beginning of a hash of the keyed hash of the number."""
    keyed = hmac.new(PERSON_KEY.encode(), number.encode(), hashlib.sha256).hexdigest()
    return hashlib.sha256(keyed.encode()).hexdigest()[:16]


def _confirm(settings: Settings) -> None:
    with warehouse.connect(settings) as con:
        (held,) = [s for s, name in _submission_names(con).items() if name == "K03"]
        confirm.confirm(con, settings, held, "王工", "电话核实，名单确已缩减", small_city_home.local(CONFIRMED_AT))


@pytest.fixture(scope="module")
def small_city(tmp_path_factory: pytest.TempPathFactory) -> SmallCity:
    return close_small_city(tmp_path_factory.mktemp("small") / "信用 home")


def shown(value: Any, names: dict[str, str]) -> str:
    """Returns a value of a mart as the expected tables write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "|".join(shown(v, names) for v in value)
    if isinstance(value, datetime):
        return (value + timedelta(hours=8)).isoformat(" ")
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return names.get(str(value), str(value))


def actual(city: SmallCity, period: str, mart: str, columns: list[str]) -> list[tuple[str, ...]]:
    """Returns the rows of a mart at a close; of a mart that holds all periods, those of the closed one."""
    where = f"where period = '{period}'" if mart.startswith("coverage_") or mart in HISTORIES else ""
    with duckdb.connect(str(city.releases[period] / "xinyong.duckdb"), read_only=True) as con:
        selected = ", ".join(f'"{column}"' for column in columns)
        rows = con.execute(f'select {selected} from marts."{mart}" {where}').fetchall()
    return sorted(tuple(shown(value, city.names) for value in row) for row in rows)


def expected(period: str, mart: str) -> tuple[list[str], list[tuple[str, ...]]]:
    """Returns the columns and the rows that were worked out by hand."""
    with (EXPECTED / period / f"{mart}.csv").open(encoding="utf-8", newline="") as lines:
        table = csv.DictReader(lines)
        rows = list(table)
    columns = [name for name in table.fieldnames or [] if name != "note"]
    assert all(row["note"] for row in rows), f"{period} {mart}: every row says why"
    return columns, sorted(tuple(row[column] for column in columns) for row in rows)


@pytest.mark.parametrize("mart", TABLES)
@pytest.mark.parametrize("period", list(AS_OF))
def test_mart_equals_what_was_worked_out_by_hand(small_city: SmallCity, period: str, mart: str) -> None:
    columns, rows = expected(period, mart)
    found = actual(small_city, period, mart, columns)
    missing = Counter(rows) - Counter(found)
    surplus = Counter(found) - Counter(rows)
    assert (sorted(missing.elements()), sorted(surplus.elements())) == ([], []), columns


def test_every_mart_was_worked_out(small_city: SmallCity) -> None:
    with duckdb.connect(str(small_city.releases["2025-08"] / "xinyong.duckdb"), read_only=True) as con:
        marts = con.execute("select table_name from information_schema.tables where table_schema = 'marts'").fetchall()
    assert sorted(mart for (mart,) in marts) == TABLES


@pytest.mark.parametrize("period", list(AS_OF))
def test_who_is_drawn_follows_from_the_recipe(small_city: SmallCity, period: str) -> None:
    """The recipe once more (docs/rules.md, semantics 5.11): freeze and hash, derive the seed, order, take the share."""
    columns, rows = expected(period, "inspection_draws")
    codes = {alias: row["uscc"] for alias, row in small_city_home.cast().items()}
    domains: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in (dict(zip(columns, values, strict=True)) for values in rows):
        if not row["exclusion_reason"]:
            domains[row["domain_code"]].append(row | {"code": codes[row["uscc"]]})
    found = dict(actual(small_city, period, "inspection_draws", ["domain_code", "seed"]))
    for domain, population in domains.items():
        frozen = "\n".join(sorted(f"{row['code']},{row['measure']}" for row in population))
        seed = _sha256("|".join(["huzhou", domain, period, _sha256(frozen)]))
        assert found[domain] == seed
        for measure in {row["measure"] for row in population}:
            stratum = sorted(
                (row for row in population if row["measure"] == measure), key=lambda row: _sha256(seed + row["code"])
            )
            quota = math.ceil(Decimal(stratum[0]["sampling_rate"]) * len(stratum))
            assert [row["drawn"] for row in stratum] == ["true"] * quota + ["false"] * (len(stratum) - quota)


def _sha256(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()


def test_former_periods_stand_as_they_were_closed(small_city: SmallCity) -> None:
    for mart in ("coverage_domain_period", "coverage_department_period", "coverage_programme_period"):
        columns, june = expected("2025-06", mart)
        with duckdb.connect(str(small_city.releases["2025-08"] / "xinyong.duckdb"), read_only=True) as con:
            selected = ", ".join(f'"{column}"' for column in columns)
            rows = con.execute(f"select {selected} from marts.{mart} where period = '2025-06'").fetchall()
        assert sorted(tuple(shown(v, small_city.names) for v in row) for row in rows) == june
