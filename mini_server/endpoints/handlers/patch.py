"""PATCH: JSON patch, merge patch, strategic merge patch.

Source: apiserver ``pkg/endpoints/handlers/patch.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mini_server.apis.scheme import server_scheme
from mini_server.endpoints.decode import unknown_conversion, unregistered
from mini_server.endpoints.endpoint import Endpoint
from mini_server.endpoints.handlers.write import admitted, apply_update
from mini_server.endpoints.options import WriteOptions, write_options
from mini_server.endpoints.request import MAX_BODY, AnyResponse, Handler, Request
from mini_server.registry import meta
from pykubectl.machinery.codecs import json
from pykubectl.machinery.codecs.duplicates import duplicate_fields
from pykubectl.machinery.codecs.serializer import interpret
from pykubectl.machinery.codecs.strict import StrictDecodingError, duplicate_field, unknown_field
from pykubectl.machinery.errors import StatusError, new_bad_request, new_invalid, new_not_found, new_status_error
from pykubectl.machinery.gostrings import go_kind, go_value
from pykubectl.machinery.patch import json as json_patch
from pykubectl.machinery.patch import merge, strategic
from pykubectl.machinery.schema import GroupKind
from pykubectl.machinery.structural.types import Type
from pykubectl.machinery.structural.walk import TypeMismatch, fill_zero, go_name, json_type, normalize
from pykubectl.machinery.validation import field

Object = dict[str, Any]
Apply = Callable[[Object], Object]

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"

MAX_OPERATIONS = 10000


def patch_handler(endpoint: Endpoint, subresource: str = "") -> Handler:
    """Changes parts of an object, or of its status."""

    async def handle(request: Request) -> AnyResponse:
        _check_type(request)
        options = write_options(request, "PatchOptions")
        patch = await read_patch(request, endpoint.type)

        async def transform(old: Object | None) -> Object:
            if old is None:
                raise new_not_found(endpoint.resource.group_resource, request.info.name)
            result = patched(endpoint, old, patch, options, request)
            _check_immutable_name(request, result)
            meta.ensure_namespace(result, request.info.namespace, namespaced=endpoint.resource.namespaced)
            return await admitted(endpoint, request, endpoint.stored(result), old, options, subresource)

        return await apply_update(endpoint, request, transform, options, subresource)

    return handle


def _patch_type(request: Request) -> str:
    return request.headers.get("content-type", "").split(";", 1)[0].strip()


def _check_type(request: Request) -> None:
    patch_type = _patch_type(request)
    if patch_type in (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH):
        return
    if patch_type == APPLY_PATCH:
        raise new_status_error(
            "UnsupportedMediaType", "server-side apply is not part of this version of the server", details={}
        )
    raise new_status_error("UnsupportedMediaType", "415: Unsupported Media Type", details={})


@dataclass(frozen=True, slots=True)
class Patch:
    """A patch that has been read.

    ``faults`` are what strict reading finds in it; ``document`` is the patch itself where it is a strategic merge.
    """

    apply: Apply
    faults: list[str]
    document: Object | None = None


async def read_patch(request: Request, type: Type) -> Patch:
    """The patch in a request's body. Raises a StatusError (400, 415) where there is none."""
    _check_type(request)
    patch_type, body = _patch_type(request), await request.body()
    if patch_type == JSON_PATCH:
        operations, faults = _operations(body)
        return Patch(lambda obj: _json_patched(obj, operations), faults)
    document = _document(body, patch_type)
    faults = [duplicate_field(path) for path in duplicate_fields(body, document)]
    if patch_type == MERGE_PATCH:
        return Patch(lambda obj: merge.apply(obj, document), faults)
    return Patch(lambda obj: _strategic(obj, document, type), faults, document)


_RESTORED = {"map": "cannot restore map from {}", "array": "cannot restore slice from {}"}


def _not_restored(error: TypeMismatch) -> str:
    """Source: apimachinery ``pkg/runtime/converter.go`` fromUnstructured."""
    if error.field is None:
        return str(error)
    if error.field.kind == "object":
        return f"cannot restore struct from: {go_kind(error.value)}"
    return _RESTORED.get(error.field.kind, f"unrecognized type: {go_name(error.field)}").format(go_kind(error.value))


def _document(body: bytes, patch_type: str) -> Object:
    prefix = "" if patch_type == STRATEGIC_PATCH else "error decoding patch: "
    try:
        document = json.loads(body)
    except json.JSONError as error:
        raise new_bad_request(f"{prefix}{error}") from None
    if document is None and patch_type == MERGE_PATCH:
        raise new_bad_request("Invalid JSON Patch")
    if document is None:
        return {}
    if not isinstance(document, dict):
        kind = json_type(document)
        text = f"json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"
        raise new_bad_request(f"{prefix}{text}")
    return document


_OPERATION_FIELDS = frozenset(("op", "path", "from", "value"))


def _operations(body: bytes) -> tuple[list[Object], list[str]]:
    try:
        operations = json.loads(body)
    except json.JSONError as error:
        raise new_bad_request(f"error decoding patch: {error}") from None
    if operations is None:
        return [], []
    if not isinstance(operations, list):
        kind = json_type(operations)
        text = f"json: cannot unmarshal {kind} into Go value of type []handlers.jsonPatchOp"
        raise new_bad_request(f"error decoding patch: {text}")
    if len(operations) > MAX_OPERATIONS:
        text = f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {len(operations)}"
        raise new_status_error("RequestEntityTooLarge", f"Request entity too large: {text}")
    faults = [duplicate_field(path) for path in duplicate_fields(body, operations)]
    for index, operation in enumerate(operations):
        if isinstance(operation, dict):
            faults += [unknown_field(f"[{index}].{name}") for name in operation if name not in _OPERATION_FIELDS]
    return operations, [f"json patch {fault}" for fault in faults]


def _json_patched(obj: Object, operations: list[Object]) -> Object:
    try:
        patched = json_patch.apply(obj, operations, MAX_BODY)
    except json_patch.PatchError as error:
        raise _unprocessable(str(error)) from None
    if not isinstance(patched, dict):
        raise _unprocessable("the result of the patch is not an object")
    return patched


def _strategic(obj: Object, document: Object, type: Type) -> Object:
    try:
        return strategic.apply(obj, document, type)
    except strategic.StrategicPatchError as error:
        raise _uninterpreted(str(error)) from None


# What clients are to blame for; what else goes wrong in a strategic merge patch upstream hands on as it is.
_BAD_PATCHES = frozenset(
    (
        "invalid JSON document",
        "invalid patch format of primitive list",
        "invalid patch format of retainKeys",
        "invalid patch format of setElementOrder list",
        "strategic merge patch format is not supported",
    )
)
_WRONG_CONTENT = frozenset(("lists of lists are not supported", "patch content doesn't match retainKeys list"))


def _uninterpreted(text: str) -> StatusError:
    """Source: interpretStrategicMergePatchError."""
    if text in _BAD_PATCHES:
        return new_bad_request(text)
    return _unprocessable(text) if text in _WRONG_CONTENT else new_status_error("", text, code=500)


def _unprocessable(text: str) -> StatusError:
    return new_status_error("Invalid", text, details={})


def patched(endpoint: Endpoint, old: Object, patch: Patch, options: WriteOptions, request: Request) -> Object:
    """The served object after the patch, as the schema has it, with defaults."""
    served = old if endpoint.conversion is None else endpoint.conversion.to_served(old)
    changed = patch.apply(served)
    gvk = endpoint.resource.gvk

    def refused(text: str) -> StatusError:
        shown = json.dumps(changed).decode() if patch.document is None else go_value(patch.document)
        return new_invalid(GroupKind("", ""), "", [field.invalid("patch", shown, text)])

    unknown: list[str] = []
    try:
        result = normalize(changed, endpoint.type, unknown.append)
    except TypeMismatch as error:
        # A strategic merge makes objects of maps, without going through JSON.
        raise refused(str(error) if patch.document is None else _not_restored(error)) from None
    try:
        actual = interpret(result)
    except ValueError as error:
        raise refused(str(error)) from None
    if actual != gvk:
        raise refused(unregistered(actual, gvk) or unknown_conversion(actual, gvk))
    fill_zero(result, endpoint.type)
    faults = [*patch.faults, *(unknown_field(path) for path in unknown)]
    if faults and options.field_validation == "Strict":
        raise refused(str(StrictDecodingError(faults)))
    if options.field_validation != "Ignore":
        for text in faults:
            request.warn(text)
    server_scheme().default(result, gvk)
    return result


def _check_immutable_name(request: Request, obj: Object) -> None:
    name = obj.get("metadata", {}).get("name", "")
    if name != request.info.name:
        text = f"the name of the object ({name}) does not match the name on the URL ({request.info.name})"
        raise new_bad_request(text)
