"""Rollouts: their state in a sentence, their history, and changes to them.

Source: kubectl ``pkg/polymorphichelpers/{rollout_status,history,rollback,objectrestarter}.go``.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from pykubectl.cli.errors import CommandError
from pykubectl.machinery.codecs import json
from pykubectl.machinery.labels import selector_from_label_selector
from pykubectl.machinery.schema import GroupVersion, GroupVersionResource
from pykubectl.machinery.values.time import format_time

if TYPE_CHECKING:
    from pykubectl.cli.flags import Values
    from pykubectl.cli.streams import IOStreams
    from pykubectl.visitor.info import Info

Object = dict[str, Any]

REVISION = "deployment.kubernetes.io/revision"
CHANGE_CAUSE = "kubernetes.io/change-cause"
RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
_HASH = "pod-template-hash"
_REPLICA_SETS = GroupVersionResource("apps", "v1", "replicasets")
_CONTROLLER_REVISIONS = GroupVersionResource("apps", "v1", "controllerrevisions")


class Progress(NamedTuple):
    """A sentence, and whether the rollout has come to its end."""

    text: str
    done: bool


def follow(info: Info, streams: IOStreams, values: Values) -> None:
    """Prints the state of a rollout, and each change of it until it is done. Raises CommandError."""
    deadline = time.monotonic() + values["timeout"] if values["timeout"] else None
    obj = info.object
    said = ""
    while True:
        progress = state(obj, info.mapping.kind.kind, values["revision"])
        if progress.text != said:
            streams.out.write(progress.text)
            streams.out.flush()
            said = progress.text
        if progress.done or not values["watch"]:
            return
        if deadline is not None and time.monotonic() > deadline:
            raise CommandError("timed out waiting for the condition")
        obj = _next(info, obj, deadline)


def _next(info: Info, obj: Object, deadline: float | None) -> Object:
    """The object after its next change, or when the watch has ended."""
    seconds = 30 if deadline is None else max(1, min(30, int(deadline - time.monotonic()) + 1))
    params = {
        "fieldSelector": f"metadata.name={info.name}",
        "resourceVersion": obj["metadata"]["resourceVersion"],
        "watch": True,
        "timeoutSeconds": seconds,
    }
    response = info.client.rest.stream("GET", info.client.path(), params=params)
    try:
        for line in response.lines():
            event: Object = json.loads(line) if line else {"type": ""}
            if event["type"] == "DELETED":
                raise CommandError("object has been deleted")
            if event["type"] in ("ADDED", "MODIFIED"):
                changed: Object = event["object"]
                return changed
            if event["type"] == "ERROR":
                break
    finally:
        response.close()
    return info.get()


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
    name, spec, status = obj["metadata"]["name"], obj.get("spec") or {}, obj.get("status") or {}
    if revision > 0:
        actual = int((obj["metadata"].get("annotations") or {}).get(REVISION, "0"))
        if actual != revision:
            text = f"desired revision ({revision}) is different from the running revision ({actual})"
            raise CommandError(text)
    if obj["metadata"].get("generation", 0) > status.get("observedGeneration", 0):
        return Progress("Waiting for deployment spec update to be observed...\n", False)
    progressing = next((c for c in status.get("conditions") or [] if c["type"] == "Progressing"), None)
    if progressing is not None and progressing.get("reason") == "ProgressDeadlineExceeded":
        raise CommandError(f'deployment "{name}" exceeded its progress deadline')
    wanted, updated = spec.get("replicas", 1), status.get("updatedReplicas", 0)
    total, available = status.get("replicas", 0), status.get("availableReplicas", 0)
    head = f'Waiting for deployment "{name}" rollout to finish: '
    if updated < wanted:
        return Progress(f"{head}{updated} out of {wanted} new replicas have been updated...\n", False)
    if total > updated:
        return Progress(f"{head}{total - updated} old replicas are pending termination...\n", False)
    if available < updated:
        return Progress(f"{head}{available} of {updated} updated replicas are available...\n", False)
    return Progress(f'deployment "{name}" successfully rolled out\n', True)


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


def _replica_sets(info: Info) -> list[Object]:
    """The deployment's ReplicaSets, by revision."""
    return _owned(info, _REPLICA_SETS)


def _owned(info: Info, resource: GroupVersionResource) -> list[Object]:
    """What holds an object's revisions and belongs to it, by revision."""
    from pykubectl.client.dynamic import DynamicClient

    obj = info.object
    selector = str(selector_from_label_selector(obj["spec"]["selector"]))
    client = DynamicClient(info.client.rest).resource(resource).namespace(info.namespace)
    uid = obj["metadata"]["uid"]
    found = [
        rs
        for rs in client.list(label_selector=selector)["items"]
        if any(o["uid"] == uid for o in rs["metadata"].get("ownerReferences") or [])
    ]
    return sorted(found, key=_revision)


def _revision(replica_set: Object) -> int:
    """The number of a ReplicaSet's revision, or of a ControllerRevision."""
    if "revision" in replica_set:
        return int(replica_set["revision"])
    return int((replica_set["metadata"].get("annotations") or {}).get(REVISION, "0"))


def history(info: Info, revision: int) -> str:
    """A table of revisions, or the template of one. Raises CommandError."""
    found = _history(info)
    if revision:
        match = next((rs for rs in found if _revision(rs) == revision), None)
        if match is None:
            raise CommandError("unable to find the specified revision")
        from pykubectl.printers.describe.pods import template_text

        template = (match.get("spec") or match["data"]["spec"])["template"]
        return f"with revision #{revision}\n{template_text(template)}"
    if not found:
        return "No rollout history found."
    lines = ["REVISION  CHANGE-CAUSE"]
    for replica_set in found:
        cause = (replica_set["metadata"].get("annotations") or {}).get(CHANGE_CAUSE, "<none>")
        lines.append(f"{_revision(replica_set)!s:<10}{cause}")
    return "\n".join(lines) + "\n"


def of_revision(info: Info, revision: int) -> Object:
    """The ReplicaSet of a revision; 0: of the oldest one. Raises CommandError."""
    found = _history(info)
    match = next((rs for rs in found if not revision or _revision(rs) == revision), None)
    if match is None:
        raise CommandError(f"unable to find the specified revision {revision}")
    kind = "ReplicaSet" if info.mapping.kind.kind == "Deployment" else "ControllerRevision"
    return {"apiVersion": "apps/v1", "kind": kind, **match}


def _history(info: Info) -> list[Object]:
    kind = info.mapping.kind
    if kind.kind == "Deployment":
        return _replica_sets(info)
    if kind.kind in ("StatefulSet", "DaemonSet"):
        return _owned(info, _CONTROLLER_REVISIONS)
    raise CommandError(
        f'error retrieving history for "{kind.kind}", no visitor method exists for {{{kind.group} {kind.kind}}}'
    )


def _only_deployments(info: Info, what: str) -> None:
    """``pausing`` and ``resuming`` are of Deployments."""
    if info.mapping.kind.kind != "Deployment":
        raise CommandError(f"error: {info.resource_name} {what} is not supported")


def change(done: str, info: Info, revision: int) -> str:
    """Restarts, rolls back, pauses or resumes; what to say. Raises CommandError, StatusError."""
    return {"restarted": _restart, "rolled back": _undo, "paused": _pause, "resumed": _resume}[done](info, revision)


def _patch(info: Info, patch: Object) -> None:
    info.obj = info.client.patch(info.name, "application/strategic-merge-patch+json", patch)


def _restart(info: Info, revision: int) -> str:
    if info.mapping.kind.kind not in ("Deployment", "DaemonSet", "StatefulSet"):
        raise CommandError(f"error: {info.resource_name} restarting is not supported")
    if info.object["spec"].get("paused"):
        raise CommandError(f"error: {info.resource_name} can't restart paused deployment (run rollout resume first)")
    annotations = {RESTARTED_AT: format_time(datetime.now(UTC))}
    _patch(info, {"spec": {"template": {"metadata": {"annotations": annotations}}}})
    return "restarted"


def _pause(info: Info, revision: int) -> str:
    _only_deployments(info, "pausing")
    if info.object["spec"].get("paused"):
        raise CommandError(f"error: {info.resource_name} is already paused")
    _patch(info, {"spec": {"paused": True}})
    return "paused"


def _resume(info: Info, revision: int) -> str:
    _only_deployments(info, "resuming")
    if not info.object["spec"].get("paused"):
        raise CommandError(f"error: {info.resource_name} is not paused")
    _patch(info, {"spec": {"paused": None}})
    return "resumed"


def _undo(info: Info, revision: int) -> str:
    kind = info.mapping.kind
    if kind.kind in ("StatefulSet", "DaemonSet"):
        raise CommandError(f"no rollbacker has been implemented for {kind.kind} in this version")
    if kind.kind != "Deployment":
        text = (
            f'error retrieving rollbacker for "{kind.kind}", no visitor method exists for {{{kind.group} {kind.kind}}}'
        )
        raise CommandError(text)
    found = _replica_sets(info)
    if revision:
        target = next((rs for rs in found if _revision(rs) == revision), None)
        if target is None:
            raise CommandError(f"unable to find specified revision {revision} in history")
    else:
        if len(found) < 2:
            raise CommandError(f'no rollout history found for deployment "{info.name}"')
        target = found[-2]
    if info.object["spec"].get("paused"):
        raise CommandError(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again"
        )
    template = json.loads(json.dumps(target["spec"]["template"]))
    (template["metadata"].get("labels") or {}).pop(_HASH, None)
    current = info.object["spec"]["template"]
    if template == current:
        return f"skipped rollback (current template already matches revision {_revision(target)})"
    body = [{"op": "replace", "path": "/spec/template", "value": template}]
    info.obj = info.client.patch(info.name, "application/json-patch+json", body)
    return "rolled back"
