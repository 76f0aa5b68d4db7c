"""Returns when things run: the intake every morning, the close of a month when its due day is over."""

from datetime import timedelta

import dagster as dg

from ingest.seeds import seed_rows
from ingest.settings import Settings

TIMEZONE = "Asia/Shanghai"
CLOSE_AT = "30 0 * * *"  # half an hour after a due day ends; the calendar says which days those are
INTAKE_AT = "0 6 * * *"  # before offices open


def due_period(settings: Settings, today: object) -> str | None:
    """Returns the period that was due the day before ``today``, None on most days (seed ``reporting_calendar``)."""
    for row in seed_rows("reporting_calendar", settings.programme):
        if row["due_on"] + timedelta(days=1) == today:
            return str(row["period"])
    return None


def build_schedules(close_job: str, intake_job: str, settings: Settings) -> list[dg.ScheduleDefinition]:
    """Returns the schedules of the jobs named; switched on in the UI, so that a first look runs nothing."""

    @dg.schedule(
        name="close_when_due",
        job_name=close_job,
        cron_schedule=CLOSE_AT,
        execution_timezone=TIMEZONE,
        description="每月报送截止（次月第10个工作日24:00）后关账",
    )
    def close_when_due(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        today = context.scheduled_execution_time.date()
        period = due_period(settings, today)
        if period is None:
            return dg.SkipReason(f"no period was due on the day before {today}")
        return dg.RunRequest(run_key=f"close-{period}", partition_key=period)

    @dg.schedule(
        name="daily_intake",
        job_name=intake_job,
        cron_schedule=INTAKE_AT,
        execution_timezone=TIMEZONE,
        description="每日拉取网关、处理收件箱",
    )
    def daily_intake(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        today = context.scheduled_execution_time
        return dg.RunRequest(run_key=f"intake-{today:%Y-%m-%d}", partition_key=f"{today:%Y-%m}")

    return [close_when_due, daily_intake]
