"""EndpointSlices as those who manage them find and write them.

Source: kubernetes ``staging/src/k8s.io/endpointslice/reconciler.go``, ``utils.go``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mini_server.controllers.context import Client, Informer
from mini_server.controllers.deletion import delete_known
from mini_server.controllers.endpoints.addresses import Port
from mini_server.controllers.endpoints.slicing import Plan
from mini_server.controllers.expectations import Expectations
from mini_server.controllers.ownership import controller_reference
from mini_server.controllers.resources import ENDPOINT_SLICES
from pykubectl.helpers.owners import is_controlled_by
from pykubectl.machinery.schema import GroupVersionKind
from pykubectl.machinery.util.clock import Clock

Object = dict[str, Any]
Annotations = dict[str, str]

SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"


class Group(NamedTuple):
    """What all endpoints of a slice share."""

    family: str
    ports: tuple[Port, ...]


@dataclass(frozen=True, slots=True)
class Owner:
    """What slices are made for: its labels are theirs, and ``annotate`` makes their annotations of what they have."""

    obj: Object
    gvk: GroupVersionKind
    labels: dict[str, str]
    annotate: Callable[[Annotations | None], Annotations]


class Slices:
    """The slices of one manager. Safe to use from several threads."""

    def __init__(self, client: Client, clock: Clock, manager: str) -> None:
        self._client = client
        self._manager = manager
        # Slices have names that the server makes up: what the cache does not show yet would be made again.
        self._expectations = Expectations(clock)

    def keys(self, endpoint_slice: Object) -> list[str]:
        """For `Controller.watch`: the service of a slice of ours."""
        own = endpoint_slice["metadata"].get("labels") or {}
        if not own.get(SERVICE_NAME) or own.get(MANAGED_BY) != self._manager:
            return []
        return [f"{endpoint_slice['metadata']['namespace']}/{own[SERVICE_NAME]}"]

    def added(self, endpoint_slice: Object) -> None:
        """For `Controller.watch`: a slice came."""
        for key in self.keys(endpoint_slice):
            self._expectations.creation_seen(key)

    def satisfied(self, key: str) -> bool:
        """Whether all that was made has been seen."""
        return self._expectations.satisfied(key)

    def forget(self, key: str) -> None:
        """The service is gone."""
        self._expectations.forget(key)

    def labels(self, service: str, own: dict[str, str]) -> dict[str, str]:
        """Labels of a slice."""
        return own | {SERVICE_NAME: service, MANAGED_BY: self._manager}

    def existing(self, informer: Informer, key: str) -> dict[Group, list[Object]]:
        """Ours of a service, by what they share."""
        found: dict[Group, list[Object]] = {}
        for one in sorted(informer.list(key.partition("/")[0]), key=lambda s: str(s["metadata"]["name"])):
            if key in self.keys(one) and not one["metadata"].get("deletionTimestamp"):
                found.setdefault(group_of(one), []).append(one)
        return found

    def apply(self, key: str, owner: Owner, plans: Sequence[tuple[Group, Plan]]) -> None:
        """Creates before it deletes, so that no endpoint is missing meanwhile; at best turns one into the other."""
        create = [(group, endpoints) for group, plan in plans for endpoints in plan.create]
        update = [(stored, group, endpoints) for group, plan in plans for stored, endpoints in plan.update]
        update += [(stored, group, stored.get("endpoints") or []) for group, plan in plans for stored in plan.keep]
        delete = []
        for stored in (stored for _, plan in plans for stored in plan.delete):
            other = next((new for new in create if new[0].family == stored["addressType"]), None)
            if other is None or not is_controlled_by(stored, owner.obj):
                delete.append(stored)
            else:
                create.remove(other)
                update.append((stored, *other))
        self._create(key, owner, create)
        for stored, group, endpoints in update:
            self._update(owner, stored, group, endpoints)
        for stored in delete:
            delete_known(self._client, ENDPOINT_SLICES, stored)

    def _create(self, key: str, owner: Owner, new: list[tuple[Group, list[Object]]]) -> None:
        if new:
            self._expectations.expect(key, creations=len(new))
        done = 0
        try:
            for group, endpoints in new:
                endpoint_slice = _new(owner, group, endpoints)
                self._client.create(ENDPOINT_SLICES, owner.obj["metadata"]["namespace"], endpoint_slice)
                done += 1
        finally:
            for _ in range(len(new) - done):
                self._expectations.creation_seen(key)

    def _update(self, owner: Owner, stored: Object, group: Group, endpoints: list[Object]) -> None:
        same = (stored.get("endpoints") or []) == endpoints and group_of(stored) == group
        if same and stored["metadata"].get("labels") == owner.labels:
            return
        meta = {**stored["metadata"], "labels": owner.labels}
        meta["annotations"] = owner.annotate(meta.get("annotations"))
        ports = [_port(port) for port in group.ports]
        self._client.update(ENDPOINT_SLICES, {**stored, "metadata": meta, "endpoints": endpoints, "ports": ports})


def group_of(endpoint_slice: Object) -> Group:
    """What a stored slice's endpoints share."""
    return Group(endpoint_slice["addressType"], ports_of(endpoint_slice.get("ports") or []))


def ports_of(entries: Sequence[Object]) -> tuple[Port, ...]:
    """Ports in the order of their names."""
    ports = [
        Port(entry.get("name", ""), entry.get("port", 0), entry.get("protocol", "TCP"), entry.get("appProtocol"))
        for entry in entries
    ]
    return tuple(sorted(ports, key=lambda port: port.name))


def _new(owner: Owner, group: Group, endpoints: list[Object]) -> Object:
    meta = owner.obj["metadata"]
    metadata: Object = {
        "generateName": f"{meta['name']}-",
        "namespace": meta["namespace"],
        "labels": owner.labels,
        "ownerReferences": [controller_reference(owner.obj, owner.gvk)],
    }
    if annotations := owner.annotate(None):
        metadata["annotations"] = annotations
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": metadata,
        "addressType": group.family,
        "endpoints": endpoints,
        "ports": [_port(port) for port in group.ports],
    }


def _port(port: Port) -> Object:
    entry: Object = {"name": port.name, "port": port.port, "protocol": port.protocol}
    return {**entry, "appProtocol": port.app_protocol} if port.app_protocol else entry
