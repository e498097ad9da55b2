"""PodDisruptionBudgets: how many pods may go."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.controllers.disruption.controller import DELETION_TIMEOUT, DisruptionController
from mini_server.controllers.resources import (
    BUDGETS,
    DEPLOYMENTS,
    PODS,
    REPLICA_SETS,
    REPLICATION_CONTROLLERS,
    STATEFUL_SETS,
)
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.machinery.values.time import format_time
from tests.unit.controllers.workloads import NAMESPACE, PodWorld, queued, template

Object = dict[str, Any]

KEY = f"{NAMESPACE}/b"
KINDS = {
    DEPLOYMENTS: "Deployment",
    REPLICA_SETS: "ReplicaSet",
    STATEFUL_SETS: "StatefulSet",
    REPLICATION_CONTROLLERS: "ReplicationController",
}


class World(PodWorld):
    """A budget ``b`` for pods that say ``app: a``."""

    def __init__(self, **spec: Any) -> None:
        super().__init__()
        self.controller = DisruptionController(self.cluster.context())
        body = {"selector": {"matchLabels": {"app": "a"}}, **spec}
        self.cluster.create(BUDGETS, NAMESPACE, {"metadata": {"name": "b"}, "spec": body})

    @property
    def budget(self) -> Object:
        return self.cluster.get(BUDGETS, NAMESPACE, "b")

    @property
    def status(self) -> Object:
        status: Object = self.budget["status"]
        return status

    def sync(self) -> None:
        self.cluster.settle(self.controller, KEY)
        self.controller.stop()

    def owner(self, gvr: GroupVersionResource, name: str, replicas: int, above: Object | None = None) -> Object:
        meta: Object = {"name": name, "ownerReferences": [reference(above)] if above else []}
        kind = {"apiVersion": f"{gvr.group}/{gvr.version}".lstrip("/"), "kind": KINDS[gvr]}
        return self.cluster.create(gvr, NAMESPACE, {**kind, "metadata": meta, "spec": {"replicas": replicas}})

    def pods_of(self, owner: Object | None, ready: int, unready: int = 0) -> None:
        for number in range(ready + unready):
            name = f"{owner['metadata']['name'] if owner else 'free'}-{number}"
            references = [reference(owner)] if owner else []
            meta = {"name": name, "labels": {"app": "a"}, "ownerReferences": references}
            pod = self.cluster.create(PODS, NAMESPACE, {"metadata": meta, "spec": template()["spec"]})
            self.set_ready(pod, ready=number < ready)

    def counts(self) -> tuple[int, int, int, int]:
        """Expected, desired healthy, healthy, allowed."""
        fields = ("expectedPods", "desiredHealthy", "currentHealthy", "disruptionsAllowed")
        expected, desired, healthy, allowed = (int(self.status[field]) for field in fields)
        return expected, desired, healthy, allowed


def reference(owner: Object) -> Object:
    meta = owner["metadata"]
    kind = {"apiVersion": owner["apiVersion"], "kind": owner["kind"]}
    return {**kind, "name": meta["name"], "uid": meta["uid"], "controller": True}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"minAvailable": 3}, (4, 3, 4, 1)),
        ({"minAvailable": 5}, (4, 5, 4, 0)),
        ({"minAvailable": "50%"}, (5, 3, 4, 1)),
        ({"maxUnavailable": 2}, (5, 3, 4, 1)),
        ({"maxUnavailable": "30%"}, (5, 3, 4, 1)),
        ({"maxUnavailable": 0}, (5, 5, 4, 0)),
        ({"maxUnavailable": 9}, (5, 0, 4, 4)),
    ],
)
def test_how_many_may_go(spec: Object, expected: tuple[int, int, int, int]) -> None:
    world = World(**spec)
    world.pods_of(world.owner(REPLICA_SETS, "rs", 5), 4)

    world.sync()

    assert world.counts() == expected


@pytest.mark.parametrize("gvr", [REPLICA_SETS, STATEFUL_SETS, REPLICATION_CONTROLLERS])
def test_whoever_controls_the_pods_says_how_many_there_should_be(gvr: GroupVersionResource) -> None:
    world = World(maxUnavailable=1)
    world.pods_of(world.owner(gvr, "o", 3), 3)
    world.sync()
    assert world.counts() == (3, 2, 3, 1)


def test_a_deployment_is_asked_before_its_replica_sets() -> None:
    world = World(maxUnavailable="50%")
    deployment = world.owner(DEPLOYMENTS, "d", 4)
    for name, size in (("old", 3), ("new", 2)):
        world.pods_of(world.owner(REPLICA_SETS, name, size, deployment), size)

    world.sync()

    assert world.counts() == (4, 2, 5, 3)


def test_several_owners_are_added_up() -> None:
    world = World(maxUnavailable=1)
    world.pods_of(world.owner(REPLICA_SETS, "one", 2), 2)
    world.pods_of(world.owner(STATEFUL_SETS, "two", 3), 3)
    world.sync()
    assert world.counts() == (5, 4, 5, 1)


def test_only_pods_that_are_ready_and_stay_are_healthy() -> None:
    world = World(minAvailable=1)
    world.pods_of(world.owner(REPLICA_SETS, "rs", 4), 3, unready=1)
    world.cluster.mark_deleted(PODS, world.pods()[0])
    world.sync()
    assert world.counts() == (4, 1, 2, 1)


def test_a_budget_without_pods_allows_nothing() -> None:
    world = World(minAvailable=0)
    world.sync()
    assert world.counts() == (0, 0, 0, 0)
    assert ("Normal", "NoPods", "No matching pods found") in world.cluster.events


def test_pods_that_nobody_controls_are_told() -> None:
    world = World(maxUnavailable=1)
    world.pods_of(None, 2)
    world.sync()
    assert world.counts() == (0, 0, 2, 0)
    assert "UnmanagedPods" in world.cluster.reasons()


def test_where_nobody_says_how_many_there_should_be_nothing_may_go() -> None:
    world = World(maxUnavailable=1)
    owner = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "uid": "j-uid"}}
    world.pods_of(owner, 2)

    world.sync()

    assert world.status["disruptionsAllowed"] == 0
    condition = world.status["conditions"][0]
    text = "jobs.batch does not implement the scale subresource"
    assert (condition["status"], condition["reason"], condition["message"]) == ("False", "SyncFailed", text)
    text = f"Failed to calculate the number of expected pods: {text}"
    assert ("Warning", "CalculateExpectedPodCountFailed", text) in world.cluster.events


def test_the_condition_changes_with_what_is_allowed() -> None:
    world = World(minAvailable=1)
    world.pods_of(world.owner(REPLICA_SETS, "rs", 2), 2)
    world.sync()
    assert world.status["conditions"] == [
        {
            "type": "DisruptionAllowed",
            "status": "True",
            "reason": "SufficientPods",
            "message": "",
            "observedGeneration": 1,
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }
    ]

    world.cluster.clock.advance(5)
    world.set_ready(world.pods()[0], ready=False)
    world.sync()
    condition = world.status["conditions"][0]
    assert (condition["status"], condition["reason"]) == ("False", "InsufficientPods")
    assert condition["lastTransitionTime"] == "2026-01-01T00:00:05Z"


def test_an_evicted_pod_is_not_counted_until_it_is_gone_or_stays() -> None:
    world = World(minAvailable=1)
    world.pods_of(world.owner(REPLICA_SETS, "rs", 3), 3)
    evicted = {"rs-0": format_time(world.cluster.clock.now()), "gone": "2026-01-01T00:00:00Z"}
    world.cluster.put(BUDGETS, {**world.budget, "status": {"disruptedPods": evicted}})
    world.sync()
    assert world.counts() == (3, 1, 2, 1)
    assert list(world.status["disruptedPods"]) == ["rs-0"]

    world.cluster.clock.advance(DELETION_TIMEOUT)
    world.sync()
    assert world.counts() == (3, 1, 3, 2)
    assert "disruptedPods" not in world.status
    assert ("Warning", "NotDeleted", "Pod was expected by PDB default/b to be deleted but it wasn't") in (
        world.cluster.events
    )


def test_an_empty_selector_means_all_and_none_means_none() -> None:
    everything, nothing = World(selector={}, minAvailable=0), World(selector=None, minAvailable=0)
    for world in (everything, nothing):
        world.pods_of(None, 2)
        world.sync()
    assert everything.counts() == (2, 0, 2, 2)
    assert nothing.counts() == (0, 0, 0, 0)


def test_a_pod_is_a_matter_of_budgets_that_select_it() -> None:
    world = World(minAvailable=1)
    world.controller.queue.done(world.controller.queue.get()[0] or "")
    world.cluster.create(BUDGETS, "elsewhere", {"metadata": {"name": "b"}, "spec": {"selector": {}}})
    world.controller.queue.done(world.controller.queue.get()[0] or "")
    world.pods_of(None, 1)
    assert queued(world.controller) == [KEY]
