"""When what led to a change of a service's endpoints happened.

Source: kubernetes ``staging/src/k8s.io/endpointslice/trigger_time_tracker.go``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from mini_server.controllers.pods import ready_condition

Object = dict[str, Any]

ANNOTATION = "endpoints.kubernetes.io/last-change-trigger-time"


class TriggerTimes:
    """Per service key, the times that were seen. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, dict[str, str]] = {}

    def latest(self, key: str, service: Object, pods: Iterable[Object]) -> str:
        """The earliest time that is new since the last call, empty where nothing is.

        Of a service not seen before it is its creation.
        """
        created = str(service["metadata"].get("creationTimestamp", ""))
        times = {pod["metadata"]["name"]: time for pod in pods if (time := _pod_time(pod))}
        # No pod is named so.
        times[""] = created
        with self._lock:
            known = self._seen.get(key)
            self._seen[key] = times
        if known is None:
            return created
        return min((time for name, time in times.items() if time > known.get(name, "")), default="")

    def forget(self, key: str) -> None:
        """The service is gone."""
        with self._lock:
            self._seen.pop(key, None)


def annotate(annotations: dict[str, str] | None, time: str) -> dict[str, str]:
    """Annotations with the time as the one of the last change, without any where there is none."""
    others = {name: value for name, value in (annotations or {}).items() if name != ANNOTATION}
    return {**others, ANNOTATION: time} if time else others


def _pod_time(pod: Object) -> str:
    return str((ready_condition(pod) or {}).get("lastTransitionTime") or "")
