"""OpenAPI v2 documents in protobuf, the form that kubectl and client-go ask for.

Source of messages and numbers: gnostic-models ``openapiv2/OpenAPIv2.proto``. What the documents of this server never
say (security, files, examples) has no place here; a field without a number is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pykubectl.machinery.codecs import json

Value = Any
Encode = Callable[[int, Value], bytes]

MEDIA_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
# What clients ask for has another spelling than what they get.
ACCEPTED = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"

_VARINT, _BYTES = 0, 2


class Field(NamedTuple):
    """The number of a field and how its value is written."""

    number: int
    encode: Encode


def document(spec: Mapping[str, Value]) -> bytes:
    """The message Document. Raises KeyError on a field that has no number here."""
    return _message("Document", spec)


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)


def _tagged(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(data)) + data


def _text(number: int, value: str) -> bytes:
    return _tagged(number, value.encode()) if value else b""


def _texts(number: int, values: list[str]) -> bytes:
    return b"".join(_tagged(number, value.encode()) for value in values)


def _flag(number: int, value: bool) -> bytes:
    return _varint(number << 3 | _VARINT) + b"\x01" if value else b""


def _any(number: int, value: Value) -> bytes:
    """A value of any type is the YAML that it stands in; JSON is YAML."""
    return _tagged(number, _tagged(2, json.dumps(value) + b"\n"))


def _anys(number: int, values: list[Value]) -> bytes:
    return b"".join(_any(number, value) for value in values)


def _named(number: int, name: str, data: bytes) -> bytes:
    """An entry of a map: its key, and its value as a message."""
    return _tagged(number, _text(1, name) + _tagged(2, data))


def _one(kind: str) -> Encode:
    return lambda number, value: _tagged(number, _message(kind, value))


def _many(kind: str) -> Encode:
    return lambda number, values: b"".join(_tagged(number, _message(kind, value)) for value in values)


def _map(kind: str) -> Encode:
    """A message that holds nothing but named messages."""

    def encode(number: int, values: Mapping[str, Value]) -> bytes:
        return _tagged(number, b"".join(_named(1, name, _message(kind, value)) for name, value in values.items()))

    return encode


def _paths(number: int, paths: Mapping[str, Value]) -> bytes:
    return _tagged(number, b"".join(_named(2, path, _message("PathItem", item)) for path, item in paths.items()))


def _responses(number: int, responses: Mapping[str, Value]) -> bytes:
    """Each answer is one of two: a response, or a reference."""
    entries = (_named(1, code, _tagged(1, _message("Response", value))) for code, value in responses.items())
    return _tagged(number, b"".join(entries))


def _inner_schema(number: int, schema: Mapping[str, Value]) -> bytes:
    """A message that holds nothing but a schema."""
    return _tagged(number, _tagged(1, _message("Schema", schema)))


def _parameters(number: int, parameters: list[Mapping[str, Value]]) -> bytes:
    return b"".join(_tagged(number, _parameter(value)) for value in parameters)


# Where a parameter stands -> the number of its kind among those that are no body.
_PLACES = {"header": 1, "formData": 2, "query": 3, "path": 4}


def _parameter(value: Mapping[str, Value]) -> bytes:
    if "$ref" in value:
        return _tagged(2, _text(1, value["$ref"]))
    if value["in"] == "body":
        return _tagged(1, _tagged(1, _message("BodyParameter", value)))
    # Those of a query and of a form have a field more, before their type.
    kind = "QueryParameter" if value["in"] in ("query", "formData") else "PathParameter"
    return _tagged(1, _tagged(2, _tagged(_PLACES[value["in"]], _message(kind, value))))


def _type(number: int, value: str | list[str]) -> bytes:
    return _tagged(number, _texts(1, [value] if isinstance(value, str) else value))


def _additional(number: int, value: Mapping[str, Value] | bool) -> bytes:
    if isinstance(value, bool):
        return _tagged(number, _flag(2, value))
    return _inner_schema(number, value)


MESSAGES: dict[str, dict[str, Field]] = {
    "Document": {
        "swagger": Field(1, _text),
        "info": Field(2, _one("Info")),
        "host": Field(3, _text),
        "basePath": Field(4, _text),
        "schemes": Field(5, _texts),
        "consumes": Field(6, _texts),
        "produces": Field(7, _texts),
        "paths": Field(8, _paths),
        "definitions": Field(9, _map("Schema")),
    },
    "Info": {"title": Field(1, _text), "version": Field(2, _text), "description": Field(3, _text)},
    "PathItem": {
        "get": Field(2, _one("Operation")),
        "put": Field(3, _one("Operation")),
        "post": Field(4, _one("Operation")),
        "delete": Field(5, _one("Operation")),
        "options": Field(6, _one("Operation")),
        "head": Field(7, _one("Operation")),
        "patch": Field(8, _one("Operation")),
        "parameters": Field(9, _parameters),
    },
    "Operation": {
        "tags": Field(1, _texts),
        "summary": Field(2, _text),
        "description": Field(3, _text),
        "operationId": Field(5, _text),
        "produces": Field(6, _texts),
        "consumes": Field(7, _texts),
        "parameters": Field(8, _parameters),
        "responses": Field(9, _responses),
        "schemes": Field(10, _texts),
        "deprecated": Field(11, _flag),
        "x-": Field(13, _any),
    },
    "BodyParameter": {
        "description": Field(1, _text),
        "name": Field(2, _text),
        "in": Field(3, _text),
        "required": Field(4, _flag),
        "schema": Field(5, _one("Schema")),
    },
    "QueryParameter": {
        "required": Field(1, _flag),
        "in": Field(2, _text),
        "description": Field(3, _text),
        "name": Field(4, _text),
        "allowEmptyValue": Field(5, _flag),
        "type": Field(6, _text),
        "format": Field(7, _text),
        "uniqueItems": Field(20, _flag),
    },
    "PathParameter": {
        "required": Field(1, _flag),
        "in": Field(2, _text),
        "description": Field(3, _text),
        "name": Field(4, _text),
        "type": Field(5, _text),
        "format": Field(6, _text),
        "uniqueItems": Field(19, _flag),
    },
    "Response": {"description": Field(1, _text), "schema": Field(2, _inner_schema)},
    "Schema": {
        "$ref": Field(1, _text),
        "format": Field(2, _text),
        "title": Field(3, _text),
        "description": Field(4, _text),
        "default": Field(5, _any),
        "pattern": Field(13, _text),
        "uniqueItems": Field(16, _flag),
        "required": Field(19, _texts),
        "enum": Field(20, _anys),
        "additionalProperties": Field(21, _additional),
        "type": Field(22, _type),
        "items": Field(23, _inner_schema),
        "allOf": Field(24, _many("Schema")),
        "properties": Field(25, _map("Schema")),
        "readOnly": Field(27, _flag),
        "x-": Field(31, _any),
    },
}


def _message(kind: str, value: Mapping[str, Value]) -> bytes:
    fields = MESSAGES[kind]
    parts = []
    for name, entry in value.items():
        if name.startswith("x-"):
            parts.append(_tagged(fields["x-"].number, _text(1, name) + _any(2, entry)))
        else:
            field = fields[name]
            parts.append(field.encode(field.number, entry))
    return b"".join(parts)
