"""Pods as controllers see and make them.

Source: kubernetes ``pkg/controller/controller_utils.go`` and ``pkg/api/v1/pod/util.go``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from mini_server.controllers.context import Client, Recorder
from mini_server.controllers.deletion import delete_known
from mini_server.controllers.expectations import Expectations
from mini_server.controllers.ownership import controller_reference
from mini_server.controllers.resources import PODS
from pykubectl.machinery.errors import StatusError, is_namespace_terminating
from pykubectl.machinery.schema import GroupVersionKind
from pykubectl.machinery.values.time import parse_time

Object = dict[str, Any]


def is_active(pod: Object) -> bool:
    """Neither finished nor being deleted."""
    return not is_finished(pod) and not pod["metadata"].get("deletionTimestamp")


def is_finished(pod: Object) -> bool:
    """Succeeded or failed."""
    return pod.get("status", {}).get("phase") in ("Succeeded", "Failed")


def is_terminating(pod: Object) -> bool:
    """Being deleted, and still running."""
    return not is_finished(pod) and bool(pod["metadata"].get("deletionTimestamp"))


def ready_condition(pod: Object) -> Object | None:
    """The pod's Ready condition."""
    for condition in pod.get("status", {}).get("conditions") or []:
        if condition["type"] == "Ready":
            return dict(condition)
    return None


def is_ready(pod: Object) -> bool:
    """Ready condition is True."""
    condition = ready_condition(pod)
    return condition is not None and condition["status"] == "True"


def available_in(pod: Object, min_ready_seconds: int, now: datetime) -> float | None:
    """Seconds until a pod counts as available (0: it does); None where it is not ready."""
    condition = ready_condition(pod)
    if condition is None or condition["status"] != "True":
        return None
    since = condition.get("lastTransitionTime")
    if not min_ready_seconds or not since:
        return 0.0
    due = parse_time(since) + timedelta(seconds=min_ready_seconds)
    return max(0.0, (due - now).total_seconds())


def next_available_in(pods: Iterable[Object], min_ready_seconds: int, now: datetime) -> float | None:
    """Seconds until the next ready pod becomes available; None where none is waited for."""
    return min((left for pod in pods if (left := available_in(pod, min_ready_seconds, now))), default=None)


def new_pod(template: Object, owner: Object, gvk: GroupVersionKind) -> Object:
    """A pod from a template, named after its owner and controlled by it."""
    meta = template.get("metadata") or {}
    metadata: Object = {
        "generateName": f"{owner['metadata']['name']}-",
        "ownerReferences": [controller_reference(owner, gvk)],
    }
    for field in ("labels", "annotations", "finalizers"):
        if meta.get(field):
            metadata[field] = meta[field]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


class PodControl:
    """Creates and deletes pods and tells about it in events of the owner."""

    def __init__(self, client: Client, recorder: Recorder) -> None:
        self._client = client
        self._recorder = recorder

    def create(self, owner: Object, pod: Object) -> Object:
        """Creates a pod in the owner's namespace."""
        try:
            created = self._client.create(PODS, owner["metadata"]["namespace"], pod)
        except StatusError as error:
            if not is_namespace_terminating(error):
                self._recorder.event(owner, "Warning", "FailedCreate", f"Error creating: {error.message}")
            raise
        name = created["metadata"]["name"]
        self._recorder.event(owner, "Normal", "SuccessfulCreate", f"Created pod: {name}")
        return created

    def delete(self, owner: Object, pod: Object) -> bool:
        """Deletes a pod; False where it was gone already."""
        try:
            deleted = delete_known(self._client, PODS, pod)
        except StatusError as error:
            self._recorder.event(owner, "Warning", "FailedDelete", f"Error deleting: {error.message}")
            raise
        if deleted:
            self._recorder.event(owner, "Normal", "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}")
        return deleted


def slow_start(count: int, action: Callable[[], object]) -> tuple[int, Exception | None]:
    """Repeats an action in batches of 1, 2, 4 ...; an error ends it after the batch it happened in.

    Returns how often the action succeeded and the first error. Source: ``slowStartBatch``.
    """
    done, tried, batch = 0, 0, 1
    while tried < count:
        failure: Exception | None = None
        for _ in range(min(batch, count - tried)):
            tried += 1
            try:
                action()
                done += 1
            except Exception as error:
                # Told to the caller, who must know how many were made all the same.
                failure = failure or error
        if failure is not None:
            return done, failure
        batch *= 2
    return done, None


def create_expected(
    expectations: Expectations, key: str, count: int, create: Callable[[], object]
) -> tuple[int, Exception | None]:
    """`slow_start` of creations that ``key`` expects already; those that come to nothing are no longer expected."""
    done, failure = slow_start(count, create)
    for _ in range(count - done):
        expectations.creation_seen(key)
    return done, failure


def delete_expected(
    expectations: Expectations, key: str, pods: Sequence[Object], delete: Callable[[Object], bool]
) -> tuple[list[Object], Exception | None]:
    """Deletes all the pods, whose deletion ``key`` expects already; ``delete`` is as `PodControl.delete`.

    Returns those that are gone or going, and the first error. What will not be seen is no longer expected: a pod that
    was gone already, of which the informer may have told before, and one that stays.
    """
    deleted: list[Object] = []
    failure: Exception | None = None
    for pod in pods:
        to_be_seen = False
        try:
            to_be_seen = delete(pod)
            deleted.append(pod)
        except Exception as error:
            failure = failure or error
        if not to_be_seen:
            expectations.deletion_seen(key, pod["metadata"]["uid"])
    return deleted, failure
