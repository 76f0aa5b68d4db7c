"""Returns what a run is told beside its month: the instant as of which it closes."""

from datetime import datetime

from dagster import ConfigurableResource
from pydantic import Field

from ingest.settings import Settings
from orchestration import times
from orchestration.plan import due_at_of


class CloseTime(ConfigurableResource):
    """Run configuration ``resources: {close_time: {config: {as_of: ...}}}``; one for all steps of a run."""

    as_of: str = Field(
        default="",
        description="数据截至时间：2025-07-16、2025-07-16 18:00（北京时间）或带时区的 ISO 时间。"
        "留空：该月最终关账的时间，没有则为现在。已关账的月份要更正，必须填写。",
    )

    def instant(self, settings: Settings, period: str) -> datetime | None:
        """Returns the configured instant, UTC; None if the run names none."""
        return times.parse_as_of(self.as_of, due_at_of(settings, period)) if self.as_of else None
