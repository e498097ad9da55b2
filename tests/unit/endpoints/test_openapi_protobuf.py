"""OpenAPI v2 in protobuf: read back by a small reader of the wire format."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mini_server.endpoints.negotiation import first_offered
from mini_server.endpoints.openapi_documents import v2_document
from mini_server.endpoints.openapi_protobuf import ACCEPTED, MESSAGES, document

JSON = "application/json"


def fields(data: bytes) -> list[tuple[int, Any]]:
    """The fields of a message in order: numbers, and bytes or varints."""
    found: list[tuple[int, Any]] = []
    position = 0
    while position < len(data):
        key, position = varint(data, position)
        size, position = varint(data, position)
        if key & 7 == 0:
            found.append((key >> 3, size))
        else:
            assert key & 7 == 2
            found.append((key >> 3, data[position : position + size]))
            position += size
    return found


def varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position


def entries(data: bytes) -> dict[str, bytes]:
    """The entries of a map: messages of a name and a value."""
    pairs = [dict(fields(entry)) for _, entry in fields(data)]
    return {pair[1].decode(): pair[2] for pair in pairs}


def schema(data: bytes) -> dict[str, Any]:
    """A Schema as JSON has it, empty texts left out."""
    texts = {1: "$ref", 2: "format", 4: "description"}
    found: dict[str, Any] = {}
    for number, value in fields(data):
        if number in texts:
            found[texts[number]] = value.decode()
        elif number == 19:
            found.setdefault("required", []).append(value.decode())
        elif number == 21:
            found["additionalProperties"] = schema(fields(value)[0][1])
        elif number == 22:
            found["type"] = fields(value)[0][1].decode()
        elif number == 23:
            found["items"] = schema(fields(value)[0][1])
        elif number == 24:
            found.setdefault("allOf", []).append(schema(value))
        elif number == 25:
            found["properties"] = {name: schema(entry) for name, entry in entries(value).items()}
        elif number == 31:
            pair = dict(fields(value))
            found[pair[1].decode()] = json.loads(fields(pair[2])[0][1])
        else:
            found[f"field {number}"] = value
    return found


def test_every_definition_reads_as_it_was() -> None:
    spec = v2_document()
    (definitions,) = [value for number, value in fields(document(spec)) if number == 9]
    read = {name: schema(entry) for name, entry in entries(definitions).items()}
    assert read.keys() == spec["definitions"].keys()
    for name, expected in spec["definitions"].items():
        assert read[name] == expected, name


def test_every_path_has_its_operations() -> None:
    spec = v2_document()
    (paths,) = [value for number, value in fields(document(spec)) if number == 8]
    read = {path: {number for number, _ in fields(item)} for path, item in entries(paths).items()}
    numbers = {name: field.number for name, field in MESSAGES["PathItem"].items()}
    assert read == {path: {numbers[name] for name in item} for path, item in spec["paths"].items()}


def test_a_field_without_a_number_is_no_silent_loss() -> None:
    with pytest.raises(KeyError):
        document({"swagger": "2.0", "securityDefinitions": {}})


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (ACCEPTED, ACCEPTED),
        (f"{ACCEPTED}, application/json", ACCEPTED),
        ("text/html, application/json;q=0.5", JSON),
        ("text/html", None),
    ],
)
def test_the_clients_first_choice_counts(accept: str, chosen: str | None) -> None:
    assert first_offered(accept, (JSON, ACCEPTED)) == chosen
