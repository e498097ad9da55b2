"""The garbage collector: background, foreground, orphans, and references that are wrong."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.controllers.context import DeletableResource
from mini_server.controllers.garbagecollector.controller import DISCOVER, RESYNC, SYNC_POLL, GarbageCollector
from mini_server.controllers.resources import CONFIG_MAPS, DEPLOYMENTS, NODES, PODS, REPLICA_SETS
from pykubectl.machinery.errors import new_internal_error
from pykubectl.machinery.schema import GroupVersionResource
from tests.unit.controllers.fakes import FakeCluster, Write, refusing

Object = dict[str, Any]

VERBS = frozenset(("delete", "list", "watch"))
WIDGETS = GroupVersionResource("example.com", "v1", "widgets")
RESOURCES = [
    DeletableResource(PODS, "Pod", True, VERBS),
    DeletableResource(CONFIG_MAPS, "ConfigMap", True, VERBS),
    DeletableResource(REPLICA_SETS, "ReplicaSet", True, VERBS),
    DeletableResource(DEPLOYMENTS, "Deployment", True, VERBS),
    DeletableResource(NODES, "Node", False, VERBS),
    DeletableResource(GroupVersionResource("", "v1", "events"), "Event", True, VERBS),
    DeletableResource(GroupVersionResource("", "v1", "bindings"), "Binding", True, frozenset(("create", "delete"))),
]
KINDS = {resource.gvr: resource.kind for resource in RESOURCES} | {WIDGETS: "Widget"}


class World:
    """Objects by resource and name; `run` lets the collector come to rest."""

    def __init__(self) -> None:
        self.cluster = FakeCluster()
        self.cluster.resources = list(RESOURCES)
        self.collector = GarbageCollector(self.cluster.context())

    def add(
        self,
        gvr: GroupVersionResource,
        name: str,
        *owners: Object,
        namespace: str = "ns",
        block: bool = True,
        **metadata: Any,
    ) -> Object:
        references = [reference(owner, block) for owner in owners]
        meta = {"name": name, "ownerReferences": references, **metadata}
        kind = {"apiVersion": f"{gvr.group}/{gvr.version}".lstrip("/"), "kind": KINDS[gvr]}
        return self.cluster.create(gvr, namespace, {**kind, "metadata": meta})

    def run(self) -> None:
        """Syncs what is queued until nothing is."""
        for _ in range(1000):
            if not len(self.collector.queue):
                return
            key, _ = self.collector.queue.get()
            assert key is not None
            self.collector.process(key)
            self.collector.queue.done(key)
        raise AssertionError("the collector does not come to rest")

    def delete(self, gvr: GroupVersionResource, name: str, *finalizers: str) -> None:
        """Somebody deletes an object, which the finalizers, added by the policy of the deletion, hold."""
        current = self.cluster.get(gvr, "ns", name)
        if finalizers:
            held = [*(current["metadata"].get("finalizers") or []), *finalizers]
            self.cluster.mark_deleted(gvr, current, finalizers=held)
        else:
            self.cluster.delete(gvr, "ns", name)

    def deleted(self) -> list[str]:
        """In their order."""
        return [write.name for write in self.cluster.writes if write.verb == "delete"]

    def owners(self, gvr: GroupVersionResource, name: str) -> list[str]:
        return [o["name"] for o in self.cluster.get(gvr, "ns", name)["metadata"].get("ownerReferences") or []]


def reference(owner: Object, block: bool = True) -> Object:
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "blockOwnerDeletion": block,
    }


def chain(world: World) -> None:
    deployment = world.add(DEPLOYMENTS, "d")
    replica_set = world.add(REPLICA_SETS, "rs", deployment)
    for name in ("p1", "p2"):
        world.add(PODS, name, replica_set)
    world.add(CONFIG_MAPS, "free")
    world.run()


def test_nothing_happens_while_owners_live() -> None:
    world = World()
    chain(world)
    assert world.deleted() == []


def test_dependents_follow_their_owner() -> None:
    world = World()
    chain(world)

    world.delete(DEPLOYMENTS, "d")
    world.run()

    assert (world.deleted()[:2], sorted(world.deleted()[2:])) == (["d", "rs"], ["p1", "p2"])
    assert world.cluster.names(CONFIG_MAPS) == ["free"]
    assert Write("delete", "replicasets", "rs", "Background") in world.cluster.writes


def test_in_the_foreground_dependents_go_first() -> None:
    world = World()
    chain(world)

    world.delete(DEPLOYMENTS, "d", "foregroundDeletion")
    world.run()

    assert (world.deleted()[0], sorted(world.deleted()[1:])) == ("rs", ["p1", "p2"])
    assert world.cluster.names(DEPLOYMENTS) == world.cluster.names(REPLICA_SETS) == world.cluster.names(PODS) == []
    assert Write("delete", "replicasets", "rs", "Foreground") in world.cluster.writes


def test_in_the_foreground_only_those_that_block_are_waited_for() -> None:
    world = World()
    deployment = world.add(DEPLOYMENTS, "d")
    world.add(REPLICA_SETS, "blocks", deployment, finalizers=["slow"])
    world.add(CONFIG_MAPS, "does-not", deployment, block=False, finalizers=["slow"])
    world.run()
    world.delete(DEPLOYMENTS, "d", "foregroundDeletion")
    world.run()
    assert world.cluster.names(DEPLOYMENTS) == ["d"]

    blocking = world.cluster.get(REPLICA_SETS, "ns", "blocks")
    world.cluster.put(REPLICA_SETS, {**blocking, "metadata": {**blocking["metadata"], "finalizers": []}})
    world.run()

    assert world.cluster.names(DEPLOYMENTS) == []
    assert world.cluster.names(CONFIG_MAPS) == ["does-not"]


@pytest.mark.parametrize("change", ["let go", "unblocked"])
def test_an_owner_does_not_wait_for_what_is_no_longer_in_its_way(change: str) -> None:
    world = World()
    deployment = world.add(DEPLOYMENTS, "d")
    other = world.add(DEPLOYMENTS, "other")
    world.add(REPLICA_SETS, "rs", deployment, other, finalizers=["slow"])
    world.run()
    # Nothing but the other owner keeps it: its reference to the first one is refused to be taken away.
    world.cluster.refuse = refusing("patch", "replicasets", lambda gvr, obj: new_internal_error("not now"))
    world.delete(DEPLOYMENTS, "d", "foregroundDeletion")
    uid = deployment["metadata"]["uid"]
    world.collector.process(uid)
    assert world.cluster.names(DEPLOYMENTS) == ["d", "other"]

    dependent = world.cluster.get(REPLICA_SETS, "ns", "rs")
    references = [reference(other)] if change == "let go" else [reference(deployment, False), reference(other)]
    world.cluster.put(REPLICA_SETS, {**dependent, "metadata": {**dependent["metadata"], "ownerReferences": references}})
    world.cluster.refuse = lambda verb, gvr, obj: None
    world.run()

    assert world.cluster.names(DEPLOYMENTS) == ["other"]


def test_a_circle_in_the_foreground_is_broken() -> None:
    world = World()
    one = world.add(CONFIG_MAPS, "one")
    two = world.add(CONFIG_MAPS, "two", one)
    world.run()
    world.cluster.put(CONFIG_MAPS, {**one, "metadata": {**one["metadata"], "ownerReferences": [reference(two)]}})
    world.run()

    world.delete(CONFIG_MAPS, "one", "foregroundDeletion")
    world.run()

    assert world.cluster.names(CONFIG_MAPS) == []


def test_orphans_are_set_free_before_their_owner_goes() -> None:
    world = World()
    chain(world)

    world.delete(REPLICA_SETS, "rs", "orphan")
    world.run()

    assert world.cluster.names(REPLICA_SETS) == []
    assert world.cluster.names(PODS) == ["p1", "p2"]
    assert world.owners(PODS, "p1") == world.owners(PODS, "p2") == []
    assert world.deleted() == []


def test_orphaning_is_tried_until_it_is_done() -> None:
    world = World()
    chain(world)
    world.cluster.refuse = refusing("patch", "pods", lambda gvr, obj: new_internal_error("not now"))
    world.delete(REPLICA_SETS, "rs", "orphan")
    uid = world.cluster.get(REPLICA_SETS, "ns", "rs")["metadata"]["uid"]
    world.collector.process(uid)
    assert world.cluster.names(REPLICA_SETS) == ["rs"]

    world.cluster.refuse = lambda verb, gvr, obj: None
    world.collector.process(uid)
    assert world.cluster.names(REPLICA_SETS) == []
    world.collector.stop()


def test_one_owner_left_is_enough() -> None:
    world = World()
    one, two = world.add(CONFIG_MAPS, "one"), world.add(CONFIG_MAPS, "two")
    world.add(PODS, "p", one, two)
    world.run()

    world.delete(CONFIG_MAPS, "one")
    world.run()
    assert world.owners(PODS, "p") == ["two"]

    world.delete(CONFIG_MAPS, "two")
    world.run()
    assert world.cluster.names(PODS) == []


def test_an_owner_that_lives_keeps_a_dependent_from_one_that_waits() -> None:
    world = World()
    one, two = world.add(CONFIG_MAPS, "one"), world.add(CONFIG_MAPS, "two")
    world.add(PODS, "p", one, two)
    world.run()

    world.delete(CONFIG_MAPS, "one", "foregroundDeletion")
    world.run()

    assert world.cluster.names(CONFIG_MAPS) == ["two"]
    assert world.owners(PODS, "p") == ["two"]


# References


def test_another_object_of_the_owners_name_is_not_the_owner() -> None:
    world = World()
    old = world.add(CONFIG_MAPS, "c")
    world.cluster.delete(CONFIG_MAPS, "ns", "c")
    world.add(CONFIG_MAPS, "c")
    world.add(PODS, "p", old)

    world.run()

    assert world.cluster.names(PODS) == []
    assert world.cluster.names(CONFIG_MAPS) == ["c"]


def test_an_owner_in_another_namespace_is_none() -> None:
    world = World()
    owner = world.add(CONFIG_MAPS, "c", namespace="other")
    world.add(PODS, "p", owner)
    uid = owner["metadata"]["uid"]

    world.run()

    assert world.cluster.names(PODS) == []
    whom = f"[v1/ConfigMap, namespace: ns, name: c, uid: {uid}]"
    text = f'ownerRef {whom} does not exist in namespace "ns"'
    assert world.cluster.events == [("Warning", "OwnerRefInvalidNamespace", text)]


def test_a_cluster_scoped_owner_is_fine() -> None:
    world = World()
    node = world.add(NODES, "n", namespace="")
    world.add(PODS, "p", node)
    world.run()
    assert world.cluster.names(PODS) == ["p"]

    world.cluster.delete(NODES, "", "n")
    world.run()
    assert world.cluster.names(PODS) == []


def test_a_cluster_scoped_object_is_not_deleted_for_a_namespaced_owner() -> None:
    world = World()
    world.add(NODES, "n", world.add(CONFIG_MAPS, "c"), namespace="")
    world.run()
    world.delete(CONFIG_MAPS, "c")

    world.run()

    assert world.cluster.names(NODES) == ["n"]


def test_an_owner_of_an_unknown_kind_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w", "uid": "w-uid"}}
    world.add(PODS, "p", widget)
    world.run()
    assert world.cluster.names(PODS) == ["p"]
    assert not caplog.records

    world.cluster.resources.append(DeletableResource(WIDGETS, "Widget", True, VERBS))
    world.cluster.clock.advance(RESYNC)
    assert world.collector.queue.get()[0] is not None
    world.collector.process("uid-1")
    assert world.cluster.names(PODS) == []
    world.collector.stop()


def test_an_owner_not_seen_yet_is_asked_for() -> None:
    world = World()
    world.cluster.informer(CONFIG_MAPS).frozen = True
    world.add(PODS, "p", world.add(CONFIG_MAPS, "c"))

    world.run()

    assert world.cluster.names(PODS) == ["p"]


def test_dependents_of_an_object_found_gone_are_looked_at() -> None:
    world = World()
    chain(world)
    world.cluster.informer(REPLICA_SETS).frozen = True
    world.cluster.delete(REPLICA_SETS, "ns", "rs")
    world.delete(DEPLOYMENTS, "d")

    world.run()

    assert world.cluster.names(PODS) == []


def test_an_object_that_changed_meanwhile_is_looked_at_again() -> None:
    world = World()
    world.add(PODS, "p", world.add(CONFIG_MAPS, "c"))
    world.run()
    once: list[str] = []

    def change(verb: str, gvr: GroupVersionResource, obj: Object) -> None:
        if verb == "delete" and gvr == PODS and not once:
            once.append(verb)
            meta = {**obj["metadata"], "ownerReferences": []}
            world.cluster.put(PODS, {**obj, "metadata": meta})
            raise new_internal_error("changed")

    world.cluster.refuse = change
    world.delete(CONFIG_MAPS, "c")
    world.run()

    assert world.cluster.names(PODS) == ["p"]
    world.collector.stop()


# What is watched


def test_only_what_can_be_collected_is_watched() -> None:
    world = World()
    assert set(world.cluster.monitors) == {PODS, CONFIG_MAPS, REPLICA_SETS, DEPLOYMENTS, NODES}


def test_discovery_is_followed() -> None:
    world = World()
    world.cluster.resources.append(DeletableResource(WIDGETS, "Widget", True, VERBS))
    world.collector.sync(DISCOVER)
    assert WIDGETS in world.cluster.monitors

    world.cluster.resources.pop()
    world.collector.sync(DISCOVER)
    assert world.cluster.monitors[WIDGETS].stopped
    assert not world.cluster.monitors[PODS].stopped
    world.collector.stop()


def test_nothing_is_decided_before_all_is_known() -> None:
    world = World()
    world.cluster.monitors[REPLICA_SETS].synced = False
    deployment = world.add(DEPLOYMENTS, "d", finalizers=["foregroundDeletion"])
    world.cluster.mark_deleted(DEPLOYMENTS, deployment)
    world.run()
    assert world.cluster.names(DEPLOYMENTS) == ["d"]

    world.cluster.monitors[REPLICA_SETS].synced = True
    world.cluster.clock.advance(SYNC_POLL)
    key, _ = world.collector.queue.get()
    world.collector.process(str(key))
    assert world.cluster.names(DEPLOYMENTS) == []
    world.collector.stop()
