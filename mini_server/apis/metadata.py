"""Metadata that every object has.

Source: apimachinery ``pkg/api/validation/objectmeta.go``, ``pkg/apis/meta/v1/validation``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

from mini_server.apis import rules
from mini_server.apis.internal import rendered
from pykubectl.machinery.gostrings import quote
from pykubectl.machinery.schema import GroupVersionKind
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]
NameRule = Callable[[str], list[str]]

# Annotations of one object together.
MAX_ANNOTATIONS = 256 * 1024

_META = Path.new("metadata")


def _is_ip_address(name: str) -> list[str]:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]
    return []


# Kinds whose names follow another rule than that of a DNS subdomain.
_NAME_RULES: dict[tuple[str, str], NameRule] = {
    ("", "Namespace"): names.is_dns1123_label,
    ("", "Service"): names.is_dns1123_label,
    ("", "Event"): names.is_path_segment_name,
    ("apps", "StatefulSet"): names.is_dns1123_label,
    ("networking.k8s.io", "IPAddress"): _is_ip_address,
    ("policy", "PodDisruptionBudget"): names.is_path_segment_name,
    **{
        ("rbac.authorization.k8s.io", kind): names.is_path_segment_name
        for kind in ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
    },
    ("apiregistration.k8s.io", "APIService"): names.is_path_segment_name,
    ("certificates.k8s.io", "CertificateSigningRequest"): names.is_path_segment_name,
}


def validate_metadata(gvk: GroupVersionKind, meta: Object, *, names: bool = True) -> ErrorList:
    """Name, labels, annotations, finalizers, owners."""
    faults: ErrorList = _name_faults(gvk, meta) if names else []
    faults += rules.not_negative(meta, _META, "generation")
    faults += rules.labels(meta.get("labels") or {}, _META.child("labels"))
    faults += annotation_faults(meta.get("annotations") or {}, _META.child("annotations"))
    faults += _owner_faults(meta.get("ownerReferences") or [], _META.child("ownerReferences"))
    return faults + _finalizers(meta.get("finalizers") or [], _META.child("finalizers"))


def validate_changed(meta: Object, old: Object) -> ErrorList:
    """What of the metadata must be as it was."""
    faults = rules.fixed(
        {name: meta.get(name, empty) for name, empty in _FIXED.items()},
        {name: old.get(name, empty) for name, empty in _FIXED.items()},
        _META,
        *_FIXED,
    )
    if old.get("deletionTimestamp"):
        added = [f for f in meta.get("finalizers") or [] if f not in (old.get("finalizers") or [])]
        if added:
            text = "no new finalizers can be added if the object is being deleted, found new finalizers "
            quoted = ", ".join(quote(name) for name in added)
            faults.append(field.forbidden(_META.child("finalizers"), f"{text}[]string{{{quoted}}}"))
    return faults


# In upstream's order; beside them what an absent one is.
_FIXED: Object = {
    "name": "",
    "namespace": "",
    "uid": "",
    "creationTimestamp": None,
    "deletionTimestamp": None,
    "deletionGracePeriodSeconds": None,
}


def _name_faults(gvk: GroupVersionKind, meta: Object) -> ErrorList:
    rule = _NAME_RULES.get((gvk.group, gvk.kind), names.is_dns1123_subdomain)
    faults: ErrorList = []
    prefix = meta.get("generateName", "")
    if prefix:
        # A prefix may end in a hyphen: something follows it.
        checked = f"{prefix[:-1]}a" if prefix.endswith("-") else prefix
        faults += rules.told(_META.child("generateName"), prefix, rule(checked))
    name = meta.get("name", "")
    if not name:
        if not prefix:
            faults.append(field.required(_META.child("name"), "name or generateName is required"))
        return faults
    return faults + rules.told(_META.child("name"), name, rule(name))


def annotation_faults(annotations: dict[str, str], path: Path) -> ErrorList:
    """Keys of annotations, and the size of all together."""
    faults: ErrorList = []
    for key in annotations:
        faults += rules.told(path, key, names.is_qualified_name(key.lower()))
    if sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items()) > MAX_ANNOTATIONS:
        faults.append(field.too_long(path, "", MAX_ANNOTATIONS))
    return faults


_OWNER = ("apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion")


def _owner(owner: Object) -> Object:
    return {name: owner[name] for name in _OWNER if name in owner}


def _owner_faults(owners: list[Object], path: Path) -> ErrorList:
    """Upstream names the list, not the entry."""
    faults: ErrorList = []
    controller = ""
    for owner in owners:
        version, kind = owner.get("apiVersion", ""), owner.get("kind", "")
        if not version or version.endswith("/") or version.count("/") > 1:
            faults.append(field.invalid(path.child("apiVersion"), version, "version must not be empty"))
        for name in ("kind", "name", "uid"):
            if not owner.get(name):
                faults.append(field.invalid(path.child(name), owner.get(name, ""), "must not be empty"))
        if (version, kind) == ("v1", "Event"):
            text = "/v1, Kind=Event is disallowed from being an owner"
            faults.append(field.invalid(path, rendered(_owner(owner)), text))
        if owner.get("controller"):
            own = f"{kind}/{owner.get('name', '')}"
            if controller:
                text = "Only one reference can have Controller set to true. "
                text += f'Found "true" in references for {controller} and {own}'
                faults.append(field.invalid(path, rendered([_owner(entry) for entry in owners]), text))
            controller = controller or own
    return faults


def _finalizers(finalizers: list[str], path: Path) -> ErrorList:
    faults: ErrorList = []
    for name in finalizers:
        faults += rules.told(path, name, names.is_qualified_name(name))
    if "orphan" in finalizers and "foregroundDeletion" in finalizers:
        text = "finalizer orphan and foregroundDeletion cannot be both set"
        faults.append(field.invalid(path, finalizers, text))
    for index, name in enumerate(finalizers):
        faults += standard_finalizer(name, path.index(index))
    return faults


def standard_finalizer(name: str, path: Path) -> ErrorList:
    """A finalizer without a domain is one of Kubernetes' own."""
    if "/" in name or name in ("orphan", "foregroundDeletion", "kubernetes"):
        return []
    return [field.invalid(path, name, "name is neither a standard finalizer name nor is it fully qualified")]
