"""Work queues for controllers; the promises are in the classes' docstrings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.client.lazy import load

if TYPE_CHECKING:
    from pykubectl.client.workqueue.delaying import DelayingQueue as DelayingQueue
    from pykubectl.client.workqueue.queue import Queue as Queue
    from pykubectl.client.workqueue.queue import QueueStatistics as QueueStatistics
    from pykubectl.client.workqueue.rate_limiters import BucketRateLimiter as BucketRateLimiter
    from pykubectl.client.workqueue.rate_limiters import (
        ItemExponentialFailureRateLimiter as ItemExponentialFailureRateLimiter,
    )
    from pykubectl.client.workqueue.rate_limiters import ItemFastSlowRateLimiter as ItemFastSlowRateLimiter
    from pykubectl.client.workqueue.rate_limiters import MaxOfRateLimiter as MaxOfRateLimiter
    from pykubectl.client.workqueue.rate_limiters import RateLimiter as RateLimiter
    from pykubectl.client.workqueue.rate_limiters import (
        default_controller_rate_limiter as default_controller_rate_limiter,
    )
    from pykubectl.client.workqueue.rate_limiting import RateLimitingQueue as RateLimitingQueue

_NAMES = {
    "BucketRateLimiter": "rate_limiters",
    "DelayingQueue": "delaying",
    "ItemExponentialFailureRateLimiter": "rate_limiters",
    "ItemFastSlowRateLimiter": "rate_limiters",
    "MaxOfRateLimiter": "rate_limiters",
    "Queue": "queue",
    "QueueStatistics": "queue",
    "RateLimiter": "rate_limiters",
    "RateLimitingQueue": "rate_limiting",
    "default_controller_rate_limiter": "rate_limiters",
}


def __getattr__(name: str) -> object:
    return load(__name__, _NAMES, name)
