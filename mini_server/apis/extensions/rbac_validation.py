"""Validation of roles and bindings.

Source: kubernetes ``pkg/apis/rbac/validation/validation.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mini_server.apis import rules
from mini_server.apis.internal import internal
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

GROUP = "rbac.authorization.k8s.io"

# The groups and kinds of subjects, in upstream's order.
_SUBJECTS = {"ServiceAccount": "", "User": GROUP, "Group": GROUP}


def _role(obj: Object) -> ErrorList:
    return _rules(obj, namespaced=True)


def _cluster_role(obj: Object) -> ErrorList:
    faults = _rules(obj, namespaced=False)
    aggregation = obj.get("aggregationRule")
    if aggregation is None:
        return faults
    path, selectors = Path.new("aggregationRule", "clusterRoleSelectors"), aggregation.get("clusterRoleSelectors") or []
    if not selectors:
        text = "at least one clusterRoleSelector required if aggregationRule is non-nil"
        return [*faults, field.required(path, text)]
    for index, selector in enumerate(selectors):
        wrong = rules.label_selector(selector, path.index(index))
        faults += wrong
        if wrong:
            faults.append(field.invalid(path.index(index), None, "invalid label selector."))
    return faults


def _rules(obj: Object, *, namespaced: bool) -> ErrorList:
    faults: ErrorList = []
    for index, rule in enumerate(obj.get("rules") or []):
        path, urls = Path.new("rules").index(index), rule.get("nonResourceURLs") or []
        groups, resources = rule.get("apiGroups") or [], rule.get("resources") or []
        if not rule.get("verbs"):
            faults.append(field.required(path.child("verbs"), "verbs must contain at least one value"))
        if urls:
            where = path.child("nonResourceURLs")
            if namespaced:
                text = "namespaced rules cannot apply to non-resource URLs"
                faults.append(field.invalid(where, urls, text))
            if groups or resources or rule.get("resourceNames"):
                text = "rules cannot apply to both regular resources and non-resource URLs"
                faults.append(field.invalid(where, urls, text))
            continue
        if not groups:
            text = "resource rules must supply at least one api group"
            faults.append(field.required(path.child("apiGroups"), text))
        if not resources:
            text = "resource rules must supply at least one resource"
            faults.append(field.required(path.child("resources"), text))
    return faults


def _binding(kinds: tuple[str, ...], *, namespaced: bool) -> Callable[[Object], ErrorList]:
    def validate(obj: Object) -> ErrorList:
        reference, path = obj.get("roleRef") or {}, Path.new("roleRef")
        faults = rules.if_set(path.child("apiGroup"), reference.get("apiGroup", ""), (GROUP,))
        faults += rules.if_set(path.child("kind"), reference.get("kind", ""), kinds)
        faults += rules.named(path.child("name"), reference.get("name", ""), names.is_path_segment_name)
        for index, subject in enumerate(obj.get("subjects") or []):
            faults += _subject(subject, Path.new("subjects").index(index), namespaced)
        return faults

    return validate


def _subject(subject: Object, path: Path, namespaced: bool) -> ErrorList:
    kind, name = subject.get("kind", ""), subject.get("name", "")
    faults: ErrorList = [] if name else [field.required(path.child("name"))]
    if kind not in _SUBJECTS:
        return [*faults, field.not_supported(path.child("kind"), kind, tuple(_SUBJECTS))]
    if kind == "ServiceAccount" and name:
        faults += rules.told(path.child("name"), name, names.is_dns1123_subdomain(name))
    faults += rules.if_set(path.child("apiGroup"), subject.get("apiGroup", ""), (_SUBJECTS[kind],))
    if kind == "ServiceAccount" and not namespaced and not subject.get("namespace"):
        faults.append(field.required(path.child("namespace")))
    return faults


def _reference_is_fixed(obj: Object, old: Object) -> ErrorList:
    if obj.get("roleRef") != old.get("roleRef"):
        return [field.invalid("roleRef", internal("RoleRef", obj.get("roleRef") or {}), "cannot change roleRef")]
    return []


CREATE: dict[tuple[str, str], Callable[[Object], ErrorList]] = {
    (GROUP, "Role"): _role,
    (GROUP, "ClusterRole"): _cluster_role,
    (GROUP, "RoleBinding"): _binding(("Role", "ClusterRole"), namespaced=True),
    (GROUP, "ClusterRoleBinding"): _binding(("ClusterRole",), namespaced=False),
}
UPDATE: dict[tuple[str, str], Callable[[Object, Object], ErrorList]] = {
    (GROUP, "RoleBinding"): _reference_is_fixed,
    (GROUP, "ClusterRoleBinding"): _reference_is_fixed,
}
