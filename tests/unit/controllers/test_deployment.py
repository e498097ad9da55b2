"""Deployments: rollouts, revisions, pausing, scaling, what is cleared away."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.controllers.deployment.revisions import annotations_for
from mini_server.controllers.resources import DEPLOYMENTS, PODS, REPLICA_SETS
from pykubectl.helpers.deployments import REVISION_ANNOTATION, REVISION_HISTORY
from pykubectl.machinery.errors import StatusError, new_forbidden
from tests.unit.controllers.fakes import Write, refusing, terminating
from tests.unit.controllers.workloads import (
    KEY,
    NAMESPACE,
    DeploymentWorld,
    deltas,
    queued,
    template,
    workload,
)

Object = dict[str, Any]

RECREATE = {"type": "Recreate"}


def rolling(surge: int | str, unavailable: int | str) -> Object:
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}


def notes(obj: Object) -> dict[str, str]:
    found: dict[str, str] = obj["metadata"].get("annotations") or {}
    return found


def test_the_first_replica_set_is_made_whole() -> None:
    world = DeploymentWorld()
    world.deployments.sync(KEY)

    replica_set = world.replica_set("v1")

    meta, digest = replica_set["metadata"], replica_set["metadata"]["labels"]["pod-template-hash"]
    assert meta["name"] == f"d-{digest}"
    assert meta["ownerReferences"][0]["name"] == "d"
    assert notes(replica_set) == {
        "deployment.kubernetes.io/desired-replicas": "3",
        "deployment.kubernetes.io/max-replicas": "4",
        REVISION_ANNOTATION: "1",
    }
    assert replica_set["spec"]["replicas"] == 3
    assert replica_set["spec"]["selector"]["matchLabels"] == {"app": "a", "pod-template-hash": digest}
    assert replica_set["spec"]["template"]["metadata"]["labels"] == {"app": "a", "pod-template-hash": digest}
    assert notes(world.deployment)[REVISION_ANNOTATION] == "1"
    message = f"Scaled up replica set d-{digest} from 0 to 3"
    assert world.cluster.events == [("Normal", "ScalingReplicaSet", message)]


def test_annotations_of_the_deployment_reach_its_new_replica_set() -> None:
    world = DeploymentWorld()
    meta = world.deployment["metadata"]
    noted = {"team": "shop", "kubectl.kubernetes.io/last-applied-configuration": "{}"}
    world.cluster.put(DEPLOYMENTS, {**world.deployment, "metadata": {**meta, "annotations": noted}})

    world.deployments.sync(KEY)

    assert notes(world.replica_set("v1")).get("team") == "shop"
    assert "kubectl.kubernetes.io/last-applied-configuration" not in notes(world.replica_set("v1"))


@pytest.mark.parametrize(
    ("strategy", "steps"),
    [
        (rolling(1, 0), [{"v1": 3, "v2": 1}, {"v1": 2, "v2": 2}, {"v1": 1, "v2": 3}, {"v2": 3}]),
        (rolling(0, 1), [{"v1": 2, "v2": 1}, {"v1": 1, "v2": 2}, {"v2": 3}]),
        (rolling("100%", 0), [{"v1": 3, "v2": 3}, {"v2": 3}]),
        (rolling(3, 3), [{"v2": 3}]),
        (rolling("25%", "25%"), [{"v1": 3, "v2": 1}, {"v1": 2, "v2": 2}, {"v1": 1, "v2": 3}, {"v2": 3}]),
    ],
)
def test_a_rolling_update_keeps_within_its_bounds(strategy: Object, steps: list[dict[str, int]]) -> None:
    world = DeploymentWorld(strategy=strategy)
    world.complete()
    world.roll_out("v2")

    for sizes in steps:
        world.settle()
        assert world.sizes() == sizes
        world.ready()


def test_pods_that_never_became_ready_go_first() -> None:
    world = DeploymentWorld(strategy=rolling(1, 1))
    world.complete()
    world.roll_out("broken")
    world.settle()
    assert world.sizes() == {"v1": 2, "broken": 2}

    world.roll_out("v3")
    world.settle()

    assert world.sizes() == {"v1": 2, "v3": 2}


def test_recreate_waits_for_the_last_old_pod() -> None:
    world = DeploymentWorld(strategy=RECREATE)
    world.complete()
    for pod in world.pods():
        meta = {**pod["metadata"], "finalizers": ["slow"]}
        world.cluster.put(PODS, {**pod, "metadata": meta})
    world.roll_out("v2")
    world.settle()
    assert world.sizes() == {}
    assert len(world.pods()) == 3

    for pod in world.pods():
        world.cluster.put(PODS, {**pod, "metadata": {**pod["metadata"], "finalizers": []}})
    world.settle()

    assert world.sizes() == {"v2": 3}
    assert len(world.pods()) == 3


def test_the_end_of_an_old_pod_lets_a_recreation_go_on() -> None:
    world = DeploymentWorld(strategy=RECREATE)
    world.settle()
    queued_before = world.deployments.queue
    while len(queued_before):
        queued_before.done(queued_before.get()[0] or "")

    world.cluster.delete(PODS, NAMESPACE, world.pods()[0]["metadata"]["name"])

    assert queued(world.deployments) == [KEY]


def test_going_back_takes_the_old_replica_set_again() -> None:
    world = DeploymentWorld()
    world.complete()
    first = world.replica_set("v1")["metadata"]["name"]
    world.roll_out("v2")
    world.complete()

    world.roll_out("v1")
    world.complete()

    assert world.sizes() == {"v1": 3}
    again = world.replica_set("v1")
    assert again["metadata"]["name"] == first
    assert (notes(again)[REVISION_ANNOTATION], notes(again)[REVISION_HISTORY]) == ("3", "1")
    assert notes(world.deployment)[REVISION_ANNOTATION] == "3"


def test_the_history_of_revisions_has_a_bound() -> None:
    history = ",".join(str(number) for number in range(1, 700))[:1999].rstrip(",")

    result = annotations_for({"metadata": {}}, {REVISION_ANNOTATION: "9999", REVISION_HISTORY: history}, 10000)

    assert result[REVISION_HISTORY].endswith(",9999")
    assert len(result[REVISION_HISTORY]) <= 2000
    assert not result[REVISION_HISTORY].startswith("1,")


@pytest.mark.parametrize(("limit", "left"), [(0, ["v4"]), (1, ["v3", "v4"]), (None, ["v1", "v2", "v3", "v4"])])
def test_old_replica_sets_go_beyond_the_limit(limit: int | None, left: list[str]) -> None:
    world = DeploymentWorld(revisionHistoryLimit=limit)
    for image in ("v1", "v2", "v3", "v4"):
        world.roll_out(image)
        world.complete()

    sets = world.cluster.list(REPLICA_SETS)
    assert sorted(rs["spec"]["template"]["spec"]["containers"][0]["image"] for rs in sets) == left


def test_a_replica_set_whose_last_change_was_not_seen_yet_is_not_cleared_away() -> None:
    world = DeploymentWorld(revisionHistoryLimit=0, strategy=rolling(3, 3))
    world.complete()
    world.roll_out("v2")
    world.complete()
    world.change(revisionHistoryLimit=1)
    world.roll_out("v1")
    world.complete()
    old = world.replica_set("v2")
    world.cluster.put(REPLICA_SETS, {**old, "status": {**old["status"], "observedGeneration": 0}})
    world.change(revisionHistoryLimit=0)

    world.deployments.sync(KEY)
    world.deployments.sync(KEY)

    assert "v2" in {rs["spec"]["template"]["spec"]["containers"][0]["image"] for rs in world.cluster.list(REPLICA_SETS)}


def test_a_paused_deployment_stays_as_it_is() -> None:
    world = DeploymentWorld()
    world.complete()
    world.change(paused=True)
    world.roll_out("v2")

    world.settle()

    assert world.sizes() == {"v1": 3}
    assert world.condition("Progressing") == ("Unknown", "DeploymentPaused")

    world.change(paused=False)
    world.deployments.sync(KEY)
    assert world.condition("Progressing") == ("Unknown", "DeploymentResumed")
    world.complete()
    assert world.sizes() == {"v2": 3}
    assert world.condition("Progressing") == ("True", "NewReplicaSetAvailable")


@pytest.mark.parametrize("update", [False, True])
def test_a_paused_deployment_can_be_scaled(update: bool) -> None:
    world = DeploymentWorld(replicas=0)
    world.complete()
    world.change(paused=True)
    if update:
        world.roll_out("v2")

    world.change(replicas=2)
    world.settle()

    assert world.sizes() == {"v1": 2}


def test_scaling_in_the_middle_of_a_rollout_gives_each_its_share() -> None:
    world = DeploymentWorld(replicas=10, strategy=rolling(3, 2))
    world.complete()
    world.roll_out("v2")
    world.settle()
    assert world.sizes() == {"v1": 8, "v2": 5}

    world.change(replicas=15)
    world.deployments.sync(KEY)

    assert world.sizes() == {"v1": 11, "v2": 7}


def test_scaling_to_nothing_in_the_middle_of_a_rollout() -> None:
    world = DeploymentWorld(replicas=10, strategy=rolling(3, 2))
    world.complete()
    world.roll_out("v2")
    world.settle()

    world.change(replicas=0)
    world.complete()

    assert world.sizes() == {}


def test_a_lagging_cache_makes_no_second_replica_set() -> None:
    world = DeploymentWorld()
    go_on = deltas(REPLICA_SETS, world.cluster)
    world.deployments.sync(KEY)

    world.deployments.sync(KEY)

    go_on()
    assert len(world.cluster.list(REPLICA_SETS)) == 1
    assert "collisionCount" not in world.status


def test_a_name_that_is_taken_is_avoided() -> None:
    world = DeploymentWorld()
    world.deployments.sync(KEY)
    name = world.replica_set("v1")["metadata"]["name"]
    world.cluster.delete(REPLICA_SETS, NAMESPACE, name)
    stranger = workload("ReplicaSet", selector={"matchLabels": {"app": "b"}}, template=template(app="b"))
    stranger["metadata"] = {"name": name, "labels": {"app": "b"}}
    world.cluster.create(REPLICA_SETS, NAMESPACE, stranger)

    world.settle()

    assert world.status["collisionCount"] == 1
    assert len(world.cluster.list(REPLICA_SETS)) == 2
    assert len(world.pods()) == 6


def test_a_replica_set_that_cannot_be_made_is_told_of() -> None:
    world = DeploymentWorld()
    world.cluster.refuse = refusing(
        "create", "replicasets", lambda gvr, obj: new_forbidden(gvr.group_resource, "rs", "quota")
    )

    with pytest.raises(StatusError):
        world.deployments.sync(KEY)

    assert world.condition("Progressing") == ("False", "ReplicaSetCreateError")
    assert world.cluster.reasons() == ["ReplicaSetCreateError"]


def test_a_namespace_that_goes_away_is_nothing_to_tell() -> None:
    world = DeploymentWorld()
    world.cluster.refuse = refusing("create", "replicasets", terminating)

    world.deployments.process(KEY)

    assert world.cluster.events == []
    assert world.cluster.writes == [Write("create", "deployments", "d")]
    assert world.deployments.queue.num_requeues(KEY) == 0


def test_an_orphan_of_the_same_template_is_taken_in() -> None:
    world = DeploymentWorld()
    orphan = workload("ReplicaSet")
    orphan["metadata"] = {"name": "orphan", "labels": {"app": "a"}}
    world.cluster.create(REPLICA_SETS, NAMESPACE, orphan)

    world.complete()

    adopted = world.cluster.get(REPLICA_SETS, NAMESPACE, "orphan")
    assert adopted["metadata"]["ownerReferences"][0]["name"] == "d"
    assert len(world.cluster.list(REPLICA_SETS)) == 1
    assert world.status["readyReplicas"] == 3


def test_a_deployment_being_deleted_only_tells_its_status() -> None:
    world = DeploymentWorld()
    world.complete()
    world.roll_out("v2")
    world.cluster.mark_deleted(DEPLOYMENTS, world.deployment, finalizers=["foregroundDeletion"])

    world.settle()

    assert world.sizes() == {"v1": 3}
    assert world.status["observedGeneration"] == world.deployment["metadata"]["generation"]


def test_seconds_of_readiness_are_handed_down() -> None:
    world = DeploymentWorld()
    world.complete()

    world.change(minReadySeconds=7)
    world.deployments.sync(KEY)

    assert world.replica_set("v1")["spec"]["minReadySeconds"] == 7
    assert template()["spec"] == world.replica_set("v1")["spec"]["template"]["spec"]
