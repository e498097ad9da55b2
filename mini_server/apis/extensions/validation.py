"""Validation of the remaining groups: the tables, and the kinds without a module of their own.

Source: kubernetes ``pkg/apis/{scheduling,node,coordination,certificates,resource,...}/validation``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mini_server.apis import rules
from mini_server.apis.extensions import admission_validation as admission
from mini_server.apis.extensions import certificates_validation as certificates
from mini_server.apis.extensions import flow_validation as flow
from mini_server.apis.extensions import networking_validation as networking
from mini_server.apis.extensions import rbac_validation as rbac
from mini_server.apis.extensions import storage_validation as storage
from mini_server.apis.internal import internal
from pykubectl.machinery.gostrings import quote
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

_SPEC = Path.new("spec")

# Priorities that the system's own pods have.
_SYSTEM_PRIORITIES = {"system-node-critical": 2000001000, "system-cluster-critical": 2000000000}


def _priority_class(obj: Object) -> ErrorList:
    name, value = (obj.get("metadata") or {}).get("name", ""), obj.get("value", 0)
    faults: ErrorList = []
    if name.startswith("system-"):
        wrong = ""
        if name not in _SYSTEM_PRIORITIES:
            wrong = f"{name} is not a known system priority class"
        elif value != _SYSTEM_PRIORITIES[name]:
            wrong = f"value of {name} PriorityClass must be {_SYSTEM_PRIORITIES[name]}"
        elif obj.get("globalDefault"):
            wrong = f"globalDefault of {name} PriorityClass must be false"
        if wrong:
            text = "priority class names with 'system-' prefix are reserved for system use only. error: "
            faults.append(field.forbidden("metadata.name", text + wrong))
    elif value > 1_000_000_000:
        text = "maximum allowed value of a user defined priority is 1000000000"
        faults.append(field.forbidden("value", text))
    policy = obj.get("preemptionPolicy")
    return faults + rules.if_set(Path.new("preemptionPolicy"), policy, ("PreemptLowerPriority", "Never"))


def _priority_class_update(obj: Object, old: Object) -> ErrorList:
    faults: ErrorList = []
    if obj.get("value", 0) != old.get("value", 0):
        faults.append(field.forbidden("value", "may not be changed in an update."))
    return faults + rules.fixed(obj, old, None, "preemptionPolicy")


def _runtime_class(obj: Object) -> ErrorList:
    return rules.named(Path.new("handler"), obj.get("handler", ""), names.is_dns1123_label)


def _runtime_class_update(obj: Object, old: Object) -> ErrorList:
    return rules.fixed(obj, old, None, "handler")


def _lease(obj: Object) -> ErrorList:
    spec = obj.get("spec") or {}
    faults: ErrorList = []
    seconds = spec.get("leaseDurationSeconds")
    if seconds is not None and seconds <= 0:
        where = _SPEC.child("leaseDurationSeconds")
        faults.append(field.invalid(where, seconds, "must be greater than 0"))
    return faults + rules.not_negative(spec, _SPEC, "leaseTransitions")


def _api_service(obj: Object) -> ErrorList:
    spec, name = obj.get("spec") or {}, (obj.get("metadata") or {}).get("name", "")
    version, service = spec.get("version", ""), spec.get("service")
    required = f"{version}.{spec.get('group', '')}"
    faults: ErrorList = []
    if name and name != required:
        text = f'must be `spec.version+"."+spec.group`: {quote(required)}'
        faults.append(field.invalid("metadata.name", name, text))
    faults += rules.if_named(_SPEC.child("group"), spec.get("group"))
    faults += rules.told(_SPEC.child("version"), version, names.is_dns1035_label(version))
    for key, limit in (("groupPriorityMinimum", 20000), ("versionPriority", 1000)):
        value = spec.get(key) or 0
        if not 0 < value <= limit:
            faults.append(field.invalid(_SPEC.child(key), value, f"must be positive and less than {limit}"))
    insecure, bundle = spec.get("insecureSkipTLSVerify"), spec.get("caBundle")
    where = _SPEC.child("insecureSkipTLSVerify")
    if service is None:
        if bundle:
            faults.append(
                field.invalid(
                    _SPEC.child("caBundle"), f"{len(bundle)} bytes", "local APIServices may not have a caBundle"
                )
            )
        if insecure:
            text = "local APIServices may not have insecureSkipTLSVerify"
            faults.append(field.invalid(where, True, text))
        return faults
    for key in ("namespace", "name"):
        if not service.get(key):
            faults.append(field.required(_SPEC.child("service", key)))
    port = service.get("port", 443)
    if wrong := names.is_valid_port_number(port):
        faults.append(field.invalid(_SPEC.child("service", "port"), port, f"port is not valid: {wrong[0]}"))
    if insecure and bundle:
        faults.append(field.invalid(where, True, "may not be true if caBundle is present"))
    return faults


# Claims of devices


def _claim(obj: Object) -> ErrorList:
    return _claim_spec(obj.get("spec") or {}, _SPEC)


def _claim_template(obj: Object) -> ErrorList:
    return _claim_spec((obj.get("spec") or {}).get("spec") or {}, _SPEC.child("spec"))


def _claim_update(obj: Object, old: Object) -> ErrorList:
    if obj.get("spec") == old.get("spec"):
        return []
    return [field.invalid(_SPEC, internal("ResourceClaimSpec", obj.get("spec") or {}), rules.IMMUTABLE)]


def _claim_template_update(obj: Object, old: Object) -> ErrorList:
    return [] if obj.get("spec") == old.get("spec") else [field.invalid(_SPEC, obj.get("spec"), rules.IMMUTABLE)]


def _claim_spec(spec: Object, path: Path) -> ErrorList:
    devices, here = spec.get("devices") or {}, path.child("devices")
    faults: ErrorList = []
    known: set[str] = set()
    for index, request in enumerate(devices.get("requests") or []):
        where, name = here.child("requests").index(index), request.get("name", "")
        if name and name in known:
            faults.append(field.duplicate(where, name))
            continue
        known.add(name)
        known |= {f"{name}/{entry.get('name', '')}" for entry in request.get("firstAvailable") or []}
        faults += _request(request, where)
    for index, constraint in enumerate(devices.get("constraints") or []):
        faults += _known_requests(constraint.get("requests") or [], known, here.child("constraints").index(index))
    for index, config in enumerate(devices.get("config") or []):
        faults += _known_requests(config.get("requests") or [], known, here.child("config").index(index))
    return faults


def _known_requests(requests: list[str], known: set[str], path: Path) -> ErrorList:
    text = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"
    return [
        field.invalid(path.child("requests").index(index), name, text)
        for index, name in enumerate(requests)
        if name not in known
    ]


def _request(request: Object, path: Path) -> ErrorList:
    faults = rules.named(path.child("name"), request.get("name", ""), names.is_dns1123_label)
    exactly, first = request.get("exactly"), request.get("firstAvailable") or []
    text = "exactly one of `exactly` or `firstAvailable` is required"
    if exactly is None and not first:
        return [*faults, field.required(path, text)]
    if exactly is not None and first:
        return [*faults, field.invalid(path, None, text)]
    if exactly is not None:
        return faults + _device_request(exactly, path.child("exactly"))
    for index, entry in enumerate(first):
        here = path.child("firstAvailable").index(index)
        faults += rules.named(here.child("name"), entry.get("name", ""), names.is_dns1123_label)
        faults += _device_request(entry, here)
    return faults


def _device_request(request: Object, path: Path) -> ErrorList:
    faults = rules.named(path.child("deviceClassName"), request.get("deviceClassName", ""))
    mode, count = request.get("allocationMode"), request.get("count") or 0
    if mode == "ExactCount" and count <= 0:
        faults.append(field.invalid(path.child("count"), count, "must be greater than zero"))
    elif mode == "All" and count:
        text = 'must not be specified when allocationMode is "All"'
        faults.append(field.invalid(path.child("count"), count, text))
    return faults + rules.if_set(path.child("allocationMode"), mode, ("All", "ExactCount"))


CREATE: dict[tuple[str, str], Callable[[Object], ErrorList]] = {
    **admission.CREATE,
    **certificates.CREATE,
    **flow.CREATE,
    **networking.CREATE,
    **rbac.CREATE,
    **storage.CREATE,
    ("apiregistration.k8s.io", "APIService"): _api_service,
    ("coordination.k8s.io", "Lease"): _lease,
    ("node.k8s.io", "RuntimeClass"): _runtime_class,
    ("resource.k8s.io", "ResourceClaim"): _claim,
    ("resource.k8s.io", "ResourceClaimTemplate"): _claim_template,
    ("scheduling.k8s.io", "PriorityClass"): _priority_class,
}
NEW: dict[tuple[str, str], Callable[[Object], ErrorList]] = {**networking.NEW}
UPDATE: dict[tuple[str, str], Callable[[Object, Object], ErrorList]] = {
    **networking.UPDATE,
    **rbac.UPDATE,
    **storage.UPDATE,
    ("node.k8s.io", "RuntimeClass"): _runtime_class_update,
    ("resource.k8s.io", "ResourceClaim"): _claim_update,
    ("resource.k8s.io", "ResourceClaimTemplate"): _claim_template_update,
    ("scheduling.k8s.io", "PriorityClass"): _priority_class_update,
}
STATUS: dict[tuple[str, str], Callable[[Object, Object], ErrorList]] = {**certificates.STATUS}
PARTS: dict[
    tuple[str, str, str], tuple[Callable[[Object], ErrorList] | None, Callable[[Object, Object], ErrorList]]
] = {**certificates.PARTS}
