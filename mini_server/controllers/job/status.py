"""When a Job is finished, and the conditions that tell it.

Source: kubernetes ``pkg/controller/job/job_controller.go``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pykubectl.machinery.values.time import format_time, parse_time

Object = dict[str, Any]

SUSPENDED = "Suspended"


class Verdict(NamedTuple):
    """How a Job ends: the interim condition, the final one, their reason and message."""

    interim: str
    final: str
    reason: str
    message: str

    @classmethod
    def success(cls, reason: str, message: str) -> Verdict:
        """The Job reached what it was for."""
        return cls("SuccessCriteriaMet", "Complete", reason, message)

    @classmethod
    def failure(cls, reason: str, message: str) -> Verdict:
        """The Job is given up."""
        return cls("FailureTarget", "Failed", reason, message)

    @property
    def failed(self) -> bool:
        """It did not reach what it was for."""
        return self.final == "Failed"


COMPLETE = Verdict.success("CompletionsReached", "Reached expected number of succeeded pods")
BACKOFF_EXCEEDED = Verdict.failure("BackoffLimitExceeded", "Job has reached the specified backoff limit")
DEADLINE_EXCEEDED = Verdict.failure("DeadlineExceeded", "Job was active longer than specified deadline")


def is_finished(job: Object) -> bool:
    """Complete or Failed."""
    return finished_condition(job) is not None


def finished_condition(job: Object) -> Object | None:
    """The condition, of type Complete or Failed, that tells of the Job's end; None where it has not ended."""
    ends = (c for c in conditions_of(job) if c["type"] in ("Complete", "Failed") and c["status"] == "True")
    return next(ends, None)


def is_suspended(job: Object) -> bool:
    """By its spec."""
    return bool(job["spec"].get("suspend"))


def conditions_of(job: Object) -> list[Object]:
    """The conditions stored."""
    return list((job.get("status") or {}).get("conditions") or [])


def decided(job: Object) -> Verdict | None:
    """What was decided before."""
    for kind, final in (("SuccessCriteriaMet", "Complete"), ("FailureTarget", "Failed")):
        for condition in conditions_of(job):
            if condition["type"] == kind and condition["status"] == "True":
                return Verdict(kind, final, condition.get("reason", ""), condition.get("message", ""))
    return None


def failure(job: Object, failed: int, pods: Iterable[Object], now: datetime) -> Verdict | None:
    """Whether too much has failed, or it took too long."""
    if failed > job["spec"].get("backoffLimit", 6) or _restarted_too_often(job, pods):
        return BACKOFF_EXCEEDED
    if deadline_left(job, now) == 0:
        return DEADLINE_EXCEEDED
    return None


def _restarted_too_often(job: Object, pods: Iterable[Object]) -> bool:
    """Pods that restart their containers in place count these towards the limit."""
    if job["spec"]["template"]["spec"].get("restartPolicy") != "OnFailure":
        return False
    limit = job["spec"].get("backoffLimit", 6)
    restarts = sum(
        status.get("restartCount", 0)
        for pod in pods
        if pod.get("status", {}).get("phase") in ("Running", "Pending")
        for field in ("initContainerStatuses", "containerStatuses")
        for status in pod["status"].get(field) or []
    )
    return bool(restarts >= max(1, limit))


def deadline_left(job: Object, now: datetime) -> float | None:
    """Seconds until the active deadline (0: it has passed), None where there is none or the Job has not begun."""
    seconds = job["spec"].get("activeDeadlineSeconds")
    started = (job.get("status") or {}).get("startTime")
    if seconds is None or not started or is_suspended(job):
        return None
    return max(0.0, (parse_time(started) + timedelta(seconds=seconds) - now).total_seconds())


def set_condition(
    conditions: list[Object], kind: str, status: str, reason: str, message: str, now: datetime
) -> list[Object]:
    """The list with a condition as given, unchanged where it says so already; False is not added anew."""
    time = format_time(now)
    wanted = {
        "type": kind,
        "status": status,
        "lastProbeTime": time,
        "lastTransitionTime": time,
        "reason": reason,
        "message": message,
    }
    old = next((c for c in conditions if c["type"] == kind), None)
    if old is None:
        return conditions if status == "False" else [*conditions, wanted]
    if (old["status"], old.get("reason"), old.get("message")) == (status, reason, message):
        return conditions
    return [wanted if c["type"] == kind else c for c in conditions]
