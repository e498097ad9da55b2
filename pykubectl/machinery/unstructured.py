"""Objects without a type: a dict with accessors (apimachinery's apis/meta/v1/unstructured)."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_GO_TYPES = {
    str: "string",
    bool: "bool",
    int: "int64",
    float: "float64",
    list: "[]interface {}",
    dict: "map[string]interface {}",
}


class AccessorError(TypeError):
    """A value on the way to a field, or the field itself, has another type than asked for."""


def _go_type(value: object) -> str:
    return _GO_TYPES.get(type(value), "<nil>" if value is None else type(value).__name__)


def _path(fields: tuple[str, ...]) -> str:
    return "." + ".".join(fields)


def nested_field(content: dict[str, Any], *fields: str) -> tuple[Any, bool]:
    """The value at a path and whether it is there; a null on the way counts as absent."""
    value: Any = content
    for depth, name in enumerate(fields, 1):
        if value is None:
            return None, False
        if not isinstance(value, dict):
            found = f"a value of the type {_go_type(value)}, expected map[string]interface{{}}"
            raise AccessorError(f"{_path(fields[:depth])} accessor error: {found}")
        if name not in value:
            return None, False
        value = value[name]
    return value, True


def set_nested_field(content: dict[str, Any], value: Any, *fields: str) -> None:
    """Put a deep copy of a value at a path, making the maps on the way."""
    for depth, name in enumerate(fields[:-1], 1):
        content = content.setdefault(name, {})
        if not isinstance(content, dict):
            raise AccessorError(
                f"value cannot be set because {_path(fields[:depth])} is not a map[string]interface{{}}"
            )
    content[fields[-1]] = copy.deepcopy(value)


def remove_nested_field(content: dict[str, Any], *fields: str) -> None:
    """Drop the field at a path; a path that leads nowhere is left alone."""
    parent: Any = content
    for name in fields[:-1]:
        parent = parent.get(name)
        if not isinstance(parent, dict):
            return
    parent.pop(fields[-1], None)


@dataclass(slots=True)
class Unstructured:
    """One object of any kind; `content` is its JSON form."""

    content: dict[str, Any] = field(default_factory=dict)

    def _text(self, *fields: str) -> str:
        # Upstream's getters answer the empty string for an absent or ill-typed field.
        try:
            value, _ = nested_field(self.content, *fields)
        except AccessorError:
            return ""
        return value if isinstance(value, str) else ""

    @property
    def api_version(self) -> str:
        return self._text("apiVersion")

    @property
    def kind(self) -> str:
        return self._text("kind")

    @property
    def name(self) -> str:
        return self._text("metadata", "name")

    @property
    def namespace(self) -> str:
        return self._text("metadata", "namespace")

    @property
    def resource_version(self) -> str:
        return self._text("metadata", "resourceVersion")

    @property
    def is_list(self) -> bool:
        return isinstance(self.content.get("items"), list)

    def each_list_item(self) -> Iterator[Unstructured]:
        """The items of a list; AccessorError when the content is none."""
        if "items" not in self.content:
            raise AccessorError("content is not a list")
        items = self.content["items"]
        if not isinstance(items, list):
            raise AccessorError(f"content is not a list: {_go_type(items)}")
        for item in items:
            if not isinstance(item, dict):
                raise AccessorError(f"items member is not an object: {_go_type(item)}")
            yield Unstructured(item)

    def deep_copy(self) -> Unstructured:
        return Unstructured(copy.deepcopy(self.content))
