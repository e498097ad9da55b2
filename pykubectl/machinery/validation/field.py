"""Field paths and the faults found at them.

Source: apimachinery ``pkg/util/validation/field``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from pykubectl.machinery.gostrings import quote


class Path:
    """Where in an object: ``Path.new("spec", "containers").index(0).child("image")`` is ``spec.containers[0].image``.

    Immutable; the text is built when it is asked for.
    """

    __slots__ = ("_parent", "_step")

    def __init__(self, step: str, parent: Path | None = None) -> None:
        self._step = step
        self._parent = parent

    @classmethod
    def new(cls, name: str, *more: str) -> Path:
        """A path from the object's root."""
        return cls(name).child(*more) if more else cls(name)

    def child(self, *names: str) -> Path:
        """Fields below, one in the other."""
        path = self
        for name in names:
            path = Path(f".{name}", path)
        return path

    def index(self, number: int) -> Path:
        """An entry of a list."""
        return Path(f"[{number}]", self)

    def key(self, key: str) -> Path:
        """An entry of a map."""
        return Path(f"[{key}]", self)

    def __str__(self) -> str:
        steps = []
        path: Path | None = self
        while path is not None:
            steps.append(path._step)
            path = path._parent
        return "".join(reversed(steps))


NOT_FOUND = "FieldValueNotFound"
REQUIRED = "FieldValueRequired"
DUPLICATE = "FieldValueDuplicate"
INVALID = "FieldValueInvalid"
NOT_SUPPORTED = "FieldValueNotSupported"
FORBIDDEN = "FieldValueForbidden"
TOO_LONG = "FieldValueTooLong"
TOO_MANY = "FieldValueTooMany"
TOO_SHORT = "FieldValueTooShort"

_TEXTS = {
    NOT_FOUND: "Not found",
    REQUIRED: "Required value",
    DUPLICATE: "Duplicate value",
    INVALID: "Invalid value",
    NOT_SUPPORTED: "Unsupported value",
    FORBIDDEN: "Forbidden",
    TOO_LONG: "Too long",
    TOO_MANY: "Too many",
    TOO_SHORT: "Too short",
}
_WITHOUT_VALUE = frozenset((REQUIRED, FORBIDDEN, TOO_LONG, TOO_SHORT))


class _Omitted:
    """Stands for a value that is not to be shown."""


OMITTED = _Omitted()


class Rendered:
    """Stands for a value by its JSON, of which the order of the fields is to stay."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class FieldError:
    """One fault: its type, the path as text, the value found there, and a detail."""

    __slots__ = ("detail", "field", "type", "value")

    def __init__(self, type: str, field: Path | str, value: Any, detail: str = "") -> None:
        self.type = type
        self.field = str(field)
        self.value = value
        self.detail = detail

    def body(self) -> str:
        """The text without the path."""
        text = _TEXTS[self.type]
        if self.type not in _WITHOUT_VALUE and self.value is not OMITTED:
            text = f"{text}: {_value_text(self.value)}"
        return f"{text}: {self.detail}" if self.detail else text

    def __str__(self) -> str:
        return f"{self.field}: {self.body()}"

    def __repr__(self) -> str:
        return f"FieldError({self})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FieldError) and (self.type, str(self)) == (other.type, str(other))

    def __hash__(self) -> int:
        return hash((self.type, str(self)))


ErrorList = list[FieldError]


def _value_text(value: Any) -> str:
    if isinstance(value, str):
        return quote(value)
    if value is True or value is False:
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value:g}" if isinstance(value, float) else str(value)
    # As Go's encoding/json writes it: no spaces, keys sorted, HTML characters escaped.
    if isinstance(value, Rendered):
        text = value.text
    else:
        text = json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def required(path: Path | str, detail: str = "") -> FieldError:
    """A value is missing."""
    return FieldError(REQUIRED, path, "", detail)


def invalid(path: Path | str, value: Any, detail: str = "") -> FieldError:
    """A value is malformed."""
    return FieldError(INVALID, path, value, detail)


def duplicate(path: Path | str, value: Any) -> FieldError:
    """A value that may stand once stands again."""
    return FieldError(DUPLICATE, path, value)


def not_found(path: Path | str, value: Any) -> FieldError:
    """What a value names is not there."""
    return FieldError(NOT_FOUND, path, value)


def not_supported(path: Path | str, value: Any, supported: Iterable[object] = ()) -> FieldError:
    """A value is none of the known ones."""
    values = ", ".join(quote(str(entry)) for entry in supported)
    return FieldError(NOT_SUPPORTED, path, value, f"supported values: {values}" if values else "")


def forbidden(path: Path | str, detail: str = "") -> FieldError:
    """A value may not be set here or now."""
    return FieldError(FORBIDDEN, path, "", detail)


def _at_most(limit: int, one: str, many: str) -> str:
    return f"{limit} {one if limit == 1 else many}"


def too_long(path: Path | str, value: Any, limit: int) -> FieldError:
    """A text has more bytes than allowed."""
    detail = f"may not be more than {_at_most(limit, 'byte', 'bytes')}" if limit >= 0 else "value is too long"
    return FieldError(TOO_LONG, path, "<value omitted>", detail)


def too_many(path: Path | str, actual: int, limit: int) -> FieldError:
    """A list has more items than allowed; a negative ``actual`` is not shown."""
    detail = f"must have at most {_at_most(limit, 'item', 'items')}" if limit >= 0 else "has too many items"
    return FieldError(TOO_MANY, path, actual if actual >= 0 else OMITTED, detail)


def to_causes(errors: Sequence[FieldError]) -> list[dict[str, Any]]:
    """The causes of a Status object, in the order found."""
    return [{"reason": e.type, "message": e.body(), "field": e.field} for e in errors]


def aggregate_message(errors: Sequence[FieldError]) -> str:
    """One text of all faults, each text once: bare for one, in brackets for several."""
    texts = list(dict.fromkeys(str(error) for error in errors))
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
