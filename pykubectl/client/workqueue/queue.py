"""The plain work queue.

Source of the rules: client-go ``util/workqueue/queue.go``.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T", bound=Hashable)


class QueueStatistics(NamedTuple):
    """Counts of a queue: waiting now, being processed now, and since its start."""

    name: str
    depth: int
    processing: int
    adds: int
    retries: int
    waiting: int


class Queue(Generic[T]):
    """A queue of distinct items for many producers and many consumers.

    * *Fair*: items come out in the order they came in.
    * *Stingy*: an item is never processed by two consumers at once, and one that is added several times before it is
      taken is handed out once. An item added while it is being processed is handed out again after ``done``.
    * ``add`` never blocks; ``get`` blocks until there is an item or the queue is shut down.
    * After ``shut_down`` nothing is accepted; what is queued is still handed out, then ``get`` gives ``(None, True)``.

    Every item got must be given back with ``done``.
    """

    def __init__(self, name: str = "") -> None:
        self.name = name
        self._ready: deque[T] = deque()
        self._dirty: set[T] = set()
        self._processing: set[T] = set()
        self._changed = threading.Condition()
        self._shutting_down = False
        self._draining = False
        self._adds = 0

    def add(self, item: T) -> None:
        """Mark the item as needing work."""
        with self._changed:
            if self._shutting_down or item in self._dirty:
                return
            self._adds += 1
            self._dirty.add(item)
            if item not in self._processing:
                self._push(item)

    def get(self) -> tuple[T | None, bool]:
        """The next item and False; ``(None, True)`` once the queue is shut down and empty."""
        with self._changed:
            while not self._ready and not self._shutting_down:
                self._changed.wait()
            if not self._ready:
                return None, True
            item = self._ready.popleft()
            self._processing.add(item)
            self._dirty.discard(item)
            return item, False

    def done(self, item: T) -> None:
        """The consumer has finished with the item; it is queued again if it was added meanwhile."""
        with self._changed:
            self._processing.discard(item)
            if item in self._dirty:
                self._push(item)
            elif not self._processing:
                self._changed.notify_all()

    def shut_down(self) -> None:
        """Accept nothing more and wake all consumers, and whoever waits for a drain. Idempotent."""
        with self._changed:
            self._shutting_down = True
            self._draining = False
            self._changed.notify_all()

    def shut_down_with_drain(self) -> None:
        """Shut down, then block until every item was processed and given back, or ``shut_down`` is called meanwhile."""
        self.shut_down()
        with self._changed:
            self._draining = True
            while self._draining and (self._ready or self._processing):
                self._changed.wait()

    @property
    def shutting_down(self) -> bool:
        """Whether ``shut_down`` was called."""
        return self._shutting_down

    def __len__(self) -> int:
        with self._changed:
            return len(self._ready)

    def statistics(self) -> QueueStatistics:
        """A snapshot of the queue's counts."""
        with self._changed:
            return QueueStatistics(self.name, len(self._ready), len(self._processing), self._adds, 0, 0)

    def _push(self, item: T) -> None:
        self._ready.append(item)
        self._changed.notify()
