"""Validation of the core group: the tables, and the kinds without a module of their own.

Source: kubernetes ``pkg/apis/core/validation/validation.go``.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

from mini_server.apis import rules
from mini_server.apis.core import pod_validation as pods
from mini_server.apis.core import resource_validation as resources
from mini_server.apis.core import service_validation as services
from mini_server.apis.core import volume_validation as volumes
from mini_server.apis.core.pod_status_validation import ephemeral_containers, pod_status, resize
from mini_server.apis.core.scheduling_validation import taints
from mini_server.apis.metadata import standard_finalizer
from pykubectl.machinery.codecs import json
from pykubectl.machinery.structural.walk import json_type
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

_MAX_DATA = 1024 * 1024
_SEALED = "field is immutable when `immutable` is set"


def _keys(obj: Object, name: str) -> ErrorList:
    faults: ErrorList = []
    for key in obj.get(name) or {}:
        faults += rules.told(Path.new(name).key(key), key, names.is_config_map_key(key))
    return faults


def _decoded_size(text: str) -> int:
    return len(text) * 3 // 4 - text.count("=", -2)


def _config_map(obj: Object) -> ErrorList:
    data, binary = obj.get("data") or {}, obj.get("binaryData") or {}
    faults: ErrorList = []
    for key in data:
        path = Path.new("data").key(key)
        faults += rules.told(path, key, names.is_config_map_key(key))
        if key in binary:
            faults.append(field.invalid(path, key, "duplicate of key present in binaryData"))
    faults += _keys(obj, "binaryData")
    size = sum(len(value.encode()) for value in data.values()) + sum(map(_decoded_size, binary.values()))
    if size > _MAX_DATA:
        faults.append(field.too_long("[]", "", _MAX_DATA))
    return faults


def _sealed(obj: Object, old: Object, *fields: str) -> ErrorList:
    """Objects marked immutable keep their data, and stay marked."""
    if not old.get("immutable"):
        return []
    faults: ErrorList = []
    if not obj.get("immutable"):
        faults.append(field.forbidden("immutable", _SEALED))
    faults += [field.forbidden(name, _SEALED) for name in fields if (obj.get(name) or {}) != (old.get(name) or {})]
    return faults


def _config_map_update(obj: Object, old: Object) -> ErrorList:
    return _sealed(obj, old, "data", "binaryData")


# type -> keys that its data must have
_SECRET_KEYS = {
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}
_JSON_SECRETS = ("kubernetes.io/dockercfg", "kubernetes.io/dockerconfigjson")
_ACCOUNT = "kubernetes.io/service-account.name"


def _secret(obj: Object) -> ErrorList:
    data, kind, path = obj.get("data") or {}, obj.get("type", ""), Path.new("data")
    faults = _keys(obj, "data")
    if sum(map(_decoded_size, data.values())) > _MAX_DATA:
        faults.append(field.too_long(path, "", _MAX_DATA))
    if kind == "kubernetes.io/service-account-token":
        if not ((obj.get("metadata") or {}).get("annotations") or {}).get(_ACCOUNT):
            faults.append(field.required(Path.new("metadata", "annotations").key(_ACCOUNT)))
    elif kind == "kubernetes.io/basic-auth" and "username" not in data and "password" not in data:
        faults += [field.required(path.key(key)) for key in ("username", "password")]
    for key in _SECRET_KEYS.get(kind, ()):
        if key not in data or (kind == "kubernetes.io/ssh-auth" and not data[key]):
            faults.append(field.required(path.key(key)))
        elif kind in _JSON_SECRETS:
            faults += _json_object(data[key], path.key(key))
    return faults


def _json_object(value: str, path: Path) -> ErrorList:
    try:
        document = json.loads(base64.b64decode(value))
    except (json.JSONError, binascii.Error) as error:
        return [field.invalid(path, "<secret contents redacted>", str(error))]
    if document is not None and not isinstance(document, dict):
        text = f"json: cannot unmarshal {json_type(document)} into Go value of type map[string]interface {{}}"
        return [field.invalid(path, "<secret contents redacted>", text)]
    return []


def _secret_update(obj: Object, old: Object) -> ErrorList:
    return rules.fixed(obj, old, None, "type") + _sealed(obj, old, "data")


def _template(obj: Object) -> ErrorList:
    return pods.template(obj.get("template") or {}, Path.new("template"))


def _namespace(obj: Object) -> ErrorList:
    path = Path.new("spec", "finalizers")
    return [fault for name in _finalizers(obj) for fault in _finalizer(name, path)]


def finalizers(obj: Object) -> ErrorList:
    """What is left to clean up in a namespace."""
    path = Path.new("spec", "finalizers")
    return [fault for index, name in enumerate(_finalizers(obj)) for fault in _finalizer(name, path.index(index))]


def _finalizers(obj: Object) -> list[str]:
    return (obj.get("spec") or {}).get("finalizers") or []


def _finalizer(name: str, path: Path) -> ErrorList:
    return rules.told(path, name, names.is_qualified_name(name)) + standard_finalizer(name, path)


def _namespace_status(obj: Object, old: Object) -> ErrorList:
    phase = (obj.get("status") or {}).get("phase", "")
    deleted = bool(obj["metadata"].get("deletionTimestamp"))
    wanted = "Terminating" if deleted else "Active"
    if phase == wanted:
        return []
    state = "not empty" if deleted else "empty"
    return [field.invalid("status.Phase", phase, f"may only be '{wanted}' if `deletionTimestamp` is {state}")]


def _node_resources(obj: Object) -> ErrorList:
    faults: ErrorList = []
    for kind in ("capacity", "allocatable"):
        for name, value in ((obj.get("status") or {}).get(kind) or {}).items():
            faults += resources.quantity_value(name, value, Path.new("status", kind, name))
    return faults


def _node(obj: Object) -> ErrorList:
    spec = obj.get("spec") or {}
    faults = taints(spec.get("taints") or [], Path.new("metadata", "taints"))
    faults += _node_resources(obj)
    networks, path = spec.get("podCIDRs") or [], Path.new("spec", "podCIDRs")
    for index, value in enumerate(networks):
        faults += rules.network(path.index(index), value)
    families = rules.families(networks)
    if len(networks) > 1 and (len(networks) > 2 or len(set(families)) != len(families)):
        faults.append(field.invalid(path, networks, "may specify no more than one CIDR for each IP family"))
    return faults


def _node_update(obj: Object, old: Object) -> ErrorList:
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    faults = _node_resources(obj)
    for name in ("podCIDRs", "providerID"):
        if before.get(name) and spec.get(name) != before[name]:
            shown = "podCIDR" if name == "podCIDRs" else name
            text = f'node updates may not change {shown} except from "" to valid'
            faults.append(field.forbidden(f"spec.{name}", text))
    return faults + taints(spec.get("taints") or [], Path.new("metadata", "taints"))


def _replication_controller(obj: Object) -> ErrorList:
    spec, path = obj.get("spec") or {}, Path.new("spec")
    faults = rules.not_negative(spec, path, "minReadySeconds")
    selector, pod_template = spec.get("selector") or {}, spec.get("template")
    if not selector:
        faults.append(field.required(path.child("selector")))
    faults += rules.not_negative(spec, path, "replicas")
    here = path.child("template")
    if pod_template is None:
        return [*faults, field.required(here)]
    labels = (pod_template.get("metadata") or {}).get("labels")
    if any((labels or {}).get(key) != value for key, value in selector.items()):
        where = here.child("metadata", "labels")
        faults.append(field.invalid(where, labels, "`selector` does not match template `labels`"))
    return faults + pods.template(pod_template, here) + always_running(pod_template, here, "ReplicationController")


def always_running(template: Object, path: Path, kind: str) -> ErrorList:
    """Pods of workloads that run until they are deleted."""
    spec = template.get("spec") or {}
    faults: ErrorList = []
    policy = spec.get("restartPolicy", "")
    if policy != "Always":
        faults.append(field.not_supported(path.child("spec", "restartPolicy"), policy, ("Always",)))
    if spec.get("activeDeadlineSeconds") is not None:
        text = f"activeDeadlineSeconds in {kind} is not Supported"
        faults.append(field.forbidden(path.child("spec", "activeDeadlineSeconds"), text))
    return faults


CREATE: dict[tuple[str, str], Callable[[Object], ErrorList]] = {
    ("", "Pod"): pods.pod,
    ("", "PodTemplate"): _template,
    ("", "ReplicationController"): _replication_controller,
    ("", "ConfigMap"): _config_map,
    ("", "Secret"): _secret,
    ("", "Service"): services.service,
    ("", "Endpoints"): services.endpoints,
    ("", "Namespace"): _namespace,
    ("", "Node"): _node,
    ("", "PersistentVolumeClaim"): volumes.claim,
    ("", "PersistentVolume"): volumes.volume,
    ("", "LimitRange"): resources.limit_range,
    ("", "ResourceQuota"): resources.resource_quota,
}
NEW: dict[tuple[str, str], Callable[[Object], ErrorList]] = {("", "Pod"): pods.new_pod}
UPDATE: dict[tuple[str, str], Callable[[Object, Object], ErrorList]] = {
    ("", "Pod"): pods.pod_update,
    ("", "ConfigMap"): _config_map_update,
    ("", "Secret"): _secret_update,
    ("", "Service"): services.service_update,
    ("", "Node"): _node_update,
    ("", "PersistentVolumeClaim"): volumes.claim_update,
    ("", "PersistentVolume"): volumes.volume_update,
    ("", "ResourceQuota"): resources.resource_quota_update,
}
STATUS: dict[tuple[str, str], Callable[[Object, Object], ErrorList]] = {
    ("", "Service"): services.service_status,
    ("", "Namespace"): _namespace_status,
    ("", "Pod"): pod_status,
}
# (group, kind, subresource) -> rules about the whole object, and about the change
PARTS: dict[
    tuple[str, str, str], tuple[Callable[[Object], ErrorList] | None, Callable[[Object, Object], ErrorList] | None]
] = {
    ("", "Pod", "ephemeralcontainers"): (pods.pod, ephemeral_containers),
    ("", "Pod", "resize"): (pods.pod, resize),
    ("", "Namespace", "finalize"): (finalizers, None),
}
