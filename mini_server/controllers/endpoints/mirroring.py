"""Endpoints that somebody has written by hand are mirrored in EndpointSlices, which is what is read today.

Source: kubernetes ``pkg/controller/endpointslicemirroring``.
"""

from __future__ import annotations

from typing import Any

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller, own_key, split_key
from mini_server.controllers.endpoints import slicing
from mini_server.controllers.endpoints.slices import Group, Owner, Slices, ports_of
from mini_server.controllers.endpoints.triggers import ANNOTATION as TRIGGER
from mini_server.controllers.resources import ENDPOINT_SLICES, ENDPOINTS, SERVICES
from pykubectl.helpers.annotations import LAST_APPLIED
from pykubectl.machinery.schema import GroupVersionKind

Object = dict[str, Any]

SKIP = "endpointslice.kubernetes.io/skip-mirror"
_LEADER = "control-plane.alpha.kubernetes.io/leader"
_ENDPOINTS = GroupVersionKind("", "v1", "Endpoints")


class EndpointSliceMirroringController(Controller):
    """Slices for the Endpoints of services without a selector."""

    name = "endpointslice-mirroring-controller"

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._ours = Slices(self.client, self.clock, "endpointslicemirroring-controller.k8s.io")
        self._endpoints = self.watch(ENDPOINTS, own_key)
        self._services = self.watch(SERVICES, own_key)
        self._slices = self.watch(ENDPOINT_SLICES, self._ours.keys, on_add=self._ours.added)

    def sync(self, key: str) -> None:
        """``key`` is a service's, and that of its Endpoints."""
        endpoints = self._endpoints.get(*split_key(key))
        if endpoints is None:
            # Their slices are removed by the garbage collector.
            self._ours.forget(key)
            return
        if not self._ours.satisfied(key):
            return
        desired = _desired(endpoints) if self._is_mirrored(key, endpoints) else {}
        existing = self._ours.existing(self._slices, key)
        plans = [(group, slicing.spread(existing.pop(group, []), entries)) for group, entries in desired.items()]
        plans += [(group, slicing.Plan(delete=slices)) for group, slices in existing.items()]
        meta = endpoints["metadata"]
        labels = self._ours.labels(meta["name"], dict(meta.get("labels") or {}))
        annotations = {
            name: value
            for name, value in (meta.get("annotations") or {}).items()
            if name not in (TRIGGER, LAST_APPLIED)
        }
        self._ours.apply(key, Owner(endpoints, _ENDPOINTS, labels, lambda _: annotations), plans)

    def _is_mirrored(self, key: str, endpoints: Object) -> bool:
        meta = endpoints["metadata"]
        if (meta.get("labels") or {}).get(SKIP) == "true" or _LEADER in (meta.get("annotations") or {}):
            return False
        service = self._services.get(*split_key(key))
        return service is not None and service["spec"].get("selector") is None and not meta.get("deletionTimestamp")


def _desired(endpoints: Object) -> dict[Group, list[Object]]:
    groups: dict[Group, list[Object]] = {}
    for subset in endpoints.get("subsets") or []:
        ports = ports_of(subset.get("ports") or [])
        for field, ready in (("addresses", True), ("notReadyAddresses", False)):
            for address in subset.get(field) or []:
                family = "IPv6" if ":" in address["ip"] else "IPv4"
                groups.setdefault(Group(family, ports), []).append(_endpoint(address, ready))
    return groups


def _endpoint(address: Object, ready: bool) -> Object:
    endpoint: Object = {"addresses": [address["ip"]], "conditions": {"ready": ready}}
    given = {name: address[name] for name in ("hostname", "targetRef", "nodeName") if address.get(name)}
    return {**endpoint, **given}
