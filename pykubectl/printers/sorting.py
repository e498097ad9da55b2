"""``--sort-by``: objects in the order of a field.

Source: kubectl ``pkg/cmd/get/sorter.go``.
"""

from __future__ import annotations

import operator
from typing import Any

from pykubectl.machinery.gostrings import go_type
from pykubectl.printers.gosort import go_sort
from pykubectl.printers.jsonpath import JSONPath, JSONPathError, relaxed

Object = dict[str, Any]


class Unsortable(Exception):
    """Values of the field that cannot be compared; kubectl ends at once."""


def sort_objects(objects: list[Object], expression: str) -> list[Object]:
    """Objects without the field come first. Raises JSONPathError where none has it, Unsortable."""
    return [objects[n] for n in _order(objects, relaxed(expression), "*unstructured.Unstructured")]


def sort_rows(rows: list[Object], expression: str) -> list[Object]:
    """Rows of a table in the order of a field of their objects. Raises JSONPathError where none has it, Unsortable."""
    try:
        path = relaxed(expression)
    except JSONPathError:
        path = expression
    return [rows[n] for n in _order([row.get("object") or {} for row in rows], path, "[][][]reflect.Value")]


def _order(objects: list[Object], template: str, kind: str) -> list[int]:
    path = JSONPath(template, allow_missing=True)
    keys = [_first(path.find(obj)) for obj in objects]
    if objects and not any(keys):
        raise JSONPathError(f'couldn\'t find any field with path "{template}" in the list of objects')
    order = list(range(len(objects)))
    quantities: dict[str, Any] = {}

    def less(one: int, other: int) -> bool:
        if not keys[one]:
            return True
        return bool(keys[other]) and _less(keys[one][0], keys[other][0], quantities)

    try:
        go_sort(order, less)
    except Unsortable as error:
        raise Unsortable(f"Field {template} in {kind} is an unsortable type: interface, err: {error}") from None
    return order


def _first(found: list[list[Any]]) -> list[Any]:
    """The first part's values."""
    return found[0] if found else []


def _less(one: Any, other: Any, quantities: dict[str, Any]) -> bool:
    """Null first, then numbers by size, quantities too, and text by its letters."""
    if one is None or other is None:
        return one is None and other is not None
    if isinstance(one, bool) or not isinstance(one, (int, float, str)):
        raise Unsortable(f"unsortable type: {go_type(one)}")
    if type(one) is not type(other):
        raise Unsortable("unsortable interface: interface")
    if isinstance(one, str) and isinstance(other, str):
        sizes = [_quantity(text, quantities) for text in (one, other)]
        if None not in sizes:
            return bool(operator.lt(*sizes))
    return bool(operator.lt(one, other))


def _quantity(text: str, known: dict[str, Any]) -> Any:
    """The quantity that a text is, None for another text."""
    if text not in known:
        from pykubectl.machinery.values.quantity import Quantity

        try:
            known[text] = Quantity.parse(text)
        except ValueError:
            known[text] = None
    return known[text]
