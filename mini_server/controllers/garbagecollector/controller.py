"""The garbage collector: dependents go with their owners.

* An object all of whose owners are gone is deleted; one that has other owners left only loses the references.
* An owner with the ``orphan`` finalizer has its dependents' references removed before it goes.
* An owner with the ``foregroundDeletion`` finalizer waits for dependents that block it.

Source: kubernetes ``pkg/controller/garbagecollector/garbagecollector.go``.
"""

from __future__ import annotations

import logging
import threading
from typing import Any, NamedTuple

from mini_server.controllers.context import ControllerContext, DeletableResource, Monitor
from mini_server.controllers.controller import Controller
from mini_server.controllers.garbagecollector.graph import FOREGROUND, ORPHAN, Graph, Node
from mini_server.controllers.garbagecollector.writer import Writer
from pykubectl.machinery.errors import StatusError, is_not_found
from pykubectl.machinery.schema import GroupVersionKind, GroupVersionResource

log = logging.getLogger(__name__)

Object = dict[str, Any]

# Written often and owned by nothing: not worth watching.
IGNORED = frozenset((("", "events"), ("events.k8s.io", "events")))
REQUIRED_VERBS = frozenset(("delete", "list", "watch"))
# Seconds between looks at discovery.
RESYNC = 30.0
# Seconds until a look at whether everything has been listed.
SYNC_POLL = 0.1
# The key of that look; no uid is empty.
DISCOVER = ""


class UnknownKindError(Exception):
    """An owner's kind is not in discovery, or not yet."""


class NamespacedOwnerError(Exception):
    """An object without a namespace names an owner that has one: a fault that nothing here can put right."""


class Owners(NamedTuple):
    """A dependent's owners, by what has become of them."""

    solid: list[Object]
    dangling: list[Object]
    waiting: list[Object]


class GarbageCollector(Controller):
    """Watches every deletable resource that discovery names, and looks at that again from time to time."""

    name = "garbage-collector-controller"
    workers = 2

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._recorder = context.recorder(self.name)
        self._graph = Graph()
        self._writer = Writer(context.client, self._gone)
        self._lock = threading.Lock()
        self._monitors: dict[GroupVersionResource, Monitor] = {}
        self._resources: dict[tuple[str, str], DeletableResource] = {}
        self.discover()

    def start(self) -> None:
        """Starts the workers."""
        super().start()
        self.queue.add_after(DISCOVER, RESYNC)

    def discover(self) -> None:
        """Begins to watch resources that are new in discovery, and leaves those that are not there any more."""
        found = {(resource.gvr.group, resource.kind): resource for resource in self.client.deletable_resources()}
        wanted = {r.gvr for r in found.values() if r.verbs >= REQUIRED_VERBS and r.gvr.group_resource not in IGNORED}
        with self._lock:
            self._resources = found
            for gvr in sorted(wanted - self._monitors.keys()):
                self._monitors[gvr] = self._monitor(gvr)
            gone = [self._monitors.pop(gvr) for gvr in list(self._monitors) if gvr not in wanted]
        for monitor in gone:
            monitor.stop()

    def _monitor(self, gvr: GroupVersionResource) -> Monitor:
        def seen(obj: Object) -> None:
            meta = obj["metadata"]
            for uid in self._graph.put(gvr, obj):
                self.queue.add(uid)
            if meta.get("deletionTimestamp") or self._graph.unsettled(meta["uid"]):
                self.queue.add(meta["uid"])

        return self.context.monitor(gvr, seen, lambda obj: self._gone(obj["metadata"]["uid"]))

    def _gone(self, uid: str) -> None:
        """What depended on the object is to be looked at, and what may have waited for its end."""
        dependents, owners = self._graph.remove(uid)
        for other in (*dependents, *owners):
            self.queue.add(other)

    def sync(self, key: str) -> None:
        """``key`` is an object's uid."""
        if key == DISCOVER:
            self.discover()
            self.queue.add_after(DISCOVER, RESYNC)
            return
        with self._lock:
            ready = all(monitor.synced for monitor in self._monitors.values())
        if not ready:
            # What is not known yet must not be taken for what is not there.
            self.queue.add_after(key, SYNC_POLL)
            return
        node = self._graph.get(key)
        if node is None or node.virtual:
            return
        try:
            self._attend(node)
        except UnknownKindError as error:
            log.debug("%s: %s", node.name, error)
            self.queue.add_after(key, RESYNC)
        except NamespacedOwnerError as error:
            log.debug("%s: %s", node.name, error)

    def _attend(self, node: Node) -> None:
        if node.deleting:
            # Nothing is left to be decided; it waits for others, or for whoever has put a finalizer there.
            self._finish_deletion(node)
        elif self._graph.unsettled(node.uid):
            self._collect(node)

    # Dependents of owners that are gone

    def _collect(self, node: Node) -> None:
        current = self._writer.fresh(node)
        if current is None or current["metadata"].get("deletionTimestamp"):
            return
        owners = self._classify(node, current)
        if owners.solid:
            surplus = {owner["uid"] for owner in (*owners.dangling, *owners.waiting)}
            if surplus:
                self._writer.drop_owners(node, current, surplus)
            return
        dependents = self._graph.dependents(node.uid)
        if owners.waiting and dependents:
            if any(dependent.waits for dependent in dependents):
                # They wait for each other in a circle.
                self._writer.unblock_owners(node, current)
            # An owner waits in the foreground, so this one's own dependents go first too.
            self._writer.delete(node, current, "Foreground")
        elif owners.waiting or owners.dangling:
            self._writer.delete(node, current, None)

    def _classify(self, node: Node, obj: Object) -> Owners:
        owners = Owners([], [], [])
        for reference in obj["metadata"].get("ownerReferences") or []:
            owner = self._owner(obj, reference)
            if owner is None:
                self._tell_of_wrong_namespace(node, obj, reference)
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
        resource = self._resource(GroupVersionKind.from_api_version(reference["apiVersion"], reference["kind"]))
        namespace = dependent["metadata"].get("namespace", "") if resource.namespaced else ""
        if resource.namespaced and not namespace:
            raise NamespacedOwnerError("cluster-scoped objects cannot refer to namespaced owners")
        try:
            owner = self.client.get(resource.gvr, namespace, reference["name"])
        except StatusError as error:
            if is_not_found(error):
                return None
            raise
        return owner if owner["metadata"]["uid"] == reference["uid"] else None

    def _resource(self, gvk: GroupVersionKind) -> DeletableResource:
        for attempt in (1, 2):
            with self._lock:
                known = self._resources.get((gvk.group, gvk.kind))
            if known is not None:
                return known
            if attempt == 1:
                self.discover()
        raise UnknownKindError(f'no matches for kind "{gvk.kind}" in version "{gvk.api_version}"')

    def _tell_of_wrong_namespace(self, node: Node, obj: Object, reference: Object) -> None:
        owner = self._graph.get(reference["uid"])
        if owner is None or owner.virtual or owner.namespace in ("", node.namespace):
            return
        what = f"{reference['apiVersion']}/{reference['kind']}, namespace: {node.namespace}"
        whom = f"[{what}, name: {reference['name']}, uid: {reference['uid']}]"
        text = f'ownerRef {whom} does not exist in namespace "{node.namespace}"'
        self._recorder.event(obj, "Warning", "OwnerRefInvalidNamespace", text)

    # Owners that are being deleted

    def _finish_deletion(self, node: Node) -> None:
        if ORPHAN in node.finalizers:
            self._orphan(node)
        elif FOREGROUND in node.finalizers:
            self._wait_for_dependents(node)

    def _orphan(self, node: Node) -> None:
        for dependent in self._graph.dependents(node.uid):
            current = self._writer.fresh(dependent)
            if current is not None:
                self._writer.drop_owners(dependent, current, {node.uid})
        self._writer.remove_finalizer(node, ORPHAN)

    def _wait_for_dependents(self, node: Node) -> None:
        dependents = self._graph.dependents(node.uid)
        for dependent in dependents:
            if not dependent.waits:
                self.queue.add(dependent.uid)
        if not any(dependent.blocks(node.uid) for dependent in dependents):
            self._writer.remove_finalizer(node, FOREGROUND)
