"""The fields of classes that no schema describes: those that a program declares for its own kinds."""

from __future__ import annotations

from typing import Any

import msgspec.inspect


def unknown(value: Any, cls: type[Any]) -> list[str]:
    """Paths of the fields that the class, or a class within it, doesn't have."""
    found: list[str] = []
    _walk(value, msgspec.inspect.type_info(cls), "", found)
    return found


def without_nulls(value: Any) -> Any:
    """A copy where null fields are left out, which is how the API takes them."""
    if isinstance(value, dict):
        return {key: without_nulls(entry) for key, entry in value.items() if entry is not None}
    return [without_nulls(entry) for entry in value] if isinstance(value, list) else value


def _walk(value: Any, type: msgspec.inspect.Type, path: str, found: list[str]) -> None:
    if isinstance(type, msgspec.inspect.UnionType):
        for option in type.types:
            _walk(value, option, path, found)
    elif isinstance(type, msgspec.inspect.StructType) and isinstance(value, dict):
        fields = {field.encode_name: field.type for field in type.fields}
        for name, entry in value.items():
            here = f"{path}.{name}" if path else name
            if name in fields:
                _walk(entry, fields[name], here, found)
            else:
                found.append(here)
    elif isinstance(type, msgspec.inspect.ListType) and isinstance(value, list):
        for index, entry in enumerate(value):
            _walk(entry, type.item_type, f"{path}[{index}]", found)
    elif isinstance(type, msgspec.inspect.DictType) and isinstance(value, dict):
        for name, entry in value.items():
            _walk(entry, type.value_type, f"{path}.{name}", found)
