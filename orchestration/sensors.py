"""Returns the drop sensor: it starts an intake when the inbox holds something else than it did."""

import hashlib
import json
import time
from pathlib import Path

import dagster as dg

from ingest import clock
from ingest.settings import Settings

SETTLED_SECONDS = 10  # a file younger than that may still be copied


def inbox_state(inbox: Path) -> tuple[dict[str, str], float]:
    """Returns a digest of what lies in the inbox per period (names, sizes, times), and when the last file changed."""
    digests: dict[str, hashlib._Hash] = {}
    last_change = 0.0
    for path in sorted(inbox.glob("*/*/**/*")):
        if not path.is_file():
            continue
        place = path.relative_to(inbox)
        if not clock.is_period(place.parts[1]):
            continue
        facts = path.stat()
        last_change = max(last_change, facts.st_mtime, facts.st_ctime)
        digest = digests.setdefault(place.parts[1], hashlib.sha256())
        digest.update(f"{place.as_posix()}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return {period: digest.hexdigest() for period, digest in digests.items()}, last_change


def build_sensors(intake_job: str, settings: Settings) -> list[dg.SensorDefinition]:
    """Returns the sensors. Their cursor is the content of the inbox: a file that is dropped again counts again."""

    @dg.sensor(
        name="drop_sensor", job_name=intake_job, minimum_interval_seconds=30, description="收件箱有新文件时启动收件处理"
    )
    def drop_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        former = json.loads(context.cursor) if context.cursor else {}
        state, last_change = inbox_state(settings.inbox)
        changed = sorted(period for period, digest in state.items() if former.get(period) != digest)
        if not changed:
            return dg.SkipReason("the inbox is as it was")
        if time.time() - last_change < SETTLED_SECONDS:
            return dg.SkipReason("files are still arriving")
        # One intake takes in every month; the run is filed under the latest month that changed.
        return dg.SensorResult(run_requests=[dg.RunRequest(partition_key=changed[-1])], cursor=json.dumps(state))

    return [drop_sensor]
