"""Rollouts: their state in a sentence, and changes to them.

Source: kubectl ``pkg/polymorphichelpers/{rollout_status,objectpauser,objectresumer,objectrestarter}.go``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from pykubectl.cli.errors import CommandError
from pykubectl.client.resource import STRATEGIC_MERGE_PATCH
from pykubectl.helpers import deployments
from pykubectl.machinery.errors import new_not_found
from pykubectl.machinery.schema import GroupVersion
from pykubectl.machinery.values.time import format_time
from pykubectl.ops.changes import WEEK, Deadline, states

if TYPE_CHECKING:
    from pykubectl.cli.flags import Values
    from pykubectl.cli.streams import IOStreams
    from pykubectl.machinery.util.clock import Clock
    from pykubectl.visitor.info import Info

Object = dict[str, Any]

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"


class Progress(NamedTuple):
    """A sentence, and whether the rollout has come to its end."""

    text: str
    done: bool


def follow(info: Info, streams: IOStreams, values: Values, clock: Clock | None = None) -> None:
    """Prints the state of a rollout, and that after each change of it until it is done. Raises CommandError."""
    there = False
    for obj in states(info, Deadline(values["timeout"] or WEEK, clock)):
        if obj is None and not there:
            raise new_not_found(info.mapping.resource.group_resource, info.name)
        if obj is None:
            raise CommandError("object has been deleted")
        there = True
        progress = state(obj, info.mapping.kind.kind, values["revision"])
        streams.out.write(progress.text)
        streams.out.flush()
        if progress.done or not values["watch"]:
            return
    raise CommandError("timed out waiting for the condition")


def state(obj: Object, kind: str, revision: int = 0) -> Progress:
    """The state of a rollout. Raises CommandError on kinds without rollouts, and on one that has failed."""
    if kind == "Deployment":
        return _deployment(obj, revision)
    if kind == "DaemonSet":
        return _daemon_set(obj)
    if kind == "StatefulSet":
        return _stateful_set(obj)
    group = GroupVersion.parse(obj["apiVersion"]).group
    raise CommandError(f"no status viewer has been implemented for {kind}{'.' if group else ''}{group}")


def _deployment(obj: Object, revision: int) -> Progress:
    if revision > 0 and (actual := deployments.revision(obj)) != revision:
        raise CommandError(f"desired revision ({revision}) is different from the running revision ({actual})")
    try:
        return Progress(*deployments.rollout_status(obj))
    except TimeoutError as error:
        raise CommandError(str(error)) from None


def _daemon_set(obj: Object) -> Progress:
    name, status = obj["metadata"]["name"], obj.get("status") or {}
    if (obj["spec"].get("updateStrategy") or {}).get("type") != "RollingUpdate":
        raise CommandError("rollout status is only available for RollingUpdate strategy type")
    if obj["metadata"].get("generation", 0) > status.get("observedGeneration", 0):
        return Progress("Waiting for daemon set spec update to be observed...\n", False)
    wanted, updated = status.get("desiredNumberScheduled", 0), status.get("updatedNumberScheduled", 0)
    available = status.get("numberAvailable", 0)
    head = f'Waiting for daemon set "{name}" rollout to finish: '
    if updated < wanted:
        return Progress(f"{head}{updated} out of {wanted} new pods have been updated...\n", False)
    if available < wanted:
        return Progress(f"{head}{available} of {wanted} updated pods are available...\n", False)
    return Progress(f'daemon set "{name}" successfully rolled out\n', True)


def _stateful_set(obj: Object) -> Progress:
    spec, status = obj["spec"], obj.get("status") or {}
    if (spec.get("updateStrategy") or {}).get("type") != "RollingUpdate":
        raise CommandError("rollout status is only available for RollingUpdate strategy type")
    if not status.get("observedGeneration") or obj["metadata"].get("generation", 0) > status["observedGeneration"]:
        return Progress("Waiting for statefulset spec update to be observed...\n", False)
    wanted = spec.get("replicas", 1)
    if status.get("readyReplicas", 0) < wanted:
        return Progress(f"Waiting for {wanted - status.get('readyReplicas', 0)} pods to be ready...\n", False)
    if rolling := spec["updateStrategy"].get("rollingUpdate"):
        done = status.get("updatedReplicas", 0)
        expected = wanted - rolling.get("partition", wanted)
        if done < expected:
            text = (
                f"Waiting for partitioned roll out to finish: {done} out of {expected} new pods have been updated...\n"
            )
            return Progress(text, False)
        return Progress(f"partitioned roll out complete: {done} new pods have been updated...\n", True)
    current, update = status.get("currentRevision"), status.get("updateRevision")
    if update != current:
        done = status.get("updatedReplicas", 0)
        text = f"waiting for statefulset rolling update to complete {done} pods at revision {update}...\n"
        return Progress(text, False)
    text = f"statefulset rolling update complete {status.get('currentReplicas', 0)} pods at revision {current}...\n"
    return Progress(text, True)


def _only_deployments(info: Info, what: str) -> None:
    """``pausing`` and ``resuming`` are of Deployments."""
    if info.mapping.kind.kind != "Deployment":
        raise CommandError(f"error: {info.resource_name} {what} is not supported")


def _patch(info: Info, patch: Object) -> None:
    info.obj = info.client.patch(info.name, STRATEGIC_MERGE_PATCH, patch)


def _restart(info: Info) -> None:
    if info.mapping.kind.kind not in ("Deployment", "DaemonSet", "StatefulSet"):
        raise CommandError(f"error: {info.resource_name} restarting is not supported")
    if info.object["spec"].get("paused"):
        raise CommandError(f"error: {info.resource_name} can't restart paused deployment (run rollout resume first)")
    annotations = {RESTARTED_AT: format_time(datetime.now(UTC))}
    _patch(info, {"spec": {"template": {"metadata": {"annotations": annotations}}}})


def _pause(info: Info) -> None:
    _only_deployments(info, "pausing")
    if info.object["spec"].get("paused"):
        raise CommandError(f"error: {info.resource_name} is already paused")
    _patch(info, {"spec": {"paused": True}})


def _resume(info: Info) -> None:
    _only_deployments(info, "resuming")
    if not info.object["spec"].get("paused"):
        raise CommandError(f"error: {info.resource_name} is not paused")
    _patch(info, {"spec": {"paused": None}})


_CHANGES = {"restarted": _restart, "paused": _pause, "resumed": _resume}


def change(done: str, info: Info) -> None:
    """Restarts, pauses or resumes, and sets ``info.obj`` to the result. Raises CommandError, StatusError."""
    _CHANGES[done](info)
