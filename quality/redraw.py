"""Keeps a person's decision to draw again for a period and domain; the former draw stays beside it (semantics 5.11)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ingest import clock
from ingest.errors import FeedError

if TYPE_CHECKING:
    import duckdb

    from ingest.settings import Settings

log = logging.getLogger(__name__)

CLOSED_DRAWS = "inspection_draws.parquet"  # of a final close, below warehouse/closes/<period>/


@dataclass(frozen=True)
class Redraw:
    """A decision to draw again: which draw it will be, and when it was taken."""

    period: str
    domain_code: str
    draw_no: int
    decided_at: datetime


def decide(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    period: str,
    domain: str,
    by: str,
    reason: str,
    at: datetime | None = None,
) -> Redraw:
    """Returns the decision, now in the ledger; an amended close of the period carries it out.

    Args:
        con: the warehouse.
        settings: of the deployment.
        period: YYYY-MM, closed finally.
        domain: code or Chinese name.
        by: who decides; kept in the ledger.
        reason: why; kept and published with the draw.
        at: when; default now.

    Raises:
        FeedError: no name or reason, an unknown domain, nothing drawn yet, or a decision not yet carried out.
    """
    where = f"draw of {domain}, {period}"
    if not by.strip() or not reason.strip():
        raise FeedError(
            "drawing again needs a name and a reason",
            where=where,
            expected="--by NAME --reason TEXT",
            do="say who decides and why; both are kept",
        )
    domain_code = _domain_code(settings, domain)
    drawn = _last_drawn(con, settings, period, domain_code)
    if drawn is None:
        raise FeedError(
            "nothing has been drawn that could be drawn again",
            where=where,
            expected="a final close of the period with subjects in the domain",
            got="none",
            do="close the period first: xinyong run --period YYYY-MM",
        )
    waiting = con.execute(
        "select max(draw_no) from quality.redraws where programme = $1 and period = $2 and domain_code = $3",
        [settings.programme, period, domain_code],
    ).fetchall()[0][0]
    if waiting is not None and waiting > drawn:
        raise FeedError(
            "a decision to draw again has not been carried out yet",
            where=where,
            got=f"draw {waiting} decided, draw {drawn} made",
            do="amend the close of the period first: xinyong run --period YYYY-MM --as-of TIME",
        )
    found = Redraw(period, domain_code, drawn + 1, at or clock.now())
    con.execute(
        "insert into quality.redraws values (?, ?, ?, ?, ?, ?, ?)",
        [settings.programme, period, domain_code, found.draw_no, found.decided_at, by.strip(), reason.strip()],
    )
    log.info("period=%s domain=%s draw_no=%d decided", period, domain_code, found.draw_no)
    return found


def _domain_code(settings: Settings, domain: str) -> str:
    from ingest.seeds import seed_rows

    codes = {}
    for row in seed_rows("domains", settings.programme, None):
        codes[row["domain_code"]] = codes[row["domain_name"]] = row["domain_code"]
    code = codes.get(domain.strip())
    if code is None:
        raise FeedError(
            "there is no such domain",
            where="the command line",
            expected="a domain code or its Chinese name, as in seed domains",
            got=domain,
            do="take the name from the list of domains",
        )
    return str(code)


def _last_drawn(con: duckdb.DuckDBPyConnection, settings: Settings, period: str, domain_code: str) -> int | None:
    """Returns the number of the last draw that a final close of the period made in the domain."""
    path = settings.closes / period / CLOSED_DRAWS
    if not clock.is_period(period) or not path.is_file():
        return None
    number = con.execute(
        "select max(draw_no) from read_parquet($1) where domain_code = $2", [str(path), domain_code]
    ).fetchall()[0][0]
    return None if number is None else int(number)
