"""Syntaxes: texts to JSON values and back, one class for each media type that is text.

Source: apimachinery ``pkg/runtime/serializer/{json,yaml}``, ``pkg/util/yaml/decoder.go``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from pykubectl.machinery.codecs import json, yaml
from pykubectl.machinery.codecs.strict import duplicate_field

JSON_MEDIA_TYPE = "application/json"
YAML_MEDIA_TYPE = "application/yaml"


class SyntaxFault(ValueError):
    """A text that is not of the syntax; the message is the one Go gives."""


class Syntax(Protocol):
    """How values are written."""

    media_type: str

    def recognizes(self, data: bytes) -> bool:
        """The data can be of this syntax."""

    def parse(self, data: bytes, faults: list[str] | None = None) -> Any:
        """The value. Of a key that is there twice the last counts; ``faults`` is told of it. Raises SyntaxFault."""

    def parse_all(self, data: bytes) -> Iterator[bytes]:
        """The texts of a stream's values, each for :meth:`parse`. Raises SyntaxFault."""

    def write(self, value: Any) -> bytes:
        """The text of a value."""


class JSONSyntax:
    """JSON, in one line and with a line's end behind it as the API writes it."""

    media_type = JSON_MEDIA_TYPE

    def recognizes(self, data: bytes) -> bool:
        """It begins with a brace."""
        return data.lstrip()[:1] == b"{"

    def parse(self, data: bytes, faults: list[str] | None = None) -> Any:
        """One document."""
        try:
            value = json.loads(data)
        except json.JSONError as error:
            raise SyntaxFault(f"couldn't get version/kind; json parse error: {error}") from None
        if faults is not None:
            from pykubectl.machinery.codecs.duplicates import duplicate_fields

            faults += map(duplicate_field, duplicate_fields(data, value))
        return value

    def parse_all(self, data: bytes) -> Iterator[bytes]:
        """Documents one after the other."""
        import json as standard

        text, position = data.decode("utf-8-sig", "replace"), 0
        decoder = standard.JSONDecoder()
        while rest := text[position:].lstrip():
            start = len(text) - len(rest)
            try:
                _, position = decoder.raw_decode(text, start)
            except ValueError:
                # What is wrong is told by whoever reads it.
                position = len(text)
            yield text[start:position].encode()

    def write(self, value: Any) -> bytes:
        """Compact."""
        return json.dumps(value) + b"\n"


class YAMLSyntax:
    """YAML as kubectl reads and writes it."""

    media_type = YAML_MEDIA_TYPE

    def recognizes(self, data: bytes) -> bool:
        """Every text may be YAML."""
        return b"\0" not in data

    def parse(self, data: bytes, faults: list[str] | None = None) -> Any:
        """The first document."""
        try:
            value = yaml.loads(data)
        except yaml.YAMLError as error:
            raise SyntaxFault(str(error)) from None
        if faults is not None:
            try:
                yaml.loads(data, strict=True)
            except yaml.YAMLError as error:
                faults.append(str(error))
        return value

    def parse_all(self, data: bytes) -> Iterator[bytes]:
        """Documents between lines of ``---``, empty ones left out."""
        try:
            for document in yaml.documents(data):
                if not all(_is_blank(line) for line in document.text.splitlines()):
                    yield document.text.encode()
        except yaml.YAMLError as error:
            raise SyntaxFault(str(error)) from None

    def write(self, value: Any) -> bytes:
        """Keys in order, as ``kubectl -o yaml`` prints them."""
        return yaml.dumps(value).encode()


def _is_blank(line: str) -> bool:
    text = line.strip()
    return not text or text.startswith("#")
