"""Validation of a pod's status, and of its parts that have subresources of their own.

Source: kubernetes ``pkg/apis/core/validation/validation.go`` ValidatePodStatusUpdate,
ValidatePodEphemeralContainersUpdate, ValidatePodResize.
"""

from __future__ import annotations

from typing import Any

from mini_server.apis import rules
from mini_server.apis.internal import difference
from pykubectl.helpers.pods import qos_class
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

_SYSTEM_CONDITIONS = ("PodScheduled", "Ready", "Initialized")
_RESTARTED = "may not be transitioned to non-terminated state"
_STATUS = Path.new("status")
_SPEC = Path.new("spec")


def pod_status(obj: Object, old: Object) -> ErrorList:
    """A status that a kubelet or the scheduler has written."""
    status, before, spec = obj.get("status") or {}, old.get("status") or {}, old.get("spec") or {}
    faults: ErrorList = []
    for index, condition in enumerate(status.get("conditions") or []):
        kind = condition.get("type", "")
        if kind not in _SYSTEM_CONDITIONS:
            path = Path.new("metadata", "conditions").index(index).child("Type")
            faults += rules.told(path, kind, names.is_qualified_name(kind))
    nominated = status.get("nominatedNodeName")
    if nominated != before.get("nominatedNodeName"):
        faults += rules.if_named(_STATUS.child("nominatedNodeName"), nominated)
    faults += rules.fixed(status, before, _STATUS, "qosClass")
    for name, policy in (
        ("containerStatuses", spec.get("restartPolicy")),
        ("initContainerStatuses", spec.get("restartPolicy")),
        ("ephemeralContainerStatuses", "Never"),
    ):
        faults += _not_restarted(status.get(name) or [], before.get(name) or [], policy, spec, _STATUS.child(name))
    faults += _addresses(status, "podIP")
    return faults + _addresses(status, "hostIP")


def _not_restarted(new: list[Object], old: list[Object], policy: Any, spec: Object, path: Path) -> ErrorList:
    """What has ended for good does not run again."""
    if policy == "Always":
        return []
    sidecars = {c["name"] for c in spec.get("initContainers") or [] if c.get("restartPolicy") == "Always"}
    faults: ErrorList = []
    for index, was in enumerate(old):
        ended = (was.get("state") or {}).get("terminated")
        if ended is None or was.get("name") in sidecars or (ended.get("exitCode") and policy == "OnFailure"):
            continue
        for status in new:
            if status.get("name") == was.get("name") and (status.get("state") or {}).get("terminated") is None:
                faults.append(field.forbidden(path.index(index).child("state"), _RESTARTED))
    return faults


def _addresses(status: Object, name: str) -> ErrorList:
    entries, path = status.get(f"{name}s") or [], _STATUS.child(f"{name}s")
    addresses = [entry.get("ip", "") for entry in entries]
    faults: ErrorList = []
    if name == "hostIP" and addresses and status.get("hostIP") != addresses[0]:
        faults.append(field.invalid(path.index(0).child("ip"), addresses[0], "must be equal to `hostIP`"))
    for index, address in enumerate(addresses):
        faults += rules.ip_address(path.index(index), address)
    families = rules.families(addresses)
    if len(addresses) > 1 and (len(addresses) > 2 or len(set(families)) < len(families)):
        shown = [{"IP": address} for address in addresses]
        faults.append(field.invalid(path, shown, "may specify no more than one IP for each IP family"))
    for index, address in enumerate(addresses):
        if address in addresses[:index]:
            faults.append(field.duplicate(path.index(index), {"IP": address}))
    return faults


def ephemeral_containers(obj: Object, old: Object) -> ErrorList:
    """Ephemeral containers are only added."""
    path = _SPEC.child("ephemeralContainers")
    after = {c.get("name"): c for c in obj["spec"].get("ephemeralContainers") or []}
    faults: ErrorList = []
    for was in old["spec"].get("ephemeralContainers") or []:
        name = was["name"]
        if name not in after:
            faults.append(field.forbidden(path, f'existing ephemeral containers "{name}" may not be removed\n'))
        elif after[name] != was:
            text = f'existing ephemeral containers "{name}" may not be changed\n'
            faults.append(field.forbidden(path, text + difference("EphemeralContainer", was, after[name])))
    return faults


def resize(obj: Object, old: Object) -> ErrorList:
    """Of a running pod, how much processor and memory its containers have may change."""
    spec, before = obj["spec"], old["spec"]
    faults: ErrorList = []
    quality = (old.get("status") or {}).get("qosClass") or qos_class(old)
    if quality != qos_class(obj):
        faults.append(field.invalid(_SPEC, quality, "Pod QOS Class may not change as a result of resizing"))
    if not _node_can(old):
        faults.append(field.forbidden(_SPEC, "Pod running on node without support for resize"))
    for kind in ("initContainers", "containers"):
        for index, (new, was) in enumerate(zip(spec.get(kind) or [], before.get(kind) or [], strict=True)):
            if kind == "initContainers" and was.get("restartPolicy") != "Always":
                if new != was:
                    text = "resources for non-sidecar init containers are immutable"
                    faults.append(field.forbidden(_SPEC, text))
                continue
            faults += _container_resize(new, was, _SPEC.child(kind).index(index).child("resources"))
            if _others(new) != _others(was):
                which = " for sidecar containers" if kind == "initContainers" else ""
                faults.append(field.forbidden(_SPEC, f"only cpu and memory resources{which} are mutable"))
    return faults


def _node_can(pod: Object) -> bool:
    """A kubelet that can resize tells of the resources of what runs."""
    running = [
        s for s in (pod.get("status") or {}).get("containerStatuses") or [] if (s.get("state") or {}).get("running")
    ]
    return not running or running[0].get("resources") is not None


def _container_resize(new: Object, old: Object, path: Path) -> ErrorList:
    now, was = new.get("resources") or {}, old.get("resources") or {}
    return [
        field.forbidden(path.child(kind), f"resource {kind} cannot be removed")
        for kind in ("requests", "limits")
        if not set(was.get(kind) or {}) <= set(now.get(kind) or {})
    ]


def _others(container: Object) -> Object:
    """A container without what a resize may change."""
    resources = container.get("resources") or {}
    kept = {
        kind: {name: value for name, value in (resources.get(kind) or {}).items() if name not in ("cpu", "memory")}
        for kind in ("limits", "requests")
    }
    return {**container, "resources": kept, "resizePolicy": None}
