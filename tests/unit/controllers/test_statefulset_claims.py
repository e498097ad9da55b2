"""StatefulSets: with whom claims go, and what happens when something is in the way."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.controllers.resources import CLAIMS, PODS
from pykubectl.machinery.errors import StatusError, new_already_exists, new_internal_error
from tests.unit.controllers.fakes import refusing, terminating
from tests.unit.controllers.stateful import CLAIM, NAMESPACE
from tests.unit.controllers.stateful import StatefulWorld as World

Object = dict[str, Any]


def policy(when_deleted: str, when_scaled: str) -> Object:
    return {"whenDeleted": when_deleted, "whenScaled": when_scaled}


def with_claims(when_deleted: str = "Retain", when_scaled: str = "Retain", **spec: Any) -> World:
    retention = policy(when_deleted, when_scaled)
    return World(volumeClaimTemplates=[CLAIM], persistentVolumeClaimRetentionPolicy=retention, **spec)


def owners(world: World, name: str) -> list[str]:
    meta = world.cluster.get(CLAIMS, NAMESPACE, name)["metadata"]
    return [owner["kind"] for owner in meta.get("ownerReferences") or []]


@pytest.mark.parametrize(
    ("when_deleted", "when_scaled", "kept", "surplus"),
    [
        ("Retain", "Retain", [], []),
        ("Delete", "Retain", ["StatefulSet"], ["StatefulSet"]),
        ("Retain", "Delete", [], ["Pod"]),
        ("Delete", "Delete", ["StatefulSet"], ["Pod"]),
    ],
)
def test_with_whom_claims_go(when_deleted: str, when_scaled: str, kept: list[str], surplus: list[str]) -> None:
    world = with_claims(when_deleted, when_scaled, replicas=2)
    world.grow()
    assert owners(world, "data-s-1") == kept

    world.change(replicas=1)
    world.settle()

    assert owners(world, "data-s-0") == kept
    assert owners(world, "data-s-1") == surplus


def test_a_changed_policy_is_followed() -> None:
    world = with_claims("Delete", "Retain", replicas=1)
    world.grow()

    world.change(persistentVolumeClaimRetentionPolicy=policy("Retain", "Retain"))
    world.settle()
    assert owners(world, "data-s-0") == []

    world.change(persistentVolumeClaimRetentionPolicy=policy("Delete", "Retain"))
    world.settle()
    assert owners(world, "data-s-0") == ["StatefulSet"]


@pytest.mark.parametrize(
    "owner",
    [
        {"apiVersion": "example.com/v1", "kind": "Backup", "name": "b", "uid": "b-uid", "controller": True},
        {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "s", "uid": "earlier", "controller": True},
    ],
)
def test_a_claim_of_somebody_else_is_left_to_them(owner: Object) -> None:
    world = with_claims("Delete", "Delete", replicas=1)
    meta = {"name": "data-s-0", "ownerReferences": [owner]}
    world.cluster.create(CLAIMS, NAMESPACE, {"metadata": meta, "spec": CLAIM["spec"]})

    world.grow()

    assert world.cluster.get(CLAIMS, NAMESPACE, "data-s-0")["metadata"]["ownerReferences"] == [owner]


def test_other_owners_stay_beside_the_set() -> None:
    world = with_claims("Delete", "Retain", replicas=1)
    other = {"apiVersion": "v1", "kind": "ConfigMap", "name": "c", "uid": "c-uid"}
    meta = {"name": "data-s-0", "ownerReferences": [other]}
    world.cluster.create(CLAIMS, NAMESPACE, {"metadata": meta, "spec": CLAIM["spec"]})

    world.grow()

    assert owners(world, "data-s-0") == ["ConfigMap", "StatefulSet"]


def test_a_claim_that_goes_with_an_earlier_pod_is_waited_for() -> None:
    world = with_claims("Retain", "Delete", replicas=2)
    world.grow()
    world.change(replicas=1)
    world.settle()
    assert world.pods() == ["s-0"]

    world.change(replicas=2)
    world.settle()
    assert world.pods() == ["s-0"]

    world.cluster.delete(CLAIMS, NAMESPACE, "data-s-1")
    world.settle()
    assert world.pods() == ["s-0", "s-1"]
    assert owners(world, "data-s-1") == []


def test_a_claim_on_its_way_out_is_not_used() -> None:
    world = with_claims(replicas=1)
    claim = {"metadata": {"name": "data-s-0", "finalizers": ["f"]}, "spec": CLAIM["spec"]}
    world.cluster.mark_deleted(CLAIMS, world.cluster.create(CLAIMS, NAMESPACE, claim))

    with pytest.raises(StatusError, match="pvc data-s-0 is being deleted"):
        world.settle()

    assert world.pods() == []


def test_a_claim_that_the_cache_lacks_is_used() -> None:
    world = with_claims(replicas=1)
    world.cluster.informer(CLAIMS).frozen = True
    world.cluster.create(CLAIMS, NAMESPACE, {"metadata": {"name": "data-s-0"}, "spec": CLAIM["spec"]})

    world.settle()

    assert world.pods() == ["s-0"]


def test_what_cannot_be_made_is_told() -> None:
    world = World(replicas=1)
    world.cluster.refuse = refusing("create", "pods", lambda gvr, obj: new_internal_error("no"))

    with pytest.raises(StatusError):
        world.settle()

    text = "create Pod s-0 in StatefulSet s failed error: Internal error occurred: no"
    assert world.cluster.events == [("Warning", "FailedCreate", text)]


@pytest.mark.parametrize("error", [terminating, lambda gvr, obj: new_already_exists(gvr.group_resource, "s-0")])
def test_what_is_there_or_need_not_be_is_not(error: Any) -> None:
    world = World(replicas=1)
    world.cluster.refuse = refusing("create", "pods", error)

    with pytest.raises(StatusError):
        world.settle()

    assert world.cluster.events == []


def test_a_pod_missing_below_the_partition_ends_no_update() -> None:
    world = World(updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 1}})
    world.grow()
    first = world.stateful_set["status"]["currentRevision"]
    world.set_image("v2")
    world.grow()
    world.cluster.refuse = refusing("create", "pods", lambda gvr, obj: new_internal_error("no"))
    world.cluster.delete(PODS, NAMESPACE, "s-0")
    with pytest.raises(StatusError):
        world.settle()

    assert world.stateful_set["status"]["currentRevision"] == first
    world.cluster.refuse = lambda verb, gvr, obj: None
    world.grow()
    assert world.images() == ["v1", "v2", "v2"]


def test_in_parallel_pods_on_their_way_out_stop_no_update() -> None:
    world = World(podManagementPolicy="Parallel")
    world.settle()
    world.ready()
    last = world.pod("s-2")
    world.cluster.put(PODS, {**last, "metadata": {**last["metadata"], "finalizers": ["slow"]}})
    world.change(replicas=2)
    world.settle()
    world.set_image("v2")

    world.settle()

    # The surplus pod is still there; the update goes on beside it.
    assert "v2" in world.images()
    assert "s-2" in world.pods()
