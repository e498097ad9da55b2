"""EndpointSlices list the pods behind each service with a selector.

Source: kubernetes ``pkg/controller/endpointslice`` and ``staging/src/k8s.io/endpointslice/reconciler.go``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller, own_key, split_key
from mini_server.controllers.endpoints import addresses, slicing
from mini_server.controllers.endpoints.addresses import Port
from mini_server.controllers.endpoints.services import ServiceIndex, has_selector, select
from mini_server.controllers.endpoints.triggers import TriggerTimes, annotate
from mini_server.controllers.expectations import Expectations
from mini_server.controllers.ownership import controller_of, controller_reference
from mini_server.controllers.resources import ENDPOINT_SLICES, NODES, PODS, SERVICES
from pykubectl.machinery.errors import StatusError, is_not_found
from pykubectl.machinery.schema import GroupVersionKind

Object = dict[str, Any]

SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
HEADLESS = "service.kubernetes.io/headless"

_SERVICE = GroupVersionKind("", "v1", "Service")
_ZONE = "topology.kubernetes.io/zone"


class Group(NamedTuple):
    """What all endpoints of a slice share."""

    family: str
    ports: tuple[Port, ...]


class EndpointSliceController(Controller):
    """One set of slices per address family and combination of ports, at most 100 endpoints in each."""

    name = "endpointslice-controller"

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._manager = f"{self.name}.k8s.io"
        self._times = TriggerTimes()
        # Slices have names that the server makes up: what the cache does not show yet would be made again.
        self._expectations = Expectations(context.clock)
        self._services = self.watch(SERVICES, own_key)
        self._pods = self.watch(PODS, ServiceIndex(self._services).keys)
        self._slices = self.watch(ENDPOINT_SLICES, self._keys_of_slice, on_add=self._slice_added)
        self._nodes = context.informer(NODES)

    def sync(self, key: str) -> None:
        """``key`` is a service's."""
        namespace, name = split_key(key)
        service = self._services.get(namespace, name)
        if service is None:
            # Its slices are removed by the garbage collector.
            self._times.forget(key)
            self._expectations.forget(key)
            return
        if service["metadata"].get("deletionTimestamp") or not has_selector(service):
            return
        if not self._expectations.satisfied(key):
            return
        pods = select(service, self._pods)
        time = self._times.latest(key, service, pods)
        self._apply(key, service, self._plan(service, pods), time)

    def _keys_of_slice(self, endpoint_slice: Object) -> list[str]:
        service = (endpoint_slice["metadata"].get("labels") or {}).get(SERVICE_NAME)
        if not service or not self._is_ours(endpoint_slice, service):
            return []
        return [f"{endpoint_slice['metadata']['namespace']}/{service}"]

    def _slice_added(self, endpoint_slice: Object) -> None:
        for key in self._keys_of_slice(endpoint_slice):
            self._expectations.creation_seen(key)

    def _is_ours(self, endpoint_slice: Object, service: str) -> bool:
        own = endpoint_slice["metadata"].get("labels") or {}
        return own.get(SERVICE_NAME) == service and own.get(MANAGED_BY) == self._manager

    # What there should be

    def _plan(self, service: Object, pods: Sequence[Object]) -> list[tuple[Group, slicing.Plan]]:
        desired = self._desired(service, pods)
        existing = self._existing(service)
        plans = [(group, slicing.spread(existing.pop(group, []), endpoints)) for group, endpoints in desired.items()]
        # One slice stays of each family, even if it is empty: that a service has no endpoints is told, too.
        for family in addresses.families_of(service):
            if not any(group.family == family for group in desired):
                plans.append(_placeholder(Group(family, ()), existing))
        plans += [(group, slicing.Plan(delete=slices)) for group, slices in existing.items()]
        return plans

    def _existing(self, service: Object) -> dict[Group, list[Object]]:
        meta = service["metadata"]
        found: dict[Group, list[Object]] = {}
        for one in sorted(self._slices.list(meta["namespace"]), key=lambda s: str(s["metadata"]["name"])):
            if self._is_ours(one, meta["name"]) and not one["metadata"].get("deletionTimestamp"):
                found.setdefault(_group_of(one), []).append(one)
        return found

    def _desired(self, service: Object, pods: Sequence[Object]) -> dict[Group, list[Object]]:
        groups: dict[Group, list[Object]] = {}
        for pod in sorted(pods, key=lambda p: str(p["metadata"]["name"])):
            if not addresses.should_be_listed(pod, include_terminating=True):
                continue
            ports = tuple(sorted(addresses.ports_of(service, pod), key=lambda port: port.name))
            for family in addresses.families_of(service):
                if ip := addresses.ip_of(pod, family):
                    groups.setdefault(Group(family, ports), []).append(self._endpoint(service, pod, ip))
        return groups

    def _endpoint(self, service: Object, pod: Object, ip: str) -> Object:
        endpoint: Object = {
            "addresses": [ip],
            "conditions": {
                "ready": addresses.ready(service, pod),
                "serving": addresses.serves(pod),
                "terminating": bool(pod["metadata"].get("deletionTimestamp")),
            },
            "targetRef": addresses.reference(pod),
        }
        node_name = pod["spec"].get("nodeName")
        if node_name:
            endpoint["nodeName"] = node_name
            node = self._nodes.get("", node_name) or {}
            zone = (node.get("metadata", {}).get("labels") or {}).get(_ZONE)
            if zone:
                endpoint["zone"] = zone
        if host := addresses.hostname(service, pod):
            endpoint["hostname"] = host
        return endpoint

    # Writes

    def _apply(self, key: str, service: Object, plans: list[tuple[Group, slicing.Plan]], time: str) -> None:
        """Creates before it deletes, so that no endpoint is missing meanwhile; at best turns one into the other."""
        create = [(group, endpoints) for group, plan in plans for endpoints in plan.create]
        update = [(stored, group, endpoints) for group, plan in plans for stored, endpoints in plan.update]
        update += [(stored, group, stored.get("endpoints") or []) for group, plan in plans for stored in plan.keep]
        delete = []
        for stored in (stored for _, plan in plans for stored in plan.delete):
            other = next((new for new in create if new[0].family == stored["addressType"]), None)
            if other is None or (controller_of(stored) or {}).get("uid") != service["metadata"]["uid"]:
                delete.append(stored)
            else:
                create.remove(other)
                update.append((stored, *other))
        self._create(key, service, create, time)
        for stored, group, endpoints in update:
            self._update(service, stored, group, endpoints, time)
        for stored in delete:
            self._delete(stored)

    def _create(self, key: str, service: Object, new: list[tuple[Group, list[Object]]], time: str) -> None:
        if new:
            self._expectations.expect(key, creations=len(new))
        done = 0
        try:
            for group, endpoints in new:
                endpoint_slice = self._new(service, group, endpoints, time)
                self.client.create(ENDPOINT_SLICES, service["metadata"]["namespace"], endpoint_slice)
                done += 1
        finally:
            for _ in range(len(new) - done):
                self._expectations.creation_seen(key)

    def _update(self, service: Object, stored: Object, group: Group, endpoints: list[Object], time: str) -> None:
        labels = self._labels(service)
        same = (stored.get("endpoints") or []) == endpoints and _group_of(stored) == group
        if same and stored["metadata"].get("labels") == labels:
            return
        meta = {**stored["metadata"], "labels": labels}
        meta["annotations"] = annotate(meta.get("annotations"), time)
        ports = [_port(port) for port in group.ports]
        self.client.update(ENDPOINT_SLICES, {**stored, "metadata": meta, "endpoints": endpoints, "ports": ports})

    def _delete(self, stored: Object) -> None:
        meta = stored["metadata"]
        try:
            self.client.delete(ENDPOINT_SLICES, meta["namespace"], meta["name"], uid=meta["uid"])
        except StatusError as error:
            if not is_not_found(error):
                raise

    def _new(self, service: Object, group: Group, endpoints: list[Object], time: str) -> Object:
        meta = service["metadata"]
        metadata: Object = {
            "generateName": f"{meta['name']}-",
            "namespace": meta["namespace"],
            "labels": self._labels(service),
            "ownerReferences": [controller_reference(service, _SERVICE)],
        }
        if annotations := annotate(None, time):
            metadata["annotations"] = annotations
        return {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": metadata,
            "addressType": group.family,
            "endpoints": endpoints,
            "ports": [_port(port) for port in group.ports],
        }

    def _labels(self, service: Object) -> dict[str, str]:
        own = dict(service["metadata"].get("labels") or {})
        own |= {SERVICE_NAME: service["metadata"]["name"], MANAGED_BY: self._manager}
        if addresses.is_headless(service):
            own[HEADLESS] = ""
        return own


def _placeholder(group: Group, existing: dict[Group, list[Object]]) -> tuple[Group, slicing.Plan]:
    """An empty slice: one that is empty already, or a new one."""
    stored = existing.get(group, [])
    empty = next((s for s in stored if not s.get("endpoints")), None)
    if empty is None:
        return group, slicing.Plan(create=[[]], delete=existing.pop(group, []))
    return group, slicing.Plan(keep=[empty], delete=[s for s in existing.pop(group) if s is not empty])


def _group_of(endpoint_slice: Object) -> Group:
    ports = [
        Port(entry.get("name", ""), entry.get("port", 0), entry.get("protocol", "TCP"), entry.get("appProtocol"))
        for entry in endpoint_slice.get("ports") or []
    ]
    return Group(endpoint_slice["addressType"], tuple(sorted(ports, key=lambda port: port.name)))


def _port(port: Port) -> Object:
    entry: Object = {"name": port.name, "port": port.port, "protocol": port.protocol}
    return {**entry, "appProtocol": port.app_protocol} if port.app_protocol else entry
