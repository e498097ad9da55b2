"""An API server played by a dictionary, for controllers: every write is at once in the informers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

from mini_server.controllers.context import ControllerContext, DeletableResource
from mini_server.controllers.controller import Controller
from pykubectl.machinery.errors import new_already_exists, new_not_found
from pykubectl.machinery.patch.merge import apply as merge_patch
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.machinery.util.clock import FakeClock

Object = dict[str, Any]


class FakeInformer:
    """One resource of a `FakeCluster`."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], Object] = {}
        self.handlers: list[tuple[Callable[..., None], Callable[..., None], Callable[..., None]]] = []

    def add_event_handler(
        self,
        on_add: Callable[[Object], None],
        on_update: Callable[[Object, Object], None],
        on_delete: Callable[[Object], None],
    ) -> None:
        self.handlers.append((on_add, on_update, on_delete))

    def list(self, namespace: str = "") -> list[Object]:
        return [obj for (own, _), obj in sorted(self.objects.items()) if not namespace or own == namespace]

    def get(self, namespace: str, name: str) -> Object | None:
        return self.objects.get((namespace, name))


class FakeCluster:
    """Client, informers and recorder in one. Pods begin as Pending; deletion is immediate."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.informers: dict[GroupVersionResource, FakeInformer] = {}
        self.events: list[tuple[str, str, str]] = []
        self._versions = itertools.count(1)

    def context(self) -> ControllerContext:
        return ControllerContext(self, self.informer, lambda component: self, self.clock)

    def informer(self, gvr: GroupVersionResource) -> FakeInformer:
        return self.informers.setdefault(gvr, FakeInformer())

    def event(self, obj: Object, kind: str, reason: str, message: str) -> None:
        self.events.append((kind, reason, message))

    def get(self, gvr: GroupVersionResource, namespace: str, name: str) -> Object:
        found = self.informer(gvr).get(namespace, name)
        if found is None:
            raise new_not_found(gvr.group_resource, name)
        return found

    def list(self, gvr: GroupVersionResource, namespace: str = "") -> list[Object]:
        return self.informer(gvr).list(namespace)

    def create(self, gvr: GroupVersionResource, namespace: str, obj: Object) -> Object:
        number = next(self._versions)
        meta = {**obj["metadata"], "namespace": namespace}
        meta.setdefault("name", f"{meta.get('generateName', '')}{number}")
        if self.informer(gvr).get(namespace, meta["name"]) is not None:
            raise new_already_exists(gvr.group_resource, meta["name"])
        meta |= {"uid": f"uid-{number}", "creationTimestamp": f"2026-01-01T00:00:{number % 60:02}Z", "generation": 1}
        stored = {**obj, "metadata": meta}
        if gvr.resource == "pods":
            stored.setdefault("status", {"phase": "Pending"})
        return self._store(gvr, stored)

    def update(self, gvr: GroupVersionResource, obj: Object, subresource: str = "") -> Object:
        return self._store(gvr, obj)

    def merge_patch(self, gvr: GroupVersionResource, namespace: str, name: str, patch: Object) -> Object:
        return self._store(gvr, merge_patch(self.get(gvr, namespace, name), patch))

    def delete(
        self,
        gvr: GroupVersionResource,
        namespace: str,
        name: str,
        *,
        uid: str | None = None,
        resource_version: str | None = None,
        propagation: str | None = None,
    ) -> None:
        gone = self.get(gvr, namespace, name)
        del self.informer(gvr).objects[namespace, name]
        next(self._versions)
        for _, _, on_delete in self.informer(gvr).handlers:
            on_delete(gone)

    def delete_collection(self, gvr: GroupVersionResource, namespace: str) -> None:
        for obj in self.list(gvr, namespace):
            self.delete(gvr, namespace, obj["metadata"]["name"])

    def deletable_resources(self) -> Iterable[DeletableResource]:
        return ()

    def settle(self, controller: Controller, key: str, limit: int = 50) -> None:
        """Syncs until nothing is written any more."""
        for _ in range(limit):
            before = next(self._versions)
            controller.sync(key)
            if next(self._versions) == before + 1:
                return
        raise AssertionError("the controller does not come to rest")

    def _store(self, gvr: GroupVersionResource, obj: Object) -> Object:
        meta = obj["metadata"]
        key = (meta.get("namespace", ""), meta["name"])
        stored = {**obj, "metadata": {**meta, "resourceVersion": str(next(self._versions))}}
        informer = self.informer(gvr)
        old = informer.objects.get(key)
        informer.objects[key] = stored
        for on_add, on_update, _ in informer.handlers:
            on_add(stored) if old is None else on_update(old, stored)
        return stored
