"""Namespaces are emptied, then let go; live ones get what each needs."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.controllers.context import DeletableResource
from mini_server.controllers.namespace.controller import GRACE, NamespaceController, retry_after
from mini_server.controllers.resources import CONFIG_MAPS, NAMESPACES, NODES, PODS, SERVICE_ACCOUNTS, SERVICES
from mini_server.controllers.serviceaccount.controller import RootCACertPublisher, ServiceAccountController
from pykubectl.machinery.errors import StatusError, new_internal_error, new_service_unavailable
from pykubectl.machinery.schema import GroupVersionResource
from tests.unit.controllers.fakes import FakeCluster, refusing, terminating
from tests.unit.controllers.workloads import queued

Object = dict[str, Any]

LEASES = GroupVersionResource("coordination.k8s.io", "v1", "leases")
ALL = frozenset(("delete", "deletecollection", "list", "watch"))
RESOURCES = [
    DeletableResource(SERVICES, "Service", True, ALL - {"deletecollection"}),
    DeletableResource(PODS, "Pod", True, ALL),
    DeletableResource(CONFIG_MAPS, "ConfigMap", True, ALL),
    DeletableResource(LEASES, "Lease", True, ALL),
    DeletableResource(NODES, "Node", False, ALL),
]


class World:
    """A namespace ``ns`` that is being deleted."""

    def __init__(self) -> None:
        self.cluster = FakeCluster()
        self.cluster.resources = list(RESOURCES)
        self.controller = NamespaceController(self.cluster.context())
        meta = {"name": "ns", "deletionTimestamp": "2026-01-01T00:00:00Z"}
        body = {"metadata": meta, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Terminating"}}
        self.cluster.create(NAMESPACES, "", body)

    @property
    def namespace(self) -> Object:
        return self.cluster.get(NAMESPACES, "", "ns")

    @property
    def finalizers(self) -> list[str]:
        found: list[str] = self.namespace["spec"]["finalizers"]
        return found

    def add(self, gvr: GroupVersionResource, name: str, namespace: str = "ns", **metadata: Any) -> Object:
        return self.cluster.create(gvr, namespace, {"metadata": {"name": name, **metadata}})

    def sync(self) -> None:
        self.controller.sync("ns")

    def failures(self) -> dict[str, tuple[str, str]]:
        """Reason and message of the conditions that are True."""
        conditions = self.namespace["status"]["conditions"]
        return {c["type"]: (c["reason"], c["message"]) for c in conditions if c["status"] == "True"}


def test_everything_goes_then_the_finalizer() -> None:
    world = World()
    for gvr, name in ((PODS, "p"), (SERVICES, "s"), (CONFIG_MAPS, "c"), (LEASES, "l")):
        world.add(gvr, name)
        world.add(gvr, name, namespace="other")
    world.add(NODES, "n", namespace="")

    world.sync()

    left = [world.cluster.names(r.gvr) for r in RESOURCES]
    assert left == [["s"], ["p"], ["c"], ["l"], ["n"]]
    assert world.finalizers == []
    assert world.failures() == {}


def test_conditions_when_all_is_well() -> None:
    world = World()
    world.sync()

    conditions = world.namespace["status"]["conditions"]
    assert [(c["type"], c["status"], c["reason"], c["message"]) for c in conditions] == [
        (
            "NamespaceDeletionDiscoveryFailure",
            "False",
            "ResourcesDiscovered",
            "All resources successfully discovered",
        ),
        (
            "NamespaceDeletionGroupVersionParsingFailure",
            "False",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        (
            "NamespaceDeletionContentFailure",
            "False",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        ),
        ("NamespaceContentRemaining", "False", "ContentRemoved", "All content successfully removed"),
        (
            "NamespaceFinalizersRemaining",
            "False",
            "ContentHasNoFinalizers",
            "All content-preserving finalizers finished",
        ),
    ]


def test_what_keeps_a_namespace_is_told() -> None:
    world = World()
    world.add(CONFIG_MAPS, "a", finalizers=["example.com/f", "example.com/g"])
    world.add(LEASES, "b", finalizers=["example.com/f"])

    world.sync()

    assert world.failures() == {
        "NamespaceContentRemaining": (
            "SomeResourcesRemain",
            "Some resources are remaining: configmaps. has 1 resource instances, "
            "leases.coordination.k8s.io has 1 resource instances",
        ),
        "NamespaceFinalizersRemaining": (
            "SomeFinalizersRemain",
            "Some content in the namespace has finalizers remaining: example.com/f in 2 resource instances, "
            "example.com/g in 1 resource instances",
        ),
    }
    assert world.finalizers == ["kubernetes"]
    world.controller.stop()


def test_it_goes_when_that_is_over() -> None:
    world = World()
    held = world.add(CONFIG_MAPS, "a", finalizers=["example.com/f"])
    world.sync()
    since = world.namespace["status"]["conditions"][3]["lastTransitionTime"]
    world.cluster.clock.advance(5)
    world.sync()
    assert world.namespace["status"]["conditions"][3]["lastTransitionTime"] == since

    held = world.cluster.get(CONFIG_MAPS, "ns", "a")
    world.cluster.put(CONFIG_MAPS, {**held, "metadata": {**held["metadata"], "finalizers": []}})
    world.sync()

    assert world.failures() == {}
    assert world.namespace["status"]["conditions"][3]["lastTransitionTime"] == "2026-01-01T00:00:05Z"
    assert world.finalizers == []
    world.controller.stop()


def test_pods_go_before_all_else() -> None:
    world = World()
    pod = world.add(PODS, "p", finalizers=["slow"])
    world.add(SERVICES, "s")
    world.sync()
    assert world.cluster.names(SERVICES) == ["s"]

    pod = world.cluster.get(PODS, "ns", "p")
    world.cluster.put(PODS, {**pod, "metadata": {**pod["metadata"], "finalizers": []}})
    world.sync()

    assert world.cluster.names(SERVICES) == []
    world.controller.stop()


def test_other_finalizers_of_the_namespace_stay() -> None:
    world = World()
    world.cluster.put(NAMESPACES, {**world.namespace, "spec": {"finalizers": ["kubernetes", "example.com/f"]}})

    world.sync()

    assert world.finalizers == ["example.com/f"]


def test_a_failure_to_delete_is_told_and_tried_again() -> None:
    world = World()
    world.add(CONFIG_MAPS, "c")
    world.add(LEASES, "l")
    world.cluster.refuse = refusing("delete", "configmaps", lambda gvr, obj: new_internal_error("no"))
    world.sync()

    text = "Failed to delete all resource types, 1 remaining: Internal error occurred: no"
    assert world.failures()["NamespaceDeletionContentFailure"] == ("ContentDeletionFailed", text)
    assert world.cluster.names(LEASES) == []
    assert world.finalizers == ["kubernetes"]
    world.controller.stop()


def test_a_failure_to_discover_is_told_and_tried_again() -> None:
    class Blind(FakeCluster):
        def deletable_resources(self) -> Any:
            raise new_service_unavailable("no discovery")

    world = World()
    blind = Blind()
    blind.informers = world.cluster.informers
    controller = NamespaceController(blind.context())

    controller.sync("ns")

    text = "Discovery failed for some groups, 1 failing: no discovery"
    assert world.failures()["NamespaceDeletionDiscoveryFailure"] == ("DiscoveryFailed", text)
    assert world.finalizers == ["kubernetes"]
    controller.stop()


def test_it_is_looked_at_again() -> None:
    world = World()
    world.add(CONFIG_MAPS, "a", finalizers=["example.com/f"])
    world.sync()
    world.cluster.clock.advance(GRACE)
    assert world.controller.queue.get() == ("ns", False)
    world.controller.stop()


@pytest.mark.parametrize(("elapsed", "wait"), [(0, 0.2), (10, 2), (3600, 5)])
def test_that_is_ever_less_often(elapsed: float, wait: float) -> None:
    assert retry_after(elapsed) == wait


@pytest.mark.parametrize("metadata", [{"deletionTimestamp": None}, {"deletionTimestamp": "2026-01-01T00:00:00Z"}])
def test_what_is_alive_or_done_is_left_alone(metadata: Object) -> None:
    world = World()
    current = world.namespace
    meta = {**current["metadata"], **metadata}
    world.cluster.put(NAMESPACES, {**current, "metadata": meta, "spec": {"finalizers": []}})
    world.add(CONFIG_MAPS, "c")

    world.sync()

    assert world.cluster.names(CONFIG_MAPS) == ["c"]


def test_one_that_is_gone_needs_nothing() -> None:
    world = World()
    world.cluster.delete(NAMESPACES, "", "ns")
    world.sync()


def test_who_deletes_a_namespace_has_a_moment_for_its_content() -> None:
    world = World()
    assert len(world.controller.queue) == 0
    world.cluster.clock.advance(GRACE)
    assert world.controller.queue.get() == ("ns", False)
    world.controller.stop()


# Live namespaces


def live(cluster: FakeCluster, phase: str = "Active") -> None:
    cluster.create(NAMESPACES, "", {"metadata": {"name": "ns"}, "status": {"phase": phase}})


def publisher(cluster: FakeCluster) -> RootCACertPublisher:
    context = cluster.context()
    context.root_ca = "CERT"
    return RootCACertPublisher(context)


def test_a_namespace_has_a_service_account() -> None:
    cluster = FakeCluster()
    controller = ServiceAccountController(cluster.context())
    live(cluster)
    controller.sync("ns")
    assert cluster.names(SERVICE_ACCOUNTS) == ["default"]

    cluster.delete(SERVICE_ACCOUNTS, "ns", "default")
    assert queued(controller) == ["ns"]
    controller.sync("ns")
    assert cluster.names(SERVICE_ACCOUNTS) == ["default"]


def test_a_namespace_has_the_certificate_of_the_cluster() -> None:
    cluster = FakeCluster()
    controller = publisher(cluster)
    live(cluster)

    controller.sync("ns")

    found = cluster.get(CONFIG_MAPS, "ns", "kube-root-ca.crt")
    assert found["data"] == {"ca.crt": "CERT"}
    assert found["metadata"]["annotations"]["kubernetes.io/description"].startswith("Contains a CA bundle")


@pytest.mark.parametrize("damage", [{"data": {"ca.crt": "other"}}, {"metadata": {"annotations": {"own": "x"}}}])
def test_a_changed_certificate_is_put_right(damage: Object) -> None:
    cluster = FakeCluster()
    controller = publisher(cluster)
    live(cluster)
    controller.sync("ns")
    stored = cluster.get(CONFIG_MAPS, "ns", "kube-root-ca.crt")
    cluster.put(CONFIG_MAPS, {**stored, **damage, "metadata": {**stored["metadata"], **damage.get("metadata", {})}})

    controller.sync("ns")

    found = cluster.get(CONFIG_MAPS, "ns", "kube-root-ca.crt")
    assert found["data"] == {"ca.crt": "CERT"}
    assert "kubernetes.io/description" in found["metadata"]["annotations"]
    assert found["metadata"]["annotations"].get("own") == damage.get("metadata", {}).get("annotations", {}).get("own")


@pytest.mark.parametrize("make", [lambda cluster: ServiceAccountController(cluster.context()), publisher])
def test_a_namespace_on_its_way_out_gets_nothing(make: Any, caplog: pytest.LogCaptureFixture) -> None:
    cluster = FakeCluster()
    controller = make(cluster)
    live(cluster, "Terminating")
    controller.sync("ns")
    assert [write for write in cluster.writes if write.resource != "namespaces"] == []

    # Nor where that has not got about.
    cluster.put(NAMESPACES, {**cluster.get(NAMESPACES, "", "ns"), "status": {"phase": "Active"}})
    cluster.refuse = lambda verb, gvr, obj: terminating(gvr, obj) if verb == "create" else None
    controller.process("ns")
    assert not caplog.records


def test_a_service_account_made_by_others_meanwhile_is_fine() -> None:
    cluster = FakeCluster()
    controller = ServiceAccountController(cluster.context())
    live(cluster)
    cluster.informer(SERVICE_ACCOUNTS).frozen = True
    cluster.create(SERVICE_ACCOUNTS, "ns", {"metadata": {"name": "default"}})

    controller.sync("ns")


def test_other_failures_are_tried_again() -> None:
    cluster = FakeCluster()
    controller = ServiceAccountController(cluster.context())
    live(cluster)
    cluster.refuse = refusing("create", "serviceaccounts", lambda gvr, obj: new_internal_error("no"))
    with pytest.raises(StatusError):
        controller.sync("ns")
