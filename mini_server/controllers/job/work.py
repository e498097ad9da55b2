"""One sync of a Job: what its pods add up to, what is done about it, what is told.

Source: kubernetes ``pkg/controller/job/job_controller.go`` syncJob, manageJob.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from mini_server.controllers.job import indexes, policy, status
from mini_server.controllers.job.backoff import Record
from mini_server.controllers.job.status import SUSPENDED, Verdict
from mini_server.controllers.job.tally import Tally
from mini_server.controllers.pods import is_active, is_ready, is_terminating
from mini_server.controllers.ranking import active_order
from pykubectl.machinery.values.time import format_time

Object = dict[str, Any]

# Most pods that one sync creates or deletes.
BURST = 500


class Hands(Protocol):
    """What a sync does to the world."""

    def create_pods(
        self, job: Object, count: int, annotations: Mapping[int, dict[str, str]] | None
    ) -> tuple[int, Exception | None]:
        """Creates pods, of indexes with annotations where they have any; how many, and the first error."""

    def delete_pods(
        self, job: Object, pods: Sequence[Object], *, uncounted: bool
    ) -> tuple[list[Object], Exception | None]:
        """Deletes pods, ``uncounted`` ones so that they are not taken for failed; those, and the first error."""

    def release(self, pods: Sequence[Object]) -> Exception | None:
        """Removes the finalizer; the first error."""

    def is_tracked(self, pod: Object) -> bool:
        """Whether a pod has the finalizer."""

    def write(self, job: Object, new_status: Object) -> Object:
        """Stores the status; the job as it is then."""

    def event(self, job: Object, kind: str, reason: str, message: str) -> None:
        """Tells of it."""

    def look_again(self, seconds: float) -> None:
        """Has the Job synced once more."""


class Work:
    """`run` takes a Job one step further. ``may_act``: all that was done before has been seen."""

    def __init__(
        self, hands: Hands, job: Object, pods: list[Object], record: Record, now: datetime, *, may_act: bool
    ) -> None:
        self._hands = hands
        self._job = job
        self._pods = pods
        self._may_act = may_act
        self._now = now
        self._stored = job.get("status")
        self._status: Object = {**(self._stored or {})}
        if not self._status.get("startTime") and not status.is_suspended(job):
            self._status["startTime"] = format_time(now)
        self._active = [pod for pod in pods if is_active(pod)]
        self._created = 0
        self._terminating = sum(is_terminating(pod) for pod in pods)
        self._tally = Tally(job, self._status, pods, hands.is_tracked)
        self._per_index = self._tally.per_index
        self.record = record.after(self._tally.new_succeeded, self._tally.new_failed)

    def run(self) -> None:
        """Acts, counts, tells. Raises the first thing that went wrong, after all else was done."""
        verdict = self._decide()
        verdict, failure = self._wind_up(verdict) if verdict is not None else self._carry_on()
        self._set("active", len(self._active) + self._created)
        self._status["ready"] = sum(is_ready(pod) for pod in self._active)
        self._status["terminating"] = self._terminating
        failure = self._track(verdict) or failure
        if failure is not None:
            raise failure

    def _set(self, field: str, number: int) -> None:
        """Zeroes are left out as the API does."""
        if number:
            self._status[field] = number
        else:
            self._status.pop(field, None)

    # Acting

    def _decide(self) -> Verdict | None:
        job = {**self._job, "status": self._status}
        if (known := status.decided(job)) is not None:
            return known
        found = (
            policy.failure(job, self._pods)
            or status.failure(job, self._tally.failed, self._pods, self._now)
            or self._per_index.verdict(self._tally.done)
        )
        if found is None and (left := status.deadline_left(job, self._now)):
            self._hands.look_again(left)
        return found or policy.success(job, self._tally.done)

    def _wind_up(self, verdict: Verdict) -> tuple[Verdict | None, Exception | None]:
        """Ends what still runs; the verdict stands once that is done and all pods are known."""
        before = len(self._active)
        deleted, failure = self._delete(self._active, uncounted=False)
        return (verdict if deleted == before and self._may_act else None), failure

    def _carry_on(self) -> tuple[Verdict | None, Exception | None]:
        failure: Exception | None = None
        manages = self._may_act and not self._job["metadata"].get("deletionTimestamp")
        if manages:
            failure = self._manage()
        if self._is_complete():
            return status.COMPLETE, failure
        if manages:
            self._tell_suspension()
        return None, failure

    def _is_complete(self) -> bool:
        completions = self._job["spec"].get("completions")
        enough = self._tally.succeeded >= (1 if completions is None else completions)
        return enough and not self._active and not self._created

    def _manage(self) -> Exception | None:
        if status.is_suspended(self._job):
            return self._delete(self._active, uncounted=True)[1]
        surplus = self._surplus()[:BURST]
        if surplus:
            return self._delete(surplus, uncounted=True)[1]
        waiting = self._terminating if policy.replaces_failed_only(self._job) else 0
        missing = min(self._wanted() - waiting - len(self._active), BURST)
        if missing <= 0:
            return None
        if not self._per_index.applies and (left := self.record.left(self._now)) > 0:
            self._hands.look_again(left)
            return None
        annotations = None
        if indexes.is_indexed(self._job):
            annotations = {index: self._per_index.annotations(index) for index in self._free()[:missing]}
            missing = len(annotations)
        if missing:
            self._created, failure = self._hands.create_pods(self._job, missing, annotations)
            return failure
        return None

    def _free(self) -> list[int]:
        """Indexes to begin with now; for one that must wait there is another look."""
        unavailable: list[Object] = self._active
        if policy.replaces_failed_only(self._job):
            unavailable = [*unavailable, *(pod for pod in self._pods if is_terminating(pod))]
        free = indexes.free(self._job, self._tally.done | self._per_index.failed, unavailable)
        waits = {index: self._per_index.wait(index, self._now) for index in free}
        if delayed := [wait for wait in waits.values() if wait > 0]:
            self._hands.look_again(min(delayed))
        return [index for index in free if waits[index] <= 0]

    def _wanted(self) -> int:
        """How many pods should run now."""
        spec = self._job["spec"]
        parallelism, completions = int(spec.get("parallelism", 1)), spec.get("completions")
        if completions is None:
            return len(self._active) if self._tally.succeeded else parallelism
        return max(0, min(parallelism, int(completions) - self._tally.succeeded))

    def _surplus(self) -> list[Object]:
        """Pods that are too many, those of doubled indexes first."""
        count = max(0, len(self._active) - self._wanted())
        doubled = indexes.duplicates(self._job, self._active) if indexes.is_indexed(self._job) else []
        others = active_order(pod for pod in self._active if pod not in doubled)
        return [*doubled, *others[: max(0, count - len(doubled))]]

    def _delete(self, pods: Sequence[Object], *, uncounted: bool) -> tuple[int, Exception | None]:
        deleted, failure = self._hands.delete_pods(self._job, pods, uncounted=uncounted)
        self._active = [pod for pod in self._active if pod not in deleted]
        self._terminating += len(deleted)
        return len(deleted), failure

    def _tell_suspension(self) -> None:
        suspended = status.is_suspended(self._job)
        old = self._conditions()
        new = status.set_condition(
            old,
            SUSPENDED,
            "True" if suspended else "False",
            "JobSuspended" if suspended else "JobResumed",
            "Job suspended" if suspended else "Job resumed",
            self._now,
        )
        if new == old:
            return
        self._status["conditions"] = new
        if suspended:
            self._hands.event(self._job, "Normal", "Suspended", "Job suspended")
        else:
            self._hands.event(self._job, "Normal", "Resumed", "Job resumed")
            # The deadline is about the time since a Job was last set going.
            self._status["startTime"] = format_time(self._now)

    # Counting and telling

    def _conditions(self) -> list[Object]:
        return list(self._status.get("conditions") or [])

    def _track(self, verdict: Verdict | None) -> Exception | None:
        """Notes, lets go, counts; then the Job may be declared finished."""
        released = self._tally.note(verdict)
        if verdict is not None:
            self._conclude(verdict.interim, verdict)
        if released:
            self._write()
        failure = self._hands.release(released)
        held = {pod["metadata"]["uid"] for pod in self._pods if self._hands.is_tracked(pod)}
        counted = self._tally.count(held.__contains__)
        finished = verdict is not None and counted and not self._terminating
        if verdict is not None and finished:
            self._conclude(verdict.final, verdict)
        self._write()
        if verdict is not None and finished:
            self._announce(verdict)
        return failure

    def _conclude(self, kind: str, verdict: Verdict) -> None:
        conditions = self._conditions()
        if any(c["type"] == kind and c["status"] == "True" for c in conditions):
            return
        self._status["conditions"] = status.set_condition(
            conditions, kind, "True", verdict.reason, verdict.message, self._now
        )
        if kind == "Complete":
            self._status["completionTime"] = format_time(self._now)

    def _write(self) -> None:
        if self._status != self._stored:
            self._job = self._hands.write(self._job, dict(self._status))
            self._stored = dict(self._status)

    def _announce(self, verdict: Verdict) -> None:
        if verdict.failed:
            self._hands.event(self._job, "Warning", verdict.reason, verdict.message)
            return
        completions = self._job["spec"].get("completions")
        if completions is not None and int(self._status.get("succeeded") or 0) > completions:
            text = "Too many succeeded pods running after completion count reached"
            self._hands.event(self._job, "Warning", "TooManySucceededPods", text)
        self._hands.event(self._job, "Normal", "Completed", "Job completed")
