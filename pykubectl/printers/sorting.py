"""``--sort-by``: objects in the order of a field.

Source: kubectl ``pkg/cmd/get/sorter.go``.
"""

from __future__ import annotations

import re
from typing import Any

from pykubectl.printers.jsonpath import JSONPath, JSONPathError, relaxed

Object = dict[str, Any]


def sort_objects(objects: list[Object], expression: str) -> list[Object]:
    """Objects without the field come first. Raises JSONPathError where none has it."""
    path = JSONPath(relaxed(expression), allow_missing=True)
    keys = [_first(path.find(obj)) for obj in objects]
    if objects and all(key is None for key in keys):
        raise JSONPathError(f'couldn\'t find any field with path "{relaxed(expression)}" in the list of objects')
    order = sorted(range(len(objects)), key=lambda n: _sortable(keys[n]))
    return [objects[n] for n in order]


def sort_rows(rows: list[Object], expression: str) -> list[Object]:
    """Rows of a table in the order of a field of their objects. Raises JSONPathError where none has it."""
    objects = [row.get("object") or {} for row in rows]
    places = {id(obj): row for obj, row in zip(objects, rows)}
    return [places[id(obj)] for obj in sort_objects(objects, expression)]


def _first(found: list[list[Any]]) -> Any:
    return found[0][0] if found and found[0] else None


def _sortable(value: Any) -> tuple[int, float, str]:
    """Absent values first, numbers and quantities by size, text by its letters."""
    if value is None:
        return (0, 0.0, "")
    if isinstance(value, bool):
        return (1, float(value), "")
    if isinstance(value, (int, float)):
        return (1, float(value), "")
    text = str(value)
    if re.fullmatch(r"[0-9.]+([KMGTPE]i?|[numk])?", text):
        from pykubectl.machinery.values.quantity import Quantity

        try:
            return (1, Quantity.parse(text).as_float(), "")
        except ValueError:
            return (2, 0.0, text)
    return (2, 0.0, text)
