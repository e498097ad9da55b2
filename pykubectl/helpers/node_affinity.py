"""Which nodes a pod's selector and affinity allow.

Source: ``component-helpers/scheduling/corev1/nodeaffinity/nodeaffinity.go``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pykubectl.machinery.gostrings import parse_int

Object = dict[str, Any]


def pod_matches_node(pod: Object, node: Object) -> bool:
    """nodeSelector, and one of the required terms."""
    labels = node["metadata"].get("labels") or {}
    selector = pod["spec"].get("nodeSelector") or {}
    if any(labels.get(key) != value for key, value in selector.items()):
        return False
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if required is None:
        return True
    return matches_node_selector(required, node)


def matches_node_selector(selector: Object, node: Object) -> bool:
    """One of a NodeSelector's terms."""
    return any(matches_node_selector_term(term, node) for term in selector.get("nodeSelectorTerms") or [])


def matches_node_selector_term(term: Object, node: Object) -> bool:
    """All of a term's expressions and fields; an empty term matches nothing."""
    expressions, fields = term.get("matchExpressions") or [], term.get("matchFields") or []
    if not expressions and not fields:
        return False
    labels = node["metadata"].get("labels") or {}
    names = {"metadata.name": node["metadata"]["name"]}
    return all(_meets(e, labels) for e in expressions) and all(_meets(f, names) for f in fields)


def _meets(requirement: Object, values: Mapping[str, str]) -> bool:
    value = values.get(requirement["key"])
    wanted = requirement.get("values") or []
    match requirement["operator"]:
        case "In":
            return value in wanted
        case "NotIn":
            return value not in wanted
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    try:
        number, bound = parse_int(value or ""), parse_int(wanted[0])
    except (ValueError, IndexError):
        return False
    return number > bound if requirement["operator"] == "Gt" else number < bound
