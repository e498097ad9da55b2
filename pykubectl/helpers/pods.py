"""Rules over pods that printers, scheduler and controllers share.

Source: ``component-helpers/resource/helpers.go``, kubernetes ``pkg/apis/core/v1/helper/qos``, ``pkg/api/v1/pod``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pykubectl.machinery.values.quantity import Quantity

Object = dict[str, Any]
Amounts = dict[str, Quantity]


def pod_requests(pod: Object) -> Amounts:
    """What a pod asks of its node: containers and sidecars, or the most that an init step needs, plus overhead."""
    return _effective(pod, "requests")


def pod_limits(pod: Object) -> Amounts:
    """What a pod may use at the most, by the same rule."""
    return _effective(pod, "limits")


def _effective(pod: Object, kind: str) -> Amounts:
    spec = pod["spec"]
    total = _sum(_amounts(c, kind) for c in spec.get("containers") or [])
    sidecars: Amounts = {}
    steps: Amounts = {}
    for container in spec.get("initContainers") or []:
        amounts = _amounts(container, kind)
        if container.get("restartPolicy") == "Always":
            sidecars = _add(sidecars, amounts)
            steps = _maximum(steps, sidecars)
        else:
            steps = _maximum(steps, _add(sidecars, amounts))
    total = _maximum(_add(total, sidecars), steps)
    own = ((spec.get("resources") or {}).get(kind)) or {}
    total.update({name: Quantity.parse(value) for name, value in own.items()})
    overhead = {name: Quantity.parse(value) for name, value in (spec.get("overhead") or {}).items()}
    if kind == "limits":
        overhead = {name: value for name, value in overhead.items() if name in total}
    return _add(total, overhead)


def _amounts(container: Object, kind: str) -> Amounts:
    listed = (container.get("resources") or {}).get(kind) or {}
    return {name: Quantity.parse(value) for name, value in listed.items()}


def _sum(amounts: Iterable[Amounts]) -> Amounts:
    total: Amounts = {}
    for entry in amounts:
        total = _add(total, entry)
    return total


def _add(one: Amounts, other: Amounts) -> Amounts:
    result = dict(one)
    for name, value in other.items():
        result[name] = result[name] + value if name in result else value
    return result


def _maximum(one: Amounts, other: Amounts) -> Amounts:
    result = dict(one)
    for name, value in other.items():
        if name not in result or result[name] < value:
            result[name] = value
    return result


def qos_class(pod: Object) -> str:
    """Guaranteed, Burstable or BestEffort."""
    requests: Amounts = {}
    limits: Amounts = {}
    guaranteed = True
    spec = pod["spec"]
    # Resources of the pod as a whole count alone where there are any.
    whole = spec.get("resources") or {}
    parts = [spec] if any(whole.get(kind) for kind in ("requests", "limits")) else _containers(spec)
    for container in parts:
        own_requests, own_limits = _compute(container, "requests"), _compute(container, "limits")
        requests, limits = _add(requests, own_requests), _add(limits, own_limits)
        guaranteed = guaranteed and set(own_limits) == {"cpu", "memory"}
    if not requests and not limits:
        return "BestEffort"
    if guaranteed and all(name in limits and limits[name] == value for name, value in requests.items()):
        return "Guaranteed" if len(requests) == len(limits) else "Burstable"
    return "Burstable"


def _containers(spec: Object) -> list[Object]:
    return [*(spec.get("containers") or []), *(spec.get("initContainers") or [])]


def _compute(container: Object, kind: str) -> Amounts:
    found = _amounts(container, kind)
    return {name: value for name, value in found.items() if name in ("cpu", "memory") and value.sign > 0}


def condition(pod: Object, kind: str) -> Object | None:
    """A condition of the pod's status."""
    for entry in (pod.get("status") or {}).get("conditions") or []:
        if entry.get("type") == kind:
            return dict(entry)
    return None


def is_ready(pod: Object) -> bool:
    """The Ready condition is True."""
    ready = condition(pod, "Ready")
    return ready is not None and ready.get("status") == "True"


def is_terminal(pod: Object) -> bool:
    """Succeeded or Failed."""
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


_LOG_PHASES = {"Running": 0, "Unknown": 1, "Pending": 2}
_NO_TIME = "~"  # Sorts after every time stamp.


def by_logging(pod: Object) -> tuple[Any, ...]:
    """Sort key: the pod whose logs say most comes first.

    Assigned, running, ready, ready for longest, restarted most often, oldest. Pods that are alike in all of that
    keep their order. Source: kubectl ``pkg/util/podutils`` ByLogging.
    """
    status = pod.get("status") or {}
    ready = is_ready(pod)
    since = (condition(pod, "Ready") or {}).get("lastTransitionTime") if ready else None
    restarts, sidecar_restarts = _restarts(pod)
    return (
        not pod["spec"].get("nodeName"),
        _LOG_PHASES.get(status.get("phase", ""), 0),
        not ready,
        since or _NO_TIME,
        -restarts,
        -sidecar_restarts,
        pod["metadata"].get("creationTimestamp") or _NO_TIME,
    )


def _restarts(pod: Object) -> tuple[int, int]:
    """The most restarts of a container and of a sidecar."""
    status = pod.get("status") or {}
    sidecars = {c["name"] for c in pod["spec"].get("initContainers") or [] if c.get("restartPolicy") == "Always"}
    regular = [s.get("restartCount", 0) for s in status.get("containerStatuses") or []]
    sidecar = [s.get("restartCount", 0) for s in status.get("initContainerStatuses") or [] if s["name"] in sidecars]
    return max(regular, default=0), max(sidecar, default=0)
