"""What holds in every city, whatever was sent in whatever order: vetoes, entries and exits, stocks, sums, replay."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from tests.dbt.conftest import Built
from tests.dbt.rule_city import CLOSES, RuleCity, history

NEVER = {  # what no release may hold
    "a vetoed enterprise is listed": """
        select uscc from positive_list inner join enterprise_profile using (uscc)
        where is_vetoed and (status <> 'vetoed' or is_effective)""",
    "a vetoed enterprise is a candidate": """
        select uscc from positive_list_candidates inner join enterprise_profile using (uscc) where is_vetoed""",
    "a veto without its cause": """
        select uscc from enterprise_profile where is_vetoed <> (
            uscc in (select uscc from serious_dishonesty where status = 'active')
            or (coalesce(public_credit_grade = '差', false) and not is_public_credit_stale))""",
    "an exit without entry, or an entry after an entry": """
        select * from (
            select *, lag(change, 1, 'removed') over (partition by domain_code, uscc order by period) as before
            from positive_list_changes)
        where change = before""",
    "more than one event of an enterprise in a domain and month": """
        select period, domain_code, uscc from positive_list_changes group by all having count(*) > 1""",
    "a stock that is not that of the subjects": """
        select domain_code, stock, subjects from (
            select domain_code, sum(stock) as stock from dishonesty_dynamics
            where period = (select max(period) from dishonesty_dynamics) group by domain_code)
        full join (
            select domain_code, count(distinct uscc) as subjects from serious_dishonesty where status = 'active'
            group by domain_code) using (domain_code)
        where coalesce(stock, 0) <> coalesce(subjects, 0)""",
    "a stock that is not the former one, inflow less outflow": """
        select * from (
            select *, lag(stock, 1, 0) over (partition by domain_code, district_code order by period) as before
            from dishonesty_dynamics)
        where stock <> before + inflow - outflow or former_stock <> before""",
    "somebody drawn who may not be": """
        select uscc from inspection_draws
        where drawn and (exclusion_reason is not null or measure = 'exempt_onsite')""",
    "a share fallen short of": """
        select domain_code, measure from inspection_draws where exclusion_reason is null
        group by domain_code, draw_no, measure
        having count(*) filter (drawn) < max(sampling_rate) * count(*)
            or count(*) filter (drawn) >= max(sampling_rate) * count(*) + 1""",
    "a listed enterprise under another measure": """
        select uscc from enterprise_domain_profile where on_positive_list <> (measure_rule like 'LISTED%')""",
    "a department that is not the sum of its domains and the rest": """
        select period, department_code from coverage_department_period inner join (
            select period, department_code, sum(submitted_rows) as domain_rows from coverage_domain_period group by all)
        using (period, department_code)
        where submitted_rows <> domain_rows + unassigned_rows + inspection_result_rows + inspection_task_rows""",
    "a programme that is not the sum of its departments": """
        select period from coverage_programme_period as whole inner join (
            select period, sum(submitted_rows) as rows, sum(accepted_rows) as accepted, sum(due_feed_count) as due,
                sum(reported_feed_count) as reported from coverage_department_period group by period) using (period)
        where (whole.submitted_rows, whole.accepted_rows, whole.due_feed_count, whole.reported_feed_count)
            <> (rows, accepted, due, reported)""",
}


@pytest.fixture(scope="module")
def city(built: Built, tmp_path_factory: pytest.TempPathFactory) -> RuleCity:
    return RuleCity(built, tmp_path_factory.mktemp("rules") / "home")


def check(city: RuleCity, seed: int, replayed: int) -> None:
    """Closes the months one by one as things come; then all has come, and the last months are closed again."""
    sent = history(Random(seed))
    city.begin()
    for close in CLOSES:
        for submission in [s for s in sent if s.received_at <= close.as_of]:
            sent.remove(submission)
            city.receive(submission)
        city.close(close)
        for what, query in NEVER.items():
            assert (what, city.rows(query)) == (what, [])
    grown = city.contents()
    for submission in sent:  # what came after the last close must not matter to any of them
        city.receive(submission)
    for close in CLOSES[-replayed:]:
        city.close(close)
    again = city.contents()
    assert {mart for mart in grown if grown[mart] != again[mart]} == set()


HYPOTHESIS = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=1, **HYPOTHESIS)  # the slow test tries many
@given(strategies.integers(1, 2**32))
def test_what_holds_in_every_city(city: RuleCity, seed: int) -> None:
    check(city, seed, replayed=1)


@pytest.mark.slow
@settings(max_examples=12, **HYPOTHESIS)
@given(strategies.integers(1, 2**32))
def test_what_holds_in_many_cities_and_months_replayed(city: RuleCity, seed: int) -> None:
    check(city, seed, replayed=len(CLOSES))
