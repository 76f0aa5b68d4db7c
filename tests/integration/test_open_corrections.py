"""What stays open of files with faults: until it is corrected alone, sent again as a whole, confirmed or identified.

Everything has been received, corrected and confirmed before the first question is asked: what was open on a former day
is still what is answered for that day (design.md 5, two times).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pytest

from ingest import clock, landing, warehouse
from ingest.settings import Settings
from orchestration import dbt
from quality import confirm, gate
from quality.identity import retry_identity
from tests.conftest import settings_for
from tests.data.building import text

SENDER = "ecology_environment"
JUNE, JULY = "2025-06", "2025-07"
GRADES = ("行业领域评价结果名称", "企业名称", "统一社会信用代码", "评价时间", "评价部门", "评价等级")
LIST = ("行业领域名称", "企业名称", "统一社会信用代码", "发布日期")
REGISTRY = ("企业名称", "统一社会信用代码", "登记状态")
DOMAIN = "企业环保领域"


def code(number: int) -> str:
    """Returns the code of the n-th firm: well-formed, its check character wrong, which is a remark only."""
    return f"91330502MATEX{number:05d}"


def name(number: int) -> str:
    return f"湖州第{number}家制造有限公司"


def grade(number: int, **changes: str) -> list[str]:
    row = {"uscc": code(number), "on": "2025-06-10", "grade": "A"} | changes
    return [DOMAIN, name(number), row["uscc"], row["on"], "市生态环境局", row["grade"]]


def entry(number: int, on: str = "2025-06-20") -> list[str]:
    return [DOMAIN, name(number), code(number), on]


FAULTY = [grade(1), grade(2, grade="特优"), grade(3, uscc=""), grade(4, grade=""), grade(5, grade="特优")]
"""2 is corrected alone, 3 identified once the registry has its name, 4 right when all is sent again, 5 never."""

SENT: list[tuple[str, str, str, datetime, list[Any]]] = [
    (SENDER, JUNE, "行业评价结果.csv", datetime(2025, 7, 1, 2), [GRADES, *FAULTY]),
    (SENDER, JUNE, "正面清单.csv", datetime(2025, 7, 1, 3), [LIST, *(entry(n) for n in range(10, 22))]),
    (SENDER, JUNE, "更正行业评价结果.csv", datetime(2025, 7, 5, 2), [GRADES, grade(2)]),
    ("market_regulation", JUNE, "企业登记信息.csv", datetime(2025, 7, 8, 2), [REGISTRY, [name(3), code(3), "存续"]]),
    (SENDER, JUNE, "行业评价结果_重报.csv", datetime(2025, 8, 2, 2),
     [GRADES, grade(1), grade(2), grade(3), grade(4), grade(5, grade="特优")]),
    (SENDER, JULY, "正面清单.csv", datetime(2025, 8, 3, 2),
     [LIST, entry(10), entry(11), entry(12), entry(13, "近期")]),
]  # fmt: skip
IDENTIFIED_AT = datetime(2025, 7, 10)  # the close that finds the name of firm 3
CONFIRMED_AT = datetime(2025, 8, 25)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_for(tmp_path_factory.mktemp("open") / "信用 home")
    for sender, period, file, received_at, rows in SENT:
        path = settings.inbox / sender / period / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text(rows))
        at = received_at.replace(tzinfo=UTC).timestamp()
        os.utime(path, (at, at))
    with warehouse.connect(settings) as con:
        landing.land_inbox(con, settings)
        assert gate.gate_pending(con, settings).errors == []
        assert retry_identity(con, settings, JUNE, IDENTIFIED_AT) == 1
        ((held,),) = con.execute(
            "select submission_id from quality.list_decisions where list_state = 'held'"
        ).fetchall()
        assert confirm.confirm(con, settings, held, "王工", "名单确已缩减", CONFIRMED_AT).rows_released == 3
    return settings


@pytest.fixture(scope="module")
def open_rows(settings: Settings) -> Callable[[str, datetime], list[tuple[Any, ...]]]:
    """Returns a function that answers what was open at a close: firm, what closes it, since when, age, attempts."""

    def rows(period: str, as_of: datetime) -> list[tuple[Any, ...]]:
        with warehouse.connect(settings) as con:
            con.execute("delete from meta.close_parameters")
            con.execute(
                "insert into meta.close_parameters values ('huzhou', $1, null, $2, $3, $4, $3, true)",
                [period, clock.period_start(period), clock.period_end(period), as_of],
            )
        dbt.run_models(settings, ["open_corrections"], with_seeds=not settings.release_build.exists())
        with duckdb.connect(str(settings.release_build), read_only=True) as con:
            return con.execute(
                "select enterprise_name, closing_action, open_since, age_days, attempt_count "
                "from marts.open_corrections order by open_since, row_id"
            ).fetchall()

    return rows


FIRST = date(2025, 7, 1)


def test_open_corrections_are_those_known_by_then(open_rows: Callable[..., list[tuple[Any, ...]]]) -> None:
    # Two days on nothing has come back.
    assert open_rows(JUNE, datetime(2025, 7, 3)) == [(name(n), "correct", FIRST, 2, 1) for n in (2, 3, 4, 5)]
    # 2 has been corrected by a file of one row; 3 is known by its name, which no file of the department did.
    assert open_rows(JUNE, IDENTIFIED_AT) == [(name(n), "correct", FIRST, 9, 1) for n in (4, 5)]


def test_open_corrections_of_a_month_amended_and_of_the_next_month(
    open_rows: Callable[..., list[tuple[Any, ...]]],
) -> None:
    # All sent again on 2 August: 4 is right now, 5 is wrong for the second time and as old as before.
    last = (name(5), "correct", FIRST, 50, 2)
    august = datetime(2025, 8, 20)
    assert open_rows(JUNE, august) == [last]
    # The list of July, a third of June's, is held: three wait for a confirmation, one has no date.
    held = [(name(n), "confirm", date(2025, 8, 3), 17, 1) for n in (10, 11, 12)]
    assert open_rows(JULY, august) == [last, *held, (name(13), "correct", date(2025, 8, 3), 17, 1)]
    # Confirmed on 25 August: a row without a date is still none.
    september = CONFIRMED_AT + timedelta(days=7)
    assert open_rows(JULY, september) == [
        (name(5), "correct", FIRST, 62, 2),
        (name(13), "correct", date(2025, 8, 3), 29, 1),
    ]
