"""A draw depends on who takes part and on nothing else, and anybody can redo it (semantics 5.11)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import jinja2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exports.draw_recipe import Subject, draw, quota

DBT = Path(__file__).parents[2] / "dbt_project"
MACROS = ("draws", "policy", "time")
MODEL = DBT / "models" / "intermediate" / "inspection" / "int_draw__made.sql"
RATES = {"exempt_onsite": "0", "reduced": "0.02", "routine": "0.05", "intensified": "0.3", "focus": "1"}
FIXED = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

populations = st.dictionaries(
    st.text("0123456789ABCDEFGH", min_size=1, max_size=6), st.sampled_from(sorted(RATES)), min_size=1, max_size=60
)


@pytest.fixture(scope="module")
def sql() -> str:
    """The model as dbt runs it, with tables of the same names."""
    macros = "".join((DBT / "macros" / f"{name}.sql").read_text(encoding="utf-8") for name in MACROS)
    template = jinja2.Environment(autoescape=False).from_string(macros + MODEL.read_text(encoding="utf-8"))
    return template.render(ref=lambda name: name)


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as con:
        con.execute(
            """
            create table base_meta__close as select 'huzhou' as programme, '2025-06' as period,
                date '2025-06-01' as period_start, date '2025-06-30' as reference_date, timestamp '2025-07-20' as as_of;
            create table draw_policies as select 'huzhou' as programme, 1 as window_offset_months, 1 as window_months,
                date '2025-01-01' as valid_from, cast(null as date) as valid_to;
            create table base_quality__redraws (domain_code varchar, draw_no integer, reason varchar);
            insert into base_quality__redraws values ('transport', 2, '名录有误');
            create table base_closes__inspection_draws (domain_code varchar, draw_no integer);
            create table int_draw__subjects (domain_code varchar, department_code varchar, uscc varchar,
                measure varchar, sampling_rate double, onsite_visit_count_ytd bigint, onsite_limit bigint,
                exclusion_reason varchar);
            """
        )
        yield con


def _model(con: duckdb.DuckDBPyConnection, sql: str, subjects: list[tuple[str, str]]) -> list[tuple]:
    con.execute("truncate int_draw__subjects")
    con.execute(
        "insert into int_draw__subjects "
        "select 'transport', 'transport_bureau', unnest($1), unnest($2), unnest($3), 0, 2, null",
        [[uscc for uscc, _ in subjects], [m for _, m in subjects], [float(RATES[m]) for _, m in subjects]],
    )
    return con.execute(f"select draw_no, population_hash, seed, uscc, drawn from ({sql}) order by all").fetchall()


@FIXED
@given(population=populations, data=st.data())
def test_same_population_same_draw_in_any_order(con, sql, population, data) -> None:
    subjects = list(population.items())
    shuffled = data.draw(st.permutations(subjects))
    first = _model(con, sql, subjects)
    assert _model(con, sql, shuffled) == first
    for draw_no in (1, 2):
        again = draw(
            "huzhou",
            "transport",
            "2025-06",
            [Subject(uscc, measure, Decimal(RATES[measure])) for uscc, measure in shuffled],
            draw_no,
        )
        rows = [row for row in first if row[0] == draw_no]
        assert {row[1:3] for row in rows} == {(again.population_hash, again.seed)}
        assert {row[3] for row in rows if row[4]} == again.uscc


@FIXED
@given(population=populations)
def test_every_stratum_gives_its_share(con, sql, population) -> None:
    rows = _model(con, sql, list(population.items()))
    for draw_no in (1, 2):
        drawn = {row[3] for row in rows if row[0] == draw_no and row[4]}
        for measure, rate in RATES.items():
            stratum = {uscc for uscc, own in population.items() if own == measure}
            assert len(drawn & stratum) == quota(Decimal(rate), len(stratum))
        assert {uscc for uscc, own in population.items() if own == "focus"} <= drawn
        assert not drawn & {uscc for uscc, own in population.items() if own == "exempt_onsite"}


@pytest.mark.parametrize(
    ("rate", "size", "expected"),
    [("0", 9, 0), ("1", 9, 9), ("0.05", 0, 0), ("0.05", 19, 1), ("0.05", 20, 1), ("0.05", 21, 2), ("0.07", 100, 7)],
)
def test_quota_is_the_rate_rounded_up(rate, size, expected) -> None:
    assert quota(Decimal(rate), size) == expected


def test_another_population_another_seed() -> None:
    first = draw("huzhou", "transport", "2025-06", [Subject("A", "routine", Decimal("0.05"))])
    other = draw("huzhou", "transport", "2025-06", [Subject("A", "focus", Decimal(1))])
    assert first.seed != other.seed
    assert draw("huzhou", "transport", "2025-07", [Subject("A", "routine", Decimal("0.05"))]).seed != first.seed
