"""Drawing again needs a person, a reason and a draw that was made (semantics 5.11)."""

from datetime import datetime

import duckdb
import pytest

from ingest import warehouse
from ingest.errors import FeedError
from ingest.settings import Settings
from quality import redraw

AT = datetime(2025, 8, 1)


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path, person_key="k")


@pytest.fixture
def con(settings):
    with warehouse.connect_memory(settings) as con:
        yield con


def _drawn(settings, *draws):
    folder = settings.closes / "2025-06"
    folder.mkdir(parents=True, exist_ok=True)
    values = ", ".join(f"('{domain}', {number})" for domain, number in draws)
    duckdb.sql(f"from (values {values}) as d (domain_code, draw_no)").write_parquet(str(folder / redraw.CLOSED_DRAWS))


def _decide(con, settings, domain="transport", by="信用办", reason="名录有误", period="2025-06"):
    return redraw.decide(con, settings, period, domain, by, reason, AT)


def test_decision_follows_the_last_draw_and_is_kept(con, settings):
    _drawn(settings, ("transport", 1), ("transport", 2), ("construction", 1))
    assert _decide(con, settings, "交通运输领域").draw_no == 3
    assert _decide(con, settings, "construction").draw_no == 2
    assert con.execute("select decided_by, reason, decided_at from quality.redraws").fetchall() == [
        ("信用办", "名录有误", AT),
        ("信用办", "名录有误", AT),
    ]


@pytest.mark.parametrize(("by", "reason"), [("", "名录有误"), ("信用办", " ")])
def test_decision_without_person_or_reason_is_refused(con, settings, by, reason):
    _drawn(settings, ("transport", 1))
    with pytest.raises(FeedError, match="needs a name and a reason"):
        _decide(con, settings, by=by, reason=reason)


@pytest.mark.parametrize("period", ["2025-05", "2025-06", "../2025-06"])
def test_nothing_drawn_cannot_be_drawn_again(con, settings, period):
    _drawn(settings, ("construction", 1))
    with pytest.raises(FeedError, match="nothing has been drawn"):
        _decide(con, settings, period=period)


def test_unknown_domain_is_refused(con, settings):
    with pytest.raises(FeedError, match="no such domain"):
        _decide(con, settings, "航天")


def test_decision_waits_until_the_last_one_is_carried_out(con, settings):
    _drawn(settings, ("transport", 1))
    assert _decide(con, settings).draw_no == 2
    with pytest.raises(FeedError, match="not been carried out"):
        _decide(con, settings)
    _drawn(settings, ("transport", 1), ("transport", 2))
    assert _decide(con, settings).draw_no == 3
