"""What a StatefulSet's pods add up to.

Source: kubernetes ``pkg/controller/statefulset/stateful_set_control.go`` computeReplicaStatus.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from mini_server.controllers.pods import available_in, is_ready
from mini_server.controllers.statefulset.identity import ordinals, revision_of

Object = dict[str, Any]


def is_created(pod: Object) -> bool:
    """The API server has it."""
    return bool(pod.get("status", {}).get("phase"))


def is_running_and_ready(pod: Object) -> bool:
    """Runs and is ready."""
    return pod.get("status", {}).get("phase") == "Running" and is_ready(pod)


def is_available(pod: Object, min_ready_seconds: int, now: datetime) -> bool:
    """Runs and has been ready for long enough."""
    return is_running_and_ready(pod) and available_in(pod, min_ready_seconds, now) == 0


def is_healthy(pod: Object, min_ready_seconds: int, now: datetime) -> bool:
    """Available, and not on its way out."""
    return is_available(pod, min_ready_seconds, now) and not pod["metadata"].get("deletionTimestamp")


def make_status(
    stateful_set: Object, pods: Iterable[Object], current: str, update: str, collisions: int, now: datetime
) -> Object:
    """The status for pods of two revisions; a finished rolling update makes the update revision the current one."""
    seconds = stateful_set["spec"].get("minReadySeconds", 0)
    created = [pod for pod in pods if is_created(pod)]
    staying = [pod for pod in created if not pod["metadata"].get("deletionTimestamp")]
    status: Object = {
        "observedGeneration": stateful_set["metadata"].get("generation", 1),
        "replicas": len(created),
        "readyReplicas": sum(is_running_and_ready(pod) for pod in created),
        "availableReplicas": sum(is_available(pod, seconds, now) for pod in created),
        "currentReplicas": sum(revision_of(pod) == current for pod in staying),
        "updatedReplicas": sum(revision_of(pod) == update for pod in staying),
        "currentRevision": current,
        "updateRevision": update,
        "collisionCount": collisions,
    }
    rolling = (stateful_set["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate") == "RollingUpdate"
    desired = len(ordinals(stateful_set))
    if rolling and all(status[name] == desired for name in ("updatedReplicas", "replicas", "readyReplicas")):
        status["currentReplicas"] = status["updatedReplicas"]
        status["currentRevision"] = update
    kept = ("replicas", "availableReplicas", "collisionCount", "observedGeneration")
    return {name: value for name, value in status.items() if value or name in kept}
