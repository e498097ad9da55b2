"""Decisions with their reasons, and the scheduler as a whole against an API server played by an object."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mini_server.scheduler.framework.interface import Code, PermitResult, Status
from mini_server.scheduler.profile import REGISTRY
from mini_server.scheduler.scheduler import Scheduler
from pykubectl.client.errors import ConnectionRefused
from pykubectl.machinery import labels
from pykubectl.machinery.errors import new_not_found
from pykubectl.machinery.schema import GroupResource
from pykubectl.machinery.util.clock import FakeClock
from tests.unit.scheduler.builders import make_info, make_node, make_pod
from tests.unit.scheduler.world import World, high, low

Object = dict[str, Any]

PODS = GroupResource("", "pods")


def test_a_pod_goes_to_the_node_that_fits() -> None:
    full = make_info(make_node("n1"), make_pod("o", requests={"cpu": "4"}))

    assert World().decide(make_pod(requests={"cpu": "1"}), full, make_info(make_node("n2"))).node == "n2"


def test_the_emptier_node_is_preferred() -> None:
    half = make_info(make_node("n1"), make_pod("o", requests={"cpu": "2", "memory": "4Gi"}))

    assert World().decide(make_pod(), half, make_info(make_node("n2"))).node == "n2"


def test_no_nodes_at_all() -> None:
    assert World().decide(make_pod()).message == "no nodes available to schedule pods"


def test_the_reasons_of_all_nodes_are_summed_up() -> None:
    nodes = [
        make_info(make_node("n1", taints=[{"key": "k", "effect": "NoSchedule"}])),
        make_info(make_node("n2", cpu="1")),
        make_info(make_node("n3"), make_pod("o", requests={"cpu": "4"})),
    ]

    decision = World().decide(make_pod(requests={"cpu": "2"}), *nodes)

    assert decision.message == (
        "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. "
        "preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, "
        "2 Preemption is not helpful for scheduling."
    )
    assert decision.refused_by == {"TaintToleration", "NodeResourcesFit"}
    assert decision.nominated == ""


def test_nodes_left_out_beforehand_are_counted_too() -> None:
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    pod = make_pod(requests={"cpu": "9"}, affinity={"nodeAffinity": required})

    decision = World().decide(pod, *(make_info(make_node(f"n{n}")) for n in (1, 2, 3)))

    assert decision.message == (
        "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity]. "
        "preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
    )


# The scheduler as a whole


class FakeAPI:
    """Notes what the scheduler writes; ``changed`` is notified of each write."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.bound: dict[str, str] = {}
        self.evicted: list[tuple[str, str]] = []
        self.statuses: dict[str, tuple[Object, str | None]] = {}
        self.events: list[tuple[str, str, str, str]] = []
        self.refuse_bindings = 0
        self.away = 0

    def bind(self, pod: Object, node: str) -> None:
        with self.changed:
            self._reach()
            if self.refuse_bindings:
                self.refuse_bindings -= 1
                raise new_not_found(PODS, pod["metadata"]["name"])
            self.bound[pod["metadata"]["name"]] = node
            self.changed.notify_all()

    def evict(self, pod: Object, condition: Object) -> None:
        with self.changed:
            self.evicted.append((pod["metadata"]["name"], condition["message"]))
            self.changed.notify_all()

    def _reach(self) -> None:
        """Cannot be reached as often as ``away`` says."""
        if self.away:
            self.away -= 1
            self.changed.notify_all()
            raise ConnectionRefused("h:1")

    def set_status(self, pod: Object, condition: Object, nominated: str | None) -> None:
        with self.changed:
            self._reach()
            self.statuses[pod["metadata"]["name"]] = (condition, nominated)
            self.changed.notify_all()

    def event(self, pod: Object, kind: str, reason: str, message: str) -> None:
        with self.changed:
            self.events.append((pod["metadata"]["name"], kind, reason, message))
            self.changed.notify_all()

    def budgets(self) -> list[Object]:
        return []

    def namespace_labels(self, name: str) -> dict[str, str]:
        return {}

    def group_of(self, pod: Object) -> labels.Selector:
        return labels.nothing()

    def wait_for(self, condition: Callable[[], object]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, 10), (self.bound, self.events)


@pytest.fixture
def api() -> FakeAPI:
    return FakeAPI()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def scheduler(api: FakeAPI, clock: FakeClock) -> Iterator[Scheduler]:
    scheduler = Scheduler(api, clock, seed=1)
    scheduler.start()
    yield scheduler
    scheduler.stop()


def test_a_pod_is_bound_and_told_so(scheduler: Scheduler, api: FakeAPI) -> None:
    scheduler.on_node(make_node("n1"))

    scheduler.on_pod(make_pod())

    api.wait_for(lambda: api.events)
    assert api.bound == {"p": "n1"}
    assert api.events == [("p", "Normal", "Scheduled", "Successfully assigned default/p to n1")]


def test_pods_of_other_schedulers_are_left_to_them(scheduler: Scheduler, api: FakeAPI) -> None:
    scheduler.on_node(make_node("n1"))
    scheduler.on_pod(make_pod("theirs", schedulerName="other"))

    scheduler.on_pod(make_pod("ours"))

    api.wait_for(lambda: api.bound)
    assert api.bound == {"ours": "n1"}


def test_the_next_pod_sees_the_room_that_the_last_one_takes(scheduler: Scheduler, api: FakeAPI) -> None:
    for name in ("n1", "n2"):
        scheduler.on_node(make_node(name))

    for name in ("a", "b"):
        scheduler.on_pod(make_pod(name, requests={"cpu": "3"}))

    api.wait_for(lambda: len(api.bound) == 2)
    assert set(api.bound.values()) == {"n1", "n2"}


def test_a_pod_that_fits_nowhere_says_why_and_is_placed_when_a_node_comes(
    scheduler: Scheduler, api: FakeAPI, clock: FakeClock
) -> None:
    scheduler.on_pod(make_pod())
    api.wait_for(lambda: api.statuses)
    text = "no nodes available to schedule pods"
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": text}
    assert api.statuses == {"p": (condition, None)}
    assert api.events == [("p", "Warning", "FailedScheduling", text)]

    clock.advance(1)
    scheduler.on_node(make_node("n1"))

    api.wait_for(lambda: api.bound)


def test_the_same_refusal_is_not_written_twice(scheduler: Scheduler, api: FakeAPI, clock: FakeClock) -> None:
    pod = make_pod()
    text = "no nodes available to schedule pods"
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": text}
    pod["status"] = {"conditions": [condition]}

    scheduler.on_pod(pod)

    api.wait_for(lambda: api.events)
    assert api.statuses == {}


def test_a_refused_binding_is_tried_again(scheduler: Scheduler, api: FakeAPI, clock: FakeClock) -> None:
    api.refuse_bindings = 1
    scheduler.on_node(make_node("n1"))

    scheduler.on_pod(make_pod())
    api.wait_for(lambda: api.statuses)
    assert api.statuses["p"][0]["reason"] == "SchedulerError"
    assert api.statuses["p"][0]["message"] == 'running Bind plugin "DefaultBinder": pods "p" not found'
    clock.advance(1)
    scheduler._queue.wake()

    api.wait_for(lambda: api.bound)


def test_preemption_makes_room_and_keeps_it(scheduler: Scheduler, api: FakeAPI, clock: FakeClock) -> None:
    scheduler.on_node(make_node("n1"))
    victim = low("victim", "4")
    scheduler.on_pod(victim)

    scheduler.on_pod(high("4"))
    api.wait_for(lambda: "high" in api.statuses)

    assert api.evicted == [("victim", "default-scheduler: preempting to accommodate a higher priority pod")]
    assert ("victim", "Normal", "Preempted", "Preempted by pod uid-high on node n1") in api.events
    assert api.statuses["high"][1] == "n1"

    scheduler.on_pod(make_pod("lesser", requests={"cpu": "4"}))
    api.wait_for(lambda: "lesser" in api.statuses)
    clock.advance(2)
    scheduler.on_pod_deleted(victim)

    api.wait_for(lambda: api.bound)
    assert api.bound == {"high": "n1"}


class Gang:
    """Makes every pod named ``gang`` wait."""

    name = "Gang"

    def permit(self, state: Any, pod: Object, node: str) -> PermitResult:
        waits = pod["metadata"]["name"] == "gang"
        return PermitResult(Status(Code.WAIT), 60.0) if waits else PermitResult()


@pytest.fixture
def gang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REGISTRY, "Gang", (lambda handle: Gang(), 1))


def test_a_pod_that_waits_for_its_permit_delays_nobody(gang: None, scheduler: Scheduler, api: FakeAPI) -> None:
    scheduler.on_node(make_node("n1"))
    scheduler.on_pod(make_pod("gang"))
    scheduler.on_pod(make_pod("other"))
    api.wait_for(lambda: api.bound)
    assert api.bound == {"other": "n1"}

    waiting = scheduler._framework.waiting.get("uid-gang")
    assert waiting is not None
    waiting.allow("Gang")

    api.wait_for(lambda: "gang" in api.bound)


def test_a_permit_that_does_not_come_in_time(gang: None, scheduler: Scheduler, api: FakeAPI, clock: FakeClock) -> None:
    scheduler.on_node(make_node("n1"))
    scheduler.on_pod(make_pod("gang"))
    scheduler.on_pod(make_pod("other"))
    api.wait_for(lambda: api.bound)

    clock.advance(61)

    api.wait_for(lambda: "gang" in api.statuses)
    assert api.statuses["gang"][0]["message"] == (
        "0/1 nodes are available: 1 rejected due to timeout after waiting 1m0s at plugin Gang."
    )


def test_stopping_does_not_wait_for_permits(gang: None, api: FakeAPI) -> None:
    scheduler = Scheduler(api, FakeClock(), seed=1)
    scheduler.start()
    scheduler.on_node(make_node("n1"))
    scheduler.on_pod(make_pod("gang"))
    scheduler.on_pod(make_pod("other"))
    api.wait_for(lambda: api.bound)

    scheduler.stop()

    assert api.bound == {"other": "n1"}


def wait_until_one_is(scheduler: Scheduler, where: str) -> None:
    pause = threading.Event()
    while scheduler.statistics()[where] != 1:
        pause.wait(0.001)


def test_a_server_that_is_away_does_not_lose_the_pod(scheduler: Scheduler, api: FakeAPI, clock: FakeClock) -> None:
    api.away = 2
    scheduler.on_node(make_node("n1"))

    scheduler.on_pod(make_pod())
    api.wait_for(lambda: not api.away)
    wait_until_one_is(scheduler, "backoff")
    clock.advance(1)
    scheduler._queue.wake()

    api.wait_for(lambda: api.bound)


def test_a_pod_deleted_before_its_binding_is_seen_gives_its_room_back(
    scheduler: Scheduler, api: FakeAPI, clock: FakeClock
) -> None:
    scheduler.on_node(make_node("n1"))
    first = make_pod("first", requests={"cpu": "4"})
    scheduler.on_pod(first)
    api.wait_for(lambda: "first" in api.bound)
    scheduler.on_pod(make_pod("second", requests={"cpu": "4"}))
    wait_until_one_is(scheduler, "unschedulable")
    clock.advance(1)

    scheduler.on_pod_deleted(first)

    api.wait_for(lambda: "second" in api.bound)


def test_a_pod_that_is_leaving_gets_no_node(scheduler: Scheduler, api: FakeAPI, clock: FakeClock) -> None:
    pod = make_pod()
    scheduler.on_pod(pod)
    api.wait_for(lambda: api.statuses)

    scheduler.on_pod({**pod, "metadata": {**pod["metadata"], "deletionTimestamp": "2026-01-01T00:00:00Z"}})

    assert set(scheduler.statistics().values()) == {0}


def test_a_lost_nomination_is_taken_back(scheduler: Scheduler, api: FakeAPI) -> None:
    api.refuse_bindings = 1
    scheduler.on_node(make_node("n1"))
    pod = make_pod()
    pod["status"]["nominatedNodeName"] = "n1"

    scheduler.on_pod(pod)

    api.wait_for(lambda: api.statuses)
    assert api.statuses["p"][1] == ""
