"""EndpointSlices list the pods behind each service with a selector.

Source: kubernetes ``pkg/controller/endpointslice`` and ``staging/src/k8s.io/endpointslice/reconciler.go``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller, own_key, split_key
from mini_server.controllers.endpoints import addresses
from mini_server.controllers.endpoints.addresses import Port
from mini_server.controllers.endpoints.services import ServiceIndex, has_selector, select
from mini_server.controllers.ownership import controller_reference
from mini_server.controllers.resources import ENDPOINT_SLICES, NODES, PODS, SERVICES
from pykubectl.machinery.schema import GroupVersionKind

Object = dict[str, Any]

SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
HEADLESS = "service.kubernetes.io/headless"
MAX_ENDPOINTS = 100

_SERVICE = GroupVersionKind("", "v1", "Service")
_ZONE = "topology.kubernetes.io/zone"


class EndpointSliceController(Controller):
    """One set of slices per combination of ports, at most 100 endpoints in each."""

    name = "endpointslice-controller"

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._manager = f"{self.name}.k8s.io"
        self._services = self.watch(SERVICES, own_key)
        self._pods = self.watch(PODS, ServiceIndex(self._services).keys)
        self._slices = self.watch(ENDPOINT_SLICES, self._keys_of_slice)
        self._nodes = context.informer(NODES)

    def sync(self, key: str) -> None:
        """``key`` is a service's."""
        namespace, name = split_key(key)
        service = self._services.get(namespace, name)
        existing = [s for s in self._slices.list(namespace) if self._is_ours(s, name)]
        if service is None or service["metadata"].get("deletionTimestamp") or not has_selector(service):
            # The slices of a service that is gone are removed by the garbage collector.
            return
        self._reconcile(service, existing)

    def _keys_of_slice(self, endpoint_slice: Object) -> list[str]:
        service = (endpoint_slice["metadata"].get("labels") or {}).get(SERVICE_NAME)
        if not service or not self._is_ours(endpoint_slice, service):
            return []
        return [f"{endpoint_slice['metadata']['namespace']}/{service}"]

    def _is_ours(self, endpoint_slice: Object, service: str) -> bool:
        own = endpoint_slice["metadata"].get("labels") or {}
        return own.get(SERVICE_NAME) == service and own.get(MANAGED_BY) == self._manager

    def _reconcile(self, service: Object, existing: list[Object]) -> None:
        unused = sorted(existing, key=lambda s: str(s["metadata"]["name"]))
        for ports, endpoints in self._desired(service):
            for start in range(0, max(1, len(endpoints)), MAX_ENDPOINTS):
                self._write(service, ports, endpoints[start : start + MAX_ENDPOINTS], unused)
        for surplus in unused:
            meta = surplus["metadata"]
            self.client.delete(ENDPOINT_SLICES, meta["namespace"], meta["name"], uid=meta["uid"])

    def _desired(self, service: Object) -> list[tuple[tuple[Port, ...], list[Object]]]:
        """Endpoints grouped by the ports their pods serve; one empty slice where there are none."""
        groups: dict[tuple[Port, ...], list[Object]] = {}
        for pod in sorted(select(service, self._pods), key=lambda p: str(p["metadata"]["name"])):
            if addresses.should_be_listed(pod, include_terminating=True):
                groups.setdefault(addresses.ports_of(service, pod), []).append(self._endpoint(service, pod))
        return list(groups.items()) or [((), [])]

    def _endpoint(self, service: Object, pod: Object) -> Object:
        terminating = bool(pod["metadata"].get("deletionTimestamp"))
        endpoint: Object = {
            "addresses": [pod["status"]["podIP"]],
            "conditions": {
                "ready": addresses.ready(service, pod),
                "serving": addresses.serves(pod),
                "terminating": terminating,
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

    def _write(self, service: Object, ports: Sequence[Port], endpoints: list[Object], unused: list[Object]) -> None:
        wanted_ports = [_port(port) for port in ports]
        match = next((s for s in unused if (s.get("ports") or []) == wanted_ports), None)
        labels = self._labels(service)
        if match is None:
            self._create(service, labels, wanted_ports, endpoints)
            return
        unused.remove(match)
        if (match.get("endpoints") or []) != endpoints or match["metadata"].get("labels") != labels:
            meta = {**match["metadata"], "labels": labels}
            self.client.update(ENDPOINT_SLICES, {**match, "metadata": meta, "endpoints": endpoints})

    def _create(self, service: Object, labels: dict[str, str], ports: list[Object], endpoints: list[Object]) -> None:
        meta = service["metadata"]
        families = service["spec"].get("ipFamilies") or ["IPv4"]
        endpoint_slice = {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "generateName": f"{meta['name']}-",
                "namespace": meta["namespace"],
                "labels": labels,
                "ownerReferences": [controller_reference(service, _SERVICE)],
            },
            "addressType": families[0],
            "endpoints": endpoints,
            "ports": ports,
        }
        self.client.create(ENDPOINT_SLICES, meta["namespace"], endpoint_slice)

    def _labels(self, service: Object) -> dict[str, str]:
        own = dict(service["metadata"].get("labels") or {})
        own |= {SERVICE_NAME: service["metadata"]["name"], MANAGED_BY: self._manager}
        if service["spec"].get("clusterIP") == "None":
            own[HEADLESS] = ""
        return own


def _port(port: Port) -> Object:
    entry: Object = {"name": port.name, "port": port.port, "protocol": port.protocol}
    return {**entry, "appProtocol": port.app_protocol} if port.app_protocol else entry
