"""What the schema does to an object that comes in: one walk that drops, checks and completes.

Source of the rules: Go's encoding/json as Kubernetes uses it (``sigs.k8s.io/json``): unknown fields are dropped, null
is absent, and fields without ``omitempty`` have a zero value, which here are the schema's required scalars.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

from pykubectl.machinery.gostrings import quote
from pykubectl.machinery.structural.types import ZERO, Field, Type
from pykubectl.machinery.values.quantity import Quantity

OnUnknown = Callable[[str], None]

_INT_RANGES = {"int32": (-(2**31), 2**31 - 1), "": (-(2**63), 2**63 - 1), "int64": (-(2**63), 2**63 - 1)}
# What null is in a list or map.
_ZERO_ITEMS: dict[str, Any] = {**ZERO, "quantity": "0", "bytes": ""}
# Keys of maps are marked in paths: strict reading shows them, Go's errors do not.
_SHOWN = {0: ".", 1: None}
_KEYS = re.compile("\0[^\1]*\1")
_GO_NAMES = {
    "string": "string",
    "boolean": "bool",
    "number": "float64",
    "array": "[]",
    "map": "map[string]",
    "bytes": "[]uint8",
}


class TypeMismatch(ValueError):
    """A value of the wrong JSON type; the text is Go's. ``field`` and ``value`` where the two just do not fit."""

    def __init__(self, text: str, field: Field | None = None, value: Any = None) -> None:
        super().__init__(text)
        self.field = field
        self.value = value


def normalize(obj: dict[str, Any], type: Type, on_unknown: OnUnknown | None = None) -> dict[str, Any]:
    """A new object with only what the schema knows, without nulls, values checked and quantities canonical.

    ``on_unknown`` is told the path of each dropped field. Raises TypeMismatch with Go's text.
    """
    return _object(obj, type, "", on_unknown)


def _object(obj: dict[str, Any], type: Type, path: str, on_unknown: OnUnknown | None) -> dict[str, Any]:
    fields = type.fields
    if not fields:
        return dict(obj)
    result: dict[str, Any] = {}
    for name, value in obj.items():
        field = fields.get(name)
        if field is None:
            if on_unknown is not None:
                on_unknown(f"{path}{name}".translate(_SHOWN))
            continue
        if value is None:
            continue
        kind = field.kind
        # The two commonest cases first: most of an object is text that needs nothing done.
        if kind == "string" and value.__class__ is str:
            if value or not field.left_out:
                result[name] = value
            continue
        value = _value(value, field, f"{path}{name}", type, on_unknown)
        if value or not field.left_out:
            result[name] = value
    return result


def _value(value: Any, field: Field, path: str, owner: Type, on_unknown: OnUnknown | None) -> Any:
    kind = field.kind
    if kind == "object":
        if not isinstance(value, dict):
            raise _mismatch(value, field, path, owner)
        inner = field.type
        return value if inner is None else _object(value, inner, f"{path}.", on_unknown)
    if kind == "array":
        if not isinstance(value, list):
            raise _mismatch(value, field, path, owner)
        items = field.items
        assert items is not None
        return [_item(entry, items, f"{path}[{n}]", owner, on_unknown) for n, entry in enumerate(value)]
    if kind == "map":
        if not isinstance(value, dict):
            raise _mismatch(value, field, path, owner)
        values = field.values
        assert values is not None
        return {key: _item(entry, values, f"{path}\0{key}\1", owner, on_unknown) for key, entry in value.items()}
    return _SCALARS[kind](value, field, path, owner)


def _item(value: Any, field: Field, path: str, owner: Type, on_unknown: OnUnknown | None) -> Any:
    if value is None:
        # Go decodes null into a list or map as the element's zero value.
        return {} if field.kind in ("object", "map") else _ZERO_ITEMS.get(field.kind)
    return _value(value, field, path, owner, on_unknown)


def _string(value: Any, field: Field, path: str, owner: Type) -> Any:
    if not isinstance(value, str):
        raise _mismatch(value, field, path, owner)
    return value


def _boolean(value: Any, field: Field, path: str, owner: Type) -> Any:
    if not isinstance(value, bool):
        raise _mismatch(value, field, path, owner)
    return value


def _integer(value: Any, field: Field, path: str, owner: Type) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _mismatch(value, field, path, owner)
    low, high = _INT_RANGES.get(field.format, _INT_RANGES[""])
    if isinstance(value, float) or not low <= value <= high:
        raise TypeMismatch(_text(f"number {_number(value)}", field, path, owner))
    return value


def _float(value: Any, field: Field, path: str, owner: Type) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _mismatch(value, field, path, owner)
    return value


def _quantity(value: Any, field: Field, path: str, owner: Type) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeMismatch(_QUANTITY_ERROR)
    try:
        return str(Quantity.parse(value))
    except ValueError as error:
        raise TypeMismatch(str(error)) from None


_QUANTITY_ERROR = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"


def _int_or_string(value: Any, field: Field, path: str, owner: Type) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        shown = json_type(value)
        raise TypeMismatch(f"json: cannot unmarshal {shown} into Go value of type int32")
    return value


def _time(value: Any, field: Field, path: str, owner: Type) -> Any:
    from pykubectl.machinery.values.time import format_micro_time, format_time, parse_time

    if not isinstance(value, str):
        raise TypeMismatch(f"json: cannot unmarshal {json_type(value)} into Go value of type string")
    try:
        parsed = parse_time(value)
    except ValueError:
        layout = "2006-01-02T15:04:05Z07:00" if field.kind == "time" else _MICRO_LAYOUT
        text = f'parsing time {quote(value)} as {quote(layout)}: cannot parse {quote(value)} as "2006"'
        raise TypeMismatch(text) from None
    if field.kind == "time":
        return format_time(parsed)
    _check_micro_time(value)
    return format_micro_time(parsed)


_MICRO_LAYOUT = "2006-01-02T15:04:05.000000Z07:00"
_SECONDS = len("2006-01-02T15:04:05")


def _check_micro_time(value: str) -> None:
    """Six digits behind the seconds, neither more nor fewer."""
    rest = value[_SECONDS:]
    if re.fullmatch(r"\.[0-9]{6}(Z|[+-][0-9]{2}:[0-9]{2})", rest):
        return
    whole = re.match(r"\.[0-9]{6}", rest)
    rest, part = (rest, ".000000") if whole is None else (rest[whole.end() :], "Z07:00")
    text = f"parsing time {quote(value)} as {quote(_MICRO_LAYOUT)}: cannot parse {quote(rest)} as {quote(part)}"
    raise TypeMismatch(text)


def _bytes(value: Any, field: Field, path: str, owner: Type) -> Any:
    if not isinstance(value, str):
        raise _mismatch(value, field, path, owner)
    try:
        return base64.b64encode(base64.b64decode(value, validate=True)).decode()
    except ValueError:
        # What is no ASCII is not even a binascii.Error.
        raise TypeMismatch(f"illegal base64 data at input byte {_bad_byte(value)}") from None


def _bad_byte(value: str) -> int:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for position, character in enumerate(value):
        if character not in alphabet:
            return position
    return len(value) - len(value) % 4


def _anything(value: Any, field: Field, path: str, owner: Type) -> Any:
    return value


_SCALARS: dict[str, Callable[[Any, Field, str, Type], Any]] = {
    "string": _string,
    "boolean": _boolean,
    "integer": _integer,
    "number": _float,
    "quantity": _quantity,
    "int-or-string": _int_or_string,
    "time": _time,
    "micro-time": _time,
    "bytes": _bytes,
    "raw": _anything,
    "any": _anything,
}


def json_type(value: Any) -> str:
    """What Go calls a JSON value in its messages."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def _number(value: float | int) -> str:
    return repr(value) if isinstance(value, float) else str(value)


def _mismatch(value: Any, field: Field, path: str, owner: Type) -> TypeMismatch:
    return TypeMismatch(_text(json_type(value), field, path, owner), field, value)


def _text(what: str, field: Field, path: str, owner: Type) -> str:
    """Go names the struct the field is in, and the path without list indexes."""
    plain = ".".join(part.split("[")[0] for part in _KEYS.sub("", path).split("."))
    return f"json: cannot unmarshal {what} into Go struct field {owner.short_name}.{plain} of type {go_name(field)}"


def go_name(field: Field) -> str:
    """The name of a field's Go type."""
    if field.kind == "integer":
        return field.format or "int64"
    if field.kind == "object":
        inner = field.ref
        return _qualified(inner) if inner else "map[string]interface {}"
    if field.kind in ("array", "map") and field.element is not None:
        return _GO_NAMES[field.kind] + go_name(field.element)
    return _GO_NAMES.get(field.kind, field.kind)


def _qualified(name: str) -> str:
    """``io.k8s.api.core.v1.PodSpec`` is ``v1.PodSpec`` in Go."""
    return ".".join(name.split(".")[-2:])


def fill_zero(obj: dict[str, Any], type: Type) -> None:
    """Adds, in place and all the way down, the zero values that Go always writes."""
    for name, zero in type.zeroes.items():
        obj.setdefault(name, zero)
    for name, value in obj.items():
        field = type.fields.get(name)
        if field is not None and value.__class__ in (dict, list):
            _fill_value(value, field)


def _fill_value(value: Any, field: Field) -> None:
    if field.kind == "object":
        inner = field.type
        if inner is not None and isinstance(value, dict):
            fill_zero(value, inner)
        return
    element = field.element
    if element is None or element.kind not in ("object", "array", "map"):
        return
    for entry in value.values() if isinstance(value, dict) else value:
        if entry.__class__ in (dict, list):
            _fill_value(entry, element)
