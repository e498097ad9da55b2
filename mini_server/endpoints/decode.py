"""Bodies to objects: parse, check kind, drop and report what the schema does not know.

Source: apimachinery ``pkg/runtime/serializer``, apiserver ``pkg/endpoints/handlers/create.go``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from mini_server.apis.scheme import server_scheme
from mini_server.endpoints.negotiation import YAML, body_type
from mini_server.endpoints.request import JSON, Request
from pykubectl.machinery.codecs.serializer import interpret, with_default
from pykubectl.machinery.codecs.strict import StrictDecodingError, unknown_field
from pykubectl.machinery.codecs.syntax import JSONSyntax, Syntax, SyntaxFault, YAMLSyntax
from pykubectl.machinery.errors import StatusError, new_bad_request
from pykubectl.machinery.gostrings import quote
from pykubectl.machinery.schema import GroupVersionKind
from pykubectl.machinery.scheme import NotRegisteredError
from pykubectl.machinery.structural.types import Type
from pykubectl.machinery.structural.walk import TypeMismatch, fill_zero, normalize

Object = dict[str, Any]

# Groups whose kinds upstream keeps in a scheme of their own, which errors name.
_OTHER_SCHEMES = {"apiregistration.k8s.io": "k8s.io/kube-aggregator/pkg/apiserver/scheme/scheme.go:28"}

_SYNTAXES: dict[str, Syntax] = {JSON: JSONSyntax(), YAML: YAMLSyntax()}


async def decode_body(request: Request, gvk: GroupVersionKind, type: Type, field_validation: str) -> Object:
    """The object in a request's body, as the API's own kind. Raises a StatusError (400, 415)."""
    media_type = body_type(request)
    body = await request.body()
    faults: list[str] = []
    wanted = faults if field_validation != "Ignore" else None
    if media_type == YAML:
        # A long text takes long to read: the others' requests go on meanwhile.
        raw = await asyncio.to_thread(_parse, body, media_type, gvk, wanted)
    else:
        raw = _parse(body, media_type, gvk, wanted)
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
    unknown = None if field_validation == "Ignore" else lambda path: faults.append(unknown_field(path))
    try:
        result = normalize(obj, type, unknown)
    except TypeMismatch as error:
        raise cannot_be_handled(gvk, gvk, str(error)) from None
    fill_zero(result, type)
    if faults and field_validation == "Strict":
        raise cannot_be_handled(gvk, gvk, str(StrictDecodingError(faults)))
    for fault in faults:
        warn(fault.removeprefix("yaml: unmarshal errors:\n  "))
    return result


def _parse(body: bytes, media_type: str, gvk: GroupVersionKind, faults: list[str] | None) -> Any:
    try:
        return _SYNTAXES[media_type].parse(body, faults)
    except SyntaxFault as error:
        raise _unrecognized(gvk, str(error), body) from None


def as_kind(raw: Any, gvk: GroupVersionKind, body: bytes) -> Object:
    """Fills in what a body leaves out of apiVersion and kind; refuses another kind."""
    try:
        actual = with_default(interpret(raw), gvk)
    except SyntaxFault as error:
        raise _unrecognized(gvk, str(error), body) from None
    except ValueError as error:
        raise _unrecognized(gvk, str(error), body) from None
    if actual != gvk:
        raise _other_kind(actual, gvk)
    return {**(raw or {}), "apiVersion": gvk.api_version, "kind": gvk.kind}


def _other_kind(actual: GroupVersionKind, gvk: GroupVersionKind) -> StatusError:
    if text := unregistered(actual, gvk):
        return cannot_be_handled(actual, gvk, text)
    if actual.kind != gvk.kind:
        return cannot_be_handled(actual, gvk, unknown_conversion(actual, gvk))
    return new_bad_request(
        f"the API version in the data ({actual.api_version}) does not match the expected API version "
        f"({gvk.api_version})"
    )


def unregistered(actual: GroupVersionKind, gvk: GroupVersionKind) -> str:
    """What is said of a kind that the scheme of ``gvk`` does not know; empty of one that it knows."""
    try:
        server_scheme().class_of(actual)
    except NotRegisteredError as error:
        text = str(error)
        return text.replace(server_scheme().name, _OTHER_SCHEMES.get(gvk.group, server_scheme().name))
    return ""


def unknown_conversion(actual: GroupVersionKind, gvk: GroupVersionKind) -> str:
    """What is said of a kind that is known, but another one."""
    package = gvk.group.split(".")[0] or "core"
    return f"converting ({actual.version}.{actual.kind}) to ({package}.{gvk.kind}): unknown conversion"


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
