"""Validation of services and of the addresses behind them.

Source: kubernetes ``pkg/apis/core/validation/validation.go`` ValidateService, ValidateEndpoints.
"""

from __future__ import annotations

from typing import Any

from mini_server.apis import rules
from mini_server.apis.internal import internal
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_AFFINITIES = ("ClientIP", "None")
_POLICIES = ("Cluster", "Local")
_FAMILY_POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")
_DISTRIBUTIONS = ("PreferClose", "PreferSameNode", "PreferSameZone")
_DAY = 86400
_SPEC = Path.new("spec")
_BALANCER_ONLY = "may only be used when `type` is 'LoadBalancer'"


def service(obj: Object) -> ErrorList:
    """A Service."""
    spec = obj.get("spec") or {}
    kind, ports = spec.get("type", "ClusterIP"), spec.get("ports") or []
    headless = spec.get("clusterIP") == "None"
    faults: ErrorList = []
    if not ports and not headless and kind != "ExternalName":
        faults.append(field.required(_SPEC.child("ports")))
    faults += _by_type(spec, kind, headless)
    faults += _ports(ports, _SPEC.child("ports"))
    faults += rules.labels(spec.get("selector") or {}, _SPEC.child("selector"))
    faults += _affinity(spec)
    faults += _cluster_addresses(spec, kind)
    for index, address in enumerate(spec.get("externalIPs") or []):
        here = _SPEC.child("externalIPs").index(index)
        faults += rules.ip_address(here, address) or rules.ordinary_address(here, address)
    if kind not in _TYPES:
        faults.append(field.not_supported(_SPEC.child("type"), kind, _TYPES))
    faults += _unique_ports(ports, kind, _SPEC.child("ports"))
    return faults + _balancer(spec, kind) + _traffic(spec, kind)


def _by_type(spec: Object, kind: str, headless: bool) -> ErrorList:
    if kind in ("LoadBalancer", "NodePort"):
        text = f"may not be set to 'None' for {kind} services"
        return [field.invalid(_SPEC.child("clusterIPs").index(0), "None", text)] if headless else []
    if kind != "ExternalName":
        return []
    text = "may not be set for ExternalName services"
    faults = [
        field.forbidden(_SPEC.child(name), text)
        for name in ("clusterIPs", "ipFamilies", "ipFamilyPolicy")
        if spec.get(name) or (name == "clusterIPs" and spec.get("clusterIP"))
    ]
    return faults + rules.named(_SPEC.child("externalName"), (spec.get("externalName") or "").removesuffix("."))


def _ports(ports: list[Object], path: Path) -> ErrorList:
    faults: ErrorList = []
    seen: set[str] = set()
    for index, port in enumerate(ports):
        here, name = path.index(index), port.get("name", "")
        if len(ports) > 1 and not name:
            faults.append(field.required(here.child("name")))
        elif name:
            faults += rules.told(here.child("name"), name, names.is_dns1123_label(name))
            if name in seen:
                faults.append(field.duplicate(here.child("name"), name))
            seen.add(name)
        faults += rules.port(here.child("port"), port.get("port", 0))
        faults += rules.one_of(here.child("protocol"), port.get("protocol", "TCP"), rules.PROTOCOLS)
        if port.get("targetPort") is not None:
            faults += rules.port(here.child("targetPort"), port["targetPort"])
        if port.get("appProtocol") is not None:
            faults += rules.told(
                here.child("appProtocol"), port["appProtocol"], names.is_qualified_name(port["appProtocol"])
            )
    return faults


def _unique_ports(ports: list[Object], kind: str, path: Path) -> ErrorList:
    faults: ErrorList = []
    if kind == "ClusterIP":
        text = "may not be used when `type` is 'ClusterIP'"
        faults += [
            field.forbidden(path.index(index).child("nodePort"), text)
            for index, port in enumerate(ports)
            if port.get("nodePort")
        ]
    seen: set[tuple[str, str, int]] = set()
    for name in ("nodePort", "port"):
        for index, port in enumerate(ports):
            protocol, number = port.get("protocol", "TCP"), port.get(name, 0)
            if name == "nodePort" and not number:
                continue
            if (name, protocol, number) in seen:
                here = path.index(index)
                shown = internal("ServicePort", {"protocol": protocol, "port": number, "targetPort": 0})
                duplicate = field.duplicate(here, shown)
                faults.append(field.duplicate(here.child(name), number) if name == "nodePort" else duplicate)
            seen.add((name, protocol, number))
    return faults


def _affinity(spec: Object) -> ErrorList:
    kind, config, path = spec.get("sessionAffinity", "None"), spec.get("sessionAffinityConfig"), _SPEC
    faults = rules.if_set(path.child("sessionAffinity"), kind, _AFFINITIES)
    here = path.child("sessionAffinityConfig")
    if kind == "None" and config is not None:
        faults.append(field.forbidden(here, "must not be set when session affinity is None"))
    if kind != "ClientIP":
        return faults
    needed = "when session affinity type is ClientIP"
    if config is None:
        return [*faults, field.required(here, needed)]
    own = config.get("clientIP")
    if own is None:
        return [*faults, field.required(here.child("clientIP"), needed)]
    seconds, where = own.get("timeoutSeconds"), here.child("clientIP", "timeoutSeconds")
    if seconds is None:
        faults.append(field.required(where, needed))
    elif not 0 < seconds <= _DAY:
        faults.append(field.invalid(where, seconds, f"must be greater than 0 and less than {_DAY}"))
    return faults


def _cluster_addresses(spec: Object, kind: str) -> ErrorList:
    """The service's own addresses; where only one is given, the others follow from it."""
    if kind == "ExternalName":
        return []
    single, several = spec.get("clusterIP"), spec.get("clusterIPs") or []
    faults: ErrorList = []
    if single and several and several[0] != single:
        faults.append(field.invalid(_SPEC.child("clusterIPs"), several, "first value must match `clusterIP`"))
    for index, family in enumerate(spec.get("ipFamilies") or []):
        if family not in ("IPv4", "IPv6"):
            faults.append(field.not_supported(_SPEC.child("ipFamilies").index(index), family, ("IPv4", "IPv6")))
        if family in spec["ipFamilies"][:index]:
            faults.append(field.duplicate(_SPEC.child("ipFamilies").index(index), family))
    faults += rules.if_set(_SPEC.child("ipFamilyPolicy"), spec.get("ipFamilyPolicy"), _FAMILY_POLICIES)
    addresses = several or ([single] if single else [])
    for index, address in enumerate(addresses):
        here = _SPEC.child("clusterIPs").index(index)
        if address == "None" and (index or len(addresses) > 1):
            return [*faults, field.invalid(here, address, "'None' must be the first and only value")]
        if address and address != "None":
            faults += rules.ip_address(here, address)
    if len(addresses) > 2:
        faults.append(field.invalid(_SPEC.child("clusterIPs"), addresses, "may only hold up to 2 values"))
    return faults


def _balancer(spec: Object, kind: str) -> ErrorList:
    faults: ErrorList = []
    ranges, path = spec.get("loadBalancerSourceRanges") or [], _SPEC.child("LoadBalancerSourceRanges")
    if ranges and kind != "LoadBalancer":
        faults.append(field.forbidden(path, _BALANCER_ONLY))
    for index, value in enumerate(ranges):
        faults += rules.network(path.index(index), value.strip())
    if spec.get("allocateLoadBalancerNodePorts") is not None and kind != "LoadBalancer":
        faults.append(field.forbidden(_SPEC.child("allocateLoadBalancerNodePorts"), _BALANCER_ONLY))
    name = spec.get("loadBalancerClass")
    if name is not None:
        if kind != "LoadBalancer":
            faults.append(field.forbidden(_SPEC.child("loadBalancerClass"), _BALANCER_ONLY))
        else:
            faults += rules.told(_SPEC.child("loadBalancerClass"), name, names.is_qualified_name(name))
    return faults


def _traffic(spec: Object, kind: str) -> ErrorList:
    reachable = kind in ("LoadBalancer", "NodePort") or (kind == "ClusterIP" and bool(spec.get("externalIPs")))
    policy, here = spec.get("externalTrafficPolicy"), _SPEC.child("externalTrafficPolicy")
    faults: ErrorList = []
    if reachable:
        faults += rules.if_set(here, policy, _POLICIES)
    elif policy:
        faults.append(field.invalid(here, policy, "may only be set for externally-accessible services"))
    port, checked = spec.get("healthCheckNodePort"), kind == "LoadBalancer" and policy == "Local"
    if port and not checked:
        text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        faults.append(field.invalid(_SPEC.child("healthCheckNodePort"), port, text))
    elif port:
        faults += rules.port(_SPEC.child("healthCheckNodePort"), port)
    inside = spec.get("internalTrafficPolicy")
    faults += rules.if_set(_SPEC.child("internalTrafficPolicy"), inside, _POLICIES)
    return faults + rules.if_set(_SPEC.child("trafficDistribution"), spec.get("trafficDistribution"), _DISTRIBUTIONS)


def service_update(obj: Object, old: Object) -> ErrorList:
    """What a service has been given it keeps, unless it becomes a mere name."""
    new_spec, old_spec = obj.get("spec") or {}, old.get("spec") or {}
    kind, before = new_spec.get("type"), old_spec.get("type")
    faults: ErrorList = []
    given, now = old_spec.get("clusterIP"), new_spec.get("clusterIP")
    if kind != "ExternalName" and before != "ExternalName" and given and now != given:
        path = _SPEC.child("clusterIPs").index(0)
        faults.append(field.invalid(path, [now] if now else [], "may not change once set"))
    held = old_spec.get("loadBalancerClass")
    if kind == before == "LoadBalancer" and new_spec.get("loadBalancerClass") != held:
        where = _SPEC.child("loadBalancerClass")
        faults.append(field.invalid(where, new_spec.get("loadBalancerClass"), "may not change once set"))
    return faults


def service_status(obj: Object, old: Object) -> ErrorList:
    """The addresses of a load balancer."""
    balancer = (obj.get("status") or {}).get("loadBalancer") or {}
    path = Path.new("status", "loadBalancer", "ingress")
    faults: ErrorList = []
    if balancer.get("ingress") and (obj.get("spec") or {}).get("type") != "LoadBalancer":
        faults.append(field.forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'"))
    for index, entry in enumerate(balancer.get("ingress") or []):
        if entry.get("ip"):
            faults += rules.ip_address(path.index(index).child("ip"), entry["ip"])
        name = entry.get("hostname")
        if name:
            where = path.index(index).child("hostname")
            faults += rules.told(where, name, names.is_dns1123_subdomain(name))
            if not rules.ip_address(where, name):
                faults.append(field.invalid(where, name, "must be a DNS name, not an IP address"))
    return faults


def endpoints(obj: Object) -> ErrorList:
    """An Endpoints object."""
    faults: ErrorList = []
    for index, subset in enumerate(obj.get("subsets") or []):
        path = Path.new("subsets").index(index)
        if not subset.get("addresses") and not subset.get("notReadyAddresses"):
            faults.append(field.required(path, "must specify `addresses` or `notReadyAddresses`"))
        for name in ("addresses", "notReadyAddresses"):
            for number, entry in enumerate(subset.get(name) or []):
                faults += _endpoint_address(entry, path.child(name).index(number))
        ports = subset.get("ports") or []
        for number, port in enumerate(ports):
            here, name = path.child("ports").index(number), port.get("name", "")
            if name or len(ports) > 1:
                faults += rules.named(here.child("name"), name, names.is_dns1123_label)
            faults += rules.port(here.child("port"), port.get("port", 0))
            faults += rules.one_of(here.child("protocol"), port.get("protocol", "TCP"), rules.PROTOCOLS)
            faults += rules.if_named(here.child("appProtocol"), port.get("appProtocol"), names.is_qualified_name)
    return faults


def _endpoint_address(entry: Object, path: Path) -> ErrorList:
    address = entry.get("ip", "")
    faults = rules.ip_address(path.child("ip"), address)
    faults += rules.if_named(path.child("hostname"), entry.get("hostname"), names.is_dns1123_label)
    return faults + rules.if_named(path.child("nodeName"), entry.get("nodeName"))


def remote_endpoints(obj: Object) -> ErrorList:
    """The addresses of an Endpoints object as those of other hosts."""
    faults: ErrorList = []
    for index, subset in enumerate(obj.get("subsets") or []):
        for name in ("addresses", "notReadyAddresses"):
            for number, entry in enumerate(subset.get(name) or []):
                path = Path.new("subsets").index(index).child(name).index(number).child("ip")
                faults += rules.ordinary_address(path, entry.get("ip", ""))
    return faults
