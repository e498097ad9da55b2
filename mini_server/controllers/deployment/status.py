"""A deployment's status and its conditions.

Source: kubernetes ``pkg/controller/deployment/sync.go`` calculateStatus, ``progress.go``,
``util/deployment_util.go``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from mini_server.controllers.deployment.rolling import fenceposts, replicas_of
from pykubectl.machinery.values.time import format_time, parse_time

Object = dict[str, Any]

AVAILABLE = "Available"
PROGRESSING = "Progressing"
REPLICA_FAILURE = "ReplicaFailure"

COMPLETED = "NewReplicaSetAvailable"
TIMED_OUT = "ProgressDeadlineExceeded"
PAUSED = "DeploymentPaused"
RESUMED = "DeploymentResumed"

# The progressDeadlineSeconds that stands for none.
_FOR_EVER = 2**31 - 1


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
    if all("terminatingReplicas" in rs.get("status", {}) for rs in replica_sets):
        status["terminatingReplicas"] = total("terminatingReplicas")
    status["observedGeneration"] = deployment["metadata"].get("generation", 1)
    if (collisions := deployment.get("status", {}).get("collisionCount")) is not None:
        status["collisionCount"] = collisions
    return status


def is_complete(deployment: Object, status: Object) -> bool:
    """All replicas are updated and available, none of older ones is left, and the spec is the one looked at."""
    desired = replicas_of(deployment)
    reached = all(status.get(name, 0) == desired for name in ("updatedReplicas", "replicas", "availableReplicas"))
    return reached and status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 1)


def is_progressing(deployment: Object, status: Object) -> bool:
    """More pods are updated, ready or available, or fewer old ones are left, than the stored status says."""
    old = deployment.get("status", {})

    def grew(field: str) -> bool:
        return bool(status.get(field, 0) > old.get(field, 0))

    old_ones = old.get("replicas", 0) - old.get("updatedReplicas", 0)
    new_ones = status.get("replicas", 0) - status.get("updatedReplicas", 0)
    return grew("updatedReplicas") or new_ones < old_ones or grew("readyReplicas") or grew("availableReplicas")


def calculate(deployment: Object, replica_sets: Sequence[Object], new: Object | None, now: datetime) -> Object:
    """The status with its numbers and the Available condition; the other conditions stay as they are."""
    status = counts(deployment, replica_sets, new)
    return {**status, "conditions": set_condition(conditions_of(deployment), _available(deployment, status, now))}


def of_rollout(deployment: Object, replica_sets: Sequence[Object], new: Object | None, now: datetime) -> Object:
    """As `calculate`, with how the rollout comes along and what stands in its way."""
    status = calculate(deployment, replica_sets, new, now)
    conditions = status["conditions"]
    if deadline_of(deployment) is None:
        conditions = _without(conditions, PROGRESSING)
    else:
        conditions = _with_progress(conditions, deployment, status, new, now)
    failure = _replica_failure([*([new] if new else []), *replica_sets])
    if failure is None:
        conditions = _without(conditions, REPLICA_FAILURE)
    else:
        conditions = set_condition(conditions, failure)
    return {**status, "conditions": conditions}


def deadline_of(deployment: Object) -> int | None:
    """Seconds in which there must be some progress, None where it may take for ever."""
    seconds = deployment["spec"].get("progressDeadlineSeconds")
    return None if seconds is None or seconds == _FOR_EVER else int(seconds)


def timed_out(deployment: Object, condition: Object, now: datetime) -> bool:
    """No progress for longer than the deadline."""
    if condition.get("reason") == COMPLETED:
        return False
    if condition.get("reason") == TIMED_OUT:
        return True
    seconds = deadline_of(deployment)
    return seconds is not None and parse_time(condition["lastUpdateTime"]) + timedelta(seconds=seconds) < now


# Conditions


def conditions_of(deployment: Object) -> list[Object]:
    """The conditions stored."""
    return list(deployment.get("status", {}).get("conditions") or [])


def condition_of(conditions: Iterable[Object], kind: str) -> Object | None:
    """The condition of a type."""
    return next((dict(condition) for condition in conditions if condition["type"] == kind), None)


def condition(kind: str, status: str, reason: str, message: str, now: datetime) -> Object:
    """A condition that begins now."""
    time = format_time(now)
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastUpdateTime": time,
        "lastTransitionTime": time,
    }


def set_condition(conditions: Sequence[Object], wanted: Object) -> list[Object]:
    """The list with a condition set; one of the same status and reason stays as it is, whatever its message."""
    current = condition_of(conditions, wanted["type"])
    if current is not None and current["status"] == wanted["status"]:
        if current.get("reason") == wanted["reason"]:
            return list(conditions)
        wanted = {**wanted, "lastTransitionTime": current["lastTransitionTime"]}
    return [*_without(conditions, wanted["type"]), wanted]


def _without(conditions: Iterable[Object], kind: str) -> list[Object]:
    return [condition for condition in conditions if condition["type"] != kind]


def _available(deployment: Object, status: Object, now: datetime) -> Object:
    _, unavailable = fenceposts(deployment)
    if status.get("availableReplicas", 0) >= replicas_of(deployment) - unavailable:
        message = "Deployment has minimum availability."
        return condition(AVAILABLE, "True", "MinimumReplicasAvailable", message, now)
    message = "Deployment does not have minimum availability."
    return condition(AVAILABLE, "False", "MinimumReplicasUnavailable", message, now)


def _with_progress(
    conditions: list[Object], deployment: Object, status: Object, new: Object | None, now: datetime
) -> list[Object]:
    current = condition_of(conditions, PROGRESSING)
    done_before = current is not None and current.get("reason") == COMPLETED
    if done_before and status.get("replicas", 0) == status.get("updatedReplicas", 0):
        # No rollout is under way.
        return conditions
    noun = "Deployment" if new is None else "ReplicaSet"
    subject = f'{noun} "{(new or deployment)["metadata"]["name"]}"'
    if is_complete(deployment, status):
        message = f"{subject} has successfully progressed."
        return set_condition(conditions, condition(PROGRESSING, "True", COMPLETED, message, now))
    if is_progressing(deployment, status):
        wanted = condition(PROGRESSING, "True", "ReplicaSetUpdated", f"{subject} is progressing.", now)
        if current is not None and current["status"] == "True":
            wanted["lastTransitionTime"] = current["lastTransitionTime"]
        # Replaced even if nothing but its time is new: the deadline runs from the last progress.
        return [*_without(conditions, PROGRESSING), wanted]
    if current is not None and timed_out(deployment, current, now):
        message = f"{subject} has timed out progressing."
        return set_condition(conditions, condition(PROGRESSING, "False", TIMED_OUT, message, now))
    return conditions


def _replica_failure(replica_sets: Iterable[Object]) -> Object | None:
    """The first failure that a ReplicaSet tells of, as a condition of the deployment."""
    for replica_set in replica_sets:
        found = condition_of(replica_set.get("status", {}).get("conditions") or [], REPLICA_FAILURE)
        if found is not None:
            return {**found, "lastUpdateTime": found.get("lastTransitionTime")}
    return None
