"""Validation of the built-in kinds: metadata for all, and the groups' ``validation`` modules for what they know.

Source: apimachinery ``pkg/api/validation/objectmeta.go``, kubernetes ``pkg/apis/*/validation``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mini_server.apis.core import validation as core
from mini_server.apis.extensions import validation as extensions
from mini_server.apis.metadata import validate_changed, validate_metadata
from mini_server.apis.workloads import validation as workloads
from pykubectl.machinery.schema import GroupVersionKind
from pykubectl.machinery.validation.field import ErrorList

Object = dict[str, Any]
Validate = Callable[[Object], ErrorList]
ValidateUpdate = Callable[[Object, Object], ErrorList]

# New objects; those in the second table have rules for new objects alone.
_CREATE: dict[tuple[str, str], Validate] = {**core.CREATE, **workloads.CREATE, **extensions.CREATE}
_NEW: dict[tuple[str, str], Validate] = {**core.NEW, **workloads.NEW, **extensions.NEW}
_UPDATE: dict[tuple[str, str], ValidateUpdate] = {**core.UPDATE, **workloads.UPDATE, **extensions.UPDATE}
_STATUS: dict[tuple[str, str], ValidateUpdate] = {**core.STATUS, **workloads.STATUS, **extensions.STATUS}
# (group, kind, subresource) -> rules about the whole object, and about the change
_PARTS: dict[tuple[str, str, str], tuple[Validate | None, ValidateUpdate | None]] = {**core.PARTS, **extensions.PARTS}
# Kinds whose faults as such come behind those of the change, not before.
_CHANGES_FIRST = frozenset((("", "Service"), ("", "Secret"), ("", "ConfigMap"), ("apps", "DaemonSet")))
# Kinds of which a change is looked at for itself alone.
_CHANGES_ONLY = frozenset((("", "Node"), ("rbac.authorization.k8s.io", "RoleBinding"), ("", "Namespace")))
# How often the metadata of a kind is looked at: for itself, with the change, and for some kinds with the rest again.
_LOOKS = {("", kind): 3 for kind in ("Service", "Secret", "ConfigMap", "Endpoints", "ServiceAccount")} | {
    ("", "Pod"): 4
}


def validate_create(gvk: GroupVersionKind, obj: Object) -> ErrorList:
    """The faults of a new object, in upstream's order."""
    key = (gvk.group, gvk.kind)
    faults = validate_metadata(gvk, obj.get("metadata") or {})
    check = _NEW.get(key) or _CREATE.get(key)
    return faults + check(obj) if check is not None else faults


def validate_update(gvk: GroupVersionKind, obj: Object, old: Object) -> ErrorList:
    """The faults of a changed object."""
    key = (gvk.group, gvk.kind)
    faults = _metadata_update(gvk, obj, old, _LOOKS.get(key, 2))
    changed = _UPDATE[key](obj, old) if key in _UPDATE else []
    if key not in _CREATE or key in _CHANGES_ONLY:
        return faults + changed
    if key in _CHANGES_FIRST:
        return faults + changed + _CREATE[key](obj)
    return faults + _CREATE[key](obj) + changed


def validate_part_update(gvk: GroupVersionKind, subresource: str, obj: Object, old: Object) -> ErrorList:
    """The faults of a part that has a subresource of its own: the rules about the whole hold too."""
    faults = _metadata_update(gvk, obj, old, 2)
    check, change = _PARTS.get((gvk.group, gvk.kind, subresource), (None, None))
    faults += check(obj) if check is not None else []
    return faults + (change(obj, old) if change is not None else [])


def validate_status_update(gvk: GroupVersionKind, obj: Object, old: Object) -> ErrorList:
    """The faults of a changed status: metadata, and the groups' rules about it."""
    faults = _metadata_update(gvk, obj, old, 2)
    check = _STATUS.get((gvk.group, gvk.kind))
    return faults + check(obj, old) if check is not None else faults


def _metadata_update(gvk: GroupVersionKind, obj: Object, old: Object, times: int) -> ErrorList:
    """Upstream looks at the metadata for itself, and again with the rest; each fault is told as often."""
    meta, before = obj.get("metadata") or {}, old.get("metadata") or {}
    own = validate_metadata(gvk, meta, names=False)
    return (validate_changed(meta, before) + own) * 2 + own * (times - 2)
