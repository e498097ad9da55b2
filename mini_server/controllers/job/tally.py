"""Pods that have ended, counted each once.

A pod's uid is noted in ``status.uncountedTerminatedPods``, then its finalizer is removed, then it is counted; so none
is counted twice or lost, whoever deletes it and whenever the controller stops. Indexes that have succeeded need no
note: they are in ``status.completedIndexes``. Source: kubernetes ``pkg/controller/job/job_controller.go``
trackJobStatusAndRemoveFinalizers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mini_server.controllers.job import indexes, policy
from mini_server.controllers.job.perindex import PerIndex
from mini_server.controllers.job.status import Verdict

Object = dict[str, Any]

# As many pods are counted in one go.
MAX_UNCOUNTED = 500


class Tally:
    """The counts of a Job whose status is ``status``, which `note` and `count` change.

    ``tracked`` tells whether a pod still has its finalizer; one that has not was dealt with before.
    """

    def __init__(self, job: Object, status: Object, pods: Sequence[Object], tracked: Callable[[Object], bool]) -> None:
        self._job = job
        self._status = status
        self._pods = [pod for pod in pods if tracked(pod)]
        self._indexed = indexes.is_indexed(job)
        noted = status.get("uncountedTerminatedPods") or {}
        self._noted = {kind: list(noted.get(kind) or []) for kind in ("succeeded", "failed")}
        known = {uid for uids in self._noted.values() for uid in uids}
        fresh = [pod for pod in self._pods if pod["metadata"]["uid"] not in known]
        self.new_succeeded = [pod for pod in fresh if _has_succeeded(pod)]
        self.new_failed = [pod for pod in fresh if policy.is_failed(job, pod)]
        self.done = indexes.completed(job) if self._indexed else set()
        if self._indexed:
            self.done |= {n for pod in self.new_succeeded if (n := indexes.valid_index(job, pod)) is not None}
        self.per_index = PerIndex(job, pods, self._pods, self.done)

    @property
    def succeeded(self) -> int:
        """All that have succeeded, counted or not."""
        if self._indexed:
            return len(self.done)
        return int(self._status.get("succeeded") or 0) + len(self._noted["succeeded"]) + len(self.new_succeeded)

    @property
    def failed(self) -> int:
        """All that have failed in a way that counts."""
        new = sum(not policy.is_ignored(self._job, pod) for pod in self.new_failed)
        return int(self._status.get("failed") or 0) + len(self._noted["failed"]) + new

    def note(self, verdict: Verdict | None) -> list[Object]:
        """Notes pods to be counted; returns those whose finalizer may go once the note is stored."""
        released: list[Object] = []
        everybody = bool(self._job["metadata"].get("deletionTimestamp")) or verdict is not None
        for pod in self._pods:
            failed = policy.is_failed(self._job, pod)
            if not (everybody or failed or _has_succeeded(pod)):
                continue
            if self.per_index.holds(pod) and not everybody:
                continue
            released.append(pod)
            self._note_one(pod, failed or (verdict is not None and verdict.failed))
            if sum(len(uids) for uids in self._noted.values()) >= MAX_UNCOUNTED:
                break
        self._store()
        return released

    def _note_one(self, pod: Object, failed: bool) -> None:
        uid = pod["metadata"]["uid"]
        if any(uid in uids for uids in self._noted.values()):
            return
        if _has_succeeded(pod):
            if not self._indexed:
                self._noted["succeeded"].append(uid)
        elif failed and self._counts_as_failed(pod):
            self._noted["failed"].append(uid)

    def _counts_as_failed(self, pod: Object) -> bool:
        if self._indexed and indexes.valid_index(self._job, pod) is None:
            return False
        return not policy.is_ignored(self._job, pod)

    def count(self, still_tracked: Callable[[str], bool]) -> bool:
        """Counts what was noted and is let go of, by uid; True where nothing is left to count."""
        for kind, uids in self._noted.items():
            gone = [uid for uid in uids if not still_tracked(uid)]
            if gone:
                self._status[kind] = int(self._status.get(kind) or 0) + len(gone)
            self._noted[kind] = [uid for uid in uids if uid not in gone]
        self._store()
        return not any(self._noted.values())

    def _store(self) -> None:
        self._status["uncountedTerminatedPods"] = {kind: list(uids) for kind, uids in self._noted.items() if uids}
        if self.done:
            self._status["completedIndexes"] = indexes.render(self.done)
            self._status["succeeded"] = len(self.done)
        if self.per_index.applies:
            self._status["failedIndexes"] = indexes.render(self.per_index.failed)


def _has_succeeded(pod: Object) -> bool:
    return bool(pod.get("status", {}).get("phase") == "Succeeded")
