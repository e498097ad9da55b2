"""Which of a controller's pods go first where there are too many.

Source: kubernetes ``pkg/controller/controller_utils.go`` ActivePodsWithRanks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cmp_to_key
from typing import Any, NamedTuple

from mini_server.controllers.pods import ready_condition
from pykubectl.machinery.values.time import parse_time

Object = dict[str, Any]

_PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}
_COST = "controller.kubernetes.io/pod-deletion-cost"
_NUMBER = re.compile(r"-?[1-9][0-9]*$")


class _Ranked(NamedTuple):
    """What pods are compared by; the smaller goes first."""

    # Not scheduled, not running, not ready, cheap, many of them on its node.
    standing: tuple[bool, int, bool, int, int]
    ready_since: datetime | None
    restarts: int
    created: datetime | None
    uid: str


def deletion_order(pods: Sequence[Object], related: Iterable[Object], now: datetime) -> list[Object]:
    """Those to delete first come first; ``related`` are the pods by which doubled-up nodes are counted.

    Of pods alike in all else the younger goes. Ages count in powers of two, and within one the choice is as good as
    random, so that the pods of one age do not all go at once.
    """
    per_node: dict[str, int] = {}
    for pod in related:
        node = pod["spec"].get("nodeName", "")
        per_node[node] = per_node.get(node, 0) + 1

    def compare(one: Object, other: Object) -> int:
        return _compare(_rank(one, per_node), _rank(other, per_node), now)

    return sorted(pods, key=cmp_to_key(compare))


def active_order(pods: Iterable[Object]) -> list[Object]:
    """As `deletion_order`, by what the pods are alone: no cost, no nodes, of two ages simply the younger."""

    def rank(pod: Object) -> tuple[tuple[bool, int, bool, int, int], float, int, float]:
        ranked = _rank({**pod, "metadata": {**pod["metadata"], "annotations": {}}}, {})
        return ranked.standing, _youngest_first(ranked.ready_since), -ranked.restarts, _youngest_first(ranked.created)

    return sorted(pods, key=rank)


def _youngest_first(time: datetime | None) -> float:
    return float("-inf") if time is None else -time.timestamp()


def _rank(pod: Object, per_node: dict[str, int]) -> _Ranked:
    meta, node, status = pod["metadata"], pod["spec"].get("nodeName", ""), pod.get("status", {})
    condition = ready_condition(pod)
    ready = condition is not None and condition["status"] == "True"
    restarts = max((s.get("restartCount", 0) for s in status.get("containerStatuses") or []), default=0)
    return _Ranked(
        (bool(node), _PHASES.get(status.get("phase", ""), 0), ready, _cost(meta), -per_node.get(node, 0)),
        _time((condition or {}).get("lastTransitionTime")) if ready else None,
        restarts,
        _time(meta.get("creationTimestamp")),
        str(meta.get("uid", "")),
    )


def _cost(meta: Object) -> int:
    """The annotation's number; what is none costs nothing."""
    text = (meta.get("annotations") or {}).get(_COST, "")
    return int(text) if _NUMBER.match(text) else 0


def _time(text: str | None) -> datetime | None:
    return parse_time(text) if text else None


def _compare(one: _Ranked, other: _Ranked, now: datetime) -> int:
    if one.standing != other.standing:
        return -1 if one.standing < other.standing else 1
    # Of two pods that are not ready neither has such a time.
    if one.ready_since != other.ready_since:
        return _compare_ages(one.ready_since, other.ready_since, one.uid < other.uid, now)
    if one.restarts != other.restarts:
        return other.restarts - one.restarts
    if one.created != other.created:
        return _compare_ages(one.created, other.created, one.uid < other.uid, now)
    return 0


def _compare_ages(one: datetime | None, other: datetime | None, uid_first: bool, now: datetime) -> int:
    if one is None or other is None:
        return -1 if one is None else 1
    return _magnitude(now - one) - _magnitude(now - other) or (-1 if uid_first else 1)


def _magnitude(age: timedelta) -> int:
    nanoseconds = age.total_seconds() * 1e9
    return int(math.log2(nanoseconds)) if nanoseconds > 0 else -1
