"""Bodies to objects: parse, check kind, drop and report what the schema does not know.

Source: apimachinery ``pkg/runtime/serializer``, apiserver ``pkg/endpoints/handlers/create.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mini_server.endpoints.negotiation import YAML, body_type
from mini_server.endpoints.request import Request
from pykubectl.machinery.codecs import json
from pykubectl.machinery.errors import StatusError, new_bad_request
from pykubectl.machinery.gostrings import quote
from pykubectl.machinery.schema import GroupVersionKind
from pykubectl.machinery.structural.types import Type
from pykubectl.machinery.structural.walk import TypeMismatch, fill_zero, json_type, normalize

Object = dict[str, Any]

_GO_STRUCT = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'


async def decode_body(request: Request, gvk: GroupVersionKind, type: Type, field_validation: str) -> Object:
    """The object in a request's body, as the API's own kind. Raises a StatusError (400, 415)."""
    media_type = body_type(request)
    body = await request.body()
    faults: list[str] = []
    raw = _parse(body, media_type, gvk, faults if field_validation != "Ignore" else None)
    obj = as_kind(raw, gvk, body)
    return conform(obj, gvk, type, field_validation, request.warn, faults)


def conform(
    obj: Object,
    gvk: GroupVersionKind,
    type: Type,
    field_validation: str,
    warn: Callable[[str], None],
    faults: list[str],
) -> Object:
    """The object as the schema has it; unknown fields refuse it (Strict), are warned of (Warn), or pass (Ignore)."""
    unknown = None if field_validation == "Ignore" else lambda path: faults.append(f"unknown field {quote(path)}")
    try:
        result = normalize(obj, type, unknown)
    except TypeMismatch as error:
        raise cannot_be_handled(gvk, gvk, str(error)) from None
    fill_zero(result, type)
    if faults and field_validation == "Strict":
        raise cannot_be_handled(gvk, gvk, "strict decoding error: " + ", ".join(dict.fromkeys(faults)))
    for fault in faults:
        warn(fault.removeprefix("yaml: unmarshal errors:\n  "))
    return result


def _parse(body: bytes, media_type: str, gvk: GroupVersionKind, faults: list[str] | None) -> Any:
    if media_type == YAML:
        return _parse_yaml(body, gvk, faults)
    try:
        raw = json.loads(body)
    except json.JSONError as error:
        raise _unrecognized(gvk, f"couldn't get version/kind; json parse error: {error}", body) from None
    if faults is not None:
        # Duplicate keys are rare: only a body with as many colons as keys twice over is worth a slow look.
        from pykubectl.machinery.codecs.duplicates import duplicate_fields

        faults += [f"duplicate field {quote(path)}" for path in duplicate_fields(body, raw)]
    return raw


def _parse_yaml(body: bytes, gvk: GroupVersionKind, faults: list[str] | None) -> Any:
    from pykubectl.machinery.codecs import yaml

    try:
        documents = list(yaml.load_all(body.decode()))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _unrecognized(gvk, f"yaml: {str(error).removeprefix('yaml: ')}", body) from None
    if not documents:
        return None
    return documents[0]


def as_kind(raw: Any, gvk: GroupVersionKind, body: bytes) -> Object:
    """Fills in what a body leaves out of apiVersion and kind; refuses another kind."""
    if raw is None:
        raw = {}
    if not isinstance(raw, dict):
        text = f"json: cannot unmarshal {json_type(raw)} into Go value of type {_GO_STRUCT}"
        raise _unrecognized(gvk, f"couldn't get version/kind; json parse error: {text}", body)
    for name in ("apiVersion", "kind"):
        if name in raw and raw[name] is not None and not isinstance(raw[name], str):
            text = f"json: cannot unmarshal {json_type(raw[name])} into Go struct field .{name} of type string"
            raise _unrecognized(gvk, f"couldn't get version/kind; json parse error: {text}", body)
    api_version, kind = raw.get("apiVersion") or gvk.api_version, raw.get("kind") or gvk.kind
    if (api_version, kind) != (gvk.api_version, gvk.kind):
        raise _other_kind(api_version, kind, gvk)
    return {**raw, "apiVersion": api_version, "kind": kind}


def _other_kind(api_version: str, kind: str, gvk: GroupVersionKind) -> StatusError:
    from pykubectl.machinery.structural.types import builtin

    try:
        actual = GroupVersionKind.from_api_version(api_version, kind)
    except ValueError as error:
        return new_bad_request(f"the object provided is unrecognized (must be of type {gvk.kind}): {error}")
    if actual.group == gvk.group and actual.version != gvk.version:
        text = (
            f"the API version in the data ({api_version}) does not match the expected API version ({gvk.api_version})"
        )
        return new_bad_request(text)
    if builtin().type_for(actual) is None:
        scheme = "pkg/api/legacyscheme/scheme.go:30"
        text = f'no kind "{kind}" is registered for version "{api_version}" in scheme "{scheme}"'
        return cannot_be_handled(actual, gvk, text)
    if actual.group != gvk.group:
        text = (
            f"the API version in the data ({api_version}) does not match the expected API version ({gvk.api_version})"
        )
        return new_bad_request(text)
    package = gvk.group.split(".")[0] or "core"
    text = f"converting ({actual.version}.{kind}) to ({package}.{gvk.kind}): unknown conversion"
    return cannot_be_handled(actual, gvk, text)


def cannot_be_handled(actual: GroupVersionKind, gvk: GroupVersionKind, text: str) -> StatusError:
    """400: the body is of the kind it says, but not one that fits."""
    return new_bad_request(
        f"{actual.kind} in version {quote(actual.version)} cannot be handled as a {gvk.kind}: {text}"
    )


def _unrecognized(gvk: GroupVersionKind, text: str, body: bytes) -> StatusError:
    return new_bad_request(
        f"the object provided is unrecognized (must be of type {gvk.kind}): {text} ({_summary(body)})"
    )


def _summary(body: bytes) -> str:
    """The beginning of a body: as text where it looks like JSON, else in hexadecimal."""
    if not body:
        return "<empty>"
    if body[:1] == b"{":
        return body[:30].decode("utf-8", "replace") + (" ..." if len(body) > 30 else "")
    return body[:30].hex() + (" ..." if len(body) > 30 else "")
