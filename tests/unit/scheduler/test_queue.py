"""The scheduling queue: order, backoff, and what wakes an unschedulable pod."""

from __future__ import annotations

import threading
from typing import Any

from mini_server.scheduler.plugins.queue_sort import PrioritySort
from mini_server.scheduler.queue import QueuedPodInfo, SchedulingQueue
from pykubectl.machinery.util.clock import FakeClock
from tests.unit.scheduler.builders import make_pod

FIT = frozenset(["NodeResourcesFit"])


def make_queue(clock: FakeClock | None = None, **options: Any) -> SchedulingQueue:
    return SchedulingQueue(PrioritySort().sort_key, clock or FakeClock(), **options)


def pop(queue: SchedulingQueue) -> tuple[QueuedPodInfo, int]:
    """The next pod; one must be active."""
    assert queue.statistics()["active"] or queue.statistics()["backoff"]
    taken = queue.pop()
    assert taken is not None
    return taken


def fail(queue: SchedulingQueue, refused_by: frozenset[str] = FIT) -> QueuedPodInfo:
    """Tries the next pod in vain."""
    info, cycle = pop(queue)
    queue.requeue(info, cycle, refused_by)
    return info


def waiting(queue: SchedulingQueue) -> dict[str, int]:
    return {where: count for where, count in queue.statistics().items() if count}


def test_higher_priority_first_then_who_came_first() -> None:
    clock = FakeClock()
    queue = make_queue(clock)
    for name, priority in (("late-low", 0), ("high", 10), ("low", 0)):
        queue.add(make_pod(name, priority=priority))
        clock.advance(1)

    assert [pop(queue)[0].pod["metadata"]["name"] for _ in range(3)] == ["high", "late-low", "low"]


def test_a_pod_that_does_not_fit_waits_until_something_moves() -> None:
    clock = FakeClock()
    queue = make_queue(clock)
    queue.add(make_pod())
    fail(queue)
    assert waiting(queue) == {"unschedulable": 1}
    clock.advance(2)

    queue.move_all()

    assert waiting(queue) == {"active": 1}


def test_a_move_within_the_backoff_waits_for_its_end() -> None:
    clock = FakeClock()
    queue = make_queue(clock)
    queue.add(make_pod())
    fail(queue)

    queue.move_all()
    assert waiting(queue) == {"backoff": 1}
    clock.advance(1)

    assert pop(queue)[0].attempts == 2


def test_the_backoff_doubles_up_to_ten_seconds() -> None:
    clock = FakeClock()
    queue = make_queue(clock)
    queue.add(make_pod())
    for seconds in (1, 2, 4, 8, 10, 10):
        info = fail(queue)
        queue.move_all()
        clock.advance(seconds - 0.01)
        assert waiting(queue) == {"backoff": 1}, seconds
        clock.advance(0.01)
    assert info.attempts == 6


def test_only_pods_refused_by_the_plugins_concerned_are_moved() -> None:
    clock = FakeClock()
    queue = make_queue(clock)
    queue.add(make_pod("a"))
    queue.add(make_pod("b"))
    fail(queue, frozenset(["InterPodAffinity"]))
    fail(queue, FIT)
    clock.advance(5)

    queue.move_all(frozenset(["InterPodAffinity", "PodTopologySpread"]))

    assert waiting(queue) == {"active": 1, "unschedulable": 1}
    assert pop(queue)[0].pod["metadata"]["name"] == "a"


def test_what_moved_while_a_pod_was_tried_counts_for_it() -> None:
    queue = make_queue()
    queue.add(make_pod())
    info, cycle = pop(queue)
    queue.move_all()

    queue.requeue(info, cycle, FIT)

    assert waiting(queue) == {"backoff": 1}


def test_an_error_is_tried_again_after_the_backoff_without_any_event() -> None:
    queue = make_queue()
    queue.add(make_pod())

    fail(queue, frozenset())

    assert waiting(queue) == {"backoff": 1}


def test_an_unschedulable_pod_is_tried_again_after_five_minutes() -> None:
    clock = FakeClock()
    queue = make_queue(clock)
    queue.add(make_pod())
    fail(queue)
    clock.advance(300)

    taken = queue.pop()

    assert taken is not None
    assert taken[0].attempts == 2


def test_a_changed_pod_is_tried_again() -> None:
    clock = FakeClock()
    queue = make_queue(clock)
    queue.add(make_pod(requests={"cpu": "100"}))
    fail(queue)
    clock.advance(1)

    queue.update(make_pod(requests={"cpu": "1"}))

    assert pop(queue)[0].pod["spec"]["containers"][0]["resources"]["requests"] == {"cpu": "1"}


def test_a_new_status_is_no_reason_to_try_again() -> None:
    clock = FakeClock()
    queue = make_queue(clock)
    queue.add(make_pod())
    fail(queue)
    clock.advance(1)
    pod = make_pod()
    pod["status"] = {"conditions": [{"type": "PodScheduled", "status": "False"}]}

    queue.update(pod)

    assert waiting(queue) == {"unschedulable": 1}


def test_a_move_of_others_while_a_pod_was_tried_does_not_count_for_it() -> None:
    queue = make_queue()
    queue.add(make_pod())
    info, cycle = pop(queue)
    queue.move_all(frozenset(["InterPodAffinity"]))

    queue.requeue(info, cycle, FIT)

    assert waiting(queue) == {"unschedulable": 1}


def test_a_gated_pod_enters_when_its_gates_are_gone() -> None:
    queue = make_queue(gate=lambda pod: not pod["spec"].get("schedulingGates"))
    queue.add(make_pod(schedulingGates=[{"name": "g"}]))
    queue.move_all()
    assert waiting(queue) == {"gated": 1}

    queue.update(make_pod())

    assert waiting(queue) == {"active": 1}


def test_a_removed_pod_is_not_tried_nor_given_back() -> None:
    queue = make_queue()
    queue.add(make_pod("a"))
    queue.add(make_pod("b"))
    info, cycle = pop(queue)
    for uid in ("uid-a", "uid-b"):
        queue.remove(uid)

    queue.requeue(info, cycle, FIT)

    assert waiting(queue) == {}


def test_a_pod_is_not_in_the_queue_twice() -> None:
    queue = make_queue()
    queue.add(make_pod())
    queue.update(make_pod())
    pop(queue)

    queue.update(make_pod())

    assert waiting(queue) == {"trying": 1}


def test_close_wakes_who_waits_for_a_pod() -> None:
    queue = make_queue()
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(queue.pop()))
    thread.start()

    queue.close()
    thread.join(5)

    assert results == [None]


def test_a_pod_that_changed_while_it_was_tried_is_tried_again() -> None:
    clock = FakeClock()
    queue = make_queue(clock)
    queue.add(make_pod())
    info, cycle = pop(queue)
    queue.update(make_pod(nodeSelector={"disk": "ssd"}))

    queue.requeue(info, cycle, FIT)

    assert waiting(queue) == {"backoff": 1}
    clock.advance(1)
    fail(queue)
    assert waiting(queue) == {"unschedulable": 1}


def test_a_move_that_cannot_help_a_pod_leaves_it() -> None:
    clock = FakeClock()
    queue = make_queue(clock)
    for name in ("a", "b"):
        queue.add(make_pod(name))
        fail(queue)
    clock.advance(5)

    queue.move_all(but="uid-a")

    assert waiting(queue) == {"active": 1, "unschedulable": 1}
    assert pop(queue)[0].uid == "uid-b"


def test_the_time_out_counts_from_the_last_try() -> None:
    clock = FakeClock()
    queue = make_queue(clock)
    queue.add(make_pod())
    fail(queue)
    clock.advance(200)
    queue.move_all()
    fail(queue)
    clock.advance(299)
    queue.add(make_pod("other"))
    assert fail(queue).uid == "uid-other"
    assert waiting(queue) == {"unschedulable": 2}
    clock.advance(1)

    taken = queue.pop()

    assert taken is not None
    assert taken[0].uid == "uid-p"


def test_a_pod_that_failed_stands_behind_those_that_came_meanwhile() -> None:
    clock = FakeClock()
    queue = make_queue(clock)
    queue.add(make_pod("failing"))
    info, cycle = pop(queue)
    clock.advance(1)
    queue.add(make_pod("new"))
    clock.advance(1)
    queue.requeue(info, cycle, FIT)
    clock.advance(1)
    queue.move_all()

    assert [pop(queue)[0].uid for _ in range(2)] == ["uid-new", "uid-failing"]
