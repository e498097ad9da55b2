"""Endpoints, the older form of EndpointSlices, for clients that still read it.

Source: kubernetes ``pkg/controller/endpoint/endpoints_controller.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller, own_key, split_key
from mini_server.controllers.endpoints import addresses
from mini_server.controllers.endpoints.addresses import Port
from mini_server.controllers.endpoints.services import ServiceIndex, has_selector, select
from mini_server.controllers.resources import ENDPOINTS, PODS, SERVICES

Object = dict[str, Any]

HEADLESS = "service.kubernetes.io/headless"
MANAGED_BY = "endpoints.kubernetes.io/managed-by"


class EndpointsController(Controller):
    """One Endpoints object per service with a selector, of the service's name."""

    name = "endpoints-controller"

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._services = self.watch(SERVICES, own_key)
        self._pods = self.watch(PODS, ServiceIndex(self._services).keys)
        self._endpoints = self.watch(ENDPOINTS, own_key)

    def sync(self, key: str) -> None:
        """``key`` is a service's."""
        namespace, name = split_key(key)
        service = self._services.get(namespace, name)
        current = self._endpoints.get(namespace, name)
        if service is None:
            self._remove(current)
            return
        if not has_selector(service):
            return
        subsets = self._subsets(service)
        labels = self._labels(service)
        if current is None:
            meta = {"name": name, "namespace": namespace, "labels": labels}
            body = {"apiVersion": "v1", "kind": "Endpoints", "metadata": meta}
            self.client.create(ENDPOINTS, namespace, {**body, "subsets": subsets} if subsets else body)
        elif (current.get("subsets") or []) != subsets or current["metadata"].get("labels") != labels:
            meta = {**current["metadata"], "labels": labels}
            self.client.update(ENDPOINTS, {**current, "metadata": meta, "subsets": subsets})

    def _remove(self, current: Object | None) -> None:
        """What this controller made goes with its service; what others made is theirs."""
        if current is None or MANAGED_BY not in (current["metadata"].get("labels") or {}):
            return
        meta = current["metadata"]
        self.client.delete(ENDPOINTS, meta["namespace"], meta["name"], uid=meta["uid"])

    def _subsets(self, service: Object) -> list[Object]:
        """Addresses grouped by the ports they serve."""
        groups: dict[tuple[Port, ...], dict[str, list[Object]]] = {}
        include = bool(service["spec"].get("publishNotReadyAddresses"))
        for pod in sorted(select(service, self._pods), key=lambda p: str(p.get("status", {}).get("podIP", ""))):
            if not addresses.should_be_listed(pod, include_terminating=include):
                continue
            group = groups.setdefault(addresses.ports_of(service, pod), {"addresses": [], "notReadyAddresses": []})
            field = "addresses" if addresses.ready(service, pod) else "notReadyAddresses"
            group[field].append(_address(service, pod))
        return [_subset(ports, group) for ports, group in groups.items()]

    def _labels(self, service: Object) -> dict[str, str]:
        own = dict(service["metadata"].get("labels") or {})
        own[MANAGED_BY] = "endpoint-controller"
        if service["spec"].get("clusterIP") == "None":
            own[HEADLESS] = ""
        return own


def _subset(ports: tuple[Port, ...], group: dict[str, list[Object]]) -> Object:
    subset: Object = {field: entries for field, entries in group.items() if entries}
    if ports:
        subset["ports"] = [
            {"port": port.port, "protocol": port.protocol, **({"name": port.name} if port.name else {})}
            for port in ports
        ]
    return subset


def _address(service: Object, pod: Object) -> Object:
    address: Object = {"ip": pod["status"]["podIP"], "targetRef": addresses.reference(pod)}
    if pod["spec"].get("nodeName"):
        address["nodeName"] = pod["spec"]["nodeName"]
    if host := addresses.hostname(service, pod):
        address["hostname"] = host
    return address
