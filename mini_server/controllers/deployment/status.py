"""A deployment's status and its conditions.

Source: kubernetes ``pkg/controller/deployment/sync.go`` calculateStatus and ``progress.go``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from mini_server.controllers.deployment.rolling import fenceposts, replicas_of
from pykubectl.machinery.values.time import format_time, parse_time

Object = dict[str, Any]


def counts(deployment: Object, replica_sets: Sequence[Object], new: Object | None) -> Object:
    """The numbers of the status, zeroes left out as the API does."""

    def total(field: str) -> int:
        return sum(int(rs.get("status", {}).get(field) or 0) for rs in replica_sets)

    available = total("availableReplicas")
    numbers = {
        "replicas": total("replicas"),
        "updatedReplicas": int((new or {}).get("status", {}).get("replicas") or 0),
        "readyReplicas": total("readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(0, sum(replicas_of(rs) for rs in replica_sets) - available),
    }
    status: Object = {name: number for name, number in numbers.items() if number}
    status["terminatingReplicas"] = total("terminatingReplicas")
    status["observedGeneration"] = deployment["metadata"].get("generation", 1)
    if (collisions := deployment.get("status", {}).get("collisionCount")) is not None:
        status["collisionCount"] = collisions
    return status


def is_complete(deployment: Object, status: Object) -> bool:
    """All replicas are updated and available, and none of older ones is left."""
    desired = replicas_of(deployment)
    return all(status.get(name, 0) == desired for name in ("updatedReplicas", "replicas", "availableReplicas"))


def is_progressing(deployment: Object, status: Object) -> bool:
    """More pods are updated, ready or available, or fewer old ones are left, than the stored status says."""
    old = deployment.get("status", {})

    def grew(field: str) -> bool:
        return bool(status.get(field, 0) > old.get(field, 0))

    old_ones = old.get("replicas", 0) - old.get("updatedReplicas", 0)
    new_ones = status.get("replicas", 0) - status.get("updatedReplicas", 0)
    return grew("updatedReplicas") or new_ones < old_ones or grew("readyReplicas") or grew("availableReplicas")


def conditions(
    deployment: Object, status: Object, new: Object | None, now: datetime, failure: str = ""
) -> list[Object]:
    """Available, Progressing and ReplicaFailure, with the times they changed."""
    current = {c["type"]: c for c in deployment.get("status", {}).get("conditions") or []}
    _set(current, _available(deployment, status), now)
    progress = _progressing(deployment, status, new, current.get("Progressing"), now)
    if progress is not None:
        _set(current, progress, now, touch=is_progressing(deployment, status))
    if failure:
        _set(current, ("ReplicaFailure", "True", "FailedCreate", failure), now)
    else:
        current.pop("ReplicaFailure", None)
    return list(current.values())


Condition = tuple[str, str, str, str]


def _available(deployment: Object, status: Object) -> Condition:
    _, unavailable = fenceposts(deployment)
    if status.get("availableReplicas", 0) >= replicas_of(deployment) - unavailable:
        return "Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability."
    return "Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability."


def _progressing(
    deployment: Object, status: Object, new: Object | None, current: Object | None, now: datetime
) -> Condition | None:
    if deployment["spec"].get("progressDeadlineSeconds") is None:
        return None
    name = deployment["metadata"]["name"] if new is None else new["metadata"]["name"]
    noun = "Deployment" if new is None else "ReplicaSet"
    done_before = current is not None and current.get("reason") == "NewReplicaSetAvailable"
    if done_before and status.get("replicas", 0) == status.get("updatedReplicas", 0):
        return None
    if is_complete(deployment, status):
        message = f'{noun} "{name}" has successfully progressed.'
        return "Progressing", "True", "NewReplicaSetAvailable", message
    if is_progressing(deployment, status):
        return "Progressing", "True", "ReplicaSetUpdated", f'{noun} "{name}" is progressing.'
    if current is not None and timed_out(deployment, current, now):
        message = f'{noun} "{name}" has timed out progressing.'
        return "Progressing", "False", "ProgressDeadlineExceeded", message
    return None


def timed_out(deployment: Object, condition: Object, now: datetime) -> bool:
    """No progress for longer than the deadline."""
    if condition.get("reason") == "NewReplicaSetAvailable":
        return False
    if condition.get("reason") == "ProgressDeadlineExceeded":
        return True
    deadline = timedelta(seconds=deployment["spec"]["progressDeadlineSeconds"])
    return bool(parse_time(condition["lastUpdateTime"]) + deadline < now)


def progress_condition(reason: str, message: str, now: datetime, status: str = "True") -> Object:
    """A Progressing condition that begins now."""
    time = format_time(now)
    return {
        "type": "Progressing",
        "status": status,
        "reason": reason,
        "message": message,
        "lastUpdateTime": time,
        "lastTransitionTime": time,
    }


def _set(current: dict[str, Object], condition: Condition, now: datetime, *, touch: bool = False) -> None:
    kind, status, reason, message = condition
    old = current.get(kind)
    if old and not touch and (old["status"], old["reason"], old.get("message")) == (status, reason, message):
        return
    time = format_time(now)
    changed = old is None or old["status"] != status
    current[kind] = {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastUpdateTime": time,
        "lastTransitionTime": time if changed or old is None else old["lastTransitionTime"],
    }
