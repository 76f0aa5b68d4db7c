"""Returns the partitions: months, from the first that is due; the running month too, it can be closed provisionally."""

from __future__ import annotations

from dagster import MonthlyPartitionsDefinition

from ingest.seeds import seed_rows


def months(programme: str) -> MonthlyPartitionsDefinition:
    """Returns the monthly partitions of a programme; keys are periods, YYYY-MM."""
    first = min(str(row["period"]) for row in seed_rows("reporting_calendar", programme))
    return MonthlyPartitionsDefinition(start_date=first, timezone="Asia/Shanghai", fmt="%Y-%m", end_offset=1)
