"""Services: addresses and node ports are given out here.

Source: kubernetes ``pkg/registry/core/service/storage/alloc.go``.
"""

from __future__ import annotations

import ipaddress
import random
from typing import Any

from mini_server.registry.context import RequestContext
from mini_server.registry.strategy import Strategy
from pykubectl.api.resources import Resource
from pykubectl.machinery.errors import new_internal_error, new_invalid
from pykubectl.machinery.schema import GroupKind
from pykubectl.machinery.validation import field

Object = dict[str, Any]

_KIND = GroupKind("", "Service")


class Allocator:
    """Numbers out of a range, each given once. Lives in the event loop's thread."""

    def __init__(self, first: int, size: int, *, reserved: int = 0) -> None:
        self._first = first
        self._size = size
        # New numbers come from behind the reserved part, so that people can choose in it without meeting them.
        self._reserved = min(reserved, size - 1)
        self._used: set[int] = set()
        self._chance = random.Random()

    def claim(self, number: int) -> bool:
        """Takes a certain number; False where it is outside the range or taken."""
        if not self._first <= number < self._first + self._size or number in self._used:
            return False
        self._used.add(number)
        return True

    def contains(self, number: int) -> bool:
        """Inside the range."""
        return self._first <= number < self._first + self._size

    def take(self) -> int | None:
        """Any free number, None where there is none."""
        for low, high in ((self._reserved, self._size), (0, self._reserved)):
            width = high - low
            start = self._chance.randrange(width) if width > 0 else 0
            for offset in range(width):
                number = self._first + low + (start + offset) % width
                if number not in self._used:
                    self._used.add(number)
                    return number
        return None

    def release(self, number: int) -> None:
        """Gives a number back."""
        self._used.discard(number)


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

    def load(self, service: Object) -> None:
        """Marks what a stored service holds."""
        for number in _addresses_of(service):
            self._addresses.claim(number)
        for number in _node_ports_of(service):
            self._ports.claim(number)

    async def begin_create(self, context: RequestContext, obj: Object) -> None:
        """Fills in addresses and ports."""
        self._allocate(obj, {}, context.dry_run)

    def prepare_for_update(self, context: RequestContext, obj: Object, old: Object) -> None:
        """Keeps what the service has."""
        super().prepare_for_update(context, obj, old)
        self._keep(obj, old)

    async def begin_update(self, context: RequestContext, obj: Object, old: Object) -> None:
        """Gives what the service needs now."""
        self._allocate(obj, old, context.dry_run)

    async def abort(self, obj: Object, old: Object | None) -> None:
        """Gives back what was taken for this write alone."""
        self._release(set(_addresses_of(obj)) - set(_addresses_of(old or {})), self._addresses)
        self._release(set(_node_ports_of(obj)) - set(_node_ports_of(old or {})), self._ports)

    async def after_delete(self, obj: Object) -> None:
        """Gives everything back."""
        self._release(set(_addresses_of(obj)), self._addresses)
        self._release(set(_node_ports_of(obj)), self._ports)

    def _release(self, numbers: set[int], allocator: Allocator) -> None:
        for number in numbers:
            allocator.release(number)

    def _keep(self, obj: Object, old: Object) -> None:
        """Fields that a client may leave out on an update."""
        spec, before = obj["spec"], old.get("spec", {})
        if spec.get("type") != "ExternalName" and before.get("type") != "ExternalName":
            for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
                if not spec.get(name) and before.get(name):
                    spec[name] = before[name]
        if spec.get("type") in ("NodePort", "LoadBalancer"):
            numbers = {_port_key(port): port.get("nodePort") for port in before.get("ports") or []}
            for port in spec.get("ports") or []:
                if not port.get("nodePort") and numbers.get(_port_key(port)):
                    port["nodePort"] = numbers[_port_key(port)]
        if before.get("healthCheckNodePort") and not spec.get("healthCheckNodePort"):
            spec["healthCheckNodePort"] = before["healthCheckNodePort"]

    def _allocate(self, obj: Object, old: Object, dry_run: bool) -> None:
        spec = obj["spec"]
        if spec.get("type") == "ExternalName":
            for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
                spec.pop(name, None)
            return
        # Nothing here gives such a service its addresses, so it may have any.
        anywhere = spec.get("clusterIP") == "None" and not spec.get("selector")
        spec.setdefault("ipFamilyPolicy", "RequireDualStack" if anywhere else "SingleStack")
        spec.setdefault("ipFamilies", [self._family])
        if anywhere and spec["ipFamilyPolicy"] != "SingleStack" and len(spec["ipFamilies"]) == 1:
            spec["ipFamilies"] = [*spec["ipFamilies"], "IPv6" if spec["ipFamilies"] == ["IPv4"] else "IPv4"]
        if spec.get("clusterIPs") and not spec.get("clusterIP"):
            spec["clusterIP"] = spec["clusterIPs"][0]
        if spec.get("clusterIP") != "None":
            self._allocate_address(obj, set(_addresses_of(old)))
        spec["clusterIPs"] = [spec["clusterIP"]]
        wants_ports = spec.get("type") == "NodePort" or (
            spec.get("type") == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts", True)
        )
        self._allocate_ports(obj, set(_node_ports_of(old)), wants_ports)

    def _allocate_address(self, obj: Object, held: set[int]) -> None:
        spec = obj["spec"]
        wanted = spec.get("clusterIP")
        if not wanted:
            number = self._addresses.take()
            if number is None:
                raise new_internal_error("failed to allocate a serviceIP: range is full")
            spec["clusterIP"] = str(ipaddress.ip_address(number))
            return
        try:
            number = int(ipaddress.ip_address(wanted))
        except ValueError:
            text = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
            raise _invalid(obj, "spec.clusterIPs[0]", wanted, text) from None
        if number in held or self._addresses.claim(number):
            return
        if not self._addresses.contains(number):
            text = "failed to allocate IP " + wanted + ": the provided network does not match the current range"
        else:
            text = f"failed to allocate IP {wanted}: provided IP is already allocated"
        raise _invalid(obj, "spec.clusterIPs", [wanted], text)

    def _allocate_ports(self, obj: Object, held: set[int], wants: bool) -> None:
        for index, port in enumerate(obj["spec"].get("ports") or []):
            number = port.get("nodePort")
            if number and number not in held:
                if not self._ports.claim(number):
                    low, high = self._range
                    text = "provided port is already allocated"
                    if not self._ports.contains(number):
                        text = f"provided port is not in the valid range. The range of valid ports is {low}-{high}"
                    raise _invalid(obj, f"spec.ports[{index}].nodePort", number, text)
            elif not number and wants:
                number = self._ports.take()
                if number is None:
                    raise new_internal_error("failed to allocate a nodePort: range is full")
                port["nodePort"] = number


def _invalid(obj: Object, path: str, value: Any, text: str) -> Exception:
    return new_invalid(_KIND, obj["metadata"].get("name", ""), [field.invalid(path, value, text)])


def _port_key(port: Object) -> tuple[Any, Any]:
    return port.get("protocol", "TCP"), port.get("port")


def _addresses_of(service: Object) -> list[int]:
    spec = service.get("spec") or {}
    found = []
    for text in spec.get("clusterIPs") or ([spec["clusterIP"]] if spec.get("clusterIP") else []):
        try:
            found.append(int(ipaddress.ip_address(text)))
        except ValueError:
            continue
    return found


def _node_ports_of(service: Object) -> list[int]:
    return [port["nodePort"] for port in (service.get("spec") or {}).get("ports") or [] if port.get("nodePort")]
