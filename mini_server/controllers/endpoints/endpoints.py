"""Endpoints, the older form of EndpointSlices, for clients that still read it.

Source: kubernetes ``pkg/controller/endpoint/endpoints_controller.go``, ``pkg/api/v1/endpoints/util.go``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller, own_key, split_key
from mini_server.controllers.deletion import delete_known
from mini_server.controllers.endpoints import addresses
from mini_server.controllers.endpoints.addresses import Port
from mini_server.controllers.endpoints.services import ServiceIndex, has_selector, select
from mini_server.controllers.endpoints.triggers import TriggerTimes, annotate
from mini_server.controllers.resources import ENDPOINTS, PODS, SERVICES

Object = dict[str, Any]

MANAGED_BY = "endpoints.kubernetes.io/managed-by"


class EndpointsController(Controller):
    """One Endpoints object per service with a selector, of the service's name."""

    name = "endpoints-controller"

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._times = TriggerTimes()
        self._services = self.watch(SERVICES, own_key)
        self._pods = self.watch(PODS, ServiceIndex(self._services).keys)
        self._endpoints = self.watch(ENDPOINTS, _managed_keys)

    def sync(self, key: str) -> None:
        """``key`` is a service's."""
        namespace, name = split_key(key)
        service = self._services.get(namespace, name)
        current = self._endpoints.get(namespace, name)
        if service is None:
            self._times.forget(key)
            self._remove(current)
            return
        if not has_selector(service):
            return
        pods = select(service, self._pods)
        time = self._times.latest(key, service, pods)
        subsets = _subsets(service, pods)
        labels = _labels(service)
        if current is None:
            self._create(service, labels, subsets, time)
        elif (current.get("subsets") or []) != subsets or (current["metadata"].get("labels") or {}) != labels:
            meta = {**current["metadata"], "labels": labels}
            meta["annotations"] = annotate(meta.get("annotations"), time)
            self.client.update(ENDPOINTS, {**current, "metadata": meta, "subsets": subsets})

    def _create(self, service: Object, labels: dict[str, str], subsets: list[Object], time: str) -> None:
        meta = {"name": service["metadata"]["name"], "namespace": service["metadata"]["namespace"], "labels": labels}
        if annotations := annotate(None, time):
            meta["annotations"] = annotations
        body = {"apiVersion": "v1", "kind": "Endpoints", "metadata": meta}
        self.client.create(ENDPOINTS, meta["namespace"], {**body, "subsets": subsets} if subsets else body)

    def _remove(self, current: Object | None) -> None:
        """Endpoints go with their service, whoever wrote them."""
        if current is not None:
            delete_known(self.client, ENDPOINTS, current)


def _managed_keys(endpoints: Object) -> tuple[str, ...]:
    """Endpoints that others write are looked at only when a service of their name changes or goes."""
    return own_key(endpoints) if MANAGED_BY in (endpoints["metadata"].get("labels") or {}) else ()


def _subsets(service: Object, pods: Iterable[Object]) -> list[Object]:
    """Addresses grouped by the ports they serve; a pod that serves none is left out, unless there are none at all."""
    family = addresses.families_of(service)[0]
    include = bool(service["spec"].get("publishNotReadyAddresses"))
    groups: dict[tuple[Port, ...], dict[str, list[Object]]] = {}
    for pod in sorted(pods, key=lambda p: addresses.ip_of(p, family)):
        ip = addresses.ip_of(pod, family)
        if not ip or not addresses.should_be_listed(pod, include_terminating=include):
            continue
        ports = addresses.ports_of(service, pod)
        if not ports and (service["spec"].get("ports") or not addresses.is_headless(service)):
            continue
        group = groups.setdefault(ports, {"addresses": [], "notReadyAddresses": []})
        field = "addresses" if addresses.ready(service, pod) else "notReadyAddresses"
        group[field].append(_address(service, pod, ip))
    return [_subset(ports, group) for ports, group in groups.items()]


def _labels(service: Object) -> dict[str, str]:
    own = dict(service["metadata"].get("labels") or {})
    own[MANAGED_BY] = "endpoint-controller"
    if addresses.is_headless(service):
        own[addresses.HEADLESS] = ""
    return own


def _subset(ports: tuple[Port, ...], group: dict[str, list[Object]]) -> Object:
    subset: Object = {field: entries for field, entries in group.items() if entries}
    if ports:
        subset["ports"] = [_port(port) for port in ports]
    return subset


def _port(port: Port) -> Object:
    entry: Object = {"port": port.port, "protocol": port.protocol}
    if port.name:
        entry["name"] = port.name
    return {**entry, "appProtocol": port.app_protocol} if port.app_protocol else entry


def _address(service: Object, pod: Object, ip: str) -> Object:
    address: Object = {"ip": ip, "targetRef": addresses.reference(pod)}
    if pod["spec"].get("nodeName"):
        address["nodeName"] = pod["spec"]["nodeName"]
    if host := addresses.hostname(service, pod):
        address["hostname"] = host
    return address
