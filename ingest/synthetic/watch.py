"""Makes some subjects share an address or a legal representative: something to watch (domain.md 14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

# Counted from the first firm. Not all of a person's firms are inspected, and only inspections tell the person's number,
# so that the groups are larger than the thresholds of 5 and 10; some registrations end.
PERSONS = ((0, 16), (16, 46))
ADDRESSES = ((100, 113, "湖州市吴兴区织里路666号创业楼3楼"), (113, 119, "浙江省湖州市德清县武康路9号2幢"))


def share(con: duckdb.DuckDBPyConnection, first_firm: int) -> None:
    """Changes legal representatives and addresses in ``ent``.

    Args:
        con: connection with the table ``ent``.
        first_firm: index of the first subject that is a firm.
    """
    for start, end in PERSONS:
        con.execute(
            """update ent set legal_representative_name = p.legal_representative_name,
                legal_representative_id_number = p.legal_representative_id_number
            from (select * from ent where i = $first) as p where ent.i > $first and ent.i < $end""",
            {"first": first_firm + start, "end": first_firm + end},
        )
    for start, end, address in ADDRESSES:
        con.execute(
            "update ent set registered_address = ? where i >= ? and i < ?",
            [address, first_firm + start, first_firm + end],
        )
