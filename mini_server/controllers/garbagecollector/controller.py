"""The garbage collector: dependents go with their owners.

* An object all of whose owners are gone is deleted; one that has other owners left only loses the references.
* An owner with the ``orphan`` finalizer has its dependents' references removed before it goes.
* An owner with the ``foregroundDeletion`` finalizer waits for dependents that block it.

Source: kubernetes ``pkg/controller/garbagecollector/garbagecollector.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller
from mini_server.controllers.garbagecollector.graph import FOREGROUND, ORPHAN, Graph, Node
from pykubectl.machinery.errors import StatusError, is_not_found, new_internal_error
from pykubectl.machinery.schema import GroupVersionKind, GroupVersionResource

Object = dict[str, Any]

# Written often and owned by nothing: not worth watching.
IGNORED = frozenset((("", "events"), ("events.k8s.io", "events")))
REQUIRED_VERBS = frozenset(("delete", "list", "watch"))


class Owners(NamedTuple):
    """A dependent's owners, by what has become of them."""

    solid: list[Object]
    dangling: list[Object]
    waiting: list[Object]


class GarbageCollector(Controller):
    """Watches every deletable resource that discovery names; `discover` is called again to find new ones."""

    name = "garbage-collector-controller"
    workers = 2

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._graph = Graph()
        self._watched: set[GroupVersionResource] = set()
        self._resources: dict[tuple[str, str], tuple[GroupVersionResource, bool]] = {}
        self.discover()

    def discover(self) -> None:
        """Begins to watch resources that are new in discovery."""
        for resource in self.client.deletable_resources():
            self._resources[resource.gvr.group, resource.kind] = (resource.gvr, resource.namespaced)
            if not resource.verbs >= REQUIRED_VERBS or resource.gvr.group_resource in IGNORED:
                continue
            if resource.gvr not in self._watched:
                self._watched.add(resource.gvr)
                self._monitor(resource.gvr)

    def _monitor(self, gvr: GroupVersionResource) -> None:
        def seen(obj: Object) -> None:
            self._graph.put(gvr, obj)
            meta = obj["metadata"]
            if meta.get("deletionTimestamp") or self._graph.unsettled(meta["uid"]):
                self.queue.add(meta["uid"])

        def gone(obj: Object) -> None:
            dependents, owners = self._graph.remove(obj["metadata"]["uid"])
            for uid in (*dependents, *owners):
                self.queue.add(uid)

        self.context.informer(gvr).add_event_handler(seen, lambda old, new: seen(new), gone)

    def sync(self, key: str) -> None:
        """``key`` is an object's uid."""
        node = self._graph.get(key)
        if node is None or node.gvr is None:
            return
        if node.deleting:
            self._finish_deletion(node)
            if FOREGROUND not in node.finalizers:
                return
        if node.owners:
            self._collect(node)

    # Dependents of owners that are gone

    def _collect(self, node: Node) -> None:
        current = self._fresh(node)
        if current is None or current["metadata"].get("deletionTimestamp"):
            return
        owners = self._classify(current)
        if owners.solid:
            surplus = {owner["uid"] for owner in (*owners.dangling, *owners.waiting)}
            if surplus:
                self._drop_owners(node, current, surplus)
            return
        if owners.waiting and self._graph.dependents(node.uid):
            # An owner waits in the foreground, so this one's own dependents go first too.
            self._delete(node, current, "Foreground")
        elif owners.waiting or owners.dangling:
            self._delete(node, current, None)

    def _classify(self, obj: Object) -> Owners:
        owners = Owners([], [], [])
        for reference in obj["metadata"].get("ownerReferences") or []:
            owner = self._owner(obj, reference)
            if owner is None:
                owners.dangling.append(reference)
            elif owner["metadata"].get("deletionTimestamp") and FOREGROUND in (
                owner["metadata"].get("finalizers") or []
            ):
                owners.waiting.append(reference)
            else:
                owners.solid.append(reference)
        return owners

    def _owner(self, dependent: Object, reference: Object) -> Object | None:
        """The owner as the API server has it now, None where it is gone."""
        gvk = GroupVersionKind.from_api_version(reference["apiVersion"], reference["kind"])
        known = self._resources.get((gvk.group, gvk.kind))
        if known is None:
            self.discover()
            known = self._resources.get((gvk.group, gvk.kind))
        if known is None:
            raise new_internal_error(f'no matches for kind "{gvk.kind}" in version "{gvk.api_version}"')
        gvr, namespaced = known
        namespace = dependent["metadata"].get("namespace", "") if namespaced else ""
        if namespaced and not namespace:
            # A cluster-scoped object cannot have an owner in a namespace: such a reference is never satisfied.
            return None
        try:
            owner = self.client.get(gvr, namespace, reference["name"])
        except StatusError as error:
            if is_not_found(error):
                return None
            raise
        return owner if owner["metadata"]["uid"] == reference["uid"] else None

    # Owners that are being deleted

    def _finish_deletion(self, node: Node) -> None:
        if ORPHAN in node.finalizers:
            self._orphan(node)
        elif FOREGROUND in node.finalizers:
            self._wait_for_dependents(node)

    def _orphan(self, node: Node) -> None:
        for dependent in self._graph.dependents(node.uid):
            current = self._fresh(dependent)
            if current is not None:
                self._drop_owners(dependent, current, {node.uid})
        self._remove_finalizer(node, ORPHAN)

    def _wait_for_dependents(self, node: Node) -> None:
        blocking = []
        for dependent in self._graph.dependents(node.uid):
            reference = next((o for o in dependent.owners if o["uid"] == node.uid), {})
            if reference.get("blockOwnerDeletion"):
                blocking.append(dependent)
            self.queue.add(dependent.uid)
        if not blocking:
            self._remove_finalizer(node, FOREGROUND)

    # Writes

    def _fresh(self, node: Node) -> Object | None:
        """The object as the API server has it, None where it is another one or gone."""
        assert node.gvr is not None
        try:
            current = self.client.get(node.gvr, node.namespace, node.name)
        except StatusError as error:
            if not is_not_found(error):
                raise
            current = None
        if current is None or current["metadata"]["uid"] != node.uid:
            self._graph.remove(node.uid)
            return None
        return current

    def _delete(self, node: Node, current: Object, propagation: str | None) -> None:
        """Deletes with the policy asked for, or the one that the object's own finalizers stand for."""
        assert node.gvr is not None
        gvr, meta = node.gvr, current["metadata"]
        finalizers = meta.get("finalizers") or []
        own = "Orphan" if ORPHAN in finalizers else "Foreground" if FOREGROUND in finalizers else "Background"
        _ignoring_not_found(
            lambda: self.client.delete(
                gvr,
                node.namespace,
                node.name,
                uid=node.uid,
                resource_version=meta["resourceVersion"],
                propagation=propagation or own,
            )
        )

    def _drop_owners(self, node: Node, current: Object, uids: set[str]) -> None:
        left = [o for o in current["metadata"].get("ownerReferences") or [] if o["uid"] not in uids]
        self._patch(node, current, {"ownerReferences": left or None})

    def _remove_finalizer(self, node: Node, finalizer: str) -> None:
        current = self._fresh(node)
        if current is None or finalizer not in (current["metadata"].get("finalizers") or []):
            return
        left = [name for name in current["metadata"]["finalizers"] if name != finalizer]
        self._patch(node, current, {"finalizers": left or None})

    def _patch(self, node: Node, current: Object, metadata: Object) -> None:
        assert node.gvr is not None
        gvr = node.gvr
        meta = {**metadata, "uid": node.uid, "resourceVersion": current["metadata"]["resourceVersion"]}
        _ignoring_not_found(lambda: self.client.merge_patch(gvr, node.namespace, node.name, {"metadata": meta}))


def _ignoring_not_found(action: Callable[[], object]) -> None:
    """What is gone already needs nothing done."""
    try:
        action()
    except StatusError as error:
        if not is_not_found(error):
            raise
