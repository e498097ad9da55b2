"""Resource amounts as integers: cpu in millicores, everything else in its own unit (bytes, pieces).

Source: kubernetes ``pkg/scheduler/framework/types.go`` and ``pkg/scheduler/util/pod_resources.go``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pykubectl.helpers.pods import pod_requests as effective_requests
from pykubectl.machinery.values.quantity import Quantity

Resources = Counter[str]

# What a pod that requests nothing counts as when nodes are scored: 100m and 200Mi.
DEFAULT_MILLI_CPU = 100
DEFAULT_MEMORY = 200 * 1024 * 1024
_DEFAULTS = {"cpu": f"{DEFAULT_MILLI_CPU}m", "memory": str(DEFAULT_MEMORY)}


@lru_cache(maxsize=4096)
def _amount(name: str, quantity: str) -> int:
    parsed = Quantity.parse(quantity)
    return parsed.milli_value() if name == "cpu" else parsed.value()


def resources_of(quantities: Mapping[str, Any]) -> Resources:
    """Amounts from a resource list such as ``{"cpu": "500m", "memory": "1Gi"}``."""
    return Counter({name: _amount(name, str(quantity)) for name, quantity in quantities.items()})


def pod_requests(pod: dict[str, Any]) -> Resources:
    """What a pod takes from its node: its effective requests and one of ``pods``."""
    amounts = resources_of({name: str(quantity) for name, quantity in effective_requests(pod).items()})
    amounts["pods"] = 1
    return amounts


def non_zero_requests(pod: dict[str, Any]) -> Resources:
    """cpu and memory of a pod for scoring: its requests, were each container without one to ask for the default."""
    spec = pod["spec"]
    assumed = {
        **spec,
        "containers": [_with_defaults(container) for container in spec["containers"]],
        "initContainers": [_with_defaults(container) for container in spec.get("initContainers") or []],
    }
    total = pod_requests({"spec": assumed})
    return Counter(cpu=total["cpu"], memory=total["memory"])


def _with_defaults(container: dict[str, Any]) -> dict[str, Any]:
    requests = (container.get("resources") or {}).get("requests") or {}
    return {**container, "resources": {"requests": {**_DEFAULTS, **requests}}}
