"""Pods and pod templates.

Source: kubectl ``pkg/describe/describe.go`` describePod, DescribePodTemplate.
"""

from __future__ import annotations

from typing import Any

from pykubectl.printers.describe.common import (
    NONE,
    Reader,
    controlled_by,
    date,
    describe_annotations,
    describe_labels,
    dig,
    header,
    label_selector_text,
    metadata,
    since,
    tolerations,
)
from pykubectl.printers.describe.containers import describe_containers, describe_resources, describe_seccomp
from pykubectl.printers.describe.volumes import describe_volumes
from pykubectl.printers.describe.writer import Writer

Object = dict[str, Any]


def pod(w: Writer, obj: Object, reader: Reader) -> None:
    """A pod."""
    spec, status = obj["spec"], obj.get("status") or {}
    header(w, obj)
    _placement(w, spec, status)
    metadata(w, obj)
    _phase(w, obj, status, reader)
    describe_seccomp(w, dig(spec, "securityContext.seccompProfile"), 0, 0)
    w.field(0, "IP", status.get("podIP", ""))
    _addresses(w, status)
    controlled_by(w, obj)
    if status.get("nominatedNodeName"):
        w.field(0, "NominatedNodeName", status["nominatedNodeName"])
    if spec.get("resources") is not None:
        w.line(0, "Resources:")
        describe_resources(w, 1, spec["resources"])
    _all_containers(w, obj, spec, status)
    _conditions(w, spec, status)
    describe_volumes(w, spec.get("volumes"))
    _scheduling(w, obj, spec)


def _placement(w: Writer, spec: Object, status: Object) -> None:
    if spec.get("priority") is not None:
        w.field(0, "Priority", spec["priority"])
    for title, key in (
        ("Priority Class Name", "priorityClassName"),
        ("Runtime Class Name", "runtimeClassName"),
        ("Service Account", "serviceAccountName"),
    ):
        if spec.get(key):
            w.field(0, title, spec[key])
    w.field(0, "Node", f"{spec['nodeName']}/{status.get('hostIP', '')}" if spec.get("nodeName") else NONE)
    if status.get("startTime"):
        w.field(0, "Start Time", date(status["startTime"]))


def _phase(w: Writer, obj: Object, status: Object, reader: Reader) -> None:
    meta = obj["metadata"]
    if meta.get("deletionTimestamp") and status.get("phase") not in ("Failed", "Succeeded"):
        w.field(0, "Status", f"Terminating (lasts {since(meta['deletionTimestamp'], reader)})")
        w.field(0, "Termination Grace Period", f"{meta.get('deletionGracePeriodSeconds', 0)}s")
    else:
        w.field(0, "Status", status.get("phase", ""))
    for key in ("reason", "message"):
        if status.get(key):
            w.field(0, key.capitalize(), status[key])


def _addresses(w: Writer, status: Object) -> None:
    addresses = status.get("podIPs") or []
    if not addresses:
        w.field(0, "IPs", NONE)
        return
    w.line(0, "IPs:")
    for address in addresses:
        w.field(1, "IP", address.get("ip", ""))


def _all_containers(w: Writer, obj: Object, spec: Object, status: Object) -> None:
    groups = (
        ("Init Containers", "initContainers", "initContainerStatuses"),
        ("Containers", "containers", "containerStatuses"),
        ("Ephemeral Containers", "ephemeralContainers", "ephemeralContainerStatuses"),
    )
    for title, key, statuses in groups:
        if spec.get(key) or key == "containers":
            describe_containers(w, title, spec.get(key) or [], status.get(statuses), obj)


def _conditions(w: Writer, spec: Object, status: Object) -> None:
    conditions = status.get("conditions") or []
    if spec.get("readinessGates"):
        w.write(0, "Readiness Gates:\n  Type\tStatus\n")
        found = {condition["type"]: condition.get("status", "") for condition in reversed(conditions)}
        for gate in spec["readinessGates"]:
            w.line(1, f"{gate['conditionType']} \t{found.get(gate['conditionType'], NONE)} ")
    if conditions:
        w.write(0, "Conditions:\n  Type\tStatus\n")
        for condition in conditions:
            w.line(1, f"{condition['type']} \t{condition.get('status', '')} ")


def _scheduling(w: Writer, obj: Object, spec: Object) -> None:
    from pykubectl.helpers.pods import qos_class

    w.field(0, "QoS Class", dig(obj, "status.qosClass") or qos_class(obj))
    describe_labels(w, "Node-Selectors", spec.get("nodeSelector"))
    tolerations(w, "Tolerations", spec.get("tolerations"))
    _spread(w, spec.get("topologySpreadConstraints"), "")
    _scheduling_group(w, spec, "")


def _spread(w: Writer, constraints: list[Object] | None, space: str) -> None:
    if not constraints:
        return
    w.write(0, f"{space}Topology Spread Constraints:\t")
    for number, constraint in enumerate(sorted(constraints, key=lambda c: c.get("topologyKey", ""))):
        if number:
            w.write(0, f"{space}\t")
        text = f"{constraint['topologyKey']}:{constraint['whenUnsatisfiable']}"
        text += f" when max skew {constraint['maxSkew']} is exceeded"
        if constraint.get("labelSelector") is not None:
            text += f" for selector {label_selector_text(constraint['labelSelector'])}"
        w.line(0, text)


def _scheduling_group(w: Writer, spec: Object, space: str) -> None:
    if spec.get("schedulingGroup"):
        w.line(0, f"{space}SchedulingGroup:")
        w.field(1, "PodGroupName", dig(spec, "schedulingGroup.podGroupName", ""))


def template(w: Writer, value: Object | None) -> None:
    """A pod template, below the line that says so."""
    w.line(0, "Pod Template:")
    if value is None:
        w.write(1, "<unset>")
        return
    spec = value.get("spec") or {}
    describe_labels(w, "  Labels", dig(value, "metadata.labels"))
    if dig(value, "metadata.annotations"):
        describe_annotations(w, "  Annotations", value["metadata"]["annotations"])
    if spec.get("serviceAccountName"):
        w.field(1, "Service Account", spec["serviceAccountName"])
    if spec.get("initContainers"):
        describe_containers(w, "Init Containers", spec["initContainers"], space="  ")
    describe_containers(w, "Containers", spec.get("containers") or [], space="  ")
    describe_volumes(w, spec.get("volumes"), "  ")
    _spread(w, spec.get("topologySpreadConstraints"), "  ")
    if spec.get("priorityClassName"):
        w.field(1, "Priority Class Name", spec["priorityClassName"])
    describe_labels(w, "  Node-Selectors", spec.get("nodeSelector"))
    tolerations(w, "  Tolerations", spec.get("tolerations"))
    _scheduling_group(w, spec, "  ")


def template_text(value: Object) -> str:
    """A pod template as ``rollout history --revision`` shows it: with the tabs, not laid out in columns."""
    w = Writer()
    template(w, value)
    return w.raw()
