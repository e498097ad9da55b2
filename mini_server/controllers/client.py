"""The controllers' `Client` over the client library."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mini_server.controllers.context import DeletableResource
from pykubectl.client.discovery.client import DiscoveryClient
from pykubectl.client.dynamic import DynamicClient
from pykubectl.client.resource import MERGE_PATCH, STRATEGIC_MERGE_PATCH
from pykubectl.client.rest import RESTClient
from pykubectl.machinery.schema import GroupVersion, GroupVersionResource

Object = dict[str, Any]


class ControllerClient:
    """`Client` over REST."""

    def __init__(self, rest: RESTClient) -> None:
        self._dynamic = DynamicClient(rest)
        self._discovery = DiscoveryClient(rest)

    def get(self, gvr: GroupVersionResource, namespace: str, name: str) -> Object:
        """One object."""
        return self._dynamic.resource(gvr).namespace(namespace).get(name)

    def list(self, gvr: GroupVersionResource, namespace: str = "") -> list[Object]:
        """All objects."""
        found = self._dynamic.resource(gvr).namespace(namespace).list()
        items: list[Object] = found["items"]
        return items

    def create(self, gvr: GroupVersionResource, namespace: str, obj: Object) -> Object:
        """Creates an object."""
        return self._dynamic.resource(gvr).namespace(namespace).create(obj)

    def update(self, gvr: GroupVersionResource, obj: Object, subresource: str = "") -> Object:
        """Replaces an object or a subresource."""
        namespace = obj["metadata"].get("namespace", "")
        return self._dynamic.resource(gvr).namespace(namespace).update(obj, subresource=subresource)

    def merge_patch(self, gvr: GroupVersionResource, namespace: str, name: str, patch: Object) -> Object:
        """Applies a merge patch."""
        return self._dynamic.resource(gvr).namespace(namespace).patch(name, MERGE_PATCH, patch)

    def strategic_patch(self, gvr: GroupVersionResource, namespace: str, name: str, patch: Object) -> Object:
        """Applies a strategic merge patch."""
        return self._dynamic.resource(gvr).namespace(namespace).patch(name, STRATEGIC_MERGE_PATCH, patch)

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
        """Deletes an object."""
        self._dynamic.resource(gvr).namespace(namespace).delete(
            name,
            uid=uid or "",
            resource_version=resource_version or "",
            propagation_policy=propagation or "",
            grace_period_seconds=grace_seconds,
        )

    def delete_collection(self, gvr: GroupVersionResource, namespace: str) -> None:
        """Deletes all objects of a namespace."""
        self._dynamic.resource(gvr).namespace(namespace).delete_collection(propagation_policy="Background")

    def deletable_resources(self) -> Iterable[DeletableResource]:
        """From discovery: the preferred version of each resource, once."""
        groups, lists = self._discovery.server_groups_and_resources()
        preferred = {g["preferredVersion"]["groupVersion"] for g in groups}
        for document in lists:
            if document["groupVersion"] not in preferred:
                continue
            group, version = GroupVersion.parse(document["groupVersion"])
            for entry in document["resources"]:
                if "/" not in entry["name"] and "delete" in entry["verbs"]:
                    gvr = GroupVersionResource(group, version, entry["name"])
                    yield DeletableResource(gvr, entry["kind"], entry["namespaced"], frozenset(entry["verbs"]))
