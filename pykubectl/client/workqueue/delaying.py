"""A work queue whose items can be added later.

Source of the rules: client-go ``util/workqueue/delaying_queue.go``.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from typing import TYPE_CHECKING

from pykubectl.client.workqueue.queue import Queue, QueueStatistics, T

if TYPE_CHECKING:
    from pykubectl.machinery.util.clock import Clock

# The waiter looks at the heap at least this often, as client-go's heartbeat does.
MAX_WAIT = 10.0


class DelayingQueue(Queue[T]):
    """A :class:`Queue` with ``add_after``.

    One thread, started by the first delayed item and ended by ``shut_down`` (which waits for it), moves items over when
    they are due. An item already waiting keeps the earlier of its two times. Items still waiting at ``shut_down`` are
    dropped.
    """

    def __init__(self, name: str = "", clock: Clock | None = None) -> None:
        super().__init__(name)
        if clock is None:
            from pykubectl.machinery.util.clock import RealClock

            clock = RealClock()
        self._clock: Clock = clock
        self._heap: list[tuple[float, int, T]] = []
        self._due: dict[T, float] = {}
        self._order = itertools.count()
        self._heap_lock = threading.Lock()
        self._wake = threading.Event()
        self._waiter: threading.Thread | None = None

    def add_after(self, item: T, delay: float) -> None:
        """Add the item in ``delay`` seconds; at once when that is not positive. Never blocks."""
        if self.shutting_down:
            return
        if delay <= 0:
            self.add(item)
            return
        due = self._clock.monotonic() + delay
        with self._heap_lock:
            if item in self._due and self._due[item] <= due:
                return
            self._due[item] = due
            heapq.heappush(self._heap, (due, next(self._order), item))
            self._start_waiter()
        self._wake.set()

    def shut_down(self) -> None:
        """As :meth:`Queue.shut_down`; also ends the waiting thread."""
        super().shut_down()
        self._wake.set()
        with self._heap_lock:
            waiter = self._waiter
        if waiter is not None and waiter is not threading.current_thread():
            waiter.join()

    def statistics(self) -> QueueStatistics:
        """A snapshot of the queue's counts; ``waiting`` are the items not yet due."""
        return super().statistics()._replace(waiting=len(self._due))

    def _start_waiter(self) -> None:
        if self._waiter is None and not self.shutting_down:
            self._waiter = threading.Thread(target=self._wait_loop, name=f"workqueue-{self.name}", daemon=True)
            self._waiter.start()

    def _wait_loop(self) -> None:
        while not self.shutting_down:
            self._wake.clear()
            timeout = self._move_due()
            if not self.shutting_down:
                self._clock.wait(self._wake, timeout)

    def _move_due(self) -> float:
        """Queue what is due; seconds until the next item is."""
        with self._heap_lock:
            now = self._clock.monotonic()
            ready: list[T] = []
            while self._heap and self._heap[0][0] <= now:
                due, _, item = heapq.heappop(self._heap)
                if self._due.get(item) == due:
                    del self._due[item]
                    ready.append(item)
            timeout = min(MAX_WAIT, self._heap[0][0] - now) if self._heap else MAX_WAIT
        for item in ready:
            self.add(item)
        return timeout
