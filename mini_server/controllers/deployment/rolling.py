"""The arithmetic of rolling updates and proportional scaling; pure functions over ReplicaSets.

Source: kubernetes ``pkg/controller/deployment/rolling.go`` and ``util/deployment_util.go``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from mini_server.controllers.deployment.revisions import age_key
from pykubectl.helpers.deployments import DESIRED_REPLICAS, MAX_REPLICAS
from pykubectl.machinery.values.intstr import scaled_value

Object = dict[str, Any]


def replicas_of(obj: Object) -> int:
    """``spec.replicas``, 1 where it is not set."""
    value = obj["spec"].get("replicas")
    return 1 if value is None else int(value)


def available_of(replica_set: Object) -> int:
    """``status.availableReplicas``."""
    return int(replica_set.get("status", {}).get("availableReplicas") or 0)


def fenceposts(deployment: Object) -> tuple[int, int]:
    """maxSurge and maxUnavailable as numbers of pods; never both zero. (0, 0) for other strategies than rolling."""
    strategy = deployment["spec"].get("strategy") or {}
    if strategy.get("type", "RollingUpdate") != "RollingUpdate":
        return 0, 0
    rolling = strategy.get("rollingUpdate") or {}
    desired = replicas_of(deployment)
    surge = scaled_value(rolling.get("maxSurge", "25%"), desired, round_up=True)
    unavailable = scaled_value(rolling.get("maxUnavailable", "25%"), desired, round_up=False)
    if not surge and not unavailable:
        unavailable = 1
    return surge, min(unavailable, desired)


def new_replicas(deployment: Object, replica_sets: Sequence[Object], new: Object) -> int:
    """How large the new ReplicaSet may be now."""
    desired = replicas_of(deployment)
    if (deployment["spec"].get("strategy") or {}).get("type") == "Recreate":
        return desired
    surge, _ = fenceposts(deployment)
    total = sum(replicas_of(rs) for rs in replica_sets)
    room = desired + surge - total
    if room <= 0:
        return replicas_of(new)
    return replicas_of(new) + min(room, desired - replicas_of(new))


def scaled_down(deployment: Object, new: Object, old: Sequence[Object]) -> dict[str, int]:
    """New sizes by name of the old ReplicaSets that may shrink now; unhealthy pods go first."""
    total = sum(replicas_of(rs) for rs in (*old, new))
    _, unavailable = fenceposts(deployment)
    minimum = replicas_of(deployment) - unavailable
    new_unavailable = replicas_of(new) - available_of(new)
    budget = total - minimum - new_unavailable
    sizes = {rs["metadata"]["name"]: replicas_of(rs) for rs in old}
    if budget <= 0:
        return {}
    ordered = sorted(old, key=age_key)
    _clean_unhealthy(ordered, sizes, budget)
    available = sum(available_of(rs) for rs in (*old, new))
    _shrink(ordered, sizes, available - minimum)
    return {rs["metadata"]["name"]: sizes[rs["metadata"]["name"]] for rs in old if _changed(rs, sizes)}


def _clean_unhealthy(ordered: Sequence[Object], sizes: dict[str, int], budget: int) -> None:
    for replica_set in ordered:
        name = replica_set["metadata"]["name"]
        unhealthy = sizes[name] - available_of(replica_set)
        if budget <= 0:
            return
        if sizes[name] == 0 or unhealthy <= 0:
            continue
        cut = min(budget, unhealthy)
        sizes[name] -= cut
        budget -= cut


def _shrink(ordered: Sequence[Object], sizes: dict[str, int], budget: int) -> None:
    for replica_set in ordered:
        if budget <= 0:
            return
        name = replica_set["metadata"]["name"]
        cut = min(budget, sizes[name])
        sizes[name] -= cut
        budget -= cut


def _changed(replica_set: Object, sizes: dict[str, int]) -> bool:
    return sizes[replica_set["metadata"]["name"]] != replicas_of(replica_set)


def proportional(deployment: Object, replica_sets: Sequence[Object]) -> dict[str, int]:
    """New sizes by name when a deployment is scaled in the middle of a rollout: each ReplicaSet gets its share."""
    surge, _ = fenceposts(deployment)
    active = [rs for rs in replica_sets if replicas_of(rs) > 0]
    total = sum(replicas_of(rs) for rs in active)
    allowed = replicas_of(deployment) + surge if replicas_of(deployment) > 0 else 0
    to_add = allowed - total
    # The larger first; among equals the newer when growing, the older when shrinking.
    ordered = sorted(active, key=age_key, reverse=to_add > 0)
    ordered.sort(key=replicas_of, reverse=True)
    sizes: dict[str, int] = {}
    added = 0
    for replica_set in ordered:
        share = _share(replica_set, deployment, allowed, to_add, added) if to_add else 0
        sizes[replica_set["metadata"]["name"]] = replicas_of(replica_set) + share
        added += share
    if ordered and to_add:
        first = ordered[0]["metadata"]["name"]
        sizes[first] = max(0, sizes[first] + to_add - added)
    return {rs["metadata"]["name"]: sizes[rs["metadata"]["name"]] for rs in active if _changed(rs, sizes)}


def _share(replica_set: Object, deployment: Object, allowed: int, to_add: int, added: int) -> int:
    size = replicas_of(replica_set)
    annotations = replica_set["metadata"].get("annotations") or {}
    before = annotations.get(MAX_REPLICAS, "")
    base = (
        int(before) if before.isdigit() and int(before) > 0 else int(deployment.get("status", {}).get("replicas") or 0)
    )
    if replicas_of(deployment) == 0 or base == 0:
        return -size if replicas_of(deployment) == 0 else 0
    # Halves away from zero, which `round` does not do.
    share = math.floor(size * allowed / base + 0.5) - size
    left = to_add - added
    if left == 0:
        return 0
    return min(share, left) if to_add > 0 else max(share, left)


def is_scaling(deployment: Object, replica_sets: Sequence[Object]) -> bool:
    """Whether ``spec.replicas`` has changed since the active ReplicaSets were last sized."""
    desired = str(replicas_of(deployment))
    for replica_set in replica_sets:
        noted = (replica_set["metadata"].get("annotations") or {}).get(DESIRED_REPLICAS)
        if replicas_of(replica_set) > 0 and noted is not None and noted != desired:
            return True
    return False
