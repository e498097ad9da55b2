"""Namespaces that are being deleted are emptied, then let go.

Source: kubernetes ``pkg/controller/namespace/deletion/namespaced_resources_deleter.go``,
``status_condition_utils.go``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from mini_server.controllers.context import ControllerContext, DeletableResource
from mini_server.controllers.controller import Controller, key_of
from mini_server.controllers.resources import NAMESPACES, PODS
from pykubectl.machinery.errors import StatusError, is_method_not_supported, is_not_found
from pykubectl.machinery.values.time import format_time, parse_time

Object = dict[str, Any]

FINALIZER = "kubernetes"
# How long until the controller looks again whether what was deleted is gone; longer where pods end gracefully.
RETRY = 0.2
RETRY_MAX = 5.0
# Who deletes a namespace may delete what is in it in the same breath; upstream leaves five seconds for that.
GRACE = 1.0

# type: (reason and message when fine, reason when not)
_REASONS = {
    "NamespaceDeletionDiscoveryFailure": (
        "ResourcesDiscovered",
        "All resources successfully discovered",
        "DiscoveryFailed",
    ),
    "NamespaceDeletionGroupVersionParsingFailure": (
        "ParsedGroupVersions",
        "All legacy kube types successfully parsed",
        "GroupVersionParsingFailed",
    ),
    "NamespaceDeletionContentFailure": (
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
        "ContentDeletionFailed",
    ),
    "NamespaceContentRemaining": (
        "ContentRemoved",
        "All content successfully removed",
        "SomeResourcesRemain",
    ),
    "NamespaceFinalizersRemaining": (
        "ContentHasNoFinalizers",
        "All content-preserving finalizers finished",
        "SomeFinalizersRemain",
    ),
}
_UNDISCOVERED = "Discovery failed for some groups, {} failing: "
_UNDELETED = "Failed to delete all resource types, {} remaining: "


class Outcome(NamedTuple):
    """What one pass over a namespace found: objects left per resource, finalizers with counts, errors."""

    remaining: dict[str, int]
    finalizers: dict[str, int]
    errors: list[str]
    # What kept the resources from being found out.
    unknown: list[str]


class NamespaceController(Controller):
    """Deletes everything in a terminating namespace, reports what keeps it, and removes its finalizer at the end."""

    name = "namespace-controller"
    workers = 2

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._namespaces = self.watch(NAMESPACES, self._later)

    def _later(self, namespace: Object) -> Iterable[str]:
        """Queues the namespace behind its grace period instead of at once."""
        if namespace["metadata"].get("deletionTimestamp"):
            self.queue.add_after(key_of(namespace), GRACE)
        return ()

    def sync(self, key: str) -> None:
        """``key`` is a namespace's name."""
        namespace = self._namespaces.get("", key)
        if namespace is None or not namespace["metadata"].get("deletionTimestamp"):
            return
        try:
            namespace = self.client.get(NAMESPACES, "", key)
        except StatusError as error:
            if is_not_found(error):
                return
            raise
        if not namespace["metadata"].get("deletionTimestamp") or not namespace["spec"].get("finalizers"):
            return
        outcome = self._empty(key)
        namespace = self._write_conditions(namespace, outcome)
        if outcome.remaining or outcome.errors or outcome.unknown:
            since = self.clock.now() - parse_time(namespace["metadata"]["deletionTimestamp"])
            self.queue.add_after(key, retry_after(since.total_seconds()))
            return
        left = [name for name in namespace["spec"].get("finalizers") or [] if name != FINALIZER]
        self.client.update(NAMESPACES, {**namespace, "spec": {**namespace["spec"], "finalizers": left}}, "finalize")

    def _empty(self, namespace: str) -> Outcome:
        """Pods go first, and all else when they are gone: what they need they have to their end."""
        outcome = Outcome({}, {}, [], [])
        try:
            resources = [r for r in self.client.deletable_resources() if r.namespaced]
        except StatusError as error:
            outcome.unknown.append(error.message)
            return outcome
        self._empty_each(namespace, [r for r in resources if r.gvr == PODS], outcome)
        if not outcome.remaining:
            self._empty_each(namespace, [r for r in resources if r.gvr != PODS], outcome)
        return outcome

    def _empty_each(self, namespace: str, resources: Iterable[DeletableResource], outcome: Outcome) -> None:
        for resource in resources:
            try:
                self._empty_resource(namespace, resource, outcome)
            except StatusError as error:
                if not (is_not_found(error) or is_method_not_supported(error)):
                    outcome.errors.append(error.message)

    def _empty_resource(self, namespace: str, resource: DeletableResource, outcome: Outcome) -> None:
        if "list" not in resource.verbs:
            return
        objects = self.client.list(resource.gvr, namespace)
        if not objects:
            return
        if "deletecollection" in resource.verbs:
            self.client.delete_collection(resource.gvr, namespace)
        else:
            self._delete_each(resource, objects)
        left = self.client.list(resource.gvr, namespace)
        if left:
            outcome.remaining[str(resource.gvr.group_resource)] = len(left)
        for obj in left:
            for finalizer in obj["metadata"].get("finalizers") or []:
                outcome.finalizers[finalizer] = outcome.finalizers.get(finalizer, 0) + 1

    def _delete_each(self, resource: DeletableResource, objects: Iterable[Object]) -> None:
        for obj in objects:
            meta = obj["metadata"]
            try:
                self.client.delete(resource.gvr, meta["namespace"], meta["name"], propagation="Background")
            except StatusError as error:
                if not is_not_found(error):
                    raise

    def _write_conditions(self, namespace: Object, outcome: Outcome) -> Object:
        failures = {
            "NamespaceDeletionDiscoveryFailure": _listed(_UNDISCOVERED, outcome.unknown),
            "NamespaceDeletionContentFailure": _listed(_UNDELETED, outcome.errors),
            "NamespaceContentRemaining": _remaining_text(outcome.remaining),
            "NamespaceFinalizersRemaining": _finalizers_text(outcome.finalizers),
        }
        old = {c["type"]: c for c in namespace.get("status", {}).get("conditions") or []}
        now = format_time(self.clock.now())
        conditions = [_condition(kind, failures.get(kind, ""), old.get(kind), now) for kind in _REASONS]
        status = {**namespace.get("status", {}), "conditions": conditions}
        if status == namespace.get("status"):
            return namespace
        return self.client.update(NAMESPACES, {**namespace, "status": status}, "status")


def retry_after(elapsed: float) -> float:
    """Seconds until the next look: few at first, more the longer the deletion takes."""
    return min(max(RETRY, elapsed / 5), RETRY_MAX)


def _condition(kind: str, failure: str, old: Object | None, now: str) -> Object:
    reason, message, failure_reason = _REASONS[kind]
    status = "True" if failure else "False"
    unchanged = old is not None and old["status"] == status
    return {
        "type": kind,
        "status": status,
        "lastTransitionTime": old["lastTransitionTime"] if old is not None and unchanged else now,
        "reason": failure_reason if failure else reason,
        "message": failure or message,
    }


def _listed(introduction: str, errors: list[str]) -> str:
    return introduction.format(len(errors)) + ", ".join(sorted(errors)) if errors else ""


def _remaining_text(remaining: dict[str, int]) -> str:
    if not remaining:
        return ""
    parts = [f"{name}{'' if '.' in name else '.'} has {count} resource instances" for name, count in remaining.items()]
    return "Some resources are remaining: " + ", ".join(sorted(parts))


def _finalizers_text(finalizers: dict[str, int]) -> str:
    if not finalizers:
        return ""
    parts = [f"{name} in {count} resource instances" for name, count in finalizers.items()]
    return "Some content in the namespace has finalizers remaining: " + ", ".join(sorted(parts))
