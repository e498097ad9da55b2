"""Validation of the networking and discovery groups.

Source: kubernetes ``pkg/apis/networking/validation/validation.go``, ``pkg/apis/discovery/validation/validation.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mini_server.apis import rules
from mini_server.apis.internal import internal
from mini_server.apis.workloads.batch_validation import domain_path
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

_SPEC = Path.new("spec")
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_CLASS = "kubernetes.io/ingress.class"
_BAD_SEQUENCES = ("//", "/./", "/../", "%2f", "%2F")
_BAD_ENDINGS = ("/..", "/.")


def _ingress(obj: Object) -> ErrorList:
    spec = obj.get("spec") or {}
    faults: ErrorList = []
    for index, entry in enumerate(spec.get("tls") or []):
        here = _SPEC.child("tls").index(index)
        for number, host in enumerate(entry.get("hosts") or []):
            faults += _host_name(host, here.child("hosts").index(number))
        faults += rules.if_named(here.child("secretName"), entry.get("secretName"))
    listed, backend = spec.get("rules") or [], spec.get("defaultBackend")
    if not listed and backend is None:
        text = "either `defaultBackend` or `rules` must be specified"
        faults.append(field.invalid(_SPEC, spec.get("rules"), text))
    if backend is not None:
        faults += _backend(backend, _SPEC.child("defaultBackend"))
    for index, rule in enumerate(listed):
        faults += _rule(rule, _SPEC.child("rules").index(index))
    return faults + rules.if_named(_SPEC.child("ingressClassName"), spec.get("ingressClassName"))


def _new_ingress(obj: Object) -> ErrorList:
    """The class is told once, by the field or by the annotation that it replaces."""
    faults = _ingress(obj)
    annotation = ((obj.get("metadata") or {}).get("annotations") or {}).get(_CLASS)
    name = (obj.get("spec") or {}).get("ingressClassName")
    if annotation is not None and name is not None and annotation != name:
        text = "must match `ingressClassName` when both are specified"
        own: ErrorList = [field.invalid(Path.new("annotations").child(_CLASS), annotation, text)]
        return own + faults
    return faults


def _host_name(host: str, path: Path) -> ErrorList:
    rule = names.is_wildcard_dns1123_subdomain if "*" in host else names.is_dns1123_subdomain
    return rules.told(path, host, rule(host))


def _rule(rule: Object, path: Path) -> ErrorList:
    host, http = rule.get("host", ""), rule.get("http")
    faults: ErrorList = []
    if host:
        if not rules.ip_address(path, host):
            faults.append(field.invalid(path.child("host"), host, "must be a DNS name, not an IP address"))
        else:
            faults += _host_name(host, path.child("host"))
    if http is None:
        return faults
    entries, where = http.get("paths") or [], path.child("http", "paths")
    if not entries:
        return [*faults, field.required(where)]
    for index, entry in enumerate(entries):
        faults += _path(entry, where.index(index))
        faults += _backend(entry.get("backend") or {}, where.index(index).child("backend"))
    return faults


def _path(entry: Object, path: Path) -> ErrorList:
    kind, value, here = entry.get("pathType"), entry.get("path", ""), path.child("path")
    if not kind:
        return [field.required(path.child("pathType"), "pathType must be specified")]
    if kind not in _PATH_TYPES:
        return [field.not_supported(path.child("pathType"), kind, _PATH_TYPES)]
    if kind == "ImplementationSpecific":
        if value and not value.startswith("/"):
            return [field.invalid(here, value, "must be an absolute path")]
        return []
    faults: ErrorList = []
    if not value.startswith("/"):
        faults.append(field.invalid(here, value, "must be an absolute path"))
    if value:
        faults += [field.invalid(here, value, f"must not contain '{part}'") for part in _BAD_SEQUENCES if part in value]
        faults += [
            field.invalid(here, value, f"cannot end with '{end}'") for end in _BAD_ENDINGS if value.endswith(end)
        ]
    return faults


def _backend(backend: Object, path: Path) -> ErrorList:
    service, resource = backend.get("service"), backend.get("resource")
    if resource is not None and service is not None:
        return [field.invalid(path, "", "cannot set both resource and service backends")]
    if resource is not None:
        faults: ErrorList = []
        for name in ("kind", "name"):
            faults += rules.named(path.child("resource", name), resource.get(name, ""), names.is_path_segment_name)
        return faults
    if service is None:
        return [field.invalid(path, "", "resource or service backend is required")]
    port = service.get("port") or {}
    faults = rules.named(path.child("service", "name"), service.get("name", ""), names.is_dns1035_label)
    if port.get("name") and port.get("number"):
        faults.append(field.invalid(path, "", "cannot set both port name & port number"))
    elif port.get("name"):
        faults += rules.port(path.child("service", "port", "name"), port["name"])
    elif port.get("number"):
        faults += rules.port(path.child("service", "port", "number"), port["number"])
    else:
        faults.append(field.required(path, "port name or number is required"))
    return faults


def _ingress_class(obj: Object) -> ErrorList:
    spec = obj.get("spec") or {}
    controller, path = spec.get("controller", ""), _SPEC.child("controller")
    faults = [field.too_long(path, "", 250)] if len(controller) > 250 else domain_path(controller, path)
    parameters, here = spec.get("parameters"), _SPEC.child("parameters")
    if parameters is None:
        return faults
    faults += rules.if_named(here.child("apiGroup"), parameters.get("apiGroup"))
    for name in ("kind", "name"):
        faults += rules.named(here.child(name), parameters.get(name, ""), names.is_path_segment_name)
    scope, namespace = parameters.get("scope"), parameters.get("namespace")
    if scope not in ("Cluster", "Namespace"):
        faults.append(field.not_supported(here.child("scope"), scope or "", ("Cluster", "Namespace")))
    if scope == "Namespace" and not namespace:
        faults.append(field.required(here.child("namespace"), "`parameters.scope` is set to 'Namespace'"))
    if scope == "Cluster" and namespace is not None:
        text = "`parameters.scope` is set to 'Cluster'"
        faults.append(field.forbidden(here.child("namespace"), text))
    return faults


def _ingress_class_update(obj: Object, old: Object) -> ErrorList:
    return rules.fixed(obj.get("spec") or {}, old.get("spec") or {}, _SPEC, "controller")


# Network policies


def _network_policy(obj: Object) -> ErrorList:
    spec = obj.get("spec") or {}
    faults = rules.label_selector(spec.get("podSelector"), _SPEC.child("podSelector"))
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(direction) or []):
            path = _SPEC.child(direction).index(index)
            for number, port in enumerate(rule.get("ports") or []):
                faults += _policy_port(port, path.child("ports").index(number))
            for number, peer in enumerate(rule.get(peers) or []):
                faults += _peer(peer, path.child(peers).index(number))
    kinds, where = spec.get("policyTypes") or [], _SPEC.child("policyTypes")
    if len(kinds) > 2:
        faults.append(field.invalid(where, kinds, "may not specify more than two policyTypes"))
        return faults
    for index, kind in enumerate(kinds):
        faults += rules.if_set(where.index(index), kind, ("Egress", "Ingress"))
    return faults


def _policy_port(port: Object, path: Path) -> ErrorList:
    protocol, value, end = port.get("protocol"), port.get("port"), port.get("endPort")
    faults = rules.if_set(path.child("protocol"), protocol, rules.PROTOCOLS)
    where = path.child("endPort")
    if value is None:
        return (
            faults
            if end is None
            else [*faults, field.required(path.child("port"), "must be specified when `endPort` is specified")]
        )
    faults += rules.port(path.child("port"), value)
    if end is None:
        return faults
    if isinstance(value, str):
        text = "may not be specified when `port` is non-numeric"
        return [*faults, field.invalid(where, end, text)]
    if end < value:
        faults.append(field.invalid(where, end, "must be greater than or equal to `port`"))
    return faults + rules.port(where, end)


def _peer(peer: Object, path: Path) -> ErrorList:
    count = sum(peer.get(name) is not None for name in ("podSelector", "namespaceSelector"))
    faults: ErrorList = []
    for name in ("podSelector", "namespaceSelector"):
        faults += rules.label_selector(peer.get(name), path.child(name))
    block = peer.get("ipBlock")
    if block is not None:
        faults += _ip_block(block, path.child("ipBlock"))
    if not count and block is None:
        faults.append(field.required(path, "must specify a peer"))
    elif count and block is not None:
        faults.append(field.forbidden(path, "may not specify both ipBlock and another peer"))
    return faults


def _ip_block(block: Object, path: Path) -> ErrorList:
    cidr = block.get("cidr", "")
    if not cidr:
        return [field.required(path.child("cidr"))]
    if faults := rules.network(path.child("cidr"), cidr):
        return faults
    faults = ErrorList()
    for index, value in enumerate(block.get("except") or []):
        here = path.child("except").index(index)
        wrong = rules.network(here, value)
        if not wrong and not rules.is_within(value, cidr):
            wrong = [field.invalid(here, value, "must be a strict subset of `cidr`")]
        faults += wrong
    return faults


# Addresses and networks of services


def _address(obj: Object) -> ErrorList:
    reference, path = (obj.get("spec") or {}).get("parentRef"), _SPEC.child("parentRef")
    if reference is None:
        return [field.required(path)]
    faults = rules.if_named(path.child("group"), reference.get("group"))
    for name in ("resource", "name"):
        faults += rules.named(path.child(name), reference.get(name, ""), names.is_path_segment_name)
    return faults + rules.if_named(path.child("namespace"), reference.get("namespace"), names.is_path_segment_name)


def _service_network(obj: Object) -> ErrorList:
    spec, path = obj.get("spec") or {}, _SPEC.child("cidrs")
    networks = spec.get("cidrs") or []
    if not networks:
        return [field.required(path, "at least one CIDR required")]
    if len(networks) > 2:
        return [field.invalid(path, internal("ServiceCIDRSpec", spec), "may only hold up to 2 values")]
    faults: ErrorList = []
    families = rules.families(networks)
    if len(families) == 2 and len(set(families)) == 1:
        text = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"
        faults.append(field.invalid(path, networks, text))
    for index, value in enumerate(networks):
        faults += rules.network(path.index(index), value, strict=True)
    return faults


# Endpoint slices


def _slice(obj: Object) -> ErrorList:
    kind = obj.get("addressType", "")
    faults = rules.one_of(Path.new("addressType"), kind, ("FQDN", "IPv4", "IPv6"))
    for index, endpoint in enumerate(obj.get("endpoints") or []):
        faults += _endpoint(endpoint, kind, Path.new("endpoints").index(index))
    return faults + _slice_ports(obj.get("ports") or [], Path.new("ports"))


def _endpoint(endpoint: Object, kind: str, path: Path) -> ErrorList:
    addresses, where = endpoint.get("addresses") or [], path.child("addresses")
    faults: ErrorList = []
    if not addresses:
        faults.append(field.required(where, "must contain at least 1 address"))
    if len(addresses) > 100:
        faults.append(field.too_many(where, len(addresses), 100))
    for index, address in enumerate(addresses):
        if kind == "FQDN":
            faults += rules.told(where, address, names.is_dns1123_subdomain(address))
        elif kind in ("IPv4", "IPv6"):
            faults += _slice_address(address, kind, where, where.index(index))
    faults += rules.if_named(path.child("nodeName"), endpoint.get("nodeName"))
    faults += rules.if_named(path.child("hostname"), endpoint.get("hostname"), names.is_dns1123_label)
    for index, zone in enumerate((endpoint.get("hints") or {}).get("forZones") or []):
        name = zone.get("name", "")
        here = path.child("hints", "forZones").index(index).child("name")
        faults += rules.told(here, name, names.is_valid_label_value(name))
    return faults


def _slice_address(address: str, kind: str, path: Path, here: Path) -> ErrorList:
    if wrong := rules.ip_address(here, address):
        return wrong
    if rules.families([address]) != [int(kind[-1])]:
        return [field.invalid(path, address, f"must be an {kind} address")]
    return []


def remote_slice(obj: Object) -> ErrorList:
    """The addresses of an EndpointSlice as those of other hosts."""
    faults: ErrorList = []
    if obj.get("addressType") not in ("IPv4", "IPv6"):
        return faults
    for index, endpoint in enumerate(obj.get("endpoints") or []):
        for number, address in enumerate(endpoint.get("addresses") or []):
            path = Path.new("endpoints").index(index).child("addresses").index(number)
            if not rules.ip_address(path, address):
                faults += rules.ordinary_address(path, address)
    return faults


def _slice_ports(ports: list[Object], path: Path) -> ErrorList:
    faults: ErrorList = []
    seen: set[str] = set()
    for index, port in enumerate(ports):
        here, name = path.index(index), port.get("name") or ""
        faults += rules.if_named(here.child("name"), name, names.is_dns1123_label)
        if name in seen:
            faults.append(field.duplicate(here.child("name"), name))
        seen.add(name)
        faults += rules.one_of(here.child("protocol"), port.get("protocol"), rules.PROTOCOLS)
        faults += rules.if_named(here.child("appProtocol"), port.get("appProtocol"), names.is_qualified_name)
    return faults


def _slice_update(obj: Object, old: Object) -> ErrorList:
    return rules.fixed(obj, old, None, "addressType")


_GROUP = "networking.k8s.io"

CREATE: dict[tuple[str, str], Callable[[Object], ErrorList]] = {
    (_GROUP, "Ingress"): _ingress,
    (_GROUP, "IngressClass"): _ingress_class,
    (_GROUP, "NetworkPolicy"): _network_policy,
    (_GROUP, "IPAddress"): _address,
    (_GROUP, "ServiceCIDR"): _service_network,
    ("discovery.k8s.io", "EndpointSlice"): _slice,
}
NEW: dict[tuple[str, str], Callable[[Object], ErrorList]] = {(_GROUP, "Ingress"): _new_ingress}
UPDATE: dict[tuple[str, str], Callable[[Object, Object], ErrorList]] = {
    (_GROUP, "IngressClass"): _ingress_class_update,
    ("discovery.k8s.io", "EndpointSlice"): _slice_update,
}
