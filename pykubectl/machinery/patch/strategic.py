"""Strategic merge patch: merge patch that knows lists.

Lists with a merge key are merged entry by entry, lists of scalars may be merged as sets. Directives: ``$patch``
(replace, delete, merge), ``$deleteFromPrimitiveList/<field>``, ``$setElementOrder/<field>``, ``$retainKeys``.
Source: apimachinery ``pkg/util/strategicpatch/patch.go``; creating patches is in `strategic_diff`.
"""

from __future__ import annotations

from typing import Any

from pykubectl.machinery.structural.types import Field, Type

Object = dict[str, Any]

DIRECTIVE = "$patch"
RETAIN_KEYS = "$retainKeys"
DELETE_FROM = "$deleteFromPrimitiveList"
ELEMENT_ORDER = "$setElementOrder"


class StrategicPatchError(ValueError):
    """A patch that does not fit the schema or the object; the text is upstream's."""


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
    directive = patch.get(DIRECTIVE)
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != DIRECTIVE}
    if directive == "delete":
        return {}
    if directive not in (None, "merge"):
        raise StrategicPatchError(f"Wrong value for special key {DIRECTIVE}")
    result = _retained(document, patch)
    orders: dict[str, list[Any]] = {}
    for name, value in patch.items():
        if name in (DIRECTIVE, RETAIN_KEYS):
            continue
        if name.startswith(f"{DELETE_FROM}/"):
            _delete_primitives(result, name.split("/", 1)[1], value)
        elif name.startswith(f"{ELEMENT_ORDER}/"):
            orders[name.split("/", 1)[1]] = value
        elif value is None:
            result.pop(name, None)
        else:
            result[name] = _merge_value(result.get(name), value, merging(type, name), name)
    for name, order in orders.items():
        if isinstance(result.get(name), list):
            how = merging(type, name)
            result[name] = _ordered(result[name], document.get(name) or [], order, how.key)
    return result


def _retained(document: Object, patch: Object) -> Object:
    if RETAIN_KEYS not in patch:
        return dict(document)
    keep = set(patch[RETAIN_KEYS])
    surplus = [k for k in patch if k not in keep and not k.startswith("$") and patch[k] is not None]
    if surplus:
        raise StrategicPatchError(f"{RETAIN_KEYS} list doesn't contain {surplus[0]}")
    return {key: value for key, value in document.items() if key in keep}


def _merge_value(old: Any, new: Any, how: Merging, name: str) -> Any:
    if isinstance(new, dict):
        if how.replaces:
            return without_directives(new)
        return _merge_object(old if isinstance(old, dict) else {}, new, how.type)
    if not isinstance(new, list):
        return new
    if not how.merges:
        return without_directives(new)
    existing = old if isinstance(old, list) else []
    if how.key:
        return _merge_list(existing, new, how, name)
    return [*existing, *(value for value in new if value not in existing)]


def _merge_list(old: list[Any], new: list[Any], how: Merging, name: str) -> list[Any]:
    if any(isinstance(entry, dict) and entry.get(DIRECTIVE) == "replace" for entry in new):
        return [without_directives(e) for e in new if not (e.get(DIRECTIVE) == "replace" and len(e) == 1)]
    result = list(old)
    for entry in new:
        if not isinstance(entry, dict):
            raise StrategicPatchError(f"expected a list of objects for {name}")
        if entry.get(DIRECTIVE) == "delete":
            key = _key_value(entry, how.key)
            result = [item for item in result if item.get(how.key) != key]
            continue
        key = _key_value(entry, how.key)
        place = next((n for n, item in enumerate(result) if item.get(how.key) == key), None)
        if place is None:
            result.append(_merge_object({}, entry, how.type))
        else:
            result[place] = _merge_object(result[place], entry, how.type)
    return result


def _key_value(entry: Object, key: str) -> Any:
    if key not in entry:
        text = f"map: {_go_map(entry)} does not contain declared merge key: {key}"
        raise StrategicPatchError(text)
    return entry[key]


def _go_map(value: Any) -> str:
    """A value as Go's %v prints it."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{k}:{_go_map(v)}" for k, v in sorted(value.items())) + "]"
    if isinstance(value, list):
        return "[" + " ".join(_go_map(v) for v in value) + "]"
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)


def without_directives(value: Any) -> Any:
    """A new value taken as it is, without what only a merge understands: nulls and directives."""
    if isinstance(value, dict):
        return {k: without_directives(v) for k, v in value.items() if v is not None and not k.startswith("$")}
    if isinstance(value, list):
        return [without_directives(v) for v in value if not (isinstance(v, dict) and v.get(DIRECTIVE) == "delete")]
    return value


def _delete_primitives(result: Object, name: str, values: list[Any]) -> None:
    existing = result.get(name)
    if isinstance(existing, list):
        left = [value for value in existing if value not in values]
        if left:
            result[name] = left
        else:
            result.pop(name)


def _ordered(merged: list[Any], server: list[Any], order: list[Any], key: str) -> list[Any]:
    """Entries named in the order stand in it; others keep their place relative to what stood around them.

    Source: ``normalizeElementOrder``.
    """

    def identity(entry: Any) -> Any:
        return entry.get(key) if key and isinstance(entry, dict) else entry

    wanted = [identity(entry) for entry in order]
    named = sorted((e for e in merged if identity(e) in wanted), key=lambda e: wanted.index(identity(e)))
    others = [e for e in merged if identity(e) not in wanted]
    before = [identity(entry) for entry in server]
    result: list[Any] = []
    while named and others:
        one, other = identity(others[0]), identity(named[0])
        # A server-only entry goes first where it stood before the next named one on the server.
        first = one in before and other in before and before.index(one) < before.index(other)
        result.append(others.pop(0) if first else named.pop(0))
    return [*result, *named, *others]
