"""The scheduling queue: active, backing off, and unschedulable pods.

A pod that did not fit waits until something changes in the cluster that could help it (`move_all`), then for its
backoff to end. Source: kubernetes ``pkg/scheduler/backend/queue/scheduling_queue.go``.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pykubectl.machinery.util.clock import Clock

Pod = dict[str, Any]

INITIAL_BACKOFF = 1.0
MAX_BACKOFF = 10.0
# After so many seconds an unschedulable pod is tried again although nothing is known to have changed.
UNSCHEDULABLE_TIMEOUT = 300.0
# So many moves are remembered for pods that are being tried meanwhile.
REMEMBERED_MOVES = 1000


@dataclass(slots=True)
class QueuedPodInfo:
    """A pod in the queue: when it came or came back (monotonic seconds), how often it was tried, what refused it."""

    pod: Pod
    added: float
    attempts: int = 0
    tried_at: float = 0.0
    refused_by: frozenset[str] = frozenset()
    # Changed while it was tried: the refusal was of what it was before.
    stale: bool = False

    @property
    def uid(self) -> str:
        """The pod's uid, the queue's key."""
        return str(self.pod["metadata"]["uid"])


class SchedulingQueue:
    """Safe to use from several threads; `pop` blocks until a pod is active or the queue is closed.

    ``gate`` tells whether a pod may enter at all (pre-enqueue plugins); ``sort_key`` orders the active pods.
    """

    def __init__(
        self,
        sort_key: Callable[[QueuedPodInfo], tuple[Any, ...]],
        clock: Clock,
        gate: Callable[[Pod], bool] = lambda pod: True,
    ) -> None:
        self._sort_key = sort_key
        self._clock = clock
        self._gate = gate
        self._condition = threading.Condition()
        self._sequence = itertools.count()
        self._active: list[tuple[tuple[Any, ...], int, str]] = []
        self._backoff: list[tuple[float, int, str]] = []
        self._timeouts: list[tuple[float, int, str]] = []
        # The unschedulable ones once more, so that a move need not look at every pod.
        self._stuck: dict[str, QueuedPodInfo] = {}
        self._pods: dict[str, QueuedPodInfo] = {}
        self._where: dict[str, str] = {}
        self._move_cycle = 0
        self._moves: deque[frozenset[str] | None] = deque(maxlen=REMEMBERED_MOVES)
        self._closed = False

    def add(self, pod: Pod) -> None:
        """A new pod without a node."""
        with self._condition:
            info = self._pods.setdefault(pod["metadata"]["uid"], QueuedPodInfo(pod, self._clock.monotonic()))
            info.pod = pod
            self._activate(info)

    def update(self, pod: Pod) -> None:
        """A waiting pod has changed: what refused it may not any more."""
        with self._condition:
            info = self._pods.get(pod["metadata"]["uid"])
            if info is None:
                return self.add(pod)
            changed = _substance(info.pod) != _substance(pod)
            info.pod = pod
            if not changed:
                return None
            where = self._where.get(info.uid)
            info.stale = where == "trying"
            if where in ("unschedulable", "gated"):
                self._release(info)
            return None

    def remove(self, uid: str) -> None:
        """A pod was deleted, or has got a node."""
        with self._condition:
            self._pods.pop(uid, None)
            self._where.pop(uid, None)
            self._stuck.pop(uid, None)

    def pop(self) -> tuple[QueuedPodInfo, int] | None:
        """The next pod and the move cycle it is tried in; None when the queue is closed."""
        with self._condition:
            while not self._closed:
                self._flush()
                info = self._take()
                if info is not None:
                    info.attempts += 1
                    info.stale = False
                    self._put(info, "trying")
                    return info, self._move_cycle
                self._condition.wait(self._seconds_to_next())
            return None

    def requeue(self, info: QueuedPodInfo, cycle: int, refused_by: frozenset[str]) -> None:
        """Gives a pod back that did not fit. Something that moved while it was tried lets it off with its backoff."""
        with self._condition:
            if info.uid not in self._pods:
                return
            # It stands behind pods of its priority that came meanwhile, so that it cannot hold them up by failing.
            info.tried_at = info.added = self._clock.monotonic()
            info.refused_by = refused_by
            if not refused_by or info.stale or self._moved_since(cycle, refused_by):
                self._push_backoff(info)
            else:
                self._put(info, "unschedulable")
                due = info.tried_at + UNSCHEDULABLE_TIMEOUT
                heapq.heappush(self._timeouts, (due, next(self._sequence), info.uid))
            self._condition.notify()

    def done(self, uid: str) -> None:
        """The pod has been placed."""
        self.remove(uid)

    def move_all(self, plugins: frozenset[str] | None = None, *, but: str = "") -> None:
        """Something changed that could help unschedulable pods: all, or those that one of ``plugins`` refused.

        ``but``: the uid of a pod that it cannot help.
        """
        with self._condition:
            self._moves.append(plugins)
            self._move_cycle += 1
            for info in list(self._stuck.values()):
                if info.uid != but and (plugins is None or plugins & info.refused_by):
                    self._release(info)

    def close(self) -> None:
        """Wakes `pop` for good."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def wake(self) -> None:
        """Looks at the clock again; for those who move it."""
        with self._condition:
            self._condition.notify_all()

    def statistics(self) -> dict[str, int]:
        """How many pods wait where."""
        with self._condition:
            counts = dict.fromkeys(("active", "backoff", "unschedulable", "gated", "trying"), 0)
            for where in self._where.values():
                counts[where] += 1
            return counts

    def _moved_since(self, cycle: int, refused_by: frozenset[str]) -> bool:
        """Whether one of the moves since then concerned these plugins; True where it is not known any more."""
        missed = self._move_cycle - cycle
        if missed > len(self._moves):
            return True
        recent = itertools.islice(reversed(self._moves), missed)
        return any(plugins is None or plugins & refused_by for plugins in recent)

    def _put(self, info: QueuedPodInfo, where: str) -> None:
        self._where[info.uid] = where
        if where == "unschedulable":
            self._stuck[info.uid] = info
        else:
            self._stuck.pop(info.uid, None)

    def _activate(self, info: QueuedPodInfo) -> None:
        if self._where.get(info.uid) in ("active", "trying"):
            return
        if not self._gate(info.pod):
            self._put(info, "gated")
            return
        self._put(info, "active")
        heapq.heappush(self._active, (self._sort_key(info), next(self._sequence), info.uid))
        self._condition.notify()

    def _release(self, info: QueuedPodInfo) -> None:
        if self._backoff_end(info) > self._clock.monotonic():
            self._push_backoff(info)
        else:
            self._activate(info)

    def _push_backoff(self, info: QueuedPodInfo) -> None:
        self._put(info, "backoff")
        heapq.heappush(self._backoff, (self._backoff_end(info), next(self._sequence), info.uid))
        self._condition.notify()

    def _backoff_end(self, info: QueuedPodInfo) -> float:
        if not info.attempts:
            return info.tried_at
        return info.tried_at + min(INITIAL_BACKOFF * 2.0 ** (info.attempts - 1), MAX_BACKOFF)

    def _flush(self) -> None:
        now = self._clock.monotonic()
        while self._backoff and self._backoff[0][0] <= now:
            uid = heapq.heappop(self._backoff)[2]
            if self._where.get(uid) == "backoff":
                self._activate(self._pods[uid])
        while self._timeouts and (self._timeouts[0][0] <= now or not self._is_timeout(self._timeouts[0])):
            due = heapq.heappop(self._timeouts)
            if self._is_timeout(due):
                self._activate(self._pods[due[2]])

    def _is_timeout(self, entry: tuple[float, int, str]) -> bool:
        """Whether the pod still waits since the try that the entry is about."""
        info = self._stuck.get(entry[2])
        return info is not None and info.tried_at + UNSCHEDULABLE_TIMEOUT == entry[0]

    def _take(self) -> QueuedPodInfo | None:
        while self._active:
            uid = heapq.heappop(self._active)[2]
            if self._where.get(uid) == "active":
                return self._pods[uid]
        return None

    def _seconds_to_next(self) -> float | None:
        """Until the next backoff or time-out ends; None where nothing waits for time."""
        due = [heap[0][0] for heap in (self._backoff, self._timeouts) if heap]
        return max(0.0, min(due) - self._clock.monotonic()) if due else None


def _substance(pod: Pod) -> tuple[object, ...]:
    """What of a pod may decide where it fits: not its status, which the scheduler itself writes."""
    meta = pod["metadata"]
    return pod["spec"], meta.get("labels"), meta.get("annotations"), meta.get("deletionTimestamp")
