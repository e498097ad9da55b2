"""What a Job's pods add up to, and when the Job is finished.

Source: kubernetes ``pkg/controller/job/job_controller.go``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pykubectl.machinery.values.time import format_time, parse_time

Object = dict[str, Any]


class Verdict(NamedTuple):
    """How a Job ends: the interim condition, the final one, their reason and message."""

    interim: str
    final: str
    reason: str
    message: str


COMPLETE = Verdict("SuccessCriteriaMet", "Complete", "CompletionsReached", "Reached expected number of succeeded pods")
BACKOFF_EXCEEDED = Verdict(
    "FailureTarget", "Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit"
)
DEADLINE_EXCEEDED = Verdict(
    "FailureTarget", "Failed", "DeadlineExceeded", "Job was active longer than specified deadline"
)


def is_finished(job: Object) -> bool:
    """Complete or Failed."""
    return any(has_condition(job, kind) for kind in ("Complete", "Failed"))


def has_condition(job: Object, kind: str) -> bool:
    """A condition of the type is True."""
    conditions = job.get("status", {}).get("conditions") or []
    return any(c["type"] == kind and c["status"] == "True" for c in conditions)


def verdict(job: Object, succeeded: int, failed: int, active: int, now: datetime) -> Verdict | None:
    """Whether the Job has come to its end, by what is counted so far."""
    for known in (COMPLETE, BACKOFF_EXCEEDED, DEADLINE_EXCEEDED):
        if any(c["type"] == known.interim and c.get("reason") == known.reason for c in _conditions(job)):
            return known
    spec = job["spec"]
    if failed > spec.get("backoffLimit", 6):
        return BACKOFF_EXCEEDED
    if deadline_left(job, now) == 0:
        return DEADLINE_EXCEEDED
    completions = spec.get("completions")
    if completions is None:
        return COMPLETE if succeeded > 0 and active == 0 else None
    return COMPLETE if succeeded >= completions else None


def deadline_left(job: Object, now: datetime) -> float | None:
    """Seconds until the active deadline (0: it has passed), None where there is none or the Job has not begun."""
    seconds = job["spec"].get("activeDeadlineSeconds")
    started = job.get("status", {}).get("startTime")
    if seconds is None or not started or job["spec"].get("suspend"):
        return None
    return max(0.0, (parse_time(started) + timedelta(seconds=seconds) - now).total_seconds())


def add_condition(conditions: list[Object], kind: str, now: datetime, reason: str, message: str) -> list[Object]:
    """The list with a True condition added, unchanged where it is there."""
    if any(c["type"] == kind and c["status"] == "True" for c in conditions):
        return conditions
    time = format_time(now)
    added = {
        "type": kind,
        "status": "True",
        "lastProbeTime": time,
        "lastTransitionTime": time,
        "reason": reason,
        "message": message,
    }
    return [*(c for c in conditions if c["type"] != kind), added]


def with_suspension(job: Object, conditions: list[Object], now: datetime) -> list[Object]:
    """The Suspended condition as ``spec.suspend`` has it now."""
    suspended = bool(job["spec"].get("suspend"))
    if suspended:
        return add_condition(conditions, "Suspended", now, "JobSuspended", "Job suspended")
    time = format_time(now)
    return [
        {**c, "status": "False", "reason": "JobResumed", "message": "Job resumed", "lastTransitionTime": time}
        if c["type"] == "Suspended" and c["status"] == "True"
        else c
        for c in conditions
    ]


def _conditions(job: Object) -> list[Object]:
    return job.get("status", {}).get("conditions") or []
