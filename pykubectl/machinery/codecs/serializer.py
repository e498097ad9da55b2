"""Serializers: bytes to objects and back, made of a syntax and of what its values become.

Source: apimachinery ``pkg/runtime/interfaces.go``, ``pkg/runtime/serializer/json/json.go``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from pykubectl.machinery.codecs.objects import Objects
from pykubectl.machinery.codecs.strict import StrictDecodingError
from pykubectl.machinery.codecs.syntax import Syntax, SyntaxFault
from pykubectl.machinery.gostrings import quote
from pykubectl.machinery.schema import GroupVersion, GroupVersionKind
from pykubectl.machinery.scheme import MissingKindError, MissingVersionError
from pykubectl.machinery.structural.walk import json_type


class Decoded(NamedTuple):
    """An object and the kind that the data says it is."""

    obj: Any
    kind: GroupVersionKind


class Decoder(Protocol):
    """Bytes to objects."""

    def decode(self, data: bytes, default: GroupVersionKind | None = None) -> Decoded:
        """The object; what the data leaves out of its kind comes from ``default``.

        Raises SyntaxFault, ObjectError, MissingKindError, MissingVersionError, NotRegisteredError, and where it is
        strict StrictDecodingError.
        """


class Encoder(Protocol):
    """Objects to bytes."""

    def encode(self, obj: Any) -> bytes:
        """The object's text."""


class Serializer(Decoder, Encoder, Protocol):
    """Both ways in one format; neither defaulting nor conversion."""

    media_type: str

    def recognizes(self, data: bytes) -> bool:
        """The data can be of this format."""

    def frames(self, data: bytes) -> Iterator[bytes]:
        """The parts of a stream that are one object each."""


class TextSerializer:
    """The serializer of a textual format. With ``strict``, unknown and duplicate fields are errors."""

    def __init__(self, syntax: Syntax, objects: Objects, *, strict: bool = False) -> None:
        self.media_type = syntax.media_type
        self._syntax = syntax
        self._objects = objects
        self._strict = strict

    def recognizes(self, data: bytes) -> bool:
        """As the syntax does."""
        return self._syntax.recognizes(data)

    def frames(self, data: bytes) -> Iterator[bytes]:
        """As the syntax divides it."""
        return self._syntax.parse_all(data)

    def decode(self, data: bytes, default: GroupVersionKind | None = None) -> Decoded:
        """See :class:`Decoder`."""
        faults: list[str] | None = [] if self._strict else None
        content = self._syntax.parse(data, faults)
        kind = with_default(interpret(content), default)
        if not kind.kind:
            raise MissingKindError(data.decode("utf-8", "replace"))
        if not kind.version:
            raise MissingVersionError(data.decode("utf-8", "replace"))
        obj = self._objects.read({**content, "apiVersion": kind.api_version, "kind": kind.kind}, kind, faults)
        if faults:
            raise StrictDecodingError(faults, obj)
        return Decoded(obj, kind)

    def encode(self, obj: Any) -> bytes:
        """See :class:`Encoder`."""
        return self._syntax.write(self._objects.write(obj))


_META = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'


def interpret(content: Any) -> GroupVersionKind:
    """The kind that a value says it is, with empty parts where it says nothing.

    Raises SyntaxFault where it is no object or its kind no text, ValueError on a malformed apiVersion. Source:
    apimachinery ``pkg/runtime/serializer/json/meta.go``.
    """
    failed = "couldn't get version/kind; json parse error: json: cannot unmarshal"
    if content is None:
        content = {}
    if not isinstance(content, dict):
        raise SyntaxFault(f"{failed} {json_type(content)} into Go value of type {_META}")
    for name in ("apiVersion", "kind"):
        if not isinstance(content.get(name) or "", str):
            raise SyntaxFault(f"{failed} {json_type(content[name])} into Go struct field .{name} of type string")
    return GroupVersionKind.from_api_version(content.get("apiVersion") or "", content.get("kind") or "")


def with_default(kind: GroupVersionKind, default: GroupVersionKind | None) -> GroupVersionKind:
    """The kind with what it leaves out from the default. Source: ``gvkWithDefaults`` of json.go."""
    if default is None:
        return kind
    group, version = kind.group_version
    if not group and not version:
        group, version = default.group_version
    elif not version and group == default.group:
        version = default.version
    return GroupVersion(group, version).kind(kind.kind or default.kind)


class Recognizer:
    """Decodes with the first serializer that recognizes the data."""

    def __init__(self, serializers: tuple[Serializer, ...]) -> None:
        self._serializers = serializers

    def decode(self, data: bytes, default: GroupVersionKind | None = None) -> Decoded:
        """See :class:`Decoder`. Raises SyntaxFault where none recognizes the data."""
        return self._serializer(data).decode(data, default)

    def decode_all(self, data: bytes) -> Iterator[Decoded]:
        """The objects of a stream, such as a file of several YAML documents. Errors as of :meth:`decode`."""
        if not data.strip():
            return
        serializer = self._serializer(data)
        for frame in serializer.frames(data):
            yield serializer.decode(frame)

    def _serializer(self, data: bytes) -> Serializer:
        for serializer in self._serializers:
            if serializer.recognizes(data):
                return serializer
        known = ", ".join(quote(serializer.media_type) for serializer in self._serializers)
        raise SyntaxFault(f"no serializer recognizes the data; known are {known}")
