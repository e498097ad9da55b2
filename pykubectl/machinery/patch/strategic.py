"""Strategic merge patch: merge patch that knows lists.

Lists with a merge key are merged entry by entry, lists of scalars may be merged as sets. Directives: ``$patch``
(replace, delete), ``$deleteFromPrimitiveList/<field>``, ``$setElementOrder/<field>``, ``$retainKeys``.
Source: apimachinery ``pkg/util/strategicpatch/patch.go``; creating patches is in `strategic_diff`.
"""

from __future__ import annotations

from typing import Any

from pykubectl.machinery.gostrings import go_type
from pykubectl.machinery.patch.strategic_lists import (
    DIRECTIVE,
    StrategicPatchError,
    check_order,
    merge_lists,
    ordered,
    unknown_directive,
)
from pykubectl.machinery.structural.types import Field, Type

__all__ = ["DIRECTIVE", "Merging", "StrategicPatchError", "apply", "merging"]

Object = dict[str, Any]

RETAIN_KEYS = "$retainKeys"
DELETE_FROM = "$deleteFromPrimitiveList"
ELEMENT_ORDER = "$setElementOrder"

_DROPPED = object()


class Merging:
    """How a field's value is merged: its inner type, and for lists the merge key or whether they are sets."""

    __slots__ = ("key", "merges", "replaces", "retains", "type")

    def __init__(self, field: Field | None) -> None:
        strategies = () if field is None else field.patch_strategy
        self.key = "" if field is None else field.merge_key
        self.merges = "merge" in strategies
        self.replaces = "replace" in strategies
        self.retains = "retainKeys" in strategies
        inner = None if field is None else field.element if field.kind in ("array", "map") else field
        self.type: Type | None = None if inner is None else inner.type


def merging(type: Type | None, name: str) -> Merging:
    """For a field of a type; of unknown ones lists are replaced and objects merged."""
    return Merging(None if type is None else type.fields.get(name))


def apply(document: Object, patch: Object, schema: Type | None) -> Object:
    """A new document with the patch applied; the old one stays as it is. Raises StrategicPatchError."""
    return _merge_object(document, patch, schema)


def _merge_object(document: Object, patch: Object, type: Type | None) -> Object:
    if DIRECTIVE in patch:
        return _by_directive(patch)
    result = _retained(document, patch)
    orders: dict[str, list[Any]] = {}
    for name, value in patch.items():
        if name == RETAIN_KEYS:
            continue
        if name.startswith(f"{DELETE_FROM}/"):
            _delete_primitives(result, name.split("/", 1)[1], value)
        elif name.startswith(f"{ELEMENT_ORDER}/"):
            orders[name.split("/", 1)[1]] = value
        elif value is None:
            result.pop(name, None)
        else:
            _merge_field(result, name, value, merging(type, name))
    for name, order in orders.items():
        _order_field(result, document, patch, name, order, merging(type, name).key)
    return result


def _by_directive(patch: Object) -> Object:
    directive = patch[DIRECTIVE]
    if directive == "replace":
        return {name: value for name, value in patch.items() if name != DIRECTIVE}
    if directive == "delete":
        return {}
    raise unknown_directive(directive, patch)


def _retained(document: Object, patch: Object) -> Object:
    if RETAIN_KEYS not in patch:
        return dict(document)
    keep = patch[RETAIN_KEYS]
    if not isinstance(keep, list):
        raise StrategicPatchError("invalid patch format of retainKeys")
    for name, value in patch.items():
        marked = name == RETAIN_KEYS or name.startswith((f"{DELETE_FROM}/", f"{ELEMENT_ORDER}/"))
        if not marked and value is not None and name not in keep:
            raise StrategicPatchError("invalid patch format of retainKeys")
    return {name: value for name, value in document.items() if name in keep}


def _merge_field(result: Object, name: str, new: Any, how: Merging) -> None:
    old = result.get(name)
    if type(old) is not type(new):
        value = added(new)
        if value is _DROPPED:
            result.pop(name, None)
        else:
            result[name] = value
    elif isinstance(new, dict):
        result[name] = new if how.replaces else _merge_object(old or {}, new, how.type)
    elif isinstance(new, list) and how.merges:
        result[name] = merge_lists(
            old or [], new, how.key, lambda one, other: _merge_object(one, other, how.type), _added_entry
        )
    else:
        result[name] = new


def added(value: Any) -> Any:
    """What a patch adds where nothing was: without nulls and directives; what carries ``$patch`` is dropped."""
    if isinstance(value, dict):
        if DIRECTIVE in value:
            return _DROPPED
        entries = ((name, added(entry)) for name, entry in value.items() if entry is not None and name[:1] != "$")
        return {name: entry for name, entry in entries if entry is not _DROPPED}
    if isinstance(value, list):
        return [entry for entry in map(added, value) if entry is not _DROPPED]
    return value


def _added_entry(value: Any) -> Any:
    entry = added(value)
    return {} if entry is _DROPPED else entry


def _delete_primitives(result: Object, name: str, values: list[Any]) -> None:
    existing = result.get(name)
    if isinstance(existing, list):
        result[name] = [value for value in existing if value not in values]


def _order_field(result: Object, document: Object, patch: Object, name: str, order: Any, key: str) -> None:
    if not isinstance(order, list):
        raise StrategicPatchError(f"expected a []interface {{}}, but received a {go_type(order)}")
    listed = patch.get(name)
    if isinstance(listed, list):
        check_order(listed, order, key)
    if isinstance(result.get(name), list) and (document.get(name) is not None):
        result[name] = ordered(result[name], document.get(name) or [], order, key)
