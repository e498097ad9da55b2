"""Validation of the built-in kinds: metadata for all, and the groups' ``validation`` modules for what they know.

Source: apimachinery ``pkg/api/validation/objectmeta.go``, kubernetes ``pkg/apis/*/validation``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mini_server.apis.core import validation as core
from mini_server.apis.extensions import validation as extensions
from mini_server.apis.metadata import validate_metadata
from mini_server.apis.workloads import validation as workloads
from pykubectl.machinery.schema import GroupVersionKind
from pykubectl.machinery.validation.field import ErrorList

Object = dict[str, Any]
Validate = Callable[[Object], ErrorList]
ValidateUpdate = Callable[[Object, Object], ErrorList]

_CREATE: dict[tuple[str, str], Validate] = {**core.CREATE, **workloads.CREATE, **extensions.CREATE}
_UPDATE: dict[tuple[str, str], ValidateUpdate] = {**core.UPDATE, **workloads.UPDATE, **extensions.UPDATE}
_STATUS: dict[tuple[str, str], Validate] = {**core.STATUS}
# Kinds whose faults as such come behind those of the change, not before.
_CHANGES_FIRST = frozenset((("", "Pod"), ("", "Service"), ("", "Secret"), ("", "ConfigMap")))


def validate_create(gvk: GroupVersionKind, obj: Object) -> ErrorList:
    """The faults of a new object, in upstream's order."""
    faults = validate_metadata(gvk, obj.get("metadata") or {})
    check = _CREATE.get((gvk.group, gvk.kind))
    return faults + check(obj) if check is not None else faults


def validate_update(gvk: GroupVersionKind, obj: Object, old: Object) -> ErrorList:
    """The faults of a changed object; the metadata that must not change is checked by the registry."""
    faults = validate_metadata(gvk, obj.get("metadata") or {}, names=False)
    key = (gvk.group, gvk.kind)
    changed = _UPDATE[key](obj, old) if key in _UPDATE else []
    if key not in _CREATE:
        return faults + changed
    if key in _CHANGES_FIRST:
        faults += changed
        return faults + [fault for fault in _CREATE[key](obj) if fault not in faults]
    faults += [fault for fault in _CREATE[key](obj) if fault not in faults and fault not in changed]
    return faults + changed


def validate_status_update(gvk: GroupVersionKind, obj: Object, old: Object) -> ErrorList:
    """The faults of a changed status: metadata, and the groups' rules about it."""
    faults = validate_metadata(gvk, obj.get("metadata") or {}, names=False)
    check = _STATUS.get((gvk.group, gvk.kind))
    return faults + check(obj) if check is not None else faults
