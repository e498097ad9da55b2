"""Pieces of cells that several kinds share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pykubectl.machinery.labels import SelectorError, selector_from_label_selector
from pykubectl.machinery.values.time import age

Object = dict[str, Any]


def name(obj: Object) -> str:
    """metadata.name."""
    return str(obj.get("metadata", {}).get("name", ""))


def age_of(obj: Object, now: datetime) -> str:
    """How long ago the object was created."""
    return age(obj.get("metadata", {}).get("creationTimestamp"), now)


def get(obj: Object, *path: str, default: Any = None) -> Any:
    """A value deep in an object."""
    value: Any = obj
    for step in path:
        if not isinstance(value, dict) or value.get(step) is None:
            return default
        value = value[step]
    return value


def selector(obj: Object | None) -> str:
    """A LabelSelector as text: ``<none>`` where it selects everything or is absent."""
    if obj is None:
        return "<none>"
    try:
        return str(selector_from_label_selector(obj)) or "<none>"
    except SelectorError:
        return "<error>"


def label_set(labels: dict[str, str] | None) -> str:
    """``a=b,c=d``, sorted; ``<none>`` where there are none."""
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or "<none>"


def containers(spec: Object) -> tuple[str, str]:
    """Names and images of a pod spec's containers, each joined by commas."""
    entries = spec.get("containers") or []
    return ",".join(c.get("name", "") for c in entries), ",".join(c.get("image", "") for c in entries)


def joined(values: Iterable[str], none: str = "<none>") -> str:
    """Texts joined by commas."""
    return ",".join(values) or none


def shortened(values: list[str], limit: int) -> str:
    """The first few of a list, and how many more there are."""
    if not values:
        return "<none>"
    more = f" + {len(values) - limit} more..." if len(values) > limit else ""
    return ",".join(values[:limit]) + more


def load_balancer(status: Object, *, wide: bool = False) -> str:
    """Addresses of a load balancer's status; more than sixteen characters are cut in a narrow table."""
    entries = get(status, "loadBalancer", "ingress", default=[])
    found: list[str] = []
    for entry in entries:
        value = entry.get("ip") or entry.get("hostname")
        if value and value not in found:
            found.append(value)
    text = ",".join(sorted(found) if wide else found)
    return text
