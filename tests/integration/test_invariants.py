"""What must hold in every release of any city, checked on the synthetic city of the session and on the small one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration import close, demo
from tests.conftest import settings_for
from tests.integration import small_city_home
from tests.integration.conftest import City
from tests.integration.test_small_city import AS_OF

MONTHS = ("2025-06", "2025-07", "2025-08")
COUNTS = ("due_feed_count", "reported_feed_count", "submitted_rows", "accepted_rows", "zero_report_count")
RATES = ("collection_rate", "conformity_rate", "timeliness_rate", "completeness_rate", "accuracy_rate",
         "evaluation_coverage_rate")  # fmt: skip
ADDED_UP = (*COUNTS, *(f"{rate}_{part}" for rate in RATES for part in ("numerator", "denominator")))
COVERAGE = ("coverage_domain_period", "coverage_department_period", "coverage_programme_period")


@pytest.fixture(params=MONTHS)
def release(city: City, request: pytest.FixtureRequest) -> Iterator[duckdb.DuckDBPyConnection]:
    with city.release(request.param) as con:
        con.execute("set schema = 'marts'")
        yield con


def none_of(con: duckdb.DuckDBPyConnection, query: str) -> None:
    """Fails with the rows that the query finds."""
    assert con.execute(query).fetchall() == []


def test_no_vetoed_enterprise_is_listed_anywhere(release: duckdb.DuckDBPyConnection) -> None:
    none_of(release, "select uscc from positive_list inner join enterprise_profile using (uscc) "
            "where is_vetoed and (status = 'listed' or is_effective)")  # fmt: skip
    none_of(release, "select uscc from enterprise_profile where is_vetoed and len(positive_list_domains) > 0")
    none_of(release, "select uscc from positive_list_candidates inner join enterprise_profile using (uscc) "
            "where is_vetoed")  # fmt: skip


def test_profile_and_list_say_the_same(release: duckdb.DuckDBPyConnection) -> None:
    none_of(release, """
        (select uscc, unnest(positive_list_domains) from enterprise_profile
         except select uscc, domain_code from positive_list where is_effective)
        union all
        (select uscc, domain_code from positive_list where is_effective
         except select uscc, unnest(positive_list_domains) from enterprise_profile)
    """)  # fmt: skip


def test_every_exit_has_an_entry_and_the_changes_add_up_to_the_list(release: duckdb.DuckDBPyConnection) -> None:
    none_of(release, """
        select domain_code, uscc, period from (
            select *, lag(change, 1, 'removed') over (partition by domain_code, uscc order by period) as before
            from positive_list_changes)
        where change = before
    """)  # fmt: skip
    none_of(release, """
        with standing as (
            select domain_code, uscc from positive_list_changes group by all
            having count(*) filter (change = 'added') > count(*) filter (change = 'removed')),
        listed as (select domain_code, uscc from positive_list where is_effective)
        (from standing except from listed) union all (from listed except from standing)
    """)  # fmt: skip


def test_department_is_the_sum_of_its_parts(release: duckdb.DuckDBPyConnection) -> None:
    none_of(release, """
        with domains as (
            select period, department_code, sum(submitted_rows) as domain_rows
            from coverage_domain_period group by all)
        select period, department_code
        from coverage_department_period inner join domains using (period, department_code)
        where submitted_rows <> domain_rows + unassigned_rows + inspection_result_rows + inspection_task_rows
    """)  # fmt: skip


def test_programme_is_the_sum_of_its_departments(release: duckdb.DuckDBPyConnection) -> None:
    sums = ", ".join(f"sum({column})" for column in ADDED_UP)
    departments = f"select period, {sums} from coverage_department_period group by period order by period"
    programme = f"select period, {', '.join(ADDED_UP)} from coverage_programme_period order by period"
    assert release.execute(departments).fetchall() == release.execute(programme).fetchall()


def test_rates_are_shares_and_null_exactly_where_nothing_is_counted(release: duckdb.DuckDBPyConnection) -> None:
    for mart in COVERAGE:
        for rate in RATES:
            none_of(release, f"select period from {mart} where {rate} is not null and {rate} not between 0 and 1")
            none_of(release, f"select period from {mart} "
                    f"where ({rate} is null) <> (coalesce({rate}_denominator, 0) = 0)")  # fmt: skip


def test_ranks_follow_scores_and_ties_share_the_better_rank(release: duckdb.DuckDBPyConnection) -> None:
    none_of(release, """
        select one.department_code
        from coverage_department_period as one
        where one.rank is distinct from case when one.score is not null then 1 + (
            select count(*) from coverage_department_period as other
            where other.period = one.period and other.score > one.score) end
    """)  # fmt: skip


def parquet(release: Path) -> dict[str, bytes]:
    """Returns the published Parquet files of a release."""
    return {path.name: path.read_bytes() for path in sorted((release / "parquet").glob("*.parquet"))}


@pytest.mark.slow
def test_months_closed_one_by_one_equal_months_replayed(tmp_path: Path) -> None:
    """In one home the files come month by month, in the other everything has come before the first close."""
    whole = small_city_home.build(tmp_path / "replayed")
    grown = tmp_path / "closed one by one"
    (grown / "inbox").mkdir(parents=True)
    shutil.copytree(whole / "gateway", grown / "gateway")
    last: dict[Path, Path] = {}
    for home in (whole, grown):
        with demo.gateways_running(home) as gateways:
            settings = settings_for(home, gateways=gateways)
            for period in MONTHS[:2]:
                as_of = small_city_home.local(AS_OF[period])
                if home is grown:
                    _deliver(whole, grown, as_of.timestamp())
                last[home] = close.close_month(settings, period, as_of).release
            assert close.close_month(settings, MONTHS[1]).state == "unchanged"
    assert parquet(last[whole]) == parquet(last[grown])


def _deliver(whole: Path, grown: Path, until: float) -> None:
    """Copies what had been received by then (seconds of a UTC time without zone) into the other home's inbox."""
    for sent in small_city_home.submissions():
        if sent.received_at.timestamp() > until:
            continue
        place = Path("inbox") / sent.department / sent.period / sent.name
        if not (grown / place).exists():
            (grown / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(whole / place, grown / place)
