"""Claims, volumes and attributes classes in use stay."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.controllers.resources import ATTRIBUTES_CLASSES, CLAIMS, PODS, VOLUMES
from mini_server.controllers.volumeprotection.controller import (
    AttributesClassProtectionController,
    ClaimProtectionController,
    VolumeProtectionController,
)
from tests.unit.controllers.fakes import FakeCluster

Object = dict[str, Any]

NOW = "2026-01-01T00:00:00Z"


def deleting(name: str, finalizer: str, **fields: Any) -> Object:
    return {"metadata": {"name": name, "deletionTimestamp": NOW, "finalizers": ["other", finalizer]}, **fields}


def pod(**fields: Any) -> Object:
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]
    return {"metadata": {"name": "p"}, "spec": {"nodeName": "n", "volumes": volumes}, **fields}


def claim_finalizers(cluster: FakeCluster) -> list[str]:
    ClaimProtectionController(cluster.context()).sync("ns/c")
    finalizers: list[str] = cluster.get(CLAIMS, "ns", "c")["metadata"]["finalizers"]
    return finalizers


def test_a_claim_is_protected_from_the_beginning() -> None:
    cluster = FakeCluster()
    cluster.create(CLAIMS, "ns", {"metadata": {"name": "c"}})
    assert claim_finalizers(cluster) == ["kubernetes.io/pvc-protection"]


@pytest.mark.parametrize(
    ("user", "held"),
    [
        (None, False),
        (pod(), True),
        (pod(status={"phase": "Succeeded"}), False),
        (pod(spec={"volumes": pod()["spec"]["volumes"]}), False),
        (pod(spec={"nodeName": "n"}), False),
    ],
)
def test_a_claim_is_held_by_a_running_pod(user: Object | None, held: bool) -> None:
    cluster = FakeCluster()
    cluster.create(CLAIMS, "ns", deleting("c", "kubernetes.io/pvc-protection"))
    if user is not None:
        cluster.create(PODS, "ns", user)
        if "status" in user:
            cluster.put(PODS, {**cluster.get(PODS, "ns", "p"), "status": user["status"]})
    assert claim_finalizers(cluster) == ["other", *(["kubernetes.io/pvc-protection"] if held else [])]


def test_a_change_of_a_pod_is_looked_at_for_its_claims() -> None:
    cluster = FakeCluster()
    controller = ClaimProtectionController(cluster.context())
    cluster.create(PODS, "ns", pod())
    assert controller.queue.get() == ("ns/c", False)


@pytest.mark.parametrize(("phase", "held"), [("Bound", True), ("Released", False)])
def test_a_volume_is_held_while_it_is_bound(phase: str, held: bool) -> None:
    cluster = FakeCluster()
    cluster.create(VOLUMES, "", deleting("v", "kubernetes.io/pv-protection", status={"phase": phase}))
    VolumeProtectionController(cluster.context()).sync("v")
    assert ("kubernetes.io/pv-protection" in cluster.get(VOLUMES, "", "v")["metadata"]["finalizers"]) is held


@pytest.mark.parametrize(("name", "held"), [("a", True), ("b", False)])
def test_an_attributes_class_is_held_by_who_names_it(name: str, held: bool) -> None:
    cluster = FakeCluster()
    cluster.create(ATTRIBUTES_CLASSES, "", deleting("a", "kubernetes.io/vac-protection"))
    cluster.create(CLAIMS, "ns", {"metadata": {"name": "c"}, "spec": {"volumeAttributesClassName": name}})
    AttributesClassProtectionController(cluster.context()).sync("a")
    finalizers = cluster.get(ATTRIBUTES_CLASSES, "", "a")["metadata"]["finalizers"]
    assert ("kubernetes.io/vac-protection" in finalizers) is held
