"""Which fields of a service go with which type, and what becomes of them when it changes.

Source: kubernetes ``pkg/registry/core/service/strategy.go`` dropTypeDependentFields,
``pkg/registry/core/service/storage/storage.go`` patchAllocatedValues.
"""

from __future__ import annotations

import ipaddress
from typing import Any

Object = dict[str, Any]

_ADDRESS_FIELDS = (("clusterIP", "clusterIPs"), ("ipFamilies",), ("ipFamilyPolicy",))


def needs_address(spec: Object) -> bool:
    """All but a mere name have an address, be it ``None``."""
    return spec.get("type") != "ExternalName"


def needs_node_ports(spec: Object) -> bool:
    """Reached by the nodes' addresses."""
    kind = spec.get("type")
    return kind == "NodePort" or (kind == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is not False)


def needs_check_port(spec: Object) -> bool:
    """A load balancer has to find out which nodes have pods."""
    return spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


def _is_balanced(spec: Object) -> bool:
    return spec.get("type") == "LoadBalancer"


def _is_reachable(spec: Object) -> bool:
    kind = spec.get("type")
    return kind in ("NodePort", "LoadBalancer") or (kind == "ClusterIP" and bool(spec.get("externalIPs")))


# Fields of which the server may have set the value, and what they are good for.
_DEPENDENT = (
    ("healthCheckNodePort", needs_check_port),
    ("allocateLoadBalancerNodePorts", _is_balanced),
    ("loadBalancerClass", _is_balanced),
    ("externalTrafficPolicy", _is_reachable),
)


def addresses_of(service: Object) -> list[int]:
    """The addresses a service has, as numbers."""
    spec = service.get("spec") or {}
    texts = spec.get("clusterIPs") or ([spec["clusterIP"]] if spec.get("clusterIP") else [])
    return [int(ipaddress.ip_address(text)) for text in texts if text != "None"]


def node_ports_of(service: Object) -> list[int]:
    """The ports of nodes that a service has."""
    spec = service.get("spec") or {}
    ports = [port["nodePort"] for port in spec.get("ports") or [] if port.get("nodePort")]
    return [*ports, spec["healthCheckNodePort"]] if spec.get("healthCheckNodePort") else ports


def keep_allocated(obj: Object, old: Object) -> None:
    """Fills in what was given out and an update leaves out."""
    spec, before = obj["spec"], old.get("spec") or {}
    if needs_address(spec) and needs_address(before):
        for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            if not spec.get(name) and before.get(name):
                spec[name] = before[name]
    if needs_node_ports(spec) and needs_node_ports(before):
        _keep_ports(spec.get("ports") or [], before.get("ports") or [])
    held = before.get("healthCheckNodePort")
    if held and needs_check_port(spec) and needs_check_port(before) and not spec.get("healthCheckNodePort"):
        spec["healthCheckNodePort"] = held


def _keep_ports(ports: list[Object], before: list[Object]) -> None:
    """By the ports' names, unless another one has asked for the number meanwhile."""
    asked = {port["nodePort"] for port in ports if port.get("nodePort")}
    held = {port.get("name", ""): port.get("nodePort") for port in before}
    for port in ports:
        number = held.get(port.get("name", ""))
        if number and not port.get("nodePort") and number not in asked:
            port["nodePort"] = number


def drop_unused(obj: Object, old: Object) -> None:
    """Takes away what the new type does not use, where nobody has asked for it but the old one had it."""
    spec, before = obj["spec"], old.get("spec") or {}
    if needs_address(before) and not needs_address(spec):
        for names in _ADDRESS_FIELDS:
            if all(spec.get(name) == before.get(name) for name in names):
                for name in names:
                    spec.pop(name, None)
    if needs_node_ports(before) and not needs_node_ports(spec):
        _drop_ports(spec.get("ports") or [], before.get("ports") or [])
    for name, needs in _DEPENDENT:
        if needs(before) and not needs(spec) and spec.get(name) == before.get(name):
            spec.pop(name, None)
    if not _is_balanced(spec) and (obj.get("status") or {}).get("loadBalancer"):
        obj["status"] = {**obj["status"], "loadBalancer": {}}


def _drop_ports(ports: list[Object], before: list[Object]) -> None:
    """Unless one of them is new: that is a wish, which validation will refuse."""
    asked = {port["nodePort"] for port in ports if port.get("nodePort")}
    if asked <= {port.get("nodePort") for port in before}:
        for port in ports:
            port.pop("nodePort", None)
