"""JSON patch (RFC 6902) as the API server applies it.

Source: ``github.com/evanphx/json-patch`` v4. It is laxer than the RFC: ``replace`` and ``test`` of a key that an object
does not have count as null, negative indices count from the end; its texts are kept. Patches are made by the jsonpatch
library.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pykubectl.machinery.codecs.json import dumps

Object = Any
Operation = dict[str, Any]

_MISSING = "missing value"
_INVALID_INDEX = "invalid index referenced"
_TEST_FAILED = "test failed"


class PatchError(ValueError):
    """A patch that cannot be applied; the text says why."""


@dataclass(slots=True)
class _Work:
    """The document as it is changed, and how many bytes of JSON have been copied in it."""

    root: Object
    copy_limit: int
    copied: int = 0


def apply(document: Object, operations: Any, copy_limit: int = 0) -> Object:
    """A new document with the operations applied; the old one stays as it is. Raises PatchError.

    ``copy_limit``: how many bytes of JSON ``copy`` may add in all, without which a short patch could make a document of
    any size; 0 for no limit.
    """
    if not isinstance(operations, list):
        raise PatchError(f"json: cannot unmarshal {_json_type(operations)} into Go value of type jsonpatch.Patch")
    work = _Work(copy.deepcopy(document), copy_limit)
    for operation in operations:
        if not isinstance(operation, dict):
            raise PatchError(
                f"json: cannot unmarshal {_json_type(operation)} into Go value of type jsonpatch.Operation"
            )
        kind = operation.get("op", "unknown")
        perform = _OPERATIONS.get(kind) if isinstance(kind, str) else None
        if perform is None:
            raise PatchError(f"Unexpected kind: {kind}")
        perform(work, operation)
    return work.root


def create(original: Object, modified: Object) -> list[Operation]:
    """Operations that make ``modified`` of ``original``."""
    import jsonpatch

    return list(jsonpatch.make_patch(original, modified).patch)


def _add(work: _Work, operation: Operation) -> None:
    path = _path(operation, "path", "add")
    container, key = _find(work.root, path)
    if container is None:
        raise PatchError(f'add operation does not apply: doc is missing path: "{path}": {_MISSING}')
    _insert(container, key, operation.get("value"), f"error in add for path: '{path}'")


def _remove(work: _Work, operation: Operation) -> None:
    path = _path(operation, "path", "remove")
    container, key = _find(work.root, path)
    if container is None:
        raise PatchError(f'remove operation does not apply: doc is missing path: "{path}": {_MISSING}')
    _delete(container, key, f"error in remove for path: '{path}'")


def _replace(work: _Work, operation: Operation) -> None:
    path = _path(operation, "path", "replace")
    if not path:
        work.root = operation.get("value")
        return
    container, key = _find(work.root, path)
    if container is None:
        raise PatchError(f"replace operation does not apply: doc is missing path: {path}: {_MISSING}")
    if isinstance(container, dict):
        container[key] = operation.get("value")
        return
    try:
        container[_index(container, key, "")] = operation.get("value")
    except PatchError:
        raise PatchError(f"replace operation does not apply: doc is missing key: {path}: {_MISSING}") from None


def _move(work: _Work, operation: Operation) -> None:
    origin = _path(operation, "from", "move")
    container, key = _find(work.root, origin)
    if container is None:
        raise PatchError(f"move operation does not apply: doc is missing from path: {origin}: {_MISSING}")
    value = _get(container, key, f"error in move for path: '{key}'")
    _delete(container, key, f"error in move for path: '{key}'")
    _put(work, operation, "move", value)


def _copy(work: _Work, operation: Operation) -> None:
    origin = _path(operation, "from", "copy")
    container, key = _find(work.root, origin)
    if container is None:
        raise PatchError(f"copy operation does not apply: doc is missing from path: {origin}: {_MISSING}")
    value = _get(container, key, f"error in copy for from: '{key}'")
    work.copied += len(dumps(value))
    if 0 < work.copy_limit < work.copied:
        raise PatchError(
            "Unable to complete the JSON Patch copy operation, the accumulated size increase of copy operations is "
            f"{work.copied}, exceeding the limit {work.copy_limit}"
        )
    _put(work, operation, "copy", copy.deepcopy(value))


def _put(work: _Work, operation: Operation, kind: str, value: Any) -> None:
    path = _path(operation, "path", kind)
    container, key = _find(work.root, path)
    if container is None:
        raise PatchError(f"{kind} operation does not apply: doc is missing destination path: {path}: {_MISSING}")
    _insert(container, key, value, f"error in {kind} for path: '{path}'")


def _test(work: _Work, operation: Operation) -> None:
    path = _path(operation, "path", "test")
    found = work.root
    if path:
        container, key = _find(work.root, path)
        if container is None:
            raise PatchError(f"test operation does not apply: is missing path: {path}: {_MISSING}")
        found = _get(container, key, f"error in test for path: '{path}'")
    if not _equal(found, operation.get("value")):
        raise PatchError(f"testing value {path} failed: {_TEST_FAILED}")


_OPERATIONS: dict[str, Callable[[_Work, Operation], None]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}


def _path(operation: Operation, field: str, kind: str) -> str:
    path = operation.get(field)
    if not isinstance(path, str):
        raise PatchError(f"{kind} operation failed to decode {field}: {_MISSING}")
    return path


def _find(document: Any, path: str) -> tuple[Any, str]:
    """The object or list that a path ends in, None where there is none, and the last part."""
    first, *parts = path.split("/")
    if not parts:
        return None, first
    parts = [part.replace("~1", "/").replace("~0", "~") for part in parts]
    for part in parts[:-1]:
        try:
            document = _get(document, part, "") if isinstance(document, (dict, list)) else None
        except PatchError:
            return None, ""
    return (document if isinstance(document, (dict, list)) else None), parts[-1]


def _get(container: Any, key: str, context: str) -> Any:
    return container.get(key) if isinstance(container, dict) else container[_index(container, key, context)]


def _insert(container: Any, key: str, value: Any, context: str) -> None:
    if isinstance(container, dict):
        container[key] = value
    elif key == "-":
        container.append(value)
    else:
        try:
            place = int(key)
        except ValueError:
            raise PatchError(f"{context}: value was not a proper array index: '{key}': {_no_number(key)}") from None
        size = len(container) + 1
        if not -size <= place < size:
            raise PatchError(f"{context}: Unable to access invalid index: {place}: {_INVALID_INDEX}")
        container.insert(place + size if place < 0 else place, value)


def _delete(container: Any, key: str, context: str) -> None:
    if isinstance(container, dict) and key not in container:
        raise PatchError(f"{context}: Unable to remove nonexistent key: {key}: {_MISSING}")
    del container[key if isinstance(container, dict) else _index(container, key, context)]


def _index(container: list[Any], key: str, context: str) -> int:
    try:
        place = int(key)
    except ValueError:
        raise PatchError(f"{context}: {_no_number(key)}") from None
    if not -len(container) <= place < len(container):
        raise PatchError(f"{context}: Unable to access invalid index: {place}: {_INVALID_INDEX}")
    return place


def _no_number(key: str) -> str:
    return f'strconv.Atoi: parsing "{key}": invalid syntax'


def _equal(one: Any, other: Any) -> bool:
    """Equal as JSON: a boolean is no number."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _json_type(value: Any) -> str:
    if isinstance(value, dict):
        return "object"
    if isinstance(value, bool):
        return "bool"
    return {str: "string", int: "number", float: "number", list: "array"}.get(type(value), "null")
