"""Which pods a DaemonSet replaces now, and where it makes some beside the old ones.

Source: kubernetes ``pkg/controller/daemon/update.go`` rollingUpdate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from mini_server.controllers.daemonset.placement import is_updated
from pykubectl.machinery.values.intstr import scaled_value

Object = dict[str, Any]
IsAvailable = Callable[[Object], bool]


class Bounds(NamedTuple):
    """How many pods more, or less, there may be during an update."""

    surge: int
    unavailable: int


class Step(NamedTuple):
    """Pods to delete, and names of nodes to make pods for."""

    delete: list[Object]
    create: list[str]


class _Pair(NamedTuple):
    new: Object | None
    old: Object | None


def bounds(daemon_set: Object, desired: int) -> Bounds:
    """Of so many nodes; never both zero."""
    rolling = (daemon_set["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
    surge = scaled_value(rolling.get("maxSurge", 0), desired, round_up=True)
    unavailable = scaled_value(rolling.get("maxUnavailable", 1), desired, round_up=True)
    return Bounds(surge, unavailable if surge or unavailable else 1)


def is_on_delete(daemon_set: Object) -> bool:
    """Pods are replaced when somebody deletes them."""
    return bool((daemon_set["spec"].get("updateStrategy") or {}).get("type") == "OnDelete")


def allows_surge(daemon_set: Object) -> bool:
    """A new pod may run beside the old one."""
    rolling = (daemon_set["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
    return not is_on_delete(daemon_set) and rolling.get("maxSurge", 0) not in (0, "0%")


def step(
    daemon_set: Object, by_node: Mapping[str, list[Object]], digest: str, limits: Bounds, available: IsAvailable
) -> Step:
    """What to do now for pods of other templates."""
    pairs = {node: _pair(daemon_set, pods, digest) for node, pods in by_node.items()}
    if limits.surge:
        return _surge(pairs, limits.surge, available)
    return _replace(pairs.values(), limits.unavailable, available)


def _pair(daemon_set: Object, pods: Iterable[Object], digest: str) -> _Pair | None:
    """The new and the old pod of a node, None where there are too many to tell."""
    staying = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    new = [pod for pod in staying if is_updated(daemon_set, pod, digest)]
    old = [pod for pod in staying if pod not in new]
    if len(new) > 1 or len(old) > 1:
        return None
    return _Pair(new[0] if new else None, old[0] if old else None)


def _replace(pairs: Iterable[_Pair | None], most: int, available: IsAvailable) -> Step:
    broken: list[Object] = []
    candidates: list[Object] = []
    unavailable = 0
    for pair in pairs:
        if pair is None or (pair.new is None) == (pair.old is None):
            # Being put right already.
            unavailable += 1
        elif pair.new is not None:
            unavailable += not available(pair.new)
        elif pair.old is not None and available(pair.old):
            candidates.append(pair.old)
        elif pair.old is not None:
            broken.append(pair.old)
            unavailable += 1
    return Step([*broken, *candidates[: max(0, most - unavailable)]], [])


def _surge(pairs: Mapping[str, _Pair | None], most: int, available: IsAvailable) -> Step:
    delete: list[Object] = []
    broken: list[str] = []
    candidates: list[str] = []
    surge = 0
    for node, pair in pairs.items():
        if pair is None:
            surge += 1
        elif pair.old is None:
            continue
        elif pair.new is None:
            (candidates if available(pair.old) else broken).append(node)
        elif available(pair.new):
            delete.append(pair.old)
        else:
            surge += 1
    return Step(delete, [*broken, *candidates[: max(0, most - surge)]])
