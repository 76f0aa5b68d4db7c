"""Returns the quarterly table of serious dishonesty: stock, inflow, outflow by domain and district.

A quarter is made of the closed months of it: of July and August as long as September is open. Stock at its end = stock
at its beginning + inflow - outflow, as in every month.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from exports import text, text_issue
from exports.sheet_rows import QueryRows
from exports.workbook import Sheet, write_csv, write_workbook

if TYPE_CHECKING:
    from exports.lists import Release

NAME = "dishonesty_quarterly"
MART = "dishonesty_dynamics"
PARTS = ("repaired_outflow", "removed_outflow", "expired_outflow", "other_outflow")
MONTHS = """
    select d.*, year(day) || '-Q' || quarter(day) as quarter
    from (select t.*, cast(t.period || '-01' as date) as day from marts.dishonesty_dynamics as t) as d
    where date_trunc('quarter', day) = date_trunc(
        'quarter', cast((select period from meta.release) || '-01' as date)
    )
"""


def write_quarterly(release: Release, folder: Path) -> list[Path]:
    """Returns the table of the quarter so far, xlsx and csv, written below ``folder``; nothing without the mart."""
    if MART not in release.marts:
        return []
    parts = [part for part in PARTS if part in release.columns[MART]]
    sums = "".join(f", sum({part})::bigint as {part}" for part in parts)
    quarterly = f"""
        select quarter, domain_code, district_code, max(district_name) as district_name,
            arg_min(former_stock, period)::bigint as former_stock, sum(inflow)::bigint as inflow,
            sum(outflow)::bigint as outflow, arg_max(stock, period)::bigint as stock{sums}
        from ({MONTHS})
        group by quarter, domain_code, district_code
        having sum(former_stock + inflow + stock) > 0
    """
    measures = ("former_stock", "inflow", "outflow", "stock", *parts)
    own = ", ".join(f"q.{measure}" for measure in measures)
    total = ", ".join(f"sum({measure})::bigint" for measure in measures)
    people = f"""
        with quarterly as ({quarterly})
        select * exclude (place, domain_no, district_code) from (
            select q.quarter, d.domain_name, p.department_name, coalesce(q.district_name, q.district_code) as district,
                {own}, 0 as place, d.domain_no, q.district_code
            from quarterly as q
            left join meta.domains as d on d.domain_code = q.domain_code
            left join meta.departments as p on p.department_code = d.department_code
            union all
            select quarter, '{text_issue.QUARTERLY_TOTAL}', '', '', {total}, 1, null, null
            from quarterly
            group by quarter
        )
        order by place, domain_no, district_code
    """
    count = int(release.con.execute(f"select count(*) from ({people})").fetchall()[0][0])
    months = [m for (m,) in release.con.execute(f"select distinct period from ({MONTHS}) order by 1").fetchall()]
    notes = [*release.notes(), text_issue.QUARTERLY_NOTE.format(months=text.LIST_SEPARATOR.join(months))]
    header = [text_issue.QUARTERLY_HEADER[c] for c in ("quarter", "domain", "department", "district", *measures)]
    title = text.LIST_TITLES[NAME]
    rows: QueryRows | tuple[()] = QueryRows(release.con, people, count) if count else ()
    if not count:
        collected = "serious_dishonesty_list" in release.collected
        notes.append(text.LIST_EMPTY if collected else text.LIST_NOT_COLLECTED)
    written = [folder / f"{title}.xlsx", folder / f"{NAME}.csv"]
    write_workbook(written[0], [Sheet(title, title, header, rows, notes)], release.as_of)
    write_csv(release.con, f"select * from ({quarterly}) order by quarter, domain_code, district_code", written[1])
    return written
