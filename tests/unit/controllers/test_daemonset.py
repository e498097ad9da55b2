"""DaemonSets: a pod on each node that fits, updates, what is told."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.controllers.daemonset.controller import DaemonSetController, FailureDelays
from mini_server.controllers.daemonset.placement import node_of
from mini_server.controllers.resources import CONTROLLER_REVISIONS, DAEMON_SETS, NODES, PODS
from pykubectl.machinery.errors import StatusError, new_internal_error
from pykubectl.machinery.values.time import format_time
from tests.unit.controllers.fakes import refusing, terminating
from tests.unit.controllers.workloads import KEY, NAMESPACE, OwnerWorld, deltas, queued, template, workload

Object = dict[str, Any]

HASH = "controller-revision-hash"


class World(OwnerWorld):
    """A DaemonSet ``d`` and nodes."""

    resource = DAEMON_SETS

    def __init__(self, nodes: int = 3, **spec: Any) -> None:
        super().__init__()
        self.controller = DaemonSetController(self.cluster.context())
        for number in range(nodes):
            self.node(f"n{number}")
        body = workload("DaemonSet", **{"updateStrategy": {"type": "RollingUpdate"}, **spec})
        del body["spec"]["replicas"]
        self.cluster.create(DAEMON_SETS, NAMESPACE, body)

    def node(self, name: str, *taints: Object, **labels: str) -> None:
        self.cluster.create(NODES, "", {"metadata": {"name": name, "labels": labels}, "spec": {"taints": list(taints)}})

    def taint(self, name: str, *taints: Object) -> None:
        self.cluster.put(NODES, {**self.cluster.get(NODES, "", name), "spec": {"taints": list(taints)}})

    def complete(self) -> None:
        """Until every pod is ready."""
        for _ in range(20):
            self.settle()
            waiting = [pod for pod in self.pods() if pod["status"]["phase"] == "Pending"]
            if not waiting:
                return
            for pod in waiting:
                self.set_ready(pod)
        raise AssertionError("the pods do not come to rest")

    def placed(self) -> dict[str, str]:
        """Images by node."""
        return {node_of(pod): pod["spec"]["containers"][0]["image"] for pod in self.pods()}

    def on(self, node: str) -> Object:
        return next(pod for pod in self.pods() if node_of(pod) == node)


def taint(effect: str, key: str = "k") -> Object:
    return {"key": key, "effect": effect}


def test_each_node_has_a_pod() -> None:
    world = World()
    world.settle()
    assert sorted(world.placed()) == ["n0", "n1", "n2"]

    world.node("n3")
    world.settle()
    assert len(world.pods()) == 4


def test_a_pod_is_bound_to_its_node_and_bears_with_it() -> None:
    world = World(nodes=1)
    world.settle()
    pod = world.pods()[0]

    required = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    field = {"key": "metadata.name", "operator": "In", "values": ["n0"]}
    assert required == {"nodeSelectorTerms": [{"matchFields": [field]}]}
    tolerated = [(t["key"].removeprefix("node.kubernetes.io/"), t["effect"]) for t in pod["spec"]["tolerations"]]
    assert tolerated == [
        ("not-ready", "NoExecute"),
        ("unreachable", "NoExecute"),
        ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"),
        ("pid-pressure", "NoSchedule"),
        ("unschedulable", "NoSchedule"),
    ]
    (revision,) = world.cluster.list(CONTROLLER_REVISIONS)
    assert pod["metadata"]["labels"][HASH] == revision["metadata"]["labels"][HASH]
    assert revision["metadata"]["name"] == f"d-{revision['metadata']['labels'][HASH]}"


def test_the_preferences_of_the_template_stay() -> None:
    preferred = [{"weight": 1, "preference": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}}]
    affinity = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}, "podAffinity": {}}
    spec = {**template()["spec"], "affinity": affinity, "hostNetwork": True}
    world = World(nodes=1, template={**template(), "spec": spec})
    world.settle()

    made = world.pods()[0]["spec"]
    assert made["affinity"]["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"] == preferred
    assert "podAffinity" in made["affinity"]
    assert made["tolerations"][-1]["key"] == "node.kubernetes.io/network-unavailable"


REQUIRED = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}]}


@pytest.mark.parametrize(
    "spec",
    [
        {"nodeSelector": {"disk": "ssd"}},
        {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": REQUIRED}}},
        {"nodeName": "fits"},
    ],
)
def test_only_nodes_that_fit_have_one(spec: Object) -> None:
    world = World(nodes=1, template={**template(), "spec": {**template()["spec"], **spec}})
    world.node("fits", disk="ssd")

    world.settle()

    assert list(world.placed()) == ["fits"]
    assert world.status["desiredNumberScheduled"] == 1


@pytest.mark.parametrize(("effect", "runs", "stays"), [("NoSchedule", False, True), ("NoExecute", False, False)])
def test_taints_keep_pods_away(effect: str, runs: bool, stays: bool) -> None:
    world = World(nodes=1)
    world.settle()
    world.taint("n0", taint(effect))
    world.settle()
    assert bool(world.pods()) is stays
    assert world.status["numberMisscheduled"] == int(stays)
    assert world.status["desiredNumberScheduled"] == 0

    fresh = World(nodes=0)
    fresh.node("n0", taint(effect))
    fresh.settle()
    assert bool(fresh.pods()) is runs


def test_taints_that_are_tolerated_do_not() -> None:
    spec = {**template()["spec"], "tolerations": [{"operator": "Exists"}]}
    world = World(nodes=0, template={**template(), "spec": spec})
    world.node("n0", taint("NoExecute"), taint("NoSchedule", "node.kubernetes.io/unschedulable"))
    world.settle()
    assert list(world.placed()) == ["n0"]


def test_one_pod_of_a_node_is_enough() -> None:
    world = World(nodes=1)
    world.settle()
    world.cluster.clock.advance(1)
    double = world.pods()[0]
    world.cluster.create(PODS, NAMESPACE, {**double, "metadata": {**double["metadata"], "name": "double"}})

    world.settle()

    assert [pod["metadata"]["name"] for pod in world.pods()] == [double["metadata"]["name"]]


@pytest.mark.parametrize(
    ("phase", "event"),
    [
        ("Failed", ("Warning", "FailedDaemonPod", "Found failed daemon pod {}, will try to kill it")),
        ("Succeeded", ("Normal", "SucceededDaemonPod", "Found succeeded daemon pod {}, will try to delete it")),
    ],
)
def test_a_pod_that_ended_is_made_anew(phase: str, event: tuple[str, str, str]) -> None:
    world = World(nodes=1)
    world.settle()
    old = world.pods()[0]
    world.finish(old, phase)

    world.settle()

    assert world.pods()[0]["metadata"]["uid"] != old["metadata"]["uid"]
    assert (*event[:2], event[2].format(f"default/{old['metadata']['name']} on node n0")) in world.cluster.events


def test_a_pod_that_fails_again_and_again_is_made_ever_less_often() -> None:
    delays = FailureDelays()
    assert delays.left("d", "n", 0) == 0
    assert delays.left("d", "n", 0.5) == 0.5
    assert delays.left("d", "other", 0.5) == 0
    assert delays.left("d", "n", 1) == 0
    assert delays.left("d", "n", 1) == 2
    delays.forget("d")
    assert delays.left("d", "n", 1) == 0


def test_a_pod_meant_for_a_node_that_is_gone_goes() -> None:
    world = World(nodes=2)
    world.settle()
    world.cluster.delete(NODES, "", "n1")

    world.settle()

    assert list(world.placed()) == ["n0"]


def test_a_lagging_cache_makes_nothing_twice() -> None:
    world = World()
    go_on = deltas(PODS, world.cluster)
    world.controller.sync(KEY)

    world.controller.sync(KEY)
    assert len(world.pods()) == 3

    go_on()
    world.settle()
    assert len(world.pods()) == 3


def test_a_failure_is_tried_again() -> None:
    world = World()
    world.cluster.refuse = refusing("create", "pods", lambda gvr, obj: new_internal_error("no"))
    with pytest.raises(StatusError):
        world.controller.sync(KEY)

    world.cluster.refuse = lambda verb, gvr, obj: None
    world.settle()
    assert len(world.pods()) == 3


def test_a_namespace_that_goes_away_is_nothing_to_tell(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.cluster.refuse = refusing("create", "pods", terminating)
    world.controller.process(KEY)
    assert (world.cluster.events, caplog.records) == ([], [])


# Updates


def rolling(**bounds: Any) -> Object:
    return {"type": "RollingUpdate", "rollingUpdate": bounds}


@pytest.mark.parametrize(
    ("strategy", "first"),
    [
        (rolling(maxUnavailable=1), ["v1", "v1", "v2"]),
        (rolling(maxUnavailable="50%"), ["v1", "v2", "v2"]),
        (rolling(maxUnavailable=0, maxSurge=0), ["v1", "v1", "v2"]),
        (rolling(maxUnavailable=0, maxSurge=1), ["v1", "v1", "v1", "v2"]),
        ({"type": "OnDelete"}, ["v1", "v1", "v1"]),
    ],
)
def test_an_update_keeps_within_its_bounds(strategy: Object, first: list[str]) -> None:
    world = World(updateStrategy=strategy)
    world.complete()
    world.cluster.clock.advance(1)

    world.change(template=template("v2"))
    world.settle()

    assert sorted(pod["spec"]["containers"][0]["image"] for pod in world.pods()) == first
    world.complete()
    expected = "v1" if strategy["type"] == "OnDelete" else "v2"
    assert set(world.placed().values()) == {expected}
    assert len(world.pods()) == 3


def test_on_delete_the_next_pod_is_new() -> None:
    world = World(updateStrategy={"type": "OnDelete"})
    world.complete()
    world.change(template=template("v2"))
    world.cluster.delete(PODS, NAMESPACE, world.on("n1")["metadata"]["name"])

    world.complete()

    assert world.placed() == {"n0": "v1", "n1": "v2", "n2": "v1"}
    assert world.status["updatedNumberScheduled"] == 1


def test_pods_that_are_not_available_are_replaced_first() -> None:
    world = World()
    world.complete()
    world.set_ready(world.on("n1"), ready=False)

    world.change(template=template("v2"))
    world.settle()

    assert world.placed() == {"n0": "v1", "n1": "v2", "n2": "v1"}


def test_a_surge_leaves_the_old_pod_until_the_new_one_is_available() -> None:
    world = World(nodes=1, updateStrategy=rolling(maxUnavailable=0, maxSurge=1))
    world.complete()
    world.cluster.clock.advance(1)
    world.change(template=template("v2"))
    world.settle()
    assert len(world.pods()) == 2

    world.set_ready(next(pod for pod in world.pods() if pod["status"]["phase"] == "Pending"))
    world.settle()

    assert world.placed() == {"n0": "v2"}
    assert len(world.pods()) == 1


def test_going_back_renumbers_the_old_revision() -> None:
    world = World(nodes=1)
    for image in ("v1", "v2", "v1"):
        world.change(template=template(image))
        world.complete()

    assert sorted(revision["revision"] for revision in world.cluster.list(CONTROLLER_REVISIONS)) == [2, 3]


def test_old_revisions_go_beyond_the_limit() -> None:
    world = World(nodes=1, revisionHistoryLimit=1)
    for image in ("v1", "v2", "v3", "v4"):
        world.change(template=template(image))
        world.complete()
        world.settle()

    assert sorted(revision["revision"] for revision in world.cluster.list(CONTROLLER_REVISIONS)) == [3, 4]


# What is told


def test_numbers_of_the_status() -> None:
    world = World(minReadySeconds=10)
    world.settle()
    for node in ("n0", "n1"):
        world.set_ready(world.on(node))
    pod = world.on("n0")
    since = {"type": "Ready", "status": "True", "lastTransitionTime": "2025-12-31T00:00:00Z"}
    world.cluster.put(PODS, {**pod, "status": {**pod["status"], "conditions": [since]}})

    world.settle()

    assert world.status == {
        "desiredNumberScheduled": 3,
        "currentNumberScheduled": 3,
        "numberMisscheduled": 0,
        "numberReady": 2,
        "numberAvailable": 1,
        "numberUnavailable": 2,
        "updatedNumberScheduled": 3,
        "observedGeneration": 1,
    }
    assert format_time(world.cluster.clock.now()) == "2026-01-01T00:00:00Z"
    world.controller.stop()


def test_a_node_is_everybodys_matter() -> None:
    world = World(nodes=0)
    while len(world.controller.queue):
        world.controller.queue.done(world.controller.queue.get()[0] or "")
    world.node("n0")
    assert queued(world.controller) == [KEY]


def test_nothing_is_done_for_one_that_is_being_deleted_or_gone() -> None:
    world = World()
    world.cluster.mark_deleted(DAEMON_SETS, world.owner, finalizers=["foregroundDeletion"])
    world.settle()
    assert world.pods() == []
    world.controller.sync("default/gone")
