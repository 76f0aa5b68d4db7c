"""The dictionary describes every column, and hashes do not depend on the order of rows."""

import re

import duckdb
import openpyxl
import pytest

from exports.dictionary import write_dictionary
from exports.tables import column_names, measure, ordered, table_names, write_parquet
from tests.unit.exports_fixture import build_info, make_release_db


def test_dictionary_names_every_table_and_column(tmp_path):
    database = make_release_db(tmp_path / "release.duckdb", ("2025-06",))
    with duckdb.connect(str(database), read_only=True) as con:
        path, page = write_dictionary(con, tmp_path, build_info().as_of, "数据月份：2025年6月份")
        expected = {
            (schema, table, column)
            for schema in ("marts", "meta")
            for table in table_names(con, schema)
            for column in column_names(con, schema, table)
        }
    book = openpyxl.load_workbook(path, read_only=True)
    assert book.sheetnames == ["表", "字段", "代码"]
    rows = list(book["字段"].iter_rows(min_row=3, values_only=True))
    assert {(row[0], row[1], row[3]) for row in rows} == expected
    assert all(row[6] for row in rows)
    codes = {(row[0], row[1]) for row in book["代码"].iter_rows(min_row=3, values_only=True)}
    assert {("status", "vetoed"), ("reason_code", "PUBLIC_CREDIT_POOR")} <= codes
    html = page.read_text(encoding="utf-8")
    assert all(
        f'id="{schema}.{table}"' in html and f"<code>{column}</code>" in html for schema, table, column in expected
    )
    assert not re.search(r"https?://|<script|@import", html)


@pytest.fixture
def con():
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        yield connection


def _measure(con, order):
    con.execute(
        f"create or replace table marts.positive_list as "
        f"select 'd' as domain_code, 'u' || i as uscc, [i] as reasons from range(5000) as r(i) order by {order}"
    )
    return measure(con, "marts", "positive_list")


def test_row_hash_ignores_order_and_sees_repeats(con, tmp_path):
    first = _measure(con, "i")
    write_parquet(con, ordered("marts", first), tmp_path / "a.parquet")
    second = _measure(con, "hash(i)")
    write_parquet(con, ordered("marts", second), tmp_path / "b.parquet")
    assert first == second
    assert first.is_key_unique
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    con.execute("insert into marts.positive_list select * from marts.positive_list limit 2")
    repeated = measure(con, "marts", "positive_list")
    assert repeated.row_hash != first.row_hash
    assert (repeated.is_key_unique, repeated.order_by) == (False, ("domain_code", "uscc", "reasons"))


def test_unknown_mart_is_ordered_by_all_its_columns(con):
    con.execute("create table marts.novel as select 1 as b, null as a")
    assert measure(con, "marts", "novel").order_by == ("b", "a")
