"""Validation of the storage group.

Source: kubernetes ``pkg/apis/storage/validation/validation.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mini_server.apis import rules
from mini_server.apis.core.volume_validation import csi_driver_name, token_seconds
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

_GROUP = "storage.k8s.io"
_SPEC = Path.new("spec")
_RECLAIM = ("Delete", "Retain")
_BINDING = ("Immediate", "WaitForFirstConsumer")
_MAX_PARAMETERS = 512
_MAX_SIZE = 256 * 1024


def _class(obj: Object) -> ErrorList:
    provisioner = obj.get("provisioner", "")
    faults = rules.named(Path.new("provisioner"), provisioner, lambda name: names.is_qualified_name(name.lower()))
    faults += _parameters(obj.get("parameters") or {}, needed=False)
    faults += rules.if_set(Path.new("reclaimPolicy"), obj.get("reclaimPolicy"), _RECLAIM)
    faults += rules.one_of(Path.new("volumeBindingMode"), obj.get("volumeBindingMode"), _BINDING)
    for index, term in enumerate(obj.get("allowedTopologies") or []):
        faults += _topology(term, Path.new("allowedTopologies").index(index))
    return faults


def _topology(term: Object, path: Path) -> ErrorList:
    faults: ErrorList = []
    seen: set[str] = set()
    for index, expression in enumerate(term.get("matchLabelExpressions") or []):
        here, key = path.child("matchLabelExpressions").index(index), expression.get("key", "")
        values = expression.get("values") or []
        if not values:
            faults.append(field.required(here.child("values")))
        for number, value in enumerate(values):
            if value in values[:number]:
                faults.append(field.duplicate(here.child("values").index(number), value))
        faults += rules.told(here.child("key"), key, names.is_label_key(key))
        if key in seen:
            faults.append(field.duplicate(here.child("key"), key))
        seen.add(key)
    return faults


def _parameters(parameters: dict[str, str], *, needed: bool) -> ErrorList:
    path = Path.new("parameters")
    if needed and not parameters:
        return [field.required(path, "must contain at least one key/value pair")]
    faults: ErrorList = []
    if len(parameters) > _MAX_PARAMETERS:
        faults.append(field.too_long(path, "", _MAX_PARAMETERS))
    if any(not key for key in parameters):
        faults.append(field.invalid(path, "", "field can not be empty."))
    if sum(len(key) + len(value) for key, value in parameters.items()) > _MAX_SIZE:
        faults.append(field.too_long(path, "", _MAX_SIZE))
    return faults


def _class_update(obj: Object, old: Object) -> ErrorList:
    text = "updates to parameters are forbidden."
    faults: ErrorList = []
    if (obj.get("parameters") or {}) != (old.get("parameters") or {}):
        faults.append(field.forbidden("parameters", text))
    if obj.get("provisioner") != old.get("provisioner"):
        faults.append(field.forbidden("provisioner", "updates to provisioner are forbidden."))
    if obj.get("reclaimPolicy") != old.get("reclaimPolicy"):
        faults.append(field.forbidden("reclaimPolicy", "updates to reclaimPolicy are forbidden."))
    return faults + rules.fixed(obj, old, None, "volumeBindingMode")


def _driver(obj: Object) -> ErrorList:
    spec = obj.get("spec") or {}
    faults = csi_driver_name(Path.new("metadata", "name"), (obj.get("metadata") or {}).get("name", ""))
    for mode in spec.get("volumeLifecycleModes") or []:
        faults += rules.if_set(_SPEC.child("volumeLifecycleModes"), mode, ("Persistent", "Ephemeral"))
    policies = ("File", "None", "ReadWriteOnceWithFSType")
    faults += rules.if_set(_SPEC.child("fsGroupPolicy"), spec.get("fsGroupPolicy"), policies)
    faults += _token_requests(spec.get("tokenRequests") or [], _SPEC.child("tokenRequests"))
    period = spec.get("nodeAllocatableUpdatePeriodSeconds")
    if period is not None and period < 10:
        where = _SPEC.child("nodeAllocatableUpdatePeriodSeconds")
        faults.append(field.invalid(where, period, "must be greater than or equal to 10 seconds"))
    return faults


def _token_requests(requests: list[Object], path: Path) -> ErrorList:
    faults: ErrorList = []
    seen: set[str] = set()
    for index, request in enumerate(requests):
        here, audience = path.index(index), request.get("audience", "")
        if audience in seen:
            faults.append(field.duplicate(here.child("audience"), audience))
        seen.add(audience)
        seconds = request.get("expirationSeconds")
        if seconds is not None:
            faults += token_seconds(here.child("expirationSeconds"), seconds)
    return faults


def _driver_update(obj: Object, old: Object) -> ErrorList:
    names_fixed = ("attachRequired", "volumeLifecycleModes")
    return rules.fixed(obj.get("spec") or {}, old.get("spec") or {}, _SPEC, *names_fixed)


def _node(obj: Object) -> ErrorList:
    faults: ErrorList = []
    seen: set[str] = set()
    for index, driver in enumerate((obj.get("spec") or {}).get("drivers") or []):
        here, name, identity = _SPEC.child("drivers").index(index), driver.get("name", ""), driver.get("nodeID", "")
        faults += csi_driver_name(here.child("name"), name)
        if not identity:
            faults.append(field.required(here.child("nodeID")))
        elif len(identity) > 192:
            faults.append(field.invalid(here.child("nodeID"), identity, "must be 192 characters or less"))
        count = driver.get("allocatable") or {}
        faults += rules.not_negative(count, here.child("allocatable"), "count")
        keys = driver.get("topologyKeys") or []
        for number, key in enumerate(keys):
            if not key:
                faults.append(field.required(here))
            else:
                faults += rules.told(here, key, names.is_qualified_name(key))
            if key in keys[:number]:
                faults.append(field.duplicate(here, key))
        if name in seen:
            faults.append(field.duplicate(here.child("name"), name))
        seen.add(name)
    return faults


def _attachment(obj: Object) -> ErrorList:
    spec = obj.get("spec") or {}
    faults = csi_driver_name(_SPEC.child("attacher"), spec.get("attacher", ""))
    source, path = spec.get("source") or {}, _SPEC.child("source")
    given = [name for name in ("inlineVolumeSpec", "persistentVolumeName") if source.get(name) is not None]
    if not given:
        text = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"
        faults.append(field.required(path, text))
    elif len(given) > 1:
        text = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"
        faults.append(field.invalid(path, source, text))
    elif source.get("persistentVolumeName") == "":
        faults.append(field.required(path.child("persistentVolumeName"), "must specify non empty persistentVolumeName"))
    node = spec.get("nodeName", "")
    return faults + rules.told(_SPEC.child("nodeName"), node, names.is_dns1123_subdomain(node))


def _attachment_update(obj: Object, old: Object) -> ErrorList:
    if obj.get("spec") != old.get("spec"):
        return [field.invalid(_SPEC, obj.get("spec"), rules.IMMUTABLE)]
    return []


def _attributes_class(obj: Object) -> ErrorList:
    driver = obj.get("driverName", "")
    if not driver:
        faults: ErrorList = [field.required("driverName")]
    else:
        faults = rules.told("driverName", driver.lower(), names.is_qualified_name(driver.lower()))
    return faults + _parameters(obj.get("parameters") or {}, needed=True)


def _attributes_class_update(obj: Object, old: Object) -> ErrorList:
    faults: ErrorList = []
    if obj.get("driverName") != old.get("driverName"):
        faults.append(field.forbidden("driverName", "updates to driverName are forbidden."))
    if (obj.get("parameters") or {}) != (old.get("parameters") or {}):
        faults.append(field.forbidden("parameters", "updates to parameters are forbidden."))
    return faults


CREATE: dict[tuple[str, str], Callable[[Object], ErrorList]] = {
    (_GROUP, "StorageClass"): _class,
    (_GROUP, "CSIDriver"): _driver,
    (_GROUP, "CSINode"): _node,
    (_GROUP, "VolumeAttachment"): _attachment,
    (_GROUP, "VolumeAttributesClass"): _attributes_class,
}
UPDATE: dict[tuple[str, str], Callable[[Object, Object], ErrorList]] = {
    (_GROUP, "StorageClass"): _class_update,
    (_GROUP, "CSIDriver"): _driver_update,
    (_GROUP, "VolumeAttachment"): _attachment_update,
    (_GROUP, "VolumeAttributesClass"): _attributes_class_update,
}
