"""StatefulSets: order, identity, claims, updates."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.controllers.resources import CLAIMS, CONTROLLER_REVISIONS, PODS, STATEFUL_SETS
from tests.unit.controllers.stateful import CLAIM, NAMESPACE
from tests.unit.controllers.stateful import StatefulWorld as World

Object = dict[str, Any]


def test_each_pod_waits_for_the_one_before() -> None:
    world = World()
    world.settle()
    assert world.pods() == ["s-0"]

    world.ready("s-0")
    world.settle()
    assert world.pods() == ["s-0", "s-1"]

    world.ready("s-1")
    world.settle()
    assert world.pods() == ["s-0", "s-1", "s-2"]
    assert ("Normal", "SuccessfulCreate", "create Pod s-2 in StatefulSet s successful") in world.cluster.events


def test_in_parallel_nobody_waits() -> None:
    world = World(podManagementPolicy="Parallel")

    world.settle()

    assert world.pods() == ["s-0", "s-1", "s-2"]


def test_numbers_can_start_elsewhere() -> None:
    world = World(podManagementPolicy="Parallel", replicas=2, ordinals={"start": 5})

    world.settle()

    assert world.pods() == ["s-5", "s-6"]


def test_a_pod_knows_who_it_is() -> None:
    world = World()
    world.settle()

    pod = world.pod("s-0")

    revision = world.stateful_set["status"]["updateRevision"]
    assert pod["metadata"]["labels"] == {
        "app": "a",
        "apps.kubernetes.io/pod-index": "0",
        "statefulset.kubernetes.io/pod-name": "s-0",
        "controller-revision-hash": revision,
    }
    assert (pod["spec"]["hostname"], pod["spec"]["subdomain"]) == ("s-0", "h")
    assert "generateName" not in pod["metadata"]


@pytest.mark.parametrize(("when_deleted", "owned"), [("Retain", False), ("Delete", True)])
def test_each_pod_has_its_claims(when_deleted: str, owned: bool) -> None:
    policy = {"whenDeleted": when_deleted, "whenScaled": "Retain"}
    world = World(volumeClaimTemplates=[CLAIM], persistentVolumeClaimRetentionPolicy=policy)

    world.settle()

    claim = world.cluster.get(CLAIMS, NAMESPACE, "data-s-0")
    assert claim["metadata"]["labels"] == {"app": "a"}
    assert claim["spec"] == CLAIM["spec"]
    assert ("ownerReferences" in claim["metadata"]) == owned
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data-s-0"}}]
    assert world.pod("s-0")["spec"]["volumes"] == volumes
    text = "create Claim data-s-0 Pod s-0 in StatefulSet s success"
    assert ("Normal", "SuccessfulCreate", text) in world.cluster.events


def test_a_claim_outlives_its_pod_and_is_used_again() -> None:
    world = World(volumeClaimTemplates=[CLAIM])
    world.grow()
    uid = world.cluster.get(CLAIMS, NAMESPACE, "data-s-2")["metadata"]["uid"]

    world.change(replicas=2)
    world.grow()
    assert world.pods() == ["s-0", "s-1"]
    world.change(replicas=3)
    world.grow()

    assert world.pods() == ["s-0", "s-1", "s-2"]
    assert world.cluster.get(CLAIMS, NAMESPACE, "data-s-2")["metadata"]["uid"] == uid


def test_claims_of_a_pod_too_many_go_with_it_where_that_is_asked_for() -> None:
    policy = {"whenDeleted": "Retain", "whenScaled": "Delete"}
    world = World(volumeClaimTemplates=[CLAIM], persistentVolumeClaimRetentionPolicy=policy)
    world.grow()
    uid = world.pod("s-2")["metadata"]["uid"]

    world.change(replicas=2)
    world.settle()

    owners = world.cluster.get(CLAIMS, NAMESPACE, "data-s-2")["metadata"]["ownerReferences"]
    assert [(owner["kind"], owner["name"], owner["uid"], owner["controller"]) for owner in owners] == [
        ("Pod", "s-2", uid, True)
    ]


def test_the_highest_number_goes_first() -> None:
    world = World()
    world.grow()
    world.change(replicas=0)

    world.controller.sync("default/s")
    assert world.pods() == ["s-0", "s-1"]

    world.settle()
    assert world.pods() == []
    deleted = [message for _, reason, message in world.cluster.events if reason == "SuccessfulDelete"]
    assert deleted == [f"delete Pod s-{n} in StatefulSet s successful" for n in (2, 1, 0)]


def test_a_rolling_update_replaces_one_pod_at_a_time_from_the_top() -> None:
    world = World()
    world.grow()
    world.set_image("v2")

    world.settle()
    assert world.images() == ["v1", "v1", "v2"]
    world.settle()
    assert world.images() == ["v1", "v1", "v2"]

    world.grow()
    assert world.images() == ["v2", "v2", "v2"]
    status = world.stateful_set["status"]
    assert status["currentRevision"] == status["updateRevision"]
    assert (status["currentReplicas"], status["updatedReplicas"], status["readyReplicas"]) == (3, 3, 3)


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}, ["v1", "v1", "v2"]),
        ({"type": "RollingUpdate", "rollingUpdate": {"partition": 3}}, ["v1", "v1", "v1"]),
        ({"type": "OnDelete"}, ["v1", "v1", "v1"]),
    ],
)
def test_strategies_that_hold_pods_back(strategy: Object, expected: list[str]) -> None:
    world = World(updateStrategy=strategy)
    world.grow()

    world.set_image("v2")
    world.grow()

    assert world.images() == expected


def test_on_delete_makes_the_next_pod_new() -> None:
    world = World(updateStrategy={"type": "OnDelete"})
    world.grow()
    world.set_image("v2")
    world.settle()

    world.cluster.delete(PODS, NAMESPACE, "s-1")
    world.grow()

    assert world.images() == ["v1", "v2", "v1"]


def test_a_pod_below_the_partition_comes_back_as_it_was() -> None:
    world = World(updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 1}})
    world.grow()
    world.set_image("v2")
    world.grow()

    world.cluster.delete(PODS, NAMESPACE, "s-0")
    world.grow()

    assert world.images() == ["v1", "v2", "v2"]


def test_going_back_renumbers_the_old_revision() -> None:
    world = World()
    world.grow()
    first = world.stateful_set["status"]["updateRevision"]
    world.set_image("v2")
    world.grow()

    world.set_image("v1")
    world.grow()

    revisions = {r["metadata"]["name"]: r["revision"] for r in world.cluster.list(CONTROLLER_REVISIONS)}
    assert len(revisions) == 2
    assert revisions[first] == 3
    assert world.stateful_set["status"]["currentRevision"] == first


def test_old_revisions_go_beyond_the_limit() -> None:
    world = World(revisionHistoryLimit=1)
    for image in ("v1", "v2", "v3", "v4"):
        world.set_image(image)
        world.grow()

    assert sorted(r["revision"] for r in world.cluster.list(CONTROLLER_REVISIONS)) == [3, 4]


def test_a_failed_pod_is_made_anew() -> None:
    world = World(replicas=1)
    world.settle()
    uid = world.pod("s-0")["metadata"]["uid"]
    world.cluster.put(PODS, {**world.pod("s-0"), "status": {"phase": "Failed"}})

    world.settle()

    assert world.pod("s-0")["metadata"]["uid"] != uid


def test_nothing_is_made_for_a_set_that_is_being_deleted() -> None:
    world = World()
    current = world.stateful_set
    meta = {**current["metadata"], "deletionTimestamp": "2026-01-01T00:00:00Z"}
    world.cluster.put(STATEFUL_SETS, {**current, "metadata": meta})

    world.settle()

    assert world.pods() == []
