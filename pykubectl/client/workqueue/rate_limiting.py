"""A work queue that slows down items that fail.

Source of the rules: client-go ``util/workqueue/rate_limiting_queue.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.client.workqueue.delaying import DelayingQueue
from pykubectl.client.workqueue.queue import QueueStatistics, T
from pykubectl.client.workqueue.rate_limiters import RateLimiter, default_controller_rate_limiter

if TYPE_CHECKING:
    from pykubectl.machinery.util.clock import Clock


class RateLimitingQueue(DelayingQueue[T]):
    """A :class:`DelayingQueue` whose ``add_rate_limited`` asks a rate limiter for the delay.

    After success call ``forget``, else the item's next failure counts on; after either call ``done``.
    """

    def __init__(self, rate_limiter: RateLimiter | None = None, clock: Clock | None = None, name: str = "") -> None:
        super().__init__(name, clock)
        self.rate_limiter: RateLimiter = rate_limiter or default_controller_rate_limiter(self._clock)
        self._retries = 0

    def add_rate_limited(self, item: T) -> None:
        """Add the item when the rate limiter says it may."""
        self._retries += 1
        self.add_after(item, self.rate_limiter.when(item))

    def forget(self, item: T) -> None:
        """The item needs no more tries; only the limiter is told, ``done`` is still needed."""
        self.rate_limiter.forget(item)

    def num_requeues(self, item: T) -> int:
        """How often the item was added rate limited since it was forgotten."""
        return self.rate_limiter.num_requeues(item)

    def statistics(self) -> QueueStatistics:
        """A snapshot of the queue's counts."""
        return super().statistics()._replace(retries=self._retries)
