"""Defaults of the core group.

Source: kubernetes ``pkg/apis/core/v1/defaults.go``.
"""

from __future__ import annotations

import base64
from typing import Any

from pykubectl.machinery.values.quantity import Quantity

Object = dict[str, Any]

_PROBES = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
# What a node tells of itself; each is there, empty or not.
_NODE_INFO = (
    "machineID",
    "systemUUID",
    "bootID",
    "kernelVersion",
    "osImage",
    "containerRuntimeVersion",
    "kubeletVersion",
    "kubeProxyVersion",
    "operatingSystem",
    "architecture",
)
# default file mode of volumes made of objects: 0644
_MODE = 420


_CONTAINER_STATUSES = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")


def pod(obj: Object) -> None:
    """A Pod."""
    spec = obj.setdefault("spec", {})
    pod_spec(spec)
    for container in (*(spec.get("initContainers") or []), *(spec.get("containers") or [])):
        _requests_from_limits(container)
    if spec.get("hostNetwork"):
        _host_ports(spec)
    spec.setdefault("enableServiceLinks", True)
    status = obj.setdefault("status", {})
    for name in _CONTAINER_STATUSES:
        for entry in status.get(name) or []:
            entry.setdefault("state", {})
            entry.setdefault("lastState", {})


def pod_spec(spec: Object) -> None:
    """A pod's spec, in a Pod or a template."""
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("securityContext", {})
    spec.setdefault("schedulerName", "default-scheduler")
    if spec.get("serviceAccountName"):
        # The old name is kept in step for old clients.
        spec["serviceAccount"] = spec["serviceAccountName"]
    elif spec.get("serviceAccount"):
        spec["serviceAccountName"] = spec["serviceAccount"]
    for field in ("initContainers", "containers", "ephemeralContainers"):
        for entry in spec.get(field) or []:
            container(entry)
    for entry in spec.get("volumes") or []:
        volume(entry)
    for constraint in spec.get("topologySpreadConstraints") or []:
        constraint.setdefault("maxSkew", 1)
    if spec.get("hostNetwork"):
        _host_ports(spec)


def _host_ports(spec: Object) -> None:
    for entry in (*(spec.get("containers") or []), *(spec.get("initContainers") or [])):
        for port in entry.get("ports") or []:
            port.setdefault("hostPort", port["containerPort"])


def _requests_from_limits(container: Object) -> None:
    resources = container.get("resources") or {}
    for name, value in (resources.get("limits") or {}).items():
        resources.setdefault("requests", {}).setdefault(name, value)


def container(obj: Object) -> None:
    """A container of any kind."""
    amounts(obj.setdefault("resources", {}), "limits", "requests")
    obj.setdefault("terminationMessagePath", "/dev/termination-log")
    obj.setdefault("terminationMessagePolicy", "File")
    image = obj.get("image", "")
    obj.setdefault("imagePullPolicy", "Always" if _is_latest(image) else "IfNotPresent")
    for port in obj.get("ports") or []:
        port.setdefault("protocol", "TCP")
    for variable in obj.get("env") or []:
        field = (variable.get("valueFrom") or {}).get("fieldRef")
        if field is not None:
            field.setdefault("apiVersion", "v1")
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        if name in obj:
            _probe(obj[name])
    for handler in (obj.get("lifecycle") or {}).values():
        if isinstance(handler, dict) and "httpGet" in handler:
            _http(handler["httpGet"])


def amounts(holder: Object, *fields: str) -> None:
    """Amounts of resources are rounded up to thousandths."""
    for field in fields:
        for name, value in (holder.get(field) or {}).items():
            if value[-1:] in ("n", "u"):
                holder[field][name] = str(Quantity(Quantity.parse(value).milli_value() * 10**6))


def _is_latest(image: str) -> bool:
    if not image or "@" in image:
        return False
    tag = image.rsplit("/", 1)[-1].partition(":")[2]
    return tag in ("", "latest")


def _probe(probe: Object) -> None:
    for name, value in _PROBES.items():
        if not probe.get(name):
            probe[name] = value
    if "httpGet" in probe:
        _http(probe["httpGet"])
    if "grpc" in probe:
        probe["grpc"].setdefault("service", "")


def _http(action: Object) -> None:
    action.setdefault("path", "/")
    action.setdefault("scheme", "HTTP")


def volume(obj: Object) -> None:
    """A volume; one without a source is an emptyDir."""
    if len(obj) == 1 and "name" in obj:
        obj["emptyDir"] = {}
    for name in ("secret", "configMap", "downwardAPI", "projected"):
        if name in obj:
            obj[name].setdefault("defaultMode", _MODE)
    if "downwardAPI" in obj:
        _downward(obj["downwardAPI"])
    for source in (obj.get("projected") or {}).get("sources") or []:
        if "serviceAccountToken" in source:
            source["serviceAccountToken"].setdefault("expirationSeconds", 3600)
        if "downwardAPI" in source:
            _downward(source["downwardAPI"])
    if "hostPath" in obj:
        obj["hostPath"].setdefault("type", "")
    _block_device(obj)
    template = (obj.get("ephemeral") or {}).get("volumeClaimTemplate")
    if template:
        template.get("spec", {}).setdefault("volumeMode", "Filesystem")


def _block_device(source: Object) -> None:
    """Devices over a network, in a volume or a persistent one."""
    if "iscsi" in source:
        source["iscsi"].setdefault("iscsiInterface", "default")
    if "rbd" in source:
        for name, value in (("pool", "rbd"), ("user", "admin"), ("keyring", "/etc/ceph/keyring")):
            source["rbd"].setdefault(name, value)


def _downward(source: Object) -> None:
    for item in source.get("items") or []:
        if "fieldRef" in item:
            item["fieldRef"].setdefault("apiVersion", "v1")


def template(obj: Object) -> None:
    """A pod template."""
    obj.setdefault("metadata", {})
    pod_spec(obj.setdefault("spec", {}))


def _service(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("sessionAffinity", "None")
    if spec["sessionAffinity"] == "ClientIP":
        config = spec.setdefault("sessionAffinityConfig", {}).setdefault("clientIP", {})
        config.setdefault("timeoutSeconds", 10800)
    if spec["sessionAffinity"] == "None":
        spec.pop("sessionAffinityConfig", None)
    spec.setdefault("type", "ClusterIP")
    for port in spec.get("ports") or []:
        port.setdefault("protocol", "TCP")
        if port.get("targetPort") in (None, 0, ""):
            port["targetPort"] = port["port"]
    if spec["type"] in ("NodePort", "LoadBalancer"):
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if spec["type"] != "ExternalName":
        spec.setdefault("internalTrafficPolicy", "Cluster")
    if spec["type"] == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)
    obj.setdefault("status", {}).setdefault("loadBalancer", {})


def _secret(obj: Object) -> None:
    obj.setdefault("type", "Opaque")
    texts = obj.pop("stringData", None)
    for key, value in (texts or {}).items():
        obj.setdefault("data", {})[key] = base64.b64encode(value.encode()).decode()


def _namespace(obj: Object) -> None:
    name = obj.get("metadata", {}).get("name")
    if name:
        obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = name
    obj.setdefault("status", {}).setdefault("phase", "Active")


def _node(obj: Object) -> None:
    _pod_networks(obj.setdefault("spec", {}))
    status = obj.setdefault("status", {})
    amounts(status, "capacity", "allocatable")
    if status.get("capacity") and not status.get("allocatable"):
        status["allocatable"] = dict(status["capacity"])
    status.setdefault("daemonEndpoints", {}).setdefault("kubeletEndpoint", {}).setdefault("Port", 0)
    info = status.setdefault("nodeInfo", {})
    for name in _NODE_INFO:
        info.setdefault(name, "")


def _pod_networks(spec: Object) -> None:
    """The first of the networks has a field of its own. Source: ``pkg/apis/core/v1/conversion.go``."""
    first, networks = spec.get("podCIDR"), spec.get("podCIDRs") or []
    if first and first not in networks[:1]:
        spec["podCIDRs"] = [first]
    elif networks:
        spec["podCIDR"] = networks[0]


def _claim(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("volumeMode", "Filesystem")
    amounts(spec.setdefault("resources", {}), "limits", "requests")
    _data_source(spec)
    obj.setdefault("status", {}).setdefault("phase", "Pending")


# (apiGroup, kind) that the older field takes; others it has always dropped.
_OLDER_SOURCES = (("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot"))


def _data_source(spec: Object) -> None:
    """The older and the newer field say the same. Source: ``pkg/registry/core/persistentvolumeclaim``."""
    older, newer = spec.get("dataSource"), spec.get("dataSourceRef")
    if older is not None and newer is None and (older.get("apiGroup") or "", older.get("kind")) not in _OLDER_SOURCES:
        del spec["dataSource"]
        older = None
    if older is not None and newer is None:
        spec["dataSourceRef"] = dict(older)
    elif newer is not None and older is None and not newer.get("namespace"):
        spec["dataSource"] = dict(newer)
    for name in ("dataSource", "dataSourceRef"):
        if spec.get(name) is not None:
            spec[name].setdefault("apiGroup", None)


def _volume_object(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    amounts(spec, "capacity")
    spec.setdefault("persistentVolumeReclaimPolicy", "Retain")
    spec.setdefault("volumeMode", "Filesystem")
    if "hostPath" in spec:
        spec["hostPath"].setdefault("type", "")
    _block_device(spec)
    obj.setdefault("status", {}).setdefault("phase", "Pending")


def _endpoints(obj: Object) -> None:
    for subset in obj.get("subsets") or []:
        for port in subset.get("ports") or []:
            port.setdefault("protocol", "TCP")


def _replication_controller(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
    if labels:
        if not spec.get("selector"):
            spec["selector"] = dict(labels)
        if not obj.get("metadata", {}).get("labels"):
            obj.setdefault("metadata", {})["labels"] = dict(labels)
    spec.setdefault("replicas", 1)
    if "template" in spec:
        template(spec["template"])
    obj.setdefault("status", {}).setdefault("replicas", 0)


def _limit_range(obj: Object) -> None:
    for item in (obj.get("spec") or {}).get("limits") or []:
        amounts(item, "max", "min", "default", "defaultRequest", "maxLimitRequestRatio")
        if item.get("type") != "Container":
            continue
        for name, value in (item.get("max") or {}).items():
            item.setdefault("default", {}).setdefault(name, value)
        for source in ("default", "min"):
            for name, value in (item.get(source) or {}).items():
                item.setdefault("defaultRequest", {}).setdefault(name, value)


def _quota(obj: Object) -> None:
    amounts(obj.setdefault("spec", {}), "hard")
    amounts(obj.setdefault("status", {}), "hard", "used")


def _event(obj: Object) -> None:
    obj.setdefault("source", {})
    obj.setdefault("firstTimestamp", None)
    obj.setdefault("lastTimestamp", None)
    obj.setdefault("eventTime", None)
    obj.setdefault("reportingComponent", "")
    obj.setdefault("reportingInstance", "")


def _pod_template(obj: Object) -> None:
    if "template" in obj:
        template(obj["template"])


TABLE = {
    ("", "v1", kind): function
    for kind, function in {
        "Pod": pod,
        "Service": _service,
        "Secret": _secret,
        "Namespace": _namespace,
        "Node": _node,
        "PersistentVolumeClaim": _claim,
        "PersistentVolume": _volume_object,
        "Endpoints": _endpoints,
        "ReplicationController": _replication_controller,
        "LimitRange": _limit_range,
        "ResourceQuota": _quota,
        "Event": _event,
        "PodTemplate": _pod_template,
    }.items()
}
