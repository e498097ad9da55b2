"""Metadata that every object has.

Source: apimachinery ``pkg/api/validation/objectmeta.go``, ``pkg/apis/meta/v1/validation``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

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
    faults += validate_labels(meta.get("labels") or {}, _META.child("labels"))
    faults += _annotation_faults(meta.get("annotations") or {}, _META.child("annotations"))
    faults += _owner_faults(meta.get("ownerReferences") or [], _META.child("ownerReferences"))
    for index, name in enumerate(meta.get("finalizers") or []):
        faults += _finalizer_faults(name, _META.child("finalizers"), index)
    return faults


def _name_faults(gvk: GroupVersionKind, meta: Object) -> ErrorList:
    rule = _NAME_RULES.get((gvk.group, gvk.kind), names.is_dns1123_subdomain)
    faults: ErrorList = []
    prefix = meta.get("generateName", "")
    if prefix:
        # A prefix may end in a hyphen: something follows it.
        checked = f"{prefix[:-1]}a" if prefix.endswith("-") else prefix
        faults += [field.invalid(_META.child("generateName"), prefix, text) for text in rule(checked)]
    name = meta.get("name", "")
    if not name:
        if not prefix:
            faults.append(field.required(_META.child("name"), "name or generateName is required"))
        return faults
    return faults + [field.invalid(_META.child("name"), name, text) for text in rule(name)]


def validate_labels(labels: dict[str, str], path: Path) -> ErrorList:
    """Keys and values of labels."""
    faults: ErrorList = []
    for key, value in labels.items():
        faults += [field.invalid(path, key, text) for text in names.is_qualified_name(key)]
        faults += [field.invalid(path, value, text) for text in names.is_valid_label_value(value)]
    return faults


def _annotation_faults(annotations: dict[str, str], path: Path) -> ErrorList:
    faults: ErrorList = []
    for key in annotations:
        faults += [field.invalid(path, key, text) for text in names.is_qualified_name(key.lower())]
    if sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items()) > MAX_ANNOTATIONS:
        faults.append(field.too_long(path, "", MAX_ANNOTATIONS))
    return faults


def _owner_faults(owners: list[Object], path: Path) -> ErrorList:
    faults: ErrorList = []
    controller = ""
    for index, owner in enumerate(owners):
        here = path.index(index)
        for name, text in (
            ("apiVersion", "version must not be empty"),
            ("kind", "must not be empty"),
            ("name", "must not be empty"),
            ("uid", "must not be empty"),
        ):
            if not owner.get(name):
                faults.append(field.invalid(here.child(name), owner.get(name, ""), text))
        if owner.get("controller"):
            if controller:
                text = "Only one reference can have Controller set to true. "
                text += f'Found "true" in references for {controller} and {owner.get("name", "")}'
                faults.append(field.invalid(path, owners, text))
            controller = owner.get("name", "")
    return faults


def _finalizer_faults(name: str, path: Path, index: int) -> ErrorList:
    faults = [field.invalid(path, name, text) for text in names.is_qualified_name(name)]
    if not faults and "/" not in name and name not in ("orphan", "foregroundDeletion", "kubernetes"):
        text = "name is neither a standard finalizer name nor is it fully qualified"
        faults.append(field.invalid(path.index(index), name, text))
    return faults
