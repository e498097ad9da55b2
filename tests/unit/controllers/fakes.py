"""An API server played by a dictionary, for controllers: every write is at once in the informers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from mini_server.controllers.context import ControllerContext, DeletableResource
from mini_server.controllers.controller import Controller
from pykubectl.machinery.errors import (
    StatusError,
    new_already_exists,
    new_conflict,
    new_forbidden,
    new_not_found,
)
from pykubectl.machinery.patch import strategic
from pykubectl.machinery.patch.merge import apply as merge_patch
from pykubectl.machinery.schema import GroupVersionKind, GroupVersionResource
from pykubectl.machinery.structural.types import builtin
from pykubectl.machinery.util.clock import FakeClock
from pykubectl.machinery.values.time import format_time

Object = dict[str, Any]
# In the class `list` is a method.
Names = list[str]
# What a refusal is decided by: verb, resource, object (of a deletion: the stored one).
Refuse = Callable[[str, GroupVersionResource, Object], StatusError | None]


# What the policy of a deletion puts on the object.
_FINALIZERS = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}


class Write(NamedTuple):
    """One accepted write."""

    verb: str
    resource: str
    name: str
    # The subresource of an update, the propagation policy of a deletion.
    detail: str = ""


class FakeInformer:
    """One resource of a `FakeCluster`; where it is ``frozen``, writes reach it only by `catch_up`."""

    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], Object] = {}
        self.handlers: list[tuple[Callable[..., None], Callable[..., None], Callable[..., None]]] = []
        self._seen: dict[tuple[str, str], Object] = {}
        self.frozen = False

    def add_event_handler(
        self,
        on_add: Callable[[Object], None],
        on_update: Callable[[Object, Object], None],
        on_delete: Callable[[Object], None],
    ) -> None:
        self.handlers.append((on_add, on_update, on_delete))
        for obj in self._seen.values():
            on_add(obj)

    def list(self, namespace: str = "") -> list[Object]:
        return [obj for (own, _), obj in sorted(self._seen.items()) if not namespace or own == namespace]

    def get(self, namespace: str, name: str) -> Object | None:
        return self._seen.get((namespace, name))

    def catch_up(self) -> None:
        """Sees what was written."""
        old, self._seen = self._seen, dict(self.stored)
        for on_add, on_update, on_delete in self.handlers:
            for key, obj in old.items():
                if key not in self._seen or self._seen[key]["metadata"]["uid"] != obj["metadata"]["uid"]:
                    on_delete(obj)
            for key, obj in self._seen.items():
                known = old.get(key)
                if known is None or known["metadata"]["uid"] != obj["metadata"]["uid"]:
                    on_add(obj)
                elif known is not obj:
                    on_update(known, obj)


class FakeMonitor:
    """Tells of what a `FakeInformer` sees until it is stopped."""

    def __init__(self, seen: Callable[[Object], None], gone: Callable[[Object], None]) -> None:
        self.synced = True
        self.stopped = False
        self._seen = seen
        self._gone = gone

    def stop(self) -> None:
        self.stopped = True

    def seen(self, obj: Object) -> None:
        if not self.stopped:
            self._seen(obj)

    def gone(self, obj: Object) -> None:
        if not self.stopped:
            self._gone(obj)


class FakeCluster:
    """Client, informers and recorder in one, with the API server's rules that controllers lean on.

    Pods begin as Pending. A deletion is immediate unless finalizers hold the object. Updates are checked for the
    resource version, and write either the status or everything else; `put` writes all, as tests like to.
    """

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.informers: dict[GroupVersionResource, FakeInformer] = {}
        self.monitors: dict[GroupVersionResource, FakeMonitor] = {}
        self.events: list[tuple[str, str, str]] = []
        self.writes: list[Write] = []
        self.refuse: Refuse = lambda verb, gvr, obj: None
        self.resources: list[DeletableResource] = []
        self._versions = itertools.count(1)

    def context(self) -> ControllerContext:
        return ControllerContext(self, self.informer, self.monitor, lambda component: self, self.clock)

    def informer(self, gvr: GroupVersionResource) -> FakeInformer:
        return self.informers.setdefault(gvr, FakeInformer())

    def monitor(
        self, gvr: GroupVersionResource, seen: Callable[[Object], None], gone: Callable[[Object], None]
    ) -> FakeMonitor:
        monitor = FakeMonitor(seen, gone)
        self.monitors[gvr] = monitor
        self.informer(gvr).add_event_handler(monitor.seen, lambda old, new: monitor.seen(new), monitor.gone)
        return monitor

    def event(self, obj: Object, kind: str, reason: str, message: str) -> None:
        self.events.append((kind, reason, message))

    def reasons(self) -> Names:
        """Reasons of the events so far."""
        return [reason for _, reason, _ in self.events]

    # Reads

    def get(self, gvr: GroupVersionResource, namespace: str, name: str) -> Object:
        found = self.informer(gvr).stored.get((namespace, name))
        if found is None:
            raise new_not_found(gvr.group_resource, name)
        return found

    def list(self, gvr: GroupVersionResource, namespace: str = "") -> list[Object]:
        stored = self.informer(gvr).stored
        return [obj for (own, _), obj in sorted(stored.items()) if not namespace or own == namespace]

    def names(self, gvr: GroupVersionResource) -> Names:
        """Names of all objects."""
        return [obj["metadata"]["name"] for obj in self.list(gvr)]

    # Writes

    def create(self, gvr: GroupVersionResource, namespace: str, obj: Object) -> Object:
        number = next(self._versions)
        meta = {**obj["metadata"], "namespace": namespace}
        meta.setdefault("name", f"{meta.get('generateName', '')}{number}")
        self._check("create", gvr, {**obj, "metadata": meta})
        if (namespace, meta["name"]) in self.informer(gvr).stored:
            raise new_already_exists(gvr.group_resource, meta["name"])
        meta |= {"uid": f"uid-{number}", "creationTimestamp": format_time(self.clock.now()), "generation": 1}
        stored = {**obj, "metadata": meta}
        if gvr.resource == "pods":
            stored.setdefault("status", {"phase": "Pending"})
        self.writes.append(Write("create", gvr.resource, meta["name"]))
        return self._store(gvr, stored)

    def update(self, gvr: GroupVersionResource, obj: Object, subresource: str = "") -> Object:
        meta = obj["metadata"]
        current = self.get(gvr, meta.get("namespace", ""), meta["name"])
        self._check("update", gvr, obj)
        if meta.get("resourceVersion") not in (None, current["metadata"]["resourceVersion"]):
            raise new_conflict(gvr.group_resource, meta["name"], "the object has been modified")
        if subresource == "status":
            wanted = {**current, "status": obj.get("status")}
        else:
            wanted = {**obj, **({"status": current["status"]} if "status" in current else {})}
            wanted["metadata"] = {**meta, "resourceVersion": current["metadata"]["resourceVersion"]}
        if wanted == current:
            return current
        self.writes.append(Write("update", gvr.resource, meta["name"], subresource))
        return self._change(gvr, current, wanted)

    def merge_patch(self, gvr: GroupVersionResource, namespace: str, name: str, patch: Object) -> Object:
        current = self.get(gvr, namespace, name)
        self._check("patch", gvr, current)
        for field in ("uid", "resourceVersion"):
            if patch.get("metadata", {}).get(field) not in (None, current["metadata"][field]):
                raise new_conflict(gvr.group_resource, name, f"Precondition failed: {field}")
        return self._patched(gvr, current, merge_patch(current, patch))

    def strategic_patch(self, gvr: GroupVersionResource, namespace: str, name: str, patch: Object) -> Object:
        current = self.get(gvr, namespace, name)
        self._check("patch", gvr, current)
        if patch.get("metadata", {}).get("uid") not in (None, current["metadata"]["uid"]):
            raise new_conflict(gvr.group_resource, name, "Precondition failed: UID")
        # Metadata is alike in all kinds, and nothing else is patched so.
        schema = builtin().type_for(GroupVersionKind("", "v1", "Pod"))
        return self._patched(gvr, current, strategic.apply(current, patch, schema))

    def _patched(self, gvr: GroupVersionResource, current: Object, wanted: Object) -> Object:
        if wanted == current:
            return current
        self.writes.append(Write("patch", gvr.resource, current["metadata"]["name"]))
        return self._change(gvr, current, wanted)

    def put(self, gvr: GroupVersionResource, obj: Object) -> Object:
        """Somebody else's write: everything, unconditionally."""
        meta = obj["metadata"]
        return self._change(gvr, self.get(gvr, meta.get("namespace", ""), meta["name"]), obj)

    def delete(
        self,
        gvr: GroupVersionResource,
        namespace: str,
        name: str,
        *,
        uid: str | None = None,
        resource_version: str | None = None,
        propagation: str | None = None,
        grace_seconds: int | None = None,
    ) -> None:
        current = self.get(gvr, namespace, name)
        meta = current["metadata"]
        self._check("delete", gvr, current)
        if uid not in (None, meta["uid"]) or resource_version not in (None, meta["resourceVersion"]):
            raise new_conflict(gvr.group_resource, name, "Precondition failed")
        self.writes.append(Write("delete", gvr.resource, name, propagation or ""))
        finalizers = list(meta.get("finalizers") or [])
        if (added := _FINALIZERS.get(propagation or "")) is not None and added not in finalizers:
            finalizers.append(added)
        if finalizers:
            self.mark_deleted(gvr, current, finalizers=finalizers)
        else:
            self._remove(gvr, current)

    def mark_deleted(self, gvr: GroupVersionResource, obj: Object, **metadata: Any) -> Object:
        """Somebody asked for a deletion that is still to be finished."""
        stamp = format_time(self.clock.now())
        return self.put(gvr, {**obj, "metadata": {"deletionTimestamp": stamp, **obj["metadata"], **metadata}})

    def delete_collection(self, gvr: GroupVersionResource, namespace: str) -> None:
        for obj in self.list(gvr, namespace):
            self.delete(gvr, namespace, obj["metadata"]["name"])

    def deletable_resources(self) -> Iterable[DeletableResource]:
        return list(self.resources)

    def settle(self, controller: Controller, key: str, limit: int = 50) -> None:
        """Syncs until nothing is written any more."""
        for _ in range(limit):
            before = len(self.writes)
            controller.sync(key)
            if len(self.writes) == before:
                return
        raise AssertionError("the controller does not come to rest")

    def _check(self, verb: str, gvr: GroupVersionResource, obj: Object) -> None:
        error = self.refuse(verb, gvr, obj)
        if error is not None:
            raise error

    def _change(self, gvr: GroupVersionResource, current: Object, wanted: Object) -> Object:
        meta = wanted["metadata"]
        if meta.get("deletionTimestamp") and not meta.get("finalizers") and current["metadata"].get("finalizers"):
            self._remove(gvr, current)
            return wanted
        if wanted.get("spec") != current.get("spec"):
            meta = {**meta, "generation": current["metadata"]["generation"] + 1}
        return self._store(gvr, {**wanted, "metadata": meta})

    def _store(self, gvr: GroupVersionResource, obj: Object) -> Object:
        meta = obj["metadata"]
        stored = {**obj, "metadata": {**meta, "resourceVersion": str(next(self._versions))}}
        informer = self.informer(gvr)
        informer.stored[meta.get("namespace", ""), meta["name"]] = stored
        if not informer.frozen:
            informer.catch_up()
        return stored

    def _remove(self, gvr: GroupVersionResource, obj: Object) -> None:
        meta = obj["metadata"]
        informer = self.informer(gvr)
        del informer.stored[meta.get("namespace", ""), meta["name"]]
        if not informer.frozen:
            informer.catch_up()


def terminating(gvr: GroupVersionResource, obj: Object) -> StatusError:
    """The refusal of a namespace that is being deleted."""
    namespace = obj["metadata"]["namespace"]
    text = f"unable to create new content in namespace {namespace} because it is being terminated"
    error = new_forbidden(gvr.group_resource, obj["metadata"]["name"], text)
    error.status["details"]["causes"] = [{"reason": "NamespaceTerminating", "field": "metadata.namespace"}]
    return error


def refusing(verb: str, resource: str, error: Callable[[GroupVersionResource, Object], StatusError]) -> Refuse:
    """For `FakeCluster.refuse`: every such request fails."""
    return lambda own, gvr, obj: error(gvr, obj) if (own, gvr.resource) == (verb, resource) else None
