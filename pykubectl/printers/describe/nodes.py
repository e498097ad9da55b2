"""Nodes: their state, and what their pods ask of them.

Source: kubectl ``pkg/describe/describe.go`` describeNode.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pykubectl.machinery.errors import StatusError, is_forbidden
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.machinery.values.quantity import Quantity, canonical
from pykubectl.printers.describe.common import (
    NONE,
    UNSET,
    Reader,
    date,
    dig,
    header,
    metadata,
    multiline,
    rows,
    since,
    taint_text,
    text_of,
)
from pykubectl.printers.describe.writer import Writer

Object = dict[str, Any]
Amounts = Mapping[str, Quantity]

PODS = GroupVersionResource("", "v1", "pods")
LEASES = GroupVersionResource("coordination.k8s.io", "v1", "leases")
RESOURCE_SLICES = GroupVersionResource("resource.k8s.io", "v1", "resourceslices")
_ROLE_PREFIX, _ROLE_LABEL = "node-role.kubernetes.io/", "kubernetes.io/role"
_STANDARD = ("cpu", "memory", "ephemeral-storage")
_MAX_POOLS = 10
_SYSTEM_INFO = (
    ("Machine ID", "machineID"),
    ("System UUID", "systemUUID"),
    ("Boot ID", "bootID"),
    ("Kernel Version", "kernelVersion"),
    ("OS Image", "osImage"),
    ("Operating System", "operatingSystem"),
    ("Architecture", "architecture"),
    ("Container Runtime Version", "containerRuntimeVersion"),
    ("Kubelet Version", "kubeletVersion"),
)


def node(w: Writer, obj: Object, reader: Reader) -> None:
    """A node with its running pods. Raises StatusError when pods can't be read for another reason than permission."""
    pods = _pods(obj["metadata"]["name"], reader)
    status = obj.get("status") or {}
    _identity(w, obj, reader)
    _conditions(w, status)
    w.line(0, "Addresses:")
    for address in status.get("addresses") or ():
        w.field(1, address["type"], address["address"])
    for title in ("Capacity", "Allocatable"):
        amounts = status.get(title.lower()) or {}
        if amounts:
            w.line(0, f"{title}:")
        for name in sorted(amounts):
            w.field(1, name, canonical(amounts[name]))
    _resource_slices(w, obj, reader)
    w.line(0, "System Info:")
    for title, key in _SYSTEM_INFO:
        w.field(1, title, dig(status, f"nodeInfo.{key}", ""))
    _network(w, obj.get("spec") or {})
    if pods is None:
        w.field(0, "Pods", "not authorized")
    else:
        _usage(w, status, pods, reader)


def _pods(name: str, reader: Reader) -> list[Object] | None:
    """Pods that have not ended; None where they may not be read."""
    try:
        return reader.list(PODS, "", fields=f"spec.nodeName={name},status.phase!=Failed,status.phase!=Succeeded")
    except StatusError as error:
        if not is_forbidden(error):
            raise
        return None


def _identity(w: Writer, obj: Object, reader: Reader) -> None:
    header(w, obj, namespace=False)
    w.field(0, "Roles", ",".join(_roles(dig(obj, "metadata.labels", {}))) or NONE)
    metadata(w, obj)
    w.field(0, "CreationTimestamp", date(dig(obj, "metadata.creationTimestamp")))
    taints = sorted(dig(obj, "spec.taints", []), key=lambda t: f"{t.get('effect', '')},{t['key']}")
    multiline(w, "Taints", map(taint_text, taints))
    w.field(0, "Unschedulable", text_of(dig(obj, "spec.unschedulable", False)))
    _lease(w, obj, reader)


def _roles(labels: Mapping[str, str]) -> list[str]:
    found = {key.removeprefix(_ROLE_PREFIX) for key in labels if key.startswith(_ROLE_PREFIX)}
    return sorted((found | {labels.get(_ROLE_LABEL, "")}) - {""})


def _lease(w: Writer, obj: Object, reader: Reader) -> None:
    try:
        spec = reader.get(LEASES, "kube-node-lease", obj["metadata"]["name"]).get("spec") or {}
    except StatusError as error:
        w.field(0, "Lease", f"Failed to get lease: {error}")
        return
    w.line(0, "Lease:")
    w.field(1, "HolderIdentity", dig(spec, "holderIdentity", UNSET))
    for title, key in (("AcquireTime", "acquireTime"), ("RenewTime", "renewTime")):
        w.field(1, title, date(spec[key]) if spec.get(key) else UNSET)


def _conditions(w: Writer, status: Object) -> None:
    conditions = status.get("conditions") or []
    if not conditions:
        return
    w.line(0, "Conditions:")
    lines = (
        (
            f"{c['type']} ",
            f"{c['status']} ",
            f"{date(c.get('lastHeartbeatTime'))} ",
            f"{date(c.get('lastTransitionTime'))} ",
            f"{c.get('reason', '')} ",
            c.get("message", ""),
        )
        for c in conditions
    )
    titles = "Type|Status|LastHeartbeatTime|LastTransitionTime|Reason|Message"
    rows(w, 1, titles, lines)


def _network(w: Writer, spec: Object) -> None:
    if spec.get("podCIDR"):
        w.field(0, "PodCIDR", spec["podCIDR"])
    if spec.get("podCIDRs"):
        w.field(0, "PodCIDRs", ",".join(spec["podCIDRs"]))
    if spec.get("providerID"):
        w.field(0, "ProviderID", spec["providerID"])


def _resource_slices(w: Writer, obj: Object, reader: Reader) -> None:
    """Devices that only this node has, by driver and pool; at most ten pools."""
    try:
        slices = reader.list(RESOURCE_SLICES, "", fields=f"spec.nodeName={obj['metadata']['name']}")
    except StatusError:
        return
    pools: dict[tuple[str, str], list[int]] = {}
    for found in slices:
        counts = pools.setdefault((dig(found, "spec.driver", ""), dig(found, "spec.pool.name", "")), [0, 0])
        counts[0] += 1
        counts[1] += len(dig(found, "spec.devices", []))
    if not pools:
        return
    w.line(0, "Node-Local ResourceSlices:")
    rows(w, 1, "Driver|Pool|Slices|Devices", ((*key, *pools[key]) for key in sorted(pools)[:_MAX_POOLS]))
    if len(pools) > _MAX_POOLS:
        w.line(1, f"...and {len(pools) - _MAX_POOLS} more pools")


def _usage(w: Writer, status: Object, pods: list[Object], reader: Reader) -> None:
    from pykubectl.helpers.pods import pod_limits, pod_requests

    amounts = status.get("allocatable") or status.get("capacity") or {}
    allocatable = {name: Quantity.parse(value) for name, value in amounts.items()}
    w.field(0, "Non-terminated Pods", f"({len(pods)} in total)")
    titles = "Namespace|Name||CPU Requests|CPU Limits|Memory Requests|Memory Limits|Age"
    lines = []
    for pod in pods:
        both = (pod_requests(pod), pod_limits(pod))
        shares = [_share(part, name, allocatable) for name in ("cpu", "memory") for part in both]
        meta = pod["metadata"]
        lines.append((meta["namespace"], meta["name"], "", *shares, since(meta.get("creationTimestamp"), reader)))
    rows(w, 1, titles, lines)
    w.write(0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n")
    _totals(w, allocatable, _sum(pods, pod_requests), _sum(pods, pod_limits))


def _share(amounts: Amounts, name: str, allocatable: Amounts) -> str:
    amount = amounts.get(name, Quantity.of(0))
    return f"{amount} ({_percent(amount, allocatable.get(name), name)}%)"


def _percent(amount: Quantity, of: Quantity | None, name: str) -> int:
    if of is None or of.is_zero:
        return 0
    if name == "cpu":
        return int(amount.milli_value() / of.milli_value() * 100)
    return int(amount.value() / of.value() * 100)


def _sum(pods: list[Object], ask: Callable[[Object], Amounts]) -> dict[str, Quantity]:
    totals: dict[str, Quantity] = {}
    for pod in pods:
        for name, amount in ask(pod).items():
            totals[name] = totals[name] + amount if name in totals else amount
    return totals


def _totals(w: Writer, allocatable: Amounts, requests: Amounts, limits: Amounts) -> None:
    shared = [*_STANDARD, *sorted(name for name in allocatable if name.startswith("hugepages-"))]
    lines: list[tuple[str, ...]] = [
        (name, _share(requests, name, allocatable), _share(limits, name, allocatable)) for name in shared
    ]
    for name in sorted(name for name in allocatable if name not in shared and name != "pods"):
        lines.append((name, *(str(part.get(name, Quantity.of(0))) for part in (requests, limits))))
    rows(w, 1, "Resource|Requests|Limits", lines)
