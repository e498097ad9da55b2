"""Columns of the core group.

Source: kubernetes ``pkg/printers/internalversion/printers.go``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mini_server.apis import cells
from mini_server.apis.cells import age_of, get, name
from mini_server.apis.column import AGE, CREATED_AT, NAME, Column, numbers, text, wide
from pykubectl.machinery.values.time import human_duration, parse_time

Object = dict[str, Any]

_ROLE = "node-role.kubernetes.io/"


def _namespace(obj: Object, now: datetime) -> list[Any]:
    return [name(obj), get(obj, "status", "phase", default=""), age_of(obj, now)]


def _config_map(obj: Object, now: datetime) -> list[Any]:
    return [name(obj), len(obj.get("data") or {}) + len(obj.get("binaryData") or {}), age_of(obj, now)]


def _secret(obj: Object, now: datetime) -> list[Any]:
    return [name(obj), obj.get("type", ""), len(obj.get("data") or {}), age_of(obj, now)]


def _service_account(obj: Object, now: datetime) -> list[Any]:
    return [name(obj), age_of(obj, now)]


def _node(obj: Object, now: datetime) -> list[Any]:
    info = get(obj, "status", "nodeInfo", default={})
    addresses = {a["type"]: a["address"] for a in reversed(get(obj, "status", "addresses", default=[]))}
    return [
        name(obj),
        _node_status(obj),
        ",".join(_roles(obj)) or "<none>",
        age_of(obj, now),
        info.get("kubeletVersion", ""),
        addresses.get("InternalIP", "<none>"),
        addresses.get("ExternalIP", "<none>"),
        info.get("osImage") or "<unknown>",
        info.get("kernelVersion") or "<unknown>",
        info.get("containerRuntimeVersion") or "<unknown>",
    ]


def _node_status(obj: Object) -> str:
    status = ["Unknown"]
    for condition in get(obj, "status", "conditions", default=[]):
        if condition["type"] == "Ready":
            status = ["Ready" if condition.get("status") == "True" else "NotReady"]
    if get(obj, "spec", "unschedulable"):
        status.append("SchedulingDisabled")
    return ",".join(status)


def _roles(obj: Object) -> list[str]:
    roles = set()
    for key, value in (obj["metadata"].get("labels") or {}).items():
        if key.startswith(_ROLE) and len(key) > len(_ROLE):
            roles.add(key.removeprefix(_ROLE))
        elif key == "kubernetes.io/role" and value:
            roles.add(value)
    return sorted(roles)


def _service(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec", {})
    cluster_ips = spec.get("clusterIPs") or []
    address = (cluster_ips[0] if cluster_ips else spec.get("clusterIP")) or "<none>"
    return [
        name(obj),
        spec.get("type", ""),
        address,
        _external(obj),
        ",".join(_service_port(port) for port in spec.get("ports") or []) or "<none>",
        age_of(obj, now),
        cells.label_set(spec.get("selector")),
    ]


def _external(obj: Object) -> str:
    spec = obj.get("spec", {})
    addresses = spec.get("externalIPs") or []
    match spec.get("type"):
        case "LoadBalancer":
            balancer = cells.load_balancer(obj.get("status") or {})
            found = [balancer, *addresses] if balancer else addresses
            return ",".join(found) or "<pending>"
        case "ExternalName":
            return str(spec.get("externalName", ""))
    return ",".join(addresses) or "<none>"


def _service_port(port: Object) -> str:
    node = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port['port']}{node}/{port.get('protocol', 'TCP')}"


def _endpoints(obj: Object, now: datetime) -> list[Any]:
    return [name(obj), endpoints_text(obj), age_of(obj, now)]


def endpoints_text(obj: Object) -> str:
    """The first three addresses with their ports."""
    found: list[str] = []
    for subset in obj.get("subsets") or []:
        addresses = subset.get("addresses") or []
        ports = subset.get("ports") or []
        if not ports:
            found += [a["ip"] for a in addresses]
        for port in ports:
            found += [_host_port(a["ip"], port["port"]) for a in addresses]
    return cells.shortened(found, 3)


def _host_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _event(obj: Object, now: datetime) -> list[Any]:
    first, last = _event_times(obj)
    series = obj.get("series")
    count = int(series.get("count") or 0) if series else max(1, int(obj.get("count") or 0))
    involved = obj.get("involvedObject") or {}
    return [
        human_duration(now - parse_time(last)) if last else "<unknown>",
        obj.get("type", ""),
        obj.get("reason", ""),
        _reference(involved),
        involved.get("fieldPath", ""),
        _source(obj),
        (obj.get("message") or "").strip(),
        human_duration(now - parse_time(first)) if first else "<unknown>",
        count,
        name(obj),
    ]


def _event_times(obj: Object) -> tuple[str | None, str | None]:
    first = obj.get("firstTimestamp") or obj.get("eventTime")
    last = get(obj, "series", "lastObservedTime") or obj.get("lastTimestamp") or first
    return first, last


def _reference(involved: Object) -> str:
    kind = str(involved.get("kind", "")).lower()
    return f"{kind}/{involved['name']}" if involved.get("name") else kind


def _source(obj: Object) -> str:
    source = obj.get("source") or {}
    component = source.get("component") or obj.get("reportingComponent", "")
    host = source.get("host") or obj.get("reportingInstance", "")
    return ", ".join(part for part in (component, host) if part)


_ACCESS = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}


def _access(modes: list[str]) -> str:
    return ",".join(short for mode, short in _ACCESS.items() if mode in modes)


def _volume(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec", {})
    claim = spec.get("claimRef")
    phase = get(obj, "status", "phase", default="")
    return [
        name(obj),
        get(spec, "capacity", "storage", default=""),
        _access(spec.get("accessModes") or []),
        spec.get("persistentVolumeReclaimPolicy", ""),
        "Terminating" if obj["metadata"].get("deletionTimestamp") else phase,
        f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else "",
        spec.get("storageClassName", ""),
        spec.get("volumeAttributesClassName") or "<unset>",
        get(obj, "status", "reason", default=""),
        age_of(obj, now),
        spec.get("volumeMode") or "<unset>",
    ]


def _claim(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj.get("spec", {}), obj.get("status", {})
    bound = bool(spec.get("volumeName"))
    annotation = (obj["metadata"].get("annotations") or {}).get("volume.beta.kubernetes.io/storage-class")
    return [
        name(obj),
        "Terminating" if obj["metadata"].get("deletionTimestamp") else status.get("phase", ""),
        spec.get("volumeName", ""),
        get(status, "capacity", "storage", default="0") if bound else "",
        _access(status.get("accessModes") or []) if bound else "",
        annotation or spec.get("storageClassName", ""),
        spec.get("volumeAttributesClassName") or "<unset>",
        age_of(obj, now),
        spec.get("volumeMode") or "<unset>",
    ]


def _component_status(obj: Object, now: datetime) -> list[Any]:
    condition: Object = next((c for c in obj.get("conditions") or [] if c["type"] == "Healthy"), {})
    healthy = {"True": "Healthy", "False": "Unhealthy"}.get(condition.get("status", ""), "Unknown")
    return [name(obj), healthy, condition.get("message", ""), condition.get("error", "")]


def _quota(obj: Object, now: datetime) -> list[Any]:
    hard, used = get(obj, "status", "hard", default={}), get(obj, "status", "used", default={})

    def pairs(limits: bool) -> str:
        names = [n for n in sorted(hard) if n.startswith("limits") == limits]
        return ", ".join(f"{n}: {used.get(n, '0')}/{hard[n]}" for n in names)

    return [name(obj), pairs(False), pairs(True), age_of(obj, now)]


def _limit_range(obj: Object, now: datetime) -> list[Any]:
    return [name(obj), obj["metadata"].get("creationTimestamp", "")]


def _pod_template(obj: Object, now: datetime) -> list[Any]:
    template = obj.get("template", {})
    names, images = cells.containers(template.get("spec", {}))
    return [name(obj), names, images, cells.label_set((template.get("metadata") or {}).get("labels"))]


def _controller(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj.get("spec", {}), obj.get("status", {})
    names, images = cells.containers(get(spec, "template", "spec", default={}))
    return [
        name(obj),
        spec.get("replicas", 0),
        status.get("replicas", 0),
        status.get("readyReplicas", 0),
        age_of(obj, now),
        names,
        images,
        cells.label_set(spec.get("selector")),
    ]


TABLE = {
    ("", "namespaces"): ((NAME, *text("Status"), AGE), _namespace),
    ("", "configmaps"): ((NAME, *text("Data"), AGE), _config_map),
    ("", "secrets"): ((NAME, *text("Type", "Data"), AGE), _secret),
    ("", "serviceaccounts"): ((NAME, AGE), _service_account),
    ("", "nodes"): (
        (
            NAME,
            *text("Status", "Roles"),
            AGE,
            *text("Version"),
            *wide("Internal-IP", "External-IP", "OS-Image", "Kernel-Version", "Container-Runtime"),
        ),
        _node,
    ),
    ("", "services"): (
        (NAME, *text("Type", "Cluster-IP", "External-IP", "Port(s)"), AGE, *wide("Selector")),
        _service,
    ),
    ("", "endpoints"): ((NAME, *text("Endpoints"), AGE), _endpoints),
    ("", "events"): (
        (
            *text("Last Seen", "Type", "Reason", "Object"),
            *wide("Subobject", "Source"),
            *text("Message"),
            *wide("First Seen", "Count"),
            Column("Name", priority=1, format="name"),
        ),
        _event,
    ),
    ("", "persistentvolumes"): (
        (
            NAME,
            *text("Capacity", "Access Modes", "Reclaim Policy", "Status", "Claim", "StorageClass"),
            *text("VolumeAttributesClass", "Reason"),
            AGE,
            *wide("VolumeMode"),
        ),
        _volume,
    ),
    ("", "persistentvolumeclaims"): (
        (
            NAME,
            *text("Status", "Volume", "Capacity", "Access Modes", "StorageClass", "VolumeAttributesClass"),
            AGE,
            *wide("VolumeMode"),
        ),
        _claim,
    ),
    ("", "componentstatuses"): ((NAME, *text("Status", "Message", "Error")), _component_status),
    ("", "resourcequotas"): ((NAME, *text("Request", "Limit"), AGE), _quota),
    ("", "limitranges"): ((NAME, CREATED_AT), _limit_range),
    ("", "podtemplates"): ((NAME, *text("Containers", "Images", "Pod Labels")), _pod_template),
    ("", "replicationcontrollers"): (
        (NAME, *numbers("Desired", "Current", "Ready"), AGE, *wide("Containers", "Images", "Selector")),
        _controller,
    ),
}
