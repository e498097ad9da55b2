"""Objects without a type: a dict with accessors.

Source: apimachinery ``pkg/apis/meta/v1/unstructured``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, overload

from pykubectl.machinery.gostrings import go_type, go_value
from pykubectl.machinery.schema import GroupVersionKind

T = TypeVar("T")

Object = dict[str, Any]


class AccessorError(TypeError):
    """A value on the way to a field, or the field itself, has another type than asked for."""


def nested_field(content: Object, *fields: str) -> tuple[Any, bool]:
    """The value at a path and whether it is there; a null on the way counts as absent. Raises AccessorError."""
    value: Any = content
    for depth, name in enumerate(fields, 1):
        if value is None:
            return None, False
        if not isinstance(value, dict):
            raise _wrong_type(fields[:depth], value, "map[string]interface{}")
        if name not in value:
            return None, False
        value = value[name]
    return value, True


def nested(content: Object, kind: type[T], *fields: str) -> T | None:
    """The value at a path, None where there is none. Raises AccessorError where it is not of the type.

    ``kind`` is str, bool, int, float, list or dict. The value is the object's own, not a copy.
    """
    value, found = nested_field(content, *fields)
    if not found:
        return None
    # Python takes a bool for an int; JSON does not.
    if type(value) is not kind:
        raise _wrong_type(fields, value, go_type(kind()).replace(" {}", "{}"))
    return value


def set_nested_field(content: Object, value: Any, *fields: str) -> None:
    """Puts a deep copy of a value at a path, making the maps on the way. Raises AccessorError."""
    for depth, name in enumerate(fields[:-1], 1):
        content = content.setdefault(name, {})
        if not isinstance(content, dict):
            raise AccessorError(
                f"value cannot be set because {_path(fields[:depth])} is not a map[string]interface{{}}"
            )
    content[fields[-1]] = copy.deepcopy(value)


def remove_nested_field(content: Object, *fields: str) -> None:
    """Drops the field at a path; a path that leads nowhere is left alone."""
    parent: Any = content
    for name in fields[:-1]:
        parent = parent.get(name)
        if not isinstance(parent, dict):
            return
    parent.pop(fields[-1], None)


def _path(fields: tuple[str, ...]) -> str:
    return "." + ".".join(fields)


def _wrong_type(fields: tuple[str, ...], value: Any, expected: str) -> AccessorError:
    found = f"{go_value(value)} is of the type {go_type(value)}, expected {expected}"
    return AccessorError(f"{_path(fields)} accessor error: {found}")


class _Field(Generic[T]):
    """A field of the content as an attribute.

    Reading gives a copy, and the zero value where the field is absent or of another type. Writing the zero value
    removes the field.
    """

    def __init__(self, zero: T, *path: str) -> None:
        self._zero = zero
        self._path = path

    @overload
    def __get__(self, instance: None, owner: type) -> _Field[T]: ...

    @overload
    def __get__(self, instance: _Content, owner: type) -> T: ...

    def __get__(self, instance: _Content | None, owner: type) -> _Field[T] | T:
        if instance is None:
            return self
        try:
            found = nested(instance.content, type(self._zero), *self._path)
        except AccessorError:
            found = None
        return copy.deepcopy(self._zero if found is None else found)

    def __set__(self, instance: _Content, value: T) -> None:
        if value == self._zero:
            remove_nested_field(instance.content, *self._path)
        else:
            set_nested_field(instance.content, value, *self._path)


@dataclass
class _Content:
    """What single objects and lists have in common."""

    content: Object = field(default_factory=dict)

    api_version = _Field("", "apiVersion")
    kind = _Field("", "kind")
    resource_version = _Field("", "metadata", "resourceVersion")

    @property
    def gvk(self) -> GroupVersionKind:
        """Group, version and kind. Raises ValueError on a malformed apiVersion."""
        return GroupVersionKind.from_api_version(self.api_version, self.kind)

    @gvk.setter
    def gvk(self, value: GroupVersionKind) -> None:
        self.api_version, self.kind = value.api_version, value.kind


@dataclass
class Unstructured(_Content):
    """One object of any kind; ``content`` is its JSON form and belongs to the object.

    The attributes are the fields of the content. Absent ones, and ones of the wrong type, read as empty.
    """

    name = _Field("", "metadata", "name")
    generate_name = _Field("", "metadata", "generateName")
    namespace = _Field("", "metadata", "namespace")
    uid = _Field("", "metadata", "uid")
    generation = _Field(0, "metadata", "generation")
    creation_timestamp = _Field("", "metadata", "creationTimestamp")
    deletion_timestamp = _Field("", "metadata", "deletionTimestamp")
    labels = _Field[dict[str, str]]({}, "metadata", "labels")
    annotations = _Field[dict[str, str]]({}, "metadata", "annotations")
    finalizers = _Field[list[str]]([], "metadata", "finalizers")
    owner_references = _Field[list[Object]]([], "metadata", "ownerReferences")
    managed_fields = _Field[list[Object]]([], "metadata", "managedFields")

    @property
    def is_list(self) -> bool:
        """The content has items."""
        return isinstance(self.content.get("items"), list)

    def each_list_item(self) -> Iterator[Unstructured]:
        """The items of a list, which share the content. Raises AccessorError where it is none."""
        if "items" not in self.content:
            raise AccessorError("content is not a list")
        items = self.content["items"]
        if not isinstance(items, list):
            raise AccessorError(f"content is not a list: {go_type(items)}")
        for item in items:
            if not isinstance(item, dict):
                raise AccessorError(f"items member is not an object: {go_type(item)}")
            yield Unstructured(item)

    def to_list(self) -> UnstructuredList:
        """The content as a list; an empty one where it has no items."""
        items = list(self.each_list_item()) if self.is_list else []
        return UnstructuredList({name: value for name, value in self.content.items() if name != "items"}, items)

    def deep_copy(self) -> Unstructured:
        """A copy that shares nothing."""
        return copy.deepcopy(self)

    def to_dict(self) -> Object:
        """The content."""
        return self.content


@dataclass
class UnstructuredList(_Content):
    """A list of objects; ``content`` is everything but the items."""

    items: list[Unstructured] = field(default_factory=list)

    continue_ = _Field("", "metadata", "continue")
    remaining_item_count = _Field(0, "metadata", "remainingItemCount")

    @classmethod
    def from_dict(cls, content: Object) -> UnstructuredList:
        """A list from its JSON form. Items that leave it out get apiVersion and kind from the list's.

        Raises AccessorError where ``items`` is no list of objects.
        """
        found = Unstructured(content).to_list()
        if found.kind.endswith("List"):
            for item in found.items:
                if not item.api_version and not item.kind:
                    item.api_version, item.kind = found.api_version, found.kind.removesuffix("List")
        return found

    def deep_copy(self) -> UnstructuredList:
        """A copy that shares nothing."""
        return copy.deepcopy(self)

    def to_dict(self) -> Object:
        """The JSON form; the items are the objects' own contents."""
        return {**self.content, "items": [item.content for item in self.items]}
