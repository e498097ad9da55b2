"""PATCH: JSON patch, merge patch, strategic merge patch.

Source: apiserver ``pkg/endpoints/handlers/patch.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mini_server.apis.scheme import server_scheme
from mini_server.endpoints.decode import cannot_be_handled
from mini_server.endpoints.endpoint import Endpoint
from mini_server.endpoints.handlers.write import admitted, apply_update
from mini_server.endpoints.options import WriteOptions, write_options
from mini_server.endpoints.request import AnyResponse, Handler, Request
from pykubectl.machinery.codecs import json
from pykubectl.machinery.codecs.strict import StrictDecodingError, unknown_field
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
        patch_type = request.headers.get("content-type", "").split(";", 1)[0].strip()
        _check_type(patch_type)
        options = write_options(request, "PatchOptions")
        apply = patcher(patch_type, await request.body(), endpoint.type)

        async def transform(old: Object | None) -> Object:
            if old is None:
                raise new_not_found(endpoint.resource.group_resource, request.info.name)
            patched = _patched(endpoint, old, apply, options, request)
            _check_immutable_name(request, patched)
            return await admitted(endpoint, request, endpoint.stored(patched), old, options, subresource)

        return await apply_update(endpoint, request, transform, options, subresource)

    return handle


def _check_type(patch_type: str) -> None:
    if patch_type in (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH):
        return
    if patch_type == APPLY_PATCH:
        raise new_status_error(
            "UnsupportedMediaType", "server-side apply is not part of this version of the server", details={}
        )
    raise new_status_error("UnsupportedMediaType", "415: Unsupported Media Type", details={})


def patcher(patch_type: str, body: bytes, type: Type) -> Apply:
    """The function that applies a patch. Raises a bad-request StatusError on a body that is none."""
    if patch_type == JSON_PATCH:
        operations = _operations(body)
        return lambda obj: _json_patched(obj, operations)
    document = _document(body, patch_type)
    if patch_type == MERGE_PATCH:
        return lambda obj: merge.apply(obj, document)
    return _StrategicPatch(document, type)


@dataclass(frozen=True, slots=True)
class _StrategicPatch:
    """Applies a strategic merge patch."""

    document: Object
    type: Type

    def __call__(self, obj: Object) -> Object:
        return _strategic(obj, self.document, self.type)


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


def _operations(body: bytes) -> list[Object]:
    try:
        operations = json.loads(body)
    except json.JSONError as error:
        raise new_bad_request(f"error decoding patch: {error}") from None
    if not isinstance(operations, list):
        kind = json_type(operations)
        text = f"json: cannot unmarshal {kind} into Go value of type []handlers.jsonPatchOp"
        raise new_bad_request(f"error decoding patch: {text}")
    if len(operations) > MAX_OPERATIONS:
        text = f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {len(operations)}"
        raise new_status_error("RequestEntityTooLarge", f"Request entity too large: {text}")
    return operations


def _json_patched(obj: Object, operations: list[Object]) -> Object:
    try:
        patched = json_patch.apply(obj, operations)
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


def _patched(endpoint: Endpoint, old: Object, apply: Apply, options: WriteOptions, request: Request) -> Object:
    """The served object after the patch, as the schema has it, with defaults."""
    served = old if endpoint.conversion is None else endpoint.conversion.to_served(old)
    patched = apply(served)
    gvk = endpoint.resource.gvk
    unknown: list[str] = []
    try:
        result = normalize(patched, endpoint.type, unknown.append)
    except TypeMismatch as error:
        if isinstance(apply, _StrategicPatch):
            # A strategic merge makes objects of maps, without going through JSON.
            faults = [field.invalid("patch", go_value(apply.document), _not_restored(error))]
        else:
            faults = [field.invalid("patch", json.dumps(patched).decode(), str(error))]
        raise new_invalid(GroupKind("", ""), "", faults) from None
    fill_zero(result, endpoint.type)
    texts = [unknown_field(path) for path in unknown]
    if texts and options.field_validation == "Strict":
        shown = json.dumps(patched).decode()
        faults = [field.invalid("patch", shown, str(StrictDecodingError(texts)))]
        raise new_invalid(GroupKind("", ""), "", faults)
    if options.field_validation != "Ignore":
        for text in texts:
            request.warn(text)
    if (result.get("apiVersion"), result.get("kind")) != (gvk.api_version, gvk.kind):
        raise cannot_be_handled(gvk, gvk, "the patch changes apiVersion or kind")
    server_scheme().default(result, gvk)
    return result


def _check_immutable_name(request: Request, obj: Object) -> None:
    name = obj.get("metadata", {}).get("name", "")
    if name != request.info.name:
        text = f"the name of the object ({name}) does not match the name on the URL ({request.info.name})"
        raise new_bad_request(text)
