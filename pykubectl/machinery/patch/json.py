"""JSON patch (RFC 6902), by way of the jsonpatch library."""

from __future__ import annotations

from typing import Any

Object = Any


class PatchError(ValueError):
    """A patch that cannot be applied; the text says why."""


def apply(document: Object, operations: list[dict[str, Any]]) -> Object:
    """A new document with the operations applied; the old one stays as it is. Raises PatchError.

    An ``add`` or ``replace`` creates no missing parents, ``remove`` of something absent fails, and ``test`` of a value
    that differs fails, as the API server does it.
    """
    import jsonpatch
    from jsonpointer import JsonPointerException

    try:
        return jsonpatch.JsonPatch(operations).apply(document)
    except jsonpatch.JsonPatchTestFailed as error:
        raise PatchError(_one_line(error)) from None
    except (jsonpatch.JsonPatchException, JsonPointerException, KeyError, TypeError, ValueError) as error:
        raise PatchError(_one_line(error)) from None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
