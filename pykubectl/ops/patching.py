"""Patches that are applied here, without a server.

Source: kubectl ``pkg/cmd/patch/patch.go`` getPatchedJSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pykubectl.cli.errors import CommandError
from pykubectl.machinery import gojson
from pykubectl.machinery.codecs import json as json_codec
from pykubectl.machinery.patch import json as json_patch
from pykubectl.machinery.patch import merge, strategic
from pykubectl.machinery.structural.types import builtin
from pykubectl.machinery.structural.walk import json_type

if TYPE_CHECKING:
    from pykubectl.machinery.schema import GroupVersionKind

Object = dict[str, Any]


def patched(obj: Object, patch: bytes, kind: str, gvk: GroupVersionKind) -> Object:
    """The object with a patch of the kind json, merge or strategic. Raises CommandError."""
    try:
        found = _APPLY[kind](obj, patch, gvk)
    except ValueError as error:
        raise CommandError(str(error)) from None
    if not isinstance(found, dict):
        raise CommandError(f"json: cannot unmarshal {json_type(found)} into Go value of type unstructured.detector")
    if not found.get("kind"):
        raise CommandError(f"Object 'Kind' is missing in '{gojson.dumps(found)}'")
    return found


def _json(obj: Object, patch: bytes, gvk: GroupVersionKind) -> Any:
    return json_patch.apply(obj, json_codec.loads(patch))


def _merge(obj: Object, patch: bytes, gvk: GroupVersionKind) -> Any:
    try:
        wanted = json_codec.loads(patch)
    except ValueError:
        wanted = None
    if not isinstance(wanted, (dict, list)):
        raise CommandError("Invalid JSON Patch")
    return merge.apply(obj, wanted)


def _strategic(obj: Object, patch: bytes, gvk: GroupVersionKind) -> Any:
    schema = builtin().type_for(gvk)
    if schema is None:
        shown = f"{gvk.api_version}, Kind={gvk.kind}"
        raise CommandError(f"strategic merge patch is not supported for {shown} locally, try --type merge")
    try:
        wanted = json_codec.loads(patch)
    except ValueError:
        wanted = None
    if not isinstance(wanted, dict):
        raise CommandError("invalid JSON document")
    return strategic.apply(obj, wanted, schema)


_APPLY = {"json": _json, "merge": _merge, "strategic": _strategic}
