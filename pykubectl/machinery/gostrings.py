"""Go's ways of writing values as text, where messages must equal those of programs written in Go."""

from __future__ import annotations

_ESCAPES = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}


def quote(text: str) -> str:
    """``%q``: double quotes, with backslashes, quotes and what cannot be printed escaped (Go's ``strconv.Quote``)."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(_escape(character) for character in text) + '"'


def _escape(character: str) -> str:
    if character in ('"', "\\"):
        return "\\" + character
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable() or character == " ":
        return character
    number = ord(character)
    if number < 0x80:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def parse_int(text: str, bits: int = 64) -> int:
    """``strconv.ParseInt(text, 10, bits)``: ASCII digits with a sign, in so many bits. Raises ValueError."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    number = int(text) if digits.isascii() and digits.isdigit() else None
    if number is None:
        raise ValueError(f"strconv.ParseInt: parsing {quote(text)}: invalid syntax")
    if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
        raise ValueError(f"strconv.ParseInt: parsing {quote(text)}: value out of range")
    return number


def parse_any_int(text: str) -> int:
    """``strconv.ParseInt(text, 0, 64)``: also with ``0x``, ``0o``, ``0b``, octal after a zero, ``_`` between digits."""
    sign, digits = (text[0], text[1:]) if text[:1] in ("+", "-") else ("", text)
    if not digits[:1].isdigit() or not digits.isascii() or not digits.replace("_", "").isalnum():
        return parse_int(text)
    if digits[0] == "0" and digits[1:2] in tuple("0123456789_"):
        digits = f"0o{digits}"
    try:
        return parse_int(f"{sign}{int(digits, 0)}")
    except ValueError as error:
        reason = "value out of range" if str(error).endswith("value out of range") else "invalid syntax"
        raise ValueError(f"strconv.ParseInt: parsing {quote(text)}: {reason}") from None


_TYPES = {
    type(None): "<nil>",
    str: "string",
    bool: "bool",
    int: "int64",
    float: "float64",
    list: "[]interface {}",
    dict: "map[string]interface {}",
}


def go_type(value: object) -> str:
    """``%T`` of a JSON value."""
    return _TYPES[type(value)]


_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "bool"),
    (int, "int64"),
    (float, "float64"),
    (str, "string"),
    (list, "slice"),
    (dict, "map"),
)


def go_kind(value: object) -> str:
    """What ``reflect.Kind`` calls a JSON value."""
    return next((name for type, name in _KINDS if isinstance(value, type)), "invalid")


def go_value(value: object) -> str:
    """``%v`` of a JSON value: lists as ``[a b]``, maps as ``map[a:1 b:2]`` in the order of their keys."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{go_value(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(go_value, value)) + "]"
    return go_number(value) if isinstance(value, (int, float)) else str(value)


def go_number(value: int | float) -> str:
    """``%v`` of a JSON number: what 64 bits don't hold is a float."""
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return str(value)
    from pykubectl.machinery.gofloat import general, shortest

    return general(shortest(repr(float(value))))
