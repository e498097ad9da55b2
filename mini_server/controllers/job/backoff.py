"""How long a Job waits after failures before it makes the next pod.

Source: kubernetes ``pkg/controller/job/backoff_utils.go``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pykubectl.machinery.values.time import parse_time

Object = dict[str, Any]

BACKOFF = 10.0
BACKOFF_MAX = 600.0


class Record(NamedTuple):
    """Failures since the last success, and when the last of them was."""

    failures: int = 0
    last: datetime | None = None

    def after(self, succeeded: Iterable[Object], failed: Iterable[Object]) -> Record:
        """The record with pods that have ended since, in the order in which they did."""
        ended = [(finish_time(pod), False) for pod in succeeded] + [(finish_time(pod), True) for pod in failed]
        record = self
        for time, has_failed in sorted(ended, key=lambda entry: entry[0]):
            record = Record(record.failures + 1, time) if has_failed else Record()
        return record

    def left(self, now: datetime) -> float:
        """Seconds still to wait: ten, doubled with every failure but the first, at most ten minutes."""
        if not self.failures or self.last is None:
            return 0.0
        delay = min(BACKOFF * 2.0 ** min(self.failures - 1, 10), BACKOFF_MAX)
        return max(0.0, delay - (now - self.last).total_seconds())


class Records:
    """The records of all Jobs, by key. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: dict[str, Record] = {}

    def get(self, key: str) -> Record:
        """The record of a Job, an empty one where there is none."""
        with self._lock:
            return self._records.get(key, Record())

    def put(self, key: str, record: Record) -> None:
        """Remembers a record."""
        with self._lock:
            self._records[key] = record

    def forget(self, key: str) -> None:
        """The Job has ended, or is gone."""
        with self._lock:
            self._records.pop(key, None)


def finish_time(pod: Object) -> datetime:
    """When a pod ended: by its containers, its loss of readiness, its deletion, at worst its creation."""
    meta, status = pod["metadata"], pod.get("status", {})
    states = [s.get("state", {}).get("terminated") for s in status.get("containerStatuses") or []]
    if states and all(state and state.get("finishedAt") for state in states):
        return max(parse_time(state["finishedAt"]) for state in states if state)
    for condition in status.get("conditions") or []:
        if condition["type"] == "Ready" and condition["status"] == "False" and condition.get("lastTransitionTime"):
            return parse_time(condition["lastTransitionTime"])
    if meta.get("deletionTimestamp"):
        grace = timedelta(seconds=meta.get("deletionGracePeriodSeconds") or 0)
        return parse_time(meta["deletionTimestamp"]) - grace
    return parse_time(meta["creationTimestamp"])
