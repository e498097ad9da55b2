"""Codecs of a scheme: serializers by media type, and what decodes, defaults and converts in one.

Source: apimachinery ``pkg/runtime/serializer/codec_factory.go``, ``pkg/runtime/serializer/versioning/versioning.go``.
"""

from __future__ import annotations

from typing import Any

from pykubectl.machinery.codecs.objects import Objects, TypedObjects, UnstructuredObjects
from pykubectl.machinery.codecs.serializer import Decoded, Decoder, Encoder, Recognizer, Serializer, TextSerializer
from pykubectl.machinery.codecs.strict import StrictDecodingError
from pykubectl.machinery.codecs.syntax import JSONSyntax, YAMLSyntax
from pykubectl.machinery.schema import GroupVersion, GroupVersionKind
from pykubectl.machinery.scheme import Scheme
from pykubectl.machinery.structural.types import SchemaTable, builtin


class UnsupportedMediaType(LookupError):
    """There is no serializer of a media type."""

    def __str__(self) -> str:
        return str(self.args[0])


class CodecFactory:
    """The serializers of a scheme's objects.

    JSON and YAML are there from the beginning; other formats enter by :meth:`register`, as those do. With ``strict``,
    decoding refuses unknown and duplicate fields. ``table`` describes the fields of the kinds (by default the built-in
    ones).
    """

    def __init__(self, scheme: Scheme, *, strict: bool = False, table: SchemaTable | None = None) -> None:
        self.scheme = scheme
        self._strict = strict
        self._objects = TypedObjects(scheme, table or builtin())
        self._serializers: dict[str, Serializer] = {}
        for serializer in text_serializers(self._objects, strict=strict):
            self.register(serializer)

    def register(self, serializer: Serializer) -> None:
        """Adds a format. Raises ValueError where there is one of that media type."""
        if serializer.media_type in self._serializers:
            raise ValueError(f"a serializer of {serializer.media_type} is registered already")
        self._serializers[serializer.media_type] = serializer

    @property
    def media_types(self) -> list[str]:
        """What can be read and written, in the order of preference."""
        return list(self._serializers)

    def serializer(self, media_type: str) -> Serializer:
        """The serializer of a media type, whose parameters don't matter. Raises UnsupportedMediaType."""
        found = self._serializers.get(media_type.partition(";")[0].strip().lower())
        if found is None:
            raise UnsupportedMediaType(f"no serializers registered for {media_type}")
        return found

    def from_content(self, content: dict[str, Any]) -> Any:
        """The object that a plain dict says it is; errors as of a serializer's ``decode``."""
        faults: list[str] | None = [] if self._strict else None
        obj = self._objects.read(content, self.scheme.kind_of(content), faults)
        if faults:
            raise StrictDecodingError(faults, obj)
        return obj

    def to_content(self, obj: Any) -> dict[str, Any]:
        """The object as a plain dict."""
        content: dict[str, Any] = self._objects.write(obj)
        return content

    def universal_deserializer(self) -> Recognizer:
        """Decodes any known format and kind into objects as they are: not defaulted, not converted."""
        return Recognizer(tuple(self._serializers.values()))

    def universal_decoder(self, *versions: GroupVersion) -> VersionedDecoder:
        """Decodes any known format, fills in defaults, and converts to the first version of the object's group."""
        return VersionedDecoder(self.scheme, self.universal_deserializer(), versions)

    def encoder_for_version(self, encoder: Encoder, version: GroupVersion) -> VersionedEncoder:
        """Encodes objects in the version, whatever version they are in."""
        return VersionedEncoder(self.scheme, encoder, version)

    def decoder_to_version(self, decoder: Decoder, version: GroupVersion) -> VersionedDecoder:
        """Decodes with the decoder, fills in defaults and converts to the version."""
        return VersionedDecoder(self.scheme, decoder, (version,))


def text_serializers(objects: Objects, *, strict: bool = False) -> tuple[Serializer, ...]:
    """JSON and YAML of objects."""
    return TextSerializer(JSONSyntax(), objects, strict=strict), TextSerializer(YAMLSyntax(), objects, strict=strict)


def unstructured_deserializer() -> Recognizer:
    """Decodes any format into Unstructured and UnstructuredList; no scheme is needed."""
    return Recognizer(text_serializers(UnstructuredObjects()))


class VersionedDecoder:
    """Decode, default, convert."""

    def __init__(self, scheme: Scheme, decoder: Decoder, versions: tuple[GroupVersion, ...]) -> None:
        self._scheme = scheme
        self._decoder = decoder
        self._versions = versions

    def decode(self, data: bytes, default: GroupVersionKind | None = None) -> Decoded:
        """See :class:`Decoder`; ``kind`` is what the data says. Raises ConversionError beside that one's errors.

        An object of a group that none of the versions is of stays in its version.
        """
        obj, kind = self._decoder.decode(data, default)
        self._scheme.default(obj)
        target = next((version for version in self._versions if version.group == kind.group), None)
        return Decoded(obj if target is None else self._scheme.convert(obj, target), kind)


class VersionedEncoder:
    """Convert, encode."""

    def __init__(self, scheme: Scheme, encoder: Encoder, version: GroupVersion) -> None:
        self._scheme = scheme
        self._encoder = encoder
        self._version = version

    def encode(self, obj: Any) -> bytes:
        """See :class:`Encoder`. Raises NotRegisteredError, ConversionError."""
        return self._encoder.encode(self._scheme.convert(obj, self._version))
