"""Validation of the remaining groups: the tables, and the kinds without a module of their own.

Source: kubernetes ``pkg/apis/{scheduling,node,coordination,certificates,resource,...}/validation``.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

from mini_server.apis import rules
from mini_server.apis.extensions import admission_validation as admission
from mini_server.apis.extensions import flow_validation as flow
from mini_server.apis.extensions import networking_validation as networking
from mini_server.apis.extensions import rbac_validation as rbac
from mini_server.apis.extensions import storage_validation as storage
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


# Certificate signing requests

_PEM = re.compile(rb"-----BEGIN ([A-Z ]+)-----")
_PEM_TYPE = "PEM block type must be CERTIFICATE REQUEST"
_SIGNER = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
_MIN_SECONDS = 600
_USAGES = (
    "any",
    "cert sign",
    "client auth",
    "code signing",
    "content commitment",
    "crl sign",
    "data encipherment",
    "decipher only",
    "digital signature",
    "email protection",
    "encipher only",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "key agreement",
    "key encipherment",
    "microsoft sgc",
    "netscape sgc",
    "ocsp signing",
    "s/mime",
    "server auth",
    "signing",
    "timestamping",
)


def _signing_request(obj: Object) -> ErrorList:
    spec = obj.get("spec") or {}
    faults: ErrorList = []
    request, usages = spec.get("request"), spec.get("usages") or []
    if _pem_type(request) != b"CERTIFICATE REQUEST":
        faults.append(field.invalid(_SPEC.child("request"), request, _PEM_TYPE))
    if not usages:
        faults.append(field.required(_SPEC.child("usages")))
    for index, usage in enumerate(usages):
        where = _SPEC.child("usages").index(index)
        faults += rules.if_set(where, usage, _USAGES)
        if usage in usages[:index]:
            faults.append(field.duplicate(where, usage))
    signer, path = spec.get("signerName", ""), _SPEC.child("signerName")
    if signer == "kubernetes.io/legacy-unknown":
        text = "the legacy signerName is not allowed via this API version"
        faults.append(field.invalid(path, signer, text))
    else:
        faults += _signer(signer, path)
    seconds = spec.get("expirationSeconds")
    if seconds is not None and seconds < _MIN_SECONDS:
        text = f"may not specify a duration less than {_MIN_SECONDS} seconds (10 minutes)"
        faults.append(field.invalid(_SPEC.child("expirationSeconds"), seconds, text))
    return faults


def _pem_type(request: str | None) -> bytes | None:
    try:
        match = _PEM.search(base64.b64decode(request or ""))
    except binascii.Error:
        return None
    return None if match is None else match[1]


def _signer(name: str, path: Path) -> ErrorList:
    if not name:
        return [field.required(path)]
    domain, slash, rest = name.partition("/")
    if not slash or "/" in rest or not rest:
        return [field.invalid(path, name, _SIGNER)]
    faults = rules.told(path, domain, names.is_dns1123_subdomain(domain))
    if not faults and "." not in domain:
        faults.append(field.invalid(path, domain, "should be a domain with at least two segments separated by dots"))
    for part in rest.split("."):
        faults += rules.told(path, part, names.is_dns1123_subdomain(part))
    return faults


_DECISIONS = ("Approved", "Denied", "Failed")


def _signing_request_status(obj: Object, old: Object) -> ErrorList:
    """Conditions of a request's answer; a decision is made once, and by its own subresource."""
    path = Path.new("status")
    status = obj.get("status") or {}
    faults: ErrorList = []
    seen: set[str] = set()
    for index, condition in enumerate(status.get("conditions") or []):
        here, kind, state = (
            path.child("conditions").index(index),
            condition.get("type", ""),
            condition.get("status", ""),
        )
        if not kind:
            faults.append(field.required(here.child("type")))
        faults += rules.one_of(here.child("status"), state, ("True", "False", "Unknown"))
        if kind in _DECISIONS and state not in ("True", ""):
            faults.append(field.not_supported(here.child("status"), state, ("True",)))
        if kind in seen:
            faults.append(field.duplicate(here.child("type"), kind))
        seen.add(kind)
    if {"Approved", "Denied"} <= seen:
        index = [c.get("type") for c in status["conditions"]].index("Denied")
        first = [c.get("type") for c in status["conditions"]].index("Approved")
        where = path.child("conditions").index(max(index, first)).child("type")
        kind = status["conditions"][max(index, first)]["type"]
        faults.append(field.invalid(where, kind, "Approved and Denied conditions are mutually exclusive"))
    before = (old.get("status") or {}).get("conditions") or []
    for decision in ("Approved", "Denied"):
        kept = [condition for condition in status.get("conditions") or [] if condition.get("type") == decision]
        were = [condition for condition in before if condition.get("type") == decision]
        if were and kept != were:
            text = (
                f"updates may not remove a condition of type {decision!r}" if not kept else "updates may not modify it"
            )
            faults.append(field.forbidden(path.child("conditions"), text.replace("'", '"')))
    return faults


# Claims of devices


def _claim(obj: Object) -> ErrorList:
    return _claim_spec(obj.get("spec") or {}, _SPEC)


def _claim_template(obj: Object) -> ErrorList:
    return _claim_spec((obj.get("spec") or {}).get("spec") or {}, _SPEC.child("spec"))


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
    **flow.CREATE,
    **networking.CREATE,
    **rbac.CREATE,
    **storage.CREATE,
    ("apiregistration.k8s.io", "APIService"): _api_service,
    ("certificates.k8s.io", "CertificateSigningRequest"): _signing_request,
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
    ("scheduling.k8s.io", "PriorityClass"): _priority_class_update,
}
STATUS: dict[tuple[str, str], Callable[[Object, Object], ErrorList]] = {
    ("certificates.k8s.io", "CertificateSigningRequest"): _signing_request_status,
}
