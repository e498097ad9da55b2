"""JSON merge patch (RFC 7386).

Source of the three-way form: apimachinery ``pkg/util/jsonmergepatch/patch.go``.
"""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]


def apply(document: Any, patch: Any) -> Any:
    """A new document: objects are merged, null removes, everything else replaces.

    Objects within lists lose their nulls as well, as ``evanphx/json-patch`` does it.
    """
    if isinstance(patch, list):
        return [apply({}, entry) if isinstance(entry, (dict, list)) else entry for entry in patch]
    if not isinstance(patch, dict):
        return patch
    result = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = apply(result.get(key), value)
    return result


def create(original: Object, modified: Object) -> Object:
    """The patch that makes ``modified`` of ``original``."""
    patch: Object = {key: None for key in original if key not in modified}
    for key, value in modified.items():
        if key not in original:
            patch[key] = value
        elif isinstance(value, dict) and isinstance(original[key], dict):
            if inner := create(original[key], value):
                patch[key] = inner
        elif value != original[key]:
            patch[key] = value
    return patch


def three_way(original: Object, modified: Object, current: Object) -> Object:
    """Additions and changes from ``current`` to ``modified``, deletions from ``original`` to ``modified``."""
    changes = _keep(create(current, modified), deletions=False)
    deletions = _keep(create(original, modified), deletions=True)
    return _merge(changes, deletions)


def _keep(patch: Object, *, deletions: bool) -> Object:
    """The part of a patch that deletes, or the part that does not."""
    result: Object = {}
    for key, value in patch.items():
        if isinstance(value, dict):
            inner = _keep(value, deletions=deletions)
            if inner or (not deletions and not value):
                result[key] = inner
        elif (value is None) == deletions:
            result[key] = value
    return result


def _merge(one: Object, other: Object) -> Object:
    """Both patches as one; here null is a value."""
    result = dict(one)
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = _merge(result[key], value)
        else:
            result.setdefault(key, value)
    return result
