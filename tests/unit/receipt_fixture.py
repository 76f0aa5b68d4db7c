"""A ledger with hand-made submissions, for the tests of receipts."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from ingest import normalise
from ingest.contract_model import load_contracts
from ingest.contract_reader import fill
from ingest.raw_schema import raw_schema
from ingest.settings import Settings
from quality.receipt import BOOK, DOCUMENT, write_receipts
from tests.contract.xlsx_file import Sheet, read_xlsx

LEDGER = Path(__file__).parents[2] / "ingest" / "ledger.sql"
SHA = "ab" * 32
ON_TIME, LATE = datetime(2025, 7, 10, 1, 30), datetime(2025, 7, 20, 1, 30)
ID_NUMBER = "11010519491231002X"


def ledger() -> duckdb.DuckDBPyConnection:
    """Returns a connection with empty ledger tables."""
    con = duckdb.connect()
    normalise.install(con, "key of a test")
    con.execute(LEDGER.read_text(encoding="utf-8"))
    return con


def submit(con: duckdb.DuckDBPyConnection, submission_id: str, feed: str | None, **more: Any) -> None:
    """Adds arrival, submission and first verdict."""
    f = {
        "department": "market_regulation",
        "period": "2025-06",
        "channel": "drop",
        "source": "名单.xlsx",
        "at": ON_TIME,
        "verdict": "accepted",
        "rows": (0, 0, 0),
        "correction": False,
        "corrects": None,
    } | more
    con.execute(
        "insert into quality.arrivals values "
        "($a, $c, null, '市市场监管局', $d, $p, $s, $t, $t, 12345, $h, $i, false, null, $p)",
        {
            "a": f"a-{submission_id}",
            "c": f["channel"],
            "d": f["department"],
            "p": f["period"],
            "s": f["source"],
            "t": f["at"],
            "h": SHA,
            "i": submission_id,
        },
    )
    con.execute(
        "insert into quality.arrival_members values ($a, $s, $h, 12345)",
        {"a": f"a-{submission_id}", "s": f["source"], "h": SHA},
    )
    con.execute(
        "insert into quality.submissions values ($i, $a, $f, $d, $p, $c, null, $s, $t, $h, '1.0.0', $k, $r)",
        {
            "i": submission_id,
            "a": f"a-{submission_id}",
            "f": feed,
            "d": f["department"],
            "p": f["period"],
            "c": f["channel"],
            "s": f["source"],
            "t": f["at"],
            "h": SHA,
            "k": f["correction"],
            "r": f["corrects"],
        },
    )
    decide(con, submission_id, f["at"], "judged", f["verdict"], f["rows"])


def decide(
    con: duckdb.DuckDBPyConnection,
    submission_id: str,
    at: datetime,
    cause: str,
    verdict: str,
    rows: tuple[int, int, int],
    by: str | None = None,
    reason: str | None = None,
) -> None:
    """Adds a dated decision."""
    con.execute(
        "insert into quality.submission_verdicts values ($i, $t, $c, $v, $r, $a, $q, '{}', $b, $w, null)",
        {
            "i": submission_id,
            "t": at,
            "c": cause,
            "v": verdict,
            "r": rows[0],
            "a": rows[1],
            "q": rows[2],
            "b": by,
            "w": reason,
        },
    )


def find(con: duckdb.DuckDBPyConnection, submission_id: str, feed: str, rule_id: str, **more: Any) -> None:
    """Adds a finding with the contract's own words."""
    rule = load_contracts()[feed].rule(rule_id)
    f = {
        "row_id": None,
        "row_number": None,
        "kind": rule.kind,
        "value": None,
        "severity": rule.severity,
        "column": rule.column,
        "sheet": "数据",
        "file": "名单.xlsx",
        "expected": "—",
        "found": "—",
    } | more
    why, fix = rule.text(f["kind"])
    title = load_contracts()[feed].column(f["column"]).title if f["column"] else ""
    words = {"value": f["value"], "column": title, "expected": f["expected"], "found": f["found"]}
    con.execute(
        "insert into quality.findings values ($i, $r, $f, $s, $n, $c, $u, 1, $k, $y, $v, $w, $x)",
        {
            "i": submission_id,
            "r": f["row_id"],
            "f": f["file"],
            "s": f["sheet"],
            "n": f["row_number"],
            "c": f["column"],
            "u": rule_id,
            "k": f["kind"],
            "y": f["severity"],
            "v": f["value"],
            "w": fill(why, **words),
            "x": fill(fix, **words),
        },
    )


def batch(
    con: duckdb.DuckDBPyConnection, settings: Settings, submission_id: str, feed: str, rows: list[dict[str, Any]]
) -> None:
    """Writes the raw batch: what a row does not say is null; row ids count from 1, row numbers from 4."""
    schema = raw_schema(load_contracts()[feed])
    con.execute(f"create or replace temp table raw_rows ({', '.join(f'{chr(34)}{n}{chr(34)} {t}' for n, t in schema)})")
    for i, row in enumerate(rows, start=1):
        full = {
            "_submission_id": submission_id,
            "_source_file": "名单.xlsx",
            "_sheet": "数据",
            "_row_number": i + 3,
            "_row_id": i,
            "_operation": "upsert",
            "row_state": "accepted",
            "rule_ids": [],
            "normalisations": [],
        } | row
        names = ", ".join(f'"{n}"' for n in full)
        con.execute(f"insert into raw_rows ({names}) values ({', '.join('?' * len(full))})", list(full.values()))
    path = settings.raw_batches / feed / f"{submission_id}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    con.execute(f"copy (select * from raw_rows order by _row_id) to '{path}' (format parquet)")


def listed(name: str, code: str | None, uscc: str | None, **more: Any) -> dict[str, Any]:
    """Returns a row of the positive list."""
    return {
        "domain_name__text": "电梯等特种设备领域",
        "domain_name": "电梯等特种设备领域",
        "enterprise_name__text": name,
        "enterprise_name": name,
        "uscc__text": code,
        "uscc": uscc,
        "published_on__text": "2025-06-25",
        "resolved_uscc": uscc,
    } | more


def positive_list(con: duckdb.DuckDBPyConnection, settings: Settings, submission_id: str = "s1", **more: Any) -> None:
    """Adds a positive list of six rows: two good, three wrong, one with a remark."""
    submit(
        con,
        submission_id,
        "positive_list",
        **({"verdict": "accepted_with_remarks", "rows": (6, 3, 3), "source": "2025年6月正面清单.xlsx"} | more),
    )
    batch(
        con,
        settings,
        submission_id,
        "positive_list",
        [
            listed(
                "湖州甲电梯有限公司",
                "91330502matext01xa",
                "91330502MATEXT01XA",
                remarks__text="=1+1",
                normalisations=[{"column_name": "uscc", "kind": "CASE"}],
            ),
            listed("湖州乙电梯有限公司", "9.1330502E+17", None, row_state="quarantined"),
            listed("湖州丙电梯有限公司", None, None, row_state="quarantined"),
            listed("湖州丁电梯有限公司", None, None, row_state="quarantined", published_on__text="2025年"),
            listed(
                "湖州戊电梯有限公司",
                "91330502MATEXT01XB",
                "91330502MATEXT01XB",
                _extra='{"联系人身份证": "11010519491231002X"}',
            ),
            listed(
                "湖州己电梯有限公司", "91330503MATEXT028M", "91330503MATEXT028M", remarks__text=f"经办人{ID_NUMBER}"
            ),
        ],
    )
    feed = "positive_list"
    find(
        con, submission_id, feed, "positive_list.uscc.format", row_id=2, row_number=5, kind="SCI", value="9.1330502E+17"
    )
    find(con, submission_id, feed, "positive_list.uscc.required", row_id=3, row_number=6)
    find(con, submission_id, feed, "positive_list.uscc.required", row_id=4, row_number=7)
    find(con, submission_id, feed, "positive_list.published_on.type", row_id=4, row_number=7, value="2025年")
    find(con, submission_id, feed, "positive_list.uscc.check", row_id=5, row_number=8, value="91330502MATEXT01XB")
    find(con, submission_id, feed, "X-COLUMN", value="联系人身份证", column=None, expected="企业名称、备注")
    con.execute(
        "insert into quality.submission_domains values ($i, 'special_equipment', true, 6, 3, 6, 5, false)",
        {"i": submission_id},
    )
    con.execute(
        "insert into quality.list_decisions values ($i, 'special_equipment', $t, 'in_force', null, null)",
        {"i": submission_id, "t": ON_TIME},
    )


def receipt(
    con: duckdb.DuckDBPyConnection, settings: Settings, submission_id: str = "s1"
) -> tuple[dict[str, Sheet], Any]:
    """Returns the sheets and the document of one receipt."""
    [folder] = write_receipts(con, settings, [submission_id])
    return read_xlsx(folder / BOOK), json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))


def words(sheet: Sheet) -> str:
    """Returns everything that a sheet says."""
    return "\n".join(c.value for c in sheet.cells.values())


def column_of(sheet: Sheet, header: str) -> list[str]:
    """Returns the values below a header of the first row."""
    i = sheet.row(1).index(header) + 1
    return [sheet.at(r, i) for r in range(2, sheet.height + 1)]
