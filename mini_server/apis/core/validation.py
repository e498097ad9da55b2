"""Validation of the core group.

Source: kubernetes ``pkg/apis/core/validation/validation.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mini_server.apis.core.pod_validation import pod, pod_update
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

_MAX_DATA = 1024 * 1024
_SERVICE_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_PROTOCOLS = ("SCTP", "TCP", "UDP")


def _config_map(obj: Object) -> ErrorList:
    faults: ErrorList = []
    size = 0
    for name in ("data", "binaryData"):
        for key, value in (obj.get(name) or {}).items():
            path = Path.new(name).key(key)
            faults += [field.invalid(path, key, text) for text in names.is_config_map_key(key)]
            size += len(value.encode())
            if name == "binaryData" and key in (obj.get("data") or {}):
                faults.append(field.invalid(path, key, "duplicate of key present in data"))
    if size > _MAX_DATA:
        faults.append(field.too_long(Path.new(""), "", _MAX_DATA))
    return faults


def _immutable(obj: Object, old: Object, *fields: str) -> ErrorList:
    """Objects marked immutable keep their data, and stay marked."""
    if not old.get("immutable"):
        return []
    faults: ErrorList = []
    if not obj.get("immutable"):
        faults.append(field.forbidden("immutable", "field is immutable when `immutable` is set"))
    faults += [
        field.forbidden(name, "field is immutable when `immutable` is set")
        for name in fields
        if (obj.get(name) or {}) != (old.get(name) or {})
    ]
    return faults


def _config_map_update(obj: Object, old: Object) -> ErrorList:
    return _immutable(obj, old, "data", "binaryData")


def _secret(obj: Object) -> ErrorList:
    faults: ErrorList = []
    data = obj.get("data") or {}
    for key in data:
        path = Path.new("data").key(key)
        faults += [field.invalid(path, key, text) for text in names.is_config_map_key(key)]
    for key in _SECRET_KEYS.get(obj.get("type", ""), ()):
        if key not in data:
            faults.append(field.required(Path.new("data").key(key)))
    return faults


_SECRET_KEYS = {
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}


def _secret_update(obj: Object, old: Object) -> ErrorList:
    faults: ErrorList = []
    if obj.get("type") != old.get("type"):
        faults.append(field.invalid("type", obj.get("type", ""), "field is immutable"))
    return faults + _immutable(obj, old, "data")


def _service(obj: Object) -> ErrorList:
    spec, path = obj.get("spec") or {}, Path.new("spec")
    faults: ErrorList = []
    kind = spec.get("type", "ClusterIP")
    ports = spec.get("ports") or []
    if kind not in _SERVICE_TYPES:
        faults.append(field.not_supported(path.child("type"), kind, _SERVICE_TYPES))
    if not ports and kind != "ExternalName" and spec.get("clusterIP") != "None":
        faults.append(field.required(path.child("ports")))
    if kind == "ExternalName":
        external = (spec.get("externalName") or "").rstrip(".")
        if not external:
            faults.append(field.required(path.child("externalName")))
        else:
            faults += [
                field.invalid(path.child("externalName"), external, t) for t in names.is_dns1123_subdomain(external)
            ]
    faults += _service_ports(ports, path.child("ports"))
    if spec.get("sessionAffinity") not in (None, "None", "ClientIP"):
        faults.append(field.not_supported(path.child("sessionAffinity"), spec["sessionAffinity"], ("ClientIP", "None")))
    return faults


def _service_ports(ports: list[Object], path: Path) -> ErrorList:
    faults: ErrorList = []
    seen_names: set[str] = set()
    seen_ports: set[tuple[str, int]] = set()
    for index, port in enumerate(ports):
        here = path.index(index)
        name = port.get("name", "")
        if len(ports) > 1 and not name:
            faults.append(field.required(here.child("name")))
        elif name:
            faults += [field.invalid(here.child("name"), name, t) for t in names.is_dns1123_label(name)]
            if name in seen_names:
                faults.append(field.duplicate(here.child("name"), name))
        seen_names.add(name)
        number = port.get("port", 0)
        faults += [field.invalid(here.child("port"), number, t) for t in names.is_valid_port_number(number)]
        protocol = port.get("protocol", "TCP")
        if protocol not in _PROTOCOLS:
            faults.append(field.not_supported(here.child("protocol"), protocol, _PROTOCOLS))
        faults += _target_port(port.get("targetPort"), here.child("targetPort"))
        key = (protocol, number)
        if key in seen_ports:
            faults.append(field.duplicate(here, {"protocol": protocol, "port": number}))
        seen_ports.add(key)
    return faults


def _target_port(target: Any, path: Path) -> ErrorList:
    if isinstance(target, int):
        return [field.invalid(path, target, t) for t in names.is_valid_port_number(target)]
    if isinstance(target, str):
        return [field.invalid(path, target, t) for t in names.is_valid_port_name(target)]
    return []


def _service_update(obj: Object, old: Object) -> ErrorList:
    new_spec, old_spec = obj.get("spec") or {}, old.get("spec") or {}
    before, after = old_spec.get("clusterIP"), new_spec.get("clusterIP")
    path = Path.new("spec").child("clusterIPs").index(0)
    keeps = new_spec.get("type") != "ExternalName" and old_spec.get("type") != "ExternalName"
    if keeps and before and after != before:
        return [field.invalid(path, [after] if after else [], "may not change once set")]
    return []


def _claim(obj: Object) -> ErrorList:
    spec, path = obj.get("spec") or {}, Path.new("spec")
    faults: ErrorList = []
    modes = spec.get("accessModes") or []
    if not modes:
        faults.append(field.required(path.child("accessModes"), "at least 1 access mode is required"))
    known = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
    faults += [field.not_supported(path.child("accessModes"), mode, known) for mode in modes if mode not in known]
    if "storage" not in ((spec.get("resources") or {}).get("requests") or {}):
        faults.append(field.required(path.child("resources").key("storage")))
    return faults


def _volume(obj: Object) -> ErrorList:
    spec, path = obj.get("spec") or {}, Path.new("spec")
    faults: ErrorList = []
    if not spec.get("accessModes"):
        faults.append(field.required(path.child("accessModes")))
    if not spec.get("capacity"):
        faults.append(field.required(path.child("capacity")))
    return faults


def _service_status(obj: Object) -> ErrorList:
    balancer = (obj.get("status") or {}).get("loadBalancer") or {}
    if balancer.get("ingress") and (obj.get("spec") or {}).get("type") != "LoadBalancer":
        text = "may only be used when `spec.type` is 'LoadBalancer'"
        return [field.forbidden("status.loadBalancer.ingress", text)]
    return []


CREATE: dict[tuple[str, str], Callable[[Object], ErrorList]] = {
    ("", "Pod"): pod,
    ("", "ConfigMap"): _config_map,
    ("", "Secret"): _secret,
    ("", "Service"): _service,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "PersistentVolume"): _volume,
}
UPDATE: dict[tuple[str, str], Callable[[Object, Object], ErrorList]] = {
    ("", "Pod"): pod_update,
    ("", "ConfigMap"): _config_map_update,
    ("", "Secret"): _secret_update,
    ("", "Service"): _service_update,
}
STATUS: dict[tuple[str, str], Callable[[Object], ErrorList]] = {("", "Service"): _service_status}
