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
from pykubectl.machinery.structural.types import Type

Object = dict[str, Any]


class _Options(NamedTuple):
    """Which changes go into a patch, and whether it fixes the order of lists."""

    additions: bool = True
    deletions: bool = True
    order: bool = False
    retain: bool = False


class ApplyConflict(ValueError):
    """Somebody else changed what is to be changed."""


def create_two_way(original: Object, modified: Object, schema: Type | None) -> Object:
    """The patch that makes ``modified`` of ``original``."""
    return _diff(original, modified, schema, _Options(order=True, retain=True))


def create_three_way(
    original: Object, modified: Object, current: Object, schema: Type | None, *, overwrite: bool = True
) -> Object:
    """Additions and changes from ``current`` to ``modified``, deletions from ``original`` to ``modified``.

    Raises ApplyConflict where ``overwrite`` is False and the current object was changed in the same places.
    """
    delta = _diff(current, modified, schema, _Options(deletions=False, order=True))
    deletions = _diff(original, modified, schema, _Options(additions=False, order=True, retain=True))
    patch = _join(deletions, delta, schema)
    if not overwrite:
        changed = _diff(original, current, schema, _Options())
        if _conflicts(patch, changed):
            raise ApplyConflict("patch conflicts with changes made from original to current")
    return patch


def _diff(original: Object, modified: Object, type: Type | None, options: _Options) -> Object:
    patch: Object = {}
    for name, value in modified.items():
        if name not in original:
            if options.additions:
                patch[name] = value
            continue
        old = original[name]
        how = merging(type, name)
        if isinstance(value, dict) and isinstance(old, dict):
            _diff_object(patch, name, old, value, how, options)
        elif isinstance(value, list) and isinstance(old, list):
            _diff_list(patch, name, old, value, how, options)
        elif old != value and options.additions:
            patch[name] = value
    if options.deletions:
        patch.update({name: None for name in original if name not in modified})
    return patch


def _diff_object(patch: Object, name: str, old: Object, new: Object, how: Merging, options: _Options) -> None:
    if how.replaces:
        if old != new and options.additions:
            patch[name] = {**new, DIRECTIVE: "replace"}
        return
    inner = _diff(old, new, how.type, options)
    if how.retains and options.retain and (inner or old != new):
        inner[RETAIN_KEYS] = sorted(new)
    if inner:
        patch[name] = inner


def _diff_list(patch: Object, name: str, old: list[Any], new: list[Any], how: Merging, options: _Options) -> None:
    if not how.merges:
        if old != new and options.additions:
            patch[name] = new
        return
    if how.key:
        _diff_merged_list(patch, name, old, new, how, options)
    else:
        _diff_primitives(patch, name, old, new, options)


def _diff_primitives(patch: Object, name: str, old: list[Any], new: list[Any], options: _Options) -> None:
    added = [value for value in new if value not in old] if options.additions else []
    removed = [value for value in old if value not in new] if options.deletions else []
    if added:
        patch[name] = added
    if removed:
        patch[f"{DELETE_FROM}/{name}"] = removed
    if options.order and new and (added or removed or (options.additions and _reordered(old, new))):
        patch[f"{ELEMENT_ORDER}/{name}"] = new


def _reordered(old: list[Any], new: list[Any]) -> bool:
    return [value for value in old if value in new] != [value for value in new if value in old]


def _diff_merged_list(
    patch: Object, name: str, old: list[Any], new: list[Any], how: Merging, options: _Options
) -> None:
    key = how.key
    by_key = {entry.get(key): entry for entry in old}
    entries: list[Object] = []
    for entry in new:
        before = by_key.get(entry.get(key))
        if before is None:
            if options.additions:
                entries.append(entry)
            continue
        inner = _diff(before, entry, how.type, options)
        if inner:
            entries.append({**inner, key: entry.get(key)})
    wanted = [entry.get(key) for entry in new]
    gone = [value for value in by_key if value not in wanted] if options.deletions else []
    entries += [{DIRECTIVE: "delete", key: value} for value in gone]
    if entries:
        patch[name] = entries
    order_changed = options.additions and _reordered(list(by_key), wanted)
    if options.order and wanted and (entries or order_changed):
        patch[f"{ELEMENT_ORDER}/{name}"] = [{key: value} for value in wanted]


def _join(one: Object, other: Object, type: Type | None) -> Object:
    """Two patches as one; directives of both are kept."""
    result = dict(one)
    for name, value in other.items():
        if name not in result or name.startswith((ELEMENT_ORDER, RETAIN_KEYS, DIRECTIVE)):
            result[name] = value
        elif name.startswith(DELETE_FROM):
            result[name] = [*result[name], *(v for v in value if v not in result[name])]
        elif isinstance(value, dict) and isinstance(result[name], dict):
            result[name] = _join(result[name], value, merging(type, name).type)
        elif isinstance(value, list) and isinstance(result[name], list):
            result[name] = _join_lists(result[name], value, merging(type, name))
        else:
            result[name] = value
    return result


def _join_lists(one: list[Any], other: list[Any], how: Merging) -> list[Any]:
    if not how.merges or not how.key:
        return [*one, *(value for value in other if value not in one)] if how.merges else other
    result = list(one)
    for entry in other:
        place = next((n for n, e in enumerate(result) if e.get(how.key) == entry.get(how.key)), None)
        if place is None:
            result.append(entry)
        else:
            result[place] = _join(result[place], entry, how.type)
    return result


def _conflicts(one: Any, other: Any) -> bool:
    """Whether two patches change the same place differently."""
    if isinstance(one, dict) and isinstance(other, dict):
        shared = [k for k in one if k in other and not k.startswith("$")]
        return any(_conflicts(one[key], other[key]) for key in shared)
    if isinstance(one, list) and isinstance(other, list):
        return one != other and not all(isinstance(entry, dict) for entry in (*one, *other))
    return bool(one != other)
