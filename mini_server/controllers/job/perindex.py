"""Indexed Jobs whose indexes have a limit of failures each.

A pod tells how often its index has failed before it. One that has failed keeps its finalizer until its index is tried
again: the next pod takes the number over from it. Source: kubernetes ``pkg/controller/job/backoff_utils.go``,
``indexed_job_utils.go``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from mini_server.controllers.job import indexes, policy
from mini_server.controllers.job.backoff import Record, finish_time
from mini_server.controllers.job.status import Verdict
from mini_server.controllers.pods import is_active

Object = dict[str, Any]

FAILURES = "batch.kubernetes.io/job-index-failure-count"
IGNORED = "batch.kubernetes.io/job-index-ignored-failure-count"


class PerIndex:
    """``pods`` are those of the Job, ``tracked`` those of them that have not been dealt with yet.

    Of a Job without such limits nothing is held, and no index fails.
    """

    def __init__(self, job: Object, pods: Sequence[Object], tracked: Sequence[Object], done: Collection[int]) -> None:
        self._job = job
        self._limit = job["spec"].get("backoffLimitPerIndex")
        self.failed: set[int] = set()
        self._held: dict[int, Object] = {}
        if self.applies:
            self.failed = self._failed_before() | self._failed_now(tracked)
            busy = {indexes.index_of(pod) for pod in pods if is_active(pod)}
            self._hold(tracked, {*done, *self.failed, *busy})

    @property
    def applies(self) -> bool:
        """The Job has such limits."""
        return self._limit is not None

    def holds(self, pod: Object) -> bool:
        """The pod is to be kept until its index is tried again."""
        return any(held is pod for held in self._held.values())

    def annotations(self, index: int) -> dict[str, str]:
        """Of the next pod of an index."""
        if not self.applies:
            return {}
        failures, ignored = self._counts_after(self._held.get(index))
        return {FAILURES: str(failures)} | ({IGNORED: str(ignored)} if ignored else {})

    def wait(self, index: int, now: datetime) -> float:
        """Seconds until an index may be tried again."""
        pod = self._held.get(index)
        return 0.0 if pod is None else Record(sum(self._counts_after(pod)), finish_time(pod)).left(now)

    def verdict(self, done: Collection[int]) -> Verdict | None:
        """That too many indexes have failed, or that nothing is left to do but some have."""
        most = self._job["spec"].get("maxFailedIndexes")
        if most is not None and len(self.failed) > most:
            text = "Job has exceeded the specified maximal number of failed indexes"
            return Verdict.failure("MaxFailedIndexesExceeded", text)
        if self.failed and len(self.failed) + len(done) >= int(self._job["spec"].get("completions") or 0):
            return Verdict.failure("FailedIndexes", "Job has failed indexes")
        return None

    def _failed_before(self) -> set[int]:
        text = (self._job.get("status") or {}).get("failedIndexes", "")
        return indexes.parse(text, int(self._job["spec"].get("completions") or 0))

    def _failed_now(self, tracked: Sequence[Object]) -> set[int]:
        ended = (pod for pod in tracked if policy.is_failed(self._job, pod) and self._ends_its_index(pod))
        return {n for pod in ended if (n := indexes.valid_index(self._job, pod)) is not None}

    def _ends_its_index(self, pod: Object) -> bool:
        match = policy.match_failure(self._job, pod)
        if match is not None and match.action == "FailIndex":
            return True
        return not policy.is_ignored(self._job, pod) and _count(pod, FAILURES) >= int(self._limit or 0)

    def _hold(self, tracked: Sequence[Object], settled: Collection[int | None]) -> None:
        """Of the failed pods of an index the one with the highest number."""
        for pod in tracked:
            index = indexes.valid_index(self._job, pod)
            if index is None or index in settled or not policy.is_failed(self._job, pod):
                continue
            held = self._held.get(index)
            if held is None or sum(_counts(held)) < sum(_counts(pod)):
                self._held[index] = pod

    def _counts_after(self, pod: Object | None) -> tuple[int, int]:
        """Failures and ignored failures of an index, the pod's own included."""
        if pod is None:
            return 0, 0
        failures, ignored = _counts(pod)
        return (failures, ignored + 1) if policy.is_ignored(self._job, pod) else (failures + 1, ignored)


def _counts(pod: Object) -> tuple[int, int]:
    return _count(pod, FAILURES), _count(pod, IGNORED)


def _count(pod: Object, annotation: str) -> int:
    text = (pod["metadata"].get("annotations") or {}).get(annotation, "")
    return int(text) if text.isdigit() else 0
