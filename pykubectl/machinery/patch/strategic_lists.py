"""Lists in strategic merge patches: what an entry is known by, how two lists become one, and in which order.

Source: apimachinery ``pkg/util/strategicpatch/patch.go`` (mergeSlice, normalizeElementOrder).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DIRECTIVE = "$patch"

MergeObjects = Callable[[dict[str, Any], dict[str, Any]], Any]


class StrategicPatchError(ValueError):
    """A patch that does not fit the schema or the object; the text is upstream's."""


def go_text(value: Any) -> str:
    """A value as Go's %v prints it."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{go_text(entry)}" for key, entry in sorted(value.items())) + "]"
    if isinstance(value, list):
        return "[" + " ".join(go_text(entry) for entry in value) + "]"
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)


def key_of(entry: Any, key: str) -> Any:
    """What an entry is known by: its merge key, or itself in a list of scalars. Raises StrategicPatchError."""
    if not key:
        return entry
    if not isinstance(entry, dict):
        kind = "slice" if isinstance(entry, list) else "string" if isinstance(entry, str) else type(entry).__name__
        raise StrategicPatchError(f"expected a map, but received a {kind}")
    if key not in entry:
        raise StrategicPatchError(f"map: {go_text(entry)} does not contain declared merge key: {key}")
    return entry[key]


def is_delete(entry: Any) -> bool:
    """An entry that says that its namesake goes."""
    return isinstance(entry, dict) and entry.get(DIRECTIVE) == "delete"


def unique(values: list[Any]) -> list[Any]:
    """Each scalar once."""
    result: list[Any] = []
    for value in values:
        if value not in result:
            result.append(value)
    return result


def merge_lists(
    old: list[Any], new: list[Any], key: str, merge: MergeObjects, added: Callable[[Any], Any]
) -> list[Any]:
    """A list patched with another; ``merge`` joins namesakes, ``added`` makes an entry of what has none.

    Entries of the patch stand in its order; entries that only the old list has keep their place before what followed.
    """
    if not key:
        if any(isinstance(entry, dict) for entry in (*old, *new)):
            raise StrategicPatchError("cannot merge lists without merge key")
        return ordered(unique([*old, *new]), old, new, "")
    kept, plain = _special_entries(old, new, key)
    result = list(kept)
    for entry in plain:
        value = key_of(entry, key)
        place = next((n for n, item in enumerate(result) if key_of(item, key) == value), None)
        if place is None:
            result.append(added(entry))
        else:
            result[place] = merge(result[place], entry)
    return ordered(result, kept, plain, key)


def _special_entries(old: list[Any], new: list[Any], key: str) -> tuple[list[Any], list[Any]]:
    """Both lists after the directives among the entries have done their work."""
    plain: list[Any] = []
    replaces = False
    for entry in new:
        if not isinstance(entry, dict):
            key_of(entry, key)
        directive = entry.get(DIRECTIVE)
        if directive is None:
            plain.append(entry)
        elif directive == "delete":
            value = key_of(entry, key)
            old = [item for item in old if key_of(item, key) != value]
        elif directive == "replace":
            replaces = True
        elif directive == "merge":
            raise StrategicPatchError("merging lists cannot yet be specified in the patch")
        else:
            raise unknown_directive(directive, entry)
    return (plain, []) if replaces else (old, plain)


def unknown_directive(directive: Any, patch: Any) -> StrategicPatchError:
    """The error for a ``$patch`` of another value."""
    return StrategicPatchError(f"unknown patch type: {go_text(directive)} in map: {go_text(patch)}")


def ordered(merged: list[Any], server: list[Any], order: list[Any], key: str) -> list[Any]:
    """Entries named in ``order`` stand in it; others keep their place relative to what stood around them."""
    wanted = [key_of(entry, key) for entry in order]
    before = [key_of(entry, key) for entry in server]
    named = _sorted([entry for entry in merged if key_of(entry, key) in wanted], wanted, key)
    others = _sorted([entry for entry in merged if key_of(entry, key) not in wanted], before, key)
    result: list[Any] = []
    while named and others:
        one, other = key_of(others[0], key), key_of(named[0], key)
        first = one in before and other in before and before.index(one) < before.index(other)
        result.append((others if first else named).pop(0))
    return [*result, *named, *others]


def _sorted(entries: list[Any], order: list[Any], key: str) -> list[Any]:
    """By the place in an order, deletions last."""
    places = {id(entry): _place(key_of(entry, key), order) for entry in entries}
    return sorted(entries, key=lambda entry: (bool(key) and is_delete(entry), places[id(entry)]))


def _place(value: Any, order: list[Any]) -> int:
    return order.index(value) if value in order else len(order)


def sort_like(entries: list[Any], order: list[Any], key: str) -> list[Any]:
    """Entries in the order of their namesakes in another list, deletions last."""
    return _sorted(entries, [key_of(entry, key) for entry in order], key)


def check_order(patch: list[Any], order: list[Any], key: str) -> None:
    """A patch's entries must stand in the order that the patch asks for. Raises StrategicPatchError."""
    if not patch or not order:
        return
    left = [entry for entry in patch if not (isinstance(entry, dict) and DIRECTIVE in entry)]
    for named in order:
        if left and key_of(left[0], key) == key_of(named, key):
            left.pop(0)
    if left:
        raise StrategicPatchError(
            f"The order in patch list:\n{go_text(patch)}\n doesn't match $setElementOrder list:\n{go_text(order)}\n"
        )
