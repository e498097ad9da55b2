from __future__ import annotations

import threading

from pykubectl.client.workqueue import (
    BucketRateLimiter,
    DelayingQueue,
    ItemExponentialFailureRateLimiter,
    ItemFastSlowRateLimiter,
    MaxOfRateLimiter,
    Queue,
    RateLimitingQueue,
)
from pykubectl.machinery.util.clock import FakeClock


def test_items_come_in_order_and_once() -> None:
    queue: Queue[str] = Queue()
    for item in ("a", "b", "a"):
        queue.add(item)

    assert [queue.get(), queue.get()] == [("a", False), ("b", False)]
    assert len(queue) == 0


def test_item_added_while_processed_comes_again_after_done() -> None:
    queue: Queue[str] = Queue()
    queue.add("a")
    queue.get()
    queue.add("a")

    assert len(queue) == 0
    queue.done("a")
    assert queue.get() == ("a", False)


def test_shutdown_gives_out_the_rest_and_accepts_nothing() -> None:
    queue: Queue[str] = Queue()
    queue.add("a")
    queue.shut_down()
    queue.add("b")

    assert queue.get() == ("a", False)
    assert queue.get() == (None, True)


def test_shutdown_wakes_all_consumers() -> None:
    queue: Queue[str] = Queue()
    got: list[object] = []
    threads = [threading.Thread(target=lambda: got.append(queue.get())) for _ in range(3)]
    for thread in threads:
        thread.start()
    queue.shut_down()
    for thread in threads:
        thread.join()

    assert got == [(None, True)] * 3


def test_drain_waits_for_done() -> None:
    queue: Queue[str] = Queue()
    queue.add("a")
    queue.get()
    drained = threading.Event()
    thread = threading.Thread(target=lambda: (queue.shut_down_with_drain(), drained.set()))
    thread.start()

    assert not drained.is_set()
    queue.done("a")
    thread.join()
    assert drained.is_set()


def test_delayed_items_come_when_due_earliest_time_wins() -> None:
    clock = FakeClock()
    queue: DelayingQueue[str] = DelayingQueue("q", clock)
    queue.add_after("late", 20)
    queue.add_after("soon", 5)
    queue.add_after("late", 10)
    queue.add_after("late", 30)
    assert queue.statistics().waiting == 2

    clock.advance(5)
    assert queue.get() == ("soon", False)
    clock.advance(5)
    assert queue.get() == ("late", False)
    queue.done("late")
    clock.advance(60)
    assert len(queue) == 0
    queue.shut_down()


def test_delay_of_nothing_is_no_delay() -> None:
    queue: DelayingQueue[str] = DelayingQueue("q", FakeClock())
    queue.add_after("a", 0)

    assert queue.get() == ("a", False)


def test_rate_limited_items_and_forget() -> None:
    clock = FakeClock()
    queue: RateLimitingQueue[str] = RateLimitingQueue(ItemExponentialFailureRateLimiter(1, 60), clock, "q")
    queue.add_rate_limited("a")
    queue.add_rate_limited("a")
    assert queue.num_requeues("a") == 2
    queue.forget("a")
    assert queue.num_requeues("a") == 0

    clock.advance(1)
    assert queue.get() == ("a", False)
    queue.shut_down()
    assert queue.statistics().retries == 2


def test_exponential_limiter() -> None:
    limiter = ItemExponentialFailureRateLimiter(0.001, 1)

    assert [limiter.when("a") for _ in range(3)] == [0.001, 0.002, 0.004]
    assert limiter.when("b") == 0.001
    for _ in range(100):
        assert limiter.when("a") <= 1


def test_fast_slow_limiter() -> None:
    limiter = ItemFastSlowRateLimiter(1, 9, 2)

    assert [limiter.when("a") for _ in range(3)] == [1, 1, 9]


def test_bucket_limiter_and_max_of() -> None:
    clock = FakeClock()
    bucket = BucketRateLimiter(10, 2, clock)

    assert [bucket.when("a"), bucket.when("b")] == [0, 0]
    assert round(bucket.when("c"), 6) == 0.1
    clock.advance(10)
    assert bucket.when("d") == 0
    assert MaxOfRateLimiter(ItemFastSlowRateLimiter(3, 3, 1), bucket).when("x") == 3


def test_shutdown_ends_a_drain_that_a_stuck_worker_holds_up() -> None:
    queue: Queue[str] = Queue()
    queue.add("a")
    queue.get()
    thread = threading.Thread(target=queue.shut_down_with_drain)
    thread.start()
    while thread.is_alive():
        queue.shut_down()
        thread.join(0.01)

    assert queue.statistics().processing == 1
