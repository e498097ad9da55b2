"""Creating strategic merge patches, two-way and three-way.

Source: apimachinery ``pkg/util/strategicpatch/patch.go`` (CreateTwoWayMergePatch, CreateThreeWayMergePatch).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pykubectl.machinery.patch.strategic import (
    DELETE_FROM,
    DIRECTIVE,
    ELEMENT_ORDER,
    RETAIN_KEYS,
    Merging,
    merging,
)
from pykubectl.machinery.patch.strategic_lists import (
    StrategicPatchError,
    check_order,
    go_text,
    key_of,
    merge_lists,
    ordered,
    sort_like,
    unique,
    unknown_directive,
)
from pykubectl.machinery.structural.types import Type

Object = dict[str, Any]


class _Options(NamedTuple):
    """Which changes go into a patch, and whether it fixes the order of lists."""

    additions: bool = True
    deletions: bool = True
    order: bool = False


class ApplyConflict(ValueError):
    """Somebody else changed what is to be changed."""


def create_two_way(original: Object, modified: Object, schema: Type | None) -> Object:
    """The patch that makes ``modified`` of ``original``. Raises StrategicPatchError for entries without merge key."""
    return _diff(original, modified, schema, _Options(order=True))


def create_three_way(
    original: Object, modified: Object, current: Object, schema: Type | None, *, overwrite: bool = True
) -> Object:
    """Additions and changes from ``current`` to ``modified``, deletions from ``original`` to ``modified``.

    Raises ApplyConflict where ``overwrite`` is False and the current object was changed in the same places.
    """
    delta = _diff(current, modified, schema, _Options(deletions=False, order=True))
    deletions = _diff(original, modified, schema, _Options(additions=False, order=True))
    patch = _join(deletions, delta, schema)
    if not overwrite:
        changed = _diff(original, current, schema, _Options())
        if _objects_conflict(patch, changed, schema):
            from pykubectl.machinery.codecs import yaml

            raise ApplyConflict(
                f"patch:\n{yaml.dumps(patch)}\nconflicts with changes made from original to current:\n"
                f"{yaml.dumps(changed)}\n"
            )
    return patch


def _diff(
    original: Object, modified: Object, schema: Type | None, options: _Options, *, retain: bool = False
) -> Object:
    patch: Object = {}
    for name, value in modified.items():
        old = original.get(name)
        if name in original and name == DIRECTIVE:
            if value != old:
                patch[name] = value
        elif name not in original or type(old) is not type(value):
            if options.additions:
                patch[name] = value
        elif isinstance(value, dict):
            _diff_object(patch, name, original[name], value, merging(schema, name), options)
        elif isinstance(value, list):
            _diff_list(patch, name, original[name], value, merging(schema, name), options)
        elif options.additions and old != value:
            patch[name] = value
    if options.deletions:
        patch.update({name: None for name in original if name not in modified})
    if retain:
        keep = sorted(name for name, value in modified.items() if value is not None)
        surplus = any(value is not None and name not in modified for name, value in original.items())
        if keep and (patch or surplus):
            patch[RETAIN_KEYS] = keep
    return patch


def _diff_object(patch: Object, name: str, old: Object, new: Object, how: Merging, options: _Options) -> None:
    if how.replaces:
        if options.additions:
            patch[name] = new
    elif inner := _diff(old, new, how.type, options, retain=how.retains):
        patch[name] = inner


def _diff_list(patch: Object, name: str, old: list[Any], new: list[Any], how: Merging, options: _Options) -> None:
    if not how.merges:
        if options.additions and old != new:
            patch[name] = new
    elif not old:
        if options.additions and new:
            patch[name] = new
    elif isinstance(old[0], dict):
        _diff_entries(patch, name, old, new, how, options)
    else:
        _diff_scalars(patch, name, old, new, options)


def _diff_scalars(patch: Object, name: str, old: list[Any], new: list[Any], options: _Options) -> None:
    """Lists as bags: what one has more of than the other."""
    added, removed = list(new), []
    for value in old:
        if value in added:
            added.remove(value)
        else:
            removed.append(value)
    if added and options.additions:
        patch[name] = sort_like(added, new, "")
    if removed and options.deletions:
        patch[f"{DELETE_FROM}/{name}"] = unique(sorted(removed, key=go_text))
    changed = (options.deletions and removed) or (options.additions and old != new)
    if options.order and changed and new:
        patch[f"{ELEMENT_ORDER}/{name}"] = new


def _diff_entries(patch: Object, name: str, old: list[Any], new: list[Any], how: Merging, options: _Options) -> None:
    key = how.key
    if not key:
        raise StrategicPatchError("cannot merge lists without merge key")
    changes, gone = _compare_entries(old, new, how, options)
    entries = [*sort_like(changes, new, key), *gone]
    if entries:
        patch[name] = entries
    same_order = [key_of(entry, key) for entry in old] == [key_of(entry, key) for entry in new]
    changed = (options.additions and (entries or not same_order)) or (options.deletions and entries)
    if options.order and changed and new:
        patch[f"{ELEMENT_ORDER}/{name}"] = [{key: key_of(entry, key)} for entry in new]


def _compare_entries(
    old: list[Any], new: list[Any], how: Merging, options: _Options
) -> tuple[list[Object], list[Object]]:
    """Changed and new entries, and directives for those that are gone; both lists are walked by their keys' texts."""
    key = how.key

    def name(entry: Any) -> str:
        return go_text(key_of(entry, key))

    left, right = sorted(old, key=name), sorted(new, key=name)
    changes: list[Object] = []
    gone: list[Object] = []
    while left or right:
        if left and right and name(left[0]) == name(right[0]):
            before, after = left.pop(0), right.pop(0)
            if inner := _diff(before, after, how.type, options, retain=how.retains):
                changes.append({**inner, key: after[key]})
        elif not left or (right and name(left[0]) > name(right[0])):
            entry = right.pop(0)
            if options.additions:
                changes.append(entry)
        else:
            entry = left.pop(0)
            if options.deletions:
                gone.append({key: entry[key], DIRECTIVE: "delete"})
    return changes, gone


def _join(one: Object, other: Object, schema: Type | None) -> Object:
    """A patch of deletions and one of changes as one; directives of both are kept."""
    if DIRECTIVE in other:
        return _joined_by_directive(other)
    result = dict(one)
    rest = dict(other)
    if RETAIN_KEYS in rest:
        keep = rest.pop(RETAIN_KEYS)
        if result.setdefault(RETAIN_KEYS, keep) != keep:
            raise StrategicPatchError(
                f"{go_text(result[RETAIN_KEYS])} and {go_text(keep)} are not deep equal: "
                "this may happen when calculating the 3-way diff patch"
            )
    for directive in [name for name in rest if name.startswith(f"{ELEMENT_ORDER}/")]:
        _join_ordered(result, rest, directive, schema)
    for name, value in rest.items():
        _join_field(result, name, value, schema)
    return result


def _joined_by_directive(patch: Object) -> Object:
    if patch[DIRECTIVE] == "replace":
        return {name: value for name, value in patch.items() if name != DIRECTIVE}
    if patch[DIRECTIVE] == "delete":
        return {}
    raise unknown_directive(patch[DIRECTIVE], patch)


def _join_field(result: Object, name: str, value: Any, schema: Type | None) -> None:
    if value is None or name.startswith(f"{DELETE_FROM}/"):
        result[name] = value
        return
    old = result.get(name)
    how = merging(schema, name)
    if type(old) is not type(value):
        cleaned = _undirected(value)
        if cleaned is None:
            result.pop(name, None)
        else:
            result[name] = cleaned
    elif isinstance(value, dict) and isinstance(old, dict):
        result[name] = value if how.replaces else _join(old, value, how.type)
    elif isinstance(value, list) and isinstance(old, list):
        result[name] = _join_lists(old, value, how) if how.merges else value
    else:
        result[name] = value


def _join_lists(one: list[Any], other: list[Any], how: Merging) -> list[Any]:
    return merge_lists(one, other, how.key, lambda left, right: _join(left, right, how.type), lambda entry: entry)


def _join_ordered(result: Object, rest: Object, directive: str, schema: Type | None) -> None:
    """Lists whose order a patch fixes: joined, and put in that order."""
    order = rest.pop(directive)
    if result.setdefault(directive, order) != order:
        raise StrategicPatchError("invalid patch format of setElementOrder list")
    name = directive.split("/", 1)[1]
    how = merging(schema, name)
    before, listed = result.get(name), rest.pop(name, None)
    if listed is not None:
        check_order(listed, order, how.key)
    if before is not None and listed is not None:
        joined = _join_lists(before, listed, how) if how.merges else listed
    else:
        joined = before if listed is None else _undirected(listed)
    if joined is not None:
        result[name] = ordered(joined, before or [], order, how.key)


def _undirected(value: Any) -> Any:
    """A value without the objects that carry ``$patch``; None where it is one."""
    if isinstance(value, dict):
        if DIRECTIVE in value:
            return None
        cleaned = ((name, entry, _undirected(entry)) for name, entry in value.items())
        return {name: new for name, entry, new in cleaned if new is not None or entry is None}
    if isinstance(value, list):
        return [_undirected(entry) for entry in value if not (isinstance(entry, dict) and DIRECTIVE in entry)]
    return value


def _objects_conflict(one: Object, other: Object, schema: Type | None) -> bool:
    """Whether two patches change the same place differently."""
    return any(
        _values_conflict(value, other[name], merging(schema, name))
        for name, value in one.items()
        if name in other and name not in (DIRECTIVE, RETAIN_KEYS)
    )


def _values_conflict(one: Any, other: Any, how: Merging) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        if one.get(DIRECTIVE) != other.get(DIRECTIVE):
            return True
        return not how.replaces and _objects_conflict(one, other, how.type)
    if isinstance(one, list) and isinstance(other, list):
        return _lists_conflict(one, other, how)
    return bool(one != other)


def _lists_conflict(one: list[Any], other: list[Any], how: Merging) -> bool:
    objects = any(isinstance(entry, dict) for entry in (*one, *other))
    inner = Merging(None)
    inner.type = how.type
    if how.merges:
        if not objects:
            return False
        named = {go_text(key_of(entry, how.key)): entry for entry in other}
        pairs = [(entry, named[key]) for entry in one if (key := go_text(key_of(entry, how.key))) in named]
        return any(_values_conflict(left, right, inner) for left, right in pairs)
    if len(one) != len(other):
        return True
    if not objects:
        one, other = sorted(one, key=go_text), sorted(other, key=go_text)
    return any(_values_conflict(left, right, inner) for left, right in zip(one, other))
