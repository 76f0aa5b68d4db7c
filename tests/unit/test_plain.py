"""Texts that the gate takes for plain are not read: reading them must change nothing, hide nothing, note nothing."""

from __future__ import annotations

import random

import pytest

from ingest import warehouse
from quality import gate
from tests.conftest import settings_for

POOL = (
    "0123456789" * 3
    + "ABEXZabx一有限公司湖州市（）()【】〔〕《》“，。、；：？！·—％～[]{}*+-./' 　\t\u200b\u00a0９Ａ＋"
)
CODES = "0123456789ABCDEFGHJKLMNPQRTUWXY"
UNREAD = {
    "xy_plain_text": ("xy_hidden(xy_text(x)) = x", "xy_text_kinds(x) = []", "xy_key(x) = xy_one_form(x)"),
    "xy_plain_name": (
        "xy_hidden(xy_name(x)) = x",
        "xy_hidden(xy_text(x)) = x",
        "xy_name_kinds(x) = []",
        "xy_hidden(xy_name_norm(x)) = replace(replace(x, '（', '('), '）', ')')",
    ),
    "xy_plain_uscc": ("xy_uscc(x) = x", "xy_uscc_kinds(x) = []", "xy_code_class(x) = 'uscc'"),
    "xy_plain_id": ("xy_uscc(x) = x", "xy_text_kinds(x) = []", "xq_id_of(x) = x", "not xy_id15_ok(x)"),
}


def texts() -> list[str]:
    """Returns texts of all sorts, the same every time."""
    chance = random.Random(20250601)
    found = ["".join(chance.choices(POOL, k=chance.randint(1, 22))) for _ in range(4000)]
    found += ["".join(chance.choices("0123456789" + POOL[40:50], k=chance.randint(1, 22))) for _ in range(4000)]
    found += ["".join(chance.choices(CODES, k=18)) for _ in range(2000)]
    found += ["".join(chance.choices("0123456789", k=chance.randint(13, 20))) for _ in range(2000)]
    return [*found, "330502196001011234", "甲330502196001011234", "3.30502196001011E+17", "330502600101123", ""]


@pytest.mark.parametrize("macro", UNREAD)
def test_reading_a_plain_text_changes_nothing(macro: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    with warehouse.connect_memory(settings_for(tmp_path_factory.mktemp("plain"))) as con:
        gate.prepare(con)
        con.execute("create temp table t as select unnest($1) as x", [texts()])
        plain, held = con.execute(
            f"select count(*), count(*) filter ({' and '.join(UNREAD[macro])}) from t where {macro}(x)"
        ).fetchall()[0]
    assert plain >= 100
    assert held == plain
