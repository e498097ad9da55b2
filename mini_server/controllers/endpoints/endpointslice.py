"""EndpointSlices list the pods behind each service with a selector.

Source: kubernetes ``pkg/controller/endpointslice`` and ``staging/src/k8s.io/endpointslice/reconciler.go``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller, key_of, own_key, split_key
from mini_server.controllers.endpoints import addresses, slicing
from mini_server.controllers.endpoints.services import ServiceIndex, has_selector, select
from mini_server.controllers.endpoints.slices import Group, Owner, Slices
from mini_server.controllers.endpoints.triggers import TriggerTimes, annotate
from mini_server.controllers.resources import ENDPOINT_SLICES, NODES, PODS, SERVICES
from pykubectl.machinery.schema import GroupVersionKind

Object = dict[str, Any]

_SERVICE = GroupVersionKind("", "v1", "Service")
_ZONE = "topology.kubernetes.io/zone"


class EndpointSliceController(Controller):
    """One set of slices per address family and combination of ports, at most 100 endpoints in each."""

    name = "endpointslice-controller"

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._ours = Slices(self.client, self.clock, "endpointslice-controller.k8s.io")
        self._times = TriggerTimes()
        self._services = self.watch(SERVICES, own_key)
        self._pods = self.watch(PODS, ServiceIndex(self._services).keys)
        self._slices = self.watch(ENDPOINT_SLICES, self._ours.keys, on_add=self._ours.added)
        self._nodes = context.informer(NODES)

    def sync(self, key: str) -> None:
        """``key`` is a service's."""
        service = self._services.get(*split_key(key))
        if service is None:
            # Its slices are removed by the garbage collector.
            self._times.forget(key)
            self._ours.forget(key)
            return
        if service["metadata"].get("deletionTimestamp") or not has_selector(service):
            return
        if not self._ours.satisfied(key):
            return
        pods = select(service, self._pods)
        time = self._times.latest(key, service, pods)
        owner = Owner(service, _SERVICE, self._labels(service), lambda annotations: annotate(annotations, time))
        self._ours.apply(key, owner, self._plan(service, pods))

    def _labels(self, service: Object) -> dict[str, str]:
        own = self._ours.labels(service["metadata"]["name"], dict(service["metadata"].get("labels") or {}))
        return {**own, addresses.HEADLESS: ""} if addresses.is_headless(service) else own

    def _plan(self, service: Object, pods: Sequence[Object]) -> list[tuple[Group, slicing.Plan]]:
        desired = self._desired(service, pods)
        existing = self._ours.existing(self._slices, key_of(service))
        plans = [(group, slicing.spread(existing.pop(group, []), endpoints)) for group, endpoints in desired.items()]
        # One slice stays of each family, even if it is empty: that a service has no endpoints is told, too.
        for family in addresses.families_of(service):
            if not any(group.family == family for group in desired):
                plans.append(_placeholder(Group(family, ()), existing))
        plans += [(group, slicing.Plan(delete=slices)) for group, slices in existing.items()]
        return plans

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


def _placeholder(group: Group, existing: dict[Group, list[Object]]) -> tuple[Group, slicing.Plan]:
    """An empty slice: one that is empty already, or a new one."""
    stored = existing.get(group, [])
    empty = next((s for s in stored if not s.get("endpoints")), None)
    if empty is None:
        return group, slicing.Plan(create=[[]], delete=existing.pop(group, []))
    return group, slicing.Plan(keep=[empty], delete=[s for s in existing.pop(group) if s is not empty])
