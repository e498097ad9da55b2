"""How long an item waits before it is tried again.

Source of the rules: client-go ``util/workqueue/default_rate_limiters.go`` and ``golang.org/x/time/rate``.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pykubectl.machinery.util.clock import Clock


class RateLimiter(Protocol):
    """Decides the delay of each item. Thread-safe."""

    def when(self, item: Hashable) -> float:
        """Seconds the item has to wait now; counts as a try."""

    def forget(self, item: Hashable) -> None:
        """Stop counting tries of the item."""

    def num_requeues(self, item: Hashable) -> int:
        """How often the item was tried since it was last forgotten."""


class _Counting:
    """Counts tries per item."""

    def __init__(self) -> None:
        self._tries: dict[Hashable, int] = {}
        self._lock = threading.Lock()

    def _count(self, item: Hashable) -> int:
        with self._lock:
            tries = self._tries.get(item, 0)
            self._tries[item] = tries + 1
            return tries

    def forget(self, item: Hashable) -> None:
        """Stop counting tries of the item."""
        with self._lock:
            self._tries.pop(item, None)

    def num_requeues(self, item: Hashable) -> int:
        """How often the item was tried since it was last forgotten."""
        return self._tries.get(item, 0)


class ItemExponentialFailureRateLimiter(_Counting):
    """``base * 2**tries`` seconds, at most ``maximum``."""

    def __init__(self, base: float, maximum: float) -> None:
        super().__init__()
        self.base = base
        self.maximum = maximum

    def when(self, item: Hashable) -> float:
        """Seconds the item has to wait now."""
        tries = self._count(item)
        return self.maximum if tries > 64 else min(self.base * 2.0**tries, self.maximum)


class ItemFastSlowRateLimiter(_Counting):
    """``fast`` seconds for the first ``max_fast_attempts`` tries, then ``slow``."""

    def __init__(self, fast: float, slow: float, max_fast_attempts: int) -> None:
        super().__init__()
        self.fast = fast
        self.slow = slow
        self.max_fast_attempts = max_fast_attempts

    def when(self, item: Hashable) -> float:
        """Seconds the item has to wait now."""
        return self.fast if self._count(item) < self.max_fast_attempts else self.slow


class BucketRateLimiter:
    """A token bucket over all items: ``qps`` tokens a second, at most ``burst`` saved."""

    def __init__(self, qps: float, burst: int, clock: Clock | None = None) -> None:
        if clock is None:
            from pykubectl.machinery.util.clock import RealClock

            clock = RealClock()
        self.qps = qps
        self.burst = burst
        self._clock = clock
        self._tokens = float(burst)
        self._last = clock.monotonic()
        self._lock = threading.Lock()

    def when(self, item: Hashable) -> float:
        """Seconds until the token taken for this item is there."""
        with self._lock:
            now = self._clock.monotonic()
            self._tokens = min(float(self.burst), self._tokens + (now - self._last) * self.qps) - 1.0
            self._last = now
            return max(0.0, -self._tokens / self.qps)

    def forget(self, item: Hashable) -> None:
        """A bucket keeps no items."""

    def num_requeues(self, item: Hashable) -> int:
        """Always 0."""
        return 0


class MaxOfRateLimiter:
    """The longest delay of several limiters."""

    def __init__(self, *limiters: RateLimiter) -> None:
        self.limiters = limiters

    def when(self, item: Hashable) -> float:
        """Seconds the item has to wait now."""
        return max(limiter.when(item) for limiter in self.limiters)

    def forget(self, item: Hashable) -> None:
        """Forget the item in each limiter."""
        for limiter in self.limiters:
            limiter.forget(item)

    def num_requeues(self, item: Hashable) -> int:
        """The highest count."""
        return max(limiter.num_requeues(item) for limiter in self.limiters)


def default_controller_rate_limiter(clock: Clock | None = None) -> MaxOfRateLimiter:
    """5 ms doubling up to 1000 s per item, and 10 tries a second (bursts of 100) over all."""
    return MaxOfRateLimiter(ItemExponentialFailureRateLimiter(0.005, 1000.0), BucketRateLimiter(10.0, 100, clock))
