"""Validation of certificate signing requests.

Source: kubernetes ``pkg/apis/certificates/validation/validation.go``.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

from mini_server.apis import rules
from pykubectl.machinery.gostrings import quote
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

_KIND = ("certificates.k8s.io", "CertificateSigningRequest")
_SPEC = Path.new("spec")
_STATUS = Path.new("status")
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


_DECISIONS = ("Approved", "Denied")
_FINAL = (*_DECISIONS, "Failed")
_NO_CERTIFICATE = "must contain at least one CERTIFICATE PEM block"


def _conditions(obj: Object) -> list[Object]:
    conditions: list[Object] = (obj.get("status") or {}).get("conditions") or []
    return conditions


def _condition_faults(obj: Object) -> ErrorList:
    path, faults = _STATUS.child("conditions"), ErrorList()
    seen: set[str] = set()
    for index, condition in enumerate(_conditions(obj)):
        here, kind, state = path.index(index), condition.get("type", ""), condition.get("status", "")
        if not kind:
            faults.append(field.required(here.child("type")))
        if kind in _FINAL and state not in ("True", ""):
            faults.append(field.not_supported(here.child("status"), state, ("True",)))
        else:
            faults += rules.one_of(here.child("status"), state, ("False", "True", "Unknown"))
        if kind in seen:
            faults.append(field.duplicate(here.child("type"), kind))
        seen.add(kind)
        if kind in _DECISIONS and seen.issuperset(_DECISIONS):
            faults.append(field.invalid(path, kind, "Approved and Denied conditions are mutually exclusive"))
    return faults


def _of_kind(obj: Object, kind: str) -> list[Object]:
    return [condition for condition in _conditions(obj) if condition.get("type") == kind]


def _approval(obj: Object, old: Object) -> ErrorList:
    """A decision, once made, is not taken back."""
    faults = _condition_faults(obj)
    for kind in _FINAL:
        if len(_of_kind(obj, kind)) < len(_of_kind(old, kind)):
            faults.append(_forbidden("remove", kind))
    return faults


def _forbidden(what: str, kind: str) -> field.FieldError:
    text = f"updates may not {what} a condition of type {quote(kind)}"
    return field.forbidden(_STATUS.child("conditions"), text)


def _status(obj: Object, old: Object) -> ErrorList:
    """What a signer writes: it leaves the decision alone, and signs once."""
    faults = _condition_faults(obj)
    for kind in _DECISIONS:
        now, before = _of_kind(obj, kind), _of_kind(old, kind)
        if len(now) != len(before):
            faults.append(_forbidden("add" if len(now) > len(before) else "remove", kind))
        elif now != before:
            faults.append(_forbidden("modify", kind))
    if len(_of_kind(obj, "Failed")) < len(_of_kind(old, "Failed")):
        faults.append(_forbidden("remove", "Failed"))
    certificate, held = ((o.get("status") or {}).get("certificate") for o in (obj, old))
    if certificate == held:
        return faults
    if held:
        text = (
            "updates may not remove/modify a certificate"
            if not certificate
            else "updates may not set certificate content"
        )
        faults.append(field.forbidden(_STATUS.child("certificate"), text))
    if certificate and _pem_type(certificate) != b"CERTIFICATE":
        where = _STATUS.child("certificate")
        faults.append(field.invalid(where, "<certificate data>", _NO_CERTIFICATE))
    return faults


CREATE: dict[tuple[str, str], Callable[[Object], ErrorList]] = {_KIND: _signing_request}
STATUS: dict[tuple[str, str], Callable[[Object, Object], ErrorList]] = {_KIND: _status}
PARTS: dict[tuple[str, str, str], tuple[None, Callable[[Object, Object], ErrorList]]] = {
    (*_KIND, "approval"): (None, _approval)
}
