"""Validation of the remaining groups.

Source: kubernetes ``pkg/apis/{rbac,networking,scheduling,storage}/validation``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pykubectl.machinery.gostrings import quote
from pykubectl.machinery.validation import field
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

_RBAC = "rbac.authorization.k8s.io"
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")


def _rules(*, namespaced: bool) -> Callable[[Object], ErrorList]:
    def validate(obj: Object) -> ErrorList:
        rules = enumerate(obj.get("rules") or [])
        return [fault for index, rule in rules for fault in _rule(rule, Path.new("rules").index(index), namespaced)]

    return validate


def _rule(rule: Object, path: Path, namespaced: bool) -> ErrorList:
    faults: ErrorList = []
    if not rule.get("verbs"):
        faults.append(field.required(path.child("verbs"), "verbs must contain at least one value"))
    if urls := rule.get("nonResourceURLs"):
        where = path.child("nonResourceURLs")
        if namespaced:
            faults.append(field.invalid(where, urls, "namespaced rules cannot apply to non-resource URLs"))
        if rule.get("apiGroups") or rule.get("resources") or rule.get("resourceNames"):
            text = "rules cannot apply to both regular resources and non-resource URLs"
            faults.append(field.invalid(where, urls, text))
        return faults
    if not rule.get("apiGroups"):
        faults.append(field.required(path.child("apiGroups"), "resource rules must supply at least one api group"))
    if not rule.get("resources"):
        faults.append(field.required(path.child("resources"), "resource rules must supply at least one resource"))
    return faults


def _binding(kinds: tuple[str, ...]) -> Callable[[Object], ErrorList]:
    def validate(obj: Object) -> ErrorList:
        reference, path = obj.get("roleRef") or {}, Path.new("roleRef")
        faults: ErrorList = []
        if reference.get("apiGroup") != _RBAC:
            faults.append(field.not_supported(path.child("apiGroup"), reference.get("apiGroup", ""), (_RBAC,)))
        if reference.get("kind") not in kinds:
            faults.append(field.not_supported(path.child("kind"), reference.get("kind", ""), kinds))
        if not reference.get("name"):
            faults.append(field.required(path.child("name")))
        for index, subject in enumerate(obj.get("subjects") or []):
            faults += _subject(subject, Path.new("subjects").index(index))
        return faults

    return validate


def _subject(subject: Object, path: Path) -> ErrorList:
    faults: ErrorList = []
    kinds = ("Group", "ServiceAccount", "User")
    if not subject.get("name"):
        faults.append(field.required(path.child("name")))
    if subject.get("kind") not in kinds:
        faults.append(field.not_supported(path.child("kind"), subject.get("kind", ""), kinds))
    return faults


def _role_reference_is_fixed(obj: Object, old: Object) -> ErrorList:
    if obj.get("roleRef") != old.get("roleRef"):
        return [field.invalid("roleRef", obj.get("roleRef"), "cannot change roleRef")]
    return []


def _ingress(obj: Object) -> ErrorList:
    spec, root = obj.get("spec") or {}, Path.new("spec")
    faults: ErrorList = []
    if not spec.get("rules") and not spec.get("defaultBackend"):
        faults.append(
            field.invalid(root, spec.get("rules") or [], "either `defaultBackend` or `rules` must be specified")
        )
    for index, rule in enumerate(spec.get("rules") or []):
        for number, entry in enumerate((rule.get("http") or {}).get("paths") or []):
            path = root.child("rules").index(index).child("http", "paths").index(number)
            kind = entry.get("pathType")
            if kind is None:
                faults.append(field.required(path.child("pathType"), "pathType must be specified"))
            elif kind not in _PATH_TYPES:
                faults.append(field.not_supported(path.child("pathType"), kind, _PATH_TYPES))
            elif kind in ("Exact", "Prefix") and not entry.get("path", "").startswith("/"):
                faults.append(field.invalid(path.child("path"), entry.get("path", ""), "must be an absolute path"))
    return faults


def _priority_class(obj: Object) -> ErrorList:
    system = str(obj.get("metadata", {}).get("name", "")).startswith("system-")
    if not system and obj.get("value", 0) > 1_000_000_000:
        text = "maximum allowed value of a user defined priority is 1000000000"
        return [field.forbidden("value", text)]
    return []


def _priority_class_update(obj: Object, old: Object) -> ErrorList:
    if obj.get("value", 0) != old.get("value", 0):
        return [field.forbidden("value", "may not be changed in an update.")]
    return []


def _storage_class(obj: Object) -> ErrorList:
    return [] if obj.get("provisioner") else [field.required("provisioner")]


def _api_service(obj: Object) -> ErrorList:
    spec, name = obj.get("spec") or {}, obj.get("metadata", {}).get("name", "")
    required = f"{spec.get('version', '')}.{spec.get('group', '')}"
    if name and name != required:
        text = f'must be `spec.version+"."+spec.group`: {quote(required)}'
        return [field.invalid("metadata.name", name, text)]
    return []


CREATE: dict[tuple[str, str], Callable[[Object], ErrorList]] = {
    (_RBAC, "Role"): _rules(namespaced=True),
    (_RBAC, "ClusterRole"): _rules(namespaced=False),
    (_RBAC, "RoleBinding"): _binding(("Role", "ClusterRole")),
    (_RBAC, "ClusterRoleBinding"): _binding(("ClusterRole",)),
    ("apiregistration.k8s.io", "APIService"): _api_service,
    ("networking.k8s.io", "Ingress"): _ingress,
    ("scheduling.k8s.io", "PriorityClass"): _priority_class,
    ("storage.k8s.io", "StorageClass"): _storage_class,
}
UPDATE: dict[tuple[str, str], Callable[[Object, Object], ErrorList]] = {
    (_RBAC, "RoleBinding"): _role_reference_is_fixed,
    (_RBAC, "ClusterRoleBinding"): _role_reference_is_fixed,
    ("scheduling.k8s.io", "PriorityClass"): _priority_class_update,
}
