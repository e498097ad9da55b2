"""Decisions with their reasons, preemption, and the scheduler as a whole against an API server played by an object."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mini_server.scheduler.framework.interface import Code, PermitResult, Status
from mini_server.scheduler.framework.runtime import Framework
from mini_server.scheduler.profile import REGISTRY, Handle, new_framework
from mini_server.scheduler.schedule import Decision, decide
from mini_server.scheduler.scheduler import Scheduler
from pykubectl.machinery import labels
from pykubectl.machinery.errors import new_not_found
from pykubectl.machinery.schema import GroupResource
from pykubectl.machinery.util.clock import FakeClock
from tests.unit.scheduler.builders import make_info, make_node, make_pod, snapshot

Object = dict[str, Any]

PODS = GroupResource("", "pods")


class World:
    """What plugins ask for, and whom they evict."""

    def __init__(self, budgets: list[Object] | None = None) -> None:
        self.evicted: list[str] = []
        self.budgets = budgets or []
        self.framework: Framework = new_framework(self.handle(), FakeClock())

    def handle(self) -> Handle:
        return Handle(
            lambda pod, node: None,
            lambda victim, preemptor, node: self.evicted.append(victim["metadata"]["name"]),
            lambda: self.budgets,
            lambda name: {},
            lambda pod: labels.nothing(),
            lambda: self.framework,
        )

    def decide(self, pod: Object, *nodes: Any, nominated: Any = None) -> Decision:
        return decide(self.framework, pod, snapshot(*nodes), random.Random(1), nominated)


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


def low(name: str, cpu: str = "2", **more: Any) -> Object:
    return make_pod(name, requests={"cpu": cpu}, node="n1", priority=0, **more)


def high(cpu: str = "2", **more: Any) -> Object:
    return make_pod("high", requests={"cpu": cpu}, priority=100, **more)


def test_as_few_pods_as_possible_make_room() -> None:
    world = World()

    decision = world.decide(high(), make_info(make_node("n1"), low("a"), low("b", "1"), low("c", "1")))

    assert (decision.node, decision.nominated) == ("", "n1")
    assert decision.message == "0/1 nodes are available: 1 Insufficient cpu."
    assert world.evicted in (["a"], ["b", "c"], ["c", "b"])


def test_pods_that_would_not_suffice_are_left_alone() -> None:
    world = World()
    equal = make_pod("equal", requests={"cpu": "3"}, node="n1", priority=100)

    decision = world.decide(high(), make_info(make_node("n1"), equal, low("a", "1")))

    assert world.evicted == []
    assert decision.message == (
        "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 Insufficient cpu."
    )


def test_a_pod_that_never_preempts() -> None:
    world = World()

    decision = world.decide(high(preemptionPolicy="Never"), make_info(make_node("n1"), low("a", "4")))

    assert world.evicted == []
    assert decision.message.endswith("preemption: not eligible due to preemptionPolicy=Never.")


def test_the_node_with_the_least_important_victims_is_chosen() -> None:
    world = World()
    dear = make_pod("dear", requests={"cpu": "4"}, node="n1", priority=50)
    cheap = make_pod("cheap", requests={"cpu": "4"}, node="n2", priority=10)

    decision = world.decide(high(), make_info(make_node("n1"), dear), make_info(make_node("n2"), cheap))

    assert decision.nominated == "n2"
    assert world.evicted == ["cheap"]


def budget(allowed: int) -> Object:
    return {
        "metadata": {"name": "b", "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": "guarded"}}},
        "status": {"disruptionsAllowed": allowed},
    }


@pytest.mark.parametrize(("allowed", "chosen"), [(0, "n2"), (1, "n1")])
def test_budgets_are_kept_where_that_is_possible(allowed: int, chosen: str) -> None:
    guarded = make_pod("guarded", requests={"cpu": "4"}, node="n1", priority=0, labels={"app": "guarded"})
    other = make_pod("other", requests={"cpu": "4"}, node="n2", priority=1)

    decision = World([budget(allowed)]).decide(
        high(), make_info(make_node("n1"), guarded), make_info(make_node("n2"), other)
    )

    assert decision.nominated == chosen


def test_while_the_victims_leave_no_others_are_looked_for() -> None:
    world = World()
    leaving = low("a", "4")
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    leaving["status"]["conditions"] = [{"type": "DisruptionTarget", "reason": "PreemptionByScheduler"}]
    pod = high()
    pod["status"]["nominatedNodeName"] = "n1"

    decision = world.decide(pod, make_info(make_node("n1"), leaving))

    assert decision.message.endswith("preemption: not eligible due to a terminating pod on the nominated node.")
    assert decision.nominated is None


def test_room_made_for_one_pod_is_not_taken_by_a_lesser_one() -> None:
    node = make_info(make_node("n1"))
    expected = {"n1": [high("4")]}

    assert World().decide(low("a"), node, nominated=expected).node == ""
    assert World().decide(make_pod("urgent", priority=1000), node, nominated=expected).node == "n1"
    assert World().decide(high("4"), node, nominated=expected).node == "n1"


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

    def bind(self, pod: Object, node: str) -> None:
        with self.changed:
            if self.refuse_bindings:
                self.refuse_bindings -= 1
                raise new_not_found(PODS, pod["metadata"]["name"])
            self.bound[pod["metadata"]["name"]] = node
            self.changed.notify_all()

    def evict(self, pod: Object, condition: Object) -> None:
        with self.changed:
            self.evicted.append((pod["metadata"]["name"], condition["message"]))
            self.changed.notify_all()

    def set_status(self, pod: Object, condition: Object, nominated: str | None) -> None:
        with self.changed:
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
    assert api.statuses["gang"][0]["message"] == "rejected due to timeout after waiting 1m0s at plugin Gang"


def test_stopping_does_not_wait_for_permits(gang: None, api: FakeAPI) -> None:
    scheduler = Scheduler(api, FakeClock(), seed=1)
    scheduler.start()
    scheduler.on_node(make_node("n1"))
    scheduler.on_pod(make_pod("gang"))
    scheduler.on_pod(make_pod("other"))
    api.wait_for(lambda: api.bound)

    scheduler.stop()

    assert api.bound == {"other": "n1"}
