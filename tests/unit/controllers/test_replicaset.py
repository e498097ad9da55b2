"""ReplicaSets: how many pods, whose they are, what is told of them."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.controllers.replicaset.controller import ReplicaSetController, ReplicationControllerController
from mini_server.controllers.resources import PODS, REPLICA_SETS, REPLICATION_CONTROLLERS
from pykubectl.machinery.errors import StatusError, new_forbidden, new_not_found
from tests.unit.controllers.fakes import FakeCluster, refusing, terminating
from tests.unit.controllers.workloads import KEY, NAMESPACE, OwnerWorld, deltas, queued, template, workload

Object = dict[str, Any]


class World(OwnerWorld):
    """One ReplicaSet."""

    resource = REPLICA_SETS

    def __init__(self, **spec: Any) -> None:
        super().__init__()
        self.controller = ReplicaSetController(self.cluster.context())
        self.cluster.create(REPLICA_SETS, NAMESPACE, workload("ReplicaSet", **spec))

    def orphan(self, name: str, **fields: Any) -> Object:
        pod = {"metadata": {"name": name, "labels": {"app": "a"}}, "spec": template()["spec"], **fields}
        return self.cluster.create(PODS, NAMESPACE, pod)

    def owner_of(self, name: str) -> str | None:
        references = self.cluster.get(PODS, NAMESPACE, name)["metadata"].get("ownerReferences") or []
        return references[0]["name"] if references else None

    def relabel(self, pod: Object, **labels: str) -> None:
        self.cluster.put(PODS, {**pod, "metadata": {**pod["metadata"], "labels": labels}})


def quota(gvr: Any, obj: Object) -> StatusError:
    return new_forbidden(gvr.group_resource, "", "quota")


def test_pods_are_made_after_the_template() -> None:
    own = {"labels": {"app": "a", "tier": "x"}, "annotations": {"note": "n"}, "finalizers": ["example.com/f"]}
    world = World(replicas=2, template={"metadata": own, "spec": template()["spec"]})
    world.settle()

    pod = world.pods()[0]

    meta = pod["metadata"]
    assert (meta["labels"], meta["annotations"], meta["finalizers"]) == tuple(own.values())
    assert meta["generateName"] == "d-"
    assert meta["ownerReferences"] == [
        {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "name": "d",
            "uid": world.owner["metadata"]["uid"],
            "controller": True,
            "blockOwnerDeletion": True,
        }
    ]
    assert pod["spec"] == template()["spec"]
    assert world.cluster.events[0] == ("Normal", "SuccessfulCreate", f"Created pod: {meta['name']}")
    assert len(world.pods()) == 2


@pytest.mark.parametrize("replicas", [5, 2, 0])
def test_replicas_are_followed(replicas: int) -> None:
    world = World()
    world.settle()

    world.change(replicas=replicas)
    world.settle()

    assert len(world.pods()) == replicas
    assert world.status["replicas"] == replicas


def test_a_finished_pod_is_replaced_and_left_alone() -> None:
    world = World()
    world.settle()
    world.finish(world.pods()[0], "Failed")

    world.settle()

    assert [pod["status"]["phase"] for pod in world.pods()].count("Failed") == 1
    assert len(world.pods()) == 4
    assert world.status["replicas"] == 3


def test_a_pod_on_its_way_out_is_replaced_at_once() -> None:
    world = World(template={**template(), "metadata": {"labels": {"app": "a"}, "finalizers": ["slow"]}})
    world.settle()
    world.change(replicas=1)
    world.settle()
    assert world.status["terminatingReplicas"] == 2

    world.change(replicas=2)
    world.settle()

    assert world.status["replicas"] == 2
    assert len(world.pods()) == 4


def test_finished_pods_are_not_on_their_way_out() -> None:
    world = World(replicas=1, template={**template(), "metadata": {"labels": {"app": "a"}, "finalizers": ["slow"]}})
    world.settle()
    world.finish(world.pods()[0])
    world.cluster.mark_deleted(PODS, world.pods()[0])

    world.settle()

    assert world.status["terminatingReplicas"] == 0


def test_a_lagging_cache_makes_nothing_twice() -> None:
    world = World()
    go_on = deltas(PODS, world.cluster)
    world.controller.sync(KEY)

    world.controller.sync(KEY)
    assert len(world.pods()) == 3

    go_on()
    world.settle()
    assert len(world.pods()) == 3


def test_a_lagging_cache_deletes_nothing_twice() -> None:
    world = World()
    world.settle()
    go_on = deltas(PODS, world.cluster)
    world.change(replicas=2)
    world.controller.sync(KEY)

    world.controller.sync(KEY)
    assert len(world.pods()) == 2

    go_on()
    world.settle()
    assert len(world.pods()) == 2


def test_a_pod_that_was_gone_already_is_not_waited_for() -> None:
    world = World()
    world.settle()
    world.cluster.refuse = refusing(
        "delete", "pods", lambda gvr, obj: new_not_found(gvr.group_resource, obj["metadata"]["name"])
    )
    world.change(replicas=2)
    world.controller.sync(KEY)
    world.cluster.refuse = lambda verb, gvr, obj: None

    world.settle()

    assert len(world.pods()) == 2


@pytest.mark.parametrize(("verb", "replicas", "reason"), [("create", 5, "FailedCreate"), ("delete", 1, "FailedDelete")])
def test_a_failure_is_told_and_tried_again(verb: str, replicas: int, reason: str) -> None:
    world = World()
    world.settle()
    world.cluster.refuse = refusing(verb, "pods", quota)
    world.change(replicas=replicas)

    with pytest.raises(StatusError, match="quota"):
        world.controller.sync(KEY)

    condition = world.status["conditions"][0]
    assert (condition["type"], condition["status"], condition["reason"]) == ("ReplicaFailure", "True", reason)
    assert condition["message"] == "pods is forbidden: quota"
    assert ("Warning", reason) in [(kind, own) for kind, own, _ in world.cluster.events]

    world.cluster.refuse = lambda verb, gvr, obj: None
    world.settle()
    assert len(world.pods()) == replicas
    assert "conditions" not in world.status


def test_pods_are_tried_in_growing_batches() -> None:
    world = World(replicas=20)
    tries: list[str] = []

    def refuse(verb: str, gvr: Any, obj: Object) -> StatusError | None:
        if (verb, gvr) != ("create", PODS):
            return None
        tries.append(verb)
        return quota(gvr, obj) if len(tries) > 2 else None

    world.cluster.refuse = refuse

    with pytest.raises(StatusError):
        world.controller.sync(KEY)

    # One, then two; the second batch was the last.
    assert len(tries) == 3


def test_a_namespace_that_goes_away_is_nothing_to_tell() -> None:
    world = World()
    world.cluster.refuse = refusing("create", "pods", terminating)

    world.controller.process(KEY)

    assert world.cluster.events == []
    assert "conditions" not in world.status
    assert world.controller.queue.num_requeues(KEY) == 0


def test_nothing_is_made_for_one_that_is_being_deleted() -> None:
    world = World()
    world.cluster.mark_deleted(REPLICA_SETS, world.owner, finalizers=["foregroundDeletion"])

    world.settle()

    assert world.pods() == []


# Whose pods they are


def test_orphans_are_taken_in() -> None:
    world = World(replicas=1)
    world.orphan("stray")

    world.settle()

    assert world.owner_of("stray") == "d"
    assert len(world.pods()) == 1


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_finished_orphans_are_not(phase: str) -> None:
    world = World(replicas=1)
    world.orphan("stray", status={"phase": phase})

    world.settle()

    assert world.owner_of("stray") is None
    assert len(world.pods()) == 2


def test_pods_of_others_are_not() -> None:
    world = World(replicas=1)
    reference = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "e", "uid": "other", "controller": True}
    pod = {"metadata": {"name": "p", "labels": {"app": "a"}, "ownerReferences": [reference]}, "spec": {}}
    world.cluster.create(PODS, NAMESPACE, pod)

    world.settle()

    assert world.owner_of("p") == "e"
    assert world.status["replicas"] == 1
    assert len(world.pods()) == 2


def test_an_owner_that_is_deleted_in_fact_takes_nothing_in() -> None:
    world = World(replicas=0)
    world.orphan("stray")
    deltas(REPLICA_SETS, world.cluster)
    world.cluster.mark_deleted(REPLICA_SETS, world.owner, finalizers=["f"])

    world.controller.process(KEY)

    assert world.owner_of("stray") is None
    world.controller.stop()


def test_a_pod_that_no_longer_matches_is_let_go() -> None:
    world = World(replicas=1)
    world.settle()
    name = world.pods()[0]["metadata"]["name"]

    world.relabel(world.pods()[0], app="elsewhere")
    world.settle()

    assert world.owner_of(name) is None
    assert len(world.pods()) == 2
    assert world.status["replicas"] == 1


def test_other_owners_of_a_pod_that_is_let_go_stay() -> None:
    world = World(replicas=1)
    world.settle()
    pod = world.pods()[0]
    second = {"apiVersion": "v1", "kind": "ConfigMap", "name": "c", "uid": "c-uid"}
    references = [*pod["metadata"]["ownerReferences"], second]
    world.cluster.put(PODS, {**pod, "metadata": {**pod["metadata"], "labels": {}, "ownerReferences": references}})

    world.settle()

    assert world.owner_of(pod["metadata"]["name"]) == "c"


def test_an_orphan_is_a_matter_of_those_it_matches() -> None:
    world = World()
    world.controller.queue.done(world.controller.queue.get()[0] or "")
    world.orphan("stray")
    world.orphan("deleted", metadata={"name": "deleted", "labels": {"app": "b"}})

    assert queued(world.controller) == [KEY]


# What is told


def test_numbers_of_the_status() -> None:
    world = World(template=template(tier="x"))
    world.settle()
    first, second, third = world.pods()
    world.set_ready(first)
    world.set_ready(second)
    world.relabel(third, app="a")

    world.settle()

    assert world.status == {
        "replicas": 3,
        "fullyLabeledReplicas": 2,
        "readyReplicas": 2,
        "availableReplicas": 2,
        "terminatingReplicas": 0,
        "observedGeneration": 1,
    }


def test_a_pod_is_available_after_it_was_ready_for_long_enough() -> None:
    world = World(replicas=1, minReadySeconds=10)
    world.settle()
    world.ready()
    world.settle()
    assert "availableReplicas" not in world.status
    while len(world.controller.queue):
        world.controller.queue.done(world.controller.queue.get()[0] or "")

    world.cluster.clock.advance(10)
    assert world.controller.queue.get() == (KEY, False)
    world.controller.stop()
    world.settle()

    assert world.status["availableReplicas"] == 1


def test_one_that_is_gone_needs_nothing() -> None:
    world = World()
    world.cluster.delete(REPLICA_SETS, NAMESPACE, "d")
    before = len(world.cluster.writes)

    world.controller.sync(KEY)

    assert len(world.cluster.writes) == before


def test_replication_controllers_do_the_same() -> None:
    cluster = FakeCluster()
    controller = ReplicationControllerController(cluster.context())
    spec = {"replicas": 2, "selector": {"app": "a"}, "template": template()}
    body = {"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "d"}, "spec": spec}
    cluster.create(REPLICATION_CONTROLLERS, NAMESPACE, body)

    cluster.settle(controller, KEY)

    owners = [pod["metadata"]["ownerReferences"][0] for pod in cluster.list(PODS)]
    assert [(owner["apiVersion"], owner["kind"], owner["name"]) for owner in owners] == [
        ("v1", "ReplicationController", "d")
    ] * 2
    status = cluster.get(REPLICATION_CONTROLLERS, NAMESPACE, "d")["status"]
    assert status == {"replicas": 2, "fullyLabeledReplicas": 2, "observedGeneration": 1}

    cluster.delete(PODS, NAMESPACE, cluster.names(PODS)[0])
    assert controller.queue.get() == (KEY, False)
    cluster.settle(controller, KEY)
    assert len(cluster.list(PODS)) == 2
