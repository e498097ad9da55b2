"""Services, what is behind them, and what is before them.

Source: kubectl ``pkg/describe/describe.go``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pykubectl.machinery.errors import StatusError
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.printers.describe.common import (
    NONE,
    UNSET,
    Reader,
    date,
    describe_annotations,
    describe_labels,
    dig,
    format_labels,
    header,
    metadata,
    rows,
    text_of,
)
from pykubectl.printers.describe.writer import Writer

Object = dict[str, Any]

SERVICES = GroupVersionResource("", "v1", "services")
ENDPOINT_SLICES = GroupVersionResource("discovery.k8s.io", "v1", "endpointslices")
_SHOWN_ENDPOINTS = 3


def service(w: Writer, obj: Object, reader: Reader) -> None:
    """A Service with its endpoints."""
    spec = obj["spec"]
    header(w, obj)
    metadata(w, obj)
    w.field(0, "Selector", format_labels(spec.get("selector")))
    w.field(0, "Type", spec.get("type", ""))
    if spec.get("ipFamilyPolicy") is not None:
        w.field(0, "IP Family Policy", spec["ipFamilyPolicy"])
    w.field(0, "IP Families", ",".join(spec.get("ipFamilies") or ()) or NONE)
    w.field(0, "IP", spec.get("clusterIP", ""))
    w.field(0, "IPs", ",".join(spec.get("clusterIPs") or ()) or NONE)
    _outside(w, obj, spec)
    slices = _slices(obj["metadata"]["namespace"], obj["metadata"]["name"], reader)
    for port in spec.get("ports") or ():
        _port(w, port, slices)
    w.field(0, "Session Affinity", spec.get("sessionAffinity", ""))
    for title, key in (
        ("External Traffic Policy", "externalTrafficPolicy"),
        ("Internal Traffic Policy", "internalTrafficPolicy"),
        ("HealthCheck NodePort", "healthCheckNodePort"),
    ):
        if spec.get(key):
            w.field(0, title, spec[key])
    if spec.get("loadBalancerSourceRanges"):
        w.field(0, "LoadBalancer Source Ranges", ",".join(spec["loadBalancerSourceRanges"]))
    if spec.get("trafficDistribution") is not None:
        w.field(0, "Traffic Distribution", spec["trafficDistribution"])


def _slices(namespace: str, name: str, reader: Reader) -> list[Object]:
    try:
        return reader.list(ENDPOINT_SLICES, namespace, labels=f"kubernetes.io/service-name={name}")
    except StatusError:
        return []


def _outside(w: Writer, obj: Object, spec: Object) -> None:
    if spec.get("externalIPs"):
        w.field(0, "External IPs", ",".join(spec["externalIPs"]))
    if spec.get("loadBalancerIP"):
        w.field(0, "Desired LoadBalancer IP", spec["loadBalancerIP"])
    if spec.get("externalName"):
        w.field(0, "External Name", spec["externalName"])
    ingress = dig(obj, "status.loadBalancer.ingress", [])
    if ingress:
        w.field(0, "LoadBalancer Ingress", ", ".join(map(_ingress_point, ingress)))


def _ingress_point(point: Object) -> str:
    if not point.get("ip"):
        return str(point.get("hostname", ""))
    mode = point.get("ipMode")
    return f"{point['ip']} ({mode})" if mode is not None else str(point["ip"])


def _port(w: Writer, port: Object, slices: list[Object]) -> None:
    name, protocol = port.get("name") or UNSET, port.get("protocol", "")
    w.field(0, "Port", f"{name}\t{port['port']}/{protocol}")
    w.field(0, "TargetPort", f"{port.get('targetPort', 0)}/{protocol}")
    if port.get("appProtocol") is not None:
        w.field(0, "AppProtocol", port["appProtocol"])
    if port.get("nodePort"):
        w.field(0, "NodePort", f"{name}\t{port['nodePort']}/{protocol}")
    w.field(0, "Endpoints", endpoints_text(slices, port.get("name", "")))


def endpoints_text(slices: list[Object], port_name: str) -> str:
    """The first three ready addresses of a port, and how many more there are."""
    if not slices:
        return NONE
    found = list(_ready_addresses(slices, port_name))
    text = ",".join(found[:_SHOWN_ENDPOINTS])
    return f"{text} + {len(found) - _SHOWN_ENDPOINTS} more..." if len(found) > _SHOWN_ENDPOINTS else text


def _ready_addresses(slices: list[Object], port_name: str) -> Iterator[str]:
    for part in slices:
        ready = [e["addresses"][0] for e in part.get("endpoints") or () if dig(e, "conditions.ready", True)]
        if not part.get("ports"):
            # A headless service may have no ports at all.
            yield from ready
        for port in part.get("ports") or ():
            if (port.get("name") or "") == port_name:
                yield from (_host_port(address, port.get("port", 0)) for address in ready)


def _host_port(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def endpoints(w: Writer, obj: Object, reader: Reader) -> None:
    """Endpoints, subset by subset."""
    header(w, obj)
    metadata(w, obj)
    w.line(0, "Subsets:")
    for subset in obj.get("subsets") or ():
        for title, key in (("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")):
            w.field(1, title, ",".join(a["ip"] for a in subset.get(key) or ()) or NONE)
        if subset.get("ports"):
            w.line(1, "Ports:")
            lines = ((p.get("name") or UNSET, p["port"], p.get("protocol", "")) for p in subset["ports"])
            rows(w, 2, "Name|Port|Protocol", lines)
        w.write(0, "\n")


def endpoint_slice(w: Writer, obj: Object, reader: Reader) -> None:
    """An EndpointSlice, endpoint by endpoint."""
    header(w, obj)
    metadata(w, obj)
    w.field(0, "AddressType", obj.get("addressType", ""))
    ports = obj.get("ports") or []
    w.line(0, "Ports:" if ports else f"Ports: {UNSET}")
    if ports:
        lines = ((p.get("name") or UNSET, dig(p, "port", UNSET), p.get("protocol", "")) for p in ports)
        rows(w, 1, "Name|Port|Protocol", lines)
    found = obj.get("endpoints") or []
    w.line(0, "Endpoints:" if found else f"Endpoints: {NONE}")
    for endpoint in found:
        _endpoint(w, endpoint)


def _endpoint(w: Writer, endpoint: Object) -> None:
    w.field(1, "- Addresses", ", ".join(endpoint.get("addresses") or ()) or NONE)
    w.line(2, "Conditions:")
    ready = dig(endpoint, "conditions.ready")
    w.field(3, "Ready", UNSET if ready is None else text_of(ready))
    w.field(2, "Hostname", dig(endpoint, "hostname", UNSET))
    target = endpoint.get("targetRef")
    if target is not None:
        w.field(2, "TargetRef", f"{target.get('kind', '')}/{target.get('name', '')}")
    w.field(2, "NodeName", dig(endpoint, "nodeName", UNSET))
    w.field(2, "Zone", dig(endpoint, "zone", UNSET))


def ingress(w: Writer, obj: Object, reader: Reader) -> None:
    """An Ingress with the endpoints of its backends."""
    spec = obj.get("spec") or {}
    header(w, obj, namespace=False)
    describe_labels(w, "Labels", dig(obj, "metadata.labels"))
    w.field(0, "Namespace", obj["metadata"]["namespace"])
    points = {p.get("ip") or p.get("hostname") for p in dig(obj, "status.loadBalancer.ingress", [])}
    w.field(0, "Address", ",".join(sorted(p for p in points if p)))
    w.field(0, "Ingress Class", dig(spec, "ingressClassName", NONE))
    fallback = spec.get("defaultBackend")
    default = "<default>" if fallback is None else _backend(obj, fallback, reader)
    w.field(0, "Default backend", default)
    if spec.get("tls"):
        w.line(0, "TLS:")
    for entry in spec.get("tls") or ():
        hosts = ",".join(entry.get("hosts") or ())
        secret = entry.get("secretName")
        w.line(1, f"{secret} terminates {hosts}" if secret else f"SNI routes {hosts}")
    w.line(0, "Rules:")
    rows(w, 1, "Host|Path|Backends", ())
    rules = [rule for rule in spec.get("rules") or () if rule.get("http") is not None]
    for rule in rules:
        w.line(1, f"{rule.get('host') or '*'}\t")
        for path in rule["http"].get("paths") or ():
            w.line(2, f"\t{path.get('path', '')} \t{_backend(obj, path['backend'], reader)}")
    if not rules:
        w.line(1, f"*\t*\t{default}")
    describe_annotations(w, "Annotations", dig(obj, "metadata.annotations"))


def _backend(obj: Object, backend: Object, reader: Reader) -> str:
    if backend.get("service") is not None:
        return _service_backend(obj["metadata"]["namespace"], backend["service"], reader)
    if backend.get("resource") is not None:
        other = backend["resource"]
        group = dig(other, "apiGroup", NONE)
        return f"APIGroup: {group}, Kind: {other.get('kind', '')}, Name: {other.get('name', '')}"
    return ""


def _service_backend(namespace: str, wanted: Object, reader: Reader) -> str:
    name, number, port_name = wanted["name"], dig(wanted, "port.number", 0), dig(wanted, "port.name", "")
    text = f"{name}:{number or port_name}"
    try:
        slices = reader.list(ENDPOINT_SLICES, namespace, labels=f"kubernetes.io/service-name={name}")
        service = reader.get(SERVICES, namespace, name)
    except StatusError as error:
        return f"{text} (<error: {error}>)"
    found = ""
    for port in dig(service, "spec.ports", []):
        if (number and number == port["port"]) or (port_name and port_name == port.get("name")):
            found = port.get("name", "")
    return f"{text} ({endpoints_text(slices, found)})"


def ingress_class(w: Writer, obj: Object, reader: Reader) -> None:
    """An IngressClass."""
    header(w, obj, namespace=False)
    metadata(w, obj)
    w.field(0, "Controller", dig(obj, "spec.controller", ""))
    parameters = dig(obj, "spec.parameters")
    if parameters is not None:
        w.line(0, "Parameters:")
        if parameters.get("apiGroup") is not None:
            w.field(1, "APIGroup", parameters["apiGroup"])
        w.field(1, "Kind", parameters.get("kind", ""))
        w.field(1, "Name", parameters.get("name", ""))


def service_cidr(w: Writer, obj: Object, reader: Reader) -> None:
    """A ServiceCIDR."""
    header(w, obj, namespace=False)
    metadata(w, obj)
    w.field(0, "CIDRs", ", ".join(dig(obj, "spec.cidrs", [])))
    conditions = dig(obj, "status.conditions", [])
    if conditions:
        w.line(0, "Status:")
        w.line(0, "Conditions:")
        lines = (
            (c["type"], c["status"], date(c.get("lastTransitionTime")), c.get("reason", ""), c.get("message", ""))
            for c in conditions
        )
        rows(w, 1, "Type|Status|LastTransitionTime|Reason|Message", lines)


def ip_address(w: Writer, obj: Object, reader: Reader) -> None:
    """An IPAddress."""
    header(w, obj, namespace=False)
    metadata(w, obj)
    parent = dig(obj, "spec.parentRef")
    if parent is not None:
        w.line(0, "Parent Reference:")
        for key in ("group", "resource", "namespace", "name"):
            w.field(1, key.capitalize(), parent.get(key, ""))
