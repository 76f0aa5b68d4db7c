"""What a receipt proposes for a code or name that cannot be used follows the policy."""

from __future__ import annotations

import pytest

from ingest import landing, warehouse
from ingest.settings import Settings
from quality import gate, receipt_facts
from tests.data.building import HEADERS, ROW2, drop, row, text


def test_receipt_proposes_as_the_policy_says(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shorter name's ten characters all stand in the longer one's twelve: 2 × 10 of 22 are alike, 0.909."""
    titles = ("企业名称", "统一社会信用代码", "登记状态")
    twins = [("湖州双木厂", "91330502MATEXT01XA", "存续"), ("湖州双木厂", "92330503MATEXT028M", "存续")]
    known = [("湖州三水环保科技有限公司", "93330521MATEXT036F", "存续"), *twins]
    drop(settings, "market_regulation", "企业登记信息.csv", text([titles, *known]), 1)
    sent = [row(name="湖州双木厂", code="9133O5O2MATEXTO1XA"), row(ROW2, name="湖州三水环保科技公司", code=""), ROW2]
    drop(settings, "ecology_environment", "行业评价结果.csv", text([HEADERS, *sent]), 2)
    policy = {"receipt_beginning_length": 4, "receipt_least_likeness": 0.909, "receipt_row_limit": 2}
    with warehouse.connect(settings) as con:
        _, submission = landing.land_inbox(con, settings)
        gate.gate_pending(con, settings)
        for change, rows in (
            ({}, [1, 2]), ({"receipt_least_likeness": 0.91}, [1]), ({"receipt_row_limit": 1}, [1]),
            ({"receipt_beginning_length": 8}, [1, 2]), ({"receipt_beginning_length": 9}, [1]),
        ):  # fmt: skip
            monkeypatch.setattr("quality.suggestions.seed_rows", lambda *_, c=change: [policy | c])
            (found,) = receipt_facts.collect(con, settings, [submission])
            assert sorted(row_id for row_id, _ in found.suggestions) == rows, change
        monkeypatch.setattr("quality.suggestions.seed_rows", lambda *_: [])
        (found,) = receipt_facts.collect(con, settings, [submission])
        assert found.suggestions == {}
