"""A deployment's status: numbers, conditions, the deadline of progress; the arithmetic of shares."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.controllers.deployment import rolling
from mini_server.controllers.deployment.revisions import template_hash
from mini_server.controllers.resources import DEPLOYMENTS, PODS, REPLICA_SETS
from pykubectl.helpers.deployments import MAX_REPLICAS
from pykubectl.machinery.errors import new_forbidden
from pykubectl.machinery.values.time import format_time
from tests.unit.controllers.fakes import refusing
from tests.unit.controllers.workloads import KEY, DeploymentWorld, queued, template

Object = dict[str, Any]


def test_numbers_of_a_complete_rollout() -> None:
    world = DeploymentWorld()
    world.complete()

    conditions = world.status.pop("conditions")
    assert world.status == {
        "observedGeneration": 1,
        "replicas": 3,
        "updatedReplicas": 3,
        "readyReplicas": 3,
        "availableReplicas": 3,
        "terminatingReplicas": 0,
    }
    assert [(c["type"], c["status"], c["reason"], c["message"]) for c in conditions] == [
        ("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability."),
        ("Progressing", "True", "NewReplicaSetAvailable", f'ReplicaSet "{name(world)}" has successfully progressed.'),
    ]


def name(world: DeploymentWorld, image: str = "v1") -> str:
    found: str = world.replica_set(image)["metadata"]["name"]
    return found


def test_numbers_in_the_middle_of_a_rollout() -> None:
    world = DeploymentWorld()
    world.complete()
    world.roll_out("v2")
    world.settle()

    status = {key: value for key, value in world.status.items() if key != "conditions"}
    assert status == {
        "observedGeneration": 2,
        "replicas": 4,
        "updatedReplicas": 1,
        "readyReplicas": 3,
        "availableReplicas": 3,
        "unavailableReplicas": 1,
        "terminatingReplicas": 0,
    }


def test_a_beginning_is_noted() -> None:
    world = DeploymentWorld()

    world.deployments.sync(KEY)

    assert world.condition("Progressing") == ("True", "NewReplicaSetCreated")
    assert world.condition("Available") == ("False", "MinimumReplicasUnavailable")
    # What ReplicaSets have not told yet is not told.
    assert "terminatingReplicas" not in world.status


def test_each_rollout_begins_anew() -> None:
    world = DeploymentWorld()
    world.complete()
    since = next(c for c in world.status["conditions"] if c["type"] == "Progressing")["lastTransitionTime"]
    world.roll_out("v2")

    world.deployments.sync(KEY)

    condition = next(c for c in world.status["conditions"] if c["type"] == "Progressing")
    assert condition["reason"] == "NewReplicaSetCreated"
    assert condition["message"] == f'Created new replica set "{name(world, "v2")}"'
    assert (condition["lastTransitionTime"], condition["lastUpdateTime"]) == (
        since,
        format_time(world.cluster.clock.now()),
    )


def test_a_rollout_without_progress_fails_at_its_deadline() -> None:
    world = DeploymentWorld()
    world.complete()
    world.roll_out("broken")
    world.settle()
    world.cluster.clock.advance(600)
    world.settle()
    assert world.condition("Progressing")[0] == "True"

    world.cluster.clock.advance(2)
    world.settle()

    assert world.condition("Progressing") == ("False", "ProgressDeadlineExceeded")
    message = next(c["message"] for c in world.status["conditions"] if c["type"] == "Progressing")
    assert message == f'ReplicaSet "{name(world, "broken")}" has timed out progressing.'


def test_every_progress_moves_the_deadline() -> None:
    world = DeploymentWorld()
    world.settle()
    for pod in world.pods():
        world.cluster.clock.advance(400)
        world.set_ready(pod)
        world.settle()

    assert world.condition("Progressing") == ("True", "NewReplicaSetAvailable")


def test_the_deadline_is_looked_at_when_it_comes() -> None:
    world = DeploymentWorld()
    world.settle()
    drain(world)
    world.cluster.clock.advance(602)

    # The delaying thread polls the fake clock; a second look is not needed where the item is due already.
    assert world.deployments.queue.get()[0] == KEY
    world.deployments.stop()


def drain(world: DeploymentWorld) -> None:
    while len(world.deployments.queue):
        world.deployments.queue.done(world.deployments.queue.get()[0] or "")


def test_a_failed_rollout_recovers() -> None:
    world = DeploymentWorld()
    world.settle()
    world.cluster.clock.advance(700)
    world.settle()
    assert world.condition("Progressing")[0] == "False"

    world.complete()

    assert world.condition("Progressing") == ("True", "NewReplicaSetAvailable")


def test_a_pause_does_not_hide_that_the_deadline_has_passed() -> None:
    world = DeploymentWorld()
    world.settle()
    world.cluster.clock.advance(700)
    world.settle()

    world.change(paused=True)
    world.settle()

    assert world.condition("Progressing") == ("False", "ProgressDeadlineExceeded")


@pytest.mark.parametrize("deadline", [None, 2**31 - 1])
def test_without_a_deadline_progress_is_not_told(deadline: int | None) -> None:
    world = DeploymentWorld()
    world.complete()

    world.change(progressDeadlineSeconds=deadline)
    world.settle()

    assert [c["type"] for c in world.status["conditions"]] == ["Available"]


def test_a_pod_lost_later_is_no_rollout() -> None:
    world = DeploymentWorld()
    world.complete()

    world.set_ready(world.pods()[0], ready=False)
    world.settle()

    assert world.condition("Progressing") == ("True", "NewReplicaSetAvailable")
    assert world.condition("Available") == ("False", "MinimumReplicasUnavailable")


@pytest.mark.parametrize(("lost", "available"), [(1, "True"), (2, "False")])
def test_availability_allows_for_what_may_be_unavailable(lost: int, available: str) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}}
    world = DeploymentWorld(strategy=strategy)
    world.complete()

    for pod in world.pods()[:lost]:
        world.set_ready(pod, ready=False)
    world.settle()

    assert world.condition("Available")[0] == available


def test_what_keeps_pods_from_being_made_is_told_until_it_passes() -> None:
    world = DeploymentWorld()
    world.cluster.refuse = refusing("create", "pods", lambda gvr, obj: new_forbidden(gvr.group_resource, "", "quota"))
    world.deployments.sync(KEY)
    world.replica_sets.process(f"default/{name(world)}")
    world.deployments.sync(KEY)

    failure = next(c for c in world.status["conditions"] if c["type"] == "ReplicaFailure")
    assert (failure["status"], failure["reason"], failure["message"]) == (
        "True",
        "FailedCreate",
        "pods is forbidden: quota",
    )

    world.cluster.refuse = lambda verb, gvr, obj: None
    world.complete()
    assert "ReplicaFailure" not in [c["type"] for c in world.status["conditions"]]
    world.replica_sets.stop()


def test_pods_on_their_way_out_are_counted() -> None:
    world = DeploymentWorld()
    world.complete()
    world.cluster.put(PODS, {**(pod := world.pods()[0]), "metadata": {**pod["metadata"], "finalizers": ["slow"]}})
    world.cluster.mark_deleted(PODS, world.pods()[0])

    world.settle()

    assert world.status["terminatingReplicas"] == 1
    assert world.status["replicas"] == 3


def test_a_status_is_not_written_twice() -> None:
    world = DeploymentWorld()
    world.complete()
    world.settle()
    before = len(world.cluster.writes)

    world.deployments.sync(KEY)

    assert len(world.cluster.writes) == before
    assert world.deployment == world.cluster.get(DEPLOYMENTS, "default", "d")


def test_an_orphaned_replica_set_is_looked_at() -> None:
    world = DeploymentWorld()
    drain(world)

    orphan = {"metadata": {"name": "o", "labels": {"app": "a"}}, "spec": {"template": template()}}
    world.cluster.create(REPLICA_SETS, "default", orphan)

    assert queued(world.deployments) == [KEY]


# Arithmetic


def deployment(replicas: int, surge: Any = "25%", unavailable: Any = "25%", kind: str = "RollingUpdate") -> Object:
    strategy = {"type": kind, "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    return {"spec": {"replicas": replicas, "strategy": strategy}}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (deployment(10), (3, 2)),
        (deployment(3), (1, 0)),
        (deployment(10, 0, "1%"), (0, 1)),
        (deployment(0, 0, 0), (0, 0)),
        (deployment(2, 1, 5), (1, 2)),
        (deployment(3, 1, 1, "Recreate"), (0, 0)),
    ],
)
def test_surge_and_unavailability(given: Object, expected: tuple[int, int]) -> None:
    assert rolling.fenceposts(given) == expected


def replica_set(number: int, replicas: int, before: int) -> Object:
    meta = {"name": f"rs-{number}", "creationTimestamp": f"2026-01-01T00:00:0{number}Z"}
    return {"metadata": {**meta, "annotations": {MAX_REPLICAS: str(before)}}, "spec": {"replicas": replicas}}


@pytest.mark.parametrize(
    ("replicas", "before", "sizes", "expected"),
    [
        (12, 10, [10], {"rs-0": 12}),
        (8, 10, [10], {"rs-0": 8}),
        (20, 10, [5, 5], {"rs-0": 10, "rs-1": 10}),
        (5, 10, [5, 5], {"rs-0": 2, "rs-1": 3}),
        (100, 10, [5, 2, 3], {"rs-0": 50, "rs-1": 20, "rs-2": 30}),
        # Halves are rounded up, what is then too much is taken from the largest.
        (11, 10, [5, 5], {"rs-1": 6}),
        (0, 10, [5, 5], {"rs-0": 0, "rs-1": 0}),
        (10, 10, [5, 5], {}),
    ],
)
def test_shares_of_a_scaling(replicas: int, before: int, sizes: list[int], expected: dict[str, int]) -> None:
    sets = [replica_set(number, size, before) for number, size in enumerate(sizes)]
    assert rolling.proportional(deployment(replicas, 0, 1), sets) == expected


def test_templates_are_told_apart_by_their_hash() -> None:
    first = template_hash(template("v1"), None)
    assert first == template_hash(template("v1"), 0)
    assert len({first, template_hash(template("v2"), None), template_hash(template("v1"), 1)}) == 3
