"""Services: addresses and node ports are given out here.

Source: kubernetes ``pkg/registry/core/service/storage/alloc.go``.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from mini_server.registry.context import RequestContext
from mini_server.registry.core.allocation import Allocator, Claims
from mini_server.registry.core.service_fields import (
    addresses_of,
    drop_unused,
    keep_allocated,
    needs_address,
    needs_check_port,
    needs_node_ports,
    node_ports_of,
)
from mini_server.registry.strategy import Strategy
from pykubectl.api.resources import Resource
from pykubectl.machinery.errors import StatusError, new_internal_error, new_invalid
from pykubectl.machinery.schema import GroupKind
from pykubectl.machinery.validation import field

Object = dict[str, Any]

_KIND = GroupKind("", "Service")


class ServiceStrategy(Strategy):
    """``load`` must be told of every service there is before the first request."""

    def __init__(self, resource: Resource, cidr: str, ports: tuple[int, int]) -> None:
        super().__init__(resource)
        network = ipaddress.ip_network(cidr)
        usable = max(1, network.num_addresses - 2)
        self._family = "IPv4" if network.version == 4 else "IPv6"
        self._addresses = Allocator(int(network.network_address) + 1, usable, reserved=min(256, usable // 16))
        size = ports[1] - ports[0] + 1
        self._ports = Allocator(ports[0], size, reserved=min(128, size // 16))
        self._range = ports

    @property
    def free(self) -> tuple[int, int]:
        """How many addresses and ports of nodes are left."""
        return self._addresses.free, self._ports.free

    def load(self, service: Object) -> None:
        """Marks what a stored service holds."""
        for number in addresses_of(service):
            self._addresses.claim(number)
        for number in node_ports_of(service):
            self._ports.claim(number)

    async def begin_create(self, context: RequestContext, obj: Object) -> None:
        """Fills in addresses and ports."""
        self._allocate(obj, {})

    def prepare_for_update(self, context: RequestContext, obj: Object, old: Object) -> None:
        """Keeps what the service has, as long as it is of use to its type."""
        super().prepare_for_update(context, obj, old)
        keep_allocated(obj, old)
        drop_unused(obj, old)

    async def begin_update(self, context: RequestContext, obj: Object, old: Object) -> None:
        """Gives what the service needs now."""
        self._allocate(obj, old)

    async def abort(self, obj: Object, old: Object | None) -> None:
        """Gives back what was taken for this write alone."""
        self._release(obj, old or {})

    async def after_update(self, obj: Object, old: Object) -> None:
        """Gives back what the service no longer has."""
        self._release(old, obj)

    async def after_delete(self, obj: Object) -> None:
        """Gives everything back."""
        self._release(obj, {})

    def _release(self, obj: Object, kept: Object) -> None:
        """What one service has and the other has not."""
        for number in set(addresses_of(obj)) - set(addresses_of(kept)):
            self._addresses.release(number)
        for number in set(node_ports_of(obj)) - set(node_ports_of(kept)):
            self._ports.release(number)

    def _allocate(self, obj: Object, old: Object) -> None:
        with Claims() as claims:
            spec = obj["spec"]
            if needs_address(spec):
                self._fill_families(spec)
                if spec.get("clusterIP") != "None":
                    self._allocate_address(obj, set(addresses_of(old)), claims)
                spec["clusterIPs"] = [spec["clusterIP"]]
            self._allocate_ports(obj, set(node_ports_of(old)), claims)

    def _fill_families(self, spec: Object) -> None:
        # Nothing here gives such a service its addresses, so it may have any.
        anywhere = spec.get("clusterIP") == "None" and not spec.get("selector")
        spec.setdefault("ipFamilyPolicy", "RequireDualStack" if anywhere else "SingleStack")
        spec.setdefault("ipFamilies", [self._family])
        if anywhere and spec["ipFamilyPolicy"] != "SingleStack" and len(spec["ipFamilies"]) == 1:
            spec["ipFamilies"] = [*spec["ipFamilies"], "IPv6" if spec["ipFamilies"] == ["IPv4"] else "IPv4"]
        if spec.get("clusterIPs") and not spec.get("clusterIP"):
            spec["clusterIP"] = spec["clusterIPs"][0]

    def _allocate_address(self, obj: Object, held: set[int], claims: Claims) -> None:
        spec = obj["spec"]
        wanted = spec.get("clusterIP")
        if not wanted:
            number = claims.take(self._addresses)
            if number is None:
                raise new_internal_error("failed to allocate a serviceIP: range is full")
            spec["clusterIP"] = str(ipaddress.ip_address(number))
            return
        number = int(ipaddress.ip_address(wanted))
        if number in held or claims.claim(self._addresses, number):
            return
        if not self._addresses.contains(number):
            text = "failed to allocate IP " + wanted + ": the provided network does not match the current range"
        else:
            text = f"failed to allocate IP {wanted}: provided IP is already allocated"
        raise _invalid(obj, "spec.clusterIPs", [wanted], text)

    def _allocate_ports(self, obj: Object, held: set[int], claims: Claims) -> None:
        spec = obj["spec"]
        own: set[int] = set()
        for index, port in enumerate(spec.get("ports") or []):
            number = port.get("nodePort")
            if number and number not in held | own:
                self._claim_port(obj, f"spec.ports[{index}].nodePort", number, claims)
            elif not number and needs_node_ports(spec):
                number = port["nodePort"] = self._take_port(claims)
            own.add(number)
        if not needs_check_port(spec):
            return
        number = spec.get("healthCheckNodePort")
        if not number:
            spec["healthCheckNodePort"] = self._take_port(claims)
        elif number not in held:
            self._claim_port(obj, "spec.healthCheckNodePort", number, claims)

    def _take_port(self, claims: Claims) -> int:
        number = claims.take(self._ports)
        if number is None:
            raise new_internal_error("failed to allocate a nodePort: range is full")
        return number

    def _claim_port(self, obj: Object, path: str, number: int, claims: Claims) -> None:
        if claims.claim(self._ports, number):
            return
        low, high = self._range
        text = "provided port is already allocated"
        if not self._ports.contains(number):
            text = f"provided port is not in the valid range. The range of valid ports is {low}-{high}"
        raise _invalid(obj, path, number, text)


def _invalid(obj: Object, path: str, value: Any, text: str) -> StatusError:
    return new_invalid(_KIND, obj["metadata"].get("name", ""), [field.invalid(path, value, text)])
