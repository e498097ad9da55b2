"""Network policies, in words.

Source: kubectl ``pkg/describe/describe.go`` describeNetworkPolicy.
"""

from __future__ import annotations

from typing import Any

from pykubectl.machinery.values.time import parse_time
from pykubectl.printers.describe.common import NONE, Reader, dig, header, label_selector_text, metadata
from pykubectl.printers.describe.writer import Writer

Object = dict[str, Any]

_INDENT = "    "


def network_policy(w: Writer, obj: Object, reader: Reader) -> None:
    """A NetworkPolicy."""
    spec = obj.get("spec") or {}
    header(w, obj)
    created = parse_time(obj["metadata"]["creationTimestamp"]).astimezone()
    w.field(0, "Created on", created.strftime("%Y-%m-%d %H:%M:%S %z %Z"))
    metadata(w, obj)
    w.line(0, "Spec:")
    selector = spec.get("podSelector") or {}
    if selector.get("matchLabels") or selector.get("matchExpressions"):
        w.line(1, f"PodSelector:     {label_selector_text(selector)}")
    else:
        w.line(1, f"PodSelector:     {NONE} (Allowing the specific traffic to all pods in this namespace)")
    types = spec.get("policyTypes") or []
    _direction(w, "ingress", spec.get("ingress") or [], enabled="Ingress" in types)
    _direction(w, "egress", spec.get("egress") or [], enabled="Egress" in types)
    w.line(1, f"Policy Types: {', '.join(types) or NONE}")


def _direction(w: Writer, name: str, rules: list[Object], *, enabled: bool) -> None:
    if not enabled:
        w.line(1, f"Not affecting {name} traffic")
        return
    w.line(1, f"Allowing {name} traffic:")
    if not rules:
        w.line(0, f"{_INDENT}{NONE} (Selected pods are isolated for {name} connectivity)")
    key, title, end = ("from", "From", "source") if name == "ingress" else ("to", "To", "destination")
    for number, rule in enumerate(rules):
        if number:
            w.line(0, f"{_INDENT}----------")
        _ports(w, rule.get("ports") or [])
        if not rule.get(key):
            w.line(0, f"{_INDENT}{title}: <any> (traffic not restricted by {end})")
        for peer in rule.get(key) or ():
            w.line(0, f"{_INDENT}{title}:")
            _peer(w, peer)


def _ports(w: Writer, ports: list[Object]) -> None:
    if not ports:
        w.line(0, f"{_INDENT}To Port: <any> (traffic allowed to all ports)")
    for port in ports:
        protocol, first = port.get("protocol") or "TCP", port.get("port")
        shown = "<nil>" if first is None else first
        if port.get("endPort") is None:
            w.line(0, f"{_INDENT}To Port: {shown}/{protocol}")
        else:
            w.line(0, f"{_INDENT}To Port Range: {shown}-{port['endPort']}/{protocol}")


def _peer(w: Writer, peer: Object) -> None:
    selectors = [
        (title, peer.get(key))
        for title, key in (("NamespaceSelector", "namespaceSelector"), ("PodSelector", "podSelector"))
    ]
    for title, selector in selectors:
        if selector is not None:
            w.line(1, f"{_INDENT}{title}: {label_selector_text(selector)}")
    if all(selector is None for _, selector in selectors) and peer.get("ipBlock") is not None:
        w.line(1, f"{_INDENT}IPBlock:")
        w.line(2, f"{_INDENT}CIDR: {dig(peer, 'ipBlock.cidr', '')}")
        w.line(2, f"{_INDENT}Except: {', '.join(dig(peer, 'ipBlock.except', []))}")
