"""What a plain scalar means: YAML 1.1 as go-yaml v2 resolves it and as the JSON made of it is read.

Source: ``go.yaml.in/yaml/v2/resolve.go``.
"""

from __future__ import annotations

import math

Scalar = str | int | float | bool | None

MAX_INT, MIN_INT, MAX_UINT = 2**63 - 1, -(2**63), 2**64 - 1

_NAMED: dict[str, Scalar] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
# Only a scalar that begins with one of these can be anything but a string.
_HINTS = frozenset("+-0123456789yYnNtTfFoO~.")
_DIGITS = "0123456789"
_FLOAT_CHARACTERS = frozenset("0123456789.eE+-")
_BASES = {"0x": (16, frozenset("0123456789abcdefABCDEF")), "0o": (8, frozenset("01234567")), "0b": (2, frozenset("01"))}


def resolve(text: str) -> Scalar:
    """The value of an unquoted scalar; timestamps and base 60 numbers stay texts."""
    if text and text[0] not in _HINTS:
        return text
    if text in _NAMED:
        return _NAMED[text]
    if text[0] == ".":
        number = _float(text)
        return text if number is None else number
    if text[0] in "+-0123456789" and not is_timestamp(text):
        return _number(text)
    return text


def is_plain_string(text: str) -> bool:
    """Whether a text read back without quotes is the same text, to this and to other YAML 1.1 readers."""
    if text and text[0] not in _HINTS:
        return True
    if text in _NAMED or not isinstance(resolve(text), str):
        return False
    return not (text[0] in "+-0123456789" and (is_timestamp(text) or _is_base_60(text)))


def as_json(value: Scalar) -> Scalar:
    """A number as it is after its way through JSON: whole floats are integers, what exceeds 64 bits is a float."""
    if isinstance(value, float):
        value = json_integer(value)
    if isinstance(value, int) and not isinstance(value, bool) and not MIN_INT <= value <= MAX_INT:
        return float(value)
    return value


def json_integer(number: float) -> int | float:
    """A whole number below 1e21 as the integer that stands for it in JSON: its shortest digits, then zeros."""
    if not number.is_integer() or abs(number) >= 1e21:
        return number
    if abs(number) < 2**53:
        return int(number)
    mantissa, _, exponent = repr(number).partition("e")
    whole, _, fraction = mantissa.partition(".")
    return int(whole + fraction.ljust(int(exponent), "0")) if exponent else int(whole)


def _number(text: str) -> Scalar:
    plain = text.replace("_", "")
    integer = _integer(plain)
    if integer is not None:
        return integer
    number = _float(plain)
    return text if number is None else number


def _integer(plain: str) -> int | None:
    """Go's ``ParseInt(plain, 0, 64)``, then ``ParseUint``."""
    signed = plain[:1] in ("+", "-")
    body = plain[1:] if signed else plain
    base, characters = 10, frozenset(_DIGITS)
    if len(body) > 1 and body[0] == "0":
        prefixed = _BASES.get(body[:2].lower())
        body = body[2:] if prefixed else body[1:]
        base, characters = prefixed or _BASES["0o"]
    if not body or not characters.issuperset(body):
        return None
    number = -int(body, base) if plain[0] == "-" else int(body, base)
    return number if MIN_INT <= number <= (MAX_INT if signed else MAX_UINT) else None


def _float(plain: str) -> float | None:
    """A decimal floating point number that a 64-bit one can hold."""
    if not _FLOAT_CHARACTERS.issuperset(plain):
        return None
    try:
        number = float(plain)
    except ValueError:
        return None
    return None if math.isinf(number) else number


def is_timestamp(text: str) -> bool:
    """``2001-1-2``, ``2001-1-2 3:4:5.6`` and ``2001-1-2T3:4:5.6Z`` with their digits in range."""
    if len(text) < 8 or text[4] != "-" or not _all_digits(text[:4]):
        return False
    month, _, rest = text[5:].partition("-")
    day = rest[: _run(rest)][:2]
    if not (_short(month) and _short(day) and 1 <= int(month) <= 12):
        return False
    if not 1 <= int(day) <= _days(int(text[:4]), int(month)):
        return False
    rest = rest[len(day) :]
    if not rest:
        return True
    return _is_clock(rest[1:], zone=rest[0] != " ") if rest[0] in "Tt " else False


def _days(year: int, month: int) -> int:
    """Of a month. The calendar module would cost a command's start more than the reading of its kubeconfig."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _is_clock(text: str, *, zone: bool) -> bool:
    if zone:
        if text.endswith("Z"):
            text = text[:-1]
        else:
            offset = text[-6:]
            if len(offset) < 6 or offset[0] not in "+-" or offset[3] != ":":
                return False
            hours, minutes = offset[1:3], offset[4:]
            if not (_all_digits(hours) and _all_digits(minutes)) or int(hours) > 24 or int(minutes) > 59:
                return False
            text = text[:-6]
    parts = text.replace(",", ".", 1).split(":")
    if len(parts) != 3:
        return False
    seconds, dot, fraction = parts[2].partition(".")
    if dot and not _all_digits(fraction):
        return False
    limits = zip((parts[0], parts[1], seconds), (23, 59, 59))
    return all(_short(part) and int(part) <= limit for part, limit in limits)


def _is_base_60(text: str) -> bool:
    """``^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\\.[0-9_]*)?$``"""
    whole, _, fraction = text.lstrip("+-" if text[0] in "+-" else "").partition(".")
    first, *others = whole.split(":")
    if not others or not first or first[0] not in _DIGITS or fraction.strip("_" + _DIGITS):
        return False
    if text[:2].strip("+-") == "" or first.strip("_" + _DIGITS):
        return False
    return all(_short(part) and int(part) < 60 for part in others)


def _all_digits(text: str) -> bool:
    return bool(text) and not text.strip(_DIGITS)


def _short(text: str) -> bool:
    return 1 <= len(text) <= 2 and _all_digits(text)


def _run(text: str) -> int:
    return len(text) - len(text.lstrip(_DIGITS))


def format_float(number: float, *, single: bool = False) -> str:
    """Go's ``FormatFloat(number, 'g', -1, 64)``, or the shortest that holds in 32 bits."""
    if math.isnan(number):
        return ".nan"
    if math.isinf(number):
        return ".inf" if number > 0 else "-.inf"
    from pykubectl.machinery.gofloat import general, shortest

    return general(shortest(_shortest_single(number) if single else repr(number)))


def _shortest_single(number: float) -> str:
    import struct

    try:
        single = struct.unpack("f", struct.pack("f", number))[0]
    except OverflowError:
        return "inf"
    for precision in range(1, 10):
        text = f"{number:.{precision}g}"
        if struct.unpack("f", struct.pack("f", float(text)))[0] == single:
            return text
    return repr(number)
