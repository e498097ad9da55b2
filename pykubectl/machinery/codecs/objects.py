"""JSON values to objects and back: typed ones through the scheme, or Unstructured.

Source: apimachinery ``pkg/runtime/serializer/json/json.go``, ``pkg/apis/meta/v1/unstructured/unstructured_scheme.go``.
"""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from pykubectl.machinery.codecs import struct_fields
from pykubectl.machinery.codecs.strict import unknown_field
from pykubectl.machinery.schema import GroupVersionKind
from pykubectl.machinery.scheme import Scheme
from pykubectl.machinery.structural.types import SchemaTable
from pykubectl.machinery.structural.walk import TypeMismatch, normalize
from pykubectl.machinery.unstructured import AccessorError, Unstructured, UnstructuredList

Content = dict[str, Any]


class ObjectError(ValueError):
    """A value that is no object of its kind."""


class Objects(Protocol):
    """What values become."""

    def read(self, content: Content, kind: GroupVersionKind, faults: list[str] | None = None) -> Any:
        """The object; ``faults`` is told of fields that the kind doesn't have, which are left out.

        Raises ObjectError on values of the wrong type, NotRegisteredError on a kind that there is none of.
        """

    def write(self, obj: Any) -> Any:
        """The object as a JSON value."""


class TypedObjects:
    """Instances of the scheme's classes; a class can be ``dict``.

    ``table`` knows the fields of the built-in kinds; classes that it doesn't know are checked by their own fields.
    """

    def __init__(self, scheme: Scheme, table: SchemaTable) -> None:
        self._scheme = scheme
        self._table = table

    def read(self, content: Content, kind: GroupVersionKind, faults: list[str] | None = None) -> Any:
        """An instance of the kind's class."""
        cls = self._scheme.class_of(kind)
        try:
            known = self._known(content, kind, cls, faults)
            if cls is dict:
                return known  # The server's objects.
            obj = msgspec.convert(known, cls)
        except (TypeMismatch, msgspec.ValidationError) as error:
            raise ObjectError(str(error)) from None
        obj.api_version, obj.kind = kind.api_version, kind.kind
        return obj

    def _known(self, content: Content, kind: GroupVersionKind, cls: type[Any], faults: list[str] | None) -> Content:
        type = self._table.type_for(kind)
        if type is None:
            if faults is not None and cls is not dict:
                faults += map(unknown_field, struct_fields.unknown(content, cls))
            plain: Content = struct_fields.without_nulls(content)
            return plain
        return normalize(content, type, None if faults is None else lambda path: faults.append(unknown_field(path)))

    def write(self, obj: Any) -> Any:
        """Fields by their names in JSON."""
        return obj.to_dict() if isinstance(obj, (Unstructured, UnstructuredList)) else msgspec.to_builtins(obj)


class UnstructuredObjects:
    """Unstructured and UnstructuredList: any kind, known or not."""

    def read(self, content: Content, kind: GroupVersionKind, faults: list[str] | None = None) -> Any:
        """A list where there are items; nothing is unknown."""
        if content.get("items") is None:
            return Unstructured(content)
        try:
            return UnstructuredList.from_dict(content)
        except AccessorError as error:
            raise ObjectError(str(error)) from None

    def write(self, obj: Any) -> Any:
        """The content."""
        return msgspec.to_builtins(obj) if isinstance(obj, msgspec.Struct) else obj.to_dict()
