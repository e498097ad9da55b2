"""Which of a CronJob's times is due.

Source: kubernetes ``pkg/controller/cronjob/utils.go``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from mini_server.controllers.cronjob.schedule import Every, Schedule
from pykubectl.machinery.values.time import parse_time

Object = dict[str, Any]

# As many missed times are nothing to tell.
MAX_MISSED = 100
# What is waited beyond a time, so that it has come for sure.
SLACK = 0.1


class Due(NamedTuple):
    """The latest time that has come since the last run, if any, and whether very many came before it."""

    time: datetime | None
    too_many: bool = False


def due(cron_job: Object, schedule: Schedule, now: datetime) -> Due:
    """What is to be run now."""
    earliest = _last_run(cron_job)
    limit = cron_job["spec"].get("startingDeadlineSeconds")
    if limit is not None:
        earliest = max(earliest, now - timedelta(seconds=limit))
    return _latest(schedule, earliest, now)


def until_next(cron_job: Object, schedule: Schedule, now: datetime) -> float | None:
    """Seconds until it is to be looked at again, None where there is no next time."""
    latest = _latest(schedule, _last_run(cron_job), now).time
    following = schedule.next(latest or _last_run(cron_job))
    return None if following is None else (following - now).total_seconds() + SLACK


def _last_run(cron_job: Object) -> datetime:
    last = (cron_job.get("status") or {}).get("lastScheduleTime")
    return parse_time(last or cron_job["metadata"]["creationTimestamp"])


def _latest(schedule: Schedule, earliest: datetime, now: datetime) -> Due:
    """The last time between the two. What is between is counted, but not all of a long past is gone through."""
    time = schedule.next(earliest)
    if time is None or time > now:
        return Due(None)
    missed = 0
    while (following := schedule.next(time)) is not None and following <= now:
        missed += 1
        if missed > MAX_MISSED and isinstance(schedule, Every):
            periods = (now - time).total_seconds() // schedule.seconds
            return Due(time + timedelta(seconds=periods * schedule.seconds), True)
        if missed > MAX_MISSED:
            return Due(_last_before(schedule, time, now), True)
        time = following
    return Due(time, missed > MAX_MISSED)


def _last_before(schedule: Schedule, known: datetime, now: datetime) -> datetime:
    """Halves the time that is left until the last one is found; ``known`` is one that has come."""
    latest, end = known, now
    while (following := schedule.next(latest)) is not None and following <= now:
        middle = following + (end - following) / 2
        jump = schedule.next(middle)
        if jump is not None and jump <= now:
            latest = jump
        else:
            latest, end = following, middle
    return latest
